/* The test's side of the fake engine: facts it tells, wishes it looks at. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_engine.h"
#include "fake_engine_internal.h"

#define PATIENCE_S 10

/* -- what tests say ------------------------------------------------------- */

/** Begin an event.  @return false if the torrent was removed: then nothing may come */
static bool begin(tsi_engine_torrent *torrent)
{
	pthread_mutex_lock(&torrent->delivery);
	if (!torrent->is_removed)
		return true;
	pthread_mutex_unlock(&torrent->delivery);
	return false;
}

static void end(tsi_engine_torrent *torrent)
{
	pthread_mutex_unlock(&torrent->delivery);
}

static bool prepare(tsi_engine_torrent *torrent, const fake_content *content)
{
	size_t count = fake_content_piece_count(content);
	pthread_mutex_lock(&torrent->mutex);
	torrent->have = calloc(count + 1, 1);
	torrent->evicted = calloc(count + 1, 1);
	torrent->content = content;
	bool is_made = torrent->have && torrent->evicted;
	pthread_mutex_unlock(&torrent->mutex);
	return is_made;
}

bool fake_engine_deliver_metadata(tsi_engine_torrent *torrent, const fake_content *content)
{
	if (!begin(torrent))
		return false;
	tsi_metadata *metadata = fake_content_metadata(content);
	bool is_made = metadata && prepare(torrent, content);
	if (is_made)
		torrent->events.metadata(torrent->user, metadata);
	else
		tsi_metadata_free(metadata);
	end(torrent);
	return is_made;
}

void fake_engine_deliver_checking(tsi_engine_torrent *torrent)
{
	if (!begin(torrent))
		return;
	torrent->events.checking(torrent->user);
	end(torrent);
}

/** The event runs on a copy, which the library may not keep. */
static void tell_ready(tsi_engine_torrent *torrent)
{
	uint32_t count = fake_content_piece_count(torrent->content);
	uint8_t *copy = malloc((size_t)count + 1);
	if (!copy)
		return;
	pthread_mutex_lock(&torrent->mutex);
	memcpy(copy, torrent->have, count);
	pthread_mutex_unlock(&torrent->mutex);
	torrent->events.ready(torrent->user, copy, count);
	free(copy);
}

void fake_engine_deliver_ready(tsi_engine_torrent *torrent, uint32_t here_count)
{
	if (!begin(torrent))
		return;
	pthread_mutex_lock(&torrent->mutex);
	for (uint32_t piece = 0; piece < fake_content_piece_count(torrent->content); piece++)
		torrent->have[piece] = piece < here_count;
	pthread_mutex_unlock(&torrent->mutex);
	tell_ready(torrent);
	end(torrent);
}

void fake_engine_deliver_recheck(tsi_engine_torrent *torrent)
{
	if (!begin(torrent))
		return;
	tell_ready(torrent);
	end(torrent);
}

void fake_engine_deliver(tsi_engine_torrent *torrent, uint32_t piece)
{
	if (!begin(torrent))
		return;
	pthread_mutex_lock(&torrent->mutex);
	if (torrent->have)
		torrent->have[piece] = 1;
	pthread_mutex_unlock(&torrent->mutex);
	torrent->events.piece(torrent->user, piece);
	end(torrent);
}

void fake_engine_deliver_corrupt(tsi_engine_torrent *torrent, uint32_t piece)
{
	(void)piece;
	pthread_mutex_lock(&torrent->mutex);
	torrent->record.corrupt_count++;
	pthread_mutex_unlock(&torrent->mutex);
}

void fake_engine_deliver_error(tsi_engine_torrent *torrent, int code, const char *message)
{
	if (!begin(torrent))
		return;
	torrent->events.error(torrent->user, code, message);
	end(torrent);
}

void fake_engine_deliver_resume_data(tsi_engine_torrent *torrent, const char *text)
{
	if (!begin(torrent))
		return;
	torrent->events.resume_data(torrent->user, text, strlen(text));
	end(torrent);
}

void fake_engine_fail_reads(tsi_engine_torrent *torrent, unsigned count)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->read_failures = count;
	pthread_mutex_unlock(&torrent->mutex);
}

void fake_engine_set_stats(tsi_engine_torrent *torrent, const tsi_engine_torrent_stats *stats)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->stats = *stats;
	pthread_mutex_unlock(&torrent->mutex);
}

/* -- what tests ask ------------------------------------------------------- */

fake_record fake_engine_record(tsi_engine_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	fake_record record = torrent->record;
	pthread_mutex_unlock(&torrent->mutex);
	return record;
}

/** The mutex is held. */
static int urgency_of(const tsi_engine_torrent *torrent, uint32_t piece)
{
	for (size_t i = 0; i < torrent->plan_count; i++)
		if (piece >= torrent->plan[i].first_piece && piece < torrent->plan[i].end_piece)
			return (int)torrent->plan[i].urgency;
	return -1;
}

int fake_engine_urgency(tsi_engine_torrent *torrent, uint32_t piece)
{
	pthread_mutex_lock(&torrent->mutex);
	int urgency = urgency_of(torrent, piece);
	pthread_mutex_unlock(&torrent->mutex);
	return urgency;
}

uint32_t fake_engine_planned_count(tsi_engine_torrent *torrent)
{
	uint32_t planned = 0;
	pthread_mutex_lock(&torrent->mutex);
	for (uint32_t i = 0; torrent->content && i < fake_content_piece_count(torrent->content); i++)
		planned += urgency_of(torrent, i) >= 0;
	pthread_mutex_unlock(&torrent->mutex);
	return planned;
}

bool fake_engine_was_evicted(tsi_engine_torrent *torrent, uint32_t piece)
{
	pthread_mutex_lock(&torrent->mutex);
	bool was_evicted = torrent->evicted && torrent->evicted[piece];
	pthread_mutex_unlock(&torrent->mutex);
	return was_evicted;
}

/** @param counter  one of the torrent's record */
static bool await(tsi_engine_torrent *torrent, const unsigned *counter, unsigned count)
{
	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += PATIENCE_S;
	int waited = 0;
	pthread_mutex_lock(&torrent->mutex);
	while (*counter < count && waited == 0)
		waited = pthread_cond_timedwait(&torrent->recorded, &torrent->mutex, &deadline);
	bool is_reached = *counter >= count;
	pthread_mutex_unlock(&torrent->mutex);
	return is_reached;
}

bool fake_engine_await_evictions(tsi_engine_torrent *torrent, unsigned count)
{
	return await(torrent, &torrent->record.evict_count, count);
}

bool fake_engine_await_retries(tsi_engine_torrent *torrent, unsigned count)
{
	return await(torrent, &torrent->record.retry_count, count);
}
