/**
 * core/fetch.h - which block is asked of which peer, and when.
 *
 * The scheduler of one torrent.  Pure: no sockets, no threads, no clock; time and facts
 * are arguments, requests go out through two callbacks.  The engine's network thread
 * drives it; the unit tests drive it with simulated peers.
 *
 * What it does
 *   - asks for the plan's blocks in the plan's order, of every peer that serves us
 *   - keeps each peer's pipe full and no fuller: the number of blocks in flight follows
 *     the delay they meet (as TCP Vegas does), so that a seek finds the pipes nearly empty
 *   - an URGENT piece is spread over the quickest peers; one that would finish it later
 *     than the others together is left out; its late blocks are asked of a second
 *     and third peer
 *   - a silent peer's blocks are asked of others; it is tried with one request now and then
 *   - a piece that failed its hash is asked of one peer alone, so that who lies is known
 *   - what a preferred peer has is left to it, as far as nobody has to wait for that
 *
 * Units: microseconds since any fixed point; blocks are 16 KiB (BEP 3).
 */
#ifndef TSI_CORE_FETCH_H
#define TSI_CORE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TSI_BLOCK_BYTES 16384u

typedef struct tsi_fetch tsi_fetch;
typedef struct tsi_fetch_peer tsi_fetch_peer;

typedef struct tsi_fetch_callbacks {
	void *user;
	/** Send REQUEST to the peer known as @p peer_user. */
	void (*request)(void *user, void *peer_user, uint32_t piece, uint32_t offset, uint32_t length);
	/** Send CANCEL. */
	void (*cancel)(void *user, void *peer_user, uint32_t piece, uint32_t offset, uint32_t length);
	/** Does this peer have the piece? */
	bool (*peer_has)(void *user, void *peer_user, uint32_t piece);
	/** How many blocks of this piece hold data (pad blocks at its end do not), and how
	 *  long its last block is. */
	void (*piece_shape)(void *user, uint32_t piece, uint32_t *out_block_count,
	                    uint32_t *out_last_block_bytes);
} tsi_fetch_callbacks;

/** @param have  one byte a piece; copied.  @return NULL if out of memory. */
tsi_fetch *tsi_fetch_new(uint32_t piece_count, uint32_t piece_size, const uint8_t *have,
                         const tsi_fetch_callbacks *callbacks);
/** Frees its peers as well; nothing is sent. */
void tsi_fetch_free(tsi_fetch *fetch);

/** Replace the plan; cancels what is out for pieces it no longer mentions.
 *  @return false if out of memory: the old plan stays. */
bool tsi_fetch_set_plan(tsi_fetch *fetch, const tsi_plan *plan, int64_t now_us);

/** @name Facts about peers
 *  @{ */
/** @return NULL if out of memory */
tsi_fetch_peer *tsi_fetch_peer_new(tsi_fetch *fetch, void *peer_user);
void tsi_fetch_peer_free(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
/** It serves us from now on, or no longer (then its requests are void, BEP 3). */
void tsi_fetch_unchoked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
void tsi_fetch_choked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
/** It has got another piece. */
void tsi_fetch_peer_gained(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
/** It is one of ours: asked before the others from now on.  The first TSI_MAX_PREFERRED are. */
void tsi_fetch_prefer(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
#define TSI_MAX_PREFERRED 16u
/** It said how many requests it lets wait (BEP 10 "reqq"). */
void tsi_fetch_set_queue_limit(tsi_fetch_peer *peer, uint32_t blocks);
/** A block arrived, asked for or not.
 *  @return false if it must be thrown away: its piece failed before and is now taken from
 *          another peer alone */
bool tsi_fetch_block(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                     int64_t now_us);
/** It will not send this block (BEP 6). */
void tsi_fetch_rejected(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                        int64_t now_us);
/** @} */

/** @name Facts about pieces
 *  @{ */
void tsi_fetch_piece_passed(tsi_fetch *fetch, uint32_t piece, int64_t now_us);
/** Its hash was wrong: every block is wanted again. */
void tsi_fetch_piece_failed(tsi_fetch *fetch, uint32_t piece, int64_t now_us);
/** @} */

/** Time has passed: late blocks are asked of others.
 *  @return microseconds until the next call is useful; negative: not until a fact comes */
int64_t tsi_fetch_tick(tsi_fetch *fetch, int64_t now_us);

/** @name For people who watch
 *  @{ */
typedef struct tsi_fetch_waiting {
	bool is_waiting;
	uint32_t piece;
	uint32_t asked_count;  /**< peers that owe a block of it */
	uint32_t holder_count; /**< peers that have it */
	int64_t estimate_us;   /**< until it is whole; negative: unknown */
} tsi_fetch_waiting;

void tsi_fetch_get_waiting(const tsi_fetch *fetch, int64_t now_us, tsi_fetch_waiting *out_waiting);

typedef struct tsi_fetch_peer_stats {
	uint32_t request_count;
	int64_t rtt_us; /**< -1: none yet */
	uint64_t rate_bytes_per_s;
	bool is_unchoked;
	bool is_stalled;
} tsi_fetch_peer_stats;

void tsi_fetch_get_peer_stats(const tsi_fetch_peer *peer, int64_t now_us,
                              tsi_fetch_peer_stats *out_stats);

/** Set TSTREAM_PIECE_PARTIAL for each piece some of whose blocks were asked for or are here. */
void tsi_fetch_mark_partial(const tsi_fetch *fetch, uint8_t *out_pieces, uint32_t piece_count);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
