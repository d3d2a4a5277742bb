/* Signed links open what they say, until they say, and nothing else. */
#include "link.h"
#include "suite.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INFOHASH "0123456789abcdef0123456789abcdef01234567"
#define NOW_S 1800000000

static const unsigned char key[LINK_KEY_BYTES] = {1, 2, 3};

static struct link film(void)
{
	return (struct link){.kind = LINK_STREAM,
	                     .infohash = INFOHASH,
	                     .file_index = 7,
	                     .expires_at_s = NOW_S + 60,
	                     .viewer = "s-00ff"};
}

static enum link_result check(struct link link, const char *text, int64_t now_s)
{
	link.viewer[0] = '\0';
	link.expires_at_s = -1;
	return link_check(&link, key, text, now_s);
}

START_TEST(a_link_opens_what_it_was_made_for)
{
	struct link link = film();
	char text[LINK_BYTES];

	link_sign(&link, key, text);
	link.viewer[0] = '\0';
	link.expires_at_s = -1;
	ck_assert_int_eq(link_check(&link, key, text, NOW_S), LINK_GOOD);
	ck_assert_str_eq(link.viewer, "s-00ff");
	ck_assert_int_eq(link.expires_at_s, NOW_S + 60);
}
END_TEST

START_TEST(the_longest_link_fits)
{
	struct link link = film();
	char text[LINK_BYTES];

	memset(link.viewer, 'v', sizeof(link.viewer) - 1);
	memset(link.infohash, 'f', 64);
	link.infohash[64] = '\0';
	link.expires_at_s = INT64_MAX;
	link.file_index = UINT32_MAX;
	link_sign(&link, key, text);
	ck_assert_int_eq(check(link, text, NOW_S), LINK_GOOD);
	link.infohash[63] = 'e';
	ck_assert_int_eq(check(link, text, NOW_S), LINK_FORGED);
}
END_TEST

START_TEST(a_link_ends_at_its_second)
{
	struct link link = film();
	char text[LINK_BYTES];

	link_sign(&link, key, text);
	ck_assert_int_eq(check(link, text, NOW_S + 59), LINK_GOOD);
	ck_assert_int_eq(check(link, text, NOW_S + 60), LINK_EXPIRED);
	ck_assert_int_eq(check(link, text, INT64_MAX), LINK_EXPIRED);
}
END_TEST

START_TEST(a_link_that_only_names_a_viewer_says_so)
{
	struct link link = film();
	char text[LINK_BYTES];

	link.expires_at_s = 0;
	link_sign(&link, key, text);
	ck_assert_int_eq(link_check(&link, key, text, INT64_MAX), LINK_GOOD);
	ck_assert_int_eq(link.expires_at_s, 0);
}
END_TEST

START_TEST(a_link_opens_nothing_else)
{
	struct link link = film();
	char text[LINK_BYTES];

	link_sign(&link, key, text);
	struct link other = film();
	other.file_index = 8;
	ck_assert_int_eq(check(other, text, NOW_S), LINK_FORGED);
	other = film();
	other.kind = LINK_PLAYLIST;
	ck_assert_int_eq(check(other, text, NOW_S), LINK_FORGED);
	other = film();
	other.infohash[0] = '1';
	ck_assert_int_eq(check(other, text, NOW_S), LINK_FORGED);
}
END_TEST

START_TEST(another_key_makes_another_signature)
{
	static const unsigned char other_key[LINK_KEY_BYTES] = {1, 2, 4};
	struct link link = film();
	char text[LINK_BYTES];

	link_sign(&link, other_key, text);
	ck_assert_int_eq(check(link, text, NOW_S), LINK_FORGED);
}
END_TEST

START_TEST(no_character_of_a_link_can_be_changed)
{
	struct link link = film();
	char text[LINK_BYTES], changed[LINK_BYTES];

	link_sign(&link, key, text);
	for (size_t i = 0; text[i]; i++) {
		for (int c = 1; c < 256; c++) {
			memcpy(changed, text, sizeof(changed));
			changed[i] = (char)c;
			if (changed[i] != text[i])
				ck_assert_int_eq(check(link, changed, NOW_S), LINK_FORGED);
		}
	}
}
END_TEST

START_TEST(what_is_cut_off_or_added_makes_it_none)
{
	struct link link = film();
	char text[LINK_BYTES], changed[LINK_BYTES + 2];

	link_sign(&link, key, text);
	for (size_t size = 0; size < strlen(text); size++) {
		memcpy(changed, text, size);
		changed[size] = '\0';
		ck_assert_int_eq(check(link, changed, NOW_S), LINK_FORGED);
	}
	snprintf(changed, sizeof(changed), "%s.", text);
	ck_assert_int_eq(check(link, changed, NOW_S), LINK_FORGED);
	snprintf(changed, sizeof(changed), "0%s", text);
	ck_assert_int_eq(check(link, changed, NOW_S), LINK_FORGED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link");
	TCase *tests = tcase_create("link");

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(tests, a_link_opens_what_it_was_made_for);
	tcase_add_test(tests, the_longest_link_fits);
	tcase_add_test(tests, a_link_ends_at_its_second);
	tcase_add_test(tests, a_link_that_only_names_a_viewer_says_so);
	tcase_add_test(tests, a_link_opens_nothing_else);
	tcase_add_test(tests, another_key_makes_another_signature);
	tcase_add_test(tests, no_character_of_a_link_can_be_changed);
	tcase_add_test(tests, what_is_cut_off_or_added_makes_it_none);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
