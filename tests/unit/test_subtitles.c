/**
 * Subtitles: SubRip with all its misspellings, WebVTT, charsets, and what becomes of both.
 */
#include <check.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#include "core/subtitle.h"
#include "media/charset.h"

#define HEAD "WEBVTT\n\n"
#define TIME "00:00:01,000 --> 00:00:02,000\n"
#define SHOWN HEAD "00:00:01.000 --> 00:00:02.000\n"

/** @return what becomes of it; it lives as long as the test's process */
static const char *convert_with(const char *bytes, size_t size, const char *charset,
                                int64_t delay_ms)
{
	tstream_subtitle_options options = TSTREAM_SUBTITLE_OPTIONS_INIT;
	tstream_error err = {0};
	static char *text;
	size_t text_size = 0;

	options.charset = charset;
	options.delay_ms = delay_ms;
	free(text);
	text = NULL;
	int code = tstream_subtitle_to_webvtt(bytes, size, &options, &text, &text_size, &err);
	ck_assert_msg(code == TSTREAM_OK, "%d: %s", code, err.message);
	ck_assert_uint_eq(strlen(text), text_size);
	return text;
}

static const char *convert(const char *source)
{
	return convert_with(source, strlen(source), NULL, 0);
}

/** @return the code it is refused with */
static int refuse(const void *bytes, size_t size, const tstream_subtitle_options *options)
{
	char *text = NULL;
	size_t text_size = 4711;
	tstream_error err = {0};
	int code = tstream_subtitle_to_webvtt(bytes, size, options, &text, &text_size, &err);

	ck_assert_int_lt(code, 0);
	ck_assert_int_eq(err.code, code);
	ck_assert_uint_gt(strlen(err.message), 0);
	ck_assert_ptr_null(text);
	ck_assert_uint_eq(text_size, 4711);
	return code;
}

START_TEST(ordinary_subrip_becomes_webvtt)
{
	ck_assert_str_eq(convert("1\n00:00:01,000 --> 00:00:02,500\nOne\nand a half\n\n"
	                         "2\n01:02:03,004 --> 01:02:05,006\nTwo\n"),
	                 HEAD "00:00:01.000 --> 00:00:02.500\nOne\nand a half\n\n"
	                      "01:02:03.004 --> 01:02:05.006\nTwo\n\n");
}
END_TEST

START_TEST(any_line_end_is_one)
{
	static const char *const ends[] = {"\n", "\r\n", "\r", "\r\r\n"};
	char source[256];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(source, sizeof(source),
		         "1%s00:00:01,000 --> 00:00:02,000%sA%sB%s%s2%s00:00:03,000 --> 00:00:04,000%sC",
		         ends[i], ends[i], ends[i], ends[i], ends[i], ends[i], ends[i]);
		ck_assert_str_eq(convert(source), SHOWN "A\nB\n\n00:00:03.000 --> 00:00:04.000\nC\n\n");
	}
}
END_TEST

START_TEST(every_spelling_of_the_times_is_read)
{
	static const char *const lines[] = {
	    "00:00:01,000 --> 00:00:02,000",
	    "00:00:01.000 --> 00:00:02.000",
	    "00:00:01:000 --> 00:00:02:000",
	    "0:0:1,000 --> 0:0:2,000",
	    "00:00:01 --> 00:00:02",
	    "00:00:01,0 --> 00:00:02,00",
	    "00:00:01, --> 00:00:02.",
	    "00:01,000 --> 00:02,000",
	    "00:00:01,000-->00:00:02,000",
	    "00:00:01,000 -> 00:00:02,000",
	    "00:00:01,000 - > 00:00:02,000",
	    "00:00:01,000 -- > 00:00:02,000",
	    "00:00:01,000 ---> 00:00:02,000",
	    "00:00:01,000 \xE2\x80\x93> 00:00:02,000",
	    "00:00:01,000 \xE2\x86\x92 00:00:02,000",
	    "  00:00:01,000\t-->\t00:00:02,000  ",
	    "00: 00: 01, 000 --> 00 : 00 : 02 , 000",
	    "00\xEF\xBC\x9A"
	    "00\xEF\xBC\x9A"
	    "01\xEF\xBC\x8C"
	    "000 --> 00\xEF\xBC\x9A"
	    "00\xEF\xBC\x9A"
	    "02\xEF\xBC\x8E"
	    "000",
	    "\xEF\xBC\x90\xEF\xBC\x90:00:01,000\xE3\x80\x80-->\xC2\xA0"
	    "00:00:02,000",
	    "\xE2\x80\x8E"
	    "00:00:01,000 --> 00:00:02,000\xE2\x80\x8F",
	    "00:00:01,0009 --> 00:00:02,000999999",
	    "00:00:01,000 --> 00:00:02,000 X1:100 X2:200 Y1:100 Y2:200",
	    "00:00:01,000 --> 00:00:02,000  align:start line:0",
	};
	char source[256];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(source, sizeof(source), "1\n%s\nA\n", lines[i]);
		ck_assert_msg(strcmp(convert(source), SHOWN "A\n\n") == 0, "%s", lines[i]);
	}
}
END_TEST

