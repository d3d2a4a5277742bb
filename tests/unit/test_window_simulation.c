/**
 * The streaming policy over time and over chance.
 *
 * Simulation: a toy swarm delivers, each tick, the first missing pieces of the plan;
 * readers consume what is here.  Time is a counter, so every run is the same.
 * Properties: what must hold of every plan, tried on thousands of inputs.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/span.h"
#include "core/window.h"
#include "random.h"
#include "suite.h"

#define MIB UINT64_C(1048576)
#define TICK_US 100000
#define TICKS_PER_S 10
#define MAX_PIECES 4096u
#define MAX_READERS 5
#define MAX_CURSORS 12
#define MAX_KEPT 3

/* One reader of the simulation; its cursor is that of the same index. */
typedef struct viewer {
	uint64_t bytes_per_tick;
	uint64_t read_bytes;
	unsigned longest_stall_ticks;
} viewer;

static uint64_t have[MAX_PIECES / 64];
static tsi_cursor cursors[MAX_CURSORS];
static viewer viewers[MAX_READERS];
static tsi_window_input input;
static tsi_plan_range *ranges; /* of exactly the promised size: a sanitizer sees more */
static size_t range_count;

static void setup(void)
{
	memset(have, 0, sizeof(have));
	memset(cursors, 0, sizeof(cursors));
	memset(viewers, 0, sizeof(viewers));
	memset(&input, 0, sizeof(input));
	input.piece_size = 256 * 1024;
	input.piece_count = MAX_PIECES;
	input.have = have;
	input.cursors = cursors;
	ranges = NULL;
}

static void teardown(void)
{
	free(ranges);
	ranges = NULL;
}

static void make_plan(void)
{
	size_t bound = tsi_window_range_bound(input.cursor_count, input.kept_count);

	free(ranges);
	ranges = malloc((bound + 1) * sizeof(*ranges));
	ck_assert_ptr_nonnull(ranges);
	memset(&ranges[bound], 0x5A, sizeof(ranges[bound]));
	range_count = tsi_window_plan(&input, ranges);
	ck_assert_uint_le(range_count, bound);
	/* The guard behind the last one is as it was. */
	ck_assert_uint_eq(ranges[bound].first_piece, 0x5A5A5A5A);
}

static void deliver(uint32_t piece)
{
	have[piece >> 6] |= UINT64_C(1) << (piece & 63);
}

static bool is_wanted(uint32_t piece)
{
	for (size_t i = 0; i < range_count; i++) {
		if (piece >= ranges[i].first_piece && piece < ranges[i].end_piece)
			return true;
	}
	return false;
}

/* The swarm: the plan's first missing pieces arrive.  @return how many */
static unsigned swarm_deliver(unsigned capacity)
{
	unsigned delivered = 0;

	for (size_t i = 0; i < range_count; i++) {
		for (uint32_t piece = ranges[i].first_piece; piece < ranges[i].end_piece; piece++) {
			if (delivered == capacity)
				return delivered;
			if (!tsi_bits_get(have, piece)) {
				deliver(piece);
				delivered++;
			}
		}
	}
	return delivered;
}

static void add_viewer(uint64_t offset, uint64_t bytes_per_s)
{
	tsi_cursor *cursor = &cursors[input.cursor_count];
	uint64_t total = (uint64_t)input.piece_count * input.piece_size;

	cursor->offset = offset;
	cursor->end = total;
	cursor->file_end = total;
	cursor->readahead_bytes = 32 * MIB;
	cursor->rate_bytes_per_s = bytes_per_s;
	cursor->wants_index = true;
	viewers[input.cursor_count].bytes_per_tick = bytes_per_s / TICKS_PER_S;
	input.cursor_count++;
}

static void view(viewer *who, tsi_cursor *cursor)
{
	uint64_t wanted_end = cursor->offset + who->bytes_per_tick;
	uint64_t end;

	if (wanted_end > cursor->end)
		wanted_end = cursor->end;
	end = tsi_span_contiguous_end(have, cursor->offset, wanted_end, input.piece_size);
	who->read_bytes += end - cursor->offset;
	/* Whoever could read something waits for the next thing from now on. */
	if (end > cursor->offset)
		cursor->waiting_us = 0;
	if (end < wanted_end)
		cursor->waiting_us += TICK_US;
	if (cursor->waiting_us / TICK_US > who->longest_stall_ticks)
		who->longest_stall_ticks = (unsigned)(cursor->waiting_us / TICK_US);
	cursor->offset = end;
}

