/**
 * fake/fake_engine_internal.h - what the fake engine and its script share.
 */
#ifndef TEST_FAKE_ENGINE_INTERNAL_H
#define TEST_FAKE_ENGINE_INTERNAL_H

#include <pthread.h>

#include "fake_engine.h"

struct tsi_engine {
	tsi_engine_events events;
	pthread_mutex_t mutex;
	tsi_engine_torrent *torrents; /* those removed too, for tests to look at */
	const fake_content *eager;
	int refusal;
};

struct tsi_engine_torrent {
	tsi_engine *engine;
	tsi_engine_torrent *next;
	tsi_engine_torrent_events events;
	void *user;
	/* Held while an event runs, so that remove can promise that none comes after. */
	pthread_mutex_t delivery;
	/* The library calls us with its own locks held: nothing is called with this one. */
	pthread_mutex_t mutex;
	pthread_cond_t recorded;
	bool is_removed;
	const fake_content *content;
	uint8_t *have;
	uint8_t *evicted;
	tsi_plan_range *plan;
	size_t plan_count;
	unsigned read_failures;
	tsi_engine_torrent_stats stats;
	fake_record record;
};

/** What metadata a torrent of this content has.  @return NULL if memory ran out */
tsi_metadata *fake_content_metadata(const fake_content *content);

#endif
