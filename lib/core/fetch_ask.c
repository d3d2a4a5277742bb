/**
 * core/fetch_ask.c - which block is asked of which peer, in the plan's order.
 */
#include <assert.h>
#include <string.h>

#include "core/fetch_internal.h"

/* A peer nothing has come from yet is tried with so many blocks of an urgent piece, if
 * others are known to be quick. */
#define STRANGER_BLOCKS 4

/* -- sending and taking back ---------------------------------------------- */

bool tsi_fetch_peer_has(const tsi_fetch *fetch, const tsi_fetch_peer *peer, uint32_t piece)
{
	return fetch->callbacks.peer_has(fetch->callbacks.user, peer->user, piece);
}

bool tsi_fetch_ask(tsi_fetch *fetch, tsi_fetch_peer *peer, tsi_active_piece *active, uint32_t index,
                   int64_t now_us)
{
	if (!tsi_peer_push(peer, active->piece, index, now_us))
		return false;
	tsi_active_add_asker(active, index, peer);
	fetch->callbacks.request(fetch->callbacks.user, peer->user, active->piece,
	                         index * TSI_BLOCK_BYTES, tsi_active_block_bytes(active, index));
	return true;
}

void tsi_fetch_take_back(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t place)
{
	tsi_request request = peer->queue[place];
	tsi_peer_remove(peer, place);
	tsi_peer_haunt(peer, &request);
	tsi_active_piece *active = tsi_active_find(fetch, request.piece);
	/* No piece is dropped while somebody owes a block of it, given up or not. */
	assert(active);
	fetch->callbacks.cancel(fetch->callbacks.user, peer->user, request.piece,
	                        request.block * TSI_BLOCK_BYTES,
	                        tsi_active_block_bytes(active, request.block));
	tsi_active_remove_asker(fetch, active, request.block, peer);
}

void tsi_fetch_withdraw_block(tsi_fetch *fetch, tsi_active_piece *active, uint32_t index)
{
	/* Not only the askers: a silent peer that was given up owes it as well. */
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		if (!peer->is_stalled && !tsi_block_is_asked_of(&active->blocks[index], peer))
			continue;
		uint32_t place = tsi_peer_find(peer, active->piece, index);
		if (place < peer->request_count)
			tsi_fetch_take_back(fetch, peer, place);
	}
}

void tsi_fetch_withdraw(tsi_fetch *fetch, tsi_active_piece *active)
{
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next)
		for (uint32_t place = peer->request_count; place-- > 0;)
			if (peer->queue[place].piece == active->piece)
				tsi_fetch_take_back(fetch, peer, place);
}

/* -- choosing ------------------------------------------------------------- */

/** How many blocks of this piece a peer could bring within so much time, were it asked
 *  for nothing else. */
static double blocks_within(const tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece,
                            int64_t span_us, int64_t now_us)
{
	int64_t next_us = tsi_peer_next_us(peer, now_us);
	if (!tsi_peer_is_serving(peer, now_us) || next_us < 0 || next_us > span_us ||
	    !tsi_fetch_peer_has(fetch, peer, piece))
		return 0;
	return 1 + (double)(span_us - next_us) * tsi_peer_rate(peer, now_us) / (1e6 * TSI_BLOCK_BYTES);
}

/** Would a block of an urgent piece come from this peer before the others together could
 *  have brought all that is free?  If not it would only delay the piece. */
static bool is_quick_enough(const tsi_fetch *fetch, tsi_fetch_peer *peer,
                            const tsi_active_piece *active, int64_t now_us)
{
	int64_t own_us = tsi_peer_next_us(peer, now_us);
	double others = 0;
	for (tsi_fetch_peer *other = fetch->peers; other; other = other->next)
		if (other != peer && (other->is_preferred || !peer->is_preferred))
			others += blocks_within(fetch, other, active->piece,
			                        own_us >= 0 ? own_us : INT64_MAX / 4, now_us);
	if (own_us < 0)
		return others <= 0 || peer->request_count < STRANGER_BLOCKS;
	return others < active->free_count;
}

