/**
 * A reader over a scripted engine: every interleaving written here is the one that runs.
 */
#include "session_fixture.h"
#include "suite.h"

static char dir[64];
static tstream_session *session;
static tstream_torrent *torrent;
static tsi_engine_torrent *engine;
static tstream_reader *reader;
static uint8_t buffer[4 * PIECE];

static void setup(void)
{
	make_dir(dir);
	session = open_plain(dir);
	torrent = open_ready(session, FILM_MAGNET, &film_content, 0);
	engine = engine_of(torrent);
	reader = open_reader(torrent, FILM);
	drain(session, TSTREAM_EVENT_NONE);
}

static void teardown(void)
{
	ck_assert_uint_eq(fake_engine_record(engine).wild_read_count, 0);
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
	remove_dir(dir);
}

static void assert_read(tstream_reader *from, uint64_t offset, size_t size)
{
	ck_assert_int_eq(tstream_reader_read(from, buffer, size), (int64_t)size);
	assert_bytes(buffer, size, &film_content, 2, offset);
}

START_TEST(read_gives_only_hash_checked_bytes)
{
	fake_engine_deliver_corrupt(engine, FILM_FIRST_PIECE);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_EAGAIN);
	ck_assert(!is_awake(session));

	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert(is_awake(session));
	assert_read(reader, 0, 4);
	ck_assert_int_eq(tstream_reader_tell(reader), 4);
}
END_TEST

START_TEST(eagain_is_followed_by_exactly_one_event_with_its_tag)
{
	tstream_event event;
	tstream_reader_read(reader, buffer, 4);
	tstream_reader_read(reader, buffer, 4);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 1);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_READABLE);
	ck_assert_uint_eq(event.tag, 77);
	ck_assert_str_eq(event.infohash, FILM_V1);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_NONE);
}
END_TEST

START_TEST(a_reader_that_was_not_refused_is_not_woken)
{
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 0);
}
END_TEST

START_TEST(a_piece_elsewhere_wakes_nobody)
{
	tstream_reader_read(reader, buffer, 4);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 1);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 0);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_EAGAIN);
}
END_TEST

START_TEST(read_goes_on_over_pieces_and_stops_before_what_is_missing)
{
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 1);
	ck_assert_int_eq(tstream_reader_get_available(reader), 2 * PIECE);
	assert_read(reader, 0, 2 * PIECE);
	ck_assert_int_eq(tstream_reader_get_available(reader), 0);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 1), TSTREAM_EAGAIN);
}
END_TEST

START_TEST(the_end_of_the_file_is_nought)
{
	uint64_t size = (uint64_t)tstream_reader_get_size(reader);
	ck_assert_uint_eq(size, 20 * PIECE + 1000);
	ck_assert_int_eq(tstream_reader_seek(reader, size), (int64_t)size);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), 0);
	ck_assert_int_eq(tstream_reader_wait(reader, -1), 0);
	ck_assert_int_eq(tstream_reader_seek(reader, size + 1), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_tell(reader), (int64_t)size);
}
END_TEST

START_TEST(the_last_bytes_of_a_file_end_within_a_piece)
{
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 20);
	tstream_reader_seek(reader, 20 * PIECE);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, sizeof(buffer)), 1000);
	assert_bytes(buffer, 1000, &film_content, 2, 20 * PIECE);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, sizeof(buffer)), 0);
}
END_TEST

START_TEST(a_read_of_size_nought_gives_nought)
{
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 0), 0);
	ck_assert_int_eq(tstream_reader_read(reader, NULL, 0), 0);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 0);
}
END_TEST

START_TEST(an_empty_file_ends_at_once)
{
	tstream_reader *empty = open_reader(torrent, EMPTY);
	ck_assert_int_eq(tstream_reader_read(empty, buffer, 4), 0);
	ck_assert_int_eq(tstream_reader_wait(empty, -1), 0);
	ck_assert_int_eq(tstream_reader_get_size(empty), 0);
	ck_assert_int_eq(tstream_reader_seek(empty, 0), 0);
	ck_assert_int_eq(tstream_reader_seek(empty, 1), TSTREAM_EINVAL);
	tstream_reader_close(empty);
}
END_TEST

START_TEST(of_a_film_that_is_read_in_part_not_even_the_index_is_wanted)
{
	tstream_reader_close(reader);
	reader = open_reader_with(torrent, FILM, (tstream_reader_options){.end_offset = 2 * PIECE});
	ck_assert_int_eq(fake_engine_urgency(engine, FILM_FIRST_PIECE), TSI_URGENT);
	for (uint32_t piece = FILM_FIRST_PIECE; piece < FILM_FIRST_PIECE + 3; piece++)
		fake_engine_deliver(engine, piece);
	ck_assert_uint_eq(fake_engine_planned_count(engine), 0);
}
END_TEST

