#include "stream/metadata_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/cache.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "core/essence.h"
#include "store/cache.h"
#include "stream/torrent.h"

/* Wishes that wait; beyond that the cache is left alone.  A second's worth, and more than
 * most sessions have torrents. */
#define MAX_WISHES 512
/* A store that is away for a moment, as one on a busy machine is, must not cost a torrent its
 * metadata: nobody would look again. */
#define MAX_ATTEMPTS 30
#define PAUSE_US INT64_C(1000000)
/* Metadata never grows stale, but a shared store must not grow for ever. */
#define TTL_US (30 * 86400 * INT64_C(1000000))
#define KEY_BYTES (sizeof("magnet:") + TSTREAM_INFOHASH_BYTES)

typedef struct wish {
	bool is_keep; /**< false: look */
	unsigned attempt_count;
	int64_t due_us;
	char infohash[TSTREAM_INFOHASH_BYTES];
} wish;

struct tsi_metadata_cache {
	tstream_cache *cache;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool is_stopping;
	size_t first; /**< of the ring */
	size_t count;
	wish wishes[MAX_WISHES];
};

/** @return the torrent, with a reference, if it still lacks metadata, or has it, as wanted */
static tstream_torrent *find_torrent(tstream_session *session, const char *infohash,
                                     bool has_metadata)
{
	tstream_torrent *torrent = NULL;
	if (tstream_torrent_find(session, infohash, &torrent) != TSTREAM_OK)
		return NULL;
	if (atomic_load(&torrent->has_metadata) == has_metadata)
		return torrent;
	tstream_torrent_unref(torrent);
	return NULL;
}

static void make_key(char out_key[KEY_BYTES], const char *infohash)
{
	snprintf(out_key, KEY_BYTES, "magnet:%s", infohash);
}

/** @return 0 if it is done with, or ENET */
static int look(tstream_session *session, const char *infohash)
{
	char key[KEY_BYTES];
	void *bytes = NULL;
	size_t size = 0;
	make_key(key, infohash);
	tstream_torrent *torrent = find_torrent(session, infohash, false);
	if (!torrent)
		return TSTREAM_OK;
	int code = tstream_cache_get_copy(session->metadata_cache->cache, key, &bytes, &size);
	if (code == TSTREAM_OK)
		tsi_torrent_offer(torrent, bytes, size);
	free(bytes);
	tstream_torrent_unref(torrent);
	return code == TSTREAM_ENET ? code : TSTREAM_OK;
}

static int put(tstream_cache *cache, const char *infohash, const void *bytes, size_t size)
{
	char key[KEY_BYTES];
	make_key(key, infohash);
	int code = *infohash ? tstream_cache_put(cache, key, bytes, size, TTL_US) : TSTREAM_OK;
	return code == TSTREAM_ENET ? code : TSTREAM_OK;
}

/** Under each of its names, for others may know only one.  @return as look() */
static int keep(tstream_session *session, const char *infohash)
{
	tstream_cache *cache = session->metadata_cache->cache;
	tstream_torrent *torrent = find_torrent(session, infohash, true);
	void *whole = NULL;
	void *essence = NULL;
	size_t size = 0;
	int code = TSTREAM_OK;
	if (!torrent)
		return code;
	if (tstream_torrent_file_copy(torrent, &whole, &size) == TSTREAM_OK &&
	    tsi_torrent_essence(whole, size, &essence, &size) == TSTREAM_OK) {
		code = put(cache, tstream_torrent_get_infohash_v1(torrent), essence, size);
		if (code == TSTREAM_OK)
			code = put(cache, tstream_torrent_get_infohash_v2(torrent), essence, size);
	}
	free(whole);
	free(essence);
	tstream_torrent_unref(torrent);
	return code;
}

/* With the mutex: until there is one to fulfil.  One that has to wait holds up those after it,
 * which would have to wait as well. */
static void wait_for_wish(struct tsi_metadata_cache *own)
{
	while (!own->is_stopping) {
		int64_t pause_us = own->count ? own->wishes[own->first].due_us - tsi_now_us() : INT64_MAX;
		if (pause_us <= 0)
			return;
		struct timespec deadline = tsi_deadline(pause_us);
		pthread_cond_timedwait(&own->changed, &own->mutex, &deadline);
	}
}

/** @return false when it is time to end */
static bool take_wish(struct tsi_metadata_cache *own, wish *out_wish)
{
	pthread_mutex_lock(&own->mutex);
	wait_for_wish(own);
	bool goes_on = !own->is_stopping;
	if (goes_on) {
		*out_wish = own->wishes[own->first];
		own->first = (own->first + 1) % MAX_WISHES;
		own->count--;
	}
	pthread_mutex_unlock(&own->mutex);
	return goes_on;
}

static void push_wish(struct tsi_metadata_cache *own, const wish *added)
{
	pthread_mutex_lock(&own->mutex);
	if (own->count < MAX_WISHES) {
		own->wishes[(own->first + own->count++) % MAX_WISHES] = *added;
		pthread_cond_signal(&own->changed);
	}
	pthread_mutex_unlock(&own->mutex);
}

static void *run(void *user)
{
	tstream_session *session = user;
	wish next;
	while (take_wish(session->metadata_cache, &next)) {
		int code = next.is_keep ? keep(session, next.infohash) : look(session, next.infohash);
		if (code == TSTREAM_OK || ++next.attempt_count == MAX_ATTEMPTS)
			continue;
		next.due_us = tsi_now_us() + PAUSE_US;
		push_wish(session->metadata_cache, &next);
	}
	return NULL;
}

static void add_wish(tstream_session *session, const char *infohash, bool is_keep)
{
	wish added = {.is_keep = is_keep};
	if (!session->metadata_cache)
		return;
	snprintf(added.infohash, sizeof(added.infohash), "%s", infohash);
	push_wish(session->metadata_cache, &added);
}

void tsi_metadata_cache_look(tstream_session *session, const char *infohash)
{
	add_wish(session, infohash, false);
}

void tsi_metadata_cache_keep(tstream_session *session, const char *infohash)
{
	add_wish(session, infohash, true);
}

int tsi_metadata_cache_start(tstream_session *session, tstream_cache *cache, tstream_error *err)
{
	if (!cache)
		return TSTREAM_OK;
	struct tsi_metadata_cache *own = calloc(1, sizeof(*own));
	if (!own)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	own->cache = tsi_cache_ref(cache);
	pthread_mutex_init(&own->mutex, NULL);
	tsi_cond_init(&own->changed);
	session->metadata_cache = own;
	sigset_t before;
	tsi_signals_block(&before);
	int created = pthread_create(&own->thread, NULL, run, session);
	tsi_signals_restore(&before);
	if (created == 0)
		return TSTREAM_OK;
	tsi_metadata_cache_free(session);
	return tsi_fail(err, TSTREAM_ENOMEM, "no thread can be had");
}

void tsi_metadata_cache_stop(tstream_session *session)
{
	struct tsi_metadata_cache *own = session->metadata_cache;
	if (!own)
		return;
	pthread_mutex_lock(&own->mutex);
	own->is_stopping = true;
	pthread_cond_signal(&own->changed);
	pthread_mutex_unlock(&own->mutex);
	pthread_join(own->thread, NULL);
}

void tsi_metadata_cache_free(tstream_session *session)
{
	struct tsi_metadata_cache *own = session->metadata_cache;
	if (!own)
		return;
	session->metadata_cache = NULL;
	tstream_cache_close(own->cache);
	pthread_cond_destroy(&own->changed);
	pthread_mutex_destroy(&own->mutex);
	free(own);
}
