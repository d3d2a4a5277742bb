/* subtitle_convert.h - tstream_subtitle_to_webvtt() on a stack that is deep enough for the
 * converters of charsets that the C library loads. */
#ifndef SERVER_SUBTITLE_CONVERT_H
#define SERVER_SUBTITLE_CONVERT_H

#include <tstream/tstream.h>

/* As tstream_subtitle_to_webvtt(). */
int subtitle_convert(const char *bytes, size_t size, const tstream_subtitle_options *options,
                     char **out_text, size_t *out_size, tstream_error *err);

#endif