static void run(unsigned ticks, unsigned capacity)
{
	for (unsigned tick = 0; tick < ticks; tick++) {
		make_plan();
		swarm_deliver(capacity);
		for (size_t i = 0; i < input.cursor_count; i++)
			view(&viewers[i], &cursors[i]);
	}
}

/* @return the viewer that stalled longest, in ticks, and forget all stalls */
static unsigned take_longest_stall(void)
{
	unsigned longest = 0;

	for (size_t i = 0; i < input.cursor_count; i++) {
		if (viewers[i].longest_stall_ticks > longest)
			longest = viewers[i].longest_stall_ticks;
		viewers[i].longest_stall_ticks = 0;
	}
	return longest;
}

/* Rates are 1.25 MiB/s: half a piece a tick. */
START_TEST(a_swarm_that_is_quick_enough_never_lets_its_readers_wait)
{
	static const unsigned reader_counts[] = {1, 2, 5};
	unsigned readers = reader_counts[_i];

	for (unsigned i = 0; i < readers; i++)
		add_viewer(i * 200 * MIB, 5 * MIB / 4);
	/* Each gets its first two pieces in turn. */
	run(10, readers);
	take_longest_stall();
	run(60 * TICKS_PER_S, readers);
	ck_assert_uint_eq(take_longest_stall(), 0);
}
END_TEST

START_TEST(a_swarm_that_is_too_slow_starves_nobody)
{
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	for (unsigned i = 0; i < MAX_READERS; i++)
		add_viewer(i * 200 * MIB, 5 * MIB);
	/* Ten pieces a tick are wanted; one comes. */
	run(100 * TICKS_PER_S, 1);
	for (unsigned i = 0; i < MAX_READERS; i++) {
		if (viewers[i].read_bytes < least)
			least = viewers[i].read_bytes;
		if (viewers[i].read_bytes > most)
			most = viewers[i].read_bytes;
	}
	/* A fair share is 200 pieces; nobody is off by more than a tenth. */
	ck_assert_uint_ge(least, 180 * (uint64_t)input.piece_size);
	ck_assert_uint_le(most, 220 * (uint64_t)input.piece_size);
	/* Five readers take turns, so nobody waits much longer than a round. */
	ck_assert_uint_le(take_longest_stall(), 2 * MAX_READERS);
}
END_TEST

START_TEST(a_quick_reader_does_not_starve_slow_ones)
{
	add_viewer(0, 50 * MIB);
	add_viewer(300 * MIB, MIB);
	add_viewer(600 * MIB, MIB);
	run(10, 4);
	take_longest_stall();
	/* The slow two need 0.8 pieces a tick together, the quick one all there is. */
	run(20 * TICKS_PER_S, 4);
	ck_assert_uint_le(viewers[1].longest_stall_ticks, 1);
	ck_assert_uint_le(viewers[2].longest_stall_ticks, 1);
	ck_assert_uint_ge(viewers[1].read_bytes, 19 * MIB);
	ck_assert_uint_ge(viewers[2].read_bytes, 19 * MIB);
	/* And nothing is wasted: the quick one got the rest. */
	ck_assert_uint_ge(viewers[0].read_bytes, 100 * MIB);
}
END_TEST

START_TEST(a_seek_is_served_at_once_and_disturbs_no_other)
{
	add_viewer(0, MIB);
	add_viewer(500 * MIB, MIB);
	run(30, 8);
	take_longest_stall();

	for (uint32_t seek = 0; seek < 40; seek++) {
		uint64_t target = (50 + (seek * 37) % 400) * MIB;
		uint32_t target_piece = (uint32_t)(target / input.piece_size);

		cursors[0].offset = target;
		cursors[0].waiting_us = tsi_bits_get(have, target_piece) ? 0 : 1;
		run(1, 2);
		/* The first piece that could arrive is the one that was sought. */
		ck_assert(tsi_bits_get(have, target_piece));
		run(4, 2);
	}
	ck_assert_uint_eq(viewers[1].longest_stall_ticks, 0);
}
END_TEST

START_TEST(when_readers_leave_what_they_wanted_is_wanted_no_more)
{
	add_viewer(0, MIB);
	add_viewer(500 * MIB, MIB);
	make_plan();
	ck_assert(is_wanted(2001));
	input.cursor_count = 1;
	make_plan();
	ck_assert(!is_wanted(2001));
	ck_assert(is_wanted(1));
}
END_TEST

