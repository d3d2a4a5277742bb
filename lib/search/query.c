#include "search/query.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/words.h"
#include "search/results.h"

#define US_PER_MS 1000

/* With the mutex: a query of its own over a flight that others may share. */
static void join(tstream_query *query, tstream_search *search, tsi_flight *flight)
{
	query->search = search;
	query->flight = flight;
	query->start_us = tsi_now_us();
	query->end = UINT32_MAX;
	query->next = flight->queries;
	flight->queries = query;
	flight->ref_count++;
	search->ref_count++;
	if (flight->change_count > 0 || flight->is_done)
		tsi_wake_raise(&query->wake);
}

static bool is_same(const tsi_flight *flight, const char *key, const tsi_provider *const *providers,
                    uint32_t count)
{
	if (strcmp(flight->key, key) != 0 || flight->answer.provider_count != count)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (flight->serials[i] != providers[i]->serial)
			return false;
	}
	return true;
}

static bool is_listed(const char *list, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, size) == 0 && (at[size] == ',' || at[size] == '\0'))
			return true;
	}
	return false;
}

/* How many names are in a list; empty ones do not count. */
static uint32_t count_names(const char *list)
{
	uint32_t count = 0;

	for (const char *at = list; *at; at += *at == ',') {
		size_t size = strcspn(at, ",");

		count += size > 0;
		at += size;
	}
	return count;
}

static bool is_category_list(const char *categories)
{
	return strspn(categories, "0123456789,") == strlen(categories) && strlen(categories) < 256;
}

typedef struct question {
	char *text;
	char *key;
	char *folded;
	const char *categories;
	const tsi_provider *providers[TSTREAM_MAX_PROVIDERS];
	uint32_t provider_count;
} question;

/* With the mutex. */
static int choose(const tstream_search *search, const char *names, question *asked,
                  tstream_error *err)
{
	bool wants_all = !names || !*names;

	for (uint32_t i = 0; i < search->provider_count; i++) {
		if (wants_all || is_listed(names, search->providers[i]->name))
			asked->providers[asked->provider_count++] = search->providers[i];
	}
	if (!wants_all && count_names(names) != asked->provider_count)
		return tsi_fail(err, TSTREAM_ENOENT, "There is no such provider, or one is named twice.");
	asked->key = tsi_cache_key(asked->folded, asked->categories, asked->providers,
	                           asked->provider_count, wants_all && !*asked->categories);
	return asked->key ? TSTREAM_OK : tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
}

/* With the mutex.  Takes text and key over. */
static int find_or_make(tstream_search *search, question *asked, bool uses_cache,
                        tsi_flight **out_flight, tstream_error *err)
{
	char *text = asked->text;
	char *key = asked->key;

	for (tsi_flight *flight = search->flights; flight; flight = flight->next) {
		/* One that may still be answered by the cache is not for who wants no cache. */
		if (is_same(flight, key, asked->providers, asked->provider_count) &&
		    (uses_cache || flight->is_asking)) {
			*out_flight = flight;
			return TSTREAM_OK;
		}
	}
	if (search->flight_count >= search->options.max_queries)
		return tsi_fail(err, TSTREAM_ELIMIT, "Too many queries are under way; try again later.");
	asked->text = asked->key = NULL;
	*out_flight = tsi_flight_make(search, text, key, strdup(asked->categories), asked->providers,
	                              asked->provider_count);
	return *out_flight ? TSTREAM_OK : tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
}

/* With the mutex. */
static int board(tstream_search *search, question *asked, const tstream_query_options *options,
                 tstream_query *query, tstream_error *err)
{
	bool uses_cache = !(options->flags & TSTREAM_QUERY_NO_CACHE);
	tsi_flight *flight = NULL;
	bool is_new;
	int code;

	if (search->is_closing)
		return tsi_fail(err, TSTREAM_ECANCELED, "The search is being closed.");
	code = choose(search, options->providers, asked, err);
	if (code == TSTREAM_OK)
		code = find_or_make(search, asked, uses_cache, &flight, err);
	if (code != TSTREAM_OK || !flight)
		return code;
	is_new = !flight->queries;
	join(query, search, flight);
	if (is_new)
		tsi_flight_begin(flight, uses_cache);
	return TSTREAM_OK;
}