START_TEST(nothing_is_read_or_wanted_beyond_the_end_offset)
{
	tstream_reader_close(reader);
	reader = NULL;
	tstream_reader *part = open_reader_with(
	    torrent, ISO,
	    (tstream_reader_options){.start_offset = PIECE / 2, .end_offset = PIECE + 10});
	/* The iso begins at piece 22. */
	ck_assert_uint_eq(fake_engine_planned_count(engine), 2);
	ck_assert_int_eq(fake_engine_urgency(engine, 22), TSI_URGENT);
	fake_engine_deliver(engine, 22);
	fake_engine_deliver(engine, 23);
	fake_engine_deliver(engine, 24);
	ck_assert_int_eq(tstream_reader_tell(part), PIECE / 2);
	ck_assert_int_eq(tstream_reader_read(part, buffer, sizeof(buffer)), PIECE / 2 + 10);
	ck_assert_int_eq(tstream_reader_read(part, buffer, sizeof(buffer)), 0);
	tstream_reader_close(part);
}
END_TEST

START_TEST(offsets_outside_the_file_are_refused)
{
	tstream_reader *none = NULL;
	tstream_reader_options options = TSTREAM_READER_OPTIONS_INIT;
	options.start_offset = 20 * PIECE + 1001;
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, &options, &none, NULL), TSTREAM_EINVAL);
	options.start_offset = 100;
	options.end_offset = 99;
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, &options, &none, NULL), TSTREAM_EINVAL);
	options.end_offset = 0;
	options.flags = 1;
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, &options, &none, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_open(torrent, FILM_FILE_COUNT, NULL, &none, NULL),
	                 TSTREAM_ENOENT);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(the_cursors_piece_is_wanted_first)
{
	ck_assert_int_eq(fake_engine_urgency(engine, FILM_FIRST_PIECE), TSI_URGENT);
	ck_assert_int_eq(fake_engine_urgency(engine, 0), -1);
	ck_assert_int_eq(fake_engine_urgency(engine, 30), -1);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	tstream_reader_read(reader, buffer, PIECE);
	ck_assert_int_eq(fake_engine_urgency(engine, FILM_FIRST_PIECE + 1), TSI_URGENT);
}
END_TEST

START_TEST(a_seek_moves_only_this_readers_window)
{
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 0);
	tsi_engine_torrent *data_engine = engine_of(data);
	tstream_reader_options options = {.readahead_bytes = 3 * PIECE};
	tstream_reader *first = open_reader_with(data, 0, options);
	tstream_reader *second = open_reader_with(data, 0, options);
	tstream_reader_seek(second, 50 * PIECE);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 0), TSI_URGENT);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 50), TSI_URGENT);
	tstream_reader_seek(second, 80 * PIECE);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 0), TSI_URGENT);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 50), -1);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 80), TSI_URGENT);
	tstream_reader_close(first);
	ck_assert_int_eq(fake_engine_urgency(data_engine, 0), -1);
	tstream_reader_close(second);
	ck_assert_uint_eq(fake_engine_planned_count(data_engine), 0);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(a_seek_forgets_the_wakeup_of_the_old_place)
{
	tstream_reader_read(reader, buffer, 4);
	tstream_reader_seek(reader, 10 * PIECE);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 0);
	tstream_reader_read(reader, buffer, 4);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 10);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 1);
	assert_read(reader, 10 * PIECE, 100);
}
END_TEST

START_TEST(readers_of_one_file_are_woken_each_for_itself)
{
	tstream_reader *other = open_reader_with(
	    torrent, FILM, (tstream_reader_options){.start_offset = 5 * PIECE, .tag = 5});
	tstream_event event;
	tstream_reader_read(reader, buffer, 4);
	tstream_reader_read(other, buffer, 4);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 5);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_READABLE);
	ck_assert_uint_eq(event.tag, 5);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_NONE);
	assert_read(other, 5 * PIECE, 4);
	tstream_reader_close(other);
}
END_TEST

/* -- waiting -------------------------------------------------------------- */

typedef struct waiter {
	tstream_reader *reader;
	int64_t timeout_us;
	int result;
} waiter;

static void *wait_there(void *user)
{
	waiter *w = user;
	w->result = tstream_reader_wait(w->reader, w->timeout_us);
	return NULL;
}

static pthread_t start_waiting(waiter *w)
{
	pthread_t thread;
	*w = (waiter){reader, -1, 1};
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_there, w), 0);
	/* It counts as stalled from when it waits. */
	tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;
	for (int i = 0; i < PATIENCE_MS && stats.stall_count == 0; i++) {
		ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), 0);
		poll(NULL, 0, stats.stall_count == 0);
	}
	ck_assert_uint_eq(stats.stall_count, 1);
	return thread;
}

