#include "core/fetch_peer.h"

#include <stdlib.h>
#include <string.h>

/* Delay we are willing to add at the other end.  It is what a seek has to wait for, so
 * it is short; it is what bridges our own jitter, so it is not nothing. */
#define QUEUE_TARGET_US 12000
#define NEAR_QUEUE_TARGET_US 25000
/* A shorter round trip than this is one in the same house. */
#define NEAR_US 10000
#define QUEUE_TARGET_MAX_US 200000
/* Two in flight keep the slowest of pipes busy. */
#define MIN_DEPTH 2u
#define MAX_DEPTH 384u
/* What a peer that is near may have queued while somebody seeks, in time, and have in flight at
 * most: rates are overestimated where blocks come in bursts. */
#define SEEKING_QUEUE_US 6000
#define SEEKING_MAX_DEPTH 128u
/* What may be in flight at any rate, in time. */
#define LEAST_FLIGHT_US 40000
/* The quickest answer is measured anew after this, since routes change. */
#define BASE_LIFE_US 10000000
/* The first one met whatever else a new connection was doing. */
#define BASE_FIRST_LIFE_US 1000000
/* A sample of the rate spans at least this much time or data. */
#define SAMPLE_US 50000
#define SAMPLE_BYTES (256u * 1024u)
/* A silent peer is given up between these, depending on its own pace. */
#define STALL_MIN_US 1000000
#define STALL_MAX_US 8000000
/* A peer that rejects is left alone for so long, twice as long each time it does so again. */
#define QUIET_MIN_US 100000
#define QUIET_MAX_US 10000000

void tsi_peer_init(tsi_fetch_peer *peer, void *user)
{
	memset(peer, 0, sizeof(*peer));
	peer->user = user;
	peer->depth = TSI_PEER_FIRST_DEPTH;
	peer->queue_limit = 250; /* libtorrent's and others' default where "reqq" is not said */
	peer->base_us = peer->last_block_us = peer->next_now_us = -1;
}

void tsi_peer_clear(tsi_fetch_peer *peer)
{
	free(peer->queue);
	peer->queue = NULL;
	peer->request_count = peer->queue_capacity = 0;
}

bool tsi_peer_push(tsi_fetch_peer *peer, uint32_t piece, uint32_t block, int64_t now_us)
{
	if (peer->request_count == peer->queue_capacity) {
		uint32_t capacity = peer->queue_capacity ? peer->queue_capacity * 2 : 16;
		tsi_request *queue = realloc(peer->queue, capacity * sizeof(*queue));
		if (!queue)
			return false;
		peer->queue = queue;
		peer->queue_capacity = capacity;
	}
	peer->queue[peer->request_count++] =
	    (tsi_request){.piece = piece, .block = block, .sent_us = now_us};
	return true;
}

uint32_t tsi_peer_find(const tsi_fetch_peer *peer, uint32_t piece, uint32_t block)
{
	uint32_t i = 0;
	while (i < peer->request_count &&
	       (peer->queue[i].piece != piece || peer->queue[i].block != block))
		i++;
	return i;
}

void tsi_peer_remove(tsi_fetch_peer *peer, uint32_t index)
{
	peer->request_count--;
	memmove(&peer->queue[index], &peer->queue[index + 1],
	        (peer->request_count - index) * sizeof(*peer->queue));
}

void tsi_peer_haunt(tsi_fetch_peer *peer, const tsi_request *request)
{
	if (peer->ghost_count < TSI_PEER_MAX_GHOSTS)
		peer->ghosts[peer->ghost_count++] = *request;
}

static void lay(tsi_fetch_peer *peer, uint32_t place, int64_t now_us)
{
	peer->ghost_count--;
	memmove(&peer->ghosts[place], &peer->ghosts[place + 1],
	        (peer->ghost_count - place) * sizeof(*peer->ghosts));
	peer->haunted_us = now_us;
}

