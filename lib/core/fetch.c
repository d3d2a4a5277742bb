#include "core/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "core/fetch_peer.h"

/* How many peers may owe us the same block of an urgent piece. */
#define MAX_ASKERS 3
/* A second peer is asked when it would be here in less than half the time, and this
 * much sooner: less is not worth a block sent twice. */
#define DUPLICATE_GAIN_US 30000
/* How often late blocks of urgent pieces are looked at. */
#define URGENT_TICK_US 10000
/* A stalled peer gets one request now and then, to see whether it is back. */
#define PROBE_US 10000000

typedef struct block {
	bool is_here;
	uint8_t asker_count;
	tsi_fetch_peer *askers[MAX_ASKERS];
} block;

/** A piece some of whose blocks were asked for or are here. */
typedef struct active_piece {
	uint32_t piece;
	uint32_t block_count;
	uint32_t last_block_bytes;
	uint32_t here_count;
	uint32_t free_count; /**< neither here nor asked for */
	block blocks[];
} active_piece;

/** A range of the plan and how far it has been asked for. */
typedef struct wanted_range {
	tsi_plan_range range;
	uint32_t next_piece; /**< every piece before it is here or has no free block */
} wanted_range;

struct tsi_fetch {
	tsi_fetch_callbacks callbacks;
	uint32_t piece_count;
	uint32_t piece_size;
	uint8_t *have;
	wanted_range *plan;
	size_t plan_count;
	active_piece **active; /**< sorted by piece */
	size_t active_count;
	size_t active_capacity;
	tsi_fetch_peer *peers;
	int64_t urgent_tick_us; /**< when late blocks were looked at last */
};

/* -- active pieces -------------------------------------------------------- */

static size_t active_place(const tsi_fetch *fetch, uint32_t piece)
{
	size_t low = 0;
	size_t high = fetch->active_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (fetch->active[middle]->piece < piece)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static active_piece *active_find(const tsi_fetch *fetch, uint32_t piece)
{
	size_t place = active_place(fetch, piece);
	if (place < fetch->active_count && fetch->active[place]->piece == piece)
		return fetch->active[place];
	return NULL;
}

static active_piece *active_make(tsi_fetch *fetch, uint32_t piece)
{
	if (fetch->active_count == fetch->active_capacity) {
		size_t capacity = fetch->active_capacity ? fetch->active_capacity * 2 : 16;
		active_piece **active = realloc(fetch->active, capacity * sizeof(*active));
		if (!active)
			return NULL;
		fetch->active = active;
		fetch->active_capacity = capacity;
	}
	uint32_t block_count = 0;
	uint32_t last_block_bytes = 0;
	fetch->callbacks.piece_shape(fetch->callbacks.user, piece, &block_count, &last_block_bytes);
	active_piece *made = calloc(1, sizeof(*made) + block_count * sizeof(block));
	if (!made)
		return NULL;
	made->piece = piece;
	made->block_count = made->free_count = block_count;
	made->last_block_bytes = last_block_bytes;
	size_t place = active_place(fetch, piece);
	memmove(&fetch->active[place + 1], &fetch->active[place],
	        (fetch->active_count - place) * sizeof(*fetch->active));
	fetch->active[place] = made;
	fetch->active_count++;
	return made;
}

static void active_drop(tsi_fetch *fetch, active_piece *active)
{
	size_t place = active_place(fetch, active->piece);
	fetch->active_count--;
	memmove(&fetch->active[place], &fetch->active[place + 1],
	        (fetch->active_count - place) * sizeof(*fetch->active));
	free(active);
}

static uint32_t block_bytes(const active_piece *active, uint32_t index)
{
	return index + 1 == active->block_count ? active->last_block_bytes : TSI_BLOCK_BYTES;
}

/** A block of this piece is free again: ranges that had passed it must come back. */
static void piece_reopened(tsi_fetch *fetch, uint32_t piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++) {
		wanted_range *wanted = &fetch->plan[i];
		if (piece >= wanted->range.first_piece && piece < wanted->next_piece)
			wanted->next_piece = piece;
	}
}

