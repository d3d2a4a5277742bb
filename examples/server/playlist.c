#include "playlist.h"

#include <inttypes.h>
#include <string.h>

void playlist_begin(struct text *text)
{
	text_add(text, "#EXTM3U\n");
}

static bool is_playable(const tstream_file *file)
{
	return file->media_kind == TSTREAM_MEDIA_VIDEO || file->media_kind == TSTREAM_MEDIA_AUDIO;
}

/* A line's text: a title cannot hold a line end, or it would begin an entry of its own. */
static void add_title(struct text *text, const char *title)
{
	for (const char *p = title; *p; p++)
		text_add_bytes(text, (unsigned char)*p < ' ' || *p == 127 ? " " : p, 1);
}

void playlist_add(struct text *text, const char *base, const char *infohash, const char *token,
                  const tstream_file *file)
{
	if (!is_playable(file))
		return;
	text_add(text, "#EXTINF:-1,");
	add_title(text, file->path);
	text_addf(text, "\n%s/api/stream?infohash=%s&file_index=%" PRIu32, base, infohash, file->index);
	if (token[0]) {
		text_add(text, "&token=");
		text_add_percent_encoded(text, token);
	}
	text_add(text, "\n");
}

size_t playlist_entry_bytes(const char *base, const char *token, const tstream_file *file)
{
	return is_playable(file) ? strlen(base) + strlen(file->path) + 3 * strlen(token) + 160 : 0;
}
