/* Preconditions against one strong entity tag. */
#include "conditional.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>

#define TAG "\"abc-0\""

START_TEST(without_preconditions_it_goes_on)
{
	ck_assert_int_eq(conditional_evaluate(NULL, NULL, TAG), CONDITIONAL_GO_ON);
	ck_assert(conditional_range_applies(NULL, TAG));
}
END_TEST

START_TEST(if_none_match_compares_weakly)
{
	ck_assert_int_eq(conditional_evaluate(NULL, TAG, TAG), CONDITIONAL_NOT_MODIFIED);
	ck_assert_int_eq(conditional_evaluate(NULL, "W/" TAG, TAG), CONDITIONAL_NOT_MODIFIED);
	ck_assert_int_eq(conditional_evaluate(NULL, "\"x\", " TAG, TAG), CONDITIONAL_NOT_MODIFIED);
	ck_assert_int_eq(conditional_evaluate(NULL, "*", TAG), CONDITIONAL_NOT_MODIFIED);
	ck_assert_int_eq(conditional_evaluate(NULL, "\"x\",W/\"y\"", TAG), CONDITIONAL_GO_ON);
}
END_TEST

START_TEST(if_match_compares_strongly)
{
	ck_assert_int_eq(conditional_evaluate(TAG, NULL, TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate("\"x\"," TAG, NULL, TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate("*", NULL, TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate("W/" TAG, NULL, TAG), CONDITIONAL_FAILED);
	ck_assert_int_eq(conditional_evaluate("\"x\"", NULL, TAG), CONDITIONAL_FAILED);
}
END_TEST

START_TEST(if_match_comes_first)
{
	ck_assert_int_eq(conditional_evaluate("\"x\"", TAG, TAG), CONDITIONAL_FAILED);
	ck_assert_int_eq(conditional_evaluate(TAG, TAG, TAG), CONDITIONAL_NOT_MODIFIED);
}
END_TEST

START_TEST(a_tag_is_compared_whole_and_commas_in_it_are_its_own)
{
	ck_assert_int_eq(conditional_evaluate(NULL, "\"abc-00\"", TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate(NULL, "\"abc-0", TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate(NULL, "abc-0", TAG), CONDITIONAL_GO_ON);
	ck_assert_int_eq(conditional_evaluate(NULL, "\"a,b\", " TAG, TAG), CONDITIONAL_NOT_MODIFIED);
	ck_assert_int_eq(conditional_evaluate(NULL, "", TAG), CONDITIONAL_GO_ON);
}
END_TEST

START_TEST(if_range_takes_the_strong_tag_and_nothing_else)
{
	ck_assert(conditional_range_applies(TAG, TAG));
	ck_assert(!conditional_range_applies("W/" TAG, TAG));
	ck_assert(!conditional_range_applies("\"x\"", TAG));
	ck_assert(!conditional_range_applies("Wed, 21 Oct 2015 07:28:00 GMT", TAG));
	ck_assert(!conditional_range_applies("*", TAG));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conditional");
	TCase *tests = tcase_create("conditional");

	tcase_add_test(tests, without_preconditions_it_goes_on);
	tcase_add_test(tests, if_none_match_compares_weakly);
	tcase_add_test(tests, if_match_compares_strongly);
	tcase_add_test(tests, if_match_comes_first);
	tcase_add_test(tests, a_tag_is_compared_whole_and_commas_in_it_are_its_own);
	tcase_add_test(tests, if_range_takes_the_strong_tag_and_nothing_else);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
