#include "search_json.h"

#include "clock.h"

#include <string.h>

/* What is unknown is null, never 0. */
static json_t *known_number(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

static json_t *known_text(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *known_time(int64_t wall_s)
{
	char text[CLOCK_RFC3339_BYTES];

	if (wall_s < 0)
		return json_null();
	clock_format_rfc3339(wall_s, text);
	return json_string(text);
}

static json_t *known_ms(int64_t time_us)
{
	return time_us < 0 ? json_null() : json_integer(time_us / 1000);
}

/* Names with commas between. */
static json_t *names(const char *list)
{
	json_t *array = json_array();

	while (*list) {
		size_t size = strcspn(list, ",");
		json_array_append_new(array, json_stringn(list, size));
		list += size + (list[size] == ',');
	}
	return array;
}

json_t *search_json_result(const tstream_result *result)
{
	const char *infohash = *result->infohash_v1 ? result->infohash_v1 : result->infohash_v2;

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", result->id,
	                 "title", result->title, "infohash", known_text(infohash), "magnet",
	                 known_text(result->magnet), "size", known_number(result->size), "seeders",
	                 known_number(result->seeders), "leechers", known_number(result->leechers),
	                 "published_at", known_time(result->published_s), "category",
	                 result->category ? json_integer(result->category) : json_null(), "sources",
	                 names(result->sources));
}

/* -- providers ------------------------------------------------------------ */

static json_t *provider_to_json(const tstream_provider_state *state)
{
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:o}", "name", state->name, "kind", state->kind,
	    "origin", state->origin, "status", tstream_provider_status_name(state->status), "message",
	    state->message, "result_count", (int)state->result_count, "elapsed_ms",
	    known_ms(state->elapsed_us), "retry_after_ms", known_ms(state->retry_after_us));
}

static json_t *states_to_json(const tstream_provider_state *states, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count && i < TSTREAM_MAX_PROVIDERS; i++)
		json_array_append_new(array, provider_to_json(&states[i]));
	return array;
}

json_t *search_json_query_providers(tstream_query *query)
{
	tstream_provider_state states[TSTREAM_MAX_PROVIDERS];

	states[0] = (tstream_provider_state)TSTREAM_PROVIDER_STATE_INIT;
	return states_to_json(states,
	                      tstream_query_get_providers(query, states, TSTREAM_MAX_PROVIDERS));
}

/* By itself there is more to tell: what became of it since it was added. */
static json_t *provider_with_counts(const tstream_provider_state *state)
{
	json_t *json = provider_to_json(state);

	if (state->asked_count == 0)
		json_object_set_new(json, "status", json_string("idle"));
	json_object_set_new(json, "asked_count", json_integer((json_int_t)state->asked_count));
	json_object_set_new(json, "failed_count", json_integer((json_int_t)state->failed_count));
	json_object_set_new(json, "is_breaker_open", json_boolean(state->is_breaker_open));
	return json;
}

json_t *search_json_providers(tstream_search *search)
{
	tstream_provider_state states[TSTREAM_MAX_PROVIDERS];
	json_t *array = json_array();

	states[0] = (tstream_provider_state)TSTREAM_PROVIDER_STATE_INIT;
	size_t count = tstream_search_get_providers(search, states, TSTREAM_MAX_PROVIDERS);
	for (size_t i = 0; i < count && i < TSTREAM_MAX_PROVIDERS; i++)
		json_array_append_new(array, provider_with_counts(&states[i]));
	return array;
}

/* -- answers -------------------------------------------------------------- */

static json_t *results_to_json(const tstream_results *results)
{
	json_t *array = json_array();
	size_t count = tstream_results_get_count(results);

	for (size_t i = 0; i < count; i++) {
		tstream_result result = TSTREAM_RESULT_INIT;
		if (tstream_results_get(results, i, &result) == 0)
			json_array_append_new(array, search_json_result(&result));
	}
	return array;
}

json_t *search_json_answer(tstream_query *query, const char *text, size_t offset, size_t limit)
{
	tstream_query_stats stats = TSTREAM_QUERY_STATS_INIT;
	tstream_results *results = NULL;

	if (tstream_query_get_stats(query, &stats) ||
	    tstream_query_get_results(query, offset, limit, &results))
		return NULL;
	json_t *answer =
	    json_pack("{s:s, s:o, s:I, s:I, s:I, s:o, s:b, s:b, s:o}", "query", text, "results",
	              results_to_json(results), "total", (json_int_t)tstream_results_get_total(results),
	              "offset", (json_int_t)offset, "limit", (json_int_t)limit, "providers",
	              search_json_query_providers(query), "complete", (int)stats.is_complete, "cached",
	              (int)stats.is_cached, "elapsed_ms", known_ms(stats.elapsed_us));
	tstream_results_free(results);
	return answer;
}

json_t *search_json_cache(tstream_cache *cache)
{
	static const char *const states[] = {"ok", "unavailable", "refusing"};
	tstream_cache_stats stats = TSTREAM_CACHE_STATS_INIT;

	if (tstream_cache_get_stats(cache, &stats))
		return json_null();
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "store", stats.store, "state",
	                 states[stats.state], "state_s", (json_int_t)(stats.state_us / 1000000),
	                 "hit_count", (json_int_t)stats.hit_count, "miss_count",
	                 (json_int_t)stats.miss_count, "skip_count", (json_int_t)stats.skip_count);
}
