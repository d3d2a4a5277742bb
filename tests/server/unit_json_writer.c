/* JSON that is written straight away is what a parser reads. */
#include "json_writer.h"
#include "suite.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *parse(const struct json_writer *writer)
{
	return json_loadb(writer->data, writer->size, JSON_DECODE_ANY, NULL);
}

static const char *const texts[] = {"",
                                    "plain",
                                    "\"quoted\" \\ back",
                                    "tab\tline\nend\x01\x1f",
                                    "\xc3\xa9 \xf0\x9f\x98\x80 \x7f",
                                    "</script>"};

START_TEST(strings_come_back_as_they_were)
{
	struct json_writer writer = {0};

	json_writer_string(&writer, texts[_i], strlen(texts[_i]));
	json_t *value = parse(&writer);
	ck_assert_str_eq(json_string_value(value), texts[_i]);
	json_decref(value);
	free(writer.data);
}
END_TEST

START_TEST(long_lists_are_whole)
{
	struct json_writer writer = {0};

	json_writer_raw(&writer, "[");
	for (int i = 0; i < 10000; i++) {
		json_writer_raw(&writer, i ? "," : "");
		json_writer_number(&writer, INT64_MAX - i);
	}
	json_writer_raw(&writer, "]");
	ck_assert(!writer.is_lost);
	json_t *value = parse(&writer);
	ck_assert_uint_eq(json_array_size(value), 10000);
	ck_assert_int_eq(json_integer_value(json_array_get(value, 9999)), INT64_MAX - 9999);
	json_decref(value);
	free(writer.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_writer");
	TCase *tcase = tcase_create("json_writer");

	tcase_add_loop_test(tcase, strings_come_back_as_they_were, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tcase, long_lists_are_whole);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
