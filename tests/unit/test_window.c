/**
 * The streaming policy by example.  One torrent of 1 GiB in pieces of 256 KiB; file and
 * torrent are the same unless a test says otherwise.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/span.h"
#include "core/window.h"
#include "suite.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define PIECE_SIZE (256 * KIB)
#define PIECES 4096u
#define TOTAL (PIECES * PIECE_SIZE)
#define MAX_CURSORS 8
#define MAX_RANGES 128

static uint64_t have[PIECES / 64];
static tsi_cursor cursors[MAX_CURSORS];
static tsi_window_input input;
static tsi_plan_range ranges[MAX_RANGES];
static size_t range_count;

static void setup(void)
{
	memset(have, 0, sizeof(have));
	memset(cursors, 0, sizeof(cursors));
	memset(&input, 0, sizeof(input));
	input.piece_size = PIECE_SIZE;
	input.piece_count = PIECES;
	input.have = have;
	input.cursors = cursors;
}

static tsi_cursor *open_reader(uint64_t offset)
{
	tsi_cursor *cursor = &cursors[input.cursor_count++];

	cursor->offset = offset;
	cursor->end = TOTAL;
	cursor->file_end = TOTAL;
	cursor->readahead_bytes = 8 * MIB;
	return cursor;
}

static void deliver(uint32_t first, uint32_t end)
{
	for (uint32_t piece = first; piece < end; piece++)
		have[piece >> 6] |= UINT64_C(1) << (piece & 63);
}

static void plan(void)
{
	ck_assert_uint_le(tsi_window_range_bound(input.cursor_count, input.kept_count), MAX_RANGES);
	range_count = tsi_window_plan(&input, ranges);
}

/* The first range of an urgency; range_count if there is none. */
static size_t find(tsi_urgency urgency)
{
	size_t i = 0;

	while (i < range_count && ranges[i].urgency != urgency)
		i++;
	return i;
}

static size_t count(tsi_urgency urgency)
{
	size_t found = 0;

	for (size_t i = 0; i < range_count; i++)
		found += ranges[i].urgency == urgency;
	return found;
}

static bool wants(uint32_t piece)
{
	for (size_t i = 0; i < range_count; i++) {
		if (piece >= ranges[i].first_piece && piece < ranges[i].end_piece)
			return true;
	}
	return false;
}

static void assert_range(size_t index, tsi_urgency urgency, uint32_t first, uint32_t end)
{
	ck_assert_uint_lt(index, range_count);
	ck_assert_int_eq(ranges[index].urgency, urgency);
	ck_assert_uint_eq(ranges[index].first_piece, first);
	ck_assert_uint_eq(ranges[index].end_piece, end);
}

START_TEST(without_readers_nothing_is_wanted)
{
	plan();
	ck_assert_uint_eq(range_count, 0);
}
END_TEST

START_TEST(a_new_reader_wants_its_first_piece_then_the_rest_of_its_window)
{
	open_reader(10 * PIECE_SIZE);
	plan();

	assert_range(0, TSI_URGENT, 10, 11);
	/* 8 MiB are 32 pieces; two of them are near. */
	assert_range(1, TSI_NEAR, 10, 11);
	assert_range(2, TSI_NEAR, 11, 12);
	assert_range(3, TSI_AHEAD, 12, 20);
	assert_range(4, TSI_AHEAD, 20, 28);
	assert_range(5, TSI_AHEAD, 28, 36);
	assert_range(6, TSI_AHEAD, 36, 42);
	ck_assert_uint_eq(range_count, 7);
}
END_TEST

START_TEST(a_reader_with_everything_ahead_wants_nothing)
{
	open_reader(0);
	deliver(0, PIECES);
	plan();
	ck_assert_uint_eq(range_count, 0);
}
END_TEST

START_TEST(the_piece_after_the_cursors_is_urgent_too)
{
	open_reader(5);
	deliver(0, 1);
	plan();
	assert_range(0, TSI_URGENT, 1, 2);
}
END_TEST

START_TEST(a_reader_with_data_ahead_is_in_no_hurry)
{
	open_reader(0);
	deliver(0, 2);
	plan();
	ck_assert_uint_eq(count(TSI_URGENT), 0);
	assert_range(0, TSI_AHEAD, 2, 10);
}
END_TEST

START_TEST(the_longest_waiting_reader_comes_first)
{
	open_reader(0)->waiting_us = 5;
	open_reader(100 * PIECE_SIZE)->waiting_us = 900;
	open_reader(200 * PIECE_SIZE);
	open_reader(300 * PIECE_SIZE)->waiting_us = 70;
	plan();

	assert_range(0, TSI_URGENT, 100, 101);
	assert_range(1, TSI_URGENT, 300, 301);
	assert_range(2, TSI_URGENT, 0, 1);
	assert_range(3, TSI_URGENT, 200, 201);
}
END_TEST

