#include "core/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "core/fetch_internal.h"

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

/** Take back what is out for pieces that the plan does not mention any more. */
static void withdraw_unplanned(tsi_fetch *fetch)
{
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		/* Neighbours in a queue are mostly of one piece. */
		uint32_t piece = UINT32_MAX;
		bool is_planned = false;
		for (uint32_t place = peer->request_count; place-- > 0;) {
			if (peer->queue[place].piece != piece) {
				piece = peer->queue[place].piece;
				is_planned = tsi_fetch_is_planned(fetch, piece);
			}
			if (!is_planned)
				tsi_fetch_take_back(fetch, peer, place);
		}
	}
}

/** Does a reader come to this piece? */
static bool is_ahead(const tsi_fetch *fetch, uint32_t piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++) {
		const tsi_plan_range *range = &fetch->plan[i].range;
		if (range->urgency != TSI_KEEP && piece >= range->first_piece && piece < range->end_piece)
			return true;
	}
	return false;
}

/** Is something urgent that no reader was coming to? */
static bool is_seek(const tsi_fetch *fetch, const tsi_wanted_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const tsi_plan_range *range = &ranges[i].range;
		if (range->urgency != TSI_URGENT)
			continue;
		uint32_t piece = range->first_piece;
		while (piece < range->end_piece && fetch->have[piece])
			piece++;
		if (piece < range->end_piece && !is_ahead(fetch, piece))
			return true;
	}
	return false;
}

bool tsi_fetch_set_plan(tsi_fetch *fetch, const tsi_plan *plan, int64_t now_us)
{
	tsi_wanted_range *ranges = calloc(plan->range_count ? plan->range_count : 1, sizeof(*ranges));
	if (!ranges)
		return false;
	size_t count = 0;
	for (size_t i = 0; i < plan->range_count; i++) {
		tsi_plan_range range = plan->ranges[i];
		if (range.end_piece > fetch->piece_count)
			range.end_piece = fetch->piece_count;
		if (range.first_piece < range.end_piece)
			ranges[count++] = (tsi_wanted_range){.range = range, .next_piece = range.first_piece};
	}
	if (is_seek(fetch, ranges, count))
		fetch->seeking_until_us = now_us + TSI_SEEKING_US;
	free(fetch->plan);
	fetch->plan = ranges;
	fetch->plan_count = count;
	withdraw_unplanned(fetch);
	tsi_fetch_fill_all(fetch, now_us);
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
		tsi_active_piece *active = tsi_active_find(fetch, peer->queue[i].piece);
		if (active)
			tsi_active_remove_asker(fetch, active, peer->queue[i].block, peer);
	}
	peer->request_count = 0;
	peer->ghost_count = 0;
}

void tsi_fetch_peer_free(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	tsi_fetch_peer **link = &fetch->peers;
	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	tsi_fetch_forget_preferred(fetch, peer);
	release(fetch, peer);
	for (size_t i = 0; i < fetch->active_count; i++)
		if (fetch->active[i]->sole == peer)
			fetch->active[i]->sole = NULL;
	tsi_peer_clear(peer);
	free(peer);
	tsi_fetch_fill_all(fetch, now_us);
}

void tsi_fetch_unchoked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	peer->is_unchoked = true;
	if (peer->is_stalled)
		tsi_fetch_trust_again(fetch, peer);
	peer->quiet_us = peer->quiet_until_us = 0;
	tsi_fetch_fill(fetch, peer, now_us);
}

void tsi_fetch_choked(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	peer->is_unchoked = false;
	peer->is_stalled = false;
	release(fetch, peer);
	tsi_fetch_fill_all(fetch, now_us);
}

void tsi_fetch_peer_gained(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	tsi_fetch_fill(fetch, peer, now_us);
}

void tsi_fetch_set_queue_limit(tsi_fetch_peer *peer, uint32_t blocks)
{
	peer->queue_limit = blocks ? blocks : 1;
}

/** Note that the block is here; those who were asked for it as well need not send it. */
static void accept(tsi_fetch *fetch, uint32_t piece, uint32_t index)
{
	tsi_active_piece *active = tsi_active_get(fetch, piece);
	if (!active || index >= active->block_count || active->blocks[index].is_here)
		return;
	if (active->blocks[index].asker_count == 0)
		active->free_count--;
	active->blocks[index].is_here = true;
	active->here_count++;
	tsi_fetch_withdraw_block(fetch, active, index);
}

