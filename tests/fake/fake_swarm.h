/**
 * fake/fake_swarm.h - simulated peers around core/fetch, and a clock that only they move.
 *
 * A peer answers requests in order, at its rate, half a round trip away.  A cancel
 * reaches it half a round trip later and takes back what it has not begun to send.
 * Pieces pass their hash as soon as they are whole, unless a peer has spoilt them.
 *
 * Everything asked is checked as it is asked; the first thing that no peer may ever see
 * is kept in fake_swarm.violation for the test to find.
 */
#ifndef TEST_FAKE_SWARM_H
#define TEST_FAKE_SWARM_H

#include "core/fetch.h"

typedef struct fake_swarm fake_swarm;

/** A request that was sent and is neither answered nor taken back. */
typedef struct fake_debt {
	uint32_t piece;
	uint32_t block;
} fake_debt;

typedef struct fake_peer {
	fake_swarm *swarm;
	tsi_fetch_peer *handle; /**< NULL once it has left */
	/* the test's to set, at any time */
	double rate; /**< bytes per second */
	int64_t rtt_us;
	int64_t jitter_us;    /**< an answer comes up to this much later */
	uint32_t queue_limit; /**< as told to the scheduler */
	bool is_silent;       /**< takes requests and sends nothing */
	bool is_rejecting;    /**< answers every request with a reject */
	bool is_corrupt;      /**< its blocks spoil the piece */
	uint8_t *have;        /**< one byte a piece; NULL: everything */
	/* for the test to look at */
	fake_debt *debts;
	uint32_t debt_count;
	uint64_t asked_count;
	uint64_t cancelled_count;
	uint64_t sent_bytes; /**< that arrived */
	/* the simulation's own */
	bool is_unchoked;
	fake_debt *queue; /**< requests that have arrived there, oldest first */
	uint32_t queue_count;
	int64_t busy_until_us;
	int64_t last_arrival_us;
	bool is_serving;
	uint32_t generation; /**< of its connection's state: what is older is void */
} fake_peer;

#define FAKE_MAX_PEERS 16
#define FAKE_MAX_DEBTS 4096

typedef struct fake_block {
	bool is_here;
	bool is_spoilt;
} fake_block;

struct fake_swarm {
	tsi_fetch *fetch;
	int64_t now_us;
	uint64_t random;
	uint32_t piece_count;
	uint32_t piece_size;
	uint8_t *have;
	fake_block *blocks;
	fake_peer peers[FAKE_MAX_PEERS];
	unsigned peer_count;
	tsi_plan_range plan[16];
	size_t plan_count;
	uint64_t arrived_bytes;   /**< of blocks, all */
	uint64_t duplicate_bytes; /**< of blocks that were here, or of pieces that were */
	uint64_t unwanted_bytes;  /**< of pieces that were no more in the plan */
	uint64_t failed_pieces;
	uint64_t passed_pieces;
	const char *violation; /**< NULL: none */
	struct fake_happening *heap;
	size_t heap_count;
	size_t heap_capacity;
	uint64_t sequence;
	const fake_block *arriving; /**< while the scheduler is told of it */
	bool is_arriving_asked;
	int64_t tick_at_us; /**< negative: none is due */
};

fake_swarm *fake_swarm_new(uint32_t piece_count, uint32_t piece_size);
void fake_swarm_free(fake_swarm *swarm);

/** Connects and serves us at once. */
fake_peer *fake_swarm_add_peer(fake_swarm *swarm, double rate, int64_t rtt_us);
/** It says how many requests it lets wait. */
void fake_peer_limit(fake_peer *peer, uint32_t queue_limit);
void fake_peer_leave(fake_peer *peer);
void fake_peer_choke(fake_peer *peer);
void fake_peer_unchoke(fake_peer *peer);
/** It has only some pieces from now on; none until it gains some.  Call it before a plan is set. */
void fake_peer_have_none(fake_peer *peer);
void fake_peer_gain(fake_peer *peer, uint32_t piece);

/** @param ranges  at most 16 */
void fake_swarm_want(fake_swarm *swarm, const tsi_plan_range *ranges, size_t count);
/** Let this much time pass. */
void fake_swarm_run(fake_swarm *swarm, int64_t span_us);
/** Let time pass until the piece is here.
 *  @return how long that took; negative: longer than limit_us */
int64_t fake_swarm_run_until(fake_swarm *swarm, uint32_t piece, int64_t limit_us);
/** How many peers owe this block. */
unsigned fake_swarm_askers(const fake_swarm *swarm, uint32_t piece, uint32_t block);
bool fake_swarm_is_planned(const fake_swarm *swarm, uint32_t piece);

#endif
