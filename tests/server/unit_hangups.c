/* Clients that hang up while they wait. */
#include "hangups.h"
#include "suite.h"
#include "temporary_dir.h"

#include <check.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Never reached unless a test fails. */
#define LONG_US ((int64_t)30 * 1000000)

/* 64 KiB that nobody has, in pieces of 16 KiB; their hashes are of no matter. */
static const char film[] =
    "d4:infod6:lengthi65536e4:name8:film.mp412:piece lengthi16384e6:pieces80:"
    "00000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000ee";

static struct hangups *hangups;
static tstream_session *session;
static tstream_torrent *torrent;
static tstream_reader *reader;
static int client, connection;
static char dir[64];

static void set_up(void)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	int ends[2];

	make_dir(dir);
	options.data_dir = dir;
	options.listen = "127.0.0.1:0";
	options.flags =
	    TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING;
	ck_assert_int_eq(tstream_session_open(&options, &session, NULL), 0);
	ck_assert_int_eq(tstream_torrent_open_bytes(session, film, sizeof(film) - 1, &torrent, NULL),
	                 0);
	ck_assert_int_eq(tstream_reader_open(torrent, 0, NULL, &reader, NULL), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	client = ends[0];
	connection = ends[1];
	hangups = hangups_new();
	ck_assert_ptr_nonnull(hangups);
}

static void tear_down(void)
{
	hangups_free(hangups);
	close(connection);
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
	remove_dir(dir);
}

START_TEST(a_client_that_hangs_up_waits_no_longer)
{
	struct hangup_watch watch;

	hangups_watch(hangups, &watch, connection, reader);
	ck_assert_int_eq(tstream_reader_wait(reader, 0), TSTREAM_ETIMEDOUT);
	close(client);
	ck_assert_int_eq(tstream_reader_wait(reader, LONG_US), TSTREAM_ECANCELED);
	hangups_unwatch(hangups, &watch);
}
END_TEST

START_TEST(one_that_had_hung_up_before_is_noticed_at_once)
{
	struct hangup_watch watch;

	close(client);
	hangups_watch(hangups, &watch, connection, reader);
	ck_assert_int_eq(tstream_reader_wait(reader, LONG_US), TSTREAM_ECANCELED);
	hangups_unwatch(hangups, &watch);
}
END_TEST

START_TEST(one_that_only_sends_more_waits_on)
{
	struct hangup_watch watch;

	hangups_watch(hangups, &watch, connection, reader);
	ck_assert_int_eq(send(client, "GET", 3, 0), 3);
	ck_assert_int_eq(tstream_reader_wait(reader, 20000), TSTREAM_ETIMEDOUT);
	hangups_unwatch(hangups, &watch);
	close(client);
}
END_TEST

START_TEST(after_the_wait_a_reader_is_left_alone)
{
	struct hangup_watch watch, again;

	hangups_watch(hangups, &watch, connection, reader);
	hangups_unwatch(hangups, &watch);
	close(client);
	ck_assert_int_eq(tstream_reader_wait(reader, 20000), TSTREAM_ETIMEDOUT);
	/* The same connection may wait again. */
	hangups_watch(hangups, &again, connection, reader);
	ck_assert_int_eq(tstream_reader_wait(reader, LONG_US), TSTREAM_ECANCELED);
	hangups_unwatch(hangups, &again);
}
END_TEST

START_TEST(a_socket_that_is_none_is_not_watched)
{
	struct hangup_watch watch;

	hangups_watch(hangups, &watch, -1, reader);
	ck_assert_int_eq(tstream_reader_wait(reader, 1000), TSTREAM_ETIMEDOUT);
	hangups_unwatch(hangups, &watch);
	close(client);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hangups");
	TCase *tests = tcase_create("hangups");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_client_that_hangs_up_waits_no_longer);
	tcase_add_test(tests, one_that_had_hung_up_before_is_noticed_at_once);
	tcase_add_test(tests, one_that_only_sends_more_waits_on);
	tcase_add_test(tests, after_the_wait_a_reader_is_left_alone);
	tcase_add_test(tests, a_socket_that_is_none_is_not_watched);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