START_TEST(fewer_digits_are_a_fraction)
{
	ck_assert_str_eq(convert("00:00:01,5 --> 00:00:02,25\nA\n"),
	                 HEAD "00:00:01.500 --> 00:00:02.250\nA\n\n");
}
END_TEST

START_TEST(a_film_may_last_longer_than_a_day)
{
	ck_assert_str_eq(convert("99:59:59,999 --> 100:00:01,000\nA\n"),
	                 HEAD "99:59:59.999 --> 100:00:01.000\nA\n\n");
}
END_TEST

START_TEST(minutes_and_seconds_beyond_59_are_carried)
{
	ck_assert_str_eq(convert("00:59:60,000 --> 00:60:75,000\nA\n"),
	                 HEAD "01:00:00.000 --> 01:01:15.000\nA\n\n");
}
END_TEST

START_TEST(what_people_say_about_time_is_no_timing_line)
{
	ck_assert_str_eq(convert(TIME "12:30 -> 13:00\n1:2 --> 3:4\n9999999999:00:00 --> 1:1:1\n"),
	                 SHOWN "12:30 -&gt; 13:00\n1:2 --&gt; 3:4\n9999999999:00:00 --&gt; 1:1:1\n\n");
}
END_TEST

START_TEST(negative_times_begin_with_the_film)
{
	ck_assert_str_eq(convert("-00:00:01,000 --> 00:00:02,000\nA\n"),
	                 HEAD "00:00:00.000 --> 00:00:02.000\nA\n\n");
}
END_TEST

START_TEST(numbers_may_lack_be_negative_or_dotted)
{
	static const char *const numbers[] = {"", "1\n", "-1\n", "1.\n", "1.1\n", " 1 \n", "0001\n"};
	char source[256];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(source, sizeof(source), "%s" TIME "A\n\n%s00:00:03,000 --> 00:00:04,000\nB\n",
		         numbers[i], numbers[i]);
		ck_assert_str_eq(convert(source), SHOWN "A\n\n00:00:03.000 --> 00:00:04.000\nB\n\n");
	}
}
END_TEST

START_TEST(text_of_digits_is_text)
{
	ck_assert_str_eq(convert("1\n" TIME "1984\n\n2\n00:00:03,000 --> 00:00:04,000\n"
	                         "In the year\n2525\n\n3\n00:00:05,000 --> 00:00:06,000\n7\n"),
	                 SHOWN "1984\n\n00:00:03.000 --> 00:00:04.000\nIn the year\n2525\n\n"
	                       "00:00:05.000 --> 00:00:06.000\n7\n\n");
}
END_TEST

START_TEST(text_of_digits_is_text_where_numbers_lack)
{
	ck_assert_str_eq(convert(TIME "1984\n\n00:00:03,000 --> 00:00:04,000\nB\n"),
	                 SHOWN "1984\n\n00:00:03.000 --> 00:00:04.000\nB\n\n");
	ck_assert_str_eq(convert(TIME "1984\n00:00:03,000 --> 00:00:04,000\nB\n"),
	                 SHOWN "1984\n\n00:00:03.000 --> 00:00:04.000\nB\n\n");
}
END_TEST

START_TEST(cues_need_no_blank_line_between_them)
{
	ck_assert_str_eq(convert("1\n" TIME "A\n2\n00:00:03,000 --> 00:00:04,000\nB"),
	                 SHOWN "A\n\n00:00:03.000 --> 00:00:04.000\nB\n\n");
}
END_TEST

