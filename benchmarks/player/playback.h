/*
 * playback.h - what a person in front of a player waits for.
 *
 * A player shows a video at a constant rate out of a buffer.  It begins once the buffer
 * holds start_bytes (or all that is left), reads on until it holds buffer_bytes, and when
 * the buffer runs dry it stalls until it holds start_bytes again.  A seek empties it.
 *
 * No sockets and no clock here: the time, in nanoseconds, is an argument.
 */
#ifndef PLAYER_PLAYBACK_H
#define PLAYER_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>

#define PLAYBACK_MAX_SEEKS 16

struct playback_rules {
	double bytes_per_s;
	double start_bytes;
	double buffer_bytes;
	double length_bytes; /* play so much in all, then the viewer goes */
	unsigned seek_count;
	double seek_at_bytes[PLAYBACK_MAX_SEEKS]; /* played in all by then, ascending */
};

enum playback_waiting {
	PLAYBACK_PLAYS,
	PLAYBACK_WAITS_TO_START,
	PLAYBACK_WAITS_AFTER_SEEK,
	PLAYBACK_STALLS,
};

struct playback {
	const struct playback_rules *rules;
	enum playback_waiting waiting;
	uint64_t since_ns; /* it plays, or waits, since; counted up to here */
	double buffered;   /* bytes received and not yet played */
	double played;     /* bytes in all */
	double left;       /* bytes from here that were not received yet, up to the file's end */
	unsigned seeks;    /* made so far */
	double start_ms;   /* waited, by reason */
	double seek_ms[PLAYBACK_MAX_SEEKS];
	double stall_ms;
	unsigned stalls;
};

/** The viewer comes; @p left_bytes lie between its place and the file's end. */
void playback_begin(struct playback *playback, const struct playback_rules *rules,
                    uint64_t left_bytes, uint64_t now_ns);
/** Let time pass: call it before every other call. */
void playback_advance(struct playback *playback, uint64_t now_ns);
void playback_receive(struct playback *playback, uint64_t size, uint64_t now_ns);
/** The next seek is due: throw the buffer away and wait, with @p left_bytes ahead. */
void playback_seek(struct playback *playback, uint64_t left_bytes, uint64_t now_ns);

bool playback_is_seek_due(const struct playback *playback);
bool playback_is_over(const struct playback *playback);
/** @return bytes that the buffer has room for */
uint64_t playback_room(const struct playback *playback);

#endif
