/* The Range header as bytes of a file. */
#include "range.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct range ranges[RANGE_MAX];
static unsigned count;

static void expect(const char *header, uint64_t size, const char *expected)
{
	char got[512] = "";
	enum range_result result = range_parse(header, size, ranges, &count);

	if (result == RANGE_NONE)
		strcpy(got, "none");
	if (result == RANGE_UNSATISFIABLE)
		strcpy(got, "unsatisfiable");
	for (unsigned i = 0; i < count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%llu-%llu", i ? "," : "",
		         (unsigned long long)ranges[i].begin, (unsigned long long)ranges[i].end);
	ck_assert_msg(strcmp(got, expected) == 0, "%s of %llu: %s, not %s", header,
	              (unsigned long long)size, got, expected);
	ck_assert_int_eq(count > 0, result == RANGE_SOME);
}

START_TEST(no_header_is_no_range)
{
	ck_assert_int_eq(range_parse(NULL, 100, ranges, &count), RANGE_NONE);
}
END_TEST

START_TEST(a_single_range_ends_one_past_its_last_byte)
{
	expect("bytes=0-0", 100, "0-1");
	expect("bytes=10-19", 100, "10-20");
	expect("bytes=0-99", 100, "0-100");
}
END_TEST

START_TEST(an_open_range_goes_to_the_end)
{
	expect("bytes=0-", 100, "0-100");
	expect("bytes=99-", 100, "99-100");
}
END_TEST

START_TEST(a_suffix_counts_from_the_end)
{
	expect("bytes=-1", 100, "99-100");
	expect("bytes=-100", 100, "0-100");
	expect("bytes=-101", 100, "0-100");
	expect("bytes=-0", 100, "unsatisfiable");
}
END_TEST

START_TEST(ends_beyond_the_file_are_clamped)
{
	expect("bytes=50-100", 100, "50-100");
	expect("bytes=50-18446744073709551615", 100, "50-100");
	expect("bytes=50-99999999999999999999999999", 100, "50-100");
}
END_TEST

START_TEST(beginnings_beyond_the_file_are_unsatisfiable)
{
	expect("bytes=100-", 100, "unsatisfiable");
	expect("bytes=100-200", 100, "unsatisfiable");
	expect("bytes=18446744073709551615-", 100, "unsatisfiable");
	expect("bytes=99999999999999999999999999-", 100, "unsatisfiable");
	expect("bytes=100-,200-300", 100, "unsatisfiable");
}
END_TEST

START_TEST(the_largest_file_has_a_last_byte)
{
	expect("bytes=-1", UINT64_MAX, "18446744073709551614-18446744073709551615");
	expect("bytes=0-18446744073709551614", UINT64_MAX, "0-18446744073709551615");
}
END_TEST

START_TEST(an_empty_file_is_sent_whole)
{
	expect("bytes=0-0", 0, "none");
	expect("bytes=-1", 0, "none");
}
END_TEST

START_TEST(several_ranges_keep_their_order)
{
	expect("bytes=50-59,0-9", 100, "50-60,0-10");
	expect("bytes=0-9,-10,20-29", 100, "0-10,90-100,20-30");
}
END_TEST

START_TEST(ranges_beyond_the_file_are_left_out)
{
	expect("bytes=0-9,100-200,20-29", 100, "0-10,20-30");
	expect("bytes=100-,5-6", 100, "5-7");
}
END_TEST

START_TEST(overlapping_ranges_become_one)
{
	expect("bytes=0-9,5-19", 100, "0-20");
	expect("bytes=0-9,0-9,0-9", 100, "0-10");
	expect("bytes=0-,0-,0-", 100, "0-100");
	expect("bytes=0-9,10-19", 100, "0-10,10-20");
}
END_TEST

START_TEST(a_range_that_bridges_two_joins_all_three)
{
	expect("bytes=0-9,20-29,5-25", 100, "0-30");
	expect("bytes=40-49,0-9,20-29,5-45", 100, "0-50");
	expect("bytes=0-9,50-59,20-29,8-21", 100, "0-30,50-60");
}
END_TEST

START_TEST(blanks_and_empty_elements_are_allowed)
{
	expect("bytes=0-1, 5-6", 100, "0-2,5-7");
	expect("bytes=,0-1,,\t5-6 ,", 100, "0-2,5-7");
	expect("BYTES=1-2", 100, "1-3");
}
END_TEST

START_TEST(what_is_malformed_is_ignored)
{
	static const char *const headers[] = {
	    "",           "bytes",        "bytes=",      "bytes=,",     "bytes=-",    "bytes=--1",
	    "bytes=1",    "bytes=a-b",    "bytes=2-1",   "bytes=1-2-3", "bytes=1 -2", "bytes=+1-2",
	    "bytes 1-2",  "items=0-1",    "bytes=0-1;2", "bytes=0-1,x", "bytes=-1-2", "bytes=0x1-2",
	    "bytes=1- 2", "bytes=0-1,5-4"};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		expect(headers[i], 100, "none");
}
END_TEST

static void list_of(char *header, unsigned elements)
{
	strcpy(header, "bytes=");
	for (unsigned i = 0; i < elements; i++)
		sprintf(header + strlen(header), "%u-%u,", i * 10, i * 10 + 1);
}

START_TEST(as_many_as_the_bound_are_honoured_and_one_more_is_not)
{
	char header[1024];

	list_of(header, RANGE_MAX);
	ck_assert_int_eq(range_parse(header, 100000, ranges, &count), RANGE_SOME);
	ck_assert_uint_eq(count, RANGE_MAX);
	list_of(header, RANGE_MAX + 1);
	ck_assert_int_eq(range_parse(header, 100000, ranges, &count), RANGE_NONE);
	ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("range");
	TCase *tests = tcase_create("range");

	tcase_add_test(tests, no_header_is_no_range);
	tcase_add_test(tests, a_single_range_ends_one_past_its_last_byte);
	tcase_add_test(tests, an_open_range_goes_to_the_end);
	tcase_add_test(tests, a_suffix_counts_from_the_end);
	tcase_add_test(tests, ends_beyond_the_file_are_clamped);
	tcase_add_test(tests, beginnings_beyond_the_file_are_unsatisfiable);
	tcase_add_test(tests, the_largest_file_has_a_last_byte);
	tcase_add_test(tests, an_empty_file_is_sent_whole);
	tcase_add_test(tests, several_ranges_keep_their_order);
	tcase_add_test(tests, ranges_beyond_the_file_are_left_out);
	tcase_add_test(tests, overlapping_ranges_become_one);
	tcase_add_test(tests, a_range_that_bridges_two_joins_all_three);
	tcase_add_test(tests, blanks_and_empty_elements_are_allowed);
	tcase_add_test(tests, what_is_malformed_is_ignored);
	tcase_add_test(tests, as_many_as_the_bound_are_honoured_and_one_more_is_not);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
