/**
 * The scheduler over time and over chance: how quick a seek is, how full the pipes are, and
 * what must hold after every step whatever peers do.  Time is a counter: every run is the
 * same.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/fetch_internal.h"
#include "fake_swarm.h"
#include "random.h"
#include "suite.h"

#define MIB 1048576u
#define MS 1000
#define S 1000000
#define MBIT_PER_S (1e6 / 8)

static fake_swarm *swarm;

static void setup(void)
{
	swarm = NULL;
}

static void teardown(void)
{
	if (swarm)
		ck_assert_msg(!swarm->violation, "%s", swarm->violation);
	fake_swarm_free(swarm);
}

static double duplicate_share(void)
{
	return (double)swarm->duplicate_bytes / (double)(swarm->arrived_bytes + 1);
}

/** As a reader would want it that has just sought to this piece. */
static void seek_to(uint32_t piece)
{
	tsi_plan_range ranges[] = {{piece, piece + 1, TSI_URGENT},
	                           {piece + 1, piece + 3, TSI_NEAR},
	                           {piece + 3, piece + 32, TSI_AHEAD}};
	fake_swarm_want(swarm, ranges, 3);
}

static int by_time(const void *left, const void *right)
{
	const int64_t *a = left;
	const int64_t *b = right;
	return *a < *b ? -1 : *a > *b;
}

#define SEEK_COUNT 60

/** Seek again and again, each time with pipes full of what the last seek wanted.
 *  @param out_times_us  SEEK_COUNT of them, sorted */
static void seek_often(int64_t *out_times_us)
{
	seek_to(0);
	fake_swarm_run(swarm, 5 * S);
	for (unsigned i = 0; i < SEEK_COUNT; i++) {
		fake_swarm_run(swarm, 700 * MS + (int64_t)(i * 37 % 100) * MS);
		seek_to(40 + i * 45);
		out_times_us[i] = fake_swarm_run_until(swarm, 40 + i * 45, 20 * S);
		ck_assert_int_ge(out_times_us[i], 0);
	}
	qsort(out_times_us, SEEK_COUNT, sizeof(*out_times_us), by_time);
}

/* -- seeks ---------------------------------------------------------------- */

START_TEST(a_seek_over_four_equal_peers_takes_little_more_than_their_rate_allows)
{
	/* 1 MiB at 40 Mbit/s and a round trip: 240 ms. */
	static const int64_t jitters_us[] = {0, 3 * MS};
	int64_t times_us[SEEK_COUNT];
	swarm = fake_swarm_new(3000, MIB);
	for (int i = 0; i < 4; i++)
		fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS)->jitter_us = jitters_us[_i];
	seek_often(times_us);
	ck_assert_int_le(times_us[SEEK_COUNT / 2], 260 * MS);
	ck_assert_int_le(times_us[SEEK_COUNT - 1], 290 * MS);
	ck_assert(duplicate_share() < 0.05);
}
END_TEST

static void add_nine_unequal(void)
{
	static const double rates_mbit[] = {20, 16, 12, 8, 6, 4, 2, 1, 0.5};
	static const int64_t rtts_ms[] = {20, 40, 60, 80, 30, 100, 50, 150, 200};
	for (int i = 0; i < 9; i++)
		fake_swarm_add_peer(swarm, rates_mbit[i] * MBIT_PER_S, rtts_ms[i] * MS)->jitter_us = 2 * MS;
}

START_TEST(a_seek_over_nine_unequal_peers_waits_for_none_of_the_slow_ones)
{
	int64_t times_us[SEEK_COUNT];
	swarm = fake_swarm_new(3000, MIB);
	add_nine_unequal();
	seek_often(times_us);
	/* Sharing out perfectly takes 180 ms; one block of the slowest takes 262 ms. */
	ck_assert_int_le(times_us[SEEK_COUNT / 2], 210 * MS);
	ck_assert_int_le(times_us[SEEK_COUNT - 1], 300 * MS);
	ck_assert(duplicate_share() < 0.05);
}
END_TEST