bool tsi_peer_lay_ghost(tsi_fetch_peer *peer, uint32_t piece, uint32_t block, int64_t now_us,
                        int64_t *out_sent_us)
{
	for (uint32_t i = 0; i < peer->ghost_count; i++) {
		if (peer->ghosts[i].piece != piece || peer->ghosts[i].block != block)
			continue;
		*out_sent_us = peer->ghosts[i].sent_us;
		lay(peer, i, now_us);
		return true;
	}
	return false;
}

void tsi_peer_lay_ghosts_before(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us)
{
	for (uint32_t i = peer->ghost_count; i-- > 0;)
		if (peer->ghosts[i].sent_us < sent_us)
			lay(peer, i, now_us);
}

static int64_t base_life_us(const tsi_fetch_peer *peer)
{
	return peer->is_base_sure ? BASE_LIFE_US : BASE_FIRST_LIFE_US;
}

/** So few in flight cost a seek next to nothing, whatever the delay says: a busy machine
 *  can make it say much. */
static uint32_t least_depth(const tsi_fetch_peer *peer)
{
	double blocks = peer->rate * LEAST_FLIGHT_US / (1e6 * TSI_BLOCK_BYTES);
	return blocks < MIN_DEPTH       ? MIN_DEPTH
	       : blocks > 4 * MIN_DEPTH ? 4 * MIN_DEPTH
	                                : (uint32_t)blocks;
}

/** Near enough that a queue of ours is gone before anybody notices. */
static bool is_near(const tsi_fetch_peer *peer)
{
	return peer->base_us < NEAR_US;
}

/** A line so slow that one block takes longer than the target needs one waiting all the
 *  same; one that is near is so quick that our own jitter needs more. */
static int64_t queue_target_us(const tsi_fetch_peer *peer)
{
	int64_t least_us = is_near(peer) ? NEAR_QUEUE_TARGET_US : QUEUE_TARGET_US;
	int64_t block_us = peer->rate > 0 ? (int64_t)(1e6 * TSI_BLOCK_BYTES / peer->rate) : 0;
	return block_us < least_us              ? least_us
	       : block_us < QUEUE_TARGET_MAX_US ? block_us
	                                        : QUEUE_TARGET_MAX_US;
}

/** What fits into the pipe and the queue we allow, by the rate measured. */
static uint32_t fitting_depth(const tsi_fetch_peer *peer)
{
	double span_us = (double)(peer->base_us + queue_target_us(peer));
	double blocks = 2 + peer->rate * span_us / (1e6 * TSI_BLOCK_BYTES);
	return blocks < MAX_DEPTH ? (uint32_t)blocks : MAX_DEPTH;
}

/** The quickest answer is that of an empty pipe.  A pipe kept full never shows it again, so
 *  that once in a while it is let run dry for one round trip (as BBR does). */
static void learn_base(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us)
{
	int64_t delay_us = now_us - sent_us;
	bool is_drained = peer->drained_depth > 0 && sent_us >= peer->base_since_us;
	if (peer->base_us < 0 || delay_us < peer->base_us || is_drained) {
		peer->base_us = delay_us;
		peer->base_since_us = now_us;
	}
	if (is_drained) {
		uint32_t fitting = fitting_depth(peer);
		peer->depth = peer->drained_depth < fitting ? peer->drained_depth : fitting;
		peer->drained_depth = 0;
		peer->is_base_sure = true;
	} else if (peer->drained_depth == 0 && now_us - peer->base_since_us > base_life_us(peer)) {
		peer->drained_depth = peer->depth;
		peer->depth = MIN_DEPTH;
		peer->base_since_us = now_us;
	}
}

/** Doubling until a queue was met for the first time, by steps from then on: an answer
 *  comes a round trip late, and a pipe that doubles meanwhile is twice too deep.  Where a
 *  round trip is nothing, so is the lateness. */