START_TEST(readers_that_wait_equally_long_keep_their_order)
{
	for (uint32_t i = 0; i < MAX_CURSORS; i++)
		open_reader(i * 100 * PIECE_SIZE);
	plan();
	for (uint32_t i = 0; i < MAX_CURSORS; i++)
		assert_range(i, TSI_URGENT, i * 100, i * 100 + 1);
}
END_TEST

START_TEST(readers_take_turns_in_what_they_need_next)
{
	size_t first;

	open_reader(0)->rate_bytes_per_s = 4 * MIB;
	open_reader(1000 * PIECE_SIZE)->rate_bytes_per_s = 4 * MIB;
	plan();

	/* 2 s at 4 MiB/s are 32 pieces, so a turn is 8. */
	first = find(TSI_NEAR);
	assert_range(first, TSI_NEAR, 0, 8);
	assert_range(first + 1, TSI_NEAR, 1000, 1008);
	assert_range(first + 2, TSI_NEAR, 8, 16);
	assert_range(first + 3, TSI_NEAR, 1008, 1016);
	ck_assert_uint_eq(count(TSI_NEAR), 8);
}
END_TEST

START_TEST(a_quick_reader_gets_half_a_minute)
{
	tsi_cursor *cursor = open_reader(0);

	cursor->rate_bytes_per_s = MIB;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 30 * MIB);
}
END_TEST

START_TEST(a_slow_reader_gets_its_readahead)
{
	tsi_cursor *cursor = open_reader(7);

	cursor->rate_bytes_per_s = 1;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 7 + 8 * MIB);
}
END_TEST

START_TEST(a_window_holds_two_pieces_at_least)
{
	tsi_cursor *cursor = open_reader(7);

	cursor->readahead_bytes = 1;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 7 + 2 * PIECE_SIZE);
}
END_TEST

START_TEST(a_window_holds_256_mebibytes_at_most)
{
	tsi_cursor *cursor = open_reader(MIB);

	cursor->rate_bytes_per_s = UINT64_MAX;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 257 * MIB);
	cursor->rate_bytes_per_s = 0;
	cursor->readahead_bytes = UINT64_MAX;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 257 * MIB);
	plan();
	ck_assert(wants(257 * 4 - 1));
	ck_assert(!wants(257 * 4));
}
END_TEST

START_TEST(the_quota_bounds_a_window)
{
	tsi_cursor *cursor = open_reader(0);

	input.max_window_bytes = 3 * MIB;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 3 * MIB);
	plan();
	ck_assert(wants(11));
	ck_assert(!wants(12));
}
END_TEST

START_TEST(the_cursors_own_piece_is_wanted_however_small_the_quota)
{
	tsi_cursor *cursor = open_reader(PIECE_SIZE + 100);

	input.max_window_bytes = 1;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 2 * PIECE_SIZE);
	plan();
	assert_range(0, TSI_URGENT, 1, 2);
	ck_assert(!wants(0));
	ck_assert(!wants(2));
}
END_TEST

START_TEST(a_window_ends_where_its_reader_does)
{
	tsi_cursor *cursor = open_reader(0);

	cursor->end = 3 * PIECE_SIZE + 1;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), 3 * PIECE_SIZE + 1);
	plan();
	ck_assert(wants(3));
	ck_assert(!wants(4));
}
END_TEST

START_TEST(a_reader_at_its_end_wants_nothing)
{
	tsi_cursor *cursor = open_reader(TOTAL);

	cursor->wants_index = true;
	ck_assert_uint_eq(tsi_window_end(&input, cursor), TOTAL);
	plan();
	ck_assert_uint_eq(range_count, 0);
}
END_TEST

START_TEST(what_is_here_within_a_window_is_not_asked_for_in_front)
{
	open_reader(0);
	deliver(2, 12);
	plan();
	assert_range(find(TSI_AHEAD), TSI_AHEAD, 12, 18);
}
END_TEST

START_TEST(the_index_waits_until_the_next_mebibyte_is_here)
{
	open_reader(100 * PIECE_SIZE)->wants_index = true;
	deliver(100, 103);
	plan();
	ck_assert_uint_eq(count(TSI_INDEX), 0);

	deliver(103, 104);
	plan();
	assert_range(find(TSI_INDEX), TSI_INDEX, 0, 4);
	assert_range(find(TSI_INDEX) + 1, TSI_INDEX, PIECES - 8, PIECES);
	ck_assert_uint_lt(find(TSI_INDEX), find(TSI_AHEAD));
}
END_TEST

START_TEST(only_containers_have_an_index)
{
	open_reader(0);
	deliver(0, 8);
	plan();
	ck_assert_uint_eq(count(TSI_INDEX), 0);
}
END_TEST

