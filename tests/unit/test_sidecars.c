/**
 * Which subtitle files belong to a film, and what their names say.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sidecar.h"
#include "suite.h"

static tstream_subtitle found[TSTREAM_MAX_SUBTITLES];

static const char *get_path(const void *user, uint32_t index)
{
	return ((const char *const *)user)[index];
}

/** The first path is the film's.  @return "index:language:label" of each, with spaces */
static const char *find(const char *const *paths)
{
	static char text[4096];
	tsi_sidecar_paths list = {get_path, paths, 0};
	size_t used = 0;

	while (paths[list.count])
		list.count++;
	size_t count = tsi_sidecar_find(&list, 0, found);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u:%s:%s", i ? " " : "",
		                         found[i].file_index, found[i].language, found[i].label);
	return text;
}

#define FIND(...) find((const char *const[]){__VA_ARGS__, NULL})

START_TEST(files_named_after_the_film_are_its_own)
{
	ck_assert_str_eq(FIND("T/Film.mkv", "T/Film.srt", "T/Film.en.srt", "T/film.FR.SRT",
	                      "T/Film-de.vtt", "T/Film [it].srt", "T/Film_es.srt"),
	                 "1::Subtitles 2:en:English 3:fr:French 4:de:German 5:it:Italian "
	                 "6:es:Spanish");
}
END_TEST

START_TEST(other_kinds_of_files_are_left_out)
{
	ck_assert_str_eq(FIND("T/Film.mkv", "T/Film.ass", "T/Film.sub", "T/Film.idx", "T/Film.txt",
	                      "T/Film.srt/x", "T/srt"),
	                 "");
}
END_TEST

START_TEST(where_there_are_several_films_only_names_count)
{
	ck_assert_str_eq(
	    FIND("T/One.mkv", "T/Two.mkv", "T/Two.srt", "T/English.srt", "T/One2.srt", "T/One.srt"),
	    "5::Subtitles");
}
END_TEST

START_TEST(the_longer_name_wins)
{
	ck_assert_str_eq(FIND("T/Film.mkv", "T/Film.2.mkv", "T/Film.2.en.srt", "T/Film.en.srt"),
	                 "3:en:English");
	ck_assert_str_eq(FIND("T/Film.2.mkv", "T/Film.mkv", "T/Film.2.en.srt", "T/Film.en.srt"),
	                 "2:en:English");
}
END_TEST

START_TEST(where_there_is_one_film_all_subtitles_are_its_own)
{
	ck_assert_str_eq(FIND("T/Film.2019.1080p.mkv", "T/English.srt", "T/fr.srt", "T/whatever.srt"),
	                 "1:en:English 2:fr:French 3::whatever");
}
END_TEST

START_TEST(a_sample_is_no_other_film)
{
	ck_assert_str_eq(FIND("T/Film.mkv", "T/sample-Film.mkv", "T/en.srt"), "2:en:English");
}
END_TEST

START_TEST(directories_of_subtitles_are_looked_into)
{
	ck_assert_str_eq(FIND("T/Film.mkv", "T/Subs/2_English.srt", "T/subtitles/3_French.srt",
	                      "T/SUB/x.srt", "T/Other/en.srt", "Subs/en.srt", "T/Subs/a/b/en.srt"),
	                 "1:en:English 2:fr:French 3::x");
}
END_TEST

START_TEST(directories_named_after_an_episode_hold_its_own)
{
	ck_assert_str_eq(FIND("S/Show.S01E01.mkv", "S/Show.S01E02.mkv",
	                      "S/Subs/Show.S01E01/2_English.srt", "S/Subs/Show.S01E01/3_English.srt",
	                      "S/Subs/Show.S01E02/2_English.srt", "S/Subs/Show.S01E01.de.srt"),
	                 "2:en:English 3:en:English 2 5:de:German");
}
END_TEST

START_TEST(directories_named_after_a_language_say_it)
{
	ck_assert_str_eq(FIND("S/E1.mkv", "S/E2.mkv", "S/Subs/Dutch/E1.srt", "S/Subs/Dutch/E2.srt"),
	                 "2:nl:Dutch");
}
END_TEST

START_TEST(films_at_the_root_have_theirs_there)
{
	ck_assert_str_eq(FIND("Film.mkv", "Film.en.srt", "Subs/Film.de.srt"),
	                 "1:en:English 2:de:German");
}
END_TEST

START_TEST(what_lies_elsewhere_belongs_to_others)
{
	ck_assert_str_eq(
	    FIND("T/A/Film.mkv", "T/Film.srt", "T/AB/Film.srt", "T/B/Subs/Film.srt", "T/A/B/Film.srt"),
	    "");
}
END_TEST

START_TEST(labels_are_distinct)
{
	ck_assert_str_eq(FIND("F.mkv", "F.en.srt", "F.eng.srt", "F.English.vtt", "F.english 2.srt"),
	                 "1:en:English 2:en:English 2 3:en:English 3 4:en:English 4");
}
END_TEST

