/**
 * Subtitles in every charset, and the bounds of what is taken.
 */
#include <iconv.h>
#include <stdbool.h>

#include "media/charset.h"
#include "subtitle_fixture.h"
#include "suite.h"

/* -- charsets ------------------------------------------------------------- */

#define RUSSIAN "Привет, как дела? Сегодня хорошая погода, и мы идём гулять в парк."

/** A SubRip file in a charset.  @return its size */
static size_t encode(const char *charset, const char *text, char *out, size_t capacity)
{
	char source[1024];
	char *from = source;
	size_t left = (size_t)snprintf(source, sizeof(source), "1\n" TIME "%s\n", text);
	char *to = out;
	size_t room = capacity;
	iconv_t converter = iconv_open(charset, "UTF-8");

	ck_assert(converter != (iconv_t)-1);
	ck_assert_int_eq((int)iconv(converter, &from, &left, &to, &room), 0);
	iconv_close(converter);
	return capacity - room;
}

static void check_charset(const char *encoding, const char *named, const char *text)
{
	char bytes[4096];
	char shown[2048];
	size_t size = encode(encoding, text, bytes, sizeof(bytes));

	snprintf(shown, sizeof(shown), SHOWN "%s\n\n", text);
	ck_assert_msg(strcmp(convert_with(bytes, size, named, 0), shown) == 0, "%s", encoding);
}

START_TEST(unicode_of_any_kind_is_recognised)
{
	/* The first two write a byte order mark. */
	static const char *const kinds[] = {"UTF-16",   "UTF-32",   "UTF-16LE", "UTF-16BE",
	                                    "UTF-32LE", "UTF-32BE", "UTF-8"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		check_charset(kinds[i], NULL, RUSSIAN " 日本語 \xF0\x9F\x98\x80");
		check_charset(kinds[i], NULL, "plain");
	}
}
END_TEST

START_TEST(a_byte_order_mark_is_no_text)
{
	ck_assert_str_eq(convert("\xEF\xBB\xBF" TIME "A\n"), SHOWN "A\n\n");
	ck_assert_str_eq(convert_with("\xEF\xBB\xBF" TIME "A\n", sizeof(TIME) + 4, "UTF-8", 0),
	                 SHOWN "A\n\n");
}
END_TEST

START_TEST(utf16_that_ends_within_a_character_is_read_as_far_as_it_goes)
{
	char bytes[4096];
	size_t size = encode("UTF-16LE", "AB", bytes, sizeof(bytes));

	/* Without the line feed and half of the B. */
	ck_assert_str_eq(convert_with(bytes, size - 3, "UTF-16LE", 0), SHOWN "A\xEF\xBF\xBD\n\n");
}
END_TEST

START_TEST(a_wrong_byte_in_utf8_costs_one_character)
{
	ck_assert_str_eq(convert(TIME RUSSIAN "\xD0\n"), SHOWN RUSSIAN "\xEF\xBF\xBD\n\n");
}
END_TEST

#if TSI_WITH_UCHARDET
START_TEST(legacy_charsets_are_guessed)
{
	check_charset("CP1251", NULL, RUSSIAN);
	check_charset("KOI8-R", NULL, RUSSIAN);
	check_charset("CP1253", NULL, "Καλημέρα, τι κάνεις; Σήμερα έχει πολύ ωραίο καιρό.");
	check_charset("CP1255", NULL, "שלום, מה שלומך? היום יש מזג אוויר יפה מאוד.");
	check_charset("GB18030", NULL, "你好,今天天气很好,我们去公园散步吧。你觉得怎么样?");
	check_charset("BIG5", NULL, "你好,今天天氣很好,我們去公園散步吧。你覺得怎麼樣?");
	check_charset("SHIFT_JIS", NULL, "こんにちは、お元気ですか。今日はとても良い天気です。");
	check_charset("EUC-JP", NULL, "こんにちは、お元気ですか。今日はとても良い天気です。");
	check_charset("EUC-KR", NULL, "안녕하세요, 오늘 날씨가 아주 좋습니다. 공원에 갑시다.");
	check_charset("CP1252", NULL, "Où est passé le garçon? Il était à l’école, très fâché.");
}
END_TEST
#else
START_TEST(without_uchardet_what_is_not_unicode_must_be_named)
{
	char bytes[4096];
	size_t size = encode("CP1251", RUSSIAN, bytes, sizeof(bytes));

	ck_assert_int_eq(refuse(bytes, size, NULL), TSTREAM_ENOTSUP);
}
END_TEST
#endif

