/* What a torrent is doing, for people: numbers, and one sentence. */
#include <stdio.h>
#include <string.h>

#include "stream/reader.h"
#include "stream/torrent.h"

static bool is_anyone_waiting(const tstream_torrent *torrent)
{
	for (const tstream_reader *reader = torrent->readers; reader; reader = reader->next)
		if (reader->stalled_us)
			return true;
	return false;
}

/** Where the first stalled reader stands: the engine knows only what it was asked for, and
 *  may not have been asked yet. */
static uint32_t piece_waited_for(const tstream_torrent *torrent)
{
	const tstream_reader *reader = torrent->readers;
	while (reader && !reader->stalled_us)
		reader = reader->next;
	if (!reader)
		return 0;
	uint64_t at = torrent->files[reader->file_index].offset + reader->offset;
	return (uint32_t)(at / torrent->metadata->piece_size);
}

static int waiting_for(const tstream_torrent *torrent, const tsi_engine_torrent_stats *engine)
{
	if (torrent->state == TSTREAM_STATE_METADATA)
		return engine->peer_count ? TSTREAM_WAITING_METADATA : TSTREAM_WAITING_PEERS;
	if (torrent->state == TSTREAM_STATE_ERROR)
		return TSTREAM_WAITING_DISK;
	if (!is_anyone_waiting(torrent))
		return TSTREAM_WAITING_NOTHING;
	if (torrent->state == TSTREAM_STATE_CHECKING)
		return TSTREAM_WAITING_CHECK;
	if (!engine->peer_count)
		return TSTREAM_WAITING_PEERS;
	if (!engine->unchoked_count)
		return TSTREAM_WAITING_UNCHOKE;
	return engine->is_waiting && !engine->waiting_holder_count ? TSTREAM_WAITING_SOURCE
	                                                           : TSTREAM_WAITING_PIECE;
}

static void explain_piece(const tstream_torrent_stats *stats, char *out, size_t size)
{
	int length = snprintf(out, size, "waiting for piece %u from %u of %u peers",
	                      stats->waiting_piece, stats->waiting_peer_count, stats->peer_count);
	if (stats->waiting_estimate_us >= 0 && length > 0 && (size_t)length < size)
		snprintf(out + length, size - (size_t)length, ", about %.1f s",
		         (double)stats->waiting_estimate_us / 1e6);
}

static void explain(const tstream_torrent *torrent, tstream_torrent_stats *stats)
{
	static const char *const sentences[] = {
	    [TSTREAM_WAITING_NOTHING] = "nobody is waiting",
	    [TSTREAM_WAITING_PEERS] = "looking for peers: none is connected",
	    [TSTREAM_WAITING_METADATA] = "asking connected peers for the metadata",
	    [TSTREAM_WAITING_CHECK] = "checking what is on disk",
	    [TSTREAM_WAITING_UNCHOKE] = "peers are connected, none of them serves us yet",
	    [TSTREAM_WAITING_SOURCE] = "no connected peer has the piece that is needed",
	};
	if (stats->waiting_for == TSTREAM_WAITING_DISK)
		snprintf(stats->message, sizeof(stats->message), "%s", torrent->message);
	else if (stats->waiting_for == TSTREAM_WAITING_PIECE)
		explain_piece(stats, stats->message, sizeof(stats->message));
	else
		snprintf(stats->message, sizeof(stats->message), "%s", sentences[stats->waiting_for]);
}

static void copy_engine(const tsi_engine_torrent_stats *engine, tstream_torrent_stats *out)
{
	out->peer_count = engine->peer_count;
	out->seed_count = engine->seed_count;
	out->unchoked_count = engine->unchoked_count;
	out->download_bytes_per_s = engine->download_bytes_per_s;
	out->upload_bytes_per_s = engine->upload_bytes_per_s;
	out->downloaded_bytes = engine->downloaded_bytes;
	out->uploaded_bytes = engine->uploaded_bytes;
	out->redundant_bytes = engine->redundant_bytes;
	out->failed_bytes = engine->failed_bytes;
	out->disk_used_bytes = engine->disk_used_bytes;
	out->waiting_piece = engine->waiting_piece;
	out->waiting_peer_count = engine->waiting_asked_count;
	out->waiting_estimate_us = engine->waiting_estimate_us;
}

void tsi_torrent_get_stats(tstream_torrent *torrent, tstream_torrent_stats *out_stats)
{
	tsi_engine_torrent_stats engine = {.waiting_estimate_us = -1};
	pthread_mutex_lock(&torrent->mutex);
	tsi_engine_torrent *engine_torrent = tsi_torrent_pin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	if (engine_torrent)
		torrent->session->ops->get_torrent_stats(engine_torrent, &engine);
	pthread_mutex_lock(&torrent->mutex);
	if (engine_torrent)
		tsi_torrent_unpin(torrent);
	if (!engine.is_waiting)
		engine.waiting_piece = piece_waited_for(torrent);
	copy_engine(&engine, out_stats);
	out_stats->state = torrent->state;
	out_stats->code = torrent->code;
	out_stats->waiting_for = waiting_for(torrent, &engine);
	out_stats->reader_count = torrent->reader_count;
	out_stats->have_piece_count = torrent->have_count;
	out_stats->piece_count = torrent->metadata ? torrent->metadata->piece_count : 0;
	out_stats->have_bytes = tsi_torrent_have_bytes(torrent);
	explain(torrent, out_stats);
	pthread_mutex_unlock(&torrent->mutex);
}