static void forget_asker(tsi_fetch *fetch, active_piece *active, uint32_t index,
                         const tsi_fetch_peer *peer)
{
	block *b = &active->blocks[index];
	for (uint8_t i = 0; i < b->asker_count; i++) {
		if (b->askers[i] != peer)
			continue;
		b->askers[i] = b->askers[--b->asker_count];
		if (b->asker_count == 0 && !b->is_here) {
			active->free_count++;
			piece_reopened(fetch, active->piece);
		}
		return;
	}
}

/* -- asking --------------------------------------------------------------- */

static bool ask(tsi_fetch *fetch, tsi_fetch_peer *peer, active_piece *active, uint32_t index,
                int64_t now_us)
{
	block *b = &active->blocks[index];
	if (!tsi_peer_push(peer, active->piece, index, now_us))
		return false;
	if (b->asker_count == 0)
		active->free_count--;
	b->askers[b->asker_count++] = peer;
	fetch->callbacks.request(fetch->callbacks.user, peer->user, active->piece,
	                         index * TSI_BLOCK_BYTES, block_bytes(active, index));
	return true;
}

static void send_cancel(tsi_fetch *fetch, tsi_fetch_peer *peer, const active_piece *active,
                        uint32_t index)
{
	fetch->callbacks.cancel(fetch->callbacks.user, peer->user, active->piece,
	                        index * TSI_BLOCK_BYTES, block_bytes(active, index));
}

/** Take a request back, if the peer still owes it. */
static void withdraw(tsi_fetch *fetch, tsi_fetch_peer *peer, active_piece *active, uint32_t index)
{
	uint32_t place = tsi_peer_find(peer, active->piece, index);
	if (place < peer->request_count) {
		tsi_peer_remove(peer, place);
		send_cancel(fetch, peer, active, index);
	}
	forget_asker(fetch, active, index, peer);
}

static void withdraw_all(tsi_fetch *fetch, active_piece *active)
{
	for (uint32_t i = 0; i < active->block_count; i++)
		while (active->blocks[i].asker_count > 0)
			withdraw(fetch, active->blocks[i].askers[0], active, i);
}

static bool peer_has(const tsi_fetch *fetch, const tsi_fetch_peer *peer, uint32_t piece)
{
	return fetch->callbacks.peer_has(fetch->callbacks.user, peer->user, piece);
}

/** When all quick peers together would have this piece whole; negative: unknown. */
static int64_t piece_eta_us(const tsi_fetch *fetch, const active_piece *active, int64_t now_us)
{
	double rate = 0;
	int64_t base_us = -1;
	for (const tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		if (!peer->is_unchoked || peer->is_stalled || !peer_has(fetch, peer, active->piece))
			continue;
		rate += tsi_peer_rate(peer, now_us);
		if (peer->base_us >= 0 && (base_us < 0 || peer->base_us < base_us))
			base_us = peer->base_us;
	}
	if (rate <= 0)
		return -1;
	double bytes = (double)(active->block_count - active->here_count) * TSI_BLOCK_BYTES;
	return base_us + (int64_t)(bytes * 1e6 / rate);
}

/** Would a block of an urgent piece come from this peer in time to be of use? */
static bool is_quick_enough(const tsi_fetch *fetch, const tsi_fetch_peer *peer,
                            const active_piece *active, int64_t now_us)
{
	int64_t own_us = tsi_peer_eta_us(peer, peer->request_count, now_us);
	int64_t together_us = piece_eta_us(fetch, active, now_us);
	if (together_us < 0)
		return true; /* nobody is known: all may try */
	if (own_us < 0)
		return peer->request_count < 4; /* a stranger among known ones: a few, to get to know it */
	return own_us <= together_us + together_us / 4 + 20000;
}

static uint32_t first_free_block(const active_piece *active)
{
	uint32_t i = 0;
	while (i < active->block_count &&
	       (active->blocks[i].is_here || active->blocks[i].asker_count > 0))
		i++;
	return i;
}

/** Ask for the free blocks of one piece while there is room.
 *  @return how many were asked for */
