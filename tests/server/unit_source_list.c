/* Indexers as settings name them. */
#include "source_list.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char seen[1024];

static int note(void *user, const char *name, const char *url, tstream_error *err)
{
	size_t size = strlen(seen);

	(void)user;
	if (strstr(url, "nonsense")) {
		snprintf(err->message, sizeof(err->message), "not a URL");
		return TSTREAM_EINVAL;
	}
	snprintf(seen + size, sizeof(seen) - size, "%s>%s ", name, url);
	return 0;
}

static int read_list(const char *text, const char *file, tstream_error *err)
{
	seen[0] = '\0';
	return source_list_read("torznab", text, file, note, NULL, err);
}

static const struct {
	const char *text;
	const char *seen;
} lists[] = {
    {NULL, ""},
    {"", ""},
    {"  \n ", ""},
    {"http://a/?apikey=K", "torznab>http://a/?apikey=K "},
    {"http://a  http://b\nhttp://c", "torznab>http://a torznab-2>http://b torznab-3>http://c "},
    {"home=http://a/?k=v http://b", "home>http://a/?k=v torznab-2>http://b "},
};

START_TEST(each_word_is_a_source)
{
	tstream_error err = {0};

	ck_assert_int_eq(read_list(lists[_i].text, NULL, &err), 0);
	ck_assert_str_eq(seen, lists[_i].seen);
}
END_TEST

START_TEST(a_file_has_more_of_them)
{
	char path[] = "/tmp/tstream-sources-XXXXXX";
	tstream_error err = {0};
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	ck_assert_ptr_nonnull(file);
	fputs("# mine\n  # too\n\nhttp://b\r\nlast=http://c", file);
	fclose(file);
	int code = read_list("http://a", path, &err);
	unlink(path);
	ck_assert_int_eq(code, 0);
	ck_assert_str_eq(seen, "torznab>http://a torznab-2>http://b last>http://c ");
}
END_TEST

START_TEST(a_bad_one_is_named_without_its_url)
{
	tstream_error err = {0};

	ck_assert_int_eq(read_list("http://a home=nonsense://k3y", NULL, &err), TSTREAM_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "home"));
	ck_assert_ptr_nonnull(strstr(err.message, "not a URL"));
	ck_assert_ptr_null(strstr(err.message, "k3y"));
	ck_assert_int_eq(read_list(NULL, "/nowhere/at/all", &err), TSTREAM_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "/nowhere/at/all"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("source_list");
	TCase *tcase = tcase_create("source_list");

	tcase_add_loop_test(tcase, each_word_is_a_source, 0, sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tcase, a_file_has_more_of_them);
	tcase_add_test(tcase, a_bad_one_is_named_without_its_url);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
