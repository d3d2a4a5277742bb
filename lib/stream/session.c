#include "stream/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tstream/torrent.h>

#include "base/clock.h"
#include "base/log.h"
#include "stream/exact_source.h"
#include "stream/keeper.h"
#include "stream/metadata_cache.h"
#include "stream/quota.h"
#include "stream/torrent.h"

#define DEFAULT_LISTEN "0.0.0.0:6881,[::]:6881"
#define DEFAULT_MAX_TORRENTS 500
#define DEFAULT_MAX_PEERS 400
#define DEFAULT_MAX_READERS 4096
#define DEFAULT_METADATA_TIMEOUT_US 120000000

/* -- opening and closing -------------------------------------------------- */

static void on_warning(void *user, const char *message)
{
	tstream_session *session = user;
	tsi_events_push(&session->events, TSTREAM_EVENT_WARNING, NULL, 0, 0, message);
	tsi_log(TSTREAM_LOG_WARNING, "%s", message);
}

static tstream_session *session_new(const tstream_session_options *options,
                                    const tsi_engine_ops *ops)
{
	tstream_session *session = calloc(1, sizeof(*session));
	if (!session)
		return NULL;
	if (tsi_events_init(&session->events) != TSTREAM_OK) {
		free(session);
		return NULL;
	}
	atomic_init(&session->reference_count, 1);
	session->ops = ops;
	session->opened_us = tsi_now_us();
	session->quota_bytes = options->quota_bytes;
	session->max_torrents = options->max_torrents ? options->max_torrents : DEFAULT_MAX_TORRENTS;
	session->max_readers = options->max_readers ? options->max_readers : DEFAULT_MAX_READERS;
	session->metadata_timeout_us =
	    options->metadata_timeout_us ? options->metadata_timeout_us : DEFAULT_METADATA_TIMEOUT_US;
	pthread_mutex_init(&session->mutex, NULL);
	tsi_cond_init(&session->changed);
	return session;
}

static void session_free(tstream_session *session)
{
	tsi_keeper_free(session);
	tsi_metadata_cache_free(session);
	tsi_exact_sources_free(session->exact_sources);
	tsi_data_dir_close(session->data_dir);
	tsi_events_destroy(&session->events);
	pthread_cond_destroy(&session->changed);
	pthread_mutex_destroy(&session->mutex);
	free(session->torrents);
	free(session->stored);
	free(session);
}

tstream_session *tsi_session_ref(tstream_session *session)
{
	atomic_fetch_add(&session->reference_count, 1);
	return session;
}

void tsi_session_unref(tstream_session *session)
{
	if (atomic_fetch_sub(&session->reference_count, 1) == 1)
		session_free(session);
}

static int open_engine(tstream_session *session, const tstream_session_options *options,
                       tstream_error *err)
{
	tsi_engine_options engine_options = {
	    .data_dir = options->data_dir,
	    .listen = options->listen && *options->listen ? options->listen : DEFAULT_LISTEN,
	    .flags = options->flags,
	    .upload_bytes_per_s = options->upload_bytes_per_s,
	    .download_bytes_per_s = options->download_bytes_per_s,
	    .max_peers = options->max_peers ? options->max_peers : DEFAULT_MAX_PEERS,
	};
	tsi_engine_events events = {session, on_warning};
	void *state = NULL;
	if (tsi_data_dir_read(session->data_dir, NULL, "dht", &state, &engine_options.state_size) ==
	    TSTREAM_OK)
		engine_options.state_bytes = state;
	int code = session->ops->open(&engine_options, &events, &session->engine, err);
	free(state);
	return code;
}

