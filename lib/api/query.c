/**
 * api/query.c - of tstream/search.h what concerns queries, results and resolutions.
 */
#include "search/query.h"

#include "api/structs.h"
#include "base/log.h"
#include "search/resolution.h"
#include "search/results.h"

void tstream_query_options_init(tstream_query_options *options)
{
	if (options)
		*options = (tstream_query_options){.struct_size = sizeof(*options)};
}

int tstream_search_start(tstream_search *search, const char *text,
                         const tstream_query_options *options, tstream_query **out_query,
                         tstream_error *err)
{
	tstream_query_options ours = {0};

	if (!search || !text || !out_query)
		return tsi_fail(err, TSTREAM_EINVAL, "search, text and out_query are required");
	if (options && !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "query options: struct_size must be set");
	if (ours.flags & ~TSTREAM_QUERY_NO_CACHE)
		return tsi_fail(err, TSTREAM_EINVAL, "query options: unknown flags 0x%x", ours.flags);
	return tsi_query_start(search, text, &ours, out_query, err);
}

void tstream_query_cancel(tstream_query *query)
{
	if (query)
		tsi_query_cancel(query);
}

void tstream_query_close(tstream_query *query)
{
	if (query)
		tsi_query_close(query);
}

int tstream_query_next(tstream_query *query, tstream_result *out_result)
{
	tstream_result ours = {0};
	int code;

	if (!query || !out_result || out_result->struct_size < sizeof(out_result->struct_size))
		return TSTREAM_EINVAL;
	code = tsi_query_next(query, &ours);
	if (code == 1)
		tsi_struct_out(out_result, &ours, sizeof(ours));
	return code;
}

int tstream_query_get_wakeup_fd(const tstream_query *query)
{
	return query ? query->wake.read_fd : TSTREAM_EINVAL;
}

void tstream_query_set_wakeup(tstream_query *query, tstream_wakeup_fn wakeup, void *user)
{
	if (query)
		tsi_wake_set_callback(&query->wake, wakeup, user);
}

int tstream_query_wait(tstream_query *query, int64_t timeout_us)
{
	return query ? tsi_query_wait(query, timeout_us) : TSTREAM_EINVAL;
}

int tstream_query_wait_done(tstream_query *query, int64_t timeout_us)
{
	return query ? tsi_query_wait_done(query, timeout_us) : TSTREAM_EINVAL;
}

int tstream_query_is_done(const tstream_query *query)
{
	return query ? tsi_query_is_done(query) : TSTREAM_EINVAL;
}

int tstream_query_get_stats(tstream_query *query, tstream_query_stats *out_stats)
{
	tstream_query_stats ours = {0};

	if (!query || !out_stats)
		return TSTREAM_EINVAL;
	tsi_query_get_stats(query, &ours);
	return tsi_struct_out(out_stats, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

size_t tstream_query_get_providers(tstream_query *query, tstream_provider_state *out_states,
                                   size_t capacity)
{
	size_t stride = out_states ? out_states->struct_size : 0;
	tstream_provider_state ours = {0};
	uint32_t count = 0;

	while (query && tsi_query_get_provider(query, count, &ours)) {
		if (count < capacity && stride >= sizeof(uint32_t)) {
			tstream_provider_state *theirs = (void *)((char *)out_states + count * stride);

			theirs->struct_size = (uint32_t)stride;
			tsi_struct_out(theirs, &ours, sizeof(ours));
		}
		count++;
	}
	return count;
}

int tstream_query_get_results(tstream_query *query, size_t offset, size_t limit,
                              tstream_results **out_results)
{
	return query && out_results ? tsi_query_get_results(query, offset, limit, out_results)
	                            : TSTREAM_EINVAL;
}

size_t tstream_results_get_count(const tstream_results *results)
{
	return results ? results->count : 0;
}

size_t tstream_results_get_total(const tstream_results *results)
{
	return results ? results->total : 0;
}

int tstream_results_get(const tstream_results *results, size_t index, tstream_result *out_result)
{
	if (!results || !out_result)
		return TSTREAM_EINVAL;
	if (index >= results->count)
		return TSTREAM_ENOENT;
	return tsi_struct_out(out_result, &results->items[index], sizeof(*results->items))
	           ? TSTREAM_OK
	           : TSTREAM_EINVAL;
}

void tstream_results_free(tstream_results *results)
{
	tsi_results_free(results);
}

int tstream_search_resolve(tstream_search *search, const char *id, int64_t timeout_us,
                           tstream_resolution **out_resolution, tstream_error *err)
{
	if (!search || !id || !out_resolution)
		return tsi_fail(err, TSTREAM_EINVAL, "search, id and out_resolution are required");
	return tsi_resolution_start(search, id, timeout_us, out_resolution, err);
}

int tstream_resolution_get_wakeup_fd(const tstream_resolution *resolution)
{
	return resolution ? resolution->wake.read_fd : TSTREAM_EINVAL;
}

void tstream_resolution_set_wakeup(tstream_resolution *resolution, tstream_wakeup_fn wakeup,
                                   void *user)
{
	if (resolution)
		tsi_wake_set_callback(&resolution->wake, wakeup, user);
}

int tstream_resolution_wait(tstream_resolution *resolution, int64_t timeout_us)
{
	return resolution ? tsi_resolution_wait(resolution, timeout_us) : TSTREAM_EINVAL;
}

int tstream_resolution_get(tstream_resolution *resolution, const char **out_magnet,
                           const void **out_bytes, size_t *out_size, tstream_error *err)
{
	if (!resolution || !out_magnet || !out_bytes || !out_size)
		return tsi_fail(err, TSTREAM_EINVAL, "resolution and all out_ are required");
	return tsi_resolution_get(resolution, out_magnet, out_bytes, out_size, err);
}

void tstream_resolution_close(tstream_resolution *resolution)
{
	if (resolution)
		tsi_resolution_close(resolution);
}
