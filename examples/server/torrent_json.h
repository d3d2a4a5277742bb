/* torrent_json.h - what the API says about a torrent. */
#ifndef SERVER_TORRENT_JSON_H
#define SERVER_TORRENT_JSON_H

#include <jansson.h>
#include <tstream/tstream.h>

/* Each gives NULL if memory ran out. */

/* Without its files, for lists. */
json_t *torrent_json_summary(tstream_torrent *torrent);

/* With its files. */
json_t *torrent_json_info(tstream_torrent *torrent);

/* As the API spells the constants of the library. */
const char *torrent_json_state(int state);
const char *torrent_json_waiting(int waiting_for);

#endif