int tsi_session_open(const tstream_session_options *options, const tsi_engine_ops *ops,
                     tstream_session **out_session, tstream_error *err)
{
	tstream_session *session = session_new(options, ops);
	if (!session)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory, or of file descriptors");
	session->exact_sources =
	    tsi_exact_sources_new(options->flags & TSTREAM_SESSION_PRIVATE_SOURCES);
	int code = session->exact_sources ? TSTREAM_OK : tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	if (code == TSTREAM_OK)
		code = tsi_data_dir_open(options->data_dir, &session->data_dir, err);
	if (code == TSTREAM_OK)
		code = tsi_data_dir_list(session->data_dir, &session->stored, &session->stored_count);
	if (code == TSTREAM_OK)
		code = open_engine(session, options, err);
	if (code == TSTREAM_OK)
		code = tsi_metadata_cache_start(session, options->cache, err);
	if (code == TSTREAM_OK && (code = tsi_keeper_start(session, err)) != TSTREAM_OK)
		tsi_metadata_cache_stop(session);
	if (code != TSTREAM_OK) {
		if (session->engine)
			ops->close(session->engine);
		session_free(session);
		return code;
	}
	*out_session = session;
	return TSTREAM_OK;
}

/** Take all torrents out of the list, each with a reference.  Those on their way out are
 *  left to the threads that drop them.
 *  @return how many are in @p out_torrents, which is yours to free() */
static size_t take_torrents(tstream_session *session, tstream_torrent ***out_torrents)
{
	size_t count = 0;
	pthread_mutex_lock(&session->mutex);
	session->is_closed = true;
	for (size_t i = 0; i < session->torrent_count; i++) {
		tstream_torrent *torrent = session->torrents[i];
		if (torrent->is_dropped)
			continue;
		torrent->is_dropped = true;
		session->torrents[count++] = tstream_torrent_ref(torrent);
	}
	*out_torrents = session->torrents;
	session->torrents = NULL;
	session->torrent_count = session->torrent_capacity = 0;
	pthread_cond_broadcast(&session->changed);
	pthread_mutex_unlock(&session->mutex);
	return count;
}

void tsi_session_close(tstream_session *session)
{
	tstream_torrent **torrents = NULL;
	tsi_keeper_stop(session);
	tsi_metadata_cache_stop(session);
	tsi_exact_sources_stop(session);
	size_t count = take_torrents(session, &torrents);
	for (size_t i = 0; i < count; i++) {
		tsi_torrent_stop(torrents[i]);
		tsi_data_dir_touch_torrent(session->data_dir, torrents[i]->infohash);
		tstream_torrent_unref(torrents[i]);
	}
	free(torrents);
	/* Those that are being dropped by other threads use the engine until they are out. */
	pthread_mutex_lock(&session->mutex);
	while (session->dropping_count > 0)
		pthread_cond_wait(&session->changed, &session->mutex);
	pthread_mutex_unlock(&session->mutex);
	tsi_keeper_save_state(session);
	session->ops->close(session->engine);
	session->engine = NULL;
	/* The directory is free for the next session, even if torrents outlive this one. */
	tsi_data_dir_close(session->data_dir);
	session->data_dir = NULL;
	tsi_session_unref(session);
}

/* -- torrents ------------------------------------------------------------- */

static tstream_torrent *find_torrent(const tstream_session *session, const tsi_infohash *infohash)
{
	for (size_t i = 0; i < session->torrent_count; i++)
		if (tsi_torrent_is(session->torrents[i], infohash))
			return session->torrents[i];
	return NULL;
}

/** One on its way out still holds its directory: wait until it is gone. */
static tstream_torrent *find_settled(tstream_session *session, const tsi_infohash *infohash)
{
	tstream_torrent *torrent = find_torrent(session, infohash);
	while (torrent && torrent->is_dropped && !session->is_closed) {
		pthread_cond_wait(&session->changed, &session->mutex);
		torrent = find_torrent(session, infohash);
	}
	return session->is_closed ? NULL : torrent;
}

/** The name under which a torrent goes: v1's or v2's, whichever has a directory already. */
static void name_torrent(const tstream_session *session, const tsi_infohash *infohash,
                         char out_name[TSTREAM_INFOHASH_BYTES])
{
	char digits[TSTREAM_INFOHASH_BYTES];
	tsi_infohash_format(infohash, digits);
	tsi_data_dir_resolve(session->data_dir, digits, out_name);
}

