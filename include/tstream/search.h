/**
 * tstream/search.h - many indexers asked at once, one list of torrents back.
 *
 * A search holds providers: Torznab indexers, the Internet Archive, feeds, the local
 * catalogue (catalog.h), and whatever a program adds through tstream_provider_vtable.
 * A query asks all of them at the same time and gives what they find as it comes, each
 * torrent once (merged by infohash, all sources kept), and says of every provider how
 * it fared.  One that hangs, lies or is down costs the others nothing.
 *
 *     tstream_search_open(NULL, &search, &err);
 *     tstream_search_add_archive(search, "archive", NULL, &err);
 *     tstream_search_start(search, "sintel", NULL, &query, &err);
 *     while ((code = tstream_query_next(query, &result)) != 0) {
 *         if (code == 1)
 *             puts(result.title);
 *         else if (code != TSTREAM_EAGAIN || tstream_query_wait(query, -1))
 *             break;
 *     }
 *     tstream_query_close(query);
 *
 * Waiting    One pipe per query and per resolution, as with a session: readable while
 *            there is something to take; never read from it yourself.
 * Threads    Any thread, any function.  Of what next() lends, see there.
 * Ownership  open, start, resolve and get_results give; close and free take back.
 *            Queries and resolutions may outlive their search: they turn to ECANCELED.
 * Unknown    A size, a count or a date that nobody told is -1, never 0.
 * Secrets    API keys, and the links of results, which carry them, leave the library in
 *            no result, message, log or cache.  A result that has no magnet is fetched by
 *            its id, through the library (tstream_search_resolve).
 * Safety     A provider's own origin (scheme, host, port) may be any address, as you
 *            configured it.  Whatever a link or a redirect leads to beyond that origin must
 *            be on the public internet (RFC 6890).
 * Bounds     8 MiB and 1,000 items an answer, 5,000 torrents a query, 64 KiB a text.
 */
#ifndef TSTREAM_SEARCH_H
#define TSTREAM_SEARCH_H

#include <tstream/base.h>
#include <tstream/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_search tstream_search;
typedef struct tstream_query tstream_query;
typedef struct tstream_results tstream_results;
typedef struct tstream_resolution tstream_resolution;
typedef struct tstream_request tstream_request;
typedef struct tstream_cache tstream_cache; /**< cache.h */

/** Longest text of a query. */
#define TSTREAM_MAX_QUERY_BYTES 512
/** Most providers of one search. */
#define TSTREAM_MAX_PROVIDERS 64
/** Room for a provider's name, its NUL included. */
#define TSTREAM_PROVIDER_NAME_BYTES 64
/** Room for a result's id, its NUL included. */
#define TSTREAM_RESULT_ID_BYTES 104

/** Start from TSTREAM_SEARCH_OPTIONS_INIT, or call tstream_search_options_init().
 *  0 or NULL means the default everywhere. */
typedef struct tstream_search_options {
	uint32_t struct_size;        /**< sizeof, as your compiler saw it */
	uint32_t flags;              /**< none yet: must be 0 */
	tstream_cache *cache;        /**< held open by the search; default: no cache */
	int64_t provider_timeout_us; /**< for one provider's answer; default 5 s */
	int64_t timeout_us;          /**< for the whole query; default 8 s */
	int64_t complete_ttl_us;     /**< how long an answer of all providers is cached;
	                                  default 3,600 s */
	int64_t partial_ttl_us;      /**< ... one that some are missing from; default 60 s */
	int64_t breaker_us;          /**< how long a provider that keeps failing is left alone at
	                                  first; doubles up to 16 times as long; default 30 s */
	uint32_t breaker_failures;   /**< failures in a row that open its breaker; default 3 */
	uint32_t max_queries;        /**< that ask providers, at once; default 64 */
} tstream_search_options;

