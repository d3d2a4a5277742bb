/**
 * core/fetch_peer.h - one peer's pipe: what is in flight, how deep it may be, how quick.
 *
 * The depth follows the delay that blocks meet, as TCP Vegas does: while a block takes
 * hardly longer than the quickest one did, the pipe is not full and may grow; when it
 * takes QUEUE_TARGET_US longer, requests only wait in a queue at the other end, where a
 * seek would find them in its way.
 */
#ifndef TSI_CORE_FETCH_PEER_H
#define TSI_CORE_FETCH_PEER_H

#include "core/fetch.h"

typedef struct tsi_request {
	uint32_t piece;
	uint32_t block;
	int64_t sent_us;
} tsi_request;

/** How many requests that were taken back are remembered; one seek takes back a pipe full. */
#define TSI_PEER_MAX_GHOSTS 64u

struct tsi_fetch_peer {
	void *user;
	tsi_fetch_peer *next;
	tsi_request *queue; /**< oldest first: peers answer in order */
	uint32_t request_count;
	uint32_t queue_capacity;
	tsi_request ghosts[TSI_PEER_MAX_GHOSTS]; /**< taken back, but most come all the same */
	uint32_t ghost_count;
	int64_t haunted_us;   /**< when there was a ghost last: what was sent before met them */
	uint32_t queue_limit; /**< what the peer allows */
	uint32_t depth;       /**< how many we want in flight */
	bool is_unchoked;
	bool is_preferred; /**< one of ours: the others are not asked for what it has */
	bool is_stalled;   /**< silent: others are asked for what it owes, which may still come */
	int64_t stalled_us;
	int64_t quiet_until_us; /**< it rejected what we asked: not asked again before */
	int64_t quiet_us;       /**< how long that was; 0: it has sent something since */
	int64_t base_us;        /**< quickest answer lately: an empty pipe's; -1: none yet */
	int64_t base_since_us;
	bool is_base_sure;      /**< measured with the pipe run dry */
	uint32_t drained_depth; /**< what depth was before the pipe was let run dry; 0: it is not */
	bool has_met_queue;     /**< depth was too much once: it grows by steps from then on */
	int64_t changed_us;     /**< when depth was cut, or grew by a step */
	int64_t last_block_us;  /**< -1: none yet */
	double rate;            /**< bytes per second; 0: not known */
	uint64_t sample_bytes;  /**< towards the next sample of rate */
	int64_t sample_us;
	/* tsi_peer_next_us() as computed last: for so many requests, at this time */
	int64_t next_us;
	int64_t next_now_us;
	uint32_t next_count;
};

/** Before anything is known of a peer: enough to fill most pipes for one round trip. */
#define TSI_PEER_FIRST_DEPTH 16u

void tsi_peer_init(tsi_fetch_peer *peer, void *user);
void tsi_peer_clear(tsi_fetch_peer *peer);

/** @return false if out of memory */
bool tsi_peer_push(tsi_fetch_peer *peer, uint32_t piece, uint32_t block, int64_t now_us);
/** @return its place in the queue, or request_count */
uint32_t tsi_peer_find(const tsi_fetch_peer *peer, uint32_t piece, uint32_t block);
void tsi_peer_remove(tsi_fetch_peer *peer, uint32_t index);

/** @name Ghosts: requests that were taken back
 *  The cancel of a block seldom overtakes the block.  Until it has come, or a later one
 *  shows that it was dropped, it stands in the way of what was asked for since.
 *  @{ */
void tsi_peer_haunt(tsi_fetch_peer *peer, const tsi_request *request);
/** A block came, or a refusal, that is not in the queue.
 *  @return true and when it was asked for, if it is a ghost */
bool tsi_peer_lay_ghost(tsi_fetch_peer *peer, uint32_t piece, uint32_t block, int64_t now_us,
                        int64_t *out_sent_us);
/** Ghosts asked for before this time will not come any more. */
void tsi_peer_lay_ghosts_before(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us);
/** @} */

/** A block it was asked for has come: learn from it. */
void tsi_peer_learn(tsi_fetch_peer *peer, int64_t sent_us, uint32_t bytes, int64_t now_us);

/** It will not send what it was asked for at @p sent_us: leave it alone for a while. */
void tsi_peer_back_off(tsi_fetch_peer *peer, int64_t sent_us, int64_t now_us);

/** Can it be asked at all? */
bool tsi_peer_is_serving(const tsi_fetch_peer *peer, int64_t now_us);
/** Requests that may be sent now; comes in batches, so that a quick peer costs one
 *  system call for many blocks.
 *  @param is_seeking  the reader may soon be elsewhere: keep what is in flight short */
uint32_t tsi_peer_room(const tsi_fetch_peer *peer, bool is_seeking, int64_t now_us);

/** Bytes per second, silence taken into account; 0: not known. */
double tsi_peer_rate(const tsi_fetch_peer *peer, int64_t now_us);
/** Microseconds until the block at this place of its queue is here; negative: unknown. */
int64_t tsi_peer_eta_us(const tsi_fetch_peer *peer, uint32_t place, int64_t now_us);
/** The same for a block that would be asked for now. */
int64_t tsi_peer_next_us(tsi_fetch_peer *peer, int64_t now_us);
/** When to call it stalled if nothing comes; negative: nothing is awaited. */
int64_t tsi_peer_stall_at_us(const tsi_fetch_peer *peer);

#endif
