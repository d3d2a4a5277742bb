/**
 * Which block is asked of which peer: examples, one rule each, with peers that answer only
 * when time is let pass.
 */
#include <check.h>
#include <stdlib.h>

#include "core/fetch_internal.h"
#include "fake_swarm.h"
#include "suite.h"

#define BLOCKS 4u
#define PIECE_BYTES (BLOCKS * TSI_BLOCK_BYTES)
#define MS 1000

static fake_swarm *swarm;

static void setup(void)
{
	swarm = fake_swarm_new(64, PIECE_BYTES);
}

static void teardown(void)
{
	ck_assert_msg(!swarm->violation, "%s", swarm->violation);
	fake_swarm_free(swarm);
}

static fake_peer *quick_peer(void)
{
	return fake_swarm_add_peer(swarm, 10e6, 10 * MS);
}

static void want(uint32_t first_piece, uint32_t end_piece, tsi_urgency urgency)
{
	fake_swarm_want(swarm, &(tsi_plan_range){first_piece, end_piece, urgency}, 1);
}

START_TEST(nothing_is_asked_without_a_plan)
{
	fake_peer *peer = quick_peer();
	fake_swarm_run(swarm, 1000 * MS);
	ck_assert_uint_eq(peer->asked_count, 0);
}
END_TEST

START_TEST(blocks_are_asked_in_the_order_of_the_plan)
{
	fake_peer *peer = quick_peer();
	tsi_plan_range ranges[] = {{7, 8, TSI_NEAR}, {3, 4, TSI_AHEAD}};
	fake_swarm_want(swarm, ranges, 2);
	ck_assert_uint_eq(peer->debt_count, 2 * BLOCKS);
	for (uint32_t i = 0; i < peer->debt_count; i++) {
		ck_assert_uint_eq(peer->debts[i].piece, i < BLOCKS ? 7 : 3);
		ck_assert_uint_eq(peer->debts[i].block, i % BLOCKS);
	}
}
END_TEST

START_TEST(a_piece_wanted_twice_is_asked_for_once)
{
	fake_peer *peer = quick_peer();
	tsi_plan_range ranges[] = {{5, 6, TSI_URGENT}, {5, 6, TSI_NEAR}, {4, 7, TSI_AHEAD}};
	fake_swarm_want(swarm, ranges, 3);
	ck_assert_uint_eq(peer->debt_count, 3 * BLOCKS);
}
END_TEST

START_TEST(ranges_beyond_the_end_are_cut)
{
	quick_peer();
	want(62, 1000, TSI_AHEAD);
	fake_swarm_run(swarm, 1000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, 2);
	want(500, 1000, TSI_URGENT);
	fake_swarm_run(swarm, 1000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, 2);
}
END_TEST

START_TEST(what_the_plan_drops_is_taken_back)
{
	fake_peer *peer = quick_peer();
	want(0, 4, TSI_AHEAD);
	ck_assert_uint_gt(peer->debt_count, 0);
	want(40, 41, TSI_URGENT);
	ck_assert_uint_gt(peer->cancelled_count, 0);
	ck_assert_uint_eq(peer->debt_count, BLOCKS);
	ck_assert_uint_eq(peer->debts[0].piece, 40);
}
END_TEST

START_TEST(what_the_plan_keeps_stays_asked)
{
	fake_peer *peer = quick_peer();
	want(0, 4, TSI_AHEAD);
	uint32_t before = peer->debt_count;
	want(0, 5, TSI_NEAR);
	ck_assert_uint_eq(peer->cancelled_count, 0);
	ck_assert_uint_ge(peer->debt_count, before);
}
END_TEST

START_TEST(an_empty_plan_takes_everything_back)
{
	fake_peer *peer = quick_peer();
	want(0, 64, TSI_KEEP);
	fake_swarm_run(swarm, 50 * MS);
	fake_swarm_want(swarm, NULL, 0);
	ck_assert_uint_eq(peer->debt_count, 0);
	uint64_t asked_count = peer->asked_count;
	fake_swarm_run(swarm, 10000 * MS);
	ck_assert_uint_eq(peer->asked_count, asked_count);
}
END_TEST

