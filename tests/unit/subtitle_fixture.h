/**
 * Converting subtitles, and what is expected of it, in few words.
 */
#ifndef TESTS_SUBTITLE_FIXTURE_H
#define TESTS_SUBTITLE_FIXTURE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#define HEAD "WEBVTT\n\n"
#define TIME "00:00:01,000 --> 00:00:02,000\n"
#define SHOWN HEAD "00:00:01.000 --> 00:00:02.000\n"

/** @return what becomes of it; it lives as long as the test's process */
static inline const char *convert_with(const char *bytes, size_t size, const char *charset,
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

static inline const char *convert(const char *source)
{
	return convert_with(source, strlen(source), NULL, 0);
}

/** @return the code it is refused with */
static inline int refuse(const void *bytes, size_t size, const tstream_subtitle_options *options)
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

#endif