static uint32_t ask_piece(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece,
                          tsi_urgency urgency, uint32_t room, int64_t now_us)
{
	active_piece *active = active_find(fetch, piece);
	if (!active)
		active = active_make(fetch, piece);
	if (!active)
		return 0;
	uint32_t asked = 0;
	uint32_t index = first_free_block(active);
	while (asked < room && active->free_count > 0) {
		if (urgency == TSI_URGENT && !is_quick_enough(fetch, peer, active, now_us))
			break;
		while (active->blocks[index].is_here || active->blocks[index].asker_count > 0)
			index++;
		if (!ask(fetch, peer, active, index, now_us))
			break;
		asked++;
	}
	return asked;
}

static bool has_free_block(const tsi_fetch *fetch, uint32_t piece)
{
	const active_piece *active = active_find(fetch, piece);
	return !active || active->free_count > 0;
}

static uint32_t ask_range(tsi_fetch *fetch, tsi_fetch_peer *peer, wanted_range *wanted,
                          uint32_t room, int64_t now_us)
{
	uint32_t asked = 0;
	for (uint32_t piece = wanted->next_piece; piece < wanted->range.end_piece && asked < room;
	     piece++) {
		/* A word at a time where memchr can: windows may span 100,000 pieces that are here. */
		const uint8_t *missing =
		    memchr(&fetch->have[piece], 0, wanted->range.end_piece - (size_t)piece);
		if (piece == wanted->next_piece)
			wanted->next_piece =
			    missing ? (uint32_t)(missing - fetch->have) : wanted->range.end_piece;
		if (!missing)
			break;
		piece = (uint32_t)(missing - fetch->have);
		if (!has_free_block(fetch, piece)) {
			if (piece == wanted->next_piece)
				wanted->next_piece++;
			continue;
		}
		if (peer_has(fetch, peer, piece))
			asked += ask_piece(fetch, peer, piece, wanted->range.urgency, room - asked, now_us);
	}
	return asked;
}

/** Fill one peer's pipe from the plan. */
static void fill(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	uint32_t room = tsi_peer_room(peer);
	for (size_t i = 0; i < fetch->plan_count && room > 0; i++)
		room -= ask_range(fetch, peer, &fetch->plan[i], room, now_us);
}

static void fill_all(tsi_fetch *fetch, int64_t now_us)
{
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next)
		fill(fetch, peer, now_us);
}

/* -- late blocks ---------------------------------------------------------- */

/** When the quickest of those who were asked will have sent it; INT64_MAX: never. */
static int64_t block_eta_us(const active_piece *active, uint32_t index, int64_t now_us)
{
	int64_t best_us = INT64_MAX;
	const block *b = &active->blocks[index];
	for (uint8_t i = 0; i < b->asker_count; i++) {
		const tsi_fetch_peer *peer = b->askers[i];
		int64_t eta_us = tsi_peer_eta_us(peer, tsi_peer_find(peer, active->piece, index), now_us);
		/* Nothing came from it yet: allow it a quarter of a second, then double what it took. */
		if (eta_us < 0)
			eta_us = 250000 + (now_us - peer->queue[0].sent_us);
		if (eta_us < best_us)
			best_us = eta_us;
	}
	return best_us;
}

static bool is_asked(const block *b, const tsi_fetch_peer *peer)
{
	for (uint8_t i = 0; i < b->asker_count; i++)
		if (b->askers[i] == peer)
			return true;
	return false;
}

static tsi_fetch_peer *quickest_other(const tsi_fetch *fetch, const active_piece *active,
                                      uint32_t index, int64_t now_us, int64_t *out_eta_us)
{
	tsi_fetch_peer *best = NULL;
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		if (!peer->is_unchoked || peer->is_stalled || peer->request_count >= peer->queue_limit ||
		    is_asked(&active->blocks[index], peer) || !peer_has(fetch, peer, active->piece))
			continue;
		int64_t eta_us = tsi_peer_eta_us(peer, peer->request_count, now_us);
		if (eta_us >= 0 && (!best || eta_us < *out_eta_us)) {
			best = peer;
			*out_eta_us = eta_us;
		}
	}
	return best;
}

