/**
 * search/flight.c - one question on its way to all providers.
 *
 * Everything here runs with the search's mutex held.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/words.h"
#include "search/search.h"

#define FIRST_CHANGES 64

tsi_flight *tsi_flight_make(tstream_search *search, char *text, char *key, char *categories,
                            const tsi_provider *const *providers, uint32_t provider_count)
{
	tsi_flight *flight = calloc(1, sizeof(*flight));
	char *words = text ? tsi_words_of(text) : NULL;

	if (!flight || !words || !key || !categories) {
		free(flight);
		free(words);
		free(text);
		free(key);
		free(categories);
		return NULL;
	}
	flight->search = search;
	flight->ref_count = 1;
	flight->text = text;
	flight->key = key;
	flight->words = words;
	flight->categories = categories;
	flight->start_us = tsi_now_us();
	flight->deadline_us = flight->start_us + search->options.timeout_us;
	flight->is_keepable = search->cache_worker != NULL;
	flight->answer.provider_count = provider_count;
	for (uint32_t i = 0; i < provider_count; i++) {
		tsi_provider_describe(providers[i], flight->start_us, &flight->answer.providers[i]);
		flight->serials[i] = providers[i]->serial;
		flight->is_local[i] = (providers[i]->vtable.flags & TSTREAM_PROVIDER_LOCAL) != 0;
		flight->local_count += flight->is_local[i];
		flight->answer.providers[i].status = TSTREAM_PROVIDER_WAITING;
		flight->answer.providers[i].elapsed_us = -1;
		flight->answer.providers[i].result_count = 0;
		flight->answer.providers[i].message[0] = '\0';
	}
	flight->next = search->flights;
	search->flights = flight;
	search->flight_count++;
	return flight;
}

void tsi_flight_unref(tsi_flight *flight)
{
	if (--flight->ref_count > 0)
		return;
	tsi_answer_clear(&flight->answer);
	tsi_merge_clear(&flight->shared);
	free(flight->changes);
	free(flight->text);
	free(flight->key);
	free(flight->words);
	free(flight->categories);
	free(flight);
}

void tsi_flight_wake(tsi_flight *flight)
{
	for (tstream_query *query = flight->queries; query; query = query->next) {
		if (!query->is_cancelled)
			tsi_wake_raise(&query->wake);
	}
}

static bool push_change(tsi_flight *flight, uint32_t index)
{
	tsi_merge_item *item = &flight->answer.merge.items[index];

	if (flight->change_count == flight->change_capacity) {
		uint32_t capacity = flight->change_capacity ? flight->change_capacity * 2 : FIRST_CHANGES;
		uint32_t *changes = realloc(flight->changes, capacity * sizeof(*changes));

		if (!changes)
			return false;
		flight->changes = changes;
		flight->change_capacity = capacity;
	}
	if (item->first_change == UINT32_MAX)
		item->first_change = flight->change_count;
	item->last_change = flight->change_count;
	flight->changes[flight->change_count++] = index;
	return true;
}

bool tsi_flight_is_complete(const tsi_flight *flight)
{
	for (uint32_t i = 0; i < flight->answer.provider_count; i++) {
		if (flight->answer.providers[i].status != TSTREAM_PROVIDER_OK)
			return false;
	}
	return true;
}

int64_t tsi_flight_ttl_us(const tsi_flight *flight)
{
	const tstream_search_options *options = &flight->search->options;
	bool has_answer = false;
	bool is_complete = true;

	for (uint32_t i = 0; i < flight->answer.provider_count; i++) {
		int status = flight->answer.providers[i].status;

		if (flight->is_local[i])
			continue;
		has_answer |= status == TSTREAM_PROVIDER_OK || status == TSTREAM_PROVIDER_PARTIAL;
		is_complete &= status == TSTREAM_PROVIDER_OK;
	}
	if (!has_answer || !flight->is_keepable || flight->is_cached || flight->is_cancelled)
		return 0;
	return is_complete ? options->complete_ttl_us : options->partial_ttl_us;
}

static void finish(tsi_flight *flight)
{
	tstream_search *search = flight->search;
	tsi_flight **link = &search->flights;

	flight->is_done = true;
	flight->done_us = tsi_now_us();
	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	search->flight_count--;
	if (!search->is_closing && tsi_flight_ttl_us(flight) > 0) {
		flight->ref_count++;
		if (tsi_worker_post(search->cache_worker, tsi_cache_store, flight) != TSTREAM_OK)
			flight->ref_count--;
	}
	pthread_cond_broadcast(&search->changed);
	tsi_flight_wake(flight);
	tsi_flight_unref(flight);
}

static bool is_awaiting(const tsi_flight *flight)
{
	for (uint32_t i = 0; i < flight->answer.provider_count; i++) {
		if (flight->answer.providers[i].status == TSTREAM_PROVIDER_WAITING)
			return true;
	}
	return false;
}

static void finish_if_done(tsi_flight *flight)
{
	if (is_awaiting(flight))
		tsi_flight_wake(flight);
	else
		finish(flight);
}

void tsi_flight_drop(tsi_flight *flight, uint32_t slot, uint32_t count)
{
	if (flight->is_local[slot])
		flight->local_dropped_count += count;
	else
		flight->answer.dropped_count += count;
}

static void fill_state(tsi_flight *flight, uint32_t slot, int status, int64_t retry_after_us,
                       const char *message)
{
	tstream_provider_state *state = &flight->answer.providers[slot];
	const tstream_request *request = flight->requests[slot];

	state->status = status;
	state->retry_after_us = retry_after_us > 0 ? retry_after_us : -1;
	snprintf(state->message, sizeof(state->message), "%s", message ? message : "");
	if (!request)
		return;
	state->elapsed_us = tsi_now_us() - request->start_us;
	state->result_count = request->result_count;
	tsi_flight_drop(flight, slot, request->dropped_count);
}

/* A provider is done, one way or another; the flight may go on. */
static void settle_slot(tsi_flight *flight, uint32_t slot, int status, int64_t retry_after_us,
                        const char *message)
{
	tstream_request *request = flight->requests[slot];

	fill_state(flight, slot, status, retry_after_us, message);
	if (!request)
		return;
	flight->requests[slot] = NULL;
	tsi_provider_note(request->provider, &flight->answer.providers[slot], tsi_now_us());
	tsi_request_abandon(request);
}

