/* Names, origins and secrets; and the query they come with. */
#include "guard.h"
#include "query.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;

static void reset(void)
{
	settings = (struct settings){.host = "127.0.0.1", .port = 8080};
}

START_TEST(names_of_this_machine_are_allowed_with_any_port)
{
	ck_assert(guard_is_host_allowed(&settings, "localhost"));
	ck_assert(guard_is_host_allowed(&settings, "LocalHost:8080"));
	ck_assert(guard_is_host_allowed(&settings, "127.0.0.1"));
	ck_assert(guard_is_host_allowed(&settings, "127.0.0.1:1"));
	ck_assert(guard_is_host_allowed(&settings, "[::1]"));
	ck_assert(guard_is_host_allowed(&settings, "[::1]:8080"));
}
END_TEST

START_TEST(other_names_are_not)
{
	static const char *const hosts[] = {"",
	                                    "evil.example",
	                                    "localhost.evil.example",
	                                    "127.0.0.1.evil.example",
	                                    "localhos",
	                                    "127.0.0.11",
	                                    "127.0.0.1@evil.example",
	                                    "127.0.0.1:80:80",
	                                    "[::1",
	                                    "[::1]x",
	                                    "[::2]",
	                                    "localhost:x",
	                                    "10.0.0.1",
	                                    ":8080",
	                                    "localhost,evil.example",
	                                    "127.0.0.1 ",
	                                    "::1"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		ck_assert_msg(!guard_is_host_allowed(&settings, hosts[i]), "%s", hosts[i]);
}
END_TEST

START_TEST(configured_names_are_allowed)
{
	settings.allowed_hosts = "tv.local, box";
	settings.public_url = "https://tv.example:8443";
	ck_assert(guard_is_host_allowed(&settings, "tv.local:8080"));
	ck_assert(guard_is_host_allowed(&settings, "BOX"));
	ck_assert(guard_is_host_allowed(&settings, "tv.example"));
	ck_assert(guard_is_host_allowed(&settings, "tv.example:8443"));
	ck_assert(!guard_is_host_allowed(&settings, "tv"));
	ck_assert(!guard_is_host_allowed(&settings, "example"));
	settings.public_url = "https://tv.example/films";
	ck_assert(guard_is_host_allowed(&settings, "tv.example"));
}
END_TEST

START_TEST(on_all_addresses_any_address_will_do_but_no_name)
{
	ck_assert(!guard_is_host_allowed(&settings, "192.0.2.1"));
	settings.host = "0.0.0.0";
	ck_assert(guard_is_host_allowed(&settings, "192.0.2.1:8080"));
	ck_assert(guard_is_host_allowed(&settings, "[2001:db8::1]:8080"));
	ck_assert(!guard_is_host_allowed(&settings, "evil.example"));
	ck_assert(!guard_is_host_allowed(&settings, "1.2.3.4.example"));
}
END_TEST

START_TEST(origins_are_listed_whole)
{
	const char *list = "https://a.example,https://b.example:8443";

	ck_assert(guard_is_origin_listed(list, "https://a.example"));
	ck_assert(guard_is_origin_listed(list, "https://b.example:8443"));
	ck_assert(!guard_is_origin_listed(list, "https://b.example"));
	ck_assert(!guard_is_origin_listed(list, "http://a.example"));
	ck_assert(!guard_is_origin_listed(list, "null"));
	ck_assert(!guard_is_origin_listed(NULL, "https://a.example"));
}
END_TEST

START_TEST(secrets_are_compared_whole)
{
	ck_assert(guard_is_same_secret("secret", "secret"));
	ck_assert(!guard_is_same_secret("secret", "secreT"));
	ck_assert(!guard_is_same_secret("secret", "secre"));
	ck_assert(!guard_is_same_secret("secret", "secrets"));
	ck_assert(!guard_is_same_secret("secret", ""));
}
END_TEST

START_TEST(parameters_are_decoded_once)
{
	struct query query;

	ck_assert_int_eq(query_parse(&query, "a=1%2B+%2541&b&&c=%3D=x&%61b=%C3%BC"), 0);
	ck_assert_str_eq(query_get(&query, "a"), "1+ %41");
	ck_assert_str_eq(query_get(&query, "b"), "");
	ck_assert_str_eq(query_get(&query, "c"), "==x");
	ck_assert_str_eq(query_get(&query, "ab"), "\xC3\xBC");
	ck_assert_ptr_null(query_get(&query, "d"));
	query_free(&query);
	ck_assert_int_eq(query_parse(&query, NULL), 0);
	ck_assert_ptr_null(query_get(&query, "a"));
}
END_TEST

START_TEST(malformed_queries_are_refused)
{
	static const char *const queries[] = {"a=%",   "a=%4",  "a=%4g",  "a=%00",
	                                      "%zz=1", "a=%ff", "a=1&a=2"};
	struct query query;

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		ck_assert_int_eq(query_parse(&query, queries[i]), -1);
		query_free(&query);
	}
}
END_TEST

START_TEST(too_many_parameters_are_refused)
{
	char text[256] = "";
	struct query query;

	for (int i = 0; i < QUERY_MAX_PARAMETERS; i++)
		sprintf(text + strlen(text), "p%d=1&", i);
	ck_assert_int_eq(query_parse(&query, text), 0);
	query_free(&query);
	strcat(text, "q=1");
	ck_assert_int_eq(query_parse(&query, text), -1);
	query_free(&query);
}
END_TEST

START_TEST(numbers_are_digits_within_a_bound)
{
	uint64_t number = 7;

	ck_assert_int_eq(query_number("0", 10, &number), 0);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(query_number("10", 10, &number), 0);
	ck_assert_uint_eq(number, 10);
	ck_assert_int_eq(query_number("18446744073709551615", UINT64_MAX, &number), 0);
	ck_assert_uint_eq(number, UINT64_MAX);
	ck_assert_int_eq(query_number("18446744073709551616", UINT64_MAX, &number), -1);
	ck_assert_int_eq(query_number("11", 10, &number), -1);
	ck_assert_int_eq(query_number("9", 5, &number), -1);
	ck_assert_int_eq(query_number("", 10, &number), -1);
	ck_assert_int_eq(query_number("+1", 10, &number), -1);
	ck_assert_int_eq(query_number("1 ", 10, &number), -1);
	ck_assert_int_eq(query_number("-1", 10, &number), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tests = tcase_create("guard");

	tcase_add_checked_fixture(tests, reset, NULL);
	tcase_add_test(tests, names_of_this_machine_are_allowed_with_any_port);
	tcase_add_test(tests, other_names_are_not);
	tcase_add_test(tests, configured_names_are_allowed);
	tcase_add_test(tests, on_all_addresses_any_address_will_do_but_no_name);
	tcase_add_test(tests, origins_are_listed_whole);
	tcase_add_test(tests, secrets_are_compared_whole);
	tcase_add_test(tests, parameters_are_decoded_once);
	tcase_add_test(tests, malformed_queries_are_refused);
	tcase_add_test(tests, too_many_parameters_are_refused);
	tcase_add_test(tests, numbers_are_digits_within_a_bound);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
