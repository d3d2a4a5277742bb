/**
 * Paths that a torrent names.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/path.h"
#include "suite.h"

static void assert_becomes(const char *path, const char *wanted)
{
	char *made = tsi_path_sanitise(path);

	ck_assert_ptr_nonnull(made);
	ck_assert_str_eq(made, wanted);
	free(made);
}

START_TEST(a_decent_path_stays_as_it_is)
{
	assert_becomes("film.mkv", "film.mkv");
	assert_becomes("a/b.c/.hidden/...", "a/b.c/.hidden/...");
	assert_becomes("..a/a../a..b/. ./\xc3\xa9", "..a/a../a..b/. ./\xc3\xa9");
}
END_TEST

START_TEST(no_component_leads_elsewhere)
{
	assert_becomes("..", "__");
	assert_becomes(".", "_");
	assert_becomes("../../etc/passwd", "__/__/etc/passwd");
	assert_becomes("a/./b/..", "a/_/b/__");
	assert_becomes("/etc", "_/etc");
	assert_becomes("a//b/", "a/_/b/_");
	assert_becomes("", "_");
	assert_becomes("////", "_/_/_/_/_");
}
END_TEST

/** @p stem so often, then @p end */
static const char *repeated(const char *stem, size_t times, const char *end)
{
	static char text[4096];

	text[0] = '\0';
	while (times--) {
		strcat(text, stem);
	}
	return strcat(text, end);
}

/** It becomes @p stem so often, a mark, and @p end. */
static void assert_is_cut(const char *path, const char *stem, size_t times, const char *end)
{
	char *made = tsi_path_sanitise(path);
	size_t stem_bytes = times * strlen(stem);

	ck_assert_ptr_nonnull(made);
	ck_assert_uint_eq(strlen(made), stem_bytes + strlen("~0123abcd") + strlen(end));
	ck_assert_int_eq(strncmp(made, repeated(stem, times, "~"), stem_bytes + 1), 0);
	ck_assert_uint_eq(strspn(made + stem_bytes + 1, "0123456789abcdef"), 8);
	ck_assert_str_eq(made + stem_bytes + 9, end);
	free(made);
}

START_TEST(a_long_component_is_cut_before_its_extension)
{
	char *longest = strdup(repeated("n", 251, ".mkv"));

	assert_becomes(longest, longest);
	free(longest);
	assert_is_cut(repeated("n", 252, ".mkv"), "n", 242, ".mkv");
	assert_is_cut(repeated("n", 1000, ".mkv"), "n", 242, ".mkv");
	assert_is_cut(repeated("n", 300, ""), "n", 246, "");
	assert_is_cut(repeated("n", 300, ".this is no extension"), "n", 246, "");
	assert_is_cut(repeated("n", 256, "/b.mkv"), "n", 246, "/b.mkv");
}
END_TEST

START_TEST(a_long_component_is_cut_between_characters)
{
	assert_is_cut(repeated("\xd1\x8f", 200, ".mkv"), "\xd1\x8f", 121, ".mkv"); /* 2 bytes each */
	assert_is_cut(repeated("\xf0\x9f\x8e\xac", 64, ""), "\xf0\x9f\x8e\xac", 61, "");
}
END_TEST

START_TEST(long_components_that_end_differently_stay_apart)
{
	char *first = tsi_path_sanitise(repeated("n", 300, " episode 1.mkv"));
	char *second = tsi_path_sanitise(repeated("n", 300, " episode 2.mkv"));

	ck_assert_str_ne(first, second);
	free(first);
	free(second);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path");
	TCase *tests = tcase_create("path");

	tcase_add_test(tests, a_decent_path_stays_as_it_is);
	tcase_add_test(tests, no_component_leads_elsewhere);
	tcase_add_test(tests, a_long_component_is_cut_before_its_extension);
	tcase_add_test(tests, a_long_component_is_cut_between_characters);
	tcase_add_test(tests, long_components_that_end_differently_stay_apart);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