START_TEST(an_index_that_is_here_is_not_wanted_again)
{
	open_reader(100 * PIECE_SIZE)->wants_index = true;
	deliver(100, 104);
	deliver(0, 4);
	deliver(PIECES - 8, PIECES - 1);
	plan();
	ck_assert_uint_eq(count(TSI_INDEX), 1);
	assert_range(find(TSI_INDEX), TSI_INDEX, PIECES - 1, PIECES);
}
END_TEST

START_TEST(the_index_stays_within_its_file)
{
	tsi_cursor *cursor = open_reader(50 * PIECE_SIZE + 9);

	/* A small file in the middle of the torrent, read to its end; 51 is all it lacks. */
	cursor->file_begin = 50 * PIECE_SIZE + 9;
	cursor->file_end = 51 * PIECE_SIZE + 9;
	cursor->end = 51 * PIECE_SIZE;
	cursor->wants_index = true;
	deliver(50, 51);
	plan();
	for (size_t i = 0; i < range_count; i++)
		assert_range(i, TSI_INDEX, 51, 52);
	ck_assert_uint_gt(range_count, 0);
}
END_TEST

START_TEST(an_index_larger_than_the_quota_allows_is_not_wanted)
{
	open_reader(100 * PIECE_SIZE)->wants_index = true;
	deliver(100, 104);
	input.max_window_bytes = 3 * MIB;
	plan();
	ck_assert_uint_eq(count(TSI_INDEX), 2);
	input.max_window_bytes = 3 * MIB - 1;
	plan();
	ck_assert_uint_eq(count(TSI_INDEX), 0);
}
END_TEST

START_TEST(kept_files_come_last)
{
	const tsi_plan_range kept[] = {{2000, 2010, TSI_URGENT}, {4000, 9999, TSI_URGENT}};

	input.kept = kept;
	input.kept_count = 2;
	open_reader(0);
	deliver(2000, 2003);
	plan();
	assert_range(range_count - 2, TSI_KEEP, 2003, 2010);
	assert_range(range_count - 1, TSI_KEEP, 4000, PIECES);
}
END_TEST

START_TEST(a_seek_moves_only_its_own_window)
{
	tsi_cursor *seeker = open_reader(0);

	open_reader(2000 * PIECE_SIZE);
	seeker->offset = 1000 * PIECE_SIZE;
	plan();
	ck_assert(!wants(0));
	ck_assert(!wants(31));
	for (uint32_t piece = 0; piece < 32; piece++) {
		ck_assert(wants(1000 + piece));
		ck_assert(wants(2000 + piece));
	}
}
END_TEST

START_TEST(a_torrent_of_one_piece_is_planned)
{
	tsi_cursor *cursor = open_reader(0);

	input.piece_count = 1;
	cursor->end = 10;
	cursor->file_end = 10;
	cursor->wants_index = true;
	plan();
	assert_range(0, TSI_URGENT, 0, 1);
	deliver(0, 1);
	plan();
	ck_assert_uint_eq(range_count, 0);
}
END_TEST

START_TEST(a_reader_beyond_the_pieces_wants_nothing_that_does_not_exist)
{
	tsi_cursor *cursor = open_reader(TOTAL + 5);

	cursor->end = TOTAL + 10;
	plan();
	ck_assert_uint_eq(range_count, 0);
	ck_assert_uint_eq(tsi_window_end(&input, cursor), TOTAL + 5);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &without_readers_nothing_is_wanted,
	    &a_new_reader_wants_its_first_piece_then_the_rest_of_its_window,
	    &a_reader_with_everything_ahead_wants_nothing,
	    &the_piece_after_the_cursors_is_urgent_too,
	    &a_reader_with_data_ahead_is_in_no_hurry,
	    &the_longest_waiting_reader_comes_first,
	    &readers_that_wait_equally_long_keep_their_order,
	    &readers_take_turns_in_what_they_need_next,
	    &a_quick_reader_gets_half_a_minute,
	    &a_slow_reader_gets_its_readahead,
	    &a_window_holds_two_pieces_at_least,
	    &a_window_holds_256_mebibytes_at_most,
	    &the_quota_bounds_a_window,
	    &the_cursors_own_piece_is_wanted_however_small_the_quota,
	    &a_window_ends_where_its_reader_does,
	    &a_reader_at_its_end_wants_nothing,
	    &what_is_here_within_a_window_is_not_asked_for_in_front,
	    &the_index_waits_until_the_next_mebibyte_is_here,
	    &only_containers_have_an_index,
	    &an_index_that_is_here_is_not_wanted_again,
	    &the_index_stays_within_its_file,
	    &an_index_larger_than_the_quota_allows_is_not_wanted,
	    &kept_files_come_last,
	    &a_seek_moves_only_its_own_window,
	    &a_torrent_of_one_piece_is_planned,
	    &a_reader_beyond_the_pieces_wants_nothing_that_does_not_exist,
	};
	Suite *suite = suite_create("window");
	TCase *tcase = tcase_create("window");

	tcase_add_checked_fixture(tcase, setup, NULL);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
