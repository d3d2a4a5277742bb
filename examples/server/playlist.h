/* playlist.h - a torrent's playable files as an M3U playlist for players like VLC and mpv. */
#ifndef SERVER_PLAYLIST_H
#define SERVER_PLAYLIST_H

#include "text.h"

#include <tstream/tstream.h>

/* base: as https://tv.example.  token: or "".  Adds nothing for a file that cannot be played. */
void playlist_begin(struct text *text);
void playlist_add(struct text *text, const char *base, const char *infohash, const char *token,
                  const tstream_file *file);

/* Most that one file's entry takes, for a path of that many bytes. */
size_t playlist_entry_bytes(const char *base, const char *token, const tstream_file *file);

#endif
