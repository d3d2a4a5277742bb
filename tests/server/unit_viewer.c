/* What a session's cookie is, and what is kept of it. */
#include "suite.h"
#include "viewer.h"

#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

START_TEST(a_session_is_256_bits_in_43_characters)
{
	ck_assert(viewer_is_session_id(COOKIE));
	ck_assert(viewer_is_session_id("abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE"));
	ck_assert(!viewer_is_session_id(""));
	ck_assert(!viewer_is_session_id(COOKIE "A"));
	ck_assert(!viewer_is_session_id(COOKIE + 1));
	ck_assert(!viewer_is_session_id("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	ck_assert(!viewer_is_session_id("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+"));
	/* Bits that belong to no byte: another cookie of the same session. */
	ck_assert(!viewer_is_session_id("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"));
}
END_TEST

START_TEST(its_key_is_always_the_same_and_tells_nothing_of_it)
{
	char key[LINK_VIEWER_BYTES], again[LINK_VIEWER_BYTES], other[LINK_VIEWER_BYTES];

	viewer_key_of_session(COOKIE, key);
	viewer_key_of_session(COOKIE, again);
	viewer_key_of_session("abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE", other);
	ck_assert_str_eq(key, again);
	ck_assert_str_ne(key, other);
	ck_assert_uint_eq(strlen(key), 34);
	ck_assert_int_eq(strncmp(key, "s-", 2), 0);
	ck_assert_uint_eq(strspn(key + 2, "0123456789abcdef"), 32);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("viewer");
	TCase *tests = tcase_create("viewer");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(tests, a_session_is_256_bits_in_43_characters);
	tcase_add_test(tests, its_key_is_always_the_same_and_tells_nothing_of_it);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
