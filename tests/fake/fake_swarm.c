#include "fake_swarm.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_TICK_US 10000

typedef enum happening_kind {
	ARRIVES,
	SERVES,
	ANSWERED,
	REJECTED,
	TAKEN_BACK,
	TICKS
} happening_kind;

/** Something that will happen, unless the peer's connection is another by then. */
typedef struct fake_happening {
	int64_t at_us;
	uint64_t sequence; /* of two at the same time the older comes first */
	happening_kind kind;
	fake_peer *peer;
	uint32_t generation;
	uint32_t piece;
	uint32_t block;
} fake_happening;

/* -- what will happen ----------------------------------------------------- */

static bool is_before(const fake_happening *a, const fake_happening *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static void schedule(fake_swarm *swarm, fake_happening happening)
{
	if (swarm->heap_count == swarm->heap_capacity) {
		swarm->heap_capacity = swarm->heap_capacity ? swarm->heap_capacity * 2 : 256;
		swarm->heap = realloc(swarm->heap, swarm->heap_capacity * sizeof(*swarm->heap));
		if (!swarm->heap)
			abort();
	}
	happening.sequence = swarm->sequence++;
	happening.generation = happening.peer ? happening.peer->generation : 0;
	size_t i = swarm->heap_count++;
	while (i > 0 && is_before(&happening, &swarm->heap[(i - 1) / 2])) {
		swarm->heap[i] = swarm->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	swarm->heap[i] = happening;
}

static fake_happening take_next(fake_swarm *swarm)
{
	fake_happening first = swarm->heap[0];
	fake_happening last = swarm->heap[--swarm->heap_count];
	size_t i = 0;
	for (size_t child = 1; child < swarm->heap_count; child = 2 * i + 1) {
		if (child + 1 < swarm->heap_count &&
		    is_before(&swarm->heap[child + 1], &swarm->heap[child]))
			child++;
		if (!is_before(&swarm->heap[child], &last))
			break;
		swarm->heap[i] = swarm->heap[child];
		i = child;
	}
	if (swarm->heap_count > 0)
		swarm->heap[i] = last;
	return first;
}

static uint64_t random_of(fake_swarm *swarm, uint64_t bound)
{
	swarm->random = swarm->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return bound ? (swarm->random >> 33) % bound : 0;
}

/* -- what the scheduler asks ---------------------------------------------- */

static void violate(fake_swarm *swarm, const char *what)
{
	if (!swarm->violation)
		swarm->violation = what;
}

static uint32_t blocks_per_piece(const fake_swarm *swarm)
{
	return swarm->piece_size / TSI_BLOCK_BYTES;
}

bool fake_swarm_is_planned(const fake_swarm *swarm, uint32_t piece)
{
	for (size_t i = 0; i < swarm->plan_count; i++)
		if (piece >= swarm->plan[i].first_piece && piece < swarm->plan[i].end_piece)
			return true;
	return false;
}

static uint32_t debt_of(const fake_peer *peer, uint32_t piece, uint32_t block)
{
	uint32_t i = 0;
	while (i < peer->debt_count && (peer->debts[i].piece != piece || peer->debts[i].block != block))
		i++;
	return i;
}

/** @return true if it was owed */
static bool settle_debt(fake_peer *peer, uint32_t piece, uint32_t block)
{
	uint32_t i = debt_of(peer, piece, block);
	if (i == peer->debt_count)
		return false;
	peer->debt_count--;
	memmove(&peer->debts[i], &peer->debts[i + 1], (peer->debt_count - i) * sizeof(*peer->debts));
	return true;
}

static void check_request(fake_peer *peer, uint32_t piece, uint32_t offset, uint32_t length)
{
	fake_swarm *swarm = peer->swarm;
	uint32_t block = offset / TSI_BLOCK_BYTES;
	if (piece >= swarm->piece_count || block >= blocks_per_piece(swarm) ||
	    offset % TSI_BLOCK_BYTES || length != TSI_BLOCK_BYTES)
		violate(swarm, "asked for a block that does not exist");
	else if (!fake_swarm_is_planned(swarm, piece))
		violate(swarm, "asked for a piece outside the plan");
	else if (swarm->have[piece])
		violate(swarm, "asked for a piece that is here");
	else if (&swarm->blocks[(size_t)piece * blocks_per_piece(swarm) + block] == swarm->arriving)
		swarm->is_arriving_asked = true; /* right, if it is not taken */
	else if (swarm->blocks[(size_t)piece * blocks_per_piece(swarm) + block].is_here)
		violate(swarm, "asked for a block that is here");
	else if (!peer->is_unchoked)
		violate(swarm, "asked a peer that does not serve us");
	else if (peer->have && !peer->have[piece])
		violate(swarm, "asked a peer for a piece it does not have");
	else if (debt_of(peer, piece, block) < peer->debt_count)
		violate(swarm, "asked the same peer twice for the same block");
	else if (peer->debt_count >= peer->queue_limit)
		violate(swarm, "asked a peer for more than it lets wait");
}

static void on_request(void *user, void *peer_user, uint32_t piece, uint32_t offset,
                       uint32_t length)
{
	fake_swarm *swarm = user;
	fake_peer *peer = peer_user;
	check_request(peer, piece, offset, length);
	if (peer->debt_count == FAKE_MAX_DEBTS)
		abort();
	uint32_t block = offset / TSI_BLOCK_BYTES;
	peer->debts[peer->debt_count++] = (fake_debt){piece, block};
	peer->asked_count++;
	schedule(swarm, (fake_happening){.at_us = swarm->now_us + peer->rtt_us / 2,
	                                 .kind = ARRIVES,
	                                 .peer = peer,
	                                 .piece = piece,
	                                 .block = block});
}

static void on_cancel(void *user, void *peer_user, uint32_t piece, uint32_t offset, uint32_t length)
{
	(void)length;
	fake_swarm *swarm = user;
	fake_peer *peer = peer_user;
	uint32_t block = offset / TSI_BLOCK_BYTES;
	if (!settle_debt(peer, piece, block))
		violate(swarm, "took back what was not asked");
	peer->cancelled_count++;
	schedule(swarm, (fake_happening){.at_us = swarm->now_us + peer->rtt_us / 2,
	                                 .kind = TAKEN_BACK,
	                                 .peer = peer,
	                                 .piece = piece,
	                                 .block = block});
}

static bool on_peer_has(void *user, void *peer_user, uint32_t piece)
{
	(void)user;
	const fake_peer *peer = peer_user;
	return !peer->have || peer->have[piece];
}

static void on_piece_shape(void *user, uint32_t piece, uint32_t *out_block_count,
                           uint32_t *out_last_block_bytes)
{
	(void)piece;
	*out_block_count = blocks_per_piece(user);
	*out_last_block_bytes = TSI_BLOCK_BYTES;
}

/* -- what peers do -------------------------------------------------------- */

static void serve_next(fake_peer *peer)
{
	fake_swarm *swarm = peer->swarm;
	if (peer->is_serving || peer->queue_count == 0)
		return;
	peer->is_serving = true;
	int64_t at_us = peer->busy_until_us > swarm->now_us ? peer->busy_until_us : swarm->now_us;
	schedule(swarm, (fake_happening){.at_us = at_us, .kind = SERVES, .peer = peer});
}

static void arrives(fake_peer *peer, uint32_t piece, uint32_t block)
{
	fake_swarm *swarm = peer->swarm;
	if (peer->is_rejecting) {
		schedule(swarm, (fake_happening){.at_us = swarm->now_us + peer->rtt_us / 2,
		                                 .kind = REJECTED,
		                                 .peer = peer,
		                                 .piece = piece,
		                                 .block = block});
		return;
	}
	if (peer->queue_count == FAKE_MAX_DEBTS)
		abort();
	peer->queue[peer->queue_count++] = (fake_debt){piece, block};
	serve_next(peer);
}

static void taken_back(fake_peer *peer, uint32_t piece, uint32_t block)
{
	for (uint32_t i = 0; i < peer->queue_count; i++) {
		if (peer->queue[i].piece != piece || peer->queue[i].block != block)
			continue;
		peer->queue_count--;
		memmove(&peer->queue[i], &peer->queue[i + 1],
		        (peer->queue_count - i) * sizeof(*peer->queue));
		return;
	}
}

static void serves(fake_peer *peer)
{
	fake_swarm *swarm = peer->swarm;
	peer->is_serving = false;
	if (peer->is_silent || peer->queue_count == 0)
		return;
	fake_debt debt = peer->queue[0];
	peer->queue_count--;
	memmove(&peer->queue[0], &peer->queue[1], peer->queue_count * sizeof(*peer->queue));
	peer->busy_until_us = swarm->now_us + (int64_t)(TSI_BLOCK_BYTES * 1e6 / peer->rate);
	int64_t at_us = peer->busy_until_us + peer->rtt_us / 2 +
	                (int64_t)random_of(swarm, (uint64_t)peer->jitter_us);
	/* A connection keeps the order. */
	if (at_us < peer->last_arrival_us)
		at_us = peer->last_arrival_us;
	peer->last_arrival_us = at_us;
	schedule(swarm, (fake_happening){.at_us = at_us,
	                                 .kind = ANSWERED,
	                                 .peer = peer,
	                                 .piece = debt.piece,
	                                 .block = debt.block});
	serve_next(peer);
}

static void judge_piece(fake_swarm *swarm, uint32_t piece)
{
	fake_block *blocks = &swarm->blocks[(size_t)piece * blocks_per_piece(swarm)];
	bool is_spoilt = false;
	for (uint32_t i = 0; i < blocks_per_piece(swarm); i++) {
		if (!blocks[i].is_here)
			return;
		is_spoilt |= blocks[i].is_spoilt;
	}
	if (is_spoilt) {
		memset(blocks, 0, blocks_per_piece(swarm) * sizeof(*blocks));
		swarm->failed_pieces++;
		tsi_fetch_piece_failed(swarm->fetch, piece, swarm->now_us);
		return;
	}
	swarm->have[piece] = 1;
	swarm->passed_pieces++;
	tsi_fetch_piece_passed(swarm->fetch, piece, swarm->now_us);
}

static void answered(fake_peer *peer, uint32_t piece, uint32_t block)
{
	fake_swarm *swarm = peer->swarm;
	fake_block *b = &swarm->blocks[(size_t)piece * blocks_per_piece(swarm) + block];
	settle_debt(peer, piece, block);
	peer->sent_bytes += TSI_BLOCK_BYTES;
	swarm->arrived_bytes += TSI_BLOCK_BYTES;
	if (b->is_here || swarm->have[piece])
		swarm->duplicate_bytes += TSI_BLOCK_BYTES;
	else if (!fake_swarm_is_planned(swarm, piece))
		swarm->unwanted_bytes += TSI_BLOCK_BYTES;
	bool is_new = !b->is_here && !swarm->have[piece];
	fake_block before = *b;
	if (is_new)
		*b = (fake_block){true, peer->is_corrupt};
	swarm->arriving = b;
	swarm->is_arriving_asked = false;
	bool is_taken =
	    tsi_fetch_block(swarm->fetch, peer->handle, piece, block * TSI_BLOCK_BYTES, swarm->now_us);
	swarm->arriving = NULL;
	if (swarm->is_arriving_asked && (is_taken || !is_new))
		violate(swarm, "asked for a block that is here");
	if (is_new && !is_taken)
		*b = before;
	if (is_new && is_taken)
		judge_piece(swarm, piece);
}

static void rejected(fake_peer *peer, uint32_t piece, uint32_t block)
{
	settle_debt(peer, piece, block);
	tsi_fetch_rejected(peer->swarm->fetch, peer->handle, piece, block * TSI_BLOCK_BYTES,
	                   peer->swarm->now_us);
}

/* -- time ----------------------------------------------------------------- */

static void tick_at(fake_swarm *swarm, int64_t at_us)
{
	swarm->tick_at_us = at_us;
	schedule(swarm, (fake_happening){.at_us = at_us, .kind = TICKS});
}

/** As the engine does after every fact. */
static void keep_ticking(fake_swarm *swarm)
{
	if (swarm->tick_at_us < 0)
		tick_at(swarm, swarm->now_us + FIRST_TICK_US);
}

static void ticks(fake_swarm *swarm)
{
	if (swarm->now_us != swarm->tick_at_us)
		return; /* it was brought forward since */
	int64_t next_us = tsi_fetch_tick(swarm->fetch, swarm->now_us);
	swarm->tick_at_us = -1;
	if (next_us == 0)
		violate(swarm, "the next tick is due at once");
	if (next_us >= 0)
		tick_at(swarm, swarm->now_us + next_us);
}

static void happen(fake_swarm *swarm, const fake_happening *what)
{
	fake_peer *peer = what->peer;
	if (what->kind == TICKS) {
		ticks(swarm);
		return;
	}
	if (what->generation != peer->generation || !peer->handle)
		return;
	switch (what->kind) {
	case ARRIVES:
		arrives(peer, what->piece, what->block);
		break;
	case SERVES:
		serves(peer);
		break;
	case ANSWERED:
		answered(peer, what->piece, what->block);
		keep_ticking(swarm);
		break;
	case REJECTED:
		rejected(peer, what->piece, what->block);
		keep_ticking(swarm);
		break;
	case TAKEN_BACK:
		taken_back(peer, what->piece, what->block);
		break;
	case TICKS:
		break;
	}
}

/** @return false if nothing happens until then: it is then */
static bool step(fake_swarm *swarm, int64_t until_us)
{
	if (swarm->heap_count == 0 || swarm->heap[0].at_us > until_us) {
		swarm->now_us = until_us;
		return false;
	}
	fake_happening what = take_next(swarm);
	swarm->now_us = what.at_us;
	happen(swarm, &what);
	return true;
}

void fake_swarm_run(fake_swarm *swarm, int64_t span_us)
{
	int64_t until_us = swarm->now_us + span_us;
	while (step(swarm, until_us))
		;
}

int64_t fake_swarm_run_until(fake_swarm *swarm, uint32_t piece, int64_t limit_us)
{
	int64_t begun_us = swarm->now_us;
	while (!swarm->have[piece] && step(swarm, begun_us + limit_us))
		;
	return swarm->have[piece] ? swarm->now_us - begun_us : -1;
}

/* -- what tests say ------------------------------------------------------- */

static void *must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);
	if (!memory)
		abort();
	return memory;
}

