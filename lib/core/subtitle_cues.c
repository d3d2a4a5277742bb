/**
 * core/subtitle_cues.c - from lines to cues.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/subtitle.h"

/** Reading goes line by line; what is known of the cue that is being read. */
typedef struct reading {
	tsi_cues *cues;
	bool is_webvtt;
	bool has_cue; /**< lines belong to the last cue */
	/* The last line that was not blank since the last timing line. */
	bool has_line;
	bool is_first_line;
	bool is_after_blank;  /**< there was a blank one before it, */
	bool is_before_blank; /**< or after it */
	tsi_slice line;
	int64_t number; /**< of the last cue, given or counted */
} reading;

bool tsi_subtitle_next_line(tsi_slice *rest, tsi_slice *out_line)
{
	if (rest->begin == rest->end)
		return false;
	const char *at = rest->begin;
	while (at < rest->end && *at != '\n' && *at != '\r')
		at++;
	*out_line = (tsi_slice){rest->begin, at};
	/* CR CR LF is what a careless conversion makes of CR LF. */
	ptrdiff_t left = rest->end - at;
	if (left >= 3 && at[0] == '\r' && at[1] == '\r' && at[2] == '\n')
		at += 3;
	else if (left >= 2 && at[0] == '\r' && at[1] == '\n')
		at += 2;
	else if (left >= 1)
		at += 1;
	rest->begin = at;
	return true;
}

bool tsi_subtitle_is_webvtt(tsi_slice source)
{
	static const char signature[] = "WEBVTT";
	size_t length = sizeof(signature) - 1;

	if ((size_t)(source.end - source.begin) < length ||
	    memcmp(source.begin, signature, length) != 0)
		return false;
	const char *next = source.begin + length;
	return next == source.end || *next == ' ' || *next == '\t' || *next == '\n' || *next == '\r';
}

static bool is_blank(tsi_slice line)
{
	while (line.begin < line.end && (*line.begin == ' ' || *line.begin == '\t'))
		line.begin++;
	return line.begin == line.end;
}

static int add_cue(tsi_cues *cues, const tsi_cue *cue, tstream_error *err)
{
	if (cues->count == TSI_MAX_CUES)
		return tsi_fail(err, TSTREAM_EINVAL, "the subtitles have more than %zu cues", TSI_MAX_CUES);
	if (cues->count == cues->capacity) {
		size_t capacity = cues->capacity ? cues->capacity * 2 : 256;
		tsi_cue *items = realloc(cues->items, capacity * sizeof(*items));
		if (!items)
			return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
		cues->items = items;
		cues->capacity = capacity;
	}
	cues->items[cues->count++] = *cue;
	return TSTREAM_OK;
}

/** Is the last line before a timing line its number, or text that consists of digits?
 *  Right above the timing line it is the number, unless that left the cue before it
 *  without any text; apart from it only the number that is next in order is one. */
static bool is_number_of_next(const reading *r, int64_t *out_number)
{
	if (!r->has_line || r->is_webvtt || !tsi_subtitle_parse_number(r->line, out_number))
		return false;
	bool is_next = *out_number == r->number + 1;
	if (r->is_before_blank)
		return r->is_after_blank && is_next;
	return r->is_after_blank || is_next || !r->is_first_line || !r->has_cue;
}

/** A timing line ends what came before it. */
static int begin_cue(reading *r, tsi_slice line, const tsi_cue *timing, tstream_error *err)
{
	int64_t number = 0;
	bool has_number = is_number_of_next(r, &number);

	if (r->has_cue && has_number)
		r->cues->items[r->cues->count - 1].text.end = r->line.begin;
	tsi_cue cue = *timing;
	/* Nothing of a SubRip line's rest is of use: it gives pixels of an unknown picture. */
	if (!r->is_webvtt)
		cue.settings = (tsi_slice){line.end, line.end};
	cue.text = (tsi_slice){line.end, line.end};
	r->number = has_number ? number : r->number + 1;
	r->has_line = false;
	r->is_before_blank = false;
	r->has_cue = true;
	return add_cue(r->cues, &cue, err);
}

static void take_line(reading *r, tsi_slice line)
{
	r->is_after_blank = r->is_before_blank;
	r->is_before_blank = false;
	r->is_first_line = !r->has_line;
	r->has_line = true;
	r->line = line;
	if (r->has_cue)
		r->cues->items[r->cues->count - 1].text.end = line.end;
}

/** WebVTT is a standard: there other arrows are text. */
static bool may_be_timing(const reading *r, tsi_slice line)
{
	return !r->is_webvtt || memmem(line.begin, (size_t)(line.end - line.begin), "-->", 3);
}

static int read_line(reading *r, tsi_slice line, tstream_error *err)
{
	tsi_cue timing = {0};

	if (is_blank(line)) {
		r->is_before_blank = true;
		/* In SubRip only the next timing line ends a cue: text may have blank lines. */
		r->has_cue = r->has_cue && !r->is_webvtt;
		return TSTREAM_OK;
	}
	if (may_be_timing(r, line) &&
	    tsi_subtitle_parse_timing(line, &timing.start_ms, &timing.end_ms, &timing.settings))
		return begin_cue(r, line, &timing, err);
	take_line(r, line);
	return TSTREAM_OK;
}

int tsi_subtitle_find_cues(tsi_slice source, tsi_cues *out_cues, tstream_error *err)
{
	reading r = {.cues = out_cues, .is_webvtt = tsi_subtitle_is_webvtt(source)};
	tsi_slice line;
	int code = TSTREAM_OK;

	*out_cues = (tsi_cues){0};
	while (code == TSTREAM_OK && tsi_subtitle_next_line(&source, &line))
		code = read_line(&r, line, err);
	if (code != TSTREAM_OK) {
		free(out_cues->items);
		*out_cues = (tsi_cues){0};
	}
	return code;
}
