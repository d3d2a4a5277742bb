#include "playlist.h"

#include <inttypes.h>
#include <string.h>

void playlist_begin(struct text *text)
{
	text_add(text, "#EXTM3U\n");
}

bool playlist_is_playable(const tstream_file *file)
{
	return file->media_kind == TSTREAM_MEDIA_VIDEO || file->media_kind == TSTREAM_MEDIA_AUDIO;
}

/* A line's text: a title cannot hold a line end, or it would begin an entry of its own. */
static void add_title(struct text *text, const char *title)
{
	for (const char *p = title; *p; p++)
		text_add_bytes(text, (unsigned char)*p < ' ' || *p == 127 ? " " : p, 1);
}

void playlist_add(struct text *text, const char *base, const char *infohash,
                  const struct playlist_entry *entry)
{
	if (!playlist_is_playable(entry->file))
		return;
	text_add(text, "#EXTINF:-1,");
	add_title(text, entry->file->path);
	/* VLC's own; to others it is a comment. */
	if (entry->start_s > 0)
		text_addf(text, "\n#EXTVLCOPT:start-time=%" PRId64, entry->start_s);
	text_addf(text, "\n%s/api/stream?infohash=%s&file_index=%" PRIu32, base, infohash,
	          entry->file->index);
	if (entry->link[0]) {
		text_add(text, "&link=");
		text_add_percent_encoded(text, entry->link);
	}
	text_add(text, "\n");
}

size_t playlist_entry_bytes(const char *base, size_t link_size, const tstream_file *file)
{
	return playlist_is_playable(file) ? strlen(base) + strlen(file->path) + link_size + 224 : 0;
}
