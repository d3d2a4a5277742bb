/* recorder.h - writes down who watches what, beside the threads that stream.
 *
 * A stream says now and then which bytes it sent to whom; that is put in a queue, and costs it a
 * lock and a copy.  The recorder's own thread keeps a watch (watch.h) for each viewer and file and
 * takes what comes of it to the database.  All is bounded: what does not fit into the queue is
 * dropped, and the watch that was quiet for longest makes way for a new one.
 */
#ifndef SERVER_RECORDER_H
#define SERVER_RECORDER_H

#include "link.h"

#include <stdbool.h>
#include <stdint.h>
#include <tstream/tstream.h>

struct recorder;
struct stores;

/* Some bytes of a file were sent. */
struct sighting {
	char viewer[LINK_VIEWER_BYTES];
	char infohash[TSTREAM_INFOHASH_BYTES];
	uint32_t file_index;
	uint64_t file_size;
	uint64_t begin;
	uint64_t end;
	int64_t began_us; /* monotonic */
	int64_t ended_us;
};

/* Both are lent, and must outlive it; session: for names and durations. */
struct recorder *recorder_new(struct stores *stores, tstream_session *session);

/* Writes what is left, if the database is well.  NULL is fine. */
void recorder_free(struct recorder *recorder);

/* Never waits for a database.  NULL is fine. */
void recorder_note(struct recorder *recorder, const struct sighting *sighting);

/* The viewer's player told its position by itself, and knows better for a while.
 * duration_us  0: not told */
void recorder_note_position(struct recorder *recorder, const char *viewer, const char *infohash,
                            uint32_t file_index, int64_t duration_us);

/* The viewer wants what was seen so far forgotten. */
void recorder_forget(struct recorder *recorder, const char *viewer);

/* The account is gone for good, though its links and streams may go on for a while: nothing of it
 * is recorded any more.  The last 256 are remembered. */
void recorder_dismiss(struct recorder *recorder, const char *account_id);

#endif
