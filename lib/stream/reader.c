#include "stream/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/media.h"
#include "stream/keeper.h"

#define DEFAULT_READAHEAD_BYTES (32u << 20)
/* One read never takes more, so that what it reads lies within what is protected from
 * eviction while it does. */
#define MAX_READ_BYTES (4u << 20)
#define RATE_SAMPLE_US 500000

static const tsi_visible_file *file_of(const tstream_reader *reader)
{
	return &reader->torrent->files[reader->file_index];
}

/** One beyond the last byte readable from the cursor without waiting. */
static uint64_t readable_end(const tstream_reader *reader)
{
	const tstream_torrent *torrent = reader->torrent;
	const tsi_visible_file *file = file_of(reader);
	if (!torrent->have || reader->offset >= reader->end)
		return reader->offset;
	return tsi_span_contiguous_end(torrent->have, file->offset + reader->offset,
	                               file->offset + reader->end, torrent->metadata->piece_size) -
	       file->offset;
}

static bool is_at_end(const tstream_reader *reader)
{
	return reader->offset >= reader->end;
}

/** The cursor's piece is here. */
static bool has_next_byte(const tstream_reader *reader)
{
	const tstream_torrent *torrent = reader->torrent;
	uint64_t at = file_of(reader)->offset + reader->offset;
	return torrent->have &&
	       tsi_bits_get(torrent->have, (uint32_t)(at / torrent->metadata->piece_size));
}

/** 0: it can read; EAGAIN: not yet; else why it never will. */
static int status_of(const tstream_reader *reader)
{
	if (reader->is_canceled || reader->torrent->state == TSTREAM_STATE_REMOVED)
		return TSTREAM_ECANCELED;
	if (is_at_end(reader) || has_next_byte(reader))
		return TSTREAM_OK;
	int obstacle = tsi_torrent_obstacle(reader->torrent);
	return obstacle ? obstacle : TSTREAM_EAGAIN;
}

static void begin_stall(tstream_reader *reader)
{
	if (reader->stalled_us)
		return;
	reader->stalled_us = tsi_now_us();
	reader->stall_count++;
}

static void end_stall(tstream_reader *reader)
{
	if (!reader->stalled_us)
		return;
	reader->stall_us += tsi_now_us() - reader->stalled_us;
	reader->stalled_us = 0;
}

static void arm(tstream_reader *reader)
{
	reader->is_armed = true;
	begin_stall(reader);
}

static void learn_rate(tstream_reader *reader, uint64_t bytes)
{
	int64_t now_us = tsi_now_us();
	reader->sample_bytes += bytes;
	int64_t span_us = now_us - reader->sample_us;
	if (span_us < RATE_SAMPLE_US)
		return;
	uint64_t rate = reader->sample_bytes * 1000000u / (uint64_t)span_us;
	reader->rate_bytes_per_s =
	    reader->rate_bytes_per_s ? (reader->rate_bytes_per_s * 3 + rate) / 4 : rate;
	reader->sample_bytes = 0;
	reader->sample_us = now_us;
}

static int check_open(tstream_torrent *torrent, uint32_t file_index,
                      const tstream_reader_options *options, tstream_error *err)
{
	if (!atomic_load(&torrent->has_metadata))
		return tsi_fail(err, TSTREAM_EAGAIN, "the torrent's metadata is not known yet");
	if (file_index >= torrent->file_count)
		return tsi_fail(err, TSTREAM_ENOENT, "the torrent has %u files: there is none of index %u",
		                torrent->file_count, file_index);
	uint64_t quota = torrent->session->quota_bytes;
	if (quota && quota < 2 * (uint64_t)torrent->metadata->piece_size)
		return tsi_fail(err, TSTREAM_ENOSPC,
		                "the disk quota of %llu bytes is less than two pieces of this torrent",
		                (unsigned long long)quota);
	if (options->flags != 0)
		return tsi_fail(err, TSTREAM_EINVAL, "reader options: flags must be 0");
	uint64_t size = torrent->files[file_index].size;
	if (options->start_offset > size ||
	    (options->end_offset && options->end_offset < options->start_offset))
		return tsi_fail(err, TSTREAM_EINVAL, "reader options: offsets are not within the file");
	return TSTREAM_OK;
}

static tstream_reader *reader_new(tstream_torrent *torrent, uint32_t file_index,
                                  const tstream_reader_options *options)
{
	tstream_reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	uint64_t size = torrent->files[file_index].size;
	reader->torrent = torrent;
	reader->file_index = file_index;
	reader->end = options->end_offset && options->end_offset < size ? options->end_offset : size;
	reader->offset = options->start_offset;
	reader->readahead_bytes =
	    options->readahead_bytes ? options->readahead_bytes : DEFAULT_READAHEAD_BYTES;
	reader->tag = options->tag;
	reader->sample_us = tsi_now_us();
	tsi_cond_init(&reader->readable);
	return reader;
}

static void reader_free(tstream_reader *reader)
{
	pthread_cond_destroy(&reader->readable);
	free(reader);
}