/** @return true if its directory was on its way out: it is gone now, and time has passed */
static bool await_eviction(tstream_session *session, const tsi_infohash *infohash)
{
	char name[TSTREAM_INFOHASH_BYTES];
	name_torrent(session, infohash, name);
	bool has_waited = false;
	for (; strcmp(session->evicting, name) == 0; has_waited = true)
		pthread_cond_wait(&session->changed, &session->mutex);
	return has_waited;
}

static int append(tstream_session *session, tstream_torrent *torrent)
{
	if (session->torrent_count == session->torrent_capacity) {
		size_t capacity = session->torrent_capacity ? session->torrent_capacity * 2 : 16;
		tstream_torrent **torrents = realloc(session->torrents, capacity * sizeof(*torrents));
		if (!torrents)
			return TSTREAM_ENOMEM;
		session->torrents = torrents;
		session->torrent_capacity = capacity;
	}
	session->torrents[session->torrent_count++] = torrent;
	return TSTREAM_OK;
}

static void forget_stored(tstream_session *session, const char *infohash)
{
	for (size_t i = 0; i < session->stored_count; i++) {
		if (strcmp(session->stored[i].infohash, infohash) != 0)
			continue;
		session->stored[i] = session->stored[--session->stored_count];
		return;
	}
}

static int add_new(tstream_session *session, const tsi_source *source,
                   tstream_torrent **out_torrent, tstream_error *err)
{
	if (session->torrent_count >= session->max_torrents)
		return tsi_fail(err, TSTREAM_ELIMIT, "%u torrents are open already", session->max_torrents);
	char name[TSTREAM_INFOHASH_BYTES];
	name_torrent(session, source->infohash, name);
	tstream_torrent *torrent = tsi_torrent_new(session, name, source->infohash,
	                                           source->magnet ? source->magnet->name : NULL);
	if (!torrent)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = tsi_torrent_start(torrent, source, err);
	if (code == TSTREAM_OK && append(session, torrent) != TSTREAM_OK) {
		tsi_torrent_stop(torrent);
		code = tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	}
	if (code != TSTREAM_OK) {
		tsi_torrent_free(torrent);
		return code;
	}
	forget_stored(session, name);
	*out_torrent = torrent;
	return TSTREAM_OK;
}

int tsi_session_add(tstream_session *session, const tsi_source *source,
                    tstream_torrent **out_torrent, tstream_error *err)
{
	int code = TSTREAM_OK;
	pthread_mutex_lock(&session->mutex);
	tstream_torrent *known = find_settled(session, source->infohash);
	while (!known && !session->is_closed && await_eviction(session, source->infohash))
		known = find_settled(session, source->infohash);
	if (session->is_closed)
		code = tsi_fail(err, TSTREAM_ECANCELED, "the session is closed");
	else if (known)
		*out_torrent = tstream_torrent_ref(known);
	else
		code = add_new(session, source, out_torrent, err);
	pthread_mutex_unlock(&session->mutex);
	if (known)
		tsi_torrent_merge(known, source);
	else if (code == TSTREAM_OK && source->magnet)
		tsi_metadata_cache_look(session, (*out_torrent)->infohash);
	if (code == TSTREAM_OK && source->magnet && !atomic_load(&(*out_torrent)->has_metadata))
		tsi_exact_sources_add(session, (*out_torrent)->infohash, source->magnet);
	return code;
}

bool tsi_session_is_stored(const tstream_session *session, const tsi_infohash *infohash)
{
	char name[TSTREAM_INFOHASH_BYTES];
	name_torrent(session, infohash, name);
	return tsi_data_dir_has(session->data_dir, name, "resume");
}

int tsi_session_find(tstream_session *session, const tsi_infohash *infohash,
                     tstream_torrent **out_torrent)
{
	pthread_mutex_lock(&session->mutex);
	tstream_torrent *torrent = find_torrent(session, infohash);
	int code = torrent && !torrent->is_dropped ? TSTREAM_OK : TSTREAM_ENOENT;
	if (code == TSTREAM_OK)
		*out_torrent = tstream_torrent_ref(torrent);
	pthread_mutex_unlock(&session->mutex);
	return code;
}

