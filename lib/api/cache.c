#include <tstream/cache.h>

#include <stdlib.h>
#include <string.h>

#include "api/structs.h"
#include "base/log.h"
#include "store/cache.h"

#define DEFAULT_MAX_BYTES (UINT64_C(64) << 20)
#define DEFAULT_MAX_VALUE_BYTES (UINT64_C(16) << 20)
/* Redis itself takes no value beyond this. */
#define MOST_VALUE_BYTES (UINT64_C(512) << 20)
#define DEFAULT_CONNECT_TIMEOUT_US 200000
#define DEFAULT_COMMAND_TIMEOUT_US 100000
#define DEFAULT_RETRY_US 1000000
/* No caller means to wait longer for what it can do without. */
#define MOST_TIMEOUT_US (60 * INT64_C(1000000))

void tstream_cache_options_init(tstream_cache_options *options)
{
	if (options)
		*options = (tstream_cache_options){.struct_size = sizeof(*options)};
}

/** @return false if it is no time to wait */
static bool settle_time(int64_t *time_us, int64_t default_us)
{
	if (*time_us == 0)
		*time_us = default_us;
	return *time_us > 0 && *time_us <= MOST_TIMEOUT_US;
}

static int settle_options(const tstream_cache_options *theirs, tstream_cache_options *out_options,
                          tstream_error *err)
{
	if (theirs && !tsi_struct_in(out_options, sizeof(*out_options), theirs))
		return tsi_fail(err, TSTREAM_EINVAL, "cache options: struct_size must be set");
	if (out_options->flags != 0)
		return tsi_fail(err, TSTREAM_EINVAL, "cache options: unknown flags 0x%x",
		                out_options->flags);
	if (out_options->max_bytes == 0)
		out_options->max_bytes = DEFAULT_MAX_BYTES;
	if (out_options->max_value_bytes == 0)
		out_options->max_value_bytes = DEFAULT_MAX_VALUE_BYTES;
	if (out_options->max_value_bytes > MOST_VALUE_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "cache options: max_value_bytes is beyond 512 MiB");
	if (!settle_time(&out_options->connect_timeout_us, DEFAULT_CONNECT_TIMEOUT_US) ||
	    !settle_time(&out_options->command_timeout_us, DEFAULT_COMMAND_TIMEOUT_US) ||
	    !settle_time(&out_options->retry_us, DEFAULT_RETRY_US))
		return tsi_fail(err, TSTREAM_EINVAL, "cache options: times go up to 60 s");
	return TSTREAM_OK;
}

int tstream_cache_open(const char *url, const tstream_cache_options *options,
                       tstream_cache **out_cache, tstream_error *err)
{
	tstream_cache_options ours = {0};
	if (!url || !out_cache)
		return tsi_fail(err, TSTREAM_EINVAL, "url and out_cache are required");
	int code = settle_options(options, &ours, err);
	return code == TSTREAM_OK ? tsi_cache_open(url, &ours, out_cache, err) : code;
}

void tstream_cache_close(tstream_cache *cache)
{
	if (!cache || atomic_fetch_sub(&cache->reference_count, 1) != 1)
		return;
	cache->ops->close(cache->store);
	free(cache);
}

static bool is_key(const char *key)
{
	size_t length = key ? strnlen(key, TSTREAM_MAX_CACHE_KEY_BYTES + 1) : 0;
	return length > 0 && length <= TSTREAM_MAX_CACHE_KEY_BYTES;
}

int tstream_cache_get_copy(tstream_cache *cache, const char *key, void **out_value,
                           size_t *out_size)
{
	if (!cache || !is_key(key) || !out_value || !out_size)
		return TSTREAM_EINVAL;
	int code = cache->ops->get(cache->store, key, out_value, out_size);
	if (code == TSTREAM_OK)
		atomic_fetch_add(&cache->hit_count, 1);
	else if (code == TSTREAM_ENOENT)
		atomic_fetch_add(&cache->miss_count, 1);
	return code;
}

int tstream_cache_put(tstream_cache *cache, const char *key, const void *value, size_t size,
                      int64_t ttl_us)
{
	if (!cache || !is_key(key) || (!value && size))
		return TSTREAM_EINVAL;
	if (size > cache->max_value_bytes)
		return TSTREAM_ENOSPC;
	int code = cache->ops->put(cache->store, key, value, size, ttl_us > 0 ? ttl_us : 0);
	if (code == TSTREAM_OK)
		atomic_fetch_add(&cache->put_count, 1);
	return code;
}

int tstream_cache_remove(tstream_cache *cache, const char *key)
{
	return cache && is_key(key) ? cache->ops->remove(cache->store, key) : TSTREAM_EINVAL;
}

int tstream_cache_get_stats(tstream_cache *cache, tstream_cache_stats *out_stats)
{
	tstream_cache_stats ours = {0};
	if (!cache || !out_stats)
		return TSTREAM_EINVAL;
	ours.hit_count = atomic_load(&cache->hit_count);
	ours.miss_count = atomic_load(&cache->miss_count);
	ours.put_count = atomic_load(&cache->put_count);
	cache->ops->get_stats(cache->store, &ours);
	return tsi_struct_out(out_stats, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}
