/**
 * search/cached.c - flights that end in the cache, or begin there.
 *
 * On a thread of its own, because a store may take its time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/cache.h>

#include "base/siphash.h"
#include "search/search.h"

#define PREFIX "search:"
#define DIGEST_BYTES 20 /* two spaces and 16 digits, with room */

char *tsi_cache_key(const char *folded_query, const char *categories,
                    const tsi_provider *const *providers, uint32_t provider_count, bool is_default)
{
	size_t capacity = strlen(PREFIX) + strlen(folded_query) + DIGEST_BYTES;
	static const uint64_t seed[2] = {5, 6};
	uint64_t digest = tsi_siphash(seed, categories, strlen(categories));
	char *key = malloc(capacity);

	for (uint32_t i = 0; i < provider_count; i++)
		digest = digest * 31 + tsi_siphash(seed, providers[i]->name, strlen(providers[i]->name));
	if (key && is_default)
		snprintf(key, capacity, "%s%s", PREFIX, folded_query);
	else if (key)
		snprintf(key, capacity, "%s%s  %016" PRIx64, PREFIX, folded_query, digest);
	return key;
}

/* The same providers, in the same order: else somebody was added since. */
static bool is_of_the_same(const tsi_flight *flight, const tsi_answer *answer)
{
	if (answer->provider_count != flight->answer.provider_count)
		return false;
	for (uint32_t i = 0; i < answer->provider_count; i++) {
		const tstream_provider_state *ours = &flight->answer.providers[i];

		if (strcmp(ours->name, answer->providers[i].name) != 0 ||
		    strcmp(ours->kind, answer->providers[i].kind) != 0 ||
		    strcmp(ours->origin, answer->providers[i].origin) != 0)
			return false;
	}
	return true;
}

/* What is only known by a link is of no use without the link, which no cache holds. */
static bool has_links(const tstream_search *search, const tsi_answer *answer)
{
	for (uint32_t i = 0; i < answer->merge.count; i++) {
		const tsi_finding *finding = &answer->merge.items[i].finding;

		if (!tsi_finding_has_infohash(finding) && !tsi_links_find(&search->links, finding->id))
			return false;
	}
	return true;
}

static bool read_cache(const tsi_flight *flight, tsi_answer *out_answer)
{
	void *value = NULL;
	size_t size = 0;
	bool is_good;

	if (tstream_cache_get_copy(flight->search->options.cache, flight->key, &value, &size) !=
	    TSTREAM_OK)
		return false;
	is_good = tsi_answer_read(value, size, out_answer) == TSTREAM_OK;
	tstream_free(value);
	return is_good;
}

void tsi_cache_lookup(void *work)
{
	tsi_flight *flight = work;
	tstream_search *search = flight->search;
	tsi_answer *answer = calloc(1, sizeof(*answer));
	bool is_hit;

	pthread_mutex_lock(&search->mutex);
	is_hit = answer && !search->is_closing;
	pthread_mutex_unlock(&search->mutex);
	is_hit = is_hit && read_cache(flight, answer);
	pthread_mutex_lock(&search->mutex);
	if (flight->is_done)
		; /* cancelled meanwhile */
	else if (is_hit && is_of_the_same(flight, answer) && has_links(search, answer))
		tsi_flight_answer(flight, answer);
	else
		tsi_flight_ask(flight);
	tsi_flight_unref(flight);
	pthread_mutex_unlock(&search->mutex);
	if (answer)
		tsi_answer_clear(answer);
	free(answer);
}

void tsi_cache_store(void *work)
{
	tsi_flight *flight = work;
	tstream_search *search = flight->search;
	const tsi_merge *findings = flight->local_count ? &flight->shared : &flight->answer.merge;
	size_t size = 0;
	char *text = tsi_answer_write(&flight->answer, findings, &size);

	/* A cache that takes nothing costs the next one who asks a little time, no more. */
	if (text)
		tstream_cache_put(search->options.cache, flight->key, text, size,
		                  tsi_flight_ttl_us(flight));
	free(text);
	pthread_mutex_lock(&search->mutex);
	tsi_flight_unref(flight);
	pthread_mutex_unlock(&search->mutex);
}
