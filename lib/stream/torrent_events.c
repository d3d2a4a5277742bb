/**
 * stream/torrent_events.c - facts that the engine tells of a torrent, on its own threads.
 *
 * Each takes the torrent's mutex for microseconds, wakes who can go on, and tells the
 * engine what is wanted now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stream/keeper.h"
#include "stream/metadata_cache.h"
#include "stream/reader.h"

void tsi_torrent_notify(tstream_torrent *torrent)
{
	for (tstream_reader *reader = torrent->readers; reader; reader = reader->next)
		tsi_reader_notify(reader);
}

static void tell(tstream_torrent *torrent, int type, int code, const char *message)
{
	tsi_events_push(&torrent->session->events, type, torrent->infohash, 0, code, message);
}

static bool make_files(tstream_torrent *torrent, const tsi_metadata *metadata)
{
	tsi_visible_file *files =
	    calloc(metadata->file_count ? metadata->file_count : 1, sizeof(*files));
	if (!files)
		return false;
	for (uint32_t i = 0; i < metadata->file_count; i++) {
		const tsi_engine_file *file = &metadata->files[i];
		if (!file->is_pad)
			files[torrent->file_count++] =
			    (tsi_visible_file){i, file->offset, file->size, file->path, false};
	}
	torrent->files = files;
	return true;
}

static bool make_pieces(tstream_torrent *torrent, const tsi_metadata *metadata)
{
	torrent->have = calloc(tsi_bits_words(metadata->piece_count) + 1, sizeof(uint64_t));
	torrent->piece_used_s = calloc((size_t)metadata->piece_count + 1, sizeof(uint32_t));
	return torrent->have && torrent->piece_used_s;
}

/** A hybrid has two names: let both lead to the directory it has. */
static void make_alias(const tstream_torrent *torrent)
{
	const char *v1 = atomic_load(&torrent->v1);
	const char *v2 = atomic_load(&torrent->v2);
	const char *other = strcmp(v1, torrent->infohash) == 0 ? v2 : v1;
	if (*v1 && *v2)
		tsi_data_dir_alias(torrent->session->data_dir, other, torrent->infohash);
}

static void on_metadata(void *user, tsi_metadata *metadata)
{
	tstream_torrent *torrent = user;
	pthread_mutex_lock(&torrent->mutex);
	bool is_made = make_files(torrent, metadata) && make_pieces(torrent, metadata);
	if (is_made) {
		torrent->metadata = metadata;
		tsi_torrent_learn_hashes(torrent, &metadata->infohash);
		atomic_store(&torrent->name, metadata->name);
		atomic_store(&torrent->has_metadata, true);
	} else {
		tsi_metadata_free(metadata);
		torrent->state = TSTREAM_STATE_ERROR;
		torrent->code = TSTREAM_ENOMEM;
	}
	pthread_cond_broadcast(&torrent->changed);
	pthread_mutex_unlock(&torrent->mutex);
	tell(torrent, is_made ? TSTREAM_EVENT_METADATA : TSTREAM_EVENT_ERROR,
	     is_made ? 0 : TSTREAM_ENOMEM, is_made ? metadata->name : "out of memory");
	if (is_made)
		tsi_metadata_cache_keep(torrent->session, torrent->infohash);
}

static void on_checking(void *user)
{
	tstream_torrent *torrent = user;
	pthread_mutex_lock(&torrent->mutex);
	if (torrent->state != TSTREAM_STATE_REMOVED)
		torrent->state = TSTREAM_STATE_CHECKING;
	pthread_mutex_unlock(&torrent->mutex);
}