static void duplicate_late_blocks(tsi_fetch *fetch, active_piece *active, int64_t now_us)
{
	for (uint32_t i = 0; i < active->block_count; i++) {
		const block *b = &active->blocks[i];
		if (b->is_here || b->asker_count == 0 || b->asker_count == MAX_ASKERS)
			continue;
		int64_t other_us = 0;
		int64_t current_us = block_eta_us(active, i, now_us);
		tsi_fetch_peer *other = quickest_other(fetch, active, i, now_us, &other_us);
		if (other && other_us < current_us / 2 && current_us - other_us > DUPLICATE_GAIN_US)
			ask(fetch, other, active, i, now_us);
	}
}

/** @return true if some urgent piece is not whole */
static bool hasten_urgent(tsi_fetch *fetch, int64_t now_us)
{
	bool is_waiting = false;
	for (size_t i = 0; i < fetch->plan_count; i++) {
		const tsi_plan_range *range = &fetch->plan[i].range;
		if (range->urgency != TSI_URGENT)
			continue;
		for (uint32_t piece = range->first_piece; piece < range->end_piece; piece++) {
			active_piece *active = active_find(fetch, piece);
			if (fetch->have[piece] || (active && active->here_count == active->block_count))
				continue;
			is_waiting = true;
			if (active && now_us - fetch->urgent_tick_us >= URGENT_TICK_US)
				duplicate_late_blocks(fetch, active, now_us);
		}
	}
	if (now_us - fetch->urgent_tick_us >= URGENT_TICK_US)
		fetch->urgent_tick_us = now_us;
	return is_waiting;
}

/** It is silent: let others be asked for what it owes, but know its blocks if they come. */
static void give_up(tsi_fetch *fetch, tsi_fetch_peer *peer)
{
	peer->is_stalled = true;
	peer->depth = 1;
	for (uint32_t i = 0; i < peer->request_count; i++) {
		peer->queue[i].is_void = true;
		active_piece *active = active_find(fetch, peer->queue[i].piece);
		if (active)
			forget_asker(fetch, active, peer->queue[i].block, peer);
	}
}

/* -- public --------------------------------------------------------------- */

tsi_fetch *tsi_fetch_new(uint32_t piece_count, uint32_t piece_size, const uint8_t *have,
                         const tsi_fetch_callbacks *callbacks)
{
	tsi_fetch *fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return NULL;
	fetch->have = malloc(piece_count ? piece_count : 1);
	if (!fetch->have) {
		free(fetch);
		return NULL;
	}
	memcpy(fetch->have, have, piece_count);
	fetch->callbacks = *callbacks;
	fetch->piece_count = piece_count;
	fetch->piece_size = piece_size;
	return fetch;
}

void tsi_fetch_free(tsi_fetch *fetch)
{
	if (!fetch)
		return;
	while (fetch->peers) {
		tsi_fetch_peer *peer = fetch->peers;
		fetch->peers = peer->next;
		tsi_peer_clear(peer);
		free(peer);
	}
	for (size_t i = 0; i < fetch->active_count; i++)
		free(fetch->active[i]);
	free(fetch->active);
	free(fetch->plan);
	free(fetch->have);
	free(fetch);
}

static bool is_planned(const tsi_fetch *fetch, uint32_t piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++)
		if (piece >= fetch->plan[i].range.first_piece && piece < fetch->plan[i].range.end_piece)
			return true;
	return false;
}