START_TEST(every_line_may_be_followed_by_a_blank_one)
{
	ck_assert_str_eq(
	    convert("1\n\n" TIME "\nA\n\nB\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\nC\n\n"),
	    SHOWN "A\nB\n\n00:00:03.000 --> 00:00:04.000\nC\n\n");
}
END_TEST

START_TEST(text_may_have_blank_lines)
{
	ck_assert_str_eq(convert("1\n" TIME "\nA\n \t\n\nB\n\n\n2\n00:00:03,000 --> 00:00:04,000\nC"),
	                 SHOWN "A\nB\n\n00:00:03.000 --> 00:00:04.000\nC\n\n");
}
END_TEST

START_TEST(cues_without_text_are_left_out)
{
	ck_assert_str_eq(convert("1\n" TIME "\n2\n00:00:03,000 --> 00:00:04,000\n{\\an8}<i> </i>\n"
	                         "\n3\n00:00:05,000 --> 00:00:06,000\nA\n"),
	                 HEAD "00:00:05.000 --> 00:00:06.000\nA\n\n");
}
END_TEST

START_TEST(cues_are_put_in_order)
{
	ck_assert_str_eq(convert("00:00:03,000 --> 00:00:04,000\nB\n\n" TIME "A\n\n"
	                         "00:00:03,000 --> 00:00:05,000\nC\n"),
	                 SHOWN "A\n\n00:00:03.000 --> 00:00:04.000\nB\n\n"
	                       "00:00:03.000 --> 00:00:05.000\nC\n\n");
}
END_TEST

START_TEST(a_cue_that_ends_before_it_begins_is_shown_for_two_seconds)
{
	ck_assert_str_eq(convert("00:00:03,000 --> 00:00:01,000\nA\n\n"
	                         "00:00:07,000 --> 00:00:07,000\nB\n"),
	                 HEAD "00:00:03.000 --> 00:00:05.000\nA\n\n"
	                      "00:00:07.000 --> 00:00:09.000\nB\n\n");
}
END_TEST

START_TEST(what_html_and_webvtt_would_take_for_markup_is_escaped)
{
	static const struct {
		const char *source;
		const char *shown;
	} texts[] = {
	    {"Tom & Jerry <3 > 2", "Tom &amp; Jerry &lt;3 &gt; 2"},
	    {"a --> b", "a --&gt; b"},
	    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"},
	    {"<<b>>", "&lt;<b>&gt;</b>"},
	    {"<", "&lt;"},
	    {"<b", "&lt;b"},
	    {"<>", "&lt;&gt;"},
	    {"</>", "&lt;/&gt;"},
	    {"<bold>x", "&lt;bold&gt;x"},
	    {"<b\nx>y", "&lt;b\nx&gt;y"},
	    {"&amp; &lt;b&gt; &nbsp; &lrm;", "&amp; &lt;b&gt; &nbsp; &lrm;"},
	    {"&quot;it&apos;s&quot; I&#39;m &#x3C;b&#62;", "\"it's\" I'm &lt;b&gt;"},
	    {"&copy; &; &#; &#x; &#0; &#xD800; &#x110000; &#99999999;",
	     "&amp;copy; &amp;; &amp;#; &amp;#x; &amp;#0; &amp;#xD800; &amp;#x110000; "
	     "&amp;#99999999;"},
	    {"&#10;x&#10;&#10;y", "x\ny"},
	    {"R&D", "R&amp;D"},
	};
	char source[512];
	char shown[512];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(source, sizeof(source), "1\n" TIME "%s\n", texts[i].source);
		snprintf(shown, sizeof(shown), SHOWN "%s\n\n", texts[i].shown);
		ck_assert_str_eq(convert(source), shown);
	}
}
END_TEST

