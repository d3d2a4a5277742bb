/* Which servers of a cluster are believed, and which addresses are dialled for them. */
#include "cluster_list.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000)
#define TTL 60
#define OWN "10.0.0.1:6881"

static struct cluster_list list;

static void read_as(const char *own, const char *text)
{
	memset(&list, 0xAA, sizeof(list));
	cluster_list_read(&list, text, own, NOW, TTL);
}

static const char *clean(const char *text)
{
	static char out[CLUSTER_ADDRESS_BYTES];

	return cluster_address_clean(text, out) ? out : NULL;
}

START_TEST(what_is_written_can_be_read)
{
	char text[CLUSTER_LIST_BYTES];
	struct cluster_list written = {.count = 0};

	cluster_list_add(&written, "10.0.0.2:6881", NOW + 60);
	cluster_list_add(&written, "[2001:db8::2]:7000", NOW + 1);
	ck_assert_uint_eq(cluster_list_write(&written, text), strlen(text));
	read_as(OWN, text);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.members[1].address, "[2001:db8::2]:7000");
	ck_assert_int_eq(list.members[1].until_s, NOW + 1);
	ck_assert(cluster_list_has(&list, "10.0.0.2:6881"));
	ck_assert(!cluster_list_has(&list, "10.0.0.3:6881"));
}
END_TEST

START_TEST(an_empty_list_is_written_as_nothing)
{
	char text[CLUSTER_LIST_BYTES];

	read_as(OWN, "");
	ck_assert_uint_eq(list.count, 0);
	ck_assert_uint_eq(cluster_list_write(&list, text), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(ourselves_and_those_whose_time_is_over_are_left_out)
{
	read_as(OWN, "10.0.0.1:6881 1800000060\n" /* us */
	             "10.0.0.2:6881 1800000000\n" /* over */
	             "10.0.0.3:6881 1800000001\n"
	             "10.0.0.3:6881 1800000030\n" /* again */
	             "10.0.0.4:6881 1800000121\n" /* nobody may say this of that long */
	             "10.0.0.5:6881 1800000120\n"
	             "10.0.0.6:6881 -5\n");
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.members[0].address, "10.0.0.3:6881");
	ck_assert_str_eq(list.members[1].address, "10.0.0.5:6881");
}
END_TEST

START_TEST(lines_that_are_none_are_left_out)
{
	static const char *const lines[] = {
	    "\n\n",
	    " ",
	    "10.0.0.2:6881",
	    "10.0.0.2:6881 ",
	    "10.0.0.2:6881  1800000030",
	    "10.0.0.2:6881 18000000300000000000000000000",
	    "host.example:6881 1800000030",
	    "10.0.0.2:6881 1800000030 more",
	    "\x01\xff\xfe 1800000030",
	    "10.0.0.22222222222222222222222222222222222222222222222222222222:6881 1800000030"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		read_as(OWN, lines[i]);
		ck_assert_msg(list.count == 0, "%s", lines[i]);
	}
	read_as(OWN, "nonsense\n10.0.0.2:6881 1800000030"); /* nor do they hide others */
	ck_assert_uint_eq(list.count, 1);
}
END_TEST

START_TEST(addresses_that_are_no_servers_are_not_dialled)
{
	static const char *const refused[] = {"",
	                                      "10.0.0.2",
	                                      ":6881",
	                                      "10.0.0.2:",
	                                      "10.0.0.2:0",
	                                      "10.0.0.2:22",
	                                      "10.0.0.2:1023",
	                                      "10.0.0.2:65536",
	                                      "10.0.0.2:+6881",
	                                      "10.0.2:6881",
	                                      "0.0.0.0:6881",
	                                      "0.1.2.3:6881",
	                                      "224.0.0.1:6881",
	                                      "255.255.255.255:6881",
	                                      "169.254.169.254:8080",
	                                      "[::]:6881",
	                                      "[ff02::1]:6881",
	                                      "[fe80::1]:6881",
	                                      "[::ffff:10.0.0.2]:6881",
	                                      "[::10.0.0.2]:6881",
	                                      "2001:db8::1:6881",
	                                      "[]:6881",
	                                      "localhost:6881",
	                                      "0x7f.1:6881",
	                                      "[2001:db8::1%eth0]:6881"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(!clean(refused[i]), "%s", refused[i]);
	ck_assert_str_eq(clean("10.0.0.2:1024"), "10.0.0.2:1024");
	ck_assert_str_eq(clean("127.0.0.1:6881"), "127.0.0.1:6881");
	ck_assert_str_eq(clean("[2001:0db8:0::1]:65535"), "[2001:db8::1]:65535");
	ck_assert_str_eq(clean("[::1]:6881"), "[::1]:6881");
}
END_TEST

START_TEST(loopback_is_for_those_who_are_on_it)
{
	static const char text[] = "127.0.0.1:6881 1800000030\n[::1]:6881 1800000030\n";

	read_as(OWN, text);
	ck_assert_uint_eq(list.count, 0);
	read_as("127.0.0.9:6881", text);
	ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(a_full_list_loses_who_is_over_first)
{
	char text[CLUSTER_LIST_BYTES + 64] = "";
	size_t size = 0;

	for (int i = 0; i < CLUSTER_MAX_MEMBERS + 2; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "10.0.1.%d:6881 %lld\n", i,
		                         (long long)(NOW + 30 - i % 5));
	read_as(OWN, text);
	ck_assert_uint_eq(list.count, CLUSTER_MAX_MEMBERS);
	cluster_list_add(&list, OWN, NOW + 60);
	ck_assert_uint_eq(list.count, CLUSTER_MAX_MEMBERS);
	ck_assert(cluster_list_has(&list, OWN));
	ck_assert(!cluster_list_has(&list, "10.0.1.4:6881"));
}
END_TEST

START_TEST(the_longest_list_fits)
{
	char text[CLUSTER_LIST_BYTES];
	struct cluster_list longest = {.count = 0};

	for (int i = 0; i < CLUSTER_MAX_MEMBERS; i++)
		cluster_list_add(&longest, "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
		                 INT64_MAX);
	ck_assert_uint_lt(cluster_list_write(&longest, text), sizeof(text));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("cluster_list");
	TCase *tcase = tcase_create("cluster_list");

	tcase_add_test(tcase, what_is_written_can_be_read);
	tcase_add_test(tcase, an_empty_list_is_written_as_nothing);
	tcase_add_test(tcase, ourselves_and_those_whose_time_is_over_are_left_out);
	tcase_add_test(tcase, lines_that_are_none_are_left_out);
	tcase_add_test(tcase, addresses_that_are_no_servers_are_not_dialled);
	tcase_add_test(tcase, loopback_is_for_those_who_are_on_it);
	tcase_add_test(tcase, a_full_list_loses_who_is_over_first);
	tcase_add_test(tcase, the_longest_list_fits);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
