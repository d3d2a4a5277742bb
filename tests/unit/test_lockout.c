/**
 * Failures counted in a table that never grows.
 */
#include <check.h>
#include <stdlib.h>

#include "core/lockout.h"
#include "suite.h"

#define WINDOW_US 1000

static tsi_lockout lockout;
static const tsi_lockout_key ada = {.key = 1, .max_failures = 2};
static const tsi_lockout_key bob = {.key = 2, .max_failures = 2};

static void set_up(void)
{
	lockout = (tsi_lockout){.window_us = WINDOW_US};
}

START_TEST(after_as_many_failures_as_there_may_be_it_says_how_long)
{
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 100), 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 200), 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 300), 800);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &bob, 1, 300), 0);
}
END_TEST

START_TEST(when_the_window_is_over_all_is_forgotten)
{
	tsi_lockout_begin(&lockout, &ada, 1, 100);
	tsi_lockout_begin(&lockout, &ada, 1, 200);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 100 + WINDOW_US - 1), 1);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 100 + WINDOW_US), 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 100 + WINDOW_US), 0);
	ck_assert_int_gt(tsi_lockout_begin(&lockout, &ada, 1, 100 + WINDOW_US), 0);
}
END_TEST

START_TEST(one_key_that_has_had_enough_keeps_the_others_from_being_counted)
{
	const tsi_lockout_key both[] = {ada, bob};

	tsi_lockout_begin(&lockout, &ada, 1, 0);
	tsi_lockout_begin(&lockout, &ada, 1, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_gt(tsi_lockout_begin(&lockout, both, 2, 1), 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &bob, 1, 1), 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &bob, 1, 1), 0);
	ck_assert_int_gt(tsi_lockout_begin(&lockout, &bob, 1, 1), 0);
}
END_TEST

START_TEST(what_was_no_failure_is_taken_back)
{
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 0), 0);
		tsi_lockout_undo(&lockout, &ada, 1, 0);
	}
	tsi_lockout_undo(&lockout, &ada, 1, 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 0), 0);
}
END_TEST

START_TEST(taking_back_one_leaves_the_failures_before_it)
{
	tsi_lockout_begin(&lockout, &ada, 1, 0);
	tsi_lockout_begin(&lockout, &ada, 1, 0);
	tsi_lockout_undo(&lockout, &ada, 1, 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 0), 0);
	ck_assert_int_gt(tsi_lockout_begin(&lockout, &ada, 1, 0), 0);
	tsi_lockout_forget(&lockout, &ada, 0);
	ck_assert_int_eq(tsi_lockout_begin(&lockout, &ada, 1, 0), 0);
}
END_TEST

START_TEST(strangers_without_number_need_no_more_room)
{
	for (uint64_t key = 10; key < 10 + 20 * TSI_LOCKOUT_PLACES; key++) {
		tsi_lockout_key stranger = {.key = key, .max_failures = 2};
		ck_assert_int_eq(tsi_lockout_begin(&lockout, &stranger, 1, 5), 0);
	}
}
END_TEST

START_TEST(the_oldest_makes_way_and_the_newest_stays)
{
	tsi_lockout_begin(&lockout, &ada, 1, 0);
	for (uint64_t i = 1; i < 20; i++) {
		/* Where ada may be, too. */
		tsi_lockout_key stranger = {.key = ada.key + i * TSI_LOCKOUT_PLACES, .max_failures = 1};
		ck_assert_int_eq(tsi_lockout_begin(&lockout, &stranger, 1, (int64_t)i), 0);
		ck_assert_int_gt(tsi_lockout_begin(&lockout, &stranger, 1, (int64_t)i), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lockout");
	TCase *tests = tcase_create("lockout");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, after_as_many_failures_as_there_may_be_it_says_how_long);
	tcase_add_test(tests, when_the_window_is_over_all_is_forgotten);
	tcase_add_test(tests, one_key_that_has_had_enough_keeps_the_others_from_being_counted);
	tcase_add_test(tests, what_was_no_failure_is_taken_back);
	tcase_add_test(tests, taking_back_one_leaves_the_failures_before_it);
	tcase_add_test(tests, strangers_without_number_need_no_more_room);
	tcase_add_test(tests, the_oldest_makes_way_and_the_newest_stays);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