/** @return 0, ECANCELED */
static int attach(tstream_reader *reader)
{
	tstream_torrent *torrent = reader->torrent;
	pthread_mutex_lock(&torrent->mutex);
	int code = torrent->state == TSTREAM_STATE_REMOVED ? TSTREAM_ECANCELED : TSTREAM_OK;
	if (code == TSTREAM_OK) {
		reader->next = torrent->readers;
		torrent->readers = reader;
		torrent->reader_count++;
		torrent->used_us = tsi_now_us();
		tsi_torrent_replan(torrent);
	}
	pthread_mutex_unlock(&torrent->mutex);
	return code;
}

int tsi_reader_open(tstream_torrent *torrent, uint32_t file_index,
                    const tstream_reader_options *options, tstream_reader **out_reader,
                    tstream_error *err)
{
	tstream_session *session = torrent->session;
	int code = check_open(torrent, file_index, options, err);
	if (code != TSTREAM_OK)
		return code;
	if (atomic_fetch_add(&session->reader_count, 1) >= session->max_readers) {
		atomic_fetch_sub(&session->reader_count, 1);
		return tsi_fail(err, TSTREAM_ELIMIT, "%u readers are open already", session->max_readers);
	}
	tstream_reader *reader = reader_new(torrent, file_index, options);
	code = reader ? attach(reader) : TSTREAM_ENOMEM;
	if (code != TSTREAM_OK) {
		if (reader)
			reader_free(reader);
		atomic_fetch_sub(&session->reader_count, 1);
		return tsi_fail(err, code, "%s",
		                code == TSTREAM_ENOMEM ? "out of memory" : "the torrent was removed");
	}
	tstream_torrent_ref(torrent);
	tsi_keeper_wake(session); /* if an error stands in the way, it is tried again now */
	*out_reader = reader;
	return TSTREAM_OK;
}

