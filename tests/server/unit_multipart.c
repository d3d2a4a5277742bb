/* Forms: good ones, and all that can be wrong with one. */
#include "multipart.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=xx"

static struct multipart form;
static struct multipart_part part;

static int begin(const char *type, const char *body)
{
	return multipart_begin(&form, type, body, strlen(body));
}

static void expect_part(const char *name, bool is_file, const char *body)
{
	ck_assert_int_eq(multipart_next(&form, &part), 1);
	ck_assert_str_eq(part.name, name);
	ck_assert_int_eq(part.is_file, is_file);
	ck_assert_uint_eq(part.body_size, strlen(body));
	ck_assert_mem_eq(part.body, body, strlen(body));
}

START_TEST(parts_come_in_their_order)
{
	ck_assert_int_eq(begin(TYPE, "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none"
	                             "\r\n--xx\r\ncontent-disposition:form-data;name=b;"
	                             "filename=\"f.torrent\"\r\nContent-Type: x/y\r\n\r\ntwo\r\n"
	                             "\r\n--xx--\r\n"),
	                 0);
	expect_part("a", false, "one");
	expect_part("b", true, "two\r\n");
	ck_assert_int_eq(multipart_next(&form, &part), 0);
}
END_TEST

START_TEST(a_body_may_be_empty_and_a_header_missing)
{
	ck_assert_int_eq(begin(TYPE, "--xx\r\n\r\n\r\n--xx\r\nX: y\r\n\r\n--xx--"), 0);
	expect_part("", false, "");
	expect_part("", false, "");
	ck_assert_int_eq(multipart_next(&form, &part), 0);
}
END_TEST

START_TEST(a_body_may_hold_what_resembles_the_boundary)
{
	ck_assert_int_eq(begin(TYPE, "--xx\r\n\r\na--xx\r\n--x\r\n--xx--\r\n"), 0);
	expect_part("", false, "a--xx\r\n--x");
}
END_TEST

START_TEST(a_body_may_hold_any_byte)
{
	static const char body[] = "--xx\r\n\r\na\0b\xff\r\n--xx--";

	ck_assert_int_eq(multipart_begin(&form, TYPE, body, sizeof(body) - 1), 0);
	ck_assert_int_eq(multipart_next(&form, &part), 1);
	ck_assert_uint_eq(part.body_size, 4);
	ck_assert_mem_eq(part.body, "a\0b\xff", 4);
}
END_TEST

START_TEST(boundaries_are_found_quoted_or_not)
{
	ck_assert_int_eq(begin("multipart/form-data; charset=utf-8; Boundary=\"a;b\"", "--a;b--"), 0);
	ck_assert_int_eq(multipart_next(&form, &part), 0);
	ck_assert_int_eq(begin("multipart/form-data;boundary=xx;q=1", "--xx--"), 0);
}
END_TEST

START_TEST(without_a_proper_boundary_it_does_not_begin)
{
	char type[256] = "multipart/form-data; boundary=";

	ck_assert_int_eq(begin("multipart/form-data", "--xx--"), -1);
	ck_assert_int_eq(begin("multipart/form-data; boundary=", "----"), -1);
	ck_assert_int_eq(begin("multipart/form-data; boundary=\"xx", "--xx--"), -1);
	ck_assert_int_eq(begin("multipart/form-data; notboundary=xx", "--xx--"), -1);
	ck_assert_int_eq(begin(TYPE, ""), -1);
	ck_assert_int_eq(begin(TYPE, "preamble\r\n--xx--"), -1);
	memset(type + strlen(type), 'x', 71);
	ck_assert_int_eq(begin(type, "--xx--"), -1);
}
END_TEST

START_TEST(what_is_cut_off_is_malformed)
{
	static const char whole[] = "--xx\r\nContent-Disposition: form-data; name=a\r\n\r\none"
	                            "\r\n--xx--";

	for (size_t size = strlen("--xx"); size < strlen(whole) - strlen("\r\n--xx--") + 6; size++) {
		/* A copy of its exact size: sanitizers then see a read beyond it. */
		char *cut = malloc(size);
		memcpy(cut, whole, size);
		ck_assert_int_eq(multipart_begin(&form, TYPE, cut, size), 0);
		int found;
		do
			found = multipart_next(&form, &part);
		while (found > 0);
		ck_assert_int_eq(found, -1);
		free(cut);
	}
}
END_TEST

START_TEST(more_parts_than_the_bound_are_refused)
{
	char body[1024] = "";

	for (int i = 0; i <= MULTIPART_MAX_PARTS; i++)
		strcat(body, i ? "\r\n--xx\r\n\r\n" : "--xx\r\n\r\n");
	strcat(body, "\r\n--xx--");
	ck_assert_int_eq(begin(TYPE, body), 0);
	for (int i = 0; i < MULTIPART_MAX_PARTS; i++)
		ck_assert_int_eq(multipart_next(&form, &part), 1);
	ck_assert_int_eq(multipart_next(&form, &part), -1);
}
END_TEST

START_TEST(headers_beyond_the_bound_are_refused)
{
	char body[MULTIPART_MAX_HEADER_BYTES + 64] = "--xx\r\nX: ";

	memset(body + strlen(body), 'y', MULTIPART_MAX_HEADER_BYTES);
	strcat(body, "\r\n\r\n\r\n--xx--");
	ck_assert_int_eq(begin(TYPE, body), 0);
	ck_assert_int_eq(multipart_next(&form, &part), -1);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_no_name)
{
	char body[256] = "--xx\r\nContent-Disposition: form-data; name=";

	memset(body + strlen(body), 'n', MULTIPART_NAME_BYTES);
	strcat(body, "; filename=f\r\n\r\nb\r\n--xx--");
	ck_assert_int_eq(begin(TYPE, body), 0);
	expect_part("", true, "b");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("multipart");
	TCase *tests = tcase_create("multipart");

	tcase_add_test(tests, parts_come_in_their_order);
	tcase_add_test(tests, a_body_may_be_empty_and_a_header_missing);
	tcase_add_test(tests, a_body_may_hold_what_resembles_the_boundary);
	tcase_add_test(tests, a_body_may_hold_any_byte);
	tcase_add_test(tests, boundaries_are_found_quoted_or_not);
	tcase_add_test(tests, without_a_proper_boundary_it_does_not_begin);
	tcase_add_test(tests, what_is_cut_off_is_malformed);
	tcase_add_test(tests, more_parts_than_the_bound_are_refused);
	tcase_add_test(tests, headers_beyond_the_bound_are_refused);
	tcase_add_test(tests, a_name_that_is_too_long_is_no_name);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