static unsigned count_delivered(void)
{
	unsigned delivered = 0;

	for (uint32_t piece = 0; piece < MAX_PIECES; piece++)
		delivered += tsi_bits_get(have, piece);
	return delivered;
}

START_TEST(a_film_is_played_to_its_end)
{
	input.piece_count = 400;
	add_viewer(0, 5 * MIB);
	cursors[0].end = 100 * MIB - 5;
	cursors[0].file_end = cursors[0].end;
	run(25 * TICKS_PER_S, 4);
	ck_assert_uint_eq(cursors[0].offset, cursors[0].end);
	ck_assert_uint_eq(count_delivered(), 400);
}
END_TEST

START_TEST(a_range_is_played_to_its_end_and_nothing_else_is_fetched)
{
	add_viewer(100 * MIB, 5 * MIB);
	cursors[0].end = 110 * MIB;
	cursors[0].wants_index = false;
	run(10 * TICKS_PER_S, 4);
	ck_assert_uint_eq(cursors[0].offset, cursors[0].end);
	ck_assert_uint_eq(count_delivered(), 40);
}
END_TEST

/* ---- properties ---- */

static tsi_plan_range kept[MAX_KEPT];

static void randomise_cursor(uint64_t *seed, tsi_cursor *cursor, uint64_t total)
{
	uint64_t span;

	memset(cursor, 0, sizeof(*cursor));
	cursor->file_begin = random_below(seed, total);
	cursor->file_end = cursor->file_begin + 1 + random_below(seed, total - cursor->file_begin);
	span = cursor->file_end - cursor->file_begin;
	cursor->offset = cursor->file_begin + random_below(seed, span + 1);
	cursor->end = cursor->offset + random_below(seed, cursor->file_end - cursor->offset + 1);
	cursor->readahead_bytes = random_below(seed, 64 * MIB);
	cursor->rate_bytes_per_s = random_below(seed, 3) ? random_below(seed, 20 * MIB) : 0;
	cursor->waiting_us = (int64_t)random_below(seed, 4) * 100;
	cursor->wants_index = random_below(seed, 2);
}

static void randomise(uint64_t *seed)
{
	uint64_t density = random_below(seed, 101);
	uint64_t total;

	input.piece_size = 1u << (14 + random_below(seed, 9));
	input.piece_count = (uint32_t)(1 + random_below(seed, MAX_PIECES));
	input.max_window_bytes = random_below(seed, 3) ? 0 : random_below(seed, 32 * MIB);
	input.cursor_count = random_below(seed, MAX_CURSORS + 1);
	input.kept_count = random_below(seed, MAX_KEPT + 1);
	input.kept = kept;
	total = (uint64_t)input.piece_count * input.piece_size;
	memset(have, 0, sizeof(have));
	for (uint32_t piece = 0; piece < input.piece_count; piece++) {
		if (random_below(seed, 100) < density)
			deliver(piece);
	}
	for (size_t i = 0; i < input.cursor_count; i++)
		randomise_cursor(seed, &cursors[i], total);
	for (size_t i = 0; i < input.kept_count; i++) {
		kept[i].first_piece = (uint32_t)random_below(seed, input.piece_count);
		kept[i].end_piece = kept[i].first_piece + (uint32_t)random_below(seed, 50);
		kept[i].urgency = TSI_URGENT;
	}
}

/* Why a piece may be wanted, one bit each. */
#define IN_WINDOW 1u
#define IN_INDEX 2u
#define IN_KEPT 4u

static uint8_t reasons[MAX_PIECES];

static void give_reason(uint64_t begin, uint64_t end, uint8_t reason)
{
	tsi_pieces pieces = tsi_span_pieces(begin, end, input.piece_size);

	for (uint32_t piece = pieces.first; piece < pieces.end && piece < input.piece_count; piece++)
		reasons[piece] |= reason;
}

static void give_reasons(void)
{
	memset(reasons, 0, sizeof(reasons));
	for (size_t i = 0; i < input.cursor_count; i++) {
		const tsi_cursor *cursor = &cursors[i];
		uint64_t size = cursor->file_end - cursor->file_begin;

		give_reason(cursor->offset, tsi_window_end(&input, cursor), IN_WINDOW);
		if (!cursor->wants_index)
			continue;
		give_reason(cursor->file_begin, cursor->file_begin + (size < MIB ? size : MIB), IN_INDEX);
		give_reason(cursor->file_end - (size < 2 * MIB ? size : 2 * MIB), cursor->file_end,
		            IN_INDEX);
	}
	for (size_t i = 0; i < input.kept_count; i++)
		give_reason((uint64_t)kept[i].first_piece * input.piece_size,
		            (uint64_t)kept[i].end_piece * input.piece_size, IN_KEPT);
}