void tsi_flight_settle(tsi_flight *flight, uint32_t slot, int status, int64_t retry_after_us,
                       const char *message)
{
	settle_slot(flight, slot, status, retry_after_us, message);
	finish_if_done(flight);
}

static tsi_provider *find_provider(const tstream_search *search, uint64_t serial)
{
	for (uint32_t i = 0; i < search->provider_count; i++) {
		if (search->providers[i]->serial == serial)
			return search->providers[i];
	}
	return NULL;
}

/* Under the deadline of one provider or of all, whichever is sooner. */
static void ask_one(tsi_flight *flight, uint32_t slot)
{
	tstream_search *search = flight->search;
	tsi_provider *provider = find_provider(search, flight->serials[slot]);
	int64_t now_us = tsi_now_us();
	int64_t deadline_us = now_us + search->options.provider_timeout_us;
	tstream_request *request;

	if (!provider) {
		settle_slot(flight, slot, TSTREAM_PROVIDER_CANCELLED, 0, "It was taken out.");
		return;
	}
	if (tsi_breaker_is_open(&provider->breaker, now_us)) {
		flight->answer.providers[slot].is_breaker_open = 1;
		settle_slot(flight, slot, TSTREAM_PROVIDER_BREAKER_OPEN,
		            provider->breaker.open_until_us - now_us, provider->last.message);
		return;
	}
	request =
	    tsi_request_make(search, provider, flight->text, flight->categories, "",
	                     deadline_us < flight->deadline_us ? deadline_us : flight->deadline_us);
	if (!request) {
		settle_slot(flight, slot, TSTREAM_PROVIDER_NETWORK, 0, "Out of memory.");
		return;
	}
	provider->last.asked_count++;
	request->flight = flight;
	request->slot = slot;
	flight->requests[slot] = request;
}

/* Who was asked beside the cache is not asked again. */
static void ask_all(tsi_flight *flight, bool only_local)
{
	for (uint32_t i = 0; i < flight->answer.provider_count; i++) {
		bool is_asked =
		    flight->requests[i] || flight->answer.providers[i].status != TSTREAM_PROVIDER_WAITING;

		if (!is_asked && (flight->is_local[i] || !only_local))
			ask_one(flight, i);
	}
	tsi_search_nudge(flight->search);
}

