/**
 * search/search.h - the objects of a search and how they hold each other.
 *
 *     search ── providers ◄── requests ──► flight ◄── queries
 *                                  └─────► resolution
 *
 * A flight is one question on its way to all providers; equal queries share it.  A request is
 * its part for one provider.  One mutex guards everything; vtable functions, the cache and
 * wakeups' users are never called under it, save the wakeup itself, which only passes the word
 * on.  One thread runs the HTTP loop, deadlines and vtable functions; another reads large answers.
 */
#ifndef TSI_SEARCH_SEARCH_H
#define TSI_SEARCH_SEARCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <tstream/search.h>

#include "core/answer.h"
#include "core/breaker.h"
#include "core/secrets.h"
#include "net/http_loop.h"
#include "search/links.h"
#include "search/worker.h"
#include "stream/wake.h"

#define TSI_MAX_RESOLUTIONS 64
#define TSI_MAX_ITEMS 1000 /* of one provider's answer */

typedef struct tsi_provider {
	char name[TSTREAM_PROVIDER_NAME_BYTES];
	char kind[16];
	char origin[128]; /**< pinned: links and redirects within it may be any address */
	uint64_t serial;
	tstream_provider_vtable vtable;
	void *user;
	tsi_secrets secrets;
	tsi_worker *worker; /**< of a BLOCKING one */
	unsigned ref_count; /**< the search's list, and its requests */
	tsi_breaker breaker;
	tstream_provider_state last; /**< of its last answer, and its counts */
} tsi_provider;

typedef struct tsi_flight {
	struct tsi_flight *next;
	tstream_search *search;
	unsigned ref_count; /**< the search's list, its queries, work posted for it */
	char *text;
	char *key;        /**< of the cache; equal ones share a flight */
	char *words;      /**< for relevance */
	char *categories; /**< "" for all */
	int64_t start_us;
	int64_t deadline_us;
	int64_t done_us;
	bool is_asking; /**< past the cache, which had no answer */
	bool is_done;
	bool is_cached;
	bool is_cancelled;
	bool is_keepable; /**< nothing of what is to be cached was lost for want of memory */
	/** From is_done on nothing here changes, and it is read without the mutex. */
	tsi_answer answer;
	tsi_merge shared; /**< what others than local providers found; unused if none is local */
	uint32_t local_dropped_count; /**< beside answer.dropped_count, which is cached */
	uint32_t local_count;
	bool is_local[TSTREAM_MAX_PROVIDERS];    /**< asked whatever the cache says, and not cached */
	uint64_t serials[TSTREAM_MAX_PROVIDERS]; /**< of the providers in answer.providers */
	tstream_request *requests[TSTREAM_MAX_PROVIDERS]; /**< those awaited */
	uint32_t *changes; /**< indexes of items of the list, as they were touched */
	uint32_t change_count;
	uint32_t change_capacity;
	tstream_query *queries;
} tsi_flight;

struct tstream_query {
	tstream_query *next; /**< in its flight */
	tstream_search *search;
	tsi_flight *flight;
	tsi_wake wake;
	int64_t start_us;
	bool is_cancelled;
	int64_t cancelled_us;
	uint32_t end;      /**< change that it does not see any more, once cancelled */
	uint32_t position; /**< change that next() looks at next */
	tstream_results *lent;
};

struct tstream_request {
	tstream_request *next_start;
	tstream_request *next_cancel;
	tstream_search *search;
	tsi_provider *provider;
	tsi_flight *flight;             /**< while awaited */
	tstream_resolution *resolution; /**< while awaited */
	unsigned ref_count;             /**< the provider's, whoever awaits it, queues */
	uint32_t slot;                  /**< in the flight */
	bool is_resolving;
	bool is_link; /**< reference is a URL, which we fetch ourselves */
	char *text;
	char *categories;
	char *reference;
	int64_t start_us;
	int64_t deadline_us;
	uint32_t result_count;
	uint32_t dropped_count;
	bool is_cancelled;
	bool is_cancelling; /**< its provider's cancel() is running */
	bool is_reading;    /**< the search's thread alone knows: it ends when its answer is read */
	bool is_finished;
	char *magnet; /**< given, when resolving */
	void *torrent;
	size_t torrent_size;
	void *state; /**< of those providers that are ours; freed with it */
};

struct tstream_resolution {
	tstream_resolution *next;
	tstream_search *search;
	tstream_request *request; /**< while awaited */
	tsi_wake wake;
	bool is_done;
	int code;
	char message[TSTREAM_ERROR_MESSAGE_BYTES];
	char *magnet;
	void *torrent;
	size_t torrent_size;
};

struct tstream_search {
	pthread_mutex_t mutex;
	pthread_cond_t changed; /**< a flight or a resolution is done, a cancel() has returned */
	unsigned ref_count;     /**< its owner, queries, resolutions, requests */
	tstream_search_options options;
	tsi_provider *providers[TSTREAM_MAX_PROVIDERS];
	uint32_t provider_count;
	uint64_t last_serial;
	tsi_flight *flights; /**< not done */
	uint32_t flight_count;
	tstream_resolution *resolutions;
	uint32_t resolution_count;
	tsi_links links;
	tstream_request *starts; /**< for the thread to hand out, in order */
	tstream_request **starts_end;
	tstream_request *cancels;
	tsi_worker *cache_worker;    /**< if there is a cache */
	tsi_worker *reader;          /**< the thread's; once there was a large answer */
	atomic_size_t reading_bytes; /**< posted to it */
	tsi_http_loop *loop;         /**< the thread's */
	pthread_t thread;
	bool is_closing;
};