START_TEST(a_peer_is_asked_only_for_what_it_has)
{
	fake_peer *peer = quick_peer();
	fake_peer_have_none(peer);
	want(0, 8, TSI_NEAR);
	ck_assert_uint_eq(peer->debt_count, 0);
	fake_peer_gain(peer, 6);
	ck_assert_uint_eq(peer->debt_count, BLOCKS);
	ck_assert_uint_eq(peer->debts[0].piece, 6);
}
END_TEST

START_TEST(a_piece_nobody_else_has_does_not_hold_up_those_behind_it)
{
	fake_peer *poor = quick_peer();
	fake_peer_have_none(poor);
	fake_peer_gain(poor, 9);
	want(0, 10, TSI_NEAR);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 9, 1000 * MS), 0);
	quick_peer();
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 1000 * MS), 0);
}
END_TEST

START_TEST(a_peer_that_chokes_owes_nothing_and_others_are_asked)
{
	fake_peer *first = quick_peer();
	want(0, 1, TSI_AHEAD);
	fake_peer *second = quick_peer();
	ck_assert_uint_eq(second->debt_count, 0);
	fake_peer_choke(first);
	ck_assert_uint_eq(second->debt_count, BLOCKS);
	fake_peer_unchoke(first);
	ck_assert_uint_eq(first->debt_count, 0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 1000 * MS), 0);
}
END_TEST

START_TEST(what_a_vanished_peer_owed_is_asked_of_others)
{
	fake_peer *first = quick_peer();
	want(0, 2, TSI_URGENT);
	fake_peer *second = quick_peer();
	fake_peer_leave(first);
	ck_assert_uint_eq(second->debt_count, 2 * BLOCKS);
}
END_TEST

START_TEST(the_peers_own_limit_is_kept)
{
	fake_peer *peer = quick_peer();
	fake_peer_limit(peer, 3);
	want(0, 64, TSI_AHEAD);
	for (int i = 0; i < 200; i++) {
		fake_swarm_run(swarm, MS);
		ck_assert_uint_le(peer->debt_count, 3);
	}
	ck_assert_uint_gt(peer->sent_bytes, 0);
}
END_TEST

START_TEST(a_limit_of_none_is_a_limit_of_one)
{
	fake_peer *peer = quick_peer();
	tsi_fetch_set_queue_limit(peer->handle, 0);
	want(0, 2, TSI_AHEAD);
	ck_assert_uint_eq(peer->debt_count, 1);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 1, 5000 * MS), 0);
}
END_TEST

START_TEST(a_rejected_block_is_asked_of_another_peer)
{
	fake_peer *refusing = quick_peer();
	refusing->is_rejecting = true;
	want(0, 1, TSI_URGENT);
	fake_peer *helpful = quick_peer();
	ck_assert_uint_eq(helpful->debt_count, 0);
	fake_swarm_run(swarm, 11 * MS);
	ck_assert_uint_eq(helpful->debt_count, BLOCKS);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 1000 * MS), 0);
}
END_TEST

START_TEST(a_peer_that_rejects_everything_is_asked_ever_more_rarely)
{
	fake_peer *peer = quick_peer();
	peer->is_rejecting = true;
	want(0, 64, TSI_URGENT);
	fake_swarm_run(swarm, 60000 * MS);
	/* 0.1 s, 0.2 s, ... 10 s between the batches: 12 of them, of 16 at most. */
	ck_assert_uint_gt(peer->asked_count, 16);
	ck_assert_uint_le(peer->asked_count, 13 * 16);
}
END_TEST

START_TEST(a_peer_that_stops_rejecting_is_used_again)
{
	fake_peer *peer = quick_peer();
	peer->is_rejecting = true;
	want(0, 1, TSI_URGENT);
	fake_swarm_run(swarm, 1000 * MS);
	peer->is_rejecting = false;
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 2000 * MS), 0);
}
END_TEST

START_TEST(a_failed_piece_is_asked_for_again)
{
	fake_peer *peer = quick_peer();
	peer->is_corrupt = true;
	want(0, 1, TSI_NEAR);
	fake_swarm_run(swarm, 30 * MS);
	ck_assert_uint_ge(swarm->failed_pieces, 1);
	peer->is_corrupt = false;
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 1000 * MS), 0);
}
END_TEST