bool tsi_fetch_set_plan(tsi_fetch *fetch, const tsi_plan *plan, int64_t now_us)
{
	wanted_range *ranges = calloc(plan->range_count ? plan->range_count : 1, sizeof(*ranges));
	if (!ranges)
		return false;
	size_t count = 0;
	for (size_t i = 0; i < plan->range_count; i++) {
		tsi_plan_range range = plan->ranges[i];
		if (range.end_piece > fetch->piece_count)
			range.end_piece = fetch->piece_count;
		if (range.first_piece < range.end_piece)
			ranges[count++] = (wanted_range){.range = range, .next_piece = range.first_piece};
	}
	free(fetch->plan);
	fetch->plan = ranges;
	fetch->plan_count = count;
	for (size_t i = 0; i < fetch->active_count; i++)
		if (fetch->active[i]->here_count + fetch->active[i]->free_count <
		        fetch->active[i]->block_count &&
		    !is_planned(fetch, fetch->active[i]->piece))
			withdraw_all(fetch, fetch->active[i]);
	fill_all(fetch, now_us);
	return true;
}

tsi_fetch_peer *tsi_fetch_peer_new(tsi_fetch *fetch, void *peer_user)
{
	tsi_fetch_peer *peer = malloc(sizeof(*peer));
	if (!peer)
		return NULL;
	tsi_peer_init(peer, peer_user);
	peer->next = fetch->peers;
	fetch->peers = peer;
	return peer;
}

/** All that it owes is void; others are asked. */
static void release(tsi_fetch *fetch, tsi_fetch_peer *peer)
{
	for (uint32_t i = 0; i < peer->request_count; i++) {
		active_piece *active = active_find(fetch, peer->queue[i].piece);
		if (active)
			forget_asker(fetch, active, peer->queue[i].block, peer);
	}
	peer->request_count = 0;
}

void tsi_fetch_peer_free(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	tsi_fetch_peer **link = &fetch->peers;
	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	release(fetch, peer);
	tsi_peer_clear(peer);
	free(peer);
	fill_all(fetch, now_us);
}

void tsi_fetch_unchoked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	peer->is_unchoked = true;
	peer->is_stalled = false;
	fill(fetch, peer, now_us);
}

void tsi_fetch_choked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	peer->is_unchoked = false;
	release(fetch, peer);
	fill_all(fetch, now_us);
}

void tsi_fetch_peer_gained(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	fill(fetch, peer, now_us);
}

void tsi_fetch_set_queue_limit(tsi_fetch_peer *peer, uint32_t blocks)
{
	peer->queue_limit = blocks ? blocks : 1;
}

/** Note that the block is here; those who were asked for it as well need not send it. */
static void accept(tsi_fetch *fetch, uint32_t piece, uint32_t index)
{
	active_piece *active = active_find(fetch, piece);
	if (!active)
		active = active_make(fetch, piece);
	if (!active || index >= active->block_count || active->blocks[index].is_here)
		return;
	block *b = &active->blocks[index];
	if (b->asker_count == 0)
		active->free_count--;
	b->is_here = true;
	active->here_count++;
	while (b->asker_count > 0)
		withdraw(fetch, b->askers[0], active, index);
}

void tsi_fetch_block(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                     int64_t now_us)
{
	if (piece >= fetch->piece_count)
		return;
	uint32_t index = offset / TSI_BLOCK_BYTES;
	uint32_t place = peer ? tsi_peer_find(peer, piece, index) : 0;
	if (peer && place < peer->request_count) {
		int64_t sent_us = peer->queue[place].sent_us;
		tsi_peer_remove(peer, place);
		tsi_peer_learn(peer, sent_us, TSI_BLOCK_BYTES, now_us);
		active_piece *active = active_find(fetch, piece);
		if (active && index < active->block_count)
			forget_asker(fetch, active, index, peer);
	}
	if (!fetch->have[piece])
		accept(fetch, piece, index);
	if (peer)
		fill(fetch, peer, now_us);
}

void tsi_fetch_rejected(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                        int64_t now_us)
{
	uint32_t index = offset / TSI_BLOCK_BYTES;
	uint32_t place = tsi_peer_find(peer, piece, index);
	if (place == peer->request_count)
		return; /* the answer to a cancel */
	tsi_peer_remove(peer, place);
	active_piece *active = active_find(fetch, piece);
	if (active && index < active->block_count)
		forget_asker(fetch, active, index, peer);
	/* Not asked again at once: a peer that rejects everything would have us in a loop. */
	for (tsi_fetch_peer *other = fetch->peers; other; other = other->next)
		if (other != peer)
			fill(fetch, other, now_us);
}