static bool is_free(const tsi_block *block)
{
	return !block->is_here && block->asker_count == 0;
}

/** Ask for the free blocks of one piece while there is room.
 *  @return how many were asked for */
static uint32_t ask_piece(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece,
                          tsi_urgency urgency, uint32_t room, int64_t now_us)
{
	tsi_active_piece *active = tsi_active_get(fetch, piece);
	uint32_t asked = 0;
	if (!active || !tsi_active_is_open_to(active, peer, now_us))
		return 0;
	bool is_picky = urgency == TSI_URGENT && active->sole != peer;
	for (uint32_t i = 0; i < active->block_count && asked < room; i++) {
		if (!is_free(&active->blocks[i]))
			continue;
		if (is_picky && !is_quick_enough(fetch, peer, active, now_us))
			break;
		if (!tsi_fetch_ask(fetch, peer, active, i, now_us))
			break;
		asked++;
	}
	if (active->is_suspect && asked > 0)
		active->sole = peer;
	return asked;
}

/** How many of its blocks are neither here nor asked for; about as many as of any other piece,
 *  if nothing is known of it yet. */
static uint32_t count_free_blocks(const tsi_fetch *fetch, uint32_t piece)
{
	const tsi_active_piece *active = tsi_active_find(fetch, piece);
	return active ? active->free_count : (fetch->piece_size - 1) / TSI_BLOCK_BYTES + 1;
}

/** The first missing piece of a range from @p piece on, or its end. */
static uint32_t next_missing(const tsi_fetch *fetch, const tsi_wanted_range *wanted, uint32_t piece)
{
	/* memchr is quick: windows may span 100,000 pieces that are here. */
	size_t count = (size_t)wanted->range.end_piece - piece;
	const uint8_t *missing = count ? memchr(&fetch->have[piece], 0, count) : NULL;
	return missing ? (uint32_t)(missing - fetch->have) : wanted->range.end_piece;
}

/** @param passed  free blocks that were left to preferred peers */
static uint32_t ask_range(tsi_fetch *fetch, tsi_fetch_peer *peer, tsi_wanted_range *wanted,
                          uint32_t room, uint32_t *passed, int64_t now_us)
{
	tsi_urgency urgency = wanted->range.urgency;
	uint32_t asked = 0;
	bool is_front = true; /* nothing before was left for others to be asked */
	uint32_t piece = next_missing(fetch, wanted, wanted->next_piece);
	for (; piece < wanted->range.end_piece && asked < room;
	     piece = next_missing(fetch, wanted, piece + 1)) {
		if (is_front)
			wanted->next_piece = piece;
		uint32_t free_count = count_free_blocks(fetch, piece);
		if (free_count == 0)
			continue;
		is_front = false;
		if (!tsi_fetch_peer_has(fetch, peer, piece))
			continue;
		tsi_left_piece left = {piece, urgency, *passed + free_count};
		if (tsi_fetch_is_left(fetch, peer, &left, now_us))
			*passed += free_count;
		else
			asked += ask_piece(fetch, peer, piece, urgency, room - asked, now_us);
	}
	if (is_front)
		wanted->next_piece = piece;
	return asked;
}

void tsi_fetch_fill(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	uint32_t room = tsi_peer_room(peer, now_us < fetch->seeking_until_us, now_us);
	uint32_t passed = 0;
	for (size_t i = 0; i < fetch->plan_count && room > 0; i++)
		room -= ask_range(fetch, peer, &fetch->plan[i], room, &passed, now_us);
}

void tsi_fetch_fill_all(tsi_fetch *fetch, int64_t now_us)
{
	for (size_t i = 0; i < fetch->preferred_count; i++)
		tsi_fetch_fill(fetch, fetch->preferred[i], now_us);
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next)
		if (!peer->is_preferred)
			tsi_fetch_fill(fetch, peer, now_us);
}

bool tsi_fetch_is_planned(const tsi_fetch *fetch, uint32_t piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++)
		if (piece >= fetch->plan[i].range.first_piece && piece < fetch->plan[i].range.end_piece)
			return true;
	return false;
}
