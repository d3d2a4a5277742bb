/**
 * core/fetch_hasten.c - late blocks of urgent pieces, and peers that fall silent.
 */
#include "core/fetch_internal.h"

/* A second peer is asked when it would be here in less than a third of the time, and this
 * much sooner: less is not worth a block sent twice. */
#define DUPLICATE_GAIN_US 60000
/* A stalled peer gets one request now and then, to see whether it is back. */
#define PROBE_US 10000000

/* -- late blocks ---------------------------------------------------------- */

/** When the quickest of those who were asked will have sent it; INT64_MAX: never. */
static int64_t block_eta_us(const tsi_active_piece *active, uint32_t index, int64_t now_us)
{
	int64_t best_us = INT64_MAX;
	const tsi_block *block = &active->blocks[index];
	for (uint8_t i = 0; i < block->asker_count; i++) {
		const tsi_fetch_peer *peer = block->askers[i];
		uint32_t place = tsi_peer_find(peer, active->piece, index);
		int64_t eta_us = tsi_peer_eta_us(peer, place, now_us);
		if (eta_us < 0)
			eta_us = TSI_STRANGER_US + (now_us - peer->queue[0].sent_us);
		if (eta_us < best_us)
			best_us = eta_us;
	}
	return best_us;
}

static tsi_fetch_peer *quickest_other(const tsi_fetch *fetch, const tsi_active_piece *active,
                                      uint32_t index, int64_t now_us, int64_t *out_eta_us)
{
	tsi_fetch_peer *best = NULL;
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		if (!tsi_peer_is_serving(peer, now_us) || peer->request_count >= peer->queue_limit ||
		    tsi_block_is_asked_of(&active->blocks[index], peer) ||
		    !tsi_fetch_peer_has(fetch, peer, active->piece))
			continue;
		int64_t eta_us = tsi_peer_next_us(peer, now_us);
		if (eta_us >= 0 && (!best || eta_us < *out_eta_us)) {
			best = peer;
			*out_eta_us = eta_us;
		}
	}
	return best;
}

static void duplicate_late_blocks(tsi_fetch *fetch, tsi_active_piece *active, int64_t now_us)
{
	for (uint32_t i = 0; i < active->block_count; i++) {
		const tsi_block *block = &active->blocks[i];
		if (block->is_here || block->asker_count == 0 || block->asker_count == TSI_MAX_ASKERS)
			continue;
		int64_t other_us = 0;
		int64_t current_us = block_eta_us(active, i, now_us);
		tsi_fetch_peer *other = quickest_other(fetch, active, i, now_us, &other_us);
		if (other && other_us < current_us / 3 && current_us - other_us > DUPLICATE_GAIN_US)
			tsi_fetch_ask(fetch, other, active, i, now_us);
	}
}

static bool may_be_asked(const tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	for (const tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next)
		if (tsi_peer_is_serving(peer, now_us) && tsi_fetch_peer_has(fetch, peer, piece))
			return true;
	return false;
}

static bool hasten_range(tsi_fetch *fetch, const tsi_plan_range *range, bool is_due, int64_t now_us)
{
	bool is_awaited = false;
	for (uint32_t piece = range->first_piece; piece < range->end_piece; piece++) {
		if (fetch->have[piece])
			continue;
		tsi_active_piece *active = tsi_active_find(fetch, piece);
		bool is_asked = active && tsi_active_asked_count(active) > 0;
		is_awaited = is_awaited || is_asked || may_be_asked(fetch, piece, now_us);
		if (is_asked && is_due && !active->is_suspect)
			duplicate_late_blocks(fetch, active, now_us);
	}
	return is_awaited;
}

bool tsi_fetch_hasten(tsi_fetch *fetch, int64_t now_us)
{
	bool is_awaited = false;
	bool is_due = now_us - fetch->urgent_tick_us >= TSI_URGENT_TICK_US;
	for (size_t i = 0; i < fetch->plan_count; i++)
		if (fetch->plan[i].range.urgency == TSI_URGENT)
			is_awaited |= hasten_range(fetch, &fetch->plan[i].range, is_due, now_us);
	if (is_due)
		fetch->urgent_tick_us = now_us;
	return is_awaited;
}

/* -- silent peers --------------------------------------------------------- */

/** Let others be asked for what it owes, but know its blocks if they come. */
static void give_up(tsi_fetch *fetch, tsi_fetch_peer *peer)
{
	peer->is_stalled = true;
	for (uint32_t i = 0; i < peer->request_count; i++) {
		tsi_active_piece *active = tsi_active_find(fetch, peer->queue[i].piece);
		if (active)
			tsi_active_remove_asker(fetch, active, peer->queue[i].block, peer);
	}
}

/** It is silent still: take everything back, and try it with one request. */
static void probe(tsi_fetch *fetch, tsi_fetch_peer *peer)
{
	while (peer->request_count > 0)
		tsi_fetch_take_back(fetch, peer, peer->request_count - 1);
	peer->is_stalled = false;
	peer->depth = 1;
}

int64_t tsi_fetch_watch(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	if (peer->quiet_until_us > now_us)
		return peer->quiet_until_us;
	if (peer->is_stalled && now_us - peer->stalled_us >= PROBE_US)
		probe(fetch, peer);
	int64_t stall_at_us = tsi_peer_stall_at_us(peer);
	if (!peer->is_stalled && stall_at_us >= 0 && now_us >= stall_at_us) {
		give_up(fetch, peer);
		peer->stalled_us = now_us;
	}
	return peer->is_stalled ? peer->stalled_us + PROBE_US : stall_at_us;
}

void tsi_fetch_trust_again(tsi_fetch *fetch, tsi_fetch_peer *peer)
{
	peer->is_stalled = false;
	for (uint32_t place = peer->request_count; place-- > 0;) {
		const tsi_request *request = &peer->queue[place];
		tsi_active_piece *active = tsi_active_find(fetch, request->piece);
		tsi_block *block = active ? &active->blocks[request->block] : NULL;
		if (block && !block->is_here && block->asker_count < TSI_MAX_ASKERS &&
		    tsi_fetch_is_planned(fetch, request->piece))
			tsi_active_add_asker(active, request->block, peer);
		else
			tsi_fetch_take_back(fetch, peer, place);
	}
}