START_TEST(a_charset_that_is_named_is_not_guessed)
{
	static const char *const names[] = {"windows-1251", "CP1251", "cp1251", "Windows_1251"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_charset("CP1251", names[i], "Да");
	check_charset("CP866", "ibm866", "Да");
	check_charset("SHIFT_JIS", "Shift_JIS", "はい");
	check_charset("ISO-8859-2", "iso-8859-2", "żółw");
}
END_TEST

START_TEST(bytes_without_a_character_are_replaced)
{
	ck_assert_str_eq(convert_with(TIME "a\x81z\n", sizeof(TIME) + 3, "windows-1252", 0),
	                 SHOWN "a\xEF\xBF\xBDz\n\n");
	ck_assert_str_eq(convert_with(TIME "a\xFFz\n", sizeof(TIME) + 3, "utf-8", 0),
	                 SHOWN "a\xEF\xBF\xBDz\n\n");
	/* Beyond Unicode, overlong, a surrogate, cut off at the end. */
	ck_assert_str_eq(convert_with(TIME "\xF6\x9E\x91\x9B\xC0\x80\xED\xA0\x80z\xE2",
	                              sizeof(TIME) + 10, "utf-8", 0),
	                 SHOWN "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
	                       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\n\n");
}
END_TEST

START_TEST(every_charset_on_the_list_can_be_converted)
{
	static const char *const names[] = {
	    "UTF-8",        "US-ASCII",     "UTF-16",       "UTF-16LE",     "UTF-16BE",
	    "UTF-32",       "UTF-32BE",     "windows-1250", "windows-1251", "windows-1252",
	    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
	    "windows-1258", "windows-874",  "TIS-620",      "ISO-8859-1",   "ISO-8859-2",
	    "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",
	    "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",  "ISO-8859-11",  "ISO-8859-13",
	    "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "KOI8-R",       "KOI8-U",
	    "IBM437",       "IBM850",       "IBM852",       "IBM855",       "IBM865",
	    "IBM866",       "macintosh",    "MAC-CYRILLIC", "VISCII",       "MAC-CENTRALEUROPE",
	    "Big5",         "Big5-HKSCS",   "EUC-TW",       "GB2312",       "GBK",
	    "GB18030",      "EUC-JP",       "Shift_JIS",    "EUC-KR",       "UHC",
	    "JOHAB",
	};
	tstream_error err = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tsi_buffer text = {0};
		int code = tsi_charset_convert("abc\xC0\xC1zz", 8, names[i], &text, &err);
		ck_assert_msg(code == TSTREAM_OK, "%s: %s", names[i], err.message);
		free(text.bytes);
	}
}
END_TEST

START_TEST(charsets_that_are_not_on_the_list_are_refused)
{
	static const char *const names[] = {"",
	                                    "klingon",
	                                    "ISO-2022-CN-EXT",
	                                    "UTF-7",
	                                    "wchar_t",
	                                    "//TRANSLIT",
	                                    "../../etc/x",
	                                    "UTF-8x",
	                                    "inscrutably-long-name-of-a-charset-that-never-was"};
	tstream_subtitle_options options = TSTREAM_SUBTITLE_OPTIONS_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		options.charset = names[i];
		ck_assert_int_eq(refuse(TIME "A", sizeof(TIME), &options), TSTREAM_EINVAL);
	}
}
END_TEST

/* -- bounds --------------------------------------------------------------- */

