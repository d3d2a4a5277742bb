/**
 * What kind of file a name promises.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <tstream/media.h>

#include "suite.h"

START_TEST(extensions_give_their_registered_types)
{
	static const struct {
		const char *path;
		const char *type;
		int kind;
	} known[] = {
	    {"a.mkv", "video/matroska", TSTREAM_MEDIA_VIDEO},
	    {"a.mp4", "video/mp4", TSTREAM_MEDIA_VIDEO},
	    {"a.m4v", "video/mp4", TSTREAM_MEDIA_VIDEO},
	    {"a.webm", "video/webm", TSTREAM_MEDIA_VIDEO},
	    {"a.avi", "video/x-msvideo", TSTREAM_MEDIA_VIDEO},
	    {"a.mov", "video/quicktime", TSTREAM_MEDIA_VIDEO},
	    {"a.ts", "video/mp2t", TSTREAM_MEDIA_VIDEO},
	    {"a.m2ts", "video/mp2t", TSTREAM_MEDIA_VIDEO},
	    {"a.ogv", "video/ogg", TSTREAM_MEDIA_VIDEO},
	    {"a.wmv", "video/x-ms-wmv", TSTREAM_MEDIA_VIDEO},
	    {"a.flv", "video/x-flv", TSTREAM_MEDIA_VIDEO},
	    {"a.mpg", "video/mpeg", TSTREAM_MEDIA_VIDEO},
	    {"a.3g2", "video/3gpp2", TSTREAM_MEDIA_VIDEO},
	    {"a.mp3", "audio/mpeg", TSTREAM_MEDIA_AUDIO},
	    {"a.m4a", "audio/mp4", TSTREAM_MEDIA_AUDIO},
	    {"a.flac", "audio/flac", TSTREAM_MEDIA_AUDIO},
	    {"a.opus", "audio/ogg", TSTREAM_MEDIA_AUDIO},
	    {"a.ogg", "audio/ogg", TSTREAM_MEDIA_AUDIO},
	    {"a.wav", "audio/wav", TSTREAM_MEDIA_AUDIO},
	    {"a.aac", "audio/aac", TSTREAM_MEDIA_AUDIO},
	    {"a.srt", "application/x-subrip", TSTREAM_MEDIA_SUBTITLE},
	    {"a.vtt", "text/vtt", TSTREAM_MEDIA_SUBTITLE},
	    {"a.ass", "text/x-ssa", TSTREAM_MEDIA_SUBTITLE},
	    {"a.sub", "text/x-microdvd", TSTREAM_MEDIA_SUBTITLE},
	    {"a.jpg", "image/jpeg", TSTREAM_MEDIA_IMAGE},
	    {"a.png", "image/png", TSTREAM_MEDIA_IMAGE},
	    {"a.webp", "image/webp", TSTREAM_MEDIA_IMAGE},
	    {"a.gif", "image/gif", TSTREAM_MEDIA_IMAGE},
	    {"a.nfo", "text/plain", TSTREAM_MEDIA_OTHER},
	    {"a.txt", "text/plain", TSTREAM_MEDIA_OTHER},
	    {"a.zip", "application/zip", TSTREAM_MEDIA_OTHER},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ck_assert_str_eq(tstream_media_type(known[i].path), known[i].type);
		ck_assert_msg(tstream_media_kind(known[i].path) == known[i].kind, "%s", known[i].path);
	}
}
END_TEST

START_TEST(the_case_of_an_extension_does_not_matter)
{
	ck_assert_str_eq(tstream_media_type("FILM.MKV"), "video/matroska");
	ck_assert_str_eq(tstream_media_type("Film.Mp4"), "video/mp4");
}
END_TEST

START_TEST(only_the_last_extension_of_the_last_component_counts)
{
	ck_assert_str_eq(tstream_media_type("film.mkv.mp4"), "video/mp4");
	ck_assert_str_eq(tstream_media_type("dir.mkv/film.webm"), "video/webm");
	ck_assert_str_eq(tstream_media_type("dir.mkv/readme"), "application/octet-stream");
	/* The usual fake: a shortcut dressed up as a film. */
	ck_assert_int_eq(tstream_media_is_playable("film.mkv.lnk"), 0);
	ck_assert_int_eq(tstream_media_is_playable("film.mp4.exe"), 0);
}
END_TEST

START_TEST(names_that_say_nothing_are_octet_streams)
{
	static const char *const names[] = {"",     ".",      "mkv",    ".mkv",   "dir/.mp4", "a.",
	                                    "a.mk", "a.mkvv", "a.\xFF", "a.mkv ", NULL};

	for (size_t i = 0; i == 0 || names[i - 1]; i++) {
		ck_assert_str_eq(tstream_media_type(names[i]), "application/octet-stream");
		ck_assert_int_eq(tstream_media_kind(names[i]), TSTREAM_MEDIA_OTHER);
	}
}
END_TEST

START_TEST(what_a_browser_would_run_has_no_type)
{
	static const char *const names[] = {"a.html", "a.htm", "a.xhtml", "a.svg", "a.js", "a.xml"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(tstream_media_type(names[i]), "application/octet-stream");
}
END_TEST

START_TEST(video_and_audio_are_playable_and_nothing_else)
{
	ck_assert_int_eq(tstream_media_is_playable("a.mkv"), 1);
	ck_assert_int_eq(tstream_media_is_playable("a.flac"), 1);
	ck_assert_int_eq(tstream_media_is_playable("a.srt"), 0);
	ck_assert_int_eq(tstream_media_is_playable("a.jpg"), 0);
	ck_assert_int_eq(tstream_media_is_playable("a.nfo"), 0);
	ck_assert_int_eq(tstream_media_is_playable(NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media");
	TCase *tcase = tcase_create("media");

	tcase_add_test(tcase, extensions_give_their_registered_types);
	tcase_add_test(tcase, the_case_of_an_extension_does_not_matter);
	tcase_add_test(tcase, only_the_last_extension_of_the_last_component_counts);
	tcase_add_test(tcase, names_that_say_nothing_are_octet_streams);
	tcase_add_test(tcase, what_a_browser_would_run_has_no_type);
	tcase_add_test(tcase, video_and_audio_are_playable_and_nothing_else);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
