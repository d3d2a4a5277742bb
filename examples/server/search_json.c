#include "search_json.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>

/* What is unknown is null, never 0. */
static json_t *known_ms(int64_t time_us)
{
	return time_us < 0 ? json_null() : json_integer(time_us / 1000);
}

/* -- results -------------------------------------------------------------- */

static void write_number(struct json_writer *writer, const char *key, int64_t number)
{
	json_writer_raw(writer, key);
	if (number < 0)
		json_writer_raw(writer, "null");
	else
		json_writer_number(writer, number);
}

static void write_text(struct json_writer *writer, const char *key, const char *text)
{
	json_writer_raw(writer, key);
	if (text && *text)
		json_writer_string(writer, text, strlen(text));
	else
		json_writer_raw(writer, "null");
}

static void write_time(struct json_writer *writer, const char *key, int64_t wall_s)
{
	char text[CLOCK_RFC3339_BYTES] = "";

	if (wall_s >= 0)
		clock_format_rfc3339(wall_s, text);
	write_text(writer, key, text);
}

/* Names with commas between, as an array. */
static void write_names(struct json_writer *writer, const char *key, const char *list)
{
	json_writer_raw(writer, key);
	json_writer_raw(writer, "[");
	while (*list) {
		size_t size = strcspn(list, ",");
		json_writer_string(writer, list, size);
		list += size;
		if (*list)
			json_writer_raw(writer, ",");
		list += *list == ',';
	}
	json_writer_raw(writer, "]");
}

void search_json_result(struct json_writer *writer, const tstream_result *result)
{
	bool has_v1 = result->infohash_v1 && *result->infohash_v1;

	write_text(writer, "{\"id\":", result->id);
	json_writer_raw(writer, ",\"title\":");
	json_writer_string(writer, result->title, strlen(result->title));
	write_text(writer, ",\"infohash\":", has_v1 ? result->infohash_v1 : result->infohash_v2);
	write_text(writer, ",\"magnet\":", result->magnet);
	write_number(writer, ",\"size\":", result->size);
	write_number(writer, ",\"seeders\":", result->seeders);
	write_number(writer, ",\"leechers\":", result->leechers);
	write_time(writer, ",\"published_at\":", result->published_s);
	write_number(writer, ",\"category\":", result->category ? (int64_t)result->category : -1);
	write_names(writer, ",\"sources\":", result->sources);
	json_writer_raw(writer, "}");
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

static void write_results(struct json_writer *writer, const tstream_results *results)
{
	size_t count = tstream_results_get_count(results);

	for (size_t i = 0; i < count; i++) {
		tstream_result result = TSTREAM_RESULT_INIT;
		if (tstream_results_get(results, i, &result))
			continue;
		if (i > 0)
			json_writer_raw(writer, ",");
		search_json_result(writer, &result);
	}
}

static json_t *rest_to_json(tstream_query *query, const char *text, size_t total, size_t offset,
                            size_t limit)
{
	tstream_query_stats stats = TSTREAM_QUERY_STATS_INIT;

	if (tstream_query_get_stats(query, &stats))
		return NULL;
	return json_pack("{s:s, s:I, s:I, s:I, s:o, s:b, s:b, s:o}", "query", text, "total",
	                 (json_int_t)total, "offset", (json_int_t)offset, "limit", (json_int_t)limit,
	                 "providers", search_json_query_providers(query), "complete",
	                 (int)stats.is_complete, "cached", (int)stats.is_cached, "elapsed_ms",
	                 known_ms(stats.elapsed_us));
}

bool search_json_answer(tstream_query *query, const char *text, size_t offset, size_t limit,
                        struct json_writer *out_answer)
{
	tstream_results *results = NULL;

	if (tstream_query_get_results(query, offset, limit, &results))
		return false;
	json_t *rest = rest_to_json(query, text, tstream_results_get_total(results), offset, limit);
	char *rest_text = rest ? json_dumps(rest, JSON_COMPACT) : NULL;
	json_writer_raw(out_answer, "{\"results\":[");
	write_results(out_answer, results);
	json_writer_raw(out_answer, "],");
	if (rest_text)
		json_writer_raw(out_answer, rest_text + 1); /* all but its brace */
	tstream_results_free(results);
	bool is_whole = rest_text && !out_answer->is_lost;
	free(rest_text);
	json_decref(rest);
	return is_whole;
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
