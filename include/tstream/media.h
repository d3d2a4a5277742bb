/**
 * tstream/media.h - what kind of file a name promises, and subtitles that browsers show.
 *
 * Kinds go by extension only: nothing is opened, nothing can fail.
 */
#ifndef TSTREAM_MEDIA_H
#define TSTREAM_MEDIA_H

#include <tstream/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSTREAM_MEDIA_OTHER 0
#define TSTREAM_MEDIA_VIDEO 1
#define TSTREAM_MEDIA_AUDIO 2
#define TSTREAM_MEDIA_SUBTITLE 3
#define TSTREAM_MEDIA_IMAGE 4

/** @param path  a file name or path; only its last extension counts, in any case
 *  @return a TSTREAM_MEDIA_ kind
 *  @since 0.1 */
TSTREAM_API int tstream_media_kind(const char *path);

/** @return the media type (RFC 6838) as registered with IANA or, where nothing is
 *          registered, as browsers and players use it; "application/octet-stream"
 *          for names that say nothing.  Static; never NULL.
 *  @since 0.1 */
TSTREAM_API const char *tstream_media_type(const char *path);

/** @return 1 if people would press play on it (video or audio), else 0.
 *  @since 0.1 */
TSTREAM_API int tstream_media_is_playable(const char *path);

/** @name Subtitles
 *  Browsers show WebVTT (W3C) in UTF-8 and nothing else; films come with SubRip (.srt) in
 *  any charset.  Which files of a torrent are a film's subtitles says
 *  tstream_torrent_get_subtitles(); here their bytes become WebVTT.  Neither threads nor
 *  files are involved.
 *  @{ */
#define TSTREAM_MAX_SUBTITLE_BYTES (8 * 1024 * 1024) /**< of input */
#define TSTREAM_MAX_WEBVTT_BYTES (32 * 1024 * 1024)  /**< of output */
#define TSTREAM_MAX_SUBTITLE_DELAY_MS (24 * 3600 * 1000)

/** Start from TSTREAM_SUBTITLE_OPTIONS_INIT, or call tstream_subtitle_options_init().
 *  Fields are only appended; 0 = default. */
typedef struct tstream_subtitle_options {
	uint32_t struct_size; /**< sizeof, as your compiler saw it */
	uint32_t flags;       /**< none yet: must be 0 */
	const char *charset;  /**< of the input, as in "windows-1251" or "Shift_JIS"; NULL: find
	                           out.  Borrowed for the call */
	int64_t delay_ms;     /**< shown so much later, or earlier if negative; at most
	                           TSTREAM_MAX_SUBTITLE_DELAY_MS either way */
} tstream_subtitle_options;

#ifndef SWIG
#define TSTREAM_SUBTITLE_OPTIONS_INIT                                                              \
	{                                                                                              \
		.struct_size = sizeof(tstream_subtitle_options)                                            \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_subtitle_options_init(tstream_subtitle_options *options);

/**
 * Convert SubRip or WebVTT, told apart by their first bytes, to WebVTT.
 *
 * Without a charset given: a byte order mark decides, then zeros betray UTF-16 and
 * UTF-32, then what is valid UTF-8 is UTF-8 (a wrong byte among many right ones becomes
 * U+FFFD), then uchardet guesses, and windows-1252 is the last resort.
 *
 * SubRip is read as forgivingly as players do: any line end; numbers that lack, are
 * negative or dotted; "00:00:01,000 --> 00:00:02,000" with dots, colons, full-width
 * signs, "->", "- >", fewer digits (",5" is half a second) or none, coordinates after
 * it, hours beyond 24; text that consists of digits, or has blank lines.  A cue that
 * ends before it begins is shown for two seconds.
 *
 * The output is UTF-8 without a byte order mark; its cues are in order of their start;
 * of tags only b, i, u, ruby and rt are left, properly nested; all other '<', '>' and
 * '&' are escaped; of WebVTT's own, well-formed cue settings stay, but identifiers,
 * notes, regions and style sheets go.
 *
 * @param bytes     at most TSTREAM_MAX_SUBTITLE_BYTES
 * @param options   NULL for the defaults
 * @param out_text  NUL terminated; yours to tstream_free()
 * @param out_size  without the NUL; may be NULL
 * @return 0; EINVAL (too large, a charset that is not known, or SubRip without a single
 *         cue), ENOTSUP (no Unicode, and the library was built without uchardet), ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_subtitle_to_webvtt(const void *bytes, size_t size,
                                           const tstream_subtitle_options *options, char **out_text,
                                           size_t *out_size, tstream_error *err);

/** @return 1 if it can stand in tstream_subtitle_options.charset: Unicode, and those of
 *          the Encoding Standard and of IBM that subtitles are written in; letters and
 *          digits count, and neither case nor punctuation
 *  @since 0.1 */
TSTREAM_API int tstream_subtitle_is_charset(const char *charset);

/** @return 1 if tstream_subtitle_to_webvtt() reads files of this name (.srt, .vtt)
 *  @since 0.1 */
TSTREAM_API int tstream_subtitle_is_convertible(const char *path);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