START_TEST(a_slow_peer_is_not_given_an_urgent_block_that_it_would_delay)
{
	swarm = fake_swarm_new(3000, MIB);
	fake_swarm_add_peer(swarm, 50 * MBIT_PER_S, 20 * MS);
	fake_peer *slow = fake_swarm_add_peer(swarm, 0.2 * MBIT_PER_S, 200 * MS);
	seek_to(0);
	fake_swarm_run(swarm, 10 * S);
	seek_to(100);
	for (uint32_t i = 0; i < slow->debt_count; i++)
		ck_assert_uint_ne(slow->debts[i].piece, 100);
	int64_t took_us = fake_swarm_run_until(swarm, 100, 20 * S);
	ck_assert_int_ge(took_us, 0);
	ck_assert_int_le(took_us, 230 * MS);
}
END_TEST

START_TEST(the_first_piece_over_strangers_does_not_hang_on_the_slowest)
{
	swarm = fake_swarm_new(64, MIB);
	seek_to(0);
	add_nine_unequal();
	int64_t took_us = fake_swarm_run_until(swarm, 0, 20 * S);
	ck_assert_int_ge(took_us, 0);
	ck_assert_int_le(took_us, 500 * MS);
}
END_TEST

START_TEST(a_piece_that_turns_urgent_while_nothing_was_does_not_hang_on_the_slowest)
{
	swarm = fake_swarm_new(64, MIB);
	for (int i = 0; i < 3; i++)
		fake_swarm_add_peer(swarm, 4 * MBIT_PER_S, 30 * MS);
	fake_swarm_add_peer(swarm, 0.5 * MBIT_PER_S, 30 * MS);
	seek_to(0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 20 * S), 0);
	/* The reader has just been given piece 0: for a moment it is in no hurry. */
	fake_swarm_want(swarm, (tsi_plan_range[]){{1, 3, TSI_NEAR}, {3, 32, TSI_AHEAD}}, 2);
	fake_swarm_run(swarm, 20 * MS);
	seek_to(1);
	int64_t took_us = fake_swarm_run_until(swarm, 1, 20 * S);
	ck_assert_int_ge(took_us, 0);
	/* All together need 670 ms for a piece, the slow one alone 260 ms for a block. */
	ck_assert_int_le(took_us, 700 * MS);
}
END_TEST

/* -- throughput ----------------------------------------------------------- */

/** @return the share of the link that was used */
static double use_of_link(double rate, int64_t span_us)
{
	uint64_t before = swarm->arrived_bytes;
	fake_swarm_run(swarm, span_us);
	return (double)(swarm->arrived_bytes - before) * 1e6 / (rate * (double)span_us);
}

static void want_all(void)
{
	fake_swarm_want(swarm, &(tsi_plan_range){0, swarm->piece_count, TSI_AHEAD}, 1);
}

START_TEST(one_quick_peer_fills_the_link)
{
	static const struct {
		double rate;
		int64_t rtt_us;
		int64_t jitter_us;
		int64_t span_us; /* of most, long enough to see the pipe let run dry once */
	} links[] = {
	    {300e6, 200, 0, S},                          /* loopback */
	    {300e6, 200, 5 * MS, 2 * S},                 /* loopback on a busy machine */
	    {100 * MBIT_PER_S, 50 * MS, 2 * MS, 12 * S}, /* across a continent */
	    {1000 * MBIT_PER_S, 20 * MS, 1 * MS, 4 * S}, /* fibre */
	    {1 * MBIT_PER_S, 300 * MS, 50 * MS, 30 * S}, /* a bad line */
	};
	int64_t span_us = links[_i].span_us;
	double rate = links[_i].rate;
	swarm = fake_swarm_new((uint32_t)(rate * 1e-6 * (double)(span_us + 2 * S) / MIB) + 32, MIB);
	fake_peer *peer = fake_swarm_add_peer(swarm, rate, links[_i].rtt_us);
	peer->jitter_us = links[_i].jitter_us;
	fake_peer_limit(peer, 2000);
	want_all();
	fake_swarm_run(swarm, S);
	ck_assert(use_of_link(rate, span_us) > 0.95);
	ck_assert_uint_eq(swarm->duplicate_bytes, 0);
}
END_TEST

START_TEST(nine_unequal_peers_fill_all_their_links)
{
	swarm = fake_swarm_new(400, MIB);
	add_nine_unequal();
	want_all();
	fake_swarm_run(swarm, S);
	ck_assert(use_of_link(69.5 * MBIT_PER_S, 20 * S) > 0.95);
	ck_assert(duplicate_share() < 0.05);
}
END_TEST