START_TEST(a_piece_that_failed_is_asked_of_one_peer_alone)
{
	fake_peer *peers[] = {quick_peer(), quick_peer()};
	peers[0]->is_corrupt = peers[1]->is_corrupt = true;
	want(0, 1, TSI_URGENT);
	for (int i = 0; i < 1000 && swarm->failed_pieces == 0; i++)
		fake_swarm_run(swarm, MS);
	ck_assert_uint_ge(swarm->failed_pieces, 1);
	peers[0]->is_corrupt = peers[1]->is_corrupt = false;
	for (int i = 0; i < 1000 && !swarm->have[0]; i++) {
		tsi_fetch_waiting waiting;
		tsi_fetch_get_waiting(swarm->fetch, swarm->now_us, &waiting);
		ck_assert_uint_le(waiting.asked_count, 1);
		fake_swarm_run(swarm, MS);
	}
	ck_assert(swarm->have[0]);
}
END_TEST

START_TEST(a_silent_peers_blocks_are_asked_of_others)
{
	fake_peer *silent = quick_peer();
	silent->is_silent = true;
	want(0, 2, TSI_AHEAD);
	fake_peer *helpful = quick_peer();
	ck_assert_uint_eq(helpful->debt_count, 0);
	int64_t took_us = fake_swarm_run_until(swarm, 1, 20000 * MS);
	ck_assert_int_ge(took_us, 0);
	ck_assert_int_lt(took_us, 4200 * MS);
	tsi_fetch_peer_stats stats;
	tsi_fetch_get_peer_stats(silent->handle, swarm->now_us, &stats);
	ck_assert(stats.is_stalled);
	tsi_fetch_get_peer_stats(helpful->handle, swarm->now_us, &stats);
	ck_assert(!stats.is_stalled);
	ck_assert_int_ge(stats.rtt_us, 10 * MS);
	ck_assert_uint_gt(stats.rate_bytes_per_s, 1000000);
}
END_TEST

START_TEST(a_peer_that_speaks_again_is_trusted_again)
{
	fake_peer *peer = quick_peer();
	want(0, 64, TSI_AHEAD);
	fake_swarm_run(swarm, 20 * MS);
	peer->is_silent = true;
	fake_swarm_run(swarm, 5000 * MS);
	tsi_fetch_peer_stats stats;
	tsi_fetch_get_peer_stats(peer->handle, swarm->now_us, &stats);
	ck_assert(stats.is_stalled);
	/* The probe, once in ten seconds, finds it back. */
	peer->is_silent = false;
	ck_assert_int_ge(fake_swarm_run_until(swarm, 63, 30000 * MS), 0);
	tsi_fetch_get_peer_stats(peer->handle, swarm->now_us, &stats);
	ck_assert(!stats.is_stalled);
}
END_TEST

START_TEST(the_end_of_an_urgent_piece_is_asked_of_a_second_peer)
{
	fake_peer *slow = fake_swarm_add_peer(swarm, 10e3, 10 * MS);
	want(0, 1, TSI_URGENT);
	ck_assert_uint_eq(slow->debt_count, BLOCKS);
	/* The quick one proves itself on another piece, then helps out. */
	quick_peer();
	tsi_plan_range ranges[] = {{0, 1, TSI_URGENT}, {1, 2, TSI_NEAR}};
	fake_swarm_want(swarm, ranges, 2);
	int64_t took_us = fake_swarm_run_until(swarm, 0, 10000 * MS);
	ck_assert_int_ge(took_us, 0);
	ck_assert_int_lt(took_us, 500 * MS);
}
END_TEST

START_TEST(a_block_that_came_is_taken_back_from_those_who_owe_it_too)
{
	fake_peer *slow = fake_swarm_add_peer(swarm, 10e3, 10 * MS);
	want(0, 1, TSI_URGENT);
	quick_peer();
	tsi_plan_range ranges[] = {{0, 1, TSI_URGENT}, {1, 2, TSI_NEAR}};
	fake_swarm_want(swarm, ranges, 2);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 10000 * MS), 0);
	ck_assert_uint_gt(slow->cancelled_count, 0);
	for (uint32_t i = 0; i < slow->debt_count; i++)
		ck_assert_uint_ne(slow->debts[i].piece, 0);
}
END_TEST

