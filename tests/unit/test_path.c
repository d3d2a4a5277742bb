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

START_TEST(a_long_component_is_cut_before_its_extension)
{
	char *wanted = strdup(repeated("n", 251, ".mkv"));

	assert_becomes(repeated("n", 251, ".mkv"), wanted);
	assert_becomes(repeated("n", 252, ".mkv"), wanted);
	assert_becomes(repeated("n", 1000, ".mkv"), wanted);
	free(wanted);
	wanted = strdup(repeated("n", 255, ""));
	assert_becomes(repeated("n", 300, ""), wanted);
	assert_becomes(repeated("n", 300, ".this is no extension"), wanted);
	free(wanted);
	wanted = strdup(repeated("n", 255, "/b.mkv"));
	assert_becomes(repeated("n", 256, "/b.mkv"), wanted);
	free(wanted);
}
END_TEST

START_TEST(a_long_component_is_cut_between_characters)
{
	char *wanted = strdup(repeated("\xd1\x8f", 125, ".mkv")); /* 2 bytes each: 254 in all */

	assert_becomes(repeated("\xd1\x8f", 200, ".mkv"), wanted);
	free(wanted);
	wanted = strdup(repeated("\xf0\x9f\x8e\xac", 63, "")); /* 252 */
	assert_becomes(repeated("\xf0\x9f\x8e\xac", 64, ""), wanted);
	free(wanted);
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
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
