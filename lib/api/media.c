/**
 * api/media.c - what kind of file a name promises; subtitles.
 */
#include <stdlib.h>
#include <tstream/media.h>

#include "api/structs.h"
#include "base/log.h"
#include "core/media.h"
#include "core/sidecar.h"
#include "core/subtitle.h"
#include "media/charset.h"

int tstream_media_kind(const char *path)
{
	return tsi_media_find(path)->kind;
}

const char *tstream_media_type(const char *path)
{
	return tsi_media_find(path)->type;
}

int tstream_media_is_playable(const char *path)
{
	int kind = tsi_media_find(path)->kind;

	return kind == TSTREAM_MEDIA_VIDEO || kind == TSTREAM_MEDIA_AUDIO;
}

int tstream_subtitle_is_convertible(const char *path)
{
	return path && tsi_sidecar_is_convertible(path);
}

int tstream_subtitle_is_charset(const char *charset)
{
	return charset && tsi_charset_find(charset) != NULL;
}

void tstream_subtitle_options_init(tstream_subtitle_options *options)
{
	if (options)
		*options = (tstream_subtitle_options)TSTREAM_SUBTITLE_OPTIONS_INIT;
}

static int check_options(const tstream_subtitle_options *theirs, tstream_subtitle_options *ours,
                         tstream_error *err)
{
	*ours = (tstream_subtitle_options)TSTREAM_SUBTITLE_OPTIONS_INIT;
	if (theirs && !tsi_struct_in(ours, sizeof(*ours), theirs))
		return tsi_fail(err, TSTREAM_EINVAL, "options.struct_size is not set");
	if (ours->flags)
		return tsi_fail(err, TSTREAM_EINVAL, "options.flags has a flag that is not known");
	if (ours->delay_ms > TSTREAM_MAX_SUBTITLE_DELAY_MS ||
	    ours->delay_ms < -TSTREAM_MAX_SUBTITLE_DELAY_MS)
		return tsi_fail(err, TSTREAM_EINVAL, "the delay is more than a day");
	return TSTREAM_OK;
}

/** @param output  its bytes are the caller's, whatever comes of it */
static int convert(const void *bytes, size_t size, const tstream_subtitle_options *options,
                   tsi_buffer *output, tstream_error *err)
{
	tsi_buffer text = {0};
	int code = tsi_charset_convert(bytes, size, options->charset, &text, err);

	if (code == TSTREAM_OK) {
		tsi_slice source = {text.bytes, text.bytes + text.size};
		code = tsi_subtitle_convert(source, options->delay_ms, output, err);
	}
	free(text.bytes);
	return code;
}

int tstream_subtitle_to_webvtt(const void *bytes, size_t size,
                               const tstream_subtitle_options *options, char **out_text,
                               size_t *out_size, tstream_error *err)
{
	tstream_subtitle_options ours;
	tsi_buffer output = {.max_size = TSTREAM_MAX_WEBVTT_BYTES};

	if ((!bytes && size) || !out_text)
		return tsi_fail(err, TSTREAM_EINVAL, "bytes and out_text are required");
	if (size > TSTREAM_MAX_SUBTITLE_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "subtitles have at most 8 MiB");
	int code = check_options(options, &ours, err);
	if (code == TSTREAM_OK)
		code = convert(bytes, size, &ours, &output, err);
	if (code != TSTREAM_OK) {
		free(output.bytes);
		return code;
	}
	*out_text = output.bytes;
	if (out_size)
		*out_size = output.size;
	return TSTREAM_OK;
}
