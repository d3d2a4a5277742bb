#include "stream/quota.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "stream/reader.h"

static uint64_t have_bytes(tstream_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	uint64_t bytes = tsi_torrent_have_bytes(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	return bytes;
}

uint64_t tsi_quota_used_bytes(const tstream_session *session)
{
	uint64_t used = 0;
	for (size_t i = 0; i < session->stored_count; i++)
		used += session->stored[i].bytes;
	for (size_t i = 0; i < session->torrent_count; i++)
		used += have_bytes(session->torrents[i]);
	return used;
}

/** Of torrents that are being closed: in a moment it can go. */
static uint64_t leaving_bytes(const tstream_session *session)
{
	uint64_t leaving = 0;
	for (size_t i = 0; i < session->torrent_count; i++)
		if (session->torrents[i]->is_dropped)
			leaving += have_bytes(session->torrents[i]);
	return leaving;
}

/** Pieces go on coming while room is made. */
static uint64_t headroom_bytes(uint64_t quota_bytes)
{
	uint64_t headroom = quota_bytes / 8;
	return headroom < (256u << 20) ? headroom : 256u << 20;
}

/** The least recently used torrent that is not open.  The lock is let go while the disk works;
 *  who opens that torrent meanwhile waits.  @return what it gave */
static uint64_t delete_stored(tstream_session *session)
{
	size_t oldest = 0;
	for (size_t i = 1; i < session->stored_count; i++)
		if (session->stored[i].used_s < session->stored[oldest].used_s)
			oldest = i;
	tsi_stored_torrent torrent = session->stored[oldest];
	session->stored[oldest] = session->stored[--session->stored_count];
	memcpy(session->evicting, torrent.infohash, sizeof(session->evicting));
	pthread_mutex_unlock(&session->mutex);
	tsi_data_dir_delete_torrent(session->data_dir, torrent.infohash);
	pthread_mutex_lock(&session->mutex);
	session->evicting[0] = '\0';
	pthread_cond_broadcast(&session->changed);
	tsi_events_push(&session->events, TSTREAM_EVENT_EVICTED, torrent.infohash, 0, 0,
	                "deleted to keep the disk quota");
	return torrent.bytes;
}

static bool is_idle(const tstream_torrent *torrent)
{
	if (!torrent->engine_torrent)
		return false; /* on its way out */
	for (uint32_t i = 0; i < torrent->file_count; i++)
		if (torrent->files[i].is_kept)
			return false;
	return torrent->readers == NULL && torrent->have_count > 0;
}

/** @return the idle torrent used longest ago, or NULL */
static tstream_torrent *oldest_idle(const tstream_session *session)
{
	tstream_torrent *oldest = NULL;
	for (size_t i = 0; i < session->torrent_count; i++) {
		tstream_torrent *torrent = session->torrents[i];
		pthread_mutex_lock(&torrent->mutex);
		if (is_idle(torrent) && (!oldest || torrent->used_us < oldest->used_us))
			oldest = torrent;
		pthread_mutex_unlock(&torrent->mutex);
	}
	return oldest;
}

static void protect(uint8_t *keep, tsi_pieces pieces)
{
	for (uint32_t piece = pieces.first; piece < pieces.end; piece++)
		keep[piece] = 1;
}

/** One byte a piece: what must stay.  @return NULL if out of memory */
static uint8_t *pieces_to_keep(const tstream_torrent *torrent)
{
	uint8_t *keep = calloc((size_t)torrent->metadata->piece_count + 1, 1);
	if (!keep)
		return NULL;
	for (const tstream_reader *reader = torrent->readers; reader; reader = reader->next)
		protect(keep, tsi_torrent_protected(torrent, reader));
	for (uint32_t i = 0; i < torrent->file_count; i++)
		if (torrent->files[i].is_kept)
			protect(keep, tsi_span_pieces(torrent->files[i].offset,
			                              torrent->files[i].offset + torrent->files[i].size,
			                              torrent->metadata->piece_size));
	return keep;
}

typedef struct candidate {
	uint32_t piece;
	uint32_t used_s;
} candidate;

static int by_use(const void *left, const void *right)
{
	const candidate *a = left;
	const candidate *b = right;
	if (a->used_s != b->used_s)
		return a->used_s < b->used_s ? -1 : 1;
	return a->piece < b->piece ? -1 : a->piece > b->piece;
}

/** The pieces of a torrent that may go, least recently used first. */
static candidate *candidates_of(const tstream_torrent *torrent, size_t *out_count)
{
	uint32_t piece_count = torrent->metadata->piece_count;
	uint8_t *keep = pieces_to_keep(torrent);
	candidate *candidates = calloc((size_t)piece_count + 1, sizeof(*candidates));
	size_t count = 0;
	for (uint32_t piece = 0; keep && candidates && piece < piece_count; piece++)
		if (tsi_bits_get(torrent->have, piece) && !keep[piece])
			candidates[count++] = (candidate){piece, torrent->piece_used_s[piece]};
	free(keep);
	if (candidates)
		qsort(candidates, count, sizeof(*candidates), by_use);
	*out_count = count;
	return candidates;
}

/** Let pieces of an open torrent go until @p wanted bytes are free.
 *  @return what it gave */
static uint64_t evict_pieces(tstream_torrent *torrent, uint64_t wanted)
{
	uint64_t freed = 0;
	size_t count = 0;
	pthread_mutex_lock(&torrent->mutex);
	tsi_engine_torrent *engine_torrent = torrent->metadata ? tsi_torrent_pin(torrent) : NULL;
	candidate *candidates = engine_torrent ? candidates_of(torrent, &count) : NULL;
	uint32_t piece_count = engine_torrent ? torrent->metadata->piece_count : 0;
	uint8_t *drop = calloc((size_t)piece_count + 1, 1);
	/* The bits go first, under the lock: from here on no reader touches these pieces. */
	for (size_t i = 0; drop && i < count && freed < wanted; i++) {
		drop[candidates[i].piece] = 1;
		tsi_torrent_lose(torrent, (tsi_pieces){candidates[i].piece, candidates[i].piece + 1});
		freed += torrent->metadata->piece_size;
	}
	pthread_mutex_unlock(&torrent->mutex);
	if (freed > 0) {
		torrent->session->ops->evict(engine_torrent, drop, piece_count);
		tsi_events_push(&torrent->session->events, TSTREAM_EVENT_EVICTED, torrent->infohash, 0, 0,
		                "data dropped to keep the disk quota");
	}
	free(drop);
	free(candidates);
	if (engine_torrent) {
		pthread_mutex_lock(&torrent->mutex);
		tsi_torrent_unpin(torrent);
		pthread_mutex_unlock(&torrent->mutex);
	}
	return freed;
}

/** From the torrents that nobody reads, the one used longest ago first. */
static void evict_idle(tstream_session *session, uint64_t *used, uint64_t target)
{
	uint64_t freed = 1;
	while (*used > target && freed > 0) {
		tstream_torrent *idle = oldest_idle(session);
		/* 0 if memory has run out: the next round goes on. */
		freed = idle ? evict_pieces(idle, *used - target) : 0;
		*used -= freed < *used ? freed : *used;
	}
}

/** Whatever can still go, from torrents that are being read. */
static uint64_t evict_behind_readers(tstream_session *session, uint64_t wanted)
{
	uint64_t freed = 0;
	for (size_t i = 0; i < session->torrent_count && freed < wanted; i++)
		freed += evict_pieces(session->torrents[i], wanted - freed);
	return freed;
}

static void set_full(tstream_session *session, bool is_full)
{
	if (atomic_exchange(&session->is_quota_full, is_full) == is_full)
		return;
	for (size_t i = 0; i < session->torrent_count; i++) {
		tstream_torrent *torrent = session->torrents[i];
		pthread_mutex_lock(&torrent->mutex);
		tsi_torrent_replan(torrent);
		for (tstream_reader *reader = torrent->readers; reader; reader = reader->next)
			tsi_reader_notify(reader);
		pthread_mutex_unlock(&torrent->mutex);
	}
}

void tsi_quota_enforce(tstream_session *session)
{
	uint64_t quota = session->quota_bytes;
	if (quota == 0)
		return;
	pthread_mutex_lock(&session->mutex);
	uint64_t headroom = headroom_bytes(quota);
	uint64_t used = tsi_quota_used_bytes(session);
	if (used > quota - headroom) {
		/* Twice the headroom at once: each round costs an open torrent its connections. */
		uint64_t target = quota - 2 * headroom;
		while (used > target && session->stored_count > 0)
			used -= delete_stored(session);
		evict_idle(session, &used, target);
		if (used > target)
			used -= evict_behind_readers(session, used - target);
	}
	set_full(session, used >= quota + leaving_bytes(session));
	pthread_mutex_unlock(&session->mutex);
}