fake_swarm *fake_swarm_new(uint32_t piece_count, uint32_t piece_size)
{
	fake_swarm *swarm = must_calloc(1, sizeof(*swarm));
	swarm->piece_count = piece_count;
	swarm->piece_size = piece_size;
	swarm->now_us = 1000000;
	swarm->random = 1;
	swarm->tick_at_us = -1;
	swarm->have = must_calloc(piece_count, 1);
	swarm->blocks =
	    must_calloc((size_t)piece_count * (piece_size / TSI_BLOCK_BYTES), sizeof(fake_block));
	tsi_fetch_callbacks callbacks = {swarm, on_request, on_cancel, on_peer_has, on_piece_shape};
	swarm->fetch = tsi_fetch_new(piece_count, piece_size, swarm->have, &callbacks);
	if (!swarm->fetch)
		abort();
	return swarm;
}

void fake_swarm_free(fake_swarm *swarm)
{
	if (!swarm)
		return;
	tsi_fetch_free(swarm->fetch);
	for (unsigned i = 0; i < swarm->peer_count; i++) {
		free(swarm->peers[i].debts);
		free(swarm->peers[i].queue);
		free(swarm->peers[i].have);
	}
	free(swarm->have);
	free(swarm->blocks);
	free(swarm->heap);
	free(swarm);
}