int tsi_query_start(tstream_search *search, const char *text, const tstream_query_options *options,
                    tstream_query **out_query, tstream_error *err)
{
	question asked = {.categories = options->categories ? options->categories : ""};
	tstream_query *query;
	int code;

	if (!is_category_list(asked.categories))
		return tsi_fail(err, TSTREAM_EINVAL, "Categories are numbers with commas between.");
	code = tsi_query_tidy(text, &asked.text, &asked.folded, err);
	if (code != TSTREAM_OK)
		return code;
	query = calloc(1, sizeof(*query));
	if (!query || tsi_wake_init(&query->wake) != TSTREAM_OK) {
		code = tsi_fail(err, TSTREAM_ENOMEM, "No memory or file descriptor is left.");
	} else {
		pthread_mutex_lock(&search->mutex);
		code = board(search, &asked, options, query, err);
		pthread_mutex_unlock(&search->mutex);
		if (code != TSTREAM_OK)
			tsi_wake_destroy(&query->wake);
	}
	free(asked.text);
	free(asked.key);
	free(asked.folded);
	if (code == TSTREAM_OK)
		*out_query = query;
	else
		free(query);
	return code;
}

/* With the mutex. */
static bool is_done(const tstream_query *query)
{
	return query->is_cancelled || query->flight->is_done;
}

static bool is_wanted(const tsi_flight *flight)
{
	for (const tstream_query *query = flight->queries; query; query = query->next) {
		if (!query->is_cancelled)
			return true;
	}
	return false;
}

static void cancel(tstream_query *query)
{
	tsi_flight *flight = query->flight;

	if (is_done(query))
		return;
	query->is_cancelled = true;
	query->cancelled_us = tsi_now_us();
	query->end = flight->change_count;
	if (!is_wanted(flight))
		tsi_flight_cancel(flight);
	tsi_wake_raise(&query->wake);
	pthread_cond_broadcast(&query->search->changed);
}

void tsi_query_cancel(tstream_query *query)
{
	pthread_mutex_lock(&query->search->mutex);
	cancel(query);
	pthread_mutex_unlock(&query->search->mutex);
}

void tsi_query_close(tstream_query *query)
{
	tstream_search *search = query->search;
	tsi_flight *flight = query->flight;
	tstream_query **link = &flight->queries;

	pthread_mutex_lock(&search->mutex);
	cancel(query);
	while (*link != query)
		link = &(*link)->next;
	*link = query->next;
	tsi_flight_unref(flight);
	pthread_mutex_unlock(&search->mutex);
	tsi_wake_destroy(&query->wake);
	tsi_results_free(query->lent);
	free(query);
	tsi_search_unref(search);
}

/* With the mutex: the next torrent whose latest change this query has not seen. */
static const tsi_finding *find_next(tstream_query *query)
{
	const tsi_flight *flight = query->flight;
	uint32_t end = query->end < flight->change_count ? query->end : flight->change_count;

	while (query->position < end) {
		uint32_t change = query->position++;
		const tsi_merge_item *item = &flight->answer.merge.items[flight->changes[change]];

		/* A later change of the same torrent is still to come. */
		if (!item->is_gone && (item->last_change == change || item->last_change >= end))
			return &item->finding;
	}
	return NULL;
}

int tsi_query_next(tstream_query *query, tstream_result *out_result)
{
	tstream_results *lent = tsi_results_make(1);
	const tsi_finding *finding;
	int code = 1;

	if (!lent)
		return TSTREAM_ENOMEM;
	pthread_mutex_lock(&query->search->mutex);
	finding = find_next(query);
	if (!finding) {
		code = is_done(query) ? 0 : TSTREAM_EAGAIN;
		tsi_wake_lower(&query->wake);
	} else if (!tsi_results_add(lent, finding, &query->flight->answer)) {
		code = TSTREAM_ENOMEM;
	}
	pthread_mutex_unlock(&query->search->mutex);
	tsi_results_free(query->lent);
	query->lent = lent;
	if (code == 1)
		*out_result = lent->items[0];
	return code;
}

int tsi_query_wait(tstream_query *query, int64_t timeout_us)
{
	int64_t end_us = tsi_now_us() + timeout_us;
	struct pollfd waiting = {.fd = query->wake.read_fd, .events = POLLIN};

	for (;;) {
		int64_t left_us = timeout_us < 0 ? INT32_MAX : end_us - tsi_now_us();
		int64_t left_ms = left_us <= 0 ? 0 : (left_us + US_PER_MS - 1) / US_PER_MS;

		if (tsi_query_is_done(query))
			return TSTREAM_OK;
		if (poll(&waiting, 1, left_ms < INT32_MAX ? (int)left_ms : INT32_MAX) > 0)
			return TSTREAM_OK;
		if (timeout_us >= 0 && left_us <= 0)
			return TSTREAM_ETIMEDOUT;
	}
}

