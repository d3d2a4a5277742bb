/**
 * Whatever bytes come as subtitles, what comes out is WebVTT that a browser takes for
 * text: UTF-8, cues in order, each with text, no tags but the plain ones, all of them
 * closed.  And it comes out again unchanged.
 *
 * The first byte chooses the charset, the second a delay.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check_characters(const char *text, size_t size)
{
	uint32_t point;

	for (size_t i = 0; i < size;) {
		size_t taken = tsi_text_decode(text + i, size - i, &point);
		require(taken > 0 && point != 0xFEFF);
		require(point == '\n' || (point >= 0x20 && (point < 0x7F || point >= 0xA0)));
		i += taken;
	}
}

static int64_t take_number(const char **at, size_t digits, char after)
{
	int64_t value = 0;
	size_t count = strspn(*at, "0123456789");

	/* Hours may have more than two. */
	require(count == digits || (digits == 2 && count > 2 && after == ':'));
	for (size_t i = 0; i < count; i++)
		value = value * 10 + (*at)[i] - '0';
	*at += count;
	require(after == '\0' || *(*at)++ == after);
	return value;
}

static int64_t take_time(const char **at)
{
	int64_t hours = take_number(at, 2, ':');
	int64_t minutes = take_number(at, 2, ':');
	int64_t seconds = take_number(at, 2, '.');
	int64_t ms = take_number(at, 3, '\0');

	require(minutes < 60 && seconds < 60);
	return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

/** @return the start */
static int64_t check_timing(const char **at)
{
	int64_t start = take_time(at);
	require(starts_with(*at, " --> "));
	*at += 5;
	require(take_time(at) > start);
	while (**at == ' ') {
		++*at;
		size_t name = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
		size_t value = strspn(*at + name + 1, "abcdefghijklmnopqrstuvwxyz0123456789.,%-");
		require(name > 0 && (*at)[name] == ':' && value > 0);
		*at += name + 1 + value;
	}
	require(*(*at)++ == '\n');
	return start;
}

static size_t check_entity(const char *at)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (starts_with(at, known[i]))
			return strlen(known[i]);
	}
	require(false);
	return 0;
}

typedef struct nesting {
	const char *open[8];
	size_t count;
} nesting;

static size_t check_tag(const char *at, nesting *tags)
{
	static const char *const known[] = {"b>", "i>", "u>", "ruby>", "rt>"};
	bool is_closing = at[1] == '/';
	const char *name = at + 1 + is_closing;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!starts_with(name, known[i]))
			continue;
		if (is_closing)
			require(tags->count > 0 && tags->open[--tags->count] == known[i]);
		else
			tags->open[tags->count++] = known[i];
		require(tags->count < 8);
		return (size_t)(name - at) + strlen(known[i]);
	}
	require(false);
	return 0;
}

/** Up to the blank line after it. */
static void check_text(const char **at)
{
	nesting tags = {.count = 0};

	require(**at != '\n');
	while (!starts_with(*at, "\n\n")) {
		require(**at != '\0' && **at != '>');
		if (**at == '<')
			*at += check_tag(*at, &tags);
		else if (**at == '&')
			*at += check_entity(*at);
		else
			++*at;
	}
	require(tags.count == 0);
	*at += 2;
}

/** @return when the last cue starts */
static int64_t check_webvtt(const char *text, size_t size)
{
	const char *at = text;
	int64_t last = 0;

	require(strlen(text) == size && size <= TSTREAM_MAX_WEBVTT_BYTES);
	check_characters(text, size);
	require(starts_with(at, "WEBVTT\n\n"));
	at += 8;
	while (*at != '\0') {
		int64_t start = check_timing(&at);
		require(start >= last);
		last = start;
		check_text(&at);
	}
	return last;
}

static void check_again(const char *text, size_t size)
{
	char *again = NULL;
	size_t again_size = 0;

	require(tstream_subtitle_to_webvtt(text, size, NULL, &again, &again_size, NULL) == 0);
	require(again_size == size && memcmp(again, text, size) == 0);
	tstream_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = {NULL,           "UTF-8",   "UTF-16",    "UTF-16BE",
	                                       "UTF-32",       "GB18030", "Shift_JIS", "Big5",
	                                       "EUC-KR",       "EUC-TW",  "EUC-JP",    "windows-1258",
	                                       "windows-1255", "JOHAB",   "VISCII",    "no-such"};
	tstream_subtitle_options options = TSTREAM_SUBTITLE_OPTIONS_INIT;
	tstream_error err = {0};
	char *text = NULL;
	size_t text_size = 0;

	if (size < 2)
		return 0;
	options.charset = charsets[data[0] % (sizeof(charsets) / sizeof(charsets[0]))];
	options.delay_ms = ((int64_t)data[1] - '0') * 1000;
	int code = tstream_subtitle_to_webvtt(data + 2, size - 2, &options, &text, &text_size, &err);
	if (code == TSTREAM_OK) {
		/* Beyond this, which is eleven years, numbers are not read as times. */
		if (check_webvtt(text, text_size) < INT64_C(99000) * 3600 * 1000)
			check_again(text, text_size);
	} else {
		require(code == TSTREAM_EINVAL && err.code == code && err.message[0] != '\0' && !text);
	}
	tstream_free(text);
	return 0;
}