fake_peer *fake_swarm_add_peer(fake_swarm *swarm, double rate, int64_t rtt_us)
{
	if (swarm->peer_count == FAKE_MAX_PEERS)
		abort();
	fake_peer *peer = &swarm->peers[swarm->peer_count++];
	peer->swarm = swarm;
	peer->rate = rate;
	peer->rtt_us = rtt_us;
	peer->queue_limit = 250;
	peer->debts = must_calloc(FAKE_MAX_DEBTS, sizeof(*peer->debts));
	peer->queue = must_calloc(FAKE_MAX_DEBTS, sizeof(*peer->queue));
	peer->handle = tsi_fetch_peer_new(swarm->fetch, peer);
	fake_peer_unchoke(peer);
	return peer;
}

void fake_peer_limit(fake_peer *peer, uint32_t queue_limit)
{
	peer->queue_limit = queue_limit;
	tsi_fetch_set_queue_limit(peer->handle, queue_limit);
}

/** All that was asked is void, and all that is on its way. */
static void void_connection(fake_peer *peer)
{
	peer->generation++;
	peer->debt_count = peer->queue_count = 0;
	peer->is_serving = false;
}

void fake_peer_leave(fake_peer *peer)
{
	tsi_fetch_peer *handle = peer->handle;
	void_connection(peer);
	peer->handle = NULL;
	peer->is_unchoked = false;
	tsi_fetch_peer_free(peer->swarm->fetch, handle, peer->swarm->now_us);
	keep_ticking(peer->swarm);
}

