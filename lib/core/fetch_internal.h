/**
 * core/fetch_internal.h - what the files of the scheduler share.
 *
 *   fetch.c         facts come in, the plan is kept
 *   fetch_piece.c   the pieces that are under way, block by block
 *   fetch_ask.c     which block is asked of which peer, in the plan's order
 *   fetch_prefer.c  what is left to peers that are preferred
 *   fetch_hasten.c  late blocks and silent peers
 *   fetch_peer.c    one peer's pipe (see fetch_peer.h)
 *
 * What always holds
 *   - a block's askers are the peers that owe it and are not given up; each is there once
 *   - a peer's queue holds a block at most once
 *   - free_count is the number of blocks neither here nor with an asker
 *   - no range's next_piece lies beyond a piece of it that has a free block
 */
#ifndef TSI_CORE_FETCH_INTERNAL_H
#define TSI_CORE_FETCH_INTERNAL_H

#include "core/fetch_peer.h"

/* How many peers may owe us the same block of an urgent piece. */
#define TSI_MAX_ASKERS 3
/* How often late blocks of urgent pieces are looked at. */
#define TSI_URGENT_TICK_US 10000
/* Who sought once is likely to seek again within so long. */
#define TSI_SEEKING_US 250000
/* What a peer nothing has come from yet is allowed for its first block. */
#define TSI_STRANGER_US 250000

typedef struct tsi_block {
	bool is_here;
	uint8_t asker_count;
	tsi_fetch_peer *askers[TSI_MAX_ASKERS];
} tsi_block;

/** A piece some of whose blocks were asked for or are here. */
typedef struct tsi_active_piece {
	uint32_t piece;
	uint32_t block_count;
	uint32_t last_block_bytes;
	uint32_t here_count;
	uint32_t free_count;  /**< neither here nor asked for */
	bool is_suspect;      /**< failed before: asked of one peer alone, so that who lies is known */
	tsi_fetch_peer *sole; /**< that peer; NULL: whoever comes first */
	tsi_block blocks[];
} tsi_active_piece;

/** A range of the plan and how far it has been asked for. */
typedef struct tsi_wanted_range {
	tsi_plan_range range;
	uint32_t next_piece; /**< every piece before it is here or has no free block */
} tsi_wanted_range;

struct tsi_fetch {
	tsi_fetch_callbacks callbacks;
	uint32_t piece_count;
	uint32_t piece_size;
	uint8_t *have;
	tsi_wanted_range *plan;
	size_t plan_count;
	tsi_active_piece **active; /**< sorted by piece */
	size_t active_count;
	size_t active_capacity;
	tsi_fetch_peer *peers;
	tsi_fetch_peer *preferred[TSI_MAX_PREFERRED];
	size_t preferred_count;
	int64_t urgent_tick_us;   /**< when late blocks were looked at last */
	int64_t seeking_until_us; /**< until then the reader may soon be elsewhere */
};

/** @name fetch_piece.c
 *  @{ */
tsi_active_piece *tsi_active_find(const tsi_fetch *fetch, uint32_t piece);
/** @return the one there is, or a new one; NULL if out of memory */
tsi_active_piece *tsi_active_get(tsi_fetch *fetch, uint32_t piece);
void tsi_active_drop(tsi_fetch *fetch, tsi_active_piece *active);
/** Its hash was wrong: begin again.  Nobody owes a block of it any more. */
void tsi_active_suspect(tsi_active_piece *active);
/** May this peer be asked for it? */
bool tsi_active_is_open_to(const tsi_active_piece *active, const tsi_fetch_peer *peer,
                           int64_t now_us);
uint32_t tsi_active_block_bytes(const tsi_active_piece *active, uint32_t index);
/** Blocks of it that were asked for and are not here. */
uint32_t tsi_active_asked_count(const tsi_active_piece *active);
bool tsi_block_is_asked_of(const tsi_block *block, const tsi_fetch_peer *peer);
/** The peer owes this block: from now on, or no longer. */
void tsi_active_add_asker(tsi_active_piece *active, uint32_t index, tsi_fetch_peer *peer);
void tsi_active_remove_asker(tsi_fetch *fetch, tsi_active_piece *active, uint32_t index,
                             const tsi_fetch_peer *peer);
/** A block of this piece is free again: ranges that had passed it must come back. */
void tsi_fetch_reopen_piece(tsi_fetch *fetch, uint32_t piece);
/** @} */

/** @name fetch_ask.c
 *  @{ */
bool tsi_fetch_peer_has(const tsi_fetch *fetch, const tsi_fetch_peer *peer, uint32_t piece);
/** @return false if out of memory: nothing was asked */
bool tsi_fetch_ask(tsi_fetch *fetch, tsi_fetch_peer *peer, tsi_active_piece *active, uint32_t index,
                   int64_t now_us);
/** Take the request at this place of the peer's queue back. */
void tsi_fetch_take_back(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t place);
/** Take all requests for this piece back. */
void tsi_fetch_withdraw(tsi_fetch *fetch, tsi_active_piece *active);
/** Nobody needs to send this block any more. */
void tsi_fetch_withdraw_block(tsi_fetch *fetch, tsi_active_piece *active, uint32_t index);
/** Fill one peer's pipe, or everyone's, from the plan. */
void tsi_fetch_fill(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
void tsi_fetch_fill_all(tsi_fetch *fetch, int64_t now_us);
bool tsi_fetch_is_planned(const tsi_fetch *fetch, uint32_t piece);
/** @} */

/** @name fetch_prefer.c
 *  @{ */
typedef struct tsi_left_piece {
	uint32_t piece;
	tsi_urgency urgency;
	uint32_t block_count; /**< free blocks up to its end, in the plan's order */
} tsi_left_piece;

/** Is this piece to be left to a preferred peer rather than asked of this one? */
bool tsi_fetch_is_left(const tsi_fetch *fetch, const tsi_fetch_peer *peer,
                       const tsi_left_piece *left, int64_t now_us);
/** It is gone. */
void tsi_fetch_forget_preferred(tsi_fetch *fetch, const tsi_fetch_peer *peer);
/** @} */

/** @name fetch_hasten.c
 *  @{ */
/** @return true if blocks of some urgent piece are awaited: look again soon */
bool tsi_fetch_hasten(tsi_fetch *fetch, int64_t now_us);
/** Has it been silent for too long?  @return when to look again; negative: no need */
int64_t tsi_fetch_watch(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us);
/** A silent peer speaks again: what it owes counts as asked, if it is still wanted. */
void tsi_fetch_trust_again(tsi_fetch *fetch, tsi_fetch_peer *peer);
/** @} */

#endif
