/* hangups.h - cancels the readers of clients that hang up while they wait for bytes.
 *
 * A viewer who seeks hangs up and asks anew.  As long as the reader of before is there, its window
 * competes with the new one: over a poor swarm 200 ms of that are 100 ms of a seek.  So one thread
 * watches the connections of all who wait.
 */
#ifndef SERVER_HANGUPS_H
#define SERVER_HANGUPS_H

#include <stdint.h>
#include <tstream/tstream.h>

struct hangups;

/* NULL: there is no thread to be had. */
struct hangups *hangups_new(void);

/* Once nobody is watched. */
void hangups_free(struct hangups *hangups);

/* A client that is watched: the caller's, and left alone until unwatched. */
struct hangup_watch {
	struct hangup_watch *next;
	tstream_reader *reader;
	uint64_t id; /* 0: not watched */
	int descriptor;
};

/* From now on cancel the reader as soon as the client of that socket hangs up; see socket.h for
 * what that is.  If the socket cannot be watched nothing happens: the caller looks now and then,
 * too. */
void hangups_watch(struct hangups *hangups, struct hangup_watch *watch, int descriptor,
                   tstream_reader *reader);

/* When it returns, the reader is not touched any more. */
void hangups_unwatch(struct hangups *hangups, struct hangup_watch *watch);

#endif