static void remember_stored(tstream_session *session, const tstream_torrent *torrent)
{
	tsi_stored_torrent *stored =
	    realloc(session->stored, (session->stored_count + 1) * sizeof(*stored));
	if (!stored)
		return; /* its data is counted again at the next start */
	session->stored = stored;
	tsi_stored_torrent *added = &stored[session->stored_count++];
	memcpy(added->infohash, torrent->infohash, sizeof(added->infohash));
	added->used_s = (int64_t)time(NULL);
	added->bytes = tsi_torrent_have_bytes(torrent);
}

static void take_out(tstream_session *session, const tstream_torrent *torrent)
{
	size_t i = 0;
	while (i < session->torrent_count && session->torrents[i] != torrent)
		i++;
	if (i == session->torrent_count)
		return; /* the session was closed meanwhile */
	session->torrent_count--;
	memmove(&session->torrents[i], &session->torrents[i + 1],
	        (session->torrent_count - i) * sizeof(*session->torrents));
}

bool tsi_session_begin_drop(tstream_session *session, tstream_torrent *torrent)
{
	bool is_ours = !torrent->is_dropped;
	if (is_ours) {
		torrent->is_dropped = true;
		session->dropping_count++;
	}
	return is_ours;
}

void tsi_session_drop(tstream_session *session, tstream_torrent *torrent, bool is_deleted)
{
	tsi_torrent_stop(torrent);
	bool has_data = atomic_load(&torrent->has_metadata);
	if (is_deleted)
		tsi_data_dir_delete_torrent(session->data_dir, torrent->infohash);
	else if (has_data)
		tsi_data_dir_touch_torrent(session->data_dir, torrent->infohash);
	else
		tsi_data_dir_drop_empty_torrent(session->data_dir, torrent->infohash);
	pthread_mutex_lock(&session->mutex);
	take_out(session, torrent);
	if (has_data && !is_deleted)
		remember_stored(session, torrent);
	/* While the count keeps the session from closing: what it left may be evicted now. */
	tsi_keeper_wake(session);
	session->dropping_count--;
	pthread_cond_broadcast(&session->changed);
	pthread_mutex_unlock(&session->mutex);
}

size_t tsi_session_list(tstream_session *session, tstream_torrent **out_torrents, size_t capacity)
{
	size_t count = 0;
	pthread_mutex_lock(&session->mutex);
	for (size_t i = 0; i < session->torrent_count; i++) {
		if (session->torrents[i]->is_dropped)
			continue;
		if (count < capacity)
			out_torrents[count] = tstream_torrent_ref(session->torrents[i]);
		count++;
	}
	pthread_mutex_unlock(&session->mutex);
	return count;
}

void tsi_session_get_stats(tstream_session *session, tstream_session_stats *out_stats)
{
	tsi_engine_stats engine = {0};
	session->ops->get_stats(session->engine, &engine);
	pthread_mutex_lock(&session->mutex);
	out_stats->torrent_count = (uint32_t)session->torrent_count;
	out_stats->disk_used_bytes = tsi_quota_used_bytes(session);
	pthread_mutex_unlock(&session->mutex);
	out_stats->reader_count = atomic_load(&session->reader_count);
	out_stats->peer_count = engine.peer_count;
	out_stats->download_bytes_per_s = engine.download_bytes_per_s;
	out_stats->upload_bytes_per_s = engine.upload_bytes_per_s;
	out_stats->downloaded_bytes = engine.downloaded_bytes;
	out_stats->uploaded_bytes = engine.uploaded_bytes;
	out_stats->redundant_bytes = engine.redundant_bytes;
	out_stats->failed_bytes = engine.failed_bytes;
	out_stats->disk_quota_bytes = session->quota_bytes;
	out_stats->dht_node_count = engine.dht_node_count;
	out_stats->listen_port = engine.listen_port;
	out_stats->uptime_us = tsi_now_us() - session->opened_us;
}