static unsigned reason_of(tsi_urgency urgency)
{
	if (urgency == TSI_KEEP)
		return IN_KEPT;
	return urgency == TSI_INDEX ? IN_INDEX : IN_WINDOW;
}

/* Ranges exist, begin with something missing, come in order, and each has its reason. */
static void check_ranges(void)
{
	for (size_t i = 0; i < range_count; i++) {
		const tsi_plan_range *range = &ranges[i];
		unsigned shared = IN_WINDOW | IN_INDEX | IN_KEPT;

		ck_assert_uint_lt(range->first_piece, range->end_piece);
		ck_assert_uint_le(range->end_piece, input.piece_count);
		ck_assert(!tsi_bits_get(have, range->first_piece));
		ck_assert(i == 0 || ranges[i - 1].urgency <= range->urgency);
		for (uint32_t piece = range->first_piece; piece < range->end_piece; piece++)
			shared &= reasons[piece];
		ck_assert(shared & reason_of(range->urgency));
	}
}

/* Whatever is missing of a window or a kept file is mentioned. */
static void check_nothing_is_forgotten(void)
{
	bool is_mentioned[MAX_PIECES] = {false};
	unsigned forgotten = 0;

	for (size_t i = 0; i < range_count; i++) {
		for (uint32_t piece = ranges[i].first_piece; piece < ranges[i].end_piece; piece++)
			is_mentioned[piece] = true;
	}
	for (uint32_t piece = 0; piece < input.piece_count; piece++) {
		bool has_reason = (reasons[piece] & (IN_WINDOW | IN_KEPT)) != 0;

		forgotten += has_reason && !tsi_bits_get(have, piece) && !is_mentioned[piece];
	}
	ck_assert_uint_eq(forgotten, 0);
}

/* A reader whose own piece is missing finds it among the first cursor_count ranges. */
static void check_urgent(void)
{
	for (size_t i = 0; i < input.cursor_count; i++) {
		uint32_t piece = (uint32_t)(cursors[i].offset / input.piece_size);
		bool is_found = false;

		if (cursors[i].offset >= cursors[i].end || tsi_bits_get(have, piece))
			continue;
		for (size_t place = 0; place < input.cursor_count && place < range_count; place++)
			is_found |= ranges[place].first_piece == piece && ranges[place].urgency == TSI_URGENT;
		ck_assert(is_found);
	}
}

START_TEST(every_plan_keeps_its_promises)
{
	uint64_t seed = 20240131;

	for (int round = 0; round < 1500; round++) {
		randomise(&seed);
		make_plan();
		give_reasons();
		check_ranges();
		check_nothing_is_forgotten();
		check_urgent();
	}
}
END_TEST

START_TEST(equal_inputs_give_equal_plans)
{
	tsi_plan_range *first;
	size_t first_count;
	uint64_t seed = 7;

	for (int round = 0; round < 100; round++) {
		randomise(&seed);
		make_plan();
		first = ranges;
		first_count = range_count;
		ranges = NULL;
		make_plan();
		ck_assert_uint_eq(range_count, first_count);
		for (size_t i = 0; i < range_count; i++) {
			ck_assert_uint_eq(ranges[i].first_piece, first[i].first_piece);
			ck_assert_uint_eq(ranges[i].end_piece, first[i].end_piece);
			ck_assert_int_eq(ranges[i].urgency, first[i].urgency);
		}
		free(first);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("window over time");
	TCase *tcase = tcase_create("simulation");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_swarm_that_is_quick_enough_never_lets_its_readers_wait, 0, 3);
	tcase_add_test(tcase, a_swarm_that_is_too_slow_starves_nobody);
	tcase_add_test(tcase, a_quick_reader_does_not_starve_slow_ones);
	tcase_add_test(tcase, a_seek_is_served_at_once_and_disturbs_no_other);
	tcase_add_test(tcase, when_readers_leave_what_they_wanted_is_wanted_no_more);
	tcase_add_test(tcase, a_film_is_played_to_its_end);
	tcase_add_test(tcase, a_range_is_played_to_its_end_and_nothing_else_is_fetched);
	tcase_add_test(tcase, every_plan_keeps_its_promises);
	tcase_add_test(tcase, equal_inputs_give_equal_plans);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
