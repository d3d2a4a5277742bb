/**
 * core/fetch_prefer.c - peers that are asked first, and what is left to them.
 *
 * A preferred peer is one of ours: what it has costs nobody else anything.  The others are
 * asked for a piece that it has only where somebody would be kept waiting: beyond what it
 * can bring of the next seconds within NEAR_PATIENCE_US, and of a piece that a reader stands
 * before within URGENT_PATIENCE_US.
 */
#include "core/fetch_internal.h"

#define URGENT_PATIENCE_US 100000
#define NEAR_PATIENCE_US 1500000

void tsi_fetch_prefer(tsi_fetch *fetch, tsi_fetch_peer *peer, int64_t now_us)
{
	if (peer->is_preferred || fetch->preferred_count == TSI_MAX_PREFERRED)
		return;
	peer->is_preferred = true;
	fetch->preferred[fetch->preferred_count++] = peer;
	tsi_fetch_fill(fetch, peer, now_us);
}

void tsi_fetch_forget_preferred(tsi_fetch *fetch, const tsi_fetch_peer *peer)
{
	for (size_t i = fetch->preferred_count; i-- > 0;)
		if (fetch->preferred[i] == peer)
			fetch->preferred[i] = fetch->preferred[--fetch->preferred_count];
}

/** It was asked for something lately, and may answer yet. */
static bool is_on_trial(const tsi_fetch_peer *peer, int64_t now_us)
{
	return peer->request_count == 0 || now_us - peer->queue[0].sent_us < TSI_STRANGER_US;
}

bool tsi_fetch_is_left(const tsi_fetch *fetch, const tsi_fetch_peer *peer,
                       const tsi_left_piece *left, int64_t now_us)
{
	bool is_held = false;
	double rate = 0;
	uint32_t blocks = left->block_count;
	for (size_t i = 0; i < fetch->preferred_count && !peer->is_preferred; i++) {
		const tsi_fetch_peer *ours = fetch->preferred[i];
		if (!tsi_peer_is_serving(ours, now_us) || !tsi_fetch_peer_has(fetch, ours, left->piece))
			continue;
		double its_rate = tsi_peer_rate(ours, now_us);
		if (left->urgency > TSI_NEAR || (its_rate <= 0 && is_on_trial(ours, now_us)))
			return true;
		is_held = true;
		rate += its_rate;
		blocks += ours->request_count;
	}
	if (!is_held || rate <= 0)
		return false;
	double patience_us = left->urgency == TSI_URGENT ? URGENT_PATIENCE_US : NEAR_PATIENCE_US;
	return (double)blocks * TSI_BLOCK_BYTES * 1e6 / rate <= patience_us;
}