void tsi_flight_ask(tsi_flight *flight)
{
	flight->is_asking = true;
	ask_all(flight, false);
	finish_if_done(flight);
}

/* The cache is asked for what others than local providers found; there must be some. */
static bool begin_with_cache(tsi_flight *flight)
{
	tsi_worker *worker = flight->search->cache_worker;

	if (!worker || flight->local_count == flight->answer.provider_count)
		return false;
	flight->ref_count++;
	if (tsi_worker_post(worker, tsi_cache_lookup, flight) == TSTREAM_OK)
		return true;
	flight->ref_count--;
	return false;
}

void tsi_flight_begin(tsi_flight *flight, bool uses_cache)
{
	if (uses_cache && begin_with_cache(flight))
		ask_all(flight, true);
	else
		tsi_flight_ask(flight);
}

/* It is the list's afterwards. */
static int add(tsi_flight *flight, tsi_finding *finding)
{
	uint32_t index = 0;
	int code = tsi_merge_add(&flight->answer.merge, finding, &index);

	if (code == TSTREAM_OK && !push_change(flight, index))
		code = TSTREAM_ENOMEM;
	return code;
}

void tsi_flight_answer(tsi_flight *flight, tsi_answer *answer)
{
	flight->is_cached = true;
	flight->answer.dropped_count = answer->dropped_count;
	for (uint32_t i = 0; i < answer->provider_count; i++) {
		if (!flight->is_local[i])
			flight->answer.providers[i] = answer->providers[i];
	}
	for (uint32_t i = 0; i < answer->merge.count; i++) {
		tsi_merge_item *item = &answer->merge.items[i];

		if (!item->is_gone && add(flight, &item->finding) != TSTREAM_OK)
			flight->answer.dropped_count++;
	}
	finish_if_done(flight);
}

/* Beside the list that is shown: a torrent that a local provider has, too, is one there. */
static bool share(tsi_flight *flight, const tsi_finding *finding)
{
	tsi_finding copy;
	uint32_t index = 0;

	return tsi_finding_copy(finding, &copy) &&
	       tsi_merge_add(&flight->shared, &copy, &index) == TSTREAM_OK;
}

int tsi_flight_take(tsi_flight *flight, const tstream_request *request, tsi_finding *finding)
{
	char *words = tsi_words_of(finding->title);
	int code;

	if (!words)
		return TSTREAM_ENOMEM;
	finding->relevance = tsi_words_relevance(flight->words, words);
	free(words);
	finding->sources[0] = (uint8_t)request->slot;
	finding->source_count = 1;
	if (flight->is_keepable && flight->local_count > 0 && !flight->is_local[request->slot])
		flight->is_keepable = share(flight, finding);
	code = add(flight, finding);
	if (code != TSTREAM_OK) {
		tsi_flight_drop(flight, request->slot, 1);
		return code;
	}
	flight->requests[request->slot]->result_count++;
	tsi_flight_wake(flight);
	return TSTREAM_OK;
}

int64_t tsi_flight_expire(tsi_flight *flight, int64_t now_us)
{
	bool is_looking = !flight->is_asking && !flight->is_cached;
	int64_t next_us = is_looking ? flight->deadline_us : INT64_MAX;
	uint32_t count = flight->answer.provider_count;
	bool has_expired = false;

	/* The cache's thread is held up for longer than anybody waits. */
	if (is_looking && now_us >= flight->deadline_us) {
		tsi_flight_cancel(flight);
		return INT64_MAX;
	}
	for (uint32_t i = 0; i < count; i++) {
		const tstream_request *request = flight->requests[i];

		if (!request)
			continue;
		if (now_us >= request->deadline_us) {
			settle_slot(flight, i, TSTREAM_PROVIDER_TIMEOUT, 0, "No answer in time.");
			has_expired = true;
		} else if (request->deadline_us < next_us) {
			next_us = request->deadline_us;
		}
	}
	if (has_expired)
		finish_if_done(flight);
	return next_us;
}

void tsi_flight_cancel(tsi_flight *flight)
{
	flight->is_cancelled = true;
	for (uint32_t i = 0; i < flight->answer.provider_count; i++) {
		if (flight->answer.providers[i].status == TSTREAM_PROVIDER_WAITING)
			settle_slot(flight, i, TSTREAM_PROVIDER_CANCELLED, 0, "");
	}
	tsi_search_nudge(flight->search);
	finish(flight);
}