START_TEST(pipes_are_no_fuller_than_a_seek_can_bear)
{
	swarm = fake_swarm_new(400, MIB);
	fake_peer *peer = fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS);
	want_all();
	fake_swarm_run(swarm, 5 * S);
	/* 10 Mbit/s are 2.3 blocks a round trip; 12 ms of queue are one more. */
	for (int i = 0; i < 1500; i++) {
		fake_swarm_run(swarm, 10 * MS);
		ck_assert_uint_le(peer->debt_count, 8);
	}
}
END_TEST

START_TEST(after_a_seek_little_is_asked_of_a_peer_next_door)
{
	swarm = fake_swarm_new(3000, MIB);
	fake_peer *peer = fake_swarm_add_peer(swarm, 300e6, 200);
	peer->jitter_us = 5 * MS;
	fake_peer_limit(peer, 2000);
	fake_swarm_want(swarm, &(tsi_plan_range){0, 1000, TSI_AHEAD}, 1);
	fake_swarm_run(swarm, 2 * S);
	uint32_t steady_count = peer->debt_count;
	seek_to(2000);
	for (int i = 0; i < 15; i++) {
		fake_swarm_run(swarm, 5 * MS);
		ck_assert_uint_le(peer->debt_count, 128);
	}
	ck_assert_uint_gt(steady_count, 240);
	want_all();
	fake_swarm_run(swarm, S);
	ck_assert_uint_gt(peer->debt_count, 240);
}
END_TEST

START_TEST(who_seeks_again_and_again_still_gets_what_a_near_peer_can_give)
{
	static const int64_t rtts_us[] = {200, 8 * MS};
	double rate = 1000 * MBIT_PER_S;
	swarm = fake_swarm_new(4000, MIB);
	fake_peer_limit(fake_swarm_add_peer(swarm, rate, rtts_us[_i]), 2000);
	want_all();
	fake_swarm_run(swarm, 2 * S);
	for (uint32_t i = 0; i < 20; i++) {
		uint64_t before = swarm->arrived_bytes;
		seek_to(1000 + i * 100);
		fake_swarm_run(swarm, 200 * MS);
		/* A round trip goes by before the first byte. */
		ck_assert(swarm->arrived_bytes - before > 0.85 * rate * 0.2);
	}
}
END_TEST

START_TEST(the_depth_follows_a_peer_that_becomes_quicker_and_slower)
{
	swarm = fake_swarm_new(4000, MIB);
	fake_peer *peer = fake_swarm_add_peer(swarm, 2 * MBIT_PER_S, 40 * MS);
	want_all();
	fake_swarm_run(swarm, 5 * S);
	peer->rate = 200 * MBIT_PER_S;
	fake_swarm_run(swarm, 3 * S);
	ck_assert(use_of_link(peer->rate, 5 * S) > 0.9);
	peer->rate = 2 * MBIT_PER_S;
	fake_swarm_run(swarm, 10 * S);
	ck_assert(use_of_link(peer->rate, 5 * S) > 0.9);
	ck_assert_uint_le(peer->debt_count, 8);
}
END_TEST

/* -- bad peers ------------------------------------------------------------ */

START_TEST(a_peer_that_falls_silent_delays_an_urgent_piece_only_shortly)
{
	swarm = fake_swarm_new(400, MIB);
	fake_peer *peers[4];
	for (int i = 0; i < 4; i++)
		peers[i] = fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS);
	seek_to(0);
	fake_swarm_run(swarm, 5 * S);
	peers[2]->is_silent = true;
	seek_to(100);
	int64_t took_us = fake_swarm_run_until(swarm, 100, 20 * S);
	ck_assert_int_ge(took_us, 0);
	/* Three peers alone need 310 ms. */
	ck_assert_int_le(took_us, 600 * MS);
}
END_TEST

START_TEST(peers_that_vanish_are_made_up_for_by_the_last_one)
{
	swarm = fake_swarm_new(400, MIB);
	fake_peer *peers[4];
	for (int i = 0; i < 4; i++)
		peers[i] = fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS);
	seek_to(0);
	fake_swarm_run(swarm, 100 * MS);
	for (int i = 0; i < 3; i++)
		fake_peer_leave(peers[i]);
	int64_t took_us = fake_swarm_run_until(swarm, 0, 20 * S);
	ck_assert_int_ge(took_us, 0);
	ck_assert_int_le(took_us, 1000 * MS);
}
END_TEST

