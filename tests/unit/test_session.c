/**
 * Sessions: opening, limits, what outlives what, and threads that come and go.
 */
#include "session_fixture.h"
#include "suite.h"

static char dir[64];
static tstream_session *session;

static void setup(void)
{
	make_dir(dir);
	session = open_plain(dir);
}

static void teardown(void)
{
	tstream_session_close(session);
	remove_dir(dir);
}

/** Close the one there is and open another. */
static void reopen(tstream_session_options options)
{
	tstream_session_close(session);
	options.struct_size = sizeof(options);
	options.data_dir = dir;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops, &session, NULL), 0);
}

START_TEST(two_sessions_cannot_hold_one_directory)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *other = NULL;
	tstream_error err = {0};
	options.data_dir = dir;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops, &other, &err), TSTREAM_EBUSY);
	ck_assert_int_eq(err.code, TSTREAM_EBUSY);
	ck_assert_ptr_nonnull(strstr(err.message, dir));
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(an_engine_that_does_not_open_leaves_nothing_behind)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *other = NULL;
	char other_dir[64];
	make_dir(other_dir);
	options.data_dir = other_dir;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops_refusing, &other, NULL),
	                 TSTREAM_EACCES);
	ck_assert_ptr_null(other);
	other = open_plain(other_dir); /* the lock is free again */
	tstream_session_close(other);
	remove_dir(other_dir);
}
END_TEST

START_TEST(options_that_cannot_be_meant_are_refused)
{
	tstream_session *other = NULL;
	tstream_session_options options = {0};
	ck_assert_int_eq(tstream_session_open(NULL, &other, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_session_open(&options, &other, NULL), TSTREAM_EINVAL);
	tstream_session_options_init(&options);
	ck_assert_uint_eq(options.struct_size, sizeof(options));
	ck_assert_int_eq(tstream_session_open(&options, &other, NULL), TSTREAM_EINVAL);
	options.data_dir = "";
	ck_assert_int_eq(tstream_session_open(&options, &other, NULL), TSTREAM_EINVAL);
	options.data_dir = dir;
	options.flags = 0x80000000u;
	ck_assert_int_eq(tstream_session_open(&options, &other, NULL), TSTREAM_EINVAL);
	options.flags = 0;
	ck_assert_int_eq(tstream_session_open(&options, NULL, NULL), TSTREAM_EINVAL);
	tstream_session_options_init(NULL);
}
END_TEST

START_TEST(nothing_given_is_an_answer_not_a_crash)
{
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;
	ck_assert_int_eq(tstream_session_get_stats(NULL, &stats), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_session_get_stats(session, NULL), TSTREAM_EINVAL);
	stats.struct_size = 0;
	ck_assert_int_eq(tstream_session_get_stats(session, &stats), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_session_get_wakeup_fd(NULL), TSTREAM_EINVAL);
	ck_assert_uint_eq(tstream_session_list_torrents(NULL, NULL, 0), 0);
	ck_assert_uint_eq(tstream_session_list_torrents(session, NULL, 5), 0);
	tstream_session_set_wakeup(NULL, NULL, NULL);
	tstream_session_close(NULL);
}
END_TEST

START_TEST(stats_count_what_is_open)
{
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 3);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 0);
	tstream_reader *reader = open_reader(film, FILM);
	ck_assert_int_eq(tstream_session_get_stats(session, &stats), 0);
	ck_assert_uint_eq(stats.torrent_count, 2);
	ck_assert_uint_eq(stats.reader_count, 1);
	ck_assert_uint_eq(stats.disk_used_bytes, 3 * PIECE);
	ck_assert_uint_eq(stats.listen_port, 6881);
	ck_assert_int_ge(stats.uptime_us, 0);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
	ck_assert_int_eq(tstream_session_get_stats(session, &stats), 0);
	ck_assert_uint_eq(stats.torrent_count, 0);
	ck_assert_uint_eq(stats.reader_count, 0);
	ck_assert_uint_eq(fake_engine_torrent_count(session->engine), 0);
}
END_TEST

START_TEST(torrents_are_listed_oldest_first_each_with_a_reference)
{
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	tstream_torrent *data = open_torrent(session, DATA_MAGNET);
	tstream_torrent *listed[3] = {NULL};
	ck_assert_uint_eq(tstream_session_list_torrents(session, listed, 1), 2);
	ck_assert_ptr_eq(listed[0], film);
	ck_assert_ptr_null(listed[1]);
	tstream_torrent_unref(listed[0]);
	ck_assert_uint_eq(tstream_session_list_torrents(session, listed, 3), 2);
	ck_assert_ptr_eq(listed[1], data);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
	/* Those that were listed are still good. */
	ck_assert_str_eq(tstream_torrent_get_infohash(listed[1]), DATA_V1);
	tstream_torrent_unref(listed[0]);
	tstream_torrent_unref(listed[1]);
	ck_assert_uint_eq(tstream_session_list_torrents(session, listed, 3), 0);
}
END_TEST