void tsi_reader_close(tstream_reader *reader)
{
	tstream_torrent *torrent = reader->torrent;
	pthread_mutex_lock(&torrent->mutex);
	tstream_reader **link = &torrent->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	torrent->reader_count--;
	torrent->used_us = tsi_now_us();
	tsi_torrent_replan(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	atomic_fetch_sub(&torrent->session->reader_count, 1);
	reader_free(reader);
	tstream_torrent_unref(torrent);
}

/** After a read: move on, and let the window follow when a piece is behind us. */
static void advance(tstream_reader *reader, uint64_t count)
{
	tstream_torrent *torrent = reader->torrent;
	uint32_t piece_size = torrent->metadata->piece_size;
	uint64_t at = file_of(reader)->offset + reader->offset;
	uint32_t first = (uint32_t)(at / piece_size);
	uint32_t next = (uint32_t)((at + count) / piece_size);
	reader->offset += count;
	reader->read_bytes += count;
	learn_rate(reader, count);
	torrent->used_us = tsi_now_us();
	uint32_t used_s = (uint32_t)((torrent->used_us - torrent->session->opened_us) / 1000000);
	for (uint32_t piece = first; piece <= next && piece < torrent->metadata->piece_count; piece++)
		torrent->piece_used_s[piece] = used_s;
	if (next != first)
		tsi_torrent_replan(torrent);
}

/** What lies beyond the pieces that are protected may be evicted while it is read. */
static uint64_t clamp_to_protected(const tstream_reader *reader, uint64_t count)
{
	uint64_t at = file_of(reader)->offset + reader->offset;
	uint64_t end = (uint64_t)tsi_torrent_protected(reader->torrent, reader).end *
	               reader->torrent->metadata->piece_size;
	return at + count > end ? end - at : count;
}

int64_t tsi_reader_read(tstream_reader *reader, void *buffer, size_t size)
{
	tstream_torrent *torrent = reader->torrent;
	pthread_mutex_lock(&torrent->mutex);
	int64_t result = size == 0 ? 0 : status_of(reader);
	uint64_t count = readable_end(reader) - reader->offset;
	if (result == TSTREAM_EAGAIN)
		arm(reader);
	if (result != TSTREAM_OK || count == 0 || size == 0) {
		pthread_mutex_unlock(&torrent->mutex);
		return result;
	}
	end_stall(reader);
	if (count > size)
		count = size;
	if (count > MAX_READ_BYTES)
		count = MAX_READ_BYTES;
	count = clamp_to_protected(reader, count);
	const tsi_visible_file *file = file_of(reader);
	uint64_t offset = reader->offset;
	uint32_t ready_count = torrent->ready_count;
	tsi_engine_torrent *engine_torrent = tsi_torrent_pin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	result = torrent->session->ops->read(engine_torrent, file->engine_index, offset, buffer,
	                                     (size_t)count);
	pthread_mutex_lock(&torrent->mutex);
	tsi_torrent_unpin(torrent);
	if (result > 0) {
		advance(reader, (uint64_t)result);
	} else {
		/* What was verified is gone from the disk: fetch it again.  Unless we were told anew
		 * what is here: then look again. */
		bool is_told_anew = ready_count != torrent->ready_count;
		if (!is_told_anew)
			tsi_torrent_lose(torrent,
			                 tsi_span_pieces(file->offset + offset, file->offset + offset + count,
			                                 torrent->metadata->piece_size));
		arm(reader);
		if (is_told_anew)
			tsi_reader_notify(reader);
		result = TSTREAM_EAGAIN;
	}
	pthread_mutex_unlock(&torrent->mutex);
	return result;
}

int tsi_reader_wait(tstream_reader *reader, int64_t timeout_us)
{
	tstream_torrent *torrent = reader->torrent;
	struct timespec deadline = tsi_deadline(timeout_us < 0 ? 0 : timeout_us);
	int waited = 0;
	pthread_mutex_lock(&torrent->mutex);
	int code = status_of(reader);
	if (code == TSTREAM_EAGAIN && timeout_us != 0)
		begin_stall(reader);
	while (code == TSTREAM_EAGAIN && waited != ETIMEDOUT && timeout_us != 0) {
		waited = timeout_us < 0
		             ? pthread_cond_wait(&reader->readable, &torrent->mutex)
		             : pthread_cond_timedwait(&reader->readable, &torrent->mutex, &deadline);
		code = status_of(reader);
	}
	pthread_mutex_unlock(&torrent->mutex);
	return code == TSTREAM_EAGAIN ? TSTREAM_ETIMEDOUT : code;
}

int64_t tsi_reader_seek(tstream_reader *reader, uint64_t offset)
{
	tstream_torrent *torrent = reader->torrent;
	pthread_mutex_lock(&torrent->mutex);
	int64_t result = (int64_t)offset;
	if (reader->is_canceled || torrent->state == TSTREAM_STATE_REMOVED)
		result = TSTREAM_ECANCELED;
	else if (offset > file_of(reader)->size)
		result = TSTREAM_EINVAL;
	if (result >= 0 && offset != reader->offset) {
		end_stall(reader);
		reader->offset = offset;
		reader->is_armed = false;
		tsi_torrent_replan(torrent);
	}
	pthread_mutex_unlock(&torrent->mutex);
	return result;
}

int64_t tsi_reader_available(const tstream_reader *reader)
{
	pthread_mutex_lock(&reader->torrent->mutex);
	int64_t available = (int64_t)(readable_end(reader) - reader->offset);
	pthread_mutex_unlock(&reader->torrent->mutex);
	return available;
}

void tsi_reader_cancel(tstream_reader *reader)
{
	pthread_mutex_lock(&reader->torrent->mutex);
	reader->is_canceled = true;
	tsi_reader_notify(reader);
	pthread_mutex_unlock(&reader->torrent->mutex);
}

void tsi_reader_notify(tstream_reader *reader)
{
	if (status_of(reader) == TSTREAM_EAGAIN)
		return;
	pthread_cond_broadcast(&reader->readable);
	if (!reader->is_armed)
		return;
	reader->is_armed = false;
	tsi_events_push(&reader->torrent->session->events, TSTREAM_EVENT_READABLE,
	                reader->torrent->infohash, reader->tag, 0, NULL);
}

tsi_cursor tsi_reader_cursor(const tstream_reader *reader, int64_t now_us)
{
	const tsi_visible_file *file = file_of(reader);
	return (tsi_cursor){
	    .offset = file->offset + reader->offset,
	    .end = file->offset + reader->end,
	    .file_begin = file->offset,
	    .file_end = file->offset + file->size,
	    .readahead_bytes = reader->readahead_bytes,
	    .rate_bytes_per_s = reader->rate_bytes_per_s,
	    .waiting_us = reader->stalled_us ? now_us - reader->stalled_us + 1 : 0,
	    /* Who reads a part says that nothing is to be fetched beyond it. */
	    .wants_index =
	        reader->end == file->size && tsi_media_find(file->path)->kind == TSTREAM_MEDIA_VIDEO,
	};
}

void tsi_reader_describe(const tstream_reader *reader, tstream_reader_stats *out_stats)
{
	const tsi_visible_file *file = file_of(reader);
	int64_t now_us = tsi_now_us();
	out_stats->file_index = reader->file_index;
	out_stats->tag = reader->tag;
	out_stats->offset = reader->offset;
	out_stats->window_begin = reader->offset;
	out_stats->window_end =
	    reader->window_end > reader->offset ? reader->window_end : reader->offset;
	out_stats->available_bytes = readable_end(reader) - reader->offset;
	out_stats->read_bytes = reader->read_bytes;
	out_stats->read_bytes_per_s = reader->rate_bytes_per_s;
	out_stats->stall_count = reader->stall_count;
	out_stats->waiting_us = reader->stalled_us ? now_us - reader->stalled_us : 0;
	out_stats->stall_us = reader->stall_us + out_stats->waiting_us;
	if (reader->stalled_us)
		out_stats->waiting_piece =
		    (uint32_t)((file->offset + reader->offset) / reader->torrent->metadata->piece_size);
}