START_TEST(of_tags_only_plain_ones_are_left_and_they_nest)
{
	static const struct {
		const char *source;
		const char *shown;
	} texts[] = {
	    {"<i>a</i> <b>b</b> <u>c</u>", "<i>a</i> <b>b</b> <u>c</u>"},
	    {"<I>a</I> < b >b< / b >", "<i>a</i> <b>b</b>"},
	    {"<em>a</em><strong class=\"x\">b</strong>", "<i>a</i><b>b</b>"},
	    {"{i}a{/i} {b}b{/b} {x}", "<i>a</i> <b>b</b> {x}"},
	    {"<font color=\"#ff0000\" onclick=\"x\">a</font>", "a"},
	    {"<s>a</s><span>b</span>", "ab"},
	    {"{\\an8}{\\pos(1,2)}a{\\i1}b", "ab"},
	    {"{\\an8", "{\\an8"},
	    {"a<br>b<br/>c<br />", "a\nb\nc"},
	    {"<i>a", "<i>a</i>"},
	    {"a</i></b>", "a"},
	    {"<b><i>a</b>b</i>c", "<b><i>a</i></b>bc"},
	    {"<i><i>a</i>b</i>", "<i>a</i>b"},
	    {"<i/>a", "a"},
	    {"<i>a\nb</i>", "<i>a\nb</i>"},
	    {"<i>\na\n</i>\n", "<i>a</i>"},
	    {"{\\an8}\n<font>\n</font>\na", "a"},
	    {"<ruby>a<rt>b</rt></ruby><rt>c</rt>", "<ruby>a<rt>b</rt></ruby>c"},
	    {"<v Roger>a</v> <c.loud.red>b</c> <00:00:01.500>c <lang en>d</lang>", "a b c d"},
	    {"  a \t b  ", "a b"},
	};
	char source[512];
	char shown[512];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(source, sizeof(source), "1\n" TIME "%s\n", texts[i].source);
		snprintf(shown, sizeof(shown), SHOWN "%s\n\n", texts[i].shown);
		ck_assert_str_eq(convert(source), shown);
	}
}
END_TEST

START_TEST(control_characters_are_dropped_and_those_of_direction_are_not)
{
	static const char source[] = TIME "a\0b\x01\x7F\xC2\x80"
	                                  "c\xE2\x80\xAB\xEF\xBB\xBF";

	ck_assert_str_eq(convert_with(source, sizeof(source) - 1, NULL, 0),
	                 SHOWN "abc\xE2\x80\xAB\n\n");
}
END_TEST

START_TEST(a_delay_moves_all_times)
{
	static const char source[] = TIME "A\n\n00:00:05,000 --> 00:00:06,000\nB\n";
	size_t size = sizeof(source) - 1;

	ck_assert_str_eq(convert_with(source, size, NULL, 3600500),
	                 HEAD "01:00:01.500 --> 01:00:02.500\nA\n\n"
	                      "01:00:05.500 --> 01:00:06.500\nB\n\n");
	ck_assert_str_eq(convert_with(source, size, NULL, -1500),
	                 HEAD "00:00:00.000 --> 00:00:00.500\nA\n\n"
	                      "00:00:03.500 --> 00:00:04.500\nB\n\n");
	/* What would end before the film begins is not shown. */
	ck_assert_str_eq(convert_with(source, size, NULL, -2000),
	                 HEAD "00:00:03.000 --> 00:00:04.000\nB\n\n");
}
END_TEST

START_TEST(webvtt_is_passed_on_without_what_is_not_shown)
{
	ck_assert_str_eq(convert("\xEF\xBB\xBFWEBVTT - a title\r\nX: y\r\n\r\nNOTE a\nremark\n\n"
	                         "STYLE\n::cue { background: url(x) }\n\nREGION\nid:x\n\n"
	                         "first\n00:01.000 --> 00:02.000 align:start region:x\n- <b>A</b>\n"
	                         "NOTE\n\nignored\n\n2\n00:00:03.000 --> 00:00:04.000\n2020\n"),
	                 HEAD "00:00:01.000 --> 00:00:02.000 align:start\n- <b>A</b>\nNOTE\n\n"
	                      "00:00:03.000 --> 00:00:04.000\n2020\n\n");
}
END_TEST

START_TEST(a_blank_line_ends_a_cue_of_webvtt)
{
	ck_assert_str_eq(convert("WEBVTT\n\n00:01.000 --> 00:02.000\nA\n\nnot shown\n"), SHOWN "A\n\n");
}
END_TEST

START_TEST(webvtt_has_one_kind_of_arrow)
{
	ck_assert_str_eq(convert("WEBVTT\n\n00:01.000 --> 00:02.000\n1:02:03 -> 1:02:04\n"),
	                 SHOWN "1:02:03 -&gt; 1:02:04\n\n");
}
END_TEST

START_TEST(braces_are_text_in_webvtt)
{
	ck_assert_str_eq(convert("WEBVTT\n\n00:01.000 --> 00:02.000\n{b}A{\\an8}\n"),
	                 SHOWN "{b}A{\\an8}\n\n");
}
END_TEST

