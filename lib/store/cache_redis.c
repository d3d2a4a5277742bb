/**
 * store/cache_redis.c - the store in a Redis server.
 *
 * One connection.  Callers take turns at it, each within its own timeout, queueing
 * included.  Who finds it broken throws it away and from then on everybody goes without;
 * the mender, a thread, makes a new one, after a pause that grows while it fails.
 * It also asks an idle server from time to time whether it is still there, so that
 * the state is true even if nobody calls.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "store/cache.h"
#include "store/redis_link.h"

#define MOST_PAUSES 16  /* a pause grows to so many times the first */
#define LOOK_US 5000000 /* how often an idle server is asked */

typedef struct redis_store {
	tsi_cache_url url; /**< never changes */
	tstream_cache_options options;

	pthread_mutex_t mutex;
	pthread_cond_t changed; /**< link, is_busy, is_settled or is_stopping */
	tsi_redis_link *link;   /**< NULL: being mended */
	bool is_busy;           /**< somebody uses the link, without the mutex */
	bool is_settled;        /**< the first attempt to connect is over */
	bool is_stopping;
	int64_t linked_us; /**< when the link was made */
	int64_t pause_us;  /**< before the next attempt; 0: none */

	int state;
	int64_t state_since_us;
	uint64_t skip_count;
	uint64_t failure_count;
	char message[TSTREAM_ERROR_MESSAGE_BYTES];
	pthread_t mender;
} redis_store;

/* -- state; the mutex is held --------------------------------------------- */

static void set_state(redis_store *store, int state, const char *why)
{
	if (why)
		snprintf(store->message, sizeof(store->message), "redis at %.100s port %s: %.100s",
		         store->url.host, store->url.port, why);
	else
		store->message[0] = '\0';
	if (store->state == state)
		return;
	store->state = state;
	store->state_since_us = tsi_now_us();
	if (why)
		tsi_log(TSTREAM_LOG_WARNING, "cache: %s", store->message);
	else
		tsi_log(TSTREAM_LOG_INFO, "cache: redis at %s port %s serves", store->url.host,
		        store->url.port);
}

/** The pause before the next attempt.  A link that held for long is mended at once; one
 *  that breaks time and again costs its callers a timeout each time. */
static void lengthen_pause(redis_store *store)
{
	int64_t most_us = store->options.retry_us * MOST_PAUSES;
	store->pause_us = store->pause_us ? store->pause_us * 2 : store->options.retry_us;
	if (store->pause_us > most_us)
		store->pause_us = most_us;
}

/** @return the link, which is then the caller's alone until give_link(); NULL: go without */
static tsi_redis_link *take_link(redis_store *store, int64_t deadline_us)
{
	struct timespec deadline = tsi_deadline(deadline_us - tsi_now_us());
	int waited = 0;
	pthread_mutex_lock(&store->mutex);
	while (store->link && store->is_busy && waited == 0)
		waited = pthread_cond_timedwait(&store->changed, &store->mutex, &deadline);
	tsi_redis_link *link = store->is_busy ? NULL : store->link;
	if (link)
		store->is_busy = true;
	else
		store->skip_count++;
	pthread_mutex_unlock(&store->mutex);
	return link;
}

/** @param why  NULL: it is as good as before */
static void give_link(redis_store *store, const char *why)
{
	tsi_redis_link *broken = NULL;
	pthread_mutex_lock(&store->mutex);
	store->is_busy = false;
	if (why) {
		broken = store->link;
		store->link = NULL;
		store->failure_count++;
		if (tsi_now_us() - store->linked_us > store->options.retry_us * MOST_PAUSES)
			store->pause_us = 0;
		else
			lengthen_pause(store);
		set_state(store, TSTREAM_CACHE_UNAVAILABLE, why);
	}
	pthread_cond_broadcast(&store->changed);
	pthread_mutex_unlock(&store->mutex);
	tsi_redis_disconnect(broken);
}

/* -- asking --------------------------------------------------------------- */

