/**
 * Subtitles: SubRip with all its misspellings, WebVTT, and what becomes of both.
 */
#include "subtitle_fixture.h"
#include "suite.h"

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

/* The text of a cue, and what is shown of it. */
struct text {
	const char *source;
	const char *shown;
};

static void assert_texts(const struct text *texts, size_t count)
{
	char source[512];
	char shown[512];

	for (size_t i = 0; i < count; i++) {
		snprintf(source, sizeof(source), "1\n" TIME "%s\n", texts[i].source);
		snprintf(shown, sizeof(shown), SHOWN "%s\n\n", texts[i].shown);
		ck_assert_str_eq(convert(source), shown);
	}
}

START_TEST(what_html_and_webvtt_would_take_for_markup_is_escaped)
{
	static const struct text texts[] = {
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
	assert_texts(texts, sizeof(texts) / sizeof(texts[0]));
}
END_TEST

START_TEST(of_tags_only_plain_ones_are_left_and_they_nest)
{
	static const struct text texts[] = {
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
	assert_texts(texts, sizeof(texts) / sizeof(texts[0]));
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

int main(void)
{
	Suite *suite = suite_create("subtitles");

	suite_add_tcase(suite, subrip_case());
	suite_add_tcase(suite, webvtt_case());
	return suite_run(suite);
}