static void grow(tsi_fetch_peer *peer, bool is_news, int64_t now_us)
{
	bool is_doubling = !peer->has_met_queue || is_near(peer);
	if (!is_doubling && !is_news)
		return;
	peer->depth += is_doubling ? 1 : 1 + peer->depth / 8;
	if (peer->depth > MAX_DEPTH)
		peer->depth = MAX_DEPTH;
	if (!is_doubling)
		peer->changed_us = now_us;
}

static void learn_depth(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us)
{
	int64_t delay_us = now_us - sent_us;
	int64_t queued_us = delay_us - peer->base_us;
	int64_t target_us = queue_target_us(peer);
	/* A pipe that we did not fill says nothing about how much fits in. */
	bool was_full = peer->request_count + peer->depth / 4 + 2 >= peer->depth;
	/* Once a round trip: what was sent before the last change met the queue before it. */
	bool is_news = sent_us >= peer->changed_us;
	if (queued_us > target_us && is_news) {
		int64_t allowed_us = peer->base_us + target_us;
		uint32_t depth = (uint32_t)((int64_t)peer->depth * allowed_us / delay_us);
		peer->depth = depth > least_depth(peer) ? depth : least_depth(peer);
		peer->has_met_queue = true;
		peer->changed_us = now_us;
	} else if (was_full && queued_us < target_us / 2 && peer->depth < MAX_DEPTH) {
		grow(peer, is_news, now_us);
	}
}

static void learn_rate(tsi_fetch_peer *peer, int64_t sent_us, uint32_t bytes, int64_t now_us)
{
	int64_t since_us = peer->last_block_us > sent_us ? peer->last_block_us : sent_us;
	peer->sample_bytes += bytes;
	peer->sample_us += now_us - since_us;
	if (peer->sample_us < SAMPLE_US && peer->sample_bytes < SAMPLE_BYTES)
		return;
	double sample =
	    (double)peer->sample_bytes * 1e6 / (double)(peer->sample_us > 0 ? peer->sample_us : 1);
	peer->rate = peer->rate > 0 ? 0.6 * peer->rate + 0.4 * sample : sample;
	peer->sample_bytes = 0;
	peer->sample_us = 0;
}

void tsi_peer_learn(tsi_fetch_peer *peer, int64_t sent_us, uint32_t bytes, int64_t now_us)
{
	tsi_peer_lay_ghosts_before(peer, sent_us, now_us);
	learn_base(peer, sent_us, now_us);
	/* What had ghosts before it says nothing about the depth we chose. */
	if (peer->drained_depth == 0 && peer->ghost_count == 0 && sent_us > peer->haunted_us)
		learn_depth(peer, sent_us, now_us);
	learn_rate(peer, sent_us, bytes, now_us);
	peer->last_block_us = now_us;
	peer->quiet_us = peer->quiet_until_us = 0;
	peer->next_now_us = -1;
}

void tsi_peer_back_off(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us)
{
	/* What was sent before the last time is the same refusal. */
	if (peer->quiet_us > 0 && sent_us < peer->quiet_until_us)
		return;
	int64_t quiet_us = peer->quiet_us > 0 ? 2 * peer->quiet_us : QUIET_MIN_US;
	peer->quiet_us = quiet_us < QUIET_MAX_US ? quiet_us : QUIET_MAX_US;
	peer->quiet_until_us = now_us + peer->quiet_us;
}

bool tsi_peer_is_serving(const tsi_fetch_peer *peer, int64_t now_us)
{
	return peer->is_unchoked && !peer->is_stalled && now_us >= peer->quiet_until_us;
}

/** A queue that bridges our own jitter is what the next seek has to wait for.  Peers that are
 *  farther away have hardly any. */
