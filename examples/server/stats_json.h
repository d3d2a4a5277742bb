/* stats_json.h - the debug panel: what a torrent, its peers and its readers are doing. */
#ifndef SERVER_STATS_JSON_H
#define SERVER_STATS_JSON_H

#include <jansson.h>
#include <tstream/tstream.h>

/* NULL if memory ran out, or the torrent is gone. */
json_t *stats_json(tstream_torrent *torrent);

/* A piece map drawn with at most that many characters, however many pieces there are. */
#define STATS_JSON_MAP_BYTES 2048

/* pieces: TSTREAM_PIECE_ values.  out: digits of them, each for as many pieces as is returned:
 * 3 if all of those are here, else the most advanced state among those that are not. */
size_t stats_json_draw_map(const uint8_t *pieces, size_t count, char out[STATS_JSON_MAP_BYTES + 1]);

#endif
