/* keeper.h - holds on to torrents between requests.
 *
 * A torrent leaves its swarm with its last reference.  Players pause and seek by hanging up and
 * asking again, so the server keeps a reference until nobody has used a torrent for a while.
 */
#ifndef SERVER_KEEPER_H
#define SERVER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/tstream.h>

struct keeper;

struct keeper *keeper_new(unsigned capacity, int64_t idle_us);
void keeper_free(struct keeper *keeper);

/* Hold it, or note that it was used.  Takes a reference of its own.
 * 0 and whether it was not held before; TSTREAM_ELIMIT if all that are held are streaming */
int keeper_keep(struct keeper *keeper, tstream_torrent *torrent, bool *out_is_new);

/* Those that were used last, the latest first.  The references are the caller's to give back.
 * Gives how many. */
unsigned keeper_list(struct keeper *keeper, tstream_torrent **out_torrents, unsigned capacity);

/* Let go of one that was removed, and not of the same torrent opened anew meanwhile.
 * false: it was not held. */
bool keeper_forget(struct keeper *keeper, const tstream_torrent *torrent);

/* Let go of the one that was not used for the longest.  false: all are streaming. */
bool keeper_drop_idlest(struct keeper *keeper);

/* Let go of all whose time is up; to be called now and then. */
void keeper_expire(struct keeper *keeper);

#endif
