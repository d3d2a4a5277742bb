/**
 * Peers that are preferred: what is left to them, and when the others are asked all the same.
 */
#include <check.h>
#include <stdlib.h>

#include "core/fetch_internal.h"
#include "fake_swarm.h"
#include "suite.h"

#define BLOCKS 4u
#define PIECE_BYTES (BLOCKS * TSI_BLOCK_BYTES)
#define PIECES 64u
#define MS 1000

static fake_swarm *swarm;

static void setup(void)
{
	swarm = fake_swarm_new(PIECES, PIECE_BYTES);
}

static void teardown(void)
{
	ck_assert_msg(!swarm->violation, "%s", swarm->violation);
	fake_swarm_free(swarm);
}

static fake_peer *other_peer(void)
{
	return fake_swarm_add_peer(swarm, 10e6, 10 * MS);
}

static fake_peer *preferred_peer(double rate)
{
	fake_peer *peer = fake_swarm_add_peer(swarm, rate, 1 * MS);
	tsi_fetch_prefer(swarm->fetch, peer->handle, swarm->now_us);
	return peer;
}

static void want(uint32_t first_piece, uint32_t end_piece, tsi_urgency urgency)
{
	fake_swarm_want(swarm, &(tsi_plan_range){first_piece, end_piece, urgency}, 1);
}

/** As a reader that stands before a piece. */
static void want_from(uint32_t piece)
{
	tsi_plan_range ranges[] = {{piece, piece + 1, TSI_URGENT},
	                           {piece + 1, piece + 9, TSI_NEAR},
	                           {piece + 9, PIECES, TSI_AHEAD}};
	fake_swarm_want(swarm, ranges, 3);
}

START_TEST(what_a_preferred_peer_has_is_asked_of_nobody_else)
{
	fake_peer *other = other_peer();
	fake_peer *ours = preferred_peer(20e6);
	want_from(0);
	fake_swarm_run(swarm, 2000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, PIECES);
	ck_assert_uint_eq(other->asked_count, 0);
	ck_assert_uint_eq(ours->sent_bytes, (uint64_t)PIECES * PIECE_BYTES);
}
END_TEST

START_TEST(what_a_preferred_peer_lacks_comes_from_the_others)
{
	fake_peer *other = other_peer();
	fake_peer *ours = preferred_peer(20e6);
	fake_peer_have_none(ours);
	for (uint32_t piece = 0; piece < PIECES; piece += 2)
		fake_peer_gain(ours, piece);
	want(0, PIECES, TSI_AHEAD);
	fake_swarm_run(swarm, 2000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, PIECES);
	ck_assert_uint_eq(other->sent_bytes, (uint64_t)PIECES / 2 * PIECE_BYTES);
}
END_TEST

START_TEST(what_it_gains_is_left_to_it_from_then_on)
{
	fake_peer *ours = preferred_peer(20e6);
	fake_peer_have_none(ours);
	want(0, PIECES, TSI_AHEAD);
	for (uint32_t piece = 0; piece < PIECES; piece++)
		fake_peer_gain(ours, piece);
	fake_peer *other = other_peer();
	fake_swarm_run(swarm, 2000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, PIECES);
	ck_assert_uint_eq(other->asked_count, 0);
}
END_TEST

START_TEST(a_reader_does_not_wait_for_a_slow_one)
{
	preferred_peer(20e3);
	other_peer();
	want_from(0);
	/* Nine pieces at 20 kB/s would take half a minute. */
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 600 * MS), 0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 8, 4000 * MS), 0);
}
END_TEST

START_TEST(one_that_is_slower_than_a_stranger_is_asked_all_the_same)
{
	fake_peer *other = other_peer();
	want(0, 16, TSI_AHEAD);
	fake_swarm_run(swarm, 1000 * MS);
	uint64_t before = other->asked_count;
	preferred_peer(4e6);
	for (uint32_t piece = 16; piece < PIECES; piece++) {
		want(piece, piece + 1, TSI_URGENT);
		ck_assert_int_ge(fake_swarm_run_until(swarm, piece, 1000 * MS), 0);
	}
	ck_assert_uint_eq(other->asked_count, before);
}
END_TEST

START_TEST(one_that_falls_silent_is_not_waited_for)
{
	fake_peer *ours = preferred_peer(10e6);
	other_peer();
	want(0, 16, TSI_AHEAD);
	fake_swarm_run(swarm, 1000 * MS);
	ck_assert_uint_eq(swarm->passed_pieces, 16);
	ours->is_silent = true;
	want_from(16);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 16, 5000 * MS), 0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, PIECES - 1, 10000 * MS), 0);
}
END_TEST

START_TEST(one_that_never_answers_is_not_waited_for)
{
	preferred_peer(10e6)->is_silent = true;
	other_peer();
	want_from(0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, 0, 5000 * MS), 0);
	ck_assert_int_ge(fake_swarm_run_until(swarm, PIECES - 1, 15000 * MS), 0);
}
END_TEST

START_TEST(when_it_leaves_or_chokes_us_the_others_are_asked)
{
	fake_peer *ours = preferred_peer(1e6);
	other_peer();
	want(0, PIECES, TSI_AHEAD);
	fake_swarm_run(swarm, 50 * MS);
	if (_i)
		fake_peer_leave(ours);
	else
		fake_peer_choke(ours);
	ck_assert_int_ge(fake_swarm_run_until(swarm, PIECES - 1, 2000 * MS), 0);
}
END_TEST

START_TEST(no_more_than_the_bound_are_preferred)
{
	for (unsigned i = 0; i < FAKE_MAX_PEERS; i++)
		preferred_peer(1e6);
	ck_assert_uint_eq(swarm->fetch->preferred_count, TSI_MAX_PREFERRED);
	fake_peer_leave(&swarm->peers[0]);
	ck_assert_uint_eq(swarm->fetch->preferred_count, TSI_MAX_PREFERRED - 1);
	tsi_fetch_prefer(swarm->fetch, swarm->peers[1].handle, swarm->now_us);
	ck_assert_uint_eq(swarm->fetch->preferred_count, TSI_MAX_PREFERRED - 1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("fetch_preferred");
	TCase *tcase = tcase_create("preferred");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_a_preferred_peer_has_is_asked_of_nobody_else);
	tcase_add_test(tcase, what_a_preferred_peer_lacks_comes_from_the_others);
	tcase_add_test(tcase, what_it_gains_is_left_to_it_from_then_on);
	tcase_add_test(tcase, a_reader_does_not_wait_for_a_slow_one);
	tcase_add_test(tcase, one_that_is_slower_than_a_stranger_is_asked_all_the_same);
	tcase_add_test(tcase, one_that_falls_silent_is_not_waited_for);
	tcase_add_test(tcase, one_that_never_answers_is_not_waited_for);
	tcase_add_loop_test(tcase, when_it_leaves_or_chokes_us_the_others_are_asked, 0, 2);
	tcase_add_test(tcase, no_more_than_the_bound_are_preferred);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