START_TEST(wait_ends_when_another_thread_delivers)
{
	waiter w;
	pthread_t thread = start_waiting(&w);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	pthread_join(thread, NULL);
	ck_assert_int_eq(w.result, 0);
	assert_read(reader, 0, 4);
}
END_TEST

START_TEST(wait_times_out)
{
	ck_assert_int_eq(tstream_reader_wait(reader, 0), TSTREAM_ETIMEDOUT);
	ck_assert_int_eq(tstream_reader_wait(reader, 1000), TSTREAM_ETIMEDOUT);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert_int_eq(tstream_reader_wait(reader, 0), 0);
}
END_TEST

START_TEST(cancel_from_another_thread_ends_wait_and_sticks)
{
	waiter w;
	pthread_t thread = start_waiting(&w);
	tstream_reader_cancel(reader);
	pthread_join(thread, NULL);
	ck_assert_int_eq(w.result, TSTREAM_ECANCELED);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_reader_wait(reader, -1), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_reader_seek(reader, 0), TSTREAM_ECANCELED);
	tstream_reader_cancel(reader);
}
END_TEST

START_TEST(cancel_wakes_the_loop_of_a_reader_that_was_refused)
{
	tstream_reader_read(reader, buffer, 4);
	tstream_reader_cancel(reader);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 1);
}
END_TEST

START_TEST(removing_the_torrent_ends_wait)
{
	waiter w;
	pthread_t thread = start_waiting(&w);
	ck_assert_int_eq(tstream_torrent_remove(torrent), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(w.result, TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_ECANCELED);
	ck_assert_int_eq(tstream_reader_seek(reader, 5), TSTREAM_ECANCELED);
	tstream_reader *none = NULL;
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, NULL, &none, NULL), TSTREAM_ECANCELED);
}
END_TEST

static void *close_there(void *user)
{
	tstream_session_close(user);
	return NULL;
}

START_TEST(closing_the_session_ends_wait_and_leaves_the_reader_to_be_closed)
{
	waiter w;
	pthread_t closer;
	pthread_t thread = start_waiting(&w);
	ck_assert_int_eq(pthread_create(&closer, NULL, close_there, session), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(w.result, TSTREAM_ECANCELED);
	pthread_join(closer, NULL);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_ECANCELED);
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	session = open_plain(dir);
	torrent = open_ready(session, FILM_MAGNET, &film_content, 0);
	engine = engine_of(torrent);
	reader = NULL;
}
END_TEST

/* -- trouble -------------------------------------------------------------- */

START_TEST(verified_data_that_is_gone_is_fetched_again)
{
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	fake_engine_fail_reads(engine, 1);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_EAGAIN);
	/* The engine checks by itself and finds that it is not there. */
	fake_engine_deliver_checking(engine);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_EAGAIN);
	fake_engine_deliver_ready(engine, 0);
	ck_assert_int_eq(fake_engine_urgency(engine, FILM_FIRST_PIECE), TSI_URGENT);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 0);
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_READABLE), 1);
	assert_read(reader, 0, 4);
}
END_TEST

START_TEST(an_error_reaches_those_who_wait)
{
	tstream_event event;
	tstream_reader_read(reader, buffer, 4);
	fake_engine_deliver_error(engine, TSTREAM_ENOSPC, "the disk is full");
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_ENOSPC);
	ck_assert_int_eq(tstream_reader_wait(reader, -1), TSTREAM_ENOSPC);
	event = await_event(session, TSTREAM_EVENT_ERROR);
	ck_assert_int_eq(event.code, TSTREAM_ENOSPC);
	ck_assert_str_eq(event.message, "the disk is full");
}
END_TEST

START_TEST(what_is_here_plays_on_through_an_error)
{
	fake_engine_deliver(engine, FILM_FIRST_PIECE);
	fake_engine_deliver_error(engine, TSTREAM_ENOSPC, "the disk is full");
	assert_read(reader, 0, PIECE);
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_ENOSPC);
}
END_TEST

START_TEST(ready_after_an_error_is_recovery)
{
	fake_engine_deliver_error(engine, TSTREAM_EIO, "the disk failed");
	ck_assert_int_eq(tstream_reader_read(reader, buffer, 4), TSTREAM_EIO);
	fake_engine_deliver_ready(engine, 5);
	await_event(session, TSTREAM_EVENT_RECOVERED);
	assert_read(reader, 0, 4);
}
END_TEST

