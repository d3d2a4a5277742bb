/* playlist.h - a torrent's playable files as an M3U playlist for players like VLC and mpv. */
#ifndef SERVER_PLAYLIST_H
#define SERVER_PLAYLIST_H

#include "text.h"

#include <tstream/tstream.h>

/* A file, as it is offered to one viewer. */
struct playlist_entry {
	const tstream_file *file;
	const char *link; /* see link.h; or "" */
	int64_t start_s;  /* where it resumes; 0: at its beginning */
};

bool playlist_is_playable(const tstream_file *file);

/* base: as https://tv.example.  Adds nothing for a file that cannot be played. */
void playlist_begin(struct text *text);
void playlist_add(struct text *text, const char *base, const char *infohash,
                  const struct playlist_entry *entry);

/* Most that one file's entry takes, with a link of that many bytes. */
size_t playlist_entry_bytes(const char *base, size_t link_size, const tstream_file *file);

#endif