START_TEST(what_holds_no_cue_is_refused)
{
	static const char *const files[] = {"", "\n\n", "hello", "<html>", "WEBVTTX\n", "1\n2\n3\n"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ck_assert_int_eq(refuse(files[i], strlen(files[i]), NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(refuse(NULL, 0, NULL), TSTREAM_EINVAL);
}
END_TEST

START_TEST(arguments_are_checked)
{
	tstream_subtitle_options options;
	char *text;

	tstream_subtitle_options_init(&options);
	ck_assert_uint_eq(options.struct_size, sizeof(options));
	options.delay_ms = TSTREAM_MAX_SUBTITLE_DELAY_MS + 1;
	ck_assert_int_eq(refuse(TIME "A", sizeof(TIME), &options), TSTREAM_EINVAL);
	options.delay_ms = -TSTREAM_MAX_SUBTITLE_DELAY_MS - 1;
	ck_assert_int_eq(refuse(TIME "A", sizeof(TIME), &options), TSTREAM_EINVAL);
	options.delay_ms = 0;
	options.flags = 1;
	ck_assert_int_eq(refuse(TIME "A", sizeof(TIME), &options), TSTREAM_EINVAL);
	options.flags = 0;
	options.struct_size = 0;
	ck_assert_int_eq(refuse(TIME "A", sizeof(TIME), &options), TSTREAM_EINVAL);
	ck_assert_int_eq(refuse(NULL, 1, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_subtitle_to_webvtt("x", 1, NULL, NULL, NULL, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_subtitle_to_webvtt(TIME "A", sizeof(TIME), NULL, &text, NULL, NULL),
	                 0);
	tstream_free(text);
	tstream_subtitle_options_init(NULL);
}
END_TEST

/** A file of @p size bytes that repeats @p unit after @p head. */
static char *fill(const char *head, const char *unit, size_t size)
{
	size_t head_size = strlen(head);
	size_t unit_size = strlen(unit);
	char *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, head, head_size);
	for (size_t i = head_size; i < size; i++)
		bytes[i] = unit[(i - head_size) % unit_size];
	return bytes;
}

static int convert_filled(const char *head, const char *unit, size_t size)
{
	char *bytes = fill(head, unit, size);
	char *text = NULL;
	int code = tstream_subtitle_to_webvtt(bytes, size, NULL, &text, NULL, NULL);

	free(bytes);
	free(text);
	return code;
}

/* Which makes everything fifty times slower. */
static bool is_in_valgrind(void)
{
	return getenv("TSTREAM_VALGRIND") != NULL;
}

START_TEST(input_and_output_are_bounded)
{
	ck_assert_int_eq(convert_filled(TIME, "x\n", TSTREAM_MAX_SUBTITLE_BYTES + 1), TSTREAM_EINVAL);
	if (is_in_valgrind())
		return;
	ck_assert_int_eq(convert_filled(TIME, "x\n", TSTREAM_MAX_SUBTITLE_BYTES), 0);
	/* Each becomes five. */
	ck_assert_int_eq(convert_filled(TIME, "&", TSTREAM_MAX_SUBTITLE_BYTES), TSTREAM_EINVAL);
	/* More cues than any film has. */
	ck_assert_int_eq(convert_filled(TIME, "0:0:0->0:0:1\nx\n", 4000000), TSTREAM_EINVAL);
}
END_TEST

/* Quadratic work on any of these would outlast the test's time limit by far. */
START_TEST(hostile_files_take_no_longer_than_others)
{
	static const char *const units[] = {"<",   "{\\",  "&",          "\r",           "\n",
	                                    "<i>", "</i>", "<ruby><rt>", "1\n",          "1\n\n",
	                                    "-",   "0:",   "\xFF",       "\xE2\x80\x8E", "&#"};

	size_t size = is_in_valgrind() ? 8 * 1024 : 256 * 1024;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int code = convert_filled(TIME "A\n", units[i], size);
		ck_assert_msg(code == 0 || code == TSTREAM_EINVAL, "%s: %d", units[i], code);
	}
}
END_TEST

START_TEST(a_name_says_whether_it_can_be_converted)
{
	ck_assert_int_eq(tstream_subtitle_is_convertible("a/b.srt"), 1);
	ck_assert_int_eq(tstream_subtitle_is_convertible("B.VTT"), 1);
	ck_assert_int_eq(tstream_subtitle_is_convertible("b.ass"), 0);
	ck_assert_int_eq(tstream_subtitle_is_convertible("b.srt/c"), 0);
	ck_assert_int_eq(tstream_subtitle_is_convertible("srt"), 0);
	ck_assert_int_eq(tstream_subtitle_is_convertible(NULL), 0);
}
END_TEST

static TCase *charset_case(void)
{
	TCase *tcase = tcase_create("charset");

	tcase_add_test(tcase, unicode_of_any_kind_is_recognised);
	tcase_add_test(tcase, a_byte_order_mark_is_no_text);
	tcase_add_test(tcase, utf16_that_ends_within_a_character_is_read_as_far_as_it_goes);
	tcase_add_test(tcase, a_wrong_byte_in_utf8_costs_one_character);
#if TSI_WITH_UCHARDET
	tcase_add_test(tcase, legacy_charsets_are_guessed);
#else
	tcase_add_test(tcase, without_uchardet_what_is_not_unicode_must_be_named);
#endif
	tcase_add_test(tcase, a_charset_that_is_named_is_not_guessed);
	tcase_add_test(tcase, bytes_without_a_character_are_replaced);
	tcase_add_test(tcase, every_charset_on_the_list_can_be_converted);
	tcase_add_test(tcase, charsets_that_are_not_on_the_list_are_refused);
	return tcase;
}

static TCase *bounds_case(void)
{
	TCase *tcase = tcase_create("bounds");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, what_holds_no_cue_is_refused);
	tcase_add_test(tcase, arguments_are_checked);
	tcase_add_test(tcase, input_and_output_are_bounded);
	tcase_add_test(tcase, hostile_files_take_no_longer_than_others);
	tcase_add_test(tcase, a_name_says_whether_it_can_be_converted);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("subtitle_charsets");

	suite_add_tcase(suite, charset_case());
	suite_add_tcase(suite, bounds_case());
	return suite_run(suite);
}
