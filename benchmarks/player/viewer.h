/*
 * viewer.h - one person: a playback, and the HTTP connection that feeds it.
 *
 * Reads what the playback has room for and no more, compares every byte with the
 * original, and seeks by closing the connection and asking anew, as players do.
 */
#ifndef PLAYER_VIEWER_H
#define PLAYER_VIEWER_H

#include "../probe/original.h"
#include "playback.h"

#include <netinet/in.h>

#define VIEWER_MAX_HEAD_BYTES 8192

struct viewer_plan {
	struct sockaddr_in server;
	const char *path;
	const struct original *original;
	struct playback_rules rules;
	uint64_t seek_to[PLAYBACK_MAX_SEEKS]; /* offsets in the file */
};

enum viewer_state {
	VIEWER_TO_COME,
	VIEWER_CONNECTS,
	VIEWER_READS_HEAD,
	VIEWER_READS_BODY,
	VIEWER_GONE,
};

struct viewer {
	const struct viewer_plan *plan;
	enum viewer_state state;
	int fd;
	uint64_t begin_ns; /* when it comes */
	uint64_t offset;   /* in the file, of the next byte */
	struct playback playback;
	char head[VIEWER_MAX_HEAD_BYTES];
	size_t head_bytes;
	double first_byte_ms; /* of its first request; < 0 until then */
	uint64_t received;
	const char *error; /* NULL: all is well */
};

/** It comes: connect and ask. */
void viewer_begin(struct viewer *viewer, uint64_t now_ns);
/** Time has passed: play, seek, go.  @return false once it has gone */
bool viewer_tick(struct viewer *viewer, uint64_t now_ns);
/** The connection is worth a try. */
void viewer_serve(struct viewer *viewer, uint64_t now_ns);
/** @return poll events that it waits for; 0 while its buffer is full */
short viewer_events(const struct viewer *viewer);
void viewer_end(struct viewer *viewer, const char *error);

#endif