#ifndef SWIG
#define TSTREAM_SEARCH_OPTIONS_INIT                                                                \
	{                                                                                              \
		.struct_size = sizeof(tstream_search_options)                                              \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_search_options_init(tstream_search_options *options);

/** Start a search without providers.
 *  @param options     NULL for the defaults
 *  @param out_search  yours until tstream_search_close()
 *  @return 0; EINVAL, ENOMEM
 *  @since 0.1 */
TSTREAM_API int tstream_search_open(const tstream_search_options *options,
                                    tstream_search **out_search, tstream_error *err);

/** Cancel what is under way, end the search's threads, free it.  Waits for vtable
 *  functions that are running, not for providers that still owe an answer.  NULL is fine.
 *  @since 0.1 */
TSTREAM_API void tstream_search_close(tstream_search *search);

/** @name Providers
 *  Names are yours: 1 to 63 letters and digits of ASCII, '.', '_' or '-', each once.
 *  All of these answer 0; EINVAL (name or URL), EBUSY (the name is taken), ELIMIT
 *  (TSTREAM_MAX_PROVIDERS), ENOTSUP (library built without libcurl and expat), ENOMEM.
 *  They may be called while queries are under way, which do not notice.
 *  @{ */

/**
 * A Torznab indexer: Jackett, Prowlarr, NZBHydra2, bitmagnet.
 *
 * @param url      http or https, with or without "/api" at its end, as people paste it;
 *                 an apikey in its query is taken out
 * @param api_key  NULL if it needs none; never shown again
 * @since 0.1
 */
TSTREAM_API int tstream_search_add_torznab(tstream_search *search, const char *name,
                                           const char *url, const char *api_key,
                                           tstream_error *err);

/** The Internet Archive.  Asked at most once a second, as it wishes.
 *  @param url  NULL for https://archive.org
 *  @since 0.1 */
TSTREAM_API int tstream_search_add_archive(tstream_search *search, const char *name,
                                           const char *url, tstream_error *err);

/**
 * An RSS or Atom feed with torrents in it (BEP 36 and its dialects).
 *
 * @param url  where "{searchTerms}" stands, the query goes (OpenSearch 1.1); without it
 *             the feed is fetched at most every 5 minutes and searched here
 * @since 0.1
 */
TSTREAM_API int tstream_search_add_feed(tstream_search *search, const char *name, const char *url,
                                        tstream_error *err);

/** Take a provider out.  Queries that asked it get it as cancelled.
 *  @return 0, ENOENT.  @since 0.1 */
TSTREAM_API int tstream_search_remove_provider(tstream_search *search, const char *name);

/** @name How a provider fared
 *  @{ */
#define TSTREAM_PROVIDER_WAITING 0      /**< asked, and not done yet */
#define TSTREAM_PROVIDER_OK 1           /**< answered; finding nothing is an answer */
#define TSTREAM_PROVIDER_PARTIAL 2      /**< some of its answer is missing or unreadable */
#define TSTREAM_PROVIDER_TIMEOUT 3      /**< no answer within its time */
#define TSTREAM_PROVIDER_AUTH 4         /**< wants an API key, or another one */
#define TSTREAM_PROVIDER_THROTTLED 5    /**< asks for a pause: retry_after_us */
#define TSTREAM_PROVIDER_PARSE 6        /**< answered something that is no answer */
#define TSTREAM_PROVIDER_CANCELLED 7    /**< you cancelled, or took it out */
#define TSTREAM_PROVIDER_BREAKER_OPEN 8 /**< failed too often, left alone: retry_after_us */
#define TSTREAM_PROVIDER_NETWORK 9      /**< not reachable, or failing (HTTP status 5xx) */
#define TSTREAM_PROVIDER_REFUSED 10     /**< led to an address that must not be asked */
#define TSTREAM_PROVIDER_UNSUPPORTED 11 /**< cannot do what the query wants */
/** @} */

/** @return "waiting", "ok", "partial", "timeout", "auth", "throttled", "parse", "cancelled",
 *          "breaker_open", "network", "refused" or "unsupported"; never NULL.  @since 0.1 */
TSTREAM_API const char *tstream_provider_status_name(int status);

/** A provider, as part of a query or by itself. */
typedef struct tstream_provider_state {
	uint32_t struct_size; /**< set before the call, in the first element: the stride */
	int32_t status;       /**< a TSTREAM_PROVIDER_; by itself: of its last answer, or
	                           WAITING if it was not asked yet */
	char name[TSTREAM_PROVIDER_NAME_BYTES]; /**< as it was added */
	char kind[16];            /**< "torznab", "archive", "feed", "catalog", or a vtable's own */
	char origin[128];         /**< "https://indexer.example:9117"; no more of its URL is told */
	int64_t elapsed_us;       /**< until its answer, or until now; -1: not asked */
	int64_t retry_after_us;   /**< until it will be asked again; -1: at any time */
	uint32_t result_count;    /**< torrents in its answer, before merging */
	uint32_t is_breaker_open; /**< 1: queries leave it out for retry_after_us */
	uint64_t asked_count;     /**< by itself: since it was added */
	uint64_t failed_count;    /**< by itself: answers that were neither OK nor PARTIAL */
	char message[TSTREAM_ERROR_MESSAGE_BYTES]; /**< what went wrong, for people; else empty */
} tstream_provider_state;

#ifndef SWIG
#define TSTREAM_PROVIDER_STATE_INIT                                                                \
	{                                                                                              \
		.struct_size = sizeof(tstream_provider_state)                                              \
	}
#endif

/** All providers by themselves, in the order they were added.
 *  @param out_states  @p capacity elements; may be NULL if that is 0
 *  @return how many there are, which may be more than @p capacity
 *  @since 0.1 */
TSTREAM_API size_t tstream_search_get_providers(tstream_search *search,
                                                tstream_provider_state *out_states,
                                                size_t capacity);
/** @} */

/** @name Queries
 *  @{ */
#define TSTREAM_QUERY_NO_CACHE 0x01u /**< ask anew; the answer is cached nevertheless */

/** Start from TSTREAM_QUERY_OPTIONS_INIT, or call tstream_query_options_init().
 *  0 or NULL means the default everywhere. */
typedef struct tstream_query_options {
	uint32_t struct_size;   /**< sizeof, as your compiler saw it */
	uint32_t flags;         /**< TSTREAM_QUERY_ flags */
	const char *providers;  /**< names with commas between; default: all */
	const char *categories; /**< Newznab numbers with commas between, such as "2000,5000";
	                             default: all.  A category holds its subcategories */
} tstream_query_options;

#ifndef SWIG
#define TSTREAM_QUERY_OPTIONS_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_query_options)                                               \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_query_options_init(tstream_query_options *options);

/**
 * Ask.  Never blocks.  Equal queries at the same time ask once: texts are equal after
 * trimming, joining spaces, case folding and composing (Unicode NFC).
 *
 * @param text     UTF-8; at most TSTREAM_MAX_QUERY_BYTES
 * @param options  NULL for the defaults
 * @param out_query  yours until tstream_query_close()
 * @return 0; EINVAL (no text, too much of it, or not UTF-8; a category that is no number),
 *         ENOENT (one of the providers), ELIMIT (max_queries), ECANCELED, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_search_start(tstream_search *search, const char *text,
                                     const tstream_query_options *options,
                                     tstream_query **out_query, tstream_error *err);

/** Stop asking, if nobody else waits for the same.  Providers that still owe an answer turn
 *  to CANCELLED and the query is done; what was found stays.  @since 0.1 */
TSTREAM_API void tstream_query_cancel(tstream_query *query);

/** Cancel and free.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_query_close(tstream_query *query);

/** One torrent.  Strings are lent: see the function that gave it. */
typedef struct tstream_result {
	uint32_t struct_size;    /**< set before the call */
	uint32_t category;       /**< Newznab number, such as 2000 for films; 0: unknown */
	const char *id;          /**< names it within its query, and for tstream_search_resolve() */
	const char *title;       /**< one line, printable */
	const char *infohash_v1; /**< 40 lower-case hexadecimal digits, or "" */
	const char *infohash_v2; /**< 64 of them, or "" */
	const char *magnet;      /**< NULL: only known by a link; tstream_search_resolve() it */
	const char *sources;     /**< names of the providers that have it, commas between, in the
	                              order they came */
	int64_t size;            /**< bytes; -1: unknown */
	int64_t seeders;         /**< the most that any source counts; -1: unknown */
	int64_t leechers;        /**< likewise */
	int64_t published_s;     /**< seconds since 1970 UTC, the earliest; -1: unknown */
} tstream_result;

#ifndef SWIG
#define TSTREAM_RESULT_INIT                                                                        \
	{                                                                                              \
		.struct_size = sizeof(tstream_result)                                                      \
	}
#endif

/**
 * Take the next torrent that is new, or that another provider has added to (same id).
 * Never blocks.  In order of arrival; for the best first, see tstream_query_get_results().
 *
 * @param out_result  its strings live until the next call of next() on this query, or its
 *                    close: one thread at a time
 * @return 1 and a result; 0 when the query is done and there are no more; EAGAIN: none yet
 *         (the wakeup is then re-armed); EINVAL, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_query_next(tstream_query *query, tstream_result *out_result);

/** @return the pipe's read end, readable when there is a result to take, when a provider's
 *          state has changed, and when the query is done, until next() has said EAGAIN or 0.
 *  @since 0.1 */
TSTREAM_API int tstream_query_get_wakeup_fd(const tstream_query *query);

/** For programs without a poll loop; as tstream_session_set_wakeup().  @since 0.1 */
TSTREAM_API void tstream_query_set_wakeup(tstream_query *query, tstream_wakeup_fn wakeup,
                                          void *user);

/** Block while the wakeup is not raised and the query is not done: for a thread per request.
 *  Follow it with next() until that says EAGAIN or 0.
 *  @param timeout_us  0 polls, negative waits for ever (a query ends by itself)
 *  @return 0; ETIMEDOUT.  @since 0.1 */
TSTREAM_API int tstream_query_wait(tstream_query *query, int64_t timeout_us);

/** Block until the query is done; leaves what next() gives as it is.
 *  @param timeout_us  as tstream_query_wait()
 *  @return 0; ETIMEDOUT.  @since 0.1 */
TSTREAM_API int tstream_query_wait_done(tstream_query *query, int64_t timeout_us);

/** @return 1 when no more results will come, else 0.  @since 0.1 */
TSTREAM_API int tstream_query_is_done(const tstream_query *query);

/** How far a query has come. */
typedef struct tstream_query_stats {
	uint32_t struct_size;    /**< set before the call */
	uint32_t is_done;        /**< 1: nothing more will come */
	uint32_t is_complete;    /**< 1: every provider answered OK */
	uint32_t is_cached;      /**< 1: from the cache, nobody but LOCAL providers was asked */
	uint32_t provider_count; /**< asked */
	uint32_t waiting_count;  /**< of those, not done yet */
	uint32_t result_count;   /**< torrents, merged */
	uint32_t dropped_count;  /**< results beyond the bounds, or that no torrent can be had of */
	int64_t elapsed_us;      /**< since start, until done */
} tstream_query_stats;

#ifndef SWIG
#define TSTREAM_QUERY_STATS_INIT                                                                   \
	{                                                                                              \
		.struct_size = sizeof(tstream_query_stats)                                                 \
	}
#endif

/** A snapshot.  @return 0, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_query_get_stats(tstream_query *query, tstream_query_stats *out_stats);

/** The providers of this query, in the order they were added to the search.
 *  @param out_states  @p capacity elements; may be NULL if that is 0
 *  @return how many there are, which may be more than @p capacity
 *  @since 0.1 */
TSTREAM_API size_t tstream_query_get_providers(tstream_query *query,
                                               tstream_provider_state *out_states, size_t capacity);

/**
 * What was found so far, the best first: by how well the title fits, then by the order of
 * magnitude of its seeders, then by size, then by id.  That order is total: equal findings
 * give equal lists, whoever answered first.
 *
 * @param offset       how many to leave out at the beginning
 * @param limit        most to give; 0: all
 * @param out_results  a snapshot that changes no more; yours until tstream_results_free()
 * @return 0; EINVAL, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_query_get_results(tstream_query *query, size_t offset, size_t limit,
                                          tstream_results **out_results);

/** How many are in this snapshot.  @since 0.1 */
TSTREAM_API size_t tstream_results_get_count(const tstream_results *results);
/** How many there were without offset and limit.  @since 0.1 */
TSTREAM_API size_t tstream_results_get_total(const tstream_results *results);
/** @param index  0 to tstream_results_get_count() - 1
 *  @param out_result  its strings live as long as @p results
 *  @return 0; ENOENT, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_results_get(const tstream_results *results, size_t index,
                                    tstream_result *out_result);
/** NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_results_free(tstream_results *results);
/** @} */

/** @name Resolving: from a result's id to a magnet or a .torrent
 *  @{ */

/**
 * Fetch what a result without a magnet stands for.  Never blocks.  The link is followed from
 * its provider's origin, at most 5 redirects, one of which may lead to a magnet.
 *
 * @param id  of a result of this search; ids are remembered, the latest 20,000.  An infohash
 *            in hexadecimal, which is the id of all others, gives its bare magnet at once.
 * @param timeout_us  <= 0: 15 s
 * @param out_resolution  yours until tstream_resolution_close()
 * @return 0; ENOENT (not known, or no more: query again), EINVAL, ECANCELED, ELIMIT (64 at
 *         once), ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_search_resolve(tstream_search *search, const char *id, int64_t timeout_us,
                                       tstream_resolution **out_resolution, tstream_error *err);

/** @return the pipe's read end: readable from when the resolution is done.  @since 0.1 */
TSTREAM_API int tstream_resolution_get_wakeup_fd(const tstream_resolution *resolution);

/** As tstream_session_set_wakeup().  @since 0.1 */
TSTREAM_API void tstream_resolution_set_wakeup(tstream_resolution *resolution,
                                               tstream_wakeup_fn wakeup, void *user);

/** Block until it is done.
 *  @param timeout_us  0 polls, negative waits for ever (a resolution ends by itself)
 *  @return 0; ETIMEDOUT.  @since 0.1 */
TSTREAM_API int tstream_resolution_wait(tstream_resolution *resolution, int64_t timeout_us);

/** What it gave: a magnet for tstream_torrent_open_magnet(), or else the bytes of a .torrent
 *  for tstream_torrent_open_bytes().  Neither is checked further than that it looks like one.
 *  @param out_magnet  NULL if there are bytes; lent, lives as long as @p resolution
 *  @param out_bytes   NULL if there is a magnet; lent likewise
 *  @return 0; EAGAIN (not done yet), or why it failed: ETIMEDOUT, ENET, EREFUSED, EINVAL,
 *          EACCES (the provider wants another key), ECANCELED, ENOMEM
 *  @since 0.1 */
TSTREAM_API int tstream_resolution_get(tstream_resolution *resolution, const char **out_magnet,
                                       const void **out_bytes, size_t *out_size,
                                       tstream_error *err);

/** Cancel if need be, and free.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_resolution_close(tstream_resolution *resolution);
/** @} */

/** @name Providers of your own
 *  The library hands you a request; you answer it when you can, from any thread: any number
 *  of tstream_request_add(), then tstream_request_finish(), exactly once, also when it was
 *  cancelled.  Until then the request is yours and stays valid, even if the search is closed.
 *  Deadlines, the breaker, merging and caching are the library's work.
 *  @{ */
#define TSTREAM_PROVIDER_BLOCKING                                                                  \
	0x01u /**< the functions may take their time: they are called                                  \
	           on a thread that this provider has for itself, one                                  \
	           request after the other */
#define TSTREAM_PROVIDER_PUBLIC                                                                    \
	0x02u /**< its magnets hold no secrets in trackers and web                                     \
	           seeds, which may therefore be cached */
#define TSTREAM_PROVIDER_LOCAL                                                                     \
	0x04u /**< it answers at once, of what this process knows: its                                 \
	           results enter no cache, and it is asked also when those                             \
	           of the others come from there */

/** Functions are called on a thread of the library.  Without BLOCKING they must return within
 *  a millisecond.  They may call tstream_request_ functions, and no others of the search. */
typedef struct tstream_provider_vtable {
	uint32_t struct_size; /**< sizeof, as your compiler saw it */
	uint32_t flags;       /**< TSTREAM_PROVIDER_BLOCKING, _PUBLIC, _LOCAL */
	const char *kind;     /**< what tstream_provider_state.kind says; at most 15 bytes */
	/** A request to search.  Required. */
	void (*search)(void *user, tstream_request *request);
	/** A request to turn the reference of a result into a magnet or a .torrent.  May be NULL
	 *  if no result has a reference. */
	void (*resolve)(void *user, tstream_request *request);
	/** Nobody waits for this request any more; it must be finished nevertheless.  May be NULL.
	 *  Always called on the search's thread, not on the one of a BLOCKING provider, and never
	 *  once finish has returned: that waits for a cancel of its request that is running. */
	void (*cancel)(void *user, tstream_request *request);
	/** The provider was taken out or its search was closed, and all its requests are finished.
	 *  The last call, from whatever thread made it so.  May be NULL. */
	void (*close)(void *user);
} tstream_provider_vtable;

/** Add a provider of your own.
 *  @param vtable  copied
 *  @param user    handed to its functions
 *  @return as the other tstream_search_add_ functions; then close() is not called
 *  @since 0.1 */
TSTREAM_API int tstream_search_add_provider(tstream_search *search, const char *name,
                                            const tstream_provider_vtable *vtable, void *user,
                                            tstream_error *err);

/** What the user typed, trimmed, spaces joined, composed (NFC).  @return lent, lives as long as
 *  the request; "" when resolving.  @since 0.1 */
TSTREAM_API const char *tstream_request_get_text(const tstream_request *request);
/** The wanted categories, as in tstream_query_options; "" for all.  Results of others are
 *  dropped by the library.  @since 0.1 */
TSTREAM_API const char *tstream_request_get_categories(const tstream_request *request);
/** When resolving: the reference that you gave with the result; else "".  @since 0.1 */
TSTREAM_API const char *tstream_request_get_reference(const tstream_request *request);
/** More results than this are dropped.  @since 0.1 */
TSTREAM_API uint32_t tstream_request_get_limit(const tstream_request *request);
/** @return microseconds until nobody waits any more; 0: now.  @since 0.1 */
TSTREAM_API int64_t tstream_request_get_remaining_us(const tstream_request *request);
/** @return 1 when nobody waits any more: cancelled, or too late.  @since 0.1 */
TSTREAM_API int tstream_request_is_cancelled(const tstream_request *request);

/** What a provider has found.  Start from TSTREAM_FOUND_INIT or tstream_found_init(): all
 *  unknown.  Everything is lent for the call and copied.  One of infohash, magnet, link and
 *  reference must be there. */
typedef struct tstream_found {
	uint32_t struct_size;  /**< sizeof, as your compiler saw it */
	uint32_t category;     /**< Newznab number; 0: unknown */
	const char *title;     /**< required; made printable */
	const char *infohash;  /**< hexadecimal (40 or 64) or base32; rubbish is taken as none */
	const char *magnet;    /**< BEP 9; its own hash is believed before infohash */
	const char *link;      /**< http or https URL of a .torrent, or of what redirects to it or to
	                            a magnet; never shown, never cached; must be public */
	const char *reference; /**< your own word for it, given back to you by resolve(); never
	                            shown, never cached */
	int64_t size;          /**< bytes; -1: unknown */
	int64_t seeders;       /**< -1: unknown */
	int64_t leechers;      /**< -1: unknown */
	int64_t published_s;   /**< seconds since 1970 UTC; -1: unknown */
} tstream_found;

#ifndef SWIG
#define TSTREAM_FOUND_INIT                                                                         \
	{                                                                                              \
		.struct_size = sizeof(tstream_found), .size = -1, .seeders = -1, .leechers = -1,           \
		.published_s = -1                                                                          \
	}
#endif

/** For callers that cannot see macros: all unknown, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_found_init(tstream_found *found);

/** Give one result.  It is with those who wait before this returns.
 *  @return 0; EINVAL (nothing that a torrent can be had by), ELIMIT (more than wanted),
 *          ECANCELED (nobody waits), ENOMEM
 *  @since 0.1 */
TSTREAM_API int tstream_request_add(tstream_request *request, const tstream_found *found);

/** When resolving: give the magnet.  @return 0; EINVAL, ECANCELED, ENOMEM.  @since 0.1 */
TSTREAM_API int tstream_request_give_magnet(tstream_request *request, const char *magnet);
/** When resolving: give the .torrent; copied.  @return 0; EINVAL, ECANCELED, ENOMEM.
 *  @since 0.1 */
TSTREAM_API int tstream_request_give_torrent(tstream_request *request, const void *bytes,
                                             size_t size);

/**
 * The end of a request: it is the library's again.
 *
 * @param status  TSTREAM_PROVIDER_OK, or what went wrong; WAITING is none
 * @param retry_after_us  with THROTTLED: for how long not to ask again; else 0
 * @param message  for people, without secrets; may be NULL
 * @since 0.1
 */
TSTREAM_API void tstream_request_finish(tstream_request *request, int status,
                                        int64_t retry_after_us, const char *message);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