START_TEST(names_say_the_language_in_many_ways)
{
	static const struct {
		const char *name;
		const char *language;
		const char *label;
	} names[] = {
	    {"Film.en.srt", "en", "English"},
	    {"Film.ENG.srt", "en", "English"},
	    {"Film.pt-BR.srt", "pt-BR", "Portuguese (Brazil)"},
	    {"Film.pt_br.srt", "pt-BR", "Portuguese (Brazil)"},
	    {"Film.es-AR.srt", "es", "Spanish"},
	    {"Film.zh-Hans.srt", "zh-Hans", "Chinese (Simplified)"},
	    {"Film.chs.srt", "zh-Hans", "Chinese (Simplified)"},
	    {"Film.中文.srt", "zh", "Chinese"},
	    {"Film.Français.srt", "fr", "French"},
	    {"Film.Русский.srt", "ru", "Russian"},
	    {"Film.hi.srt", "hi", "Hindi"},
	    {"Film.en.hi.srt", "en", "English (SDH)"},
	    {"Film.en.sdh.srt", "en", "English (SDH)"},
	    {"Film.en.cc.srt", "en", "English (SDH)"},
	    {"Film.forced.en.srt", "en", "English (forced)"},
	    {"Film.en.forced.sdh.srt", "en", "English (forced) (SDH)"},
	    {"Film.forced.srt", "", "Subtitles (forced)"},
	    {"Film.srt", "", "Subtitles"},
	    {"Film.1080p.English.retail.srt", "en", "English"},
	    {"Film.this.is.it.now.srt", "", "this.is.it.now"},
	    {"Film.2.en.srt", "en", "English"},
	    {"Film.director's cut.srt", "", "director's cut"},
	    {"Film..srt", "", "Subtitles"},
	    {"Other.de.srt", "de", "German"},
	    {"dir.fr/Film.srt", "", "Subtitles"},
	    {"", "", "Subtitles"},
	    {".srt", "", "srt"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tstream_subtitle subtitle = TSTREAM_SUBTITLE_INIT;
		ck_assert_int_eq(tstream_subtitle_describe("a/Film.mkv", names[i].name, &subtitle), 0);
		ck_assert_str_eq(subtitle.language, names[i].language);
		ck_assert_str_eq(subtitle.label, names[i].label);
	}
}
END_TEST

START_TEST(flags_are_given)
{
	tstream_subtitle subtitle = TSTREAM_SUBTITLE_INIT;

	ck_assert_int_eq(tstream_subtitle_describe(NULL, "en.forced.sdh.srt", &subtitle), 0);
	ck_assert_uint_eq(subtitle.flags, TSTREAM_SUBTITLE_FORCED | TSTREAM_SUBTITLE_HEARING);
	ck_assert_int_eq(tstream_subtitle_describe(NULL, "en.srt", &subtitle), 0);
	ck_assert_uint_eq(subtitle.flags, 0);
}
END_TEST

START_TEST(long_labels_are_cut_between_characters)
{
	char name[512] = "";
	tstream_subtitle subtitle = TSTREAM_SUBTITLE_INIT;

	for (int i = 0; i < 50; i++)
		memcpy(name + strlen(name), "\xE6\x96\x87", 4);
	ck_assert_int_eq(tstream_subtitle_describe(NULL, name, &subtitle), 0);
	ck_assert_uint_lt(strlen(subtitle.label), sizeof(subtitle.label));
	ck_assert_uint_eq(strlen(subtitle.label) % 3, 0);
	ck_assert_uint_gt(strlen(subtitle.label), 30);
}
END_TEST

START_TEST(arguments_are_checked)
{
	tstream_subtitle subtitle = {0};

	ck_assert_int_eq(tstream_subtitle_describe(NULL, "a.srt", &subtitle), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_subtitle_describe(NULL, NULL, &subtitle), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_subtitle_describe(NULL, "a.srt", NULL), TSTREAM_EINVAL);
	ck_assert_uint_eq(tstream_torrent_get_subtitles(NULL, 0, &subtitle, 1), 0);
}
END_TEST

START_TEST(a_film_has_at_most_a_hundred)
{
	static char names[300][32] = {"F.mkv"};
	static const char *paths[300];

	for (size_t i = 0; i < 300; i++) {
		if (i > 0)
			snprintf(names[i], sizeof(names[i]), "F.%zu.en.srt", i);
		paths[i] = names[i];
	}
	tsi_sidecar_paths list = {get_path, paths, 300};
	ck_assert_uint_eq(tsi_sidecar_find(&list, 0, found), TSTREAM_MAX_SUBTITLES);
	ck_assert_str_eq(found[TSTREAM_MAX_SUBTITLES - 1].label, "English 100");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sidecars");
	TCase *tcase = tcase_create("sidecars");

	tcase_add_test(tcase, files_named_after_the_film_are_its_own);
	tcase_add_test(tcase, other_kinds_of_files_are_left_out);
	tcase_add_test(tcase, where_there_are_several_films_only_names_count);
	tcase_add_test(tcase, the_longer_name_wins);
	tcase_add_test(tcase, where_there_is_one_film_all_subtitles_are_its_own);
	tcase_add_test(tcase, a_sample_is_no_other_film);
	tcase_add_test(tcase, directories_of_subtitles_are_looked_into);
	tcase_add_test(tcase, directories_named_after_an_episode_hold_its_own);
	tcase_add_test(tcase, directories_named_after_a_language_say_it);
	tcase_add_test(tcase, films_at_the_root_have_theirs_there);
	tcase_add_test(tcase, what_lies_elsewhere_belongs_to_others);
	tcase_add_test(tcase, labels_are_distinct);
	tcase_add_test(tcase, names_say_the_language_in_many_ways);
	tcase_add_test(tcase, flags_are_given);
	tcase_add_test(tcase, long_labels_are_cut_between_characters);
	tcase_add_test(tcase, arguments_are_checked);
	tcase_add_test(tcase, a_film_has_at_most_a_hundred);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