int tsi_query_wait_done(tstream_query *query, int64_t timeout_us)
{
	struct timespec deadline = tsi_deadline(timeout_us < 0 ? INT64_MAX : timeout_us);
	bool is_over = false;
	int failed = 0;

	pthread_mutex_lock(&query->search->mutex);
	while (!(is_over = is_done(query)) && !failed)
		failed = pthread_cond_timedwait(&query->search->changed, &query->search->mutex, &deadline);
	pthread_mutex_unlock(&query->search->mutex);
	return is_over ? TSTREAM_OK : TSTREAM_ETIMEDOUT;
}

bool tsi_query_is_done(const tstream_query *query)
{
	bool is_over;

	pthread_mutex_lock(&query->search->mutex);
	is_over = is_done(query);
	pthread_mutex_unlock(&query->search->mutex);
	return is_over;
}

/* With the mutex.  Who cancelled while others go on is told that nobody answers any more. */
static void describe(const tstream_query *query, uint32_t index, tstream_provider_state *out_state)
{
	const tsi_flight *flight = query->flight;
	const tstream_request *request = flight->requests[index];

	*out_state = flight->answer.providers[index];
	if (out_state->status != TSTREAM_PROVIDER_WAITING)
		return;
	if (query->is_cancelled)
		out_state->status = TSTREAM_PROVIDER_CANCELLED;
	if (request) {
		out_state->elapsed_us = tsi_now_us() - request->start_us;
		out_state->result_count = request->result_count;
	}
}

bool tsi_query_get_provider(tstream_query *query, uint32_t index, tstream_provider_state *out_state)
{
	bool is_there;

	pthread_mutex_lock(&query->search->mutex);
	is_there = index < query->flight->answer.provider_count;
	if (is_there)
		describe(query, index, out_state);
	pthread_mutex_unlock(&query->search->mutex);
	return is_there;
}

void tsi_query_get_stats(tstream_query *query, tstream_query_stats *out_stats)
{
	const tsi_flight *flight = query->flight;
	int64_t end_us;

	pthread_mutex_lock(&query->search->mutex);
	out_stats->is_done = is_done(query);
	out_stats->is_complete = !query->is_cancelled && tsi_flight_is_complete(flight);
	out_stats->is_cached = flight->is_cached;
	out_stats->provider_count = flight->answer.provider_count;
	for (uint32_t i = 0; i < flight->answer.provider_count; i++)
		out_stats->waiting_count +=
		    !query->is_cancelled && flight->answer.providers[i].status == TSTREAM_PROVIDER_WAITING;
	out_stats->result_count = flight->answer.merge.live_count;
	out_stats->dropped_count = flight->answer.dropped_count + flight->local_dropped_count;
	end_us = query->is_cancelled ? query->cancelled_us
	                             : (flight->is_done ? flight->done_us : tsi_now_us());
	out_stats->elapsed_us = end_us > query->start_us ? end_us - query->start_us : 0;
	pthread_mutex_unlock(&query->search->mutex);
}

/* With the mutex. */
static int copy_page(const tstream_query *query, size_t offset, size_t limit,
                     tstream_results **out_results)
{
	const tsi_answer *answer = &query->flight->answer;
	uint32_t total = 0;
	uint32_t *order = tsi_merge_sorted(&answer->merge, query->end, &total);
	size_t first = offset < total ? offset : total;
	size_t count = total - first;
	tstream_results *results;
	bool is_good = order;

	if (limit > 0 && count > limit)
		count = limit;
	results = order ? tsi_results_make(count) : NULL;
	is_good = is_good && results;
	for (size_t i = first; is_good && i < first + count; i++)
		is_good = tsi_results_add(results, &answer->merge.items[order[i]].finding, answer);
	free(order);
	if (!is_good) {
		tsi_results_free(results);
		return TSTREAM_ENOMEM;
	}
	results->total = total;
	*out_results = results;
	return TSTREAM_OK;
}

int tsi_query_get_results(tstream_query *query, size_t offset, size_t limit,
                          tstream_results **out_results)
{
	int code;

	pthread_mutex_lock(&query->search->mutex);
	code = copy_page(query, offset, limit, out_results);
	pthread_mutex_unlock(&query->search->mutex);
	return code;
}
