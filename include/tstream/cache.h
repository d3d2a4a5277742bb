/**
 * tstream/cache.h - what was found once, kept for the next time it is asked for.
 *
 * A cache holds values under keys for a time.  Searches keep their answers in it
 * under "search:<query>", sessions the metadata of torrents under
 * "magnet:<infohash>".  A program may keep things of its own under other keys.
 *
 * A cache is never needed: everything that uses one goes on without it.  A store that
 * cannot be reached is noticed once, then left alone and tried again in the background;
 * meanwhile every call answers TSTREAM_ENET at once.
 *
 * Stores     "memory:"                      in this process: least recently used goes
 *            "memory:?bytes=N"              first, never more than N bytes
 *            "redis://host:port/db"         a Redis server (6 or newer), shared by many
 *            "redis://user:pass@host/0"     processes; parts are percent-encoded;
 *            "redis://:pass@[::1]:6379"     port 6379 and database 0 are the defaults
 * Threads    Any thread, any function.
 * Blocking   memory: never.  redis: at most the command timeout for one call; making and
 *            mending the connection is the work of a thread of the cache's own.
 * Ownership  open gives, close takes back.  Sessions and searches that were given a cache
 *            hold it open until they end, whenever it is closed.
 * Secrets    The password is in no message, no log and no stats.  What this library
 *            keeps in a cache holds no key, no password and no tracker's address.
 */
#ifndef TSTREAM_CACHE_H
#define TSTREAM_CACHE_H

#include <tstream/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_cache tstream_cache;

/** Longest key, without its NUL.  Keys are UTF-8 and not empty. */
#define TSTREAM_MAX_CACHE_KEY_BYTES 1024

/** Start from TSTREAM_CACHE_OPTIONS_INIT, or call tstream_cache_options_init().
 *  0 means the default everywhere. */
typedef struct tstream_cache_options {
	uint32_t struct_size;       /**< sizeof, as your compiler saw it */
	uint32_t flags;             /**< none yet: must be 0 */
	uint64_t max_bytes;         /**< memory: keys, values and what keeps them; default 64 MiB;
	                                 the URL's own wins.  redis: set it in the server */
	uint64_t max_value_bytes;   /**< larger ones are not kept; default 16 MiB */
	int64_t connect_timeout_us; /**< redis: for one attempt in the background, and how long open
	                                 waits for the first; default 200 ms */
	int64_t command_timeout_us; /**< redis: for one call; default 100 ms */
	int64_t retry_us;           /**< redis: first pause before a lost server is tried again;
	                                 doubles up to 16 times as long; default 1 s */
} tstream_cache_options;

#ifndef SWIG
#define TSTREAM_CACHE_OPTIONS_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_cache_options)                                               \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_cache_options_init(tstream_cache_options *options);

/**
 * Open a cache.  A Redis server that does not answer is no failure: the cache is open,
 * unavailable, and mends itself.
 *
 * @param url      see Stores above
 * @param options  may be NULL
 * @param out_cache  yours until tstream_cache_close()
 * @return 0; EINVAL (the URL or an option; err says which, without the password),
 *         ENOTSUP (library built without hiredis), ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_cache_open(const char *url, const tstream_cache_options *options,
                                   tstream_cache **out_cache, tstream_error *err);

/** Give it back.  NULL is fine.  May wait for an attempt to connect that is under way.
 *  @since 0.1 */
TSTREAM_API void tstream_cache_close(tstream_cache *cache);

/**
 * Copy a value out.
 *
 * @param out_value  a copy, yours: tstream_free() it.  A NUL that is not counted follows
 *                   the value, so that text can be used as a string
 * @param out_size   its bytes
 * @return 0; ENOENT (not there, or its time is over); ENET (the store cannot be asked
 *         now); EINVAL, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_cache_get_copy(tstream_cache *cache, const char *key, void **out_value,
                                       size_t *out_size);

/**
 * Keep a copy of a value, in place of what the key had.
 *
 * @param ttl_us  how long it is good for, counted in whole milliseconds, at least one;
 *                <= 0: as long as there is room
 * @return 0; ENET (the store cannot be asked now), ENOSPC (larger than a value may be, or
 *         the store is full and refuses: what the key had is gone or stays), EINVAL, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_cache_put(tstream_cache *cache, const char *key, const void *value,
                                  size_t size, int64_t ttl_us);

/** Forget a value.  @return 0, also if there was none; ENET, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_cache_remove(tstream_cache *cache, const char *key);

/** @name State
 *  @{ */
#define TSTREAM_CACHE_OK 0
#define TSTREAM_CACHE_UNAVAILABLE 1 /**< cannot be reached or does not let us in */
#define TSTREAM_CACHE_REFUSING 2    /**< gives, but does not take: full, or a replica */

/** A snapshot of a cache, for people who run it. */
typedef struct tstream_cache_stats {
	uint32_t struct_size;   /**< set before the call */
	int32_t state;          /**< a TSTREAM_CACHE_ */
	char store[16];         /**< "memory", "redis" */
	int64_t state_us;       /**< for how long it has been in that state */
	uint64_t hit_count;     /**< gets that gave a value */
	uint64_t miss_count;    /**< gets that found none */
	uint64_t put_count;     /**< values kept */
	uint64_t skip_count;    /**< calls that went without, the store being unavailable */
	uint64_t failure_count; /**< calls and attempts to connect that failed */
	uint64_t evicted_count; /**< memory: dropped to make room */
	uint64_t entry_count;   /**< memory: held now, those whose time is over included */
	uint64_t used_bytes;    /**< memory */
	uint64_t max_bytes;     /**< memory */
	char message[TSTREAM_ERROR_MESSAGE_BYTES]; /**< what failed last, for people; empty in
	                                                state OK; no secrets */
} tstream_cache_stats;

#ifndef SWIG
#define TSTREAM_CACHE_STATS_INIT                                                                   \
	{                                                                                              \
		.struct_size = sizeof(tstream_cache_stats)                                                 \
	}
#endif

/** A snapshot.  Never blocks on the store.  @return 0, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_cache_get_stats(tstream_cache *cache, tstream_cache_stats *out_stats);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