void tsi_fetch_piece_passed(tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	(void)now_us;
	if (piece >= fetch->piece_count)
		return;
	fetch->have[piece] = 1;
	active_piece *active = active_find(fetch, piece);
	if (!active)
		return;
	withdraw_all(fetch, active);
	active_drop(fetch, active);
}

void tsi_fetch_piece_failed(tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	active_piece *active = active_find(fetch, piece);
	if (active) {
		withdraw_all(fetch, active);
		active_drop(fetch, active);
	}
	piece_reopened(fetch, piece);
	fill_all(fetch, now_us);
}

/** @return when to look at this peer again; negative: no need */
static int64_t watch_peer(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us, bool *gave_up)
{
	if (peer->is_stalled && peer->request_count > 0 &&
	    now_us - peer->queue[peer->request_count - 1].sent_us > PROBE_US) {
		peer->request_count = 0; /* long enough: what it owes will not come */
		peer->is_stalled = false;
	}
	int64_t stall_at_us = tsi_peer_stall_at_us(peer);
	if (stall_at_us < 0)
		return -1;
	if (!peer->is_stalled && now_us >= stall_at_us) {
		give_up(fetch, peer);
		*gave_up = true;
	}
	return peer->is_stalled ? now_us + PROBE_US : stall_at_us;
}

int64_t tsi_fetch_tick(tsi_fetch *fetch, int64_t now_us)
{
	int64_t next_us = -1;
	bool gave_up = false;
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		int64_t at_us = watch_peer(fetch, peer, now_us, &gave_up);
		if (at_us >= 0 && (next_us < 0 || at_us < next_us))
			next_us = at_us;
	}
	fill_all(fetch, now_us);
	if (hasten_urgent(fetch, now_us))
		return URGENT_TICK_US;
	return next_us < 0 ? -1 : next_us > now_us ? next_us - now_us : URGENT_TICK_US;
}

static const tsi_plan_range *first_missing(const tsi_fetch *fetch, uint32_t *out_piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++) {
		const tsi_plan_range *range = &fetch->plan[i].range;
		for (uint32_t p = range->first_piece; range->urgency == TSI_URGENT && p < range->end_piece;
		     p++) {
			if (fetch->have[p])
				continue;
			*out_piece = p;
			return range;
		}
	}
	return NULL;
}

void tsi_fetch_get_waiting(const tsi_fetch *fetch, int64_t now_us, tsi_fetch_waiting *out_waiting)
{
	memset(out_waiting, 0, sizeof(*out_waiting));
	out_waiting->estimate_us = -1;
	if (!first_missing(fetch, &out_waiting->piece))
		return;
	out_waiting->is_waiting = true;
	for (const tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		uint32_t place = 0;
		while (place < peer->request_count && peer->queue[place].piece != out_waiting->piece)
			place++;
		out_waiting->asked_count += place < peer->request_count;
		out_waiting->holder_count += peer_has(fetch, peer, out_waiting->piece);
	}
	const active_piece *active = active_find(fetch, out_waiting->piece);
	if (active)
		out_waiting->estimate_us = piece_eta_us(fetch, active, now_us);
}

void tsi_fetch_get_peer_stats(const tsi_fetch_peer *peer, int64_t now_us,
                              tsi_fetch_peer_stats *out_stats)
{
	out_stats->request_count = peer->request_count;
	out_stats->rtt_us = peer->base_us;
	out_stats->rate_bytes_per_s = (uint64_t)tsi_peer_rate(peer, now_us);
	out_stats->is_unchoked = peer->is_unchoked;
	out_stats->is_stalled = peer->is_stalled;
}

void tsi_fetch_mark_partial(const tsi_fetch *fetch, uint8_t *out_pieces, uint32_t piece_count)
{
	for (size_t i = 0; i < fetch->active_count; i++)
		if (fetch->active[i]->piece < piece_count)
			out_pieces[fetch->active[i]->piece] = TSTREAM_PIECE_PARTIAL;
}
