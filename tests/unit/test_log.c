/**
 * Messages for people: silent without a hook, whole characters, the rooms asked for; and
 * what every code is called.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/base.h>

#include "base/log.h"
#include "suite.h"

static char heard[2048];
static int heard_level;
static unsigned heard_count;

static void hear(void *user, int level, const char *message)
{
	ck_assert_ptr_eq(user, heard);
	heard_level = level;
	heard_count++;
	strncpy(heard, message, sizeof(heard) - 1);
}

static void setup(void)
{
	memset(heard, 0, sizeof(heard));
	heard_count = 0;
	tstream_set_log(hear, heard);
}

static void teardown(void)
{
	tstream_set_log(NULL, NULL);
}

START_TEST(a_message_reaches_the_hook)
{
	tsi_log(TSTREAM_LOG_WARNING, "port %d is taken", 6881);
	ck_assert_str_eq(heard, "port 6881 is taken");
	ck_assert_int_eq(heard_level, TSTREAM_LOG_WARNING);
}
END_TEST

START_TEST(without_a_hook_all_is_silent)
{
	tstream_set_log(NULL, NULL);
	tsi_log(TSTREAM_LOG_ERROR, "nobody hears this");
	ck_assert_uint_eq(heard_count, 0);
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_STREAM), 0);
}
END_TEST

START_TEST(only_the_rooms_named_in_the_environment_are_traced)
{
	/* main() has set TSTREAM_TRACE. */
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_STREAM), 1);
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_NET), 1);
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_API), 0);
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_ENGINE), 0);
	ck_assert_int_eq(tsi_log_traces(TSI_ROOM_DISK), 0);
}
END_TEST

START_TEST(a_failure_is_a_code_and_a_sentence)
{
	tstream_error error;

	ck_assert_int_eq(tsi_fail(&error, TSTREAM_ENOENT, "There is no file %u.", 7u), TSTREAM_ENOENT);
	ck_assert_int_eq(error.code, TSTREAM_ENOENT);
	ck_assert_str_eq(error.message, "There is no file 7.");
	ck_assert_int_eq(tsi_fail(NULL, TSTREAM_EIO, "unheard"), TSTREAM_EIO);
}
END_TEST

/* Whatever the offset at which a message is cut, no character is cut in two. */
START_TEST(a_long_message_is_cut_between_characters)
{
	static const char *const characters[] = {"a", "\xC3\xA9", "\xE5\xA4\xA7", "\xF0\x9F\x8E\xAC"};
	char text[600];
	tstream_error error;

	for (size_t i = 0; i < 4; i++) {
		size_t size = strlen(characters[i]);

		for (size_t prefix = 0; prefix < 4; prefix++) {
			memset(text, '-', prefix);
			for (size_t at = prefix; at + size < sizeof(text); at += size) {
				memcpy(text + at, characters[i], size);
				text[at + size] = '\0';
			}
			tsi_fail(&error, TSTREAM_EIO, "%s", text);
			ck_assert_uint_eq((strlen(error.message) - prefix) % size, 0);
			ck_assert_uint_ge(strlen(error.message), TSTREAM_ERROR_MESSAGE_BYTES - 1 - 2 * size);
			ck_assert_int_eq(strncmp(error.message, text, strlen(error.message)), 0);
		}
	}
}
END_TEST

START_TEST(every_code_has_a_name)
{
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_OK), "OK"));
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_EINVAL), "EINVAL"));
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_EAGAIN), "EAGAIN"));
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_ENOSPC), "ENOSPC"));
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_EREFUSED), "EREFUSED"));
	ck_assert_ptr_nonnull(strstr(tstream_strerror(TSTREAM_EINTERNAL), "EINTERNAL"));
	for (int code = TSTREAM_EINTERNAL; code < 0; code++)
		ck_assert_int_eq(tstream_strerror(code)[0], 'E');
}
END_TEST

START_TEST(numbers_that_are_no_codes_are_answered_too)
{
	ck_assert_str_eq(tstream_strerror(TSTREAM_EINTERNAL - 1), "unknown code");
	ck_assert_str_eq(tstream_strerror(-2147483647 - 1), "unknown code");
	ck_assert_ptr_nonnull(strstr(tstream_strerror(4096), "OK"));
}
END_TEST

START_TEST(freeing_nothing_is_fine)
{
	tstream_free(NULL);
	tstream_free(malloc(1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	setenv("TSTREAM_TRACE", "stream,nonsense,,net", 1);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_message_reaches_the_hook);
	tcase_add_test(tcase, without_a_hook_all_is_silent);
	tcase_add_test(tcase, only_the_rooms_named_in_the_environment_are_traced);
	tcase_add_test(tcase, a_failure_is_a_code_and_a_sentence);
	tcase_add_test(tcase, a_long_message_is_cut_between_characters);
	tcase_add_test(tcase, every_code_has_a_name);
	tcase_add_test(tcase, numbers_that_are_no_codes_are_answered_too);
	tcase_add_test(tcase, freeing_nothing_is_fine);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
