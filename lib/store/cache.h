/**
 * store/cache.h - what a cache is made of: a store behind a small vtable, and counts.
 *
 * A store is thread-safe, bounded, and never needed.
 */
#ifndef TSI_STORE_CACHE_H
#define TSI_STORE_CACHE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/cache.h>

#include "store/cache_url.h"

typedef struct tsi_cache_ops {
	/** As tstream_cache_get_copy(). */
	int (*get)(void *store, const char *key, void **out_value, size_t *out_size);
	/** As tstream_cache_put(); @p size is within the bound of a value. */
	int (*put)(void *store, const char *key, const void *value, size_t size, int64_t ttl_us);
	int (*remove)(void *store, const char *key);
	/** Fill what the store knows; hits, misses and puts are counted above it. */
	void (*get_stats)(void *store, tstream_cache_stats *out_stats);
	void (*close)(void *store);
} tsi_cache_ops;

struct tstream_cache {
	atomic_uint reference_count;
	const tsi_cache_ops *ops;
	void *store;
	uint64_t max_value_bytes;
	atomic_ullong hit_count;
	atomic_ullong miss_count;
	atomic_ullong put_count;
};

/** As tstream_cache_open(); @p options are the library's own, with defaults filled in. */
int tsi_cache_open(const char *url, const tstream_cache_options *options, tstream_cache **out_cache,
                   tstream_error *err);
/** One more holder; tstream_cache_close() takes one back. */
tstream_cache *tsi_cache_ref(tstream_cache *cache);

/** @name Stores
 *  @return 0; ENOMEM, ENOTSUP
 *  @{ */
int tsi_cache_memory_open(uint64_t max_bytes, void **out_store, tstream_error *err);
extern const tsi_cache_ops tsi_cache_memory_ops;
/** Takes what @p url points to over if it succeeds. */
int tsi_cache_redis_open(tsi_cache_url *url, const tstream_cache_options *options, void **out_store,
                         tstream_error *err);
extern const tsi_cache_ops tsi_cache_redis_ops;
/** @} */

#endif