START_TEST(stats_tell_what_is_waited_for)
{
	tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;
	ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), 0);
	ck_assert_int_eq(stats.waiting_us, 0);
	tstream_reader_seek(reader, 3 * PIECE);
	tstream_reader_read(reader, buffer, 4);
	ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), 0);
	ck_assert_uint_eq(stats.tag, 77);
	ck_assert_uint_eq(stats.file_index, FILM);
	ck_assert_uint_eq(stats.offset, 3 * PIECE);
	ck_assert_uint_eq(stats.stall_count, 1);
	ck_assert_uint_eq(stats.waiting_piece, FILM_FIRST_PIECE + 3);
	ck_assert_uint_ge(stats.window_end, 5 * PIECE);
	fake_engine_deliver(engine, FILM_FIRST_PIECE + 3);
	tstream_reader_read(reader, buffer, 10);
	ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), 0);
	ck_assert_int_eq(stats.waiting_us, 0);
	ck_assert_uint_eq(stats.read_bytes, 10);
	ck_assert_uint_eq(stats.available_bytes, PIECE - 10);
}
END_TEST

START_TEST(older_and_newer_callers_are_understood)
{
	struct {
		uint32_t struct_size;
		uint32_t flags;
		uint64_t start_offset;
	} old = {.struct_size = 16, .start_offset = 7};
	tstream_reader *opened = NULL;
	ck_assert_int_eq(
	    tstream_reader_open(torrent, FILM, (const tstream_reader_options *)&old, &opened, NULL), 0);
	ck_assert_int_eq(tstream_reader_tell(opened), 7);
	tstream_reader_close(opened);
	struct {
		tstream_reader_options options;
		uint64_t newer;
	} new = {.options = {.struct_size = sizeof(new), .start_offset = 9}, .newer = 1};
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, &new.options, &opened, NULL), 0);
	ck_assert_int_eq(tstream_reader_tell(opened), 9);
	tstream_reader_close(opened);
	tstream_reader_options unset = {0};
	ck_assert_int_eq(tstream_reader_open(torrent, FILM, &unset, &opened, NULL), TSTREAM_EINVAL);
	tstream_reader_options_init(&unset);
	ck_assert_uint_eq(unset.struct_size, sizeof(unset));
}
END_TEST

START_TEST(nothing_given_is_an_answer_not_a_crash)
{
	tstream_reader *none = NULL;
	tstream_reader_stats stats = {0};
	ck_assert_int_eq(tstream_reader_open(NULL, 0, NULL, &none, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_open(torrent, 0, NULL, NULL, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_read(NULL, buffer, 1), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_read(reader, NULL, 1), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_wait(NULL, 0), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_seek(NULL, 0), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_tell(NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_get_size(NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_get_available(NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_get_stats(NULL, &stats), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_get_stats(reader, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_reader_get_stats(reader, &stats), TSTREAM_EINVAL);
	tstream_reader_options_init(NULL);
	tstream_reader_cancel(NULL);
	tstream_reader_close(NULL);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &read_gives_only_hash_checked_bytes,
	    &eagain_is_followed_by_exactly_one_event_with_its_tag,
	    &a_reader_that_was_not_refused_is_not_woken,
	    &a_piece_elsewhere_wakes_nobody,
	    &read_goes_on_over_pieces_and_stops_before_what_is_missing,
	    &the_end_of_the_file_is_nought,
	    &the_last_bytes_of_a_file_end_within_a_piece,
	    &a_read_of_size_nought_gives_nought,
	    &an_empty_file_ends_at_once,
	    &of_a_film_that_is_read_in_part_not_even_the_index_is_wanted,
	    &nothing_is_read_or_wanted_beyond_the_end_offset,
	    &offsets_outside_the_file_are_refused,
	    &the_cursors_piece_is_wanted_first,
	    &a_seek_moves_only_this_readers_window,
	    &a_seek_forgets_the_wakeup_of_the_old_place,
	    &readers_of_one_file_are_woken_each_for_itself,
	    &wait_ends_when_another_thread_delivers,
	    &wait_times_out,
	    &cancel_from_another_thread_ends_wait_and_sticks,
	    &cancel_wakes_the_loop_of_a_reader_that_was_refused,
	    &removing_the_torrent_ends_wait,
	    &closing_the_session_ends_wait_and_leaves_the_reader_to_be_closed,
	    &verified_data_that_is_gone_is_fetched_again,
	    &an_error_reaches_those_who_wait,
	    &what_is_here_plays_on_through_an_error,
	    &ready_after_an_error_is_recovery,
	    &stats_tell_what_is_waited_for,
	    &older_and_newer_callers_are_understood,
	    &nothing_given_is_an_answer_not_a_crash,
	};
	Suite *suite = suite_create("reader");
	TCase *tcase = tcase_create("reader");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
