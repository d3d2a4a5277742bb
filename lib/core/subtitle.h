/**
 * core/subtitle.h - subtitles as text: SubRip or WebVTT in, WebVTT out.
 *
 * SubRip has no standard; its files are read as forgivingly as players read them.  What
 * comes out is WebVTT as the W3C has it: cues in the order of their start, each ending
 * after it begins, without style sheets or regions, and with no tags but b, i, u, ruby
 * and rt, properly nested.
 *
 * All text here is UTF-8; it is the caller's to see to that.
 */
#ifndef TSI_CORE_SUBTITLE_H
#define TSI_CORE_SUBTITLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

#include "base/buffer.h"

/** Far more than any film has. */
#define TSI_MAX_CUES ((size_t)200000)

/** A piece of someone's text. */
typedef struct tsi_slice {
	const char *begin;
	const char *end;
} tsi_slice;

/** What is shown and when; the slices lie in the source. */
typedef struct tsi_cue {
	int64_t start_ms; /**< may be negative */
	int64_t end_ms;
	tsi_slice text;     /**< whole lines, blank ones among them */
	tsi_slice settings; /**< of WebVTT, unchecked; empty for SubRip */
} tsi_cue;

typedef struct tsi_cues {
	tsi_cue *items; /**< free() */
	size_t count;
	size_t capacity;
} tsi_cues;

/** Convert.
 *  @param source     UTF-8
 *  @param delay_ms   added to all times; what then ends before 0 is left out
 *  @param output     what it is added to
 *  @return 0; EINVAL (nothing that could be shown, or too much), ENOMEM */
int tsi_subtitle_convert(tsi_slice source, int64_t delay_ms, tsi_buffer *output,
                         tstream_error *err);

/** @name Its parts
 *  @{ */

/** Cut the next line, which ends in LF, CR, CR LF or CR CR LF, off @p rest.
 *  @return false at the end */
bool tsi_subtitle_next_line(tsi_slice *rest, tsi_slice *out_line);

/** True if it begins as WebVTT does. */
bool tsi_subtitle_is_webvtt(tsi_slice source);

/** Find the cues, in the order of the source.  @return 0; EINVAL (too many), ENOMEM */
int tsi_subtitle_find_cues(tsi_slice source, tsi_cues *out_cues, tstream_error *err);

/** "00:00:01,000 --> 00:00:02,000" and its many misspellings.
 *  @param out_rest  what stands after it on the line
 *  @return false if the line is none; then no out_ was touched */
bool tsi_subtitle_parse_timing(tsi_slice line, int64_t *out_start_ms, int64_t *out_end_ms,
                               tsi_slice *out_rest);

/** The number before a cue: "12", "-1", "12.".  @return false if the line is none */
bool tsi_subtitle_parse_number(tsi_slice line, int64_t *out_number);

/** @param ms  from 0 on */
void tsi_subtitle_add_time(tsi_buffer *output, int64_t ms);

/** Add " name:value" for each setting that WebVTT knows and that is well formed. */
void tsi_subtitle_add_settings(tsi_buffer *output, tsi_slice settings);

/** Add the text of a cue, escaped and without blank lines.
 *  @param has_braces  "{b}" and "{\\an8}" are markup, as in SubRip
 *  @return false if there is nothing in it to be seen */
bool tsi_subtitle_add_text(tsi_buffer *output, tsi_slice text, bool has_braces);
/** @} */

#endif