START_TEST(a_peer_that_spoils_pieces_costs_no_other_piece)
{
	swarm = fake_swarm_new(40, MIB);
	fake_peer *bad = fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS);
	fake_swarm_add_peer(swarm, 10 * MBIT_PER_S, 30 * MS);
	bad->is_corrupt = true;
	want_all();
	fake_swarm_run(swarm, 5 * S);
	ck_assert_uint_gt(swarm->failed_pieces, 0);
	fake_peer_leave(bad); /* the engine bans it */
	fake_swarm_run(swarm, 60 * S);
	ck_assert_uint_eq(swarm->passed_pieces, 40);
}
END_TEST

/* -- whatever happens ----------------------------------------------------- */

/** As ck_assert, which writes down every time that it holds: there are millions here. */
#define hold(condition)                                                                            \
	do {                                                                                           \
		if (!(condition))                                                                          \
			ck_abort_msg("%s", #condition);                                                        \
	} while (0)

/** How many peers that are not given up owe this block, by their own queues. */
static unsigned owed_by(const tsi_fetch_peer *peers, uint32_t piece, uint32_t index)
{
	unsigned count = 0;
	for (const tsi_fetch_peer *peer = peers; peer; peer = peer->next)
		count += !peer->is_stalled && tsi_peer_find(peer, piece, index) < peer->request_count;
	return count;
}

static void check_piece(const tsi_active_piece *active)
{
	uint32_t here_count = 0;
	uint32_t free_count = 0;
	for (uint32_t i = 0; i < active->block_count; i++) {
		const tsi_block *block = &active->blocks[i];
		here_count += block->is_here;
		free_count += !block->is_here && block->asker_count == 0;
		hold(block->asker_count <= TSI_MAX_ASKERS);
		hold(!block->is_here || block->asker_count == 0);
		hold(block->asker_count == owed_by(swarm->fetch->peers, active->piece, i));
	}
	hold(here_count == active->here_count);
	hold(free_count == active->free_count);
}

static void check_ranges(void)
{
	for (size_t i = 0; i < swarm->fetch->plan_count; i++) {
		const tsi_wanted_range *wanted = &swarm->fetch->plan[i];
		hold(wanted->next_piece <= wanted->range.end_piece);
		for (uint32_t p = wanted->range.first_piece; p < wanted->next_piece; p++) {
			const tsi_active_piece *active = tsi_active_find(swarm->fetch, p);
			hold(swarm->have[p] || (active && active->free_count == 0));
		}
	}
}

static void check_queues(void)
{
	for (unsigned i = 0; i < swarm->peer_count; i++) {
		const fake_peer *peer = &swarm->peers[i];
		if (!peer->handle)
			continue;
		/* What we believe they owe is what they were asked for. */
		hold(peer->handle->request_count == peer->debt_count);
		for (uint32_t k = 0; k < peer->debt_count; k++)
			hold(tsi_peer_find(peer->handle, peer->debts[k].piece, peer->debts[k].block) <
			     peer->debt_count);
	}
}

static void check_everything(void)
{
	ck_assert_msg(!swarm->violation, "%s", swarm->violation);
	for (size_t i = 0; i < swarm->fetch->active_count; i++) {
		check_piece(swarm->fetch->active[i]);
		hold(i == 0 || swarm->fetch->active[i - 1]->piece < swarm->fetch->active[i]->piece);
		hold(!swarm->have[swarm->fetch->active[i]->piece]);
	}
	check_ranges();
	check_queues();
	tsi_fetch_waiting waiting;
	tsi_fetch_get_waiting(swarm->fetch, swarm->now_us, &waiting);
	hold(!waiting.is_waiting ||
	     (fake_swarm_is_planned(swarm, waiting.piece) && !swarm->have[waiting.piece]));
}

static void want_at_random(uint64_t *random)
{
	tsi_plan_range ranges[6];
	size_t count = random_below(random, 7);
	for (size_t i = 0; i < count; i++) {
		uint32_t first = (uint32_t)random_below(random, swarm->piece_count);
		ranges[i] = (tsi_plan_range){first, first + (uint32_t)random_below(random, 20),
		                             (tsi_urgency)random_below(random, TSI_KEEP + 1)};
	}
	fake_swarm_want(swarm, ranges, count);
}

static void disturb(fake_peer *peer, uint64_t *random)
{
	if (!peer->handle)
		return;
	switch (random_below(random, 9)) {
	case 0:
		fake_peer_choke(peer);
		break;
	case 1:
	case 2:
		fake_peer_unchoke(peer);
		break;
	case 3:
		peer->is_silent = !peer->is_silent;
		break;
	case 4:
		peer->is_rejecting = !peer->is_rejecting;
		break;
	case 5:
		peer->is_corrupt = !peer->is_corrupt;
		break;
	case 6:
		if (peer->have)
			fake_peer_gain(peer, (uint32_t)random_below(random, swarm->piece_count));
		break;
	case 7:
		peer->rate = 1e4 * (double)(1 + random_below(random, 1000));
		break;
	default:
		if (random_below(random, 40) == 0)
			fake_peer_leave(peer);
	}
}

START_TEST(the_books_balance_whatever_peers_do)
{
	uint64_t random = (uint64_t)_i + 1;
	swarm = fake_swarm_new(200, 8 * TSI_BLOCK_BYTES);
	for (unsigned i = 0; i < 8; i++) {
		fake_peer *peer = fake_swarm_add_peer(swarm, 1e4 * (double)(1 + random_below(&random, 500)),
		                                      (int64_t)random_below(&random, 200) * MS);
		peer->jitter_us = (int64_t)random_below(&random, 20 * MS);
		fake_peer_limit(peer, 1 + (uint32_t)random_below(&random, 40));
		if (i % 3 == 0)
			fake_peer_have_none(peer);
	}
	for (int step = 0; step < 800; step++) {
		if (random_below(&random, 8) == 0)
			want_at_random(&random);
		if (random_below(&random, 2) == 0)
			disturb(&swarm->peers[random_below(&random, swarm->peer_count)], &random);
		if (random_below(&random, 60) == 0 && swarm->peer_count < FAKE_MAX_PEERS - 1)
			fake_swarm_add_peer(swarm, 1e6, 20 * MS);
		fake_swarm_run(swarm,
		               (int64_t)random_below(&random, random_below(&random, 4) ? 50 * MS : 3 * S));
		check_everything();
	}
	/* And in the end, with one good peer, all is fetched. */
	for (unsigned i = 0; i < swarm->peer_count; i++)
		if (swarm->peers[i].handle)
			fake_peer_leave(&swarm->peers[i]);
	fake_swarm_add_peer(swarm, 10e6, 20 * MS);
	want_all();
	fake_swarm_run(swarm, 30 * S);
	check_everything();
	ck_assert_uint_eq(swarm->passed_pieces, swarm->piece_count);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("fetch_simulation");
	TCase *tcase = tcase_create("fetch_simulation");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
	    tcase, a_seek_over_four_equal_peers_takes_little_more_than_their_rate_allows, 0, 2);
	tcase_add_test(tcase, a_seek_over_nine_unequal_peers_waits_for_none_of_the_slow_ones);
	tcase_add_test(tcase, a_slow_peer_is_not_given_an_urgent_block_that_it_would_delay);
	tcase_add_test(tcase, a_piece_that_turns_urgent_while_nothing_was_does_not_hang_on_the_slowest);
	tcase_add_test(tcase, the_first_piece_over_strangers_does_not_hang_on_the_slowest);
	tcase_add_loop_test(tcase, one_quick_peer_fills_the_link, 0, 5);
	tcase_add_test(tcase, nine_unequal_peers_fill_all_their_links);
	tcase_add_test(tcase, pipes_are_no_fuller_than_a_seek_can_bear);
	tcase_add_test(tcase, after_a_seek_little_is_asked_of_a_peer_next_door);
	tcase_add_loop_test(tcase, who_seeks_again_and_again_still_gets_what_a_near_peer_can_give, 0,
	                    2);
	tcase_add_test(tcase, the_depth_follows_a_peer_that_becomes_quicker_and_slower);
	tcase_add_test(tcase, a_peer_that_falls_silent_delays_an_urgent_piece_only_shortly);
	tcase_add_test(tcase, peers_that_vanish_are_made_up_for_by_the_last_one);
	tcase_add_test(tcase, a_peer_that_spoils_pieces_costs_no_other_piece);
	tcase_add_loop_test(tcase, the_books_balance_whatever_peers_do, 0, 6);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