void fake_peer_choke(fake_peer *peer)
{
	void_connection(peer);
	peer->is_unchoked = false;
	tsi_fetch_choked(peer->swarm->fetch, peer->handle, peer->swarm->now_us);
	keep_ticking(peer->swarm);
}

void fake_peer_unchoke(fake_peer *peer)
{
	peer->is_unchoked = true;
	tsi_fetch_unchoked(peer->swarm->fetch, peer->handle, peer->swarm->now_us);
	keep_ticking(peer->swarm);
}

void fake_peer_have_none(fake_peer *peer)
{
	peer->have = must_calloc(peer->swarm->piece_count, 1);
}

void fake_peer_gain(fake_peer *peer, uint32_t piece)
{
	peer->have[piece] = 1;
	tsi_fetch_peer_gained(peer->swarm->fetch, peer->handle, peer->swarm->now_us);
	keep_ticking(peer->swarm);
}

void fake_swarm_want(fake_swarm *swarm, const tsi_plan_range *ranges, size_t count)
{
	if (count > 0)
		memcpy(swarm->plan, ranges, count * sizeof(*ranges));
	swarm->plan_count = count;
	if (!tsi_fetch_set_plan(swarm->fetch, &(tsi_plan){ranges, count}, swarm->now_us))
		abort();
	/* As the engine: the last tick knew of nothing urgent. */
	if (swarm->tick_at_us < 0 || swarm->tick_at_us > swarm->now_us + FIRST_TICK_US)
		tick_at(swarm, swarm->now_us + FIRST_TICK_US);
}

unsigned fake_swarm_askers(const fake_swarm *swarm, uint32_t piece, uint32_t block)
{
	unsigned count = 0;
	for (unsigned i = 0; i < swarm->peer_count; i++)
		count += debt_of(&swarm->peers[i], piece, block) < swarm->peers[i].debt_count;
	return count;
}