static uint32_t seeking_depth(const tsi_fetch_peer *peer)
{
	if (peer->rate <= 0 || !is_near(peer))
		return MAX_DEPTH;
	double span_us = (double)(peer->base_us + SEEKING_QUEUE_US);
	double blocks = peer->rate * span_us / (1e6 * TSI_BLOCK_BYTES);
	return blocks < TSI_PEER_FIRST_DEPTH ? TSI_PEER_FIRST_DEPTH
	       : blocks < SEEKING_MAX_DEPTH  ? (uint32_t)blocks
	                                     : SEEKING_MAX_DEPTH;
}

uint32_t tsi_peer_room(const tsi_fetch_peer *peer, bool is_seeking, int64_t now_us)
{
	uint32_t depth = peer->depth < peer->queue_limit ? peer->depth : peer->queue_limit;
	if (is_seeking && seeking_depth(peer) < depth)
		depth = seeking_depth(peer);
	if (!tsi_peer_is_serving(peer, now_us) || peer->request_count >= depth)
		return 0;
	uint32_t room = depth - peer->request_count;
	return room > depth / 8 ? room : 0;
}

/** As measured; 0: not known. */
static double measured_rate(const tsi_fetch_peer *peer)
{
	if (peer->rate <= 0 && peer->sample_us > 0)
		return (double)peer->sample_bytes * 1e6 / (double)peer->sample_us;
	return peer->rate;
}

double tsi_peer_rate(const tsi_fetch_peer *peer, int64_t now_us)
{
	double rate = measured_rate(peer);
	if (rate <= 0 || peer->request_count == 0)
		return rate;
	int64_t since_us = peer->queue[0].sent_us;
	if (peer->last_block_us > since_us)
		since_us = peer->last_block_us;
	/* Three blocks' time of silence, a round trip allowed for: it has slowed down. */
	double idle_us = (double)(now_us - since_us - peer->base_us);
	if (idle_us > 3e6 * TSI_BLOCK_BYTES / rate)
		rate = 1e6 * TSI_BLOCK_BYTES / idle_us;
	return rate;
}

int64_t tsi_peer_eta_us(const tsi_fetch_peer *peer, uint32_t place, int64_t now_us)
{
	double rate = measured_rate(peer);
	if (rate <= 0)
		return -1;
	int64_t block_us = (int64_t)(1e6 * TSI_BLOCK_BYTES / rate);
	int64_t at_us = peer->last_block_us + peer->ghost_count * block_us;
	/* One block after the other, none sooner than an empty pipe would bring it. */
	for (uint32_t i = 0; i <= place; i++) {
		int64_t sent_us = i < peer->request_count ? peer->queue[i].sent_us : now_us;
		at_us += block_us;
		if (at_us < sent_us + peer->base_us)
			at_us = sent_us + peer->base_us;
		if (at_us < now_us)
			at_us = now_us + (now_us - at_us); /* the later it is, the less it is believed */
	}
	return at_us - now_us;
}

int64_t tsi_peer_next_us(tsi_fetch_peer *peer, int64_t now_us)
{
	/* Asked for again and again while a piece is shared out; few peers change meanwhile. */
	if (peer->next_now_us != now_us || peer->next_count != peer->request_count) {
		peer->next_us = tsi_peer_eta_us(peer, peer->request_count, now_us);
		peer->next_now_us = now_us;
		peer->next_count = peer->request_count;
	}
	return peer->next_us;
}

int64_t tsi_peer_stall_at_us(const tsi_fetch_peer *peer)
{
	if (peer->request_count == 0)
		return -1;
	int64_t since_us = peer->queue[0].sent_us;
	if (peer->last_block_us > since_us)
		since_us = peer->last_block_us;
	double wait_us = STALL_MAX_US / 2.0;
	if (peer->rate > 0)
		wait_us = 4.0 * ((double)peer->base_us + 8e6 * TSI_BLOCK_BYTES / peer->rate);
	if (wait_us < STALL_MIN_US)
		wait_us = STALL_MIN_US;
	if (wait_us > STALL_MAX_US)
		wait_us = STALL_MAX_US;
	return since_us + (int64_t)wait_us;
}
