/**
 * search/search.c - opening, closing, and the thread.
 */
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "store/cache.h"

#define US_PER_S INT64_C(1000000)
#define IDLE_US (60 * US_PER_S)

/* What is waited for and too late.  @return when to look again */
static int64_t expire(tstream_search *search, int64_t now_us)
{
	int64_t next_us = now_us + IDLE_US;
	tsi_flight *next_flight;
	tstream_resolution *next;

	for (tsi_flight *flight = search->flights; flight; flight = next_flight) {
		next_flight = flight->next;
		int64_t due_us = tsi_flight_expire(flight, now_us);
		next_us = due_us < next_us ? due_us : next_us;
	}
	for (tstream_resolution *resolution = search->resolutions; resolution; resolution = next) {
		next = resolution->next;
		int64_t due_us = tsi_resolution_expire(resolution, now_us);
		next_us = due_us < next_us ? due_us : next_us;
	}
	return next_us;
}

/* Hand out what was queued.  Without the mutex: vtable functions are called. */
static void hand_out(tstream_request *starts, tstream_request *cancels)
{
	while (starts) {
		tstream_request *request = starts;

		starts = request->next_start;
		tsi_request_start(request);
		tsi_request_unref(request);
	}
	while (cancels) {
		tstream_request *request = cancels;

		cancels = request->next_cancel;
		tsi_request_cancel(request);
		tsi_request_unref(request);
	}
}

static void *run(void *argument)
{
	tstream_search *search = argument;
	bool is_closing = false;

	while (!is_closing) {
		tstream_request *starts;
		tstream_request *cancels;
		int64_t until_us;

		pthread_mutex_lock(&search->mutex);
		until_us = expire(search, tsi_now_us());
		is_closing = search->is_closing;
		starts = search->starts;
		cancels = search->cancels;
		search->starts = NULL;
		search->starts_end = &search->starts;
		search->cancels = NULL;
		pthread_mutex_unlock(&search->mutex);
		hand_out(starts, cancels);
		if (!is_closing)
			tsi_http_loop_run(search->loop, until_us);
	}
	return NULL;
}

static void set_defaults(tstream_search_options *options)
{
	if (options->provider_timeout_us <= 0)
		options->provider_timeout_us = 5 * US_PER_S;
	if (options->timeout_us <= 0)
		options->timeout_us = 8 * US_PER_S;
	if (options->complete_ttl_us <= 0)
		options->complete_ttl_us = 3600 * US_PER_S;
	if (options->partial_ttl_us <= 0)
		options->partial_ttl_us = 60 * US_PER_S;
	if (options->breaker_us <= 0)
		options->breaker_us = 30 * US_PER_S;
	if (options->breaker_failures == 0)
		options->breaker_failures = 3;
	if (options->max_queries == 0)
		options->max_queries = 64;
}

static void init_locks(tstream_search *search)
{
	pthread_mutex_init(&search->mutex, NULL);
	tsi_cond_init(&search->changed);
}

static int start(tstream_search *search)
{
	sigset_t before;
	int failed;

	search->loop = tsi_http_loop_open();
	if (!search->loop)
		return TSTREAM_ENOMEM;
	if (search->options.cache) {
		search->cache_worker = tsi_worker_start();
		if (!search->cache_worker)
			return TSTREAM_ENOMEM;
	}
	tsi_signals_block(&before);
	failed = pthread_create(&search->thread, NULL, run, search);
	tsi_signals_restore(&before);
	return failed ? TSTREAM_ENOMEM : TSTREAM_OK;
}

int tsi_search_open(const tstream_search_options *options, tstream_search **out_search,
                    tstream_error *err)
{
	tstream_search *search = calloc(1, sizeof(*search));

	if (!search)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	search->ref_count = 1;
	search->starts_end = &search->starts;
	search->options = *options;
	set_defaults(&search->options);
	init_locks(search);
	if (search->options.cache)
		tsi_cache_ref(search->options.cache);
	if (start(search) != TSTREAM_OK) {
		tsi_worker_stop(search->cache_worker);
		if (search->loop)
			tsi_http_loop_close(search->loop);
		search->cache_worker = NULL;
		tsi_search_unref(search);
		return tsi_fail(err, TSTREAM_ENOMEM, "No memory, thread or file descriptor is left.");
	}
	*out_search = search;
	return TSTREAM_OK;
}

void tsi_search_nudge(tstream_search *search)
{
	if (search->loop)
		tsi_http_loop_wake(search->loop);
}

static void cancel_all(tstream_search *search)
{
	while (search->flights)
		tsi_flight_cancel(search->flights);
	while (search->resolutions)
		tsi_resolution_settle(search->resolutions, TSTREAM_PROVIDER_CANCELLED,
		                      "The search was closed.");
}

void tsi_search_close(tstream_search *search)
{
	tsi_http_loop *loop = search->loop;

	pthread_mutex_lock(&search->mutex);
	search->is_closing = true;
	cancel_all(search);
	tsi_search_nudge(search);
	pthread_mutex_unlock(&search->mutex);
	pthread_join(search->thread, NULL);
	tsi_worker_stop(search->cache_worker);
	tsi_worker_stop(search->reader);
	pthread_mutex_lock(&search->mutex);
	search->loop = NULL;
	pthread_mutex_unlock(&search->mutex);
	tsi_http_loop_close(loop);
	while (search->provider_count > 0) {
		char name[TSTREAM_PROVIDER_NAME_BYTES];

		memcpy(name, search->providers[0]->name, sizeof(name));
		tsi_provider_remove(search, name);
	}
	tsi_search_unref(search);
}

void tsi_search_unref(tstream_search *search)
{
	bool is_last;

	pthread_mutex_lock(&search->mutex);
	is_last = --search->ref_count == 0;
	pthread_mutex_unlock(&search->mutex);
	if (!is_last)
		return;
	tstream_cache_close(search->options.cache);
	tsi_links_clear(&search->links);
	pthread_mutex_destroy(&search->mutex);
	pthread_cond_destroy(&search->changed);
	free(search);
}