START_TEST(webvtt_without_cues_is_webvtt)
{
	ck_assert_str_eq(convert("WEBVTT"), HEAD);
	ck_assert_str_eq(convert("WEBVTT\n\nNOTE nothing\n"), HEAD);
}
END_TEST

START_TEST(of_cue_settings_the_well_formed_ones_stay)
{
	static const struct {
		const char *source;
		const char *kept;
	} settings[] = {
	    {"align:start line:0 position:10% size:50.5% vertical:rl",
	     " align:start line:0 position:10% size:50.5% vertical:rl"},
	    {"line:-1 align:center", " line:-1 align:center"},
	    {"line:85%,end position:100.0%,line-left", " line:85%,end position:100.0%,line-left"},
	    {"align:middle line:x position:101% size:100.1% vertical:up", ""},
	    {"size:50 line:5,middle position:%", ""},
	    {"region:x color:red x <b> : a: :b", ""},
	    {"align:start align:end", " align:start"},
	    {"line:1.5 line:-5%", ""},
	};
	char source[512];
	char shown[512];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(source, sizeof(source), "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 %s\nA\n",
		         settings[i].source);
		snprintf(shown, sizeof(shown), HEAD "00:00:01.000 --> 00:00:02.000%s\nA\n\n",
		         settings[i].kept);
		ck_assert_str_eq(convert(source), shown);
	}
}
END_TEST

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

START_TEST(input_and_output_are_bounded)
{
	ck_assert_int_eq(convert_filled(TIME, "x\n", TSTREAM_MAX_SUBTITLE_BYTES), 0);
	ck_assert_int_eq(convert_filled(TIME, "x\n", TSTREAM_MAX_SUBTITLE_BYTES + 1), TSTREAM_EINVAL);
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

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int code = convert_filled(TIME "A\n", units[i], 256 * 1024);
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

static TCase *subrip_case(void)
{
	TCase *tcase = tcase_create("subrip");

	tcase_add_test(tcase, ordinary_subrip_becomes_webvtt);
	tcase_add_test(tcase, any_line_end_is_one);
	tcase_add_test(tcase, every_spelling_of_the_times_is_read);
	tcase_add_test(tcase, fewer_digits_are_a_fraction);
	tcase_add_test(tcase, a_film_may_last_longer_than_a_day);
	tcase_add_test(tcase, minutes_and_seconds_beyond_59_are_carried);
	tcase_add_test(tcase, what_people_say_about_time_is_no_timing_line);
	tcase_add_test(tcase, negative_times_begin_with_the_film);
	tcase_add_test(tcase, numbers_may_lack_be_negative_or_dotted);
	tcase_add_test(tcase, text_of_digits_is_text);
	tcase_add_test(tcase, text_of_digits_is_text_where_numbers_lack);
	tcase_add_test(tcase, cues_need_no_blank_line_between_them);
	tcase_add_test(tcase, every_line_may_be_followed_by_a_blank_one);
	tcase_add_test(tcase, text_may_have_blank_lines);
	tcase_add_test(tcase, cues_without_text_are_left_out);
	tcase_add_test(tcase, cues_are_put_in_order);
	tcase_add_test(tcase, a_cue_that_ends_before_it_begins_is_shown_for_two_seconds);
	tcase_add_test(tcase, what_html_and_webvtt_would_take_for_markup_is_escaped);
	tcase_add_test(tcase, of_tags_only_plain_ones_are_left_and_they_nest);
	tcase_add_test(tcase, control_characters_are_dropped_and_those_of_direction_are_not);
	tcase_add_test(tcase, a_delay_moves_all_times);
	return tcase;
}

static TCase *webvtt_case(void)
{
	TCase *tcase = tcase_create("webvtt");

	tcase_add_test(tcase, webvtt_is_passed_on_without_what_is_not_shown);
	tcase_add_test(tcase, a_blank_line_ends_a_cue_of_webvtt);
	tcase_add_test(tcase, webvtt_has_one_kind_of_arrow);
	tcase_add_test(tcase, braces_are_text_in_webvtt);
	tcase_add_test(tcase, webvtt_without_cues_is_webvtt);
	tcase_add_test(tcase, of_cue_settings_the_well_formed_ones_stay);
	return tcase;
}

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
	Suite *suite = suite_create("subtitles");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, subrip_case());
	suite_add_tcase(suite, webvtt_case());
	suite_add_tcase(suite, charset_case());
	suite_add_tcase(suite, bounds_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
