/* The library that is loaded is the one these headers describe. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/tstream.h>

#include "suite.h"

START_TEST(version_is_that_of_the_headers)
{
	ck_assert_str_eq(tstream_version(), TSTREAM_VERSION_STRING);
	ck_assert_uint_eq(tstream_version_number(), TSTREAM_VERSION_NUMBER);
}
END_TEST

START_TEST(number_and_string_say_the_same)
{
	char text[32];
	uint32_t number = tstream_version_number();
	snprintf(text, sizeof(text), "%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
	ck_assert_str_eq(text, tstream_version());
}
END_TEST

START_TEST(engine_names_itself_with_a_version)
{
	const char *engine = tstream_engine_version();
	ck_assert_msg(strncmp(engine, "libtorrent 2.", 13) == 0, "engine is \"%s\"", engine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("version");
	TCase *tcase = tcase_create("version");
	tcase_add_test(tcase, version_is_that_of_the_headers);
	tcase_add_test(tcase, number_and_string_say_the_same);
	tcase_add_test(tcase, engine_names_itself_with_a_version);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
