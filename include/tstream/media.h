/**
 * tstream/media.h - what kind of file a name promises.
 *
 * By extension only: nothing is opened, nothing can fail.
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

#ifdef __cplusplus
}
#endif
#endif