/** The peer has sent a block: what it owes, what was taken back, or what nobody asked for. */
static void settle_debt(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t index,
                        int64_t now_us)
{
	int64_t sent_us = 0;
	uint32_t place = tsi_peer_find(peer, piece, index);
	if (place < peer->request_count) {
		sent_us = peer->queue[place].sent_us;
		tsi_peer_remove(peer, place);
		tsi_active_piece *active = tsi_active_find(fetch, piece);
		if (active && index < active->block_count)
			tsi_active_remove_asker(fetch, active, index, peer);
	} else if (!tsi_peer_lay_ghost(peer, piece, index, now_us, &sent_us)) {
		return;
	}
	tsi_peer_learn(peer, sent_us, TSI_BLOCK_BYTES, now_us);
}

/** A piece that failed must not be mixed again: a liar's late blocks would have it fail once
 *  more, and the honest peer blamed. */
static bool is_mixture(const tsi_fetch *fetch, const tsi_fetch_peer *peer, uint32_t piece)
{
	const tsi_active_piece *active = tsi_active_find(fetch, piece);
	return active && active->is_suspect && active->sole != peer;
}

bool tsi_fetch_block(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                     int64_t now_us)
{
	if (piece >= fetch->piece_count)
		return true;
	uint32_t index = offset / TSI_BLOCK_BYTES;
	if (peer)
		settle_debt(fetch, peer, piece, index, now_us);
	bool is_taken = !peer || !is_mixture(fetch, peer, piece);
	if (!fetch->have[piece] && is_taken)
		accept(fetch, piece, index);
	if (!peer)
		return true;
	if (peer->is_stalled)
		tsi_fetch_trust_again(fetch, peer);
	tsi_fetch_fill(fetch, peer, now_us);
	return is_taken;
}

void tsi_fetch_rejected(tsi_fetch *fetch, tsi_fetch_peer *peer, uint32_t piece, uint32_t offset,
                        int64_t now_us)
{
	uint32_t index = offset / TSI_BLOCK_BYTES;
	uint32_t place = tsi_peer_find(peer, piece, index);
	int64_t sent_us = 0;
	if (place == peer->request_count) {
		tsi_peer_lay_ghost(peer, piece, index, now_us, &sent_us); /* the answer to a cancel */
		return;
	}
	tsi_peer_back_off(peer, peer->queue[place].sent_us, now_us);
	tsi_peer_remove(peer, place);
	tsi_active_piece *active = tsi_active_find(fetch, piece);
	if (active && index < active->block_count)
		tsi_active_remove_asker(fetch, active, index, peer);
	tsi_fetch_fill_all(fetch, now_us);
}

void tsi_fetch_piece_passed(tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	(void)now_us;
	if (piece >= fetch->piece_count)
		return;
	fetch->have[piece] = 1;
	tsi_active_piece *active = tsi_active_find(fetch, piece);
	if (!active)
		return;
	tsi_fetch_withdraw(fetch, active);
	tsi_active_drop(fetch, active);
}

void tsi_fetch_piece_failed(tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	tsi_active_piece *active = tsi_active_find(fetch, piece);
	if (active) {
		tsi_fetch_withdraw(fetch, active);
		tsi_active_suspect(active);
	}
	tsi_fetch_reopen_piece(fetch, piece);
	tsi_fetch_fill_all(fetch, now_us);
}

int64_t tsi_fetch_tick(tsi_fetch *fetch, int64_t now_us)
{
	int64_t next_us = -1;
	for (tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		int64_t at_us = tsi_fetch_watch(fetch, peer, now_us);
		if (at_us >= 0 && (next_us < 0 || at_us < next_us))
			next_us = at_us;
	}
	tsi_fetch_fill_all(fetch, now_us);
	if (tsi_fetch_hasten(fetch, now_us))
		return TSI_URGENT_TICK_US;
	return next_us < 0 ? -1 : next_us > now_us ? next_us - now_us : TSI_URGENT_TICK_US;
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

/** When all peers together would have this piece whole; negative: unknown. */
static int64_t piece_eta_us(const tsi_fetch *fetch, uint32_t piece, int64_t now_us)
{
	double rate = 0;
	int64_t base_us = -1;
	for (const tsi_fetch_peer *peer = fetch->peers; peer; peer = peer->next) {
		if (!tsi_peer_is_serving(peer, now_us) || !tsi_fetch_peer_has(fetch, peer, piece))
			continue;
		rate += tsi_peer_rate(peer, now_us);
		if (peer->base_us >= 0 && (base_us < 0 || peer->base_us < base_us))
			base_us = peer->base_us;
	}
	const tsi_active_piece *active = tsi_active_find(fetch, piece);
	if (rate <= 0 || !active)
		return -1;
	double bytes = (double)(active->block_count - active->here_count) * TSI_BLOCK_BYTES;
	return base_us + (int64_t)(bytes * 1e6 / rate);
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
		out_waiting->holder_count += tsi_fetch_peer_has(fetch, peer, out_waiting->piece);
	}
	out_waiting->estimate_us = piece_eta_us(fetch, out_waiting->piece, now_us);
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