START_TEST(no_more_torrents_than_allowed_are_open)
{
	reopen((tstream_session_options){.max_torrents = 1});
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	tstream_torrent *none = NULL;
	tstream_error err = {0};
	ck_assert_int_eq(tstream_torrent_open_magnet(session, DATA_MAGNET, &none, &err),
	                 TSTREAM_ELIMIT);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(err.code, TSTREAM_ELIMIT);
	tstream_torrent *again = open_torrent(session, FILM_MAGNET);
	ck_assert_ptr_eq(again, film);
	tstream_torrent_unref(again);
	tstream_torrent_unref(film);
	tstream_torrent_unref(open_torrent(session, DATA_MAGNET));
}
END_TEST

START_TEST(no_more_readers_than_allowed_are_open)
{
	reopen((tstream_session_options){.max_readers = 2});
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tstream_reader *first = open_reader(film, FILM);
	tstream_reader *second = open_reader(film, ISO);
	tstream_reader *third = NULL;
	ck_assert_int_eq(tstream_reader_open(film, FILM, NULL, &third, NULL), TSTREAM_ELIMIT);
	ck_assert_ptr_null(third);
	tstream_reader_close(first);
	third = open_reader(film, FILM);
	tstream_reader_close(third);
	tstream_reader_close(second);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(closing_leaves_readers_and_torrents_safe_to_use)
{
	uint8_t byte;
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 10);
	tstream_reader *reader = open_reader(film, FILM);
	tstream_session_close(session);
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_reader_wait(reader, -1), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_torrent_get_stats(film, &stats), 0);
	ck_assert_int_eq(stats.state, TSTREAM_STATE_REMOVED);
	ck_assert_int_eq(tstream_torrent_remove(film), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_torrent_add_peer(film, "127.0.0.1:1"), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_torrent_keep_file(film, FILM, 1), 0);
	ck_assert_str_eq(tstream_torrent_get_name(film), "The Film");
	ck_assert_ptr_null(tstream_torrent_magnet_copy(film));
	session = open_plain(dir); /* the directory is free although they live */
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(what_the_engine_wants_to_remember_comes_back)
{
	tstream_torrent_unref(open_ready(session, FILM_MAGNET, &film_content, 1));
	reopen((tstream_session_options){0});
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	fake_record record = fake_engine_record(engine_of(film));
	ck_assert_uint_eq(record.resume_size, strlen("resumed"));
	ck_assert_str_eq(record.resume, "resumed");
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(a_torrent_that_never_had_metadata_leaves_no_directory)
{
	char path[128];
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	snprintf(path, sizeof(path), "%s/torrents/%s", dir, FILM_V1);
	ck_assert_int_eq(access(path, F_OK), 0);
	tstream_torrent_unref(film);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(an_engine_that_refuses_a_torrent_leaves_nothing_behind)
{
	char path[128];
	tstream_torrent *none = NULL;
	fake_engine_refuse_add(session->engine, TSTREAM_EIO);
	ck_assert_int_eq(tstream_torrent_open_magnet(session, FILM_MAGNET, &none, NULL), TSTREAM_EIO);
	ck_assert_ptr_null(none);
	snprintf(path, sizeof(path), "%s/torrents/%s", dir, FILM_V1);
	ck_assert_int_ne(access(path, F_OK), 0);
	tstream_torrent_unref(open_torrent(session, FILM_MAGNET));
}
END_TEST

START_TEST(facts_may_come_while_the_torrent_is_being_added)
{
	fake_engine_be_eager(session->engine, &film_content);
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, 0, NULL), 0);
	tstream_reader *reader = open_reader(film, FILM);
	ck_assert_int_eq(fake_engine_urgency(engine_of(film), FILM_FIRST_PIECE), TSI_URGENT);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

static void note_call(void *user)
{
	unsigned *count = user;
	(*count)++;
}

START_TEST(the_wakeup_callback_is_called_when_the_queue_fills)
{
	unsigned count = 0;
	tstream_session_set_wakeup(session, note_call, &count);
	fake_engine_warn(session->engine, "one");
	fake_engine_warn(session->engine, "two");
	ck_assert_uint_eq(count, 1);
	drain(session, TSTREAM_EVENT_WARNING);
	fake_engine_warn(session->engine, "three");
	ck_assert_uint_eq(count, 2);
	tstream_session_set_wakeup(session, NULL, NULL);
}
END_TEST

/* -- threads -------------------------------------------------------------- */

#define ROUNDS 150

static void *open_and_unref(void *user)
{
	for (int i = 0; i < ROUNDS; i++) {
		tstream_torrent *torrent = open_torrent(user, i % 2 ? FILM_MAGNET : DATA_MAGNET);
		tstream_torrent_unref(torrent);
	}
	return NULL;
}

static void *find_and_unref(void *user)
{
	for (int i = 0; i < ROUNDS; i++) {
		tstream_torrent *torrent = NULL;
		int code = tstream_torrent_find(user, FILM_V1, &torrent);
		ck_assert(code == TSTREAM_OK || code == TSTREAM_ENOENT);
		if (code == TSTREAM_OK)
			ck_assert_str_eq(tstream_torrent_get_infohash(torrent), FILM_V1);
		tstream_torrent_unref(torrent);
	}
	return NULL;
}

static void *remove_often(void *user)
{
	for (int i = 0; i < ROUNDS; i++) {
		tstream_torrent *torrent = NULL;
		if (tstream_torrent_find(user, DATA_V1, &torrent) == TSTREAM_OK)
			tstream_torrent_remove(torrent);
		tstream_torrent_unref(torrent);
	}
	return NULL;
}

START_TEST(threads_may_open_find_remove_and_unref_the_same_torrents)
{
	void *(*const work[])(void *) = {open_and_unref, open_and_unref, find_and_unref, remove_often};
	pthread_t threads[4];
	fake_engine_be_eager(session->engine, &film_content);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work[i], session), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(fake_engine_torrent_count(session->engine), 0);
	ck_assert_uint_eq(tstream_session_list_torrents(session, NULL, 0), 0);
}
END_TEST