static void settle_state(tstream_torrent *torrent)
{
	bool is_complete = torrent->have_count == torrent->metadata->piece_count;
	bool was_complete = torrent->state == TSTREAM_STATE_COMPLETE;
	bool was_error = torrent->state == TSTREAM_STATE_ERROR;
	torrent->state = is_complete ? TSTREAM_STATE_COMPLETE : TSTREAM_STATE_READY;
	torrent->code = 0;
	torrent->message[0] = '\0';
	if (was_error)
		tell(torrent, TSTREAM_EVENT_RECOVERED, 0, NULL);
	if (is_complete && !was_complete)
		tell(torrent, TSTREAM_EVENT_COMPLETE, 0, NULL);
}

static void on_ready(void *user, const uint8_t *have, uint32_t piece_count)
{
	tstream_torrent *torrent = user;
	pthread_mutex_lock(&torrent->mutex);
	if (torrent->metadata && piece_count == torrent->metadata->piece_count &&
	    torrent->state != TSTREAM_STATE_REMOVED) {
		memset(torrent->have, 0, tsi_bits_words(piece_count) * sizeof(uint64_t));
		torrent->have_count = 0;
		torrent->ready_count++;
		for (uint32_t piece = 0; piece < piece_count; piece++) {
			torrent->have[piece >> 6] |= (uint64_t)(have[piece] != 0) << (piece & 63);
			torrent->have_count += have[piece] != 0;
		}
		settle_state(torrent);
		tsi_torrent_replan(torrent);
		tsi_torrent_notify(torrent);
		pthread_cond_broadcast(&torrent->changed);
	}
	pthread_mutex_unlock(&torrent->mutex);
	tsi_keeper_wake(torrent->session);
}

static void on_piece(void *user, uint32_t piece)
{
	tstream_torrent *torrent = user;
	tstream_session *session = torrent->session;
	pthread_mutex_lock(&torrent->mutex);
	if (torrent->metadata && torrent->state != TSTREAM_STATE_REMOVED &&
	    piece < torrent->metadata->piece_count && !tsi_bits_get(torrent->have, piece)) {
		torrent->have[piece >> 6] |= (uint64_t)1 << (piece & 63);
		torrent->have_count++;
		torrent->piece_used_s[piece] = (uint32_t)((tsi_now_us() - session->opened_us) / 1000000);
		tsi_torrent_notify(torrent);
		if (torrent->have_count == torrent->metadata->piece_count)
			settle_state(torrent);
		if (torrent->readers)
			tsi_torrent_replan(torrent);
	}
	pthread_mutex_unlock(&torrent->mutex);
	if (session->quota_bytes)
		tsi_keeper_wake(session);
}

static void on_error(void *user, int code, const char *message)
{
	tstream_torrent *torrent = user;
	pthread_mutex_lock(&torrent->mutex);
	bool is_new = torrent->state != TSTREAM_STATE_ERROR && torrent->state != TSTREAM_STATE_REMOVED;
	if (is_new) {
		torrent->state = TSTREAM_STATE_ERROR;
		torrent->code = code;
		torrent->retried_us = tsi_now_us();
		snprintf(torrent->message, sizeof(torrent->message), "%s", message);
		tsi_torrent_notify(torrent);
		pthread_cond_broadcast(&torrent->changed);
	}
	pthread_mutex_unlock(&torrent->mutex);
	if (!is_new)
		return; /* it is in trouble already, and everybody knows */
	tell(torrent, TSTREAM_EVENT_ERROR, code, message);
	tsi_keeper_wake(torrent->session);
}

static void on_resume_data(void *user, const void *bytes, size_t size)
{
	tstream_torrent *torrent = user;
	int code =
	    tsi_data_dir_write(torrent->session->data_dir, torrent->infohash, "resume", bytes, size);
	make_alias(torrent); /* here and not in on_metadata, which must not wait for a disk */
	if (code != TSTREAM_OK)
		tell(torrent, TSTREAM_EVENT_WARNING, code, "cannot save the torrent's metadata");
}

const tsi_engine_torrent_events tsi_torrent_events = {on_metadata, on_checking, on_ready,
                                                      on_piece,    on_error,    on_resume_data};
