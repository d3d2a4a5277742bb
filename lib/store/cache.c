#include "store/cache.h"

#include <stdlib.h>

#include "base/log.h"

#if !defined(TSI_WITH_REDIS) || !TSI_WITH_REDIS
/* Nothing opens such a store; the table below wants a name. */
const tsi_cache_ops tsi_cache_redis_ops = {0};

int tsi_cache_redis_open(tsi_cache_url *url, const tstream_cache_options *options, void **out_store,
                         tstream_error *err)
{
	(void)url;
	(void)options;
	(void)out_store;
	return tsi_fail(err, TSTREAM_ENOTSUP,
	                "This build of the library knows no Redis; build it with hiredis.");
}
#endif

static int open_store(tsi_cache_url *url, const tstream_cache_options *options,
                      tstream_cache *cache, tstream_error *err)
{
	if (url->store == TSI_CACHE_REDIS) {
		cache->ops = &tsi_cache_redis_ops;
		return tsi_cache_redis_open(url, options, &cache->store, err);
	}
	uint64_t max_bytes = url->max_bytes ? url->max_bytes : options->max_bytes;
	cache->ops = &tsi_cache_memory_ops;
	return tsi_cache_memory_open(max_bytes, &cache->store, err);
}

int tsi_cache_open(const char *url_text, const tstream_cache_options *options,
                   tstream_cache **out_cache, tstream_error *err)
{
	tsi_cache_url url;
	int code = tsi_cache_url_parse(url_text, &url, err);
	if (code != TSTREAM_OK)
		return code;
	tstream_cache *cache = calloc(1, sizeof(*cache));
	if (cache) {
		atomic_init(&cache->reference_count, 1);
		cache->max_value_bytes = options->max_value_bytes;
		code = open_store(&url, options, cache, err);
	} else {
		code = tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	}
	tsi_cache_url_clear(&url);
	if (code == TSTREAM_OK)
		*out_cache = cache;
	else
		free(cache);
	return code;
}

tstream_cache *tsi_cache_ref(tstream_cache *cache)
{
	atomic_fetch_add(&cache->reference_count, 1);
	return cache;
}