START_TEST(a_block_nobody_asked_for_is_taken)
{
	want(0, 1, TSI_NEAR);
	tsi_fetch_block(swarm->fetch, NULL, 0, 0, swarm->now_us);
	swarm->blocks[0].is_here = true;
	fake_peer *peer = quick_peer();
	ck_assert_uint_eq(peer->debt_count, BLOCKS - 1);
	/* Nonsense is none of our business. */
	tsi_fetch_block(swarm->fetch, NULL, 1000, 0, swarm->now_us);
	tsi_fetch_block(swarm->fetch, peer->handle, 0, 100 * TSI_BLOCK_BYTES, swarm->now_us);
}
END_TEST

START_TEST(waiting_is_explained)
{
	tsi_fetch_waiting waiting;
	tsi_fetch_get_waiting(swarm->fetch, swarm->now_us, &waiting);
	ck_assert(!waiting.is_waiting);
	quick_peer();
	fake_peer_have_none(quick_peer());
	want(2, 10, TSI_URGENT);
	tsi_fetch_get_waiting(swarm->fetch, swarm->now_us, &waiting);
	ck_assert(waiting.is_waiting);
	ck_assert_uint_eq(waiting.piece, 2);
	ck_assert_uint_eq(waiting.asked_count, 1);
	ck_assert_uint_eq(waiting.holder_count, 1);
	ck_assert_int_lt(waiting.estimate_us, 0);
	fake_swarm_run(swarm, 30 * MS);
	tsi_fetch_get_waiting(swarm->fetch, swarm->now_us, &waiting);
	ck_assert_uint_gt(waiting.piece, 2);
	ck_assert_int_gt(waiting.estimate_us, 0);
	ck_assert_int_lt(waiting.estimate_us, 1000 * MS);
}
END_TEST

START_TEST(pieces_under_way_are_marked)
{
	uint8_t pieces[64] = {0};
	quick_peer();
	want(3, 5, TSI_NEAR);
	tsi_fetch_mark_partial(swarm->fetch, pieces, 4);
	ck_assert_uint_eq(pieces[3], 2);
	ck_assert_uint_eq(pieces[4], 0);
	tsi_fetch_mark_partial(swarm->fetch, pieces, 64);
	ck_assert_uint_eq(pieces[4], 2);
	ck_assert_uint_eq(pieces[5], 0);
}
END_TEST

START_TEST(with_nobody_to_watch_there_is_no_next_tick)
{
	want(0, 1, TSI_URGENT);
	ck_assert_int_lt(tsi_fetch_tick(swarm->fetch, swarm->now_us), 0);
	fake_peer *peer = quick_peer();
	ck_assert_int_gt(tsi_fetch_tick(swarm->fetch, swarm->now_us), 0);
	fake_peer_choke(peer);
	ck_assert_int_lt(tsi_fetch_tick(swarm->fetch, swarm->now_us), 0);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &nothing_is_asked_without_a_plan,
	    &blocks_are_asked_in_the_order_of_the_plan,
	    &a_piece_wanted_twice_is_asked_for_once,
	    &ranges_beyond_the_end_are_cut,
	    &what_the_plan_drops_is_taken_back,
	    &what_the_plan_keeps_stays_asked,
	    &an_empty_plan_takes_everything_back,
	    &a_peer_is_asked_only_for_what_it_has,
	    &a_piece_nobody_else_has_does_not_hold_up_those_behind_it,
	    &a_peer_that_chokes_owes_nothing_and_others_are_asked,
	    &what_a_vanished_peer_owed_is_asked_of_others,
	    &the_peers_own_limit_is_kept,
	    &a_limit_of_none_is_a_limit_of_one,
	    &a_rejected_block_is_asked_of_another_peer,
	    &a_peer_that_rejects_everything_is_asked_ever_more_rarely,
	    &a_peer_that_stops_rejecting_is_used_again,
	    &a_failed_piece_is_asked_for_again,
	    &a_piece_that_failed_is_asked_of_one_peer_alone,
	    &a_silent_peers_blocks_are_asked_of_others,
	    &a_peer_that_speaks_again_is_trusted_again,
	    &the_end_of_an_urgent_piece_is_asked_of_a_second_peer,
	    &a_block_that_came_is_taken_back_from_those_who_owe_it_too,
	    &a_block_nobody_asked_for_is_taken,
	    &waiting_is_explained,
	    &pieces_under_way_are_marked,
	    &with_nobody_to_watch_there_is_no_next_tick,
	};
	Suite *suite = suite_create("fetch");
	TCase *tcase = tcase_create("fetch");
	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
