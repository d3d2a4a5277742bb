#include "playback.h"

#include <string.h>

#define NS_PER_S 1e9
#define NS_PER_MS 1e6
#define NEAR 0.5 /* of a byte: sums of fractions never quite meet */

static void wait_for(struct playback *playback, enum playback_waiting waiting, uint64_t since_ns)
{
	playback->waiting = waiting;
	playback->since_ns = since_ns;
}

/* Account for the wait up to now; it may go on. */
static void count_wait(struct playback *playback, uint64_t now_ns)
{
	double waited_ms = (double)(now_ns - playback->since_ns) / NS_PER_MS;

	if (playback->waiting == PLAYBACK_WAITS_TO_START)
		playback->start_ms += waited_ms;
	else if (playback->waiting == PLAYBACK_WAITS_AFTER_SEEK)
		playback->seek_ms[playback->seeks - 1] += waited_ms;
	else
		playback->stall_ms += waited_ms;
	playback->since_ns = now_ns;
}

/* The next moment that interrupts the play: a seek, or the end of it. */
static double next_stop(const struct playback *playback)
{
	const struct playback_rules *rules = playback->rules;

	return playback->seeks < rules->seek_count ? rules->seek_at_bytes[playback->seeks]
	                                           : rules->length_bytes;
}

static void play(struct playback *playback, uint64_t now_ns)
{
	const double rate = playback->rules->bytes_per_s;
	double due = (double)(now_ns - playback->since_ns) / NS_PER_S * rate;
	const double until_stop = next_stop(playback) - playback->played;

	if (due > until_stop)
		due = until_stop;
	if (due <= playback->buffered) {
		playback->buffered -= due;
		playback->played += due;
		playback->since_ns = now_ns;
		return;
	}
	/* It ran dry at a moment that lies in the past. */
	const uint64_t dry_ns = playback->since_ns + (uint64_t)(playback->buffered / rate * NS_PER_S);
	playback->played += playback->buffered;
	playback->buffered = 0;
	if (playback->left <= 0) {
		playback->played = playback->rules->length_bytes;
		return;
	}
	playback->stalls++;
	wait_for(playback, PLAYBACK_STALLS, dry_ns < now_ns ? dry_ns : now_ns);
	count_wait(playback, now_ns);
}

void playback_begin(struct playback *playback, const struct playback_rules *rules,
                    uint64_t left_bytes, uint64_t now_ns)
{
	memset(playback, 0, sizeof(*playback));
	playback->rules = rules;
	playback->left = (double)left_bytes;
	wait_for(playback, PLAYBACK_WAITS_TO_START, now_ns);
}

void playback_advance(struct playback *playback, uint64_t now_ns)
{
	if (playback->waiting == PLAYBACK_PLAYS)
		play(playback, now_ns);
	else
		count_wait(playback, now_ns);
}

void playback_receive(struct playback *playback, uint64_t size, uint64_t now_ns)
{
	playback->buffered += (double)size;
	playback->left -= (double)size;
	if (playback->waiting != PLAYBACK_PLAYS &&
	    (playback->buffered >= playback->rules->start_bytes || playback->left <= 0))
		wait_for(playback, PLAYBACK_PLAYS, now_ns);
}

void playback_seek(struct playback *playback, uint64_t left_bytes, uint64_t now_ns)
{
	playback->seeks++;
	playback->buffered = 0;
	playback->left = (double)left_bytes;
	wait_for(playback, PLAYBACK_WAITS_AFTER_SEEK, now_ns);
}

bool playback_is_seek_due(const struct playback *playback)
{
	const struct playback_rules *rules = playback->rules;

	return playback->seeks < rules->seek_count &&
	       playback->played >= rules->seek_at_bytes[playback->seeks] - NEAR;
}

bool playback_is_over(const struct playback *playback)
{
	return playback->played >= playback->rules->length_bytes - NEAR;
}

uint64_t playback_room(const struct playback *playback)
{
	const double room = playback->rules->buffer_bytes - playback->buffered;

	return room > 0 ? (uint64_t)room : 0;
}
