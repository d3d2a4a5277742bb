/**
 * The disk quota: what goes first, what never goes, and what is said when nothing can go.
 *
 * Quota 4 MiB: room is made above 3.5 MiB, until 3 MiB are left.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "session_fixture.h"
#include "stream/quota.h"
#include "suite.h"

#define MIB (1024u * 1024u)
#define OLD_V1 "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
#define NEW_V1 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"

static char dir[64];
static tstream_session *session;

static void setup(void)
{
	make_dir(dir);
	session = NULL;
}

static void teardown(void)
{
	tstream_session_close(session);
	remove_dir(dir);
}

static void open_with_quota(uint64_t quota_bytes)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	options.data_dir = dir;
	options.quota_bytes = quota_bytes;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops, &session, NULL), 0);
}

static void path_of(const char *infohash, const char *rest, char out_path[160])
{
	snprintf(out_path, 160, "%s/torrents/%s%s", dir, infohash, rest);
}

/** A torrent of 1 MiB that an earlier session left. */
static void store(const char *infohash, time_t used_s)
{
	static const char zeros[MIB];
	char path[160];
	snprintf(path, sizeof(path), "%s/torrents", dir);
	mkdir(path, 0700);
	path_of(infohash, "", path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	path_of(infohash, "/data", path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	path_of(infohash, "/data/0", path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	close(fd);
	path_of(infohash, "", path);
	struct timespec times[2] = {{.tv_sec = used_s}, {.tv_sec = used_s}};
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool is_stored(const char *infohash)
{
	char path[160];
	path_of(infohash, "", path);
	return access(path, F_OK) == 0;
}

/** The keeper has seen everything until now, and so has this. */
static void settle(void)
{
	tsi_quota_enforce(session);
}

START_TEST(stored_torrents_go_first_the_oldest_of_them)
{
	store(NEW_V1, 2000000);
	store(OLD_V1, 1000000);
	open_with_quota(4 * MIB);
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 30);
	tstream_event event = await_event(session, TSTREAM_EVENT_EVICTED);
	ck_assert_str_eq(event.infohash, OLD_V1);
	settle();
	ck_assert(!is_stored(OLD_V1));
	ck_assert(is_stored(NEW_V1));
	ck_assert_uint_eq(fake_engine_record(engine_of(film)).evict_count, 0);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(a_stored_torrent_that_is_opened_is_not_deleted)
{
	store(FILM_V1, 1000000);
	store(NEW_V1, 2000000);
	open_with_quota(4 * MIB);
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	fake_engine_deliver_metadata(engine_of(film), &film_content);
	fake_engine_deliver_ready(engine_of(film), 45);
	tstream_event event = await_event(session, TSTREAM_EVENT_EVICTED);
	ck_assert_str_eq(event.infohash, NEW_V1);
	settle();
	ck_assert(is_stored(FILM_V1));
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(idle_torrents_go_before_anything_behind_a_reader)
{
	open_with_quota(4 * MIB);
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 20);
	tstream_torrent *data = open_torrent(session, DATA_MAGNET);
	tsi_engine_torrent *engine = engine_of(film);
	fake_engine_deliver_metadata(engine_of(data), &data_content);
	tstream_reader *reader = open_reader(data, 0);
	tstream_reader_seek(reader, 30 * PIECE);
	fake_engine_deliver_ready(engine_of(data), 40);
	ck_assert(fake_engine_await_evictions(engine, 1));
	settle();
	ck_assert_uint_eq(fake_engine_record(engine).evicted_count, 12);
	ck_assert_uint_eq(fake_engine_record(engine_of(data)).evict_count, 0);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(what_lies_behind_a_reader_goes_and_its_window_never)
{
	open_with_quota(4 * MIB);
	tstream_torrent *data = open_torrent(session, DATA_MAGNET);
	tsi_engine_torrent *engine = engine_of(data);
	fake_engine_deliver_metadata(engine, &data_content);
	tstream_reader *reader = open_reader(data, 0);
	tstream_reader_seek(reader, 10 * PIECE);
	fake_engine_deliver_ready(engine, 70);
	ck_assert(fake_engine_await_evictions(engine, 1));
	settle();
	tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;
	ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), 0);
	ck_assert_uint_le(stats.window_end - stats.window_begin, MIB);
	for (uint32_t piece = 9; piece * PIECE < stats.window_end; piece++)
		ck_assert(!fake_engine_was_evicted(engine, piece));
	ck_assert(fake_engine_was_evicted(engine, 0));
	ck_assert_uint_eq(fake_engine_record(engine).evicted_count, 22);
	uint8_t byte;
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), 1);
	ck_assert_uint_eq(fake_engine_record(engine).wild_read_count, 0);
	tstream_reader_close(reader);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(what_was_evicted_is_wanted_again_when_a_reader_comes_to_it)
{
	uint8_t byte;
	open_with_quota(4 * MIB);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 60);
	tsi_engine_torrent *engine = engine_of(data);
	ck_assert(fake_engine_await_evictions(engine, 1));
	settle();
	fake_engine_deliver_recheck(engine);
	ck_assert(fake_engine_was_evicted(engine, 0));
	tstream_reader *reader = open_reader(data, 0);
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), TSTREAM_EAGAIN);
	ck_assert_int_eq(fake_engine_urgency(engine, 0), TSI_URGENT);
	fake_engine_deliver(engine, 0);
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), 1);
	ck_assert_uint_eq(byte, fake_engine_byte(0));
	tstream_reader_close(reader);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(when_nothing_can_go_readers_are_told_that_the_disk_is_full)
{
	uint8_t byte;
	open_with_quota(4 * MIB);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 0);
	tsi_engine_torrent *engine = engine_of(data);
	ck_assert_int_eq(tstream_torrent_keep_file(data, 0, 1), 0);
	tstream_reader *reader = open_reader(data, 0);
	tstream_reader_seek(reader, 90 * PIECE);
	fake_engine_deliver_ready(engine, 70);
	ck_assert_int_eq(tstream_reader_wait(reader, PATIENCE_MS * 1000), TSTREAM_ENOSPC);
	settle();
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), TSTREAM_ENOSPC);
	ck_assert_uint_eq(fake_engine_planned_count(engine), 0);
	ck_assert_uint_eq(fake_engine_record(engine).evict_count, 0);
	/* What is here goes on playing. */
	tstream_reader_seek(reader, 0);
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), 1);
	/* Once the file is kept no more, room can be made and fetching goes on. */
	tstream_reader_seek(reader, 90 * PIECE);
	ck_assert_int_eq(tstream_torrent_keep_file(data, 0, 0), 0);
	ck_assert(fake_engine_await_evictions(engine, 1));
	settle();
	ck_assert_int_eq(tstream_reader_read(reader, &byte, 1), TSTREAM_EAGAIN);
	ck_assert_int_eq(fake_engine_urgency(engine, 90), TSI_URGENT);
	tstream_reader_close(reader);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(a_torrent_on_its_way_out_neither_goes_nor_fills_the_disk)
{
	open_with_quota(4 * MIB);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 0);
	tsi_engine_torrent *engine = engine_of(data);
	pthread_mutex_lock(&session->mutex);
	ck_assert(tsi_session_begin_drop(session, data));
	pthread_mutex_unlock(&session->mutex);
	fake_engine_deliver_ready(engine, 100);
	tsi_torrent_stop(data);
	/* It holds more than the quota and gives nothing: this must end. */
	tsi_quota_enforce(session);
	ck_assert(!atomic_load(&session->is_quota_full));
	tsi_session_drop(session, data, false);
	tsi_torrent_free(data);
}
END_TEST

START_TEST(without_a_quota_nothing_goes)
{
	store(OLD_V1, 1000000);
	open_with_quota(0);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 100);
	settle();
	ck_assert(is_stored(OLD_V1));
	ck_assert_uint_eq(fake_engine_record(engine_of(data)).evict_count, 0);
	tstream_torrent_unref(data);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("quota");
	TCase *tcase = tcase_create("quota");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, stored_torrents_go_first_the_oldest_of_them);
	tcase_add_test(tcase, a_stored_torrent_that_is_opened_is_not_deleted);
	tcase_add_test(tcase, idle_torrents_go_before_anything_behind_a_reader);
	tcase_add_test(tcase, what_lies_behind_a_reader_goes_and_its_window_never);
	tcase_add_test(tcase, what_was_evicted_is_wanted_again_when_a_reader_comes_to_it);
	tcase_add_test(tcase, when_nothing_can_go_readers_are_told_that_the_disk_is_full);
	tcase_add_test(tcase, a_torrent_on_its_way_out_neither_goes_nor_fills_the_disk);
	tcase_add_test(tcase, without_a_quota_nothing_goes);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