/** @name Of the search: all but open and close with the mutex held
 *  @{ */
int tsi_search_open(const tstream_search_options *options, tstream_search **out_search,
                    tstream_error *err);
void tsi_search_close(tstream_search *search);
/** Without the mutex: frees the search when nobody holds it. */
void tsi_search_unref(tstream_search *search);
/** Let the thread look at what has changed. */
void tsi_search_nudge(tstream_search *search);
/** @} */

/** @name Providers: without the mutex
 *  @{ */
/** What a provider of ours brings beyond its vtable; taken over on success. */
typedef struct tsi_provider_extra {
	const char *origin;
	tsi_secrets secrets;
} tsi_provider_extra;

int tsi_provider_add(tstream_search *search, const char *name,
                     const tstream_provider_vtable *vtable, void *user,
                     const tsi_provider_extra *extra, tstream_error *err);
int tsi_provider_remove(tstream_search *search, const char *name);
/** Give a reference back; the last one calls its close(). */
void tsi_provider_unref(tstream_search *search, tsi_provider *provider);
/** With the mutex: note how a provider fared. */
void tsi_provider_note(tsi_provider *provider, const tstream_provider_state *state, int64_t now_us);
/** With the mutex: its state by itself. */
void tsi_provider_describe(const tsi_provider *provider, int64_t now_us,
                           tstream_provider_state *out_state);
/** @} */

/** @name Requests
 *  @{ */
/** With the mutex: make one and queue it for the thread.  @return NULL if out of memory */
tstream_request *tsi_request_make(tstream_search *search, tsi_provider *provider, const char *text,
                                  const char *categories, const char *reference,
                                  int64_t deadline_us);
/** With the mutex: nobody awaits it any more. */
void tsi_request_abandon(tstream_request *request);
/** Without the mutex: give a reference back. */
void tsi_request_unref(tstream_request *request);
/** On the thread, without the mutex: hand it to its provider, or tell that it is cancelled. */
void tsi_request_start(tstream_request *request);
void tsi_request_cancel(tstream_request *request);
/** @} */

/** @name Flights: with the mutex held
 *  @{ */
/** One of the search's own: what is asked and of whom, all of it settled.  Strings are taken
 *  over, also on failure.  @return NULL if out of memory */
tsi_flight *tsi_flight_make(tstream_search *search, char *text, char *key, char *categories,
                            const tsi_provider *const *providers, uint32_t provider_count);
/** Ask the cache and, meanwhile, local providers; or at once all of them. */
void tsi_flight_begin(tsi_flight *flight, bool uses_cache);
/** Results of a provider came in that nobody will see. */
void tsi_flight_drop(tsi_flight *flight, uint32_t slot, uint32_t count);
/** A result came in; it is the flight's afterwards.  @return 0, ELIMIT, ENOMEM */
int tsi_flight_take(tsi_flight *flight, const tstream_request *request, tsi_finding *finding);
/** A provider is done with it. */
void tsi_flight_settle(tsi_flight *flight, uint32_t slot, int status, int64_t retry_after_us,
                       const char *message);
/** Give up on those whose time is over.  @return when the next one's is */
int64_t tsi_flight_expire(tsi_flight *flight, int64_t now_us);
/** Give up on all. */
void tsi_flight_cancel(tsi_flight *flight);
void tsi_flight_wake(tsi_flight *flight);
void tsi_flight_unref(tsi_flight *flight);
bool tsi_flight_is_complete(const tsi_flight *flight);
/** @} */

/** @name The cache, for flights
 *  @{ */
/** "search:..." and, unless everything is asked for everything, a digest of what is, after two
 *  spaces: no query has those, so that none can name the answer to another.
 *  @return yours to free(); NULL if out of memory */
char *tsi_cache_key(const char *folded_query, const char *categories,
                    const tsi_provider *const *providers, uint32_t provider_count, bool is_default);
/** Work for the cache's thread; both are given a reference. */
void tsi_cache_lookup(void *flight);
void tsi_cache_store(void *flight);
/** How long to keep what is cached of a flight that is done; 0: not at all. */
int64_t tsi_flight_ttl_us(const tsi_flight *flight);
/** With the mutex: what tsi_cache_lookup() goes on with. */
void tsi_flight_answer(tsi_flight *flight, tsi_answer *answer);
void tsi_flight_ask(tsi_flight *flight);
/** @} */

/** @name Resolutions: with the mutex held
 *  @{ */
/** The request it awaits has been finished, or it is too late. */
void tsi_resolution_settle(tstream_resolution *resolution, int status, const char *message);
/** As tsi_flight_expire(). */
int64_t tsi_resolution_expire(tstream_resolution *resolution, int64_t now_us);
/** @} */

/** Fetch a link for a resolution, on the thread. */
void tsi_link_fetch(tstream_request *request);
void tsi_link_cancel(tstream_request *request);

/** @return a TSTREAM_E code for a TSTREAM_PROVIDER_ status */
int tsi_status_code(int status);

#endif
