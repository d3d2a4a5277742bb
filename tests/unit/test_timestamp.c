/**
 * Times and ids as they are stored.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/timestamp.h"
#include "core/uuid.h"
#include "suite.h"

static const char *written(int64_t at_us)
{
	static char text[TSI_TIMESTAMP_BYTES];

	tsi_timestamp_format(at_us, ' ', text);
	return text;
}

START_TEST(a_time_is_written_as_a_date_and_a_clock)
{
	ck_assert_str_eq(written(0), "1970-01-01 00:00:00.000000");
	ck_assert_str_eq(written(INT64_C(951782400000000)), "2000-02-29 00:00:00.000000");
	ck_assert_str_eq(written(INT64_C(1795348800123456)), "2026-11-22 12:00:00.123456");
	ck_assert_str_eq(written(TSI_TIMESTAMP_MAX_US), "9999-12-31 23:59:59.999999");
}
END_TEST

START_TEST(what_cannot_be_written_is_moved_to_the_nearest_that_can)
{
	ck_assert_str_eq(written(-1), "1970-01-01 00:00:00.000000");
	ck_assert_str_eq(written(INT64_MIN), "1970-01-01 00:00:00.000000");
	ck_assert_str_eq(written(INT64_MAX), "9999-12-31 23:59:59.999999");
}
END_TEST

START_TEST(every_day_for_four_centuries_is_what_the_system_says_it_is)
{
	/* Valgrind has no time for all of them. */
	int64_t step = getenv("TSTREAM_VALGRIND") ? 101 : 1;

	for (int64_t day = 0; day < 146097; day += step) {
		time_t second = (time_t)(day * 86400);
		struct tm date;
		char expected[32];
		int64_t at_us;

		gmtime_r(&second, &date);
		strftime(expected, sizeof(expected), "%Y-%m-%d %H:%M:%S.000000", &date);
		ck_assert_str_eq(written(day * TSI_US_PER_DAY), expected);
		ck_assert(tsi_timestamp_parse(expected, &at_us));
		ck_assert_int_eq(at_us, day * TSI_US_PER_DAY);
	}
}
END_TEST

START_TEST(a_time_is_read_with_and_without_a_fraction)
{
	int64_t at_us;

	ck_assert(tsi_timestamp_parse("2026-11-22 12:00:00.123456", &at_us));
	ck_assert_int_eq(at_us, INT64_C(1795348800123456));
	ck_assert(tsi_timestamp_parse("2026-11-22 12:00:00", &at_us));
	ck_assert_int_eq(at_us, INT64_C(1795348800000000));
	ck_assert(tsi_timestamp_parse("2026-11-22T12:00:00.5", &at_us));
	ck_assert_int_eq(at_us, INT64_C(1795348800500000));
}
END_TEST

START_TEST(what_is_no_time_is_not_read)
{
	static const char *const texts[] = {
	    "",
	    "2026",
	    "2026-11-22",
	    "2026-11-22 12:00",
	    "2026-13-22 12:00:00",
	    "2026-00-22 12:00:00",
	    "2026-11-32 12:00:00",
	    "2026-11-22 24:00:00",
	    "2026-11-22 12:60:00",
	    "2026-11-22 12:00:00.1234567",
	    "2026-11-22 12:00:00+02",
	    "x026-11-22 12:00:00",
	    "infinity",
	};
	int64_t at_us;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!tsi_timestamp_parse(texts[i], &at_us), "%s", texts[i]);
}
END_TEST

START_TEST(a_day_ends_at_midnight)
{
	ck_assert_int_eq(tsi_timestamp_day(0), 0);
	ck_assert_int_eq(tsi_timestamp_day(TSI_US_PER_DAY - 1), 0);
	ck_assert_int_eq(tsi_timestamp_day(TSI_US_PER_DAY), 1);
	ck_assert_int_eq(tsi_timestamp_day(-1), -1);
}
END_TEST

START_TEST(an_id_has_its_time_its_version_and_its_variant)
{
	static const uint8_t random[TSI_UUID_RANDOM_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	                                                      0xFF, 0xFF, 0xFF, 0xFF, 0x01};
	char id[TSI_UUID_BYTES];

	tsi_uuid_make(INT64_C(0x0123456789AB) * 1000 + 999, random, id);
	ck_assert_str_eq(id, "01234567-89ab-7fff-bfff-ffffffffff01");
}
END_TEST

START_TEST(an_id_is_read_in_either_case_and_nothing_else_is)
{
	char id[TSI_UUID_BYTES];

	ck_assert(tsi_uuid_normalize("01234567-89AB-7fff-BFFF-ffffffffff01", id));
	ck_assert_str_eq(id, "01234567-89ab-7fff-bfff-ffffffffff01");
	ck_assert(!tsi_uuid_normalize("01234567-89ab-7fff-bfff-ffffffffff0", id));
	ck_assert(!tsi_uuid_normalize("01234567-89ab-7fff-bfff-ffffffffff012", id));
	ck_assert(!tsi_uuid_normalize("01234567089ab-7fff-bfff-ffffffffff01", id));
	ck_assert(!tsi_uuid_normalize("0123456g-89ab-7fff-bfff-ffffffffff01", id));
	ck_assert(!tsi_uuid_normalize("", id));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("timestamp");
	TCase *tests = tcase_create("timestamp");

	tcase_add_test(tests, a_time_is_written_as_a_date_and_a_clock);
	tcase_add_test(tests, what_cannot_be_written_is_moved_to_the_nearest_that_can);
	tcase_add_test(tests, every_day_for_four_centuries_is_what_the_system_says_it_is);
	tcase_add_test(tests, a_time_is_read_with_and_without_a_fraction);
	tcase_add_test(tests, what_is_no_time_is_not_read);
	tcase_add_test(tests, a_day_ends_at_midnight);
	tcase_add_test(tests, an_id_has_its_time_its_version_and_its_variant);
	tcase_add_test(tests, an_id_is_read_in_either_case_and_nothing_else_is);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