/** True if the server will not serve this connection: it is of no use. */
static bool is_shut_out(const redisReply *reply, char out_why[TSI_REDIS_WHY_BYTES])
{
	static const char *const names[] = {"NOAUTH", "LOADING", "MASTERDOWN", "CLUSTERDOWN"};
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	tsi_redis_describe_error(reply, out_why);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(reply->str, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/** @return 0 and a reply, which may be an error; ENET, ENOMEM */
static int ask(redis_store *store, int argc, const char **argv, const size_t *lengths,
               redisReply **out_reply)
{
	char why[TSI_REDIS_WHY_BYTES] = "";
	int64_t deadline_us = tsi_now_us() + store->options.command_timeout_us;
	tsi_redis_link *link = take_link(store, deadline_us);
	if (!link)
		return TSTREAM_ENET;
	tsi_redis_command command = {argc, argv, lengths, (size_t)store->options.max_value_bytes,
	                             deadline_us - tsi_now_us()};
	redisReply *reply = NULL;
	int code = tsi_redis_ask(link, &command, &reply, why);
	if (code == TSTREAM_OK && is_shut_out(reply, why)) {
		freeReplyObject(reply);
		code = TSTREAM_ENET;
	}
	give_link(store, code == TSTREAM_OK ? NULL : why);
	if (code == TSTREAM_OK)
		*out_reply = reply;
	return code;
}

/** Take in what the server said to a command that writes; the reply goes.
 *  @return 0; ENOSPC: it refuses */
static int settle_write(redis_store *store, redisReply *reply)
{
	char why[TSI_REDIS_WHY_BYTES];
	bool is_refused = reply->type == REDIS_REPLY_ERROR;
	tsi_redis_describe_error(reply, why);
	freeReplyObject(reply);
	pthread_mutex_lock(&store->mutex);
	store->failure_count += is_refused;
	if (is_refused)
		set_state(store, TSTREAM_CACHE_REFUSING, why);
	else if (store->state == TSTREAM_CACHE_REFUSING)
		set_state(store, TSTREAM_CACHE_OK, NULL);
	pthread_mutex_unlock(&store->mutex);
	return is_refused ? TSTREAM_ENOSPC : TSTREAM_OK;
}

static int copy_reply(const redisReply *reply, void **out_value, size_t *out_size)
{
	/* Nil; or an error, when somebody else keeps another kind of thing under that key. */
	if (reply->type != REDIS_REPLY_STRING)
		return TSTREAM_ENOENT;
	size_t size = (size_t)reply->len;
	char *copy = malloc(size + 1);
	if (!copy)
		return TSTREAM_ENOMEM;
	memcpy(copy, reply->str, size);
	copy[size] = '\0';
	*out_value = copy;
	*out_size = size;
	return TSTREAM_OK;
}

static int redis_get(void *user, const char *key, void **out_value, size_t *out_size)
{
	redisReply *reply = NULL;
	int code = ask(user, 2, (const char *[]){"GET", key}, (const size_t[]){3, strlen(key)}, &reply);
	if (code != TSTREAM_OK)
		return code;
	code = copy_reply(reply, out_value, out_size);
	freeReplyObject(reply);
	return code;
}

static int redis_put(void *user, const char *key, const void *value, size_t size, int64_t ttl_us)
{
	redis_store *store = user;
	char ttl_ms[24];
	snprintf(ttl_ms, sizeof(ttl_ms), "%lld", (long long)(ttl_us >= 1000 ? ttl_us / 1000 : 1));
	const char *argv[] = {"SET", key, size ? value : "", "PX", ttl_ms};
	const size_t lengths[] = {3, strlen(key), size, 2, strlen(ttl_ms)};
	redisReply *reply = NULL;
	int code = ask(store, ttl_us > 0 ? 5 : 3, argv, lengths, &reply);
	return code == TSTREAM_OK ? settle_write(store, reply) : code;
}

static int redis_remove(void *user, const char *key)
{
	redisReply *reply = NULL;
	int code = ask(user, 2, (const char *[]){"DEL", key}, (const size_t[]){3, strlen(key)}, &reply);
	if (code == TSTREAM_OK && settle_write(user, reply) != TSTREAM_OK)
		code = TSTREAM_ENET;
	return code;
}

static void redis_get_stats(void *user, tstream_cache_stats *out_stats)
{
	redis_store *store = user;
	snprintf(out_stats->store, sizeof(out_stats->store), "redis");
	pthread_mutex_lock(&store->mutex);
	out_stats->state = store->state;
	out_stats->state_us = tsi_now_us() - store->state_since_us;
	out_stats->skip_count = store->skip_count;
	out_stats->failure_count = store->failure_count;
	memcpy(out_stats->message, store->message, sizeof(out_stats->message));
	pthread_mutex_unlock(&store->mutex);
}

/* -- mending -------------------------------------------------------------- */

/** Wait for at most that long, or until it is to stop.  The mutex is held. */
static void pause_mending(redis_store *store, int64_t pause_us)
{
	struct timespec deadline = tsi_deadline(pause_us);
	int waited = 0;
	while (!store->is_stopping && waited == 0)
		waited = pthread_cond_timedwait(&store->changed, &store->mutex, &deadline);
}

/** Wait for the link to break; @return false if it is time to look whether it has. */
static bool wait_for_break(redis_store *store)
{
	struct timespec deadline = tsi_deadline(LOOK_US);
	int waited = 0;
	while (!store->is_stopping && store->link && waited == 0)
		waited = pthread_cond_timedwait(&store->changed, &store->mutex, &deadline);
	return store->is_stopping || !store->link;
}

/** One attempt.  The mutex is held, but not meanwhile. */
static void mend(redis_store *store)
{
	char why[TSI_REDIS_WHY_BYTES] = "";
	tsi_redis_link *link = NULL;
	pthread_mutex_unlock(&store->mutex);
	int code = tsi_redis_connect(&store->url, store->options.connect_timeout_us, &link, why);
	pthread_mutex_lock(&store->mutex);
	if (code == TSTREAM_OK) {
		store->link = link;
		store->linked_us = tsi_now_us();
		set_state(store, TSTREAM_CACHE_OK, NULL);
	} else {
		store->failure_count++;
		lengthen_pause(store);
		set_state(store, TSTREAM_CACHE_UNAVAILABLE, why);
	}
	store->is_settled = true;
	pthread_cond_broadcast(&store->changed);
}

static void look(redis_store *store)
{
	redisReply *reply = NULL;
	pthread_mutex_unlock(&store->mutex);
	if (ask(store, 1, (const char *[]){"PING"}, (const size_t[]){4}, &reply) == TSTREAM_OK)
		freeReplyObject(reply);
	pthread_mutex_lock(&store->mutex);
}

static void *keep_linked(void *user)
{
	redis_store *store = user;
	pthread_mutex_lock(&store->mutex);
	while (!store->is_stopping) {
		if (store->link && !wait_for_break(store)) {
			look(store);
			continue;
		}
		if (store->link)
			continue;
		if (store->pause_us > 0)
			pause_mending(store, store->pause_us);
		if (!store->is_stopping)
			mend(store);
	}
	pthread_mutex_unlock(&store->mutex);
	return NULL;
}

/* -- opening and closing -------------------------------------------------- */

static void store_free(redis_store *store)
{
	tsi_redis_disconnect(store->link);
	pthread_cond_destroy(&store->changed);
	pthread_mutex_destroy(&store->mutex);
	tsi_cache_url_clear(&store->url);
	free(store);
}

static void redis_close(void *user)
{
	redis_store *store = user;
	pthread_mutex_lock(&store->mutex);
	store->is_stopping = true;
	pthread_cond_broadcast(&store->changed);
	pthread_mutex_unlock(&store->mutex);
	pthread_join(store->mender, NULL);
	store_free(store);
}

const tsi_cache_ops tsi_cache_redis_ops = {redis_get, redis_put, redis_remove, redis_get_stats,
                                           redis_close};

/** Give the first attempt its time, so that who opens a cache of a living server has it. */
static void wait_until_settled(redis_store *store)
{
	struct timespec deadline = tsi_deadline(store->options.connect_timeout_us);
	int waited = 0;
	pthread_mutex_lock(&store->mutex);
	while (!store->is_settled && waited == 0)
		waited = pthread_cond_timedwait(&store->changed, &store->mutex, &deadline);
	pthread_mutex_unlock(&store->mutex);
}

static redis_store *store_new(tsi_cache_url *url, const tstream_cache_options *options)
{
	redis_store *store = calloc(1, sizeof(*store));
	if (!store)
		return NULL;
	store->url = *url;
	memset(url, 0, sizeof(*url));
	store->options = *options;
	store->state = TSTREAM_CACHE_UNAVAILABLE;
	store->state_since_us = tsi_now_us();
	snprintf(store->message, sizeof(store->message), "redis at %.100s port %s: no answer yet",
	         store->url.host, store->url.port);
	pthread_mutex_init(&store->mutex, NULL);
	tsi_cond_init(&store->changed);
	return store;
}

int tsi_cache_redis_open(tsi_cache_url *url, const tstream_cache_options *options, void **out_store,
                         tstream_error *err)
{
	redis_store *store = store_new(url, options);
	if (!store)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	sigset_t before;
	tsi_signals_block(&before);
	int created = pthread_create(&store->mender, NULL, keep_linked, store);
	tsi_signals_restore(&before);
	if (created != 0) {
		store_free(store);
		return tsi_fail(err, TSTREAM_ENOMEM, "no thread can be had");
	}
	wait_until_settled(store);
	*out_store = store;
	return TSTREAM_OK;
}