typedef struct traffic {
	tstream_torrent *torrent;
	tsi_engine_torrent *engine;
} traffic;

static void *deliver_all(void *user)
{
	traffic *t = user;
	for (uint32_t piece = 0; piece < FILM_PIECES; piece++)
		fake_engine_deliver(t->engine, piece);
	return NULL;
}

static void *read_all(void *user)
{
	traffic *t = user;
	uint8_t buffer[10000];
	tstream_reader *reader = open_reader(t->torrent, FILM);
	uint64_t offset = 0;
	int64_t got = 1;
	while (got > 0) {
		got = tstream_reader_read(reader, buffer, sizeof(buffer));
		if (got == TSTREAM_EAGAIN) {
			ck_assert_int_eq(tstream_reader_wait(reader, PATIENCE_MS * 1000), 0);
			got = 1;
			continue;
		}
		ck_assert_int_ge(got, 0);
		assert_bytes(buffer, (size_t)got, &film_content, 2, offset);
		offset += (uint64_t)got;
	}
	ck_assert_uint_eq(offset, 20 * PIECE + 1000);
	tstream_reader_close(reader);
	return NULL;
}

START_TEST(readers_on_several_threads_read_while_pieces_come)
{
	pthread_t threads[4];
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	traffic t = {film, engine_of(film)};
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, i ? read_all : deliver_all, &t), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	await_event(session, TSTREAM_EVENT_COMPLETE);
	ck_assert_uint_eq(fake_engine_record(t.engine).wild_read_count, 0);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(removing_while_others_read_gives_them_bytes_or_ecanceled)
{
	uint8_t buffer[1000];
	pthread_t thread;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tstream_reader *reader = open_reader(film, FILM);
	traffic t = {film, engine_of(film)};
	ck_assert_int_eq(pthread_create(&thread, NULL, deliver_all, &t), 0);
	ck_assert_int_eq(tstream_reader_wait(reader, PATIENCE_MS * 1000), 0);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, sizeof(buffer)), sizeof(buffer));
	ck_assert_int_eq(tstream_torrent_remove(film), 0);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, sizeof(buffer)), TSTREAM_ECANCELED);
	pthread_join(thread, NULL);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &two_sessions_cannot_hold_one_directory,
	    &an_engine_that_does_not_open_leaves_nothing_behind,
	    &options_that_cannot_be_meant_are_refused,
	    &nothing_given_is_an_answer_not_a_crash,
	    &stats_count_what_is_open,
	    &torrents_are_listed_oldest_first_each_with_a_reference,
	    &no_more_torrents_than_allowed_are_open,
	    &no_more_readers_than_allowed_are_open,
	    &closing_leaves_readers_and_torrents_safe_to_use,
	    &what_the_engine_wants_to_remember_comes_back,
	    &a_torrent_that_never_had_metadata_leaves_no_directory,
	    &an_engine_that_refuses_a_torrent_leaves_nothing_behind,
	    &facts_may_come_while_the_torrent_is_being_added,
	    &the_wakeup_callback_is_called_when_the_queue_fills,
	    &threads_may_open_find_remove_and_unref_the_same_torrents,
	    &readers_on_several_threads_read_while_pieces_come,
	    &removing_while_others_read_gives_them_bytes_or_ecanceled,
	};
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
