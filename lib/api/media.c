/**
 * api/media.c - what kind of file a name promises.
 */
#include <tstream/media.h>

#include "core/media.h"

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
