#include "stream/torrent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/media.h"
#include "stream/keeper.h"
#include "stream/reader.h"

/* -- making and freeing --------------------------------------------------- */

static const char hex[] = "0123456789abcdef";

static void print_digits(const uint8_t *bytes, size_t size, char *out)
{
	for (size_t i = 0; i < size; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[2 * size] = '\0';
}

/** @param digits  of as many bytes, or empty */
static bool is_printed(const char *digits, const uint8_t *bytes, size_t size)
{
	/* Most differ at once: whoever looks for one of many torrents asks each of them. */
	for (size_t i = 0; i < size; i++)
		if (digits[2 * i] != hex[bytes[i] >> 4] || digits[2 * i + 1] != hex[bytes[i] & 15])
			return false;
	return true;
}

void tsi_torrent_learn_hashes(tstream_torrent *torrent, const tsi_infohash *hashes)
{
	if (hashes->has_v1 && !*atomic_load(&torrent->v1)) {
		print_digits(hashes->v1, sizeof(hashes->v1), torrent->v1_digits);
		atomic_store(&torrent->v1, torrent->v1_digits);
	}
	if (hashes->has_v2 && !*atomic_load(&torrent->v2)) {
		print_digits(hashes->v2, sizeof(hashes->v2), torrent->v2_digits);
		atomic_store(&torrent->v2, torrent->v2_digits);
	}
}

tstream_torrent *tsi_torrent_new(tstream_session *session, const char *infohash,
                                 const tsi_infohash *hashes, const char *name)
{
	tstream_torrent *torrent = calloc(1, sizeof(*torrent));
	if (!torrent)
		return NULL;
	torrent->magnet_name = name ? strdup(name) : NULL;
	snprintf(torrent->infohash, sizeof(torrent->infohash), "%s", infohash);
	atomic_init(&torrent->reference_count, 1);
	atomic_init(&torrent->name, torrent->magnet_name ? torrent->magnet_name : torrent->infohash);
	atomic_init(&torrent->v1, "");
	atomic_init(&torrent->v2, "");
	tsi_torrent_learn_hashes(torrent, hashes);
	torrent->session = tsi_session_ref(session);
	torrent->asked_us = torrent->used_us = tsi_now_us();
	pthread_mutex_init(&torrent->mutex, NULL);
	tsi_cond_init(&torrent->changed);
	return torrent;
}

void tsi_torrent_free(tstream_torrent *torrent)
{
	tstream_session *session = torrent->session;
	tsi_metadata_free(torrent->metadata);
	free(torrent->files);
	free(torrent->have);
	free(torrent->piece_used_s);
	free(torrent->plan);
	free(torrent->magnet_name);
	pthread_cond_destroy(&torrent->changed);
	pthread_mutex_destroy(&torrent->mutex);
	free(torrent);
	tsi_session_unref(session);
}

bool tsi_torrent_is(const tstream_torrent *torrent, const tsi_infohash *infohash)
{
	return (infohash->has_v1 &&
	        is_printed(atomic_load(&torrent->v1), infohash->v1, sizeof(infohash->v1))) ||
	       (infohash->has_v2 &&
	        is_printed(atomic_load(&torrent->v2), infohash->v2, sizeof(infohash->v2)));
}

tsi_engine_torrent *tsi_torrent_pin(tstream_torrent *torrent)
{
	if (torrent->engine_torrent)
		torrent->pin_count++;
	return torrent->engine_torrent;
}

void tsi_torrent_unpin(tstream_torrent *torrent)
{
	if (--torrent->pin_count == 0)
		pthread_cond_broadcast(&torrent->changed);
}

/* -- joining and leaving -------------------------------------------------- */

/** @param add  filled; lends from the source */
static void fill_add(const tsi_source *source, tsi_engine_add *add)
{
	add->infohash = *source->infohash;
	add->torrent_bytes = source->torrent_bytes;
	add->torrent_size = source->torrent_size;
	if (!source->magnet)
		return;
	add->name = source->magnet->name;
	add->trackers = (const char *const *)source->magnet->trackers;
	add->tracker_count = source->magnet->tracker_count;
	add->web_seeds = (const char *const *)source->magnet->web_seeds;
	add->web_seed_count = source->magnet->web_seed_count;
	add->peers = (const char *const *)source->magnet->peers;
	add->peer_count = source->magnet->peer_count;
}

int tsi_torrent_start(tstream_torrent *torrent, const tsi_source *source, tstream_error *err)
{
	tstream_session *session = torrent->session;
	char path[TSI_PATH_BYTES];
	int code = tsi_data_dir_make_torrent(session->data_dir, torrent->infohash, err);
	if (code == TSTREAM_OK)
		code = tsi_data_dir_torrent_path(session->data_dir, torrent->infohash, path);
	if (code != TSTREAM_OK)
		return code;
	void *resume = NULL;
	tsi_engine_add add = {.dir = path};
	fill_add(source, &add);
	if (tsi_data_dir_read(session->data_dir, torrent->infohash, "resume", &resume,
	                      &add.resume_size) == TSTREAM_OK)
		add.resume_bytes = resume;
	tsi_engine_torrent *engine_torrent = NULL;
	code = session->ops->add(session->engine, &add, &tsi_torrent_events, torrent, &engine_torrent,
	                         err);
	free(resume);
	if (code != TSTREAM_OK) {
		tsi_data_dir_drop_empty_torrent(session->data_dir, torrent->infohash);
		return code;
	}
	pthread_mutex_lock(&torrent->mutex);
	torrent->engine_torrent = engine_torrent;
	/* Facts may have come before this function knew whom to tell its wishes. */
	if (torrent->readers)
		tsi_torrent_replan(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	return TSTREAM_OK;
}

void tsi_torrent_merge(tstream_torrent *torrent, const tsi_source *source)
{
	tsi_engine_add add = {0};
	fill_add(source, &add);
	pthread_mutex_lock(&torrent->mutex);
	torrent->asked_us = tsi_now_us();
	tsi_engine_torrent *engine_torrent = tsi_torrent_pin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	if (!engine_torrent)
		return;
	torrent->session->ops->merge(engine_torrent, &add);
	tsi_keeper_wake(torrent->session); /* if an error stands in the way, it is tried again soon */
	pthread_mutex_lock(&torrent->mutex);
	tsi_torrent_unpin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
}

bool tsi_torrent_offer(tstream_torrent *torrent, const void *bytes, size_t size)
{
	tsi_metadata *metadata = NULL;
	if (torrent->session->ops->parse(bytes, size, &metadata, NULL) != TSTREAM_OK)
		return false;
	bool is_ours = tsi_torrent_is(torrent, &metadata->infohash);
	if (is_ours) {
		tsi_source source = {
		    .infohash = &metadata->infohash, .torrent_bytes = bytes, .torrent_size = size};
		tsi_torrent_merge(torrent, &source);
	}
	tsi_metadata_free(metadata);
	return is_ours;
}

void tsi_torrent_stop(tstream_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	tsi_engine_torrent *engine_torrent = torrent->engine_torrent;
	torrent->engine_torrent = NULL;
	torrent->state = TSTREAM_STATE_REMOVED;
	tsi_torrent_notify(torrent);
	pthread_cond_broadcast(&torrent->changed);
	while (torrent->pin_count > 0)
		pthread_cond_wait(&torrent->changed, &torrent->mutex);
	pthread_mutex_unlock(&torrent->mutex);
	if (engine_torrent)
		torrent->session->ops->remove(engine_torrent);
}

/* -- plan ----------------------------------------------------------------- */

/** No window may fill the quota: with this share of it, what is behind every reader can
 *  still be evicted. */
static uint64_t max_window_bytes(const tstream_torrent *torrent)
{
	const tstream_session *session = torrent->session;
	uint32_t readers = atomic_load(&session->reader_count);
	return session->quota_bytes ? session->quota_bytes / (4 * (readers ? (uint64_t)readers : 1))
	                            : 0;
}

static void send_plan(tstream_torrent *torrent, tsi_plan_range *ranges, size_t count)
{
	if (count == torrent->plan_count &&
	    (count == 0 || memcmp(ranges, torrent->plan, count * sizeof(*ranges)) == 0)) {
		free(ranges);
		return;
	}
	free(torrent->plan);
	torrent->plan = ranges;
	torrent->plan_count = count;
	torrent->session->ops->set_plan(torrent->engine_torrent, &(tsi_plan){ranges, count});
}

static size_t kept_ranges(const tstream_torrent *torrent, tsi_plan_range *out_ranges)
{
	size_t count = 0;
	for (uint32_t i = 0; i < torrent->file_count; i++) {
		const tsi_visible_file *file = &torrent->files[i];
		if (!file->is_kept)
			continue;
		tsi_pieces pieces =
		    tsi_span_pieces(file->offset, file->offset + file->size, torrent->metadata->piece_size);
		if (out_ranges)
			out_ranges[count] = (tsi_plan_range){pieces.first, pieces.end, TSI_KEEP};
		count++;
	}
	return count;
}

static void note_windows(tstream_torrent *torrent, const tsi_window_input *input)
{
	size_t i = 0;
	for (tstream_reader *reader = torrent->readers; reader; reader = reader->next) {
		uint64_t end = tsi_window_end(input, &input->cursors[i++]);
		uint64_t begin = torrent->files[reader->file_index].offset;
		reader->window_end = end > begin ? end - begin : 0;
	}
}

/** Every piece is here: nothing to plan, which with a thousand readers is a lot of nothing.
 *  What eviction must spare is still noted. */
static void plan_nothing(tstream_torrent *torrent)
{
	for (tstream_reader *reader = torrent->readers; reader; reader = reader->next) {
		uint64_t end = reader->offset + reader->readahead_bytes;
		reader->window_end = end < reader->end ? end : reader->end;
	}
	if (torrent->plan_count > 0)
		send_plan(torrent, NULL, 0);
}

void tsi_torrent_replan(tstream_torrent *torrent)
{
	if (!torrent->metadata || !torrent->engine_torrent)
		return;
	if (torrent->have_count == torrent->metadata->piece_count) {
		plan_nothing(torrent);
		return;
	}
	size_t kept_count = kept_ranges(torrent, NULL);
	tsi_plan_range *kept = calloc(kept_count + 1, sizeof(*kept));
	tsi_cursor *cursors = calloc((size_t)torrent->reader_count + 1, sizeof(*cursors));
	tsi_plan_range *ranges =
	    calloc(tsi_window_range_bound(torrent->reader_count, kept_count) + 1, sizeof(*ranges));
	if (kept && cursors && ranges) {
		int64_t now_us = tsi_now_us();
		size_t count = 0;
		for (tstream_reader *reader = torrent->readers; reader; reader = reader->next)
			cursors[count++] = tsi_reader_cursor(reader, now_us);
		kept_ranges(torrent, kept);
		tsi_window_input input = {
		    .piece_size = torrent->metadata->piece_size,
		    .piece_count = torrent->metadata->piece_count,
		    .have = torrent->have,
		    .cursors = cursors,
		    .cursor_count = count,
		    .kept = kept,
		    .kept_count = kept_count,
		    .max_window_bytes = max_window_bytes(torrent),
		};
		bool is_full = atomic_load(&torrent->session->is_quota_full);
		size_t range_count = is_full ? 0 : tsi_window_plan(&input, ranges);
		note_windows(torrent, &input);
		send_plan(torrent, ranges, range_count);
		ranges = NULL;
	} /* else: out of memory, the plan before stays and the next fact tries again */
	free(kept);
	free(cursors);
	free(ranges);
}

tsi_pieces tsi_torrent_protected(const tstream_torrent *torrent, const tstream_reader *reader)
{
	const tsi_visible_file *file = &torrent->files[reader->file_index];
	uint32_t piece_size = torrent->metadata->piece_size;
	uint64_t begin = file->offset + reader->offset;
	uint64_t end = file->offset + reader->window_end;
	if (end < begin + piece_size)
		end = begin + piece_size;
	if (end > file->offset + file->size)
		end = file->offset + file->size;
	/* The piece just left as well: players step back a little. */
	return tsi_span_pieces(begin > piece_size ? begin - piece_size : 0, end, piece_size);
}

void tsi_torrent_lose(tstream_torrent *torrent, tsi_pieces pieces)
{
	for (uint32_t piece = pieces.first; piece < pieces.end; piece++) {
		if (!tsi_bits_get(torrent->have, piece))
			continue;
		torrent->have[piece >> 6] &= ~((uint64_t)1 << (piece & 63));
		torrent->have_count--;
	}
	if (torrent->state == TSTREAM_STATE_COMPLETE)
		torrent->state = TSTREAM_STATE_READY;
}

uint64_t tsi_torrent_have_bytes(const tstream_torrent *torrent)
{
	if (!torrent->metadata)
		return 0;
	return tsi_span_have_bytes(torrent->have, 0, torrent->metadata->total_bytes,
	                           torrent->metadata->piece_size);
}

int tsi_torrent_obstacle(const tstream_torrent *torrent)
{
	if (torrent->state == TSTREAM_STATE_REMOVED)
		return TSTREAM_ECANCELED;
	if (torrent->state == TSTREAM_STATE_ERROR)
		return torrent->code;
	return atomic_load(&torrent->session->is_quota_full) ? TSTREAM_ENOSPC : 0;
}

/* -- what callers ask ----------------------------------------------------- */

int tsi_torrent_wait_metadata(tstream_torrent *torrent, int64_t timeout_us, tstream_error *err)
{
	int64_t limit_us = torrent->session->metadata_timeout_us;
	int64_t begun_us = tsi_now_us();
	int code = TSTREAM_OK;
	pthread_mutex_lock(&torrent->mutex);
	while (!atomic_load(&torrent->has_metadata)) {
		int64_t now_us = tsi_now_us();
		int64_t left_us = timeout_us < 0 ? INT64_MAX : begun_us + timeout_us - now_us;
		int64_t limit_left_us = limit_us < 0 ? INT64_MAX : torrent->asked_us + limit_us - now_us;
		code = tsi_torrent_obstacle(torrent);
		if (code != TSTREAM_OK || left_us <= 0 || limit_left_us <= 0)
			break;
		struct timespec deadline = tsi_deadline(left_us < limit_left_us ? left_us : limit_left_us);
		pthread_cond_timedwait(&torrent->changed, &torrent->mutex, &deadline);
	}
	bool is_known = atomic_load(&torrent->has_metadata);
	if (is_known)
		code = torrent->state == TSTREAM_STATE_REMOVED ? TSTREAM_ECANCELED : TSTREAM_OK;
	else if (code == TSTREAM_OK)
		code = timeout_us == 0 ? TSTREAM_EAGAIN : TSTREAM_ETIMEDOUT;
	char cause[TSTREAM_ERROR_MESSAGE_BYTES];
	memcpy(cause, torrent->message, sizeof(cause));
	pthread_mutex_unlock(&torrent->mutex);
	if (code == TSTREAM_ETIMEDOUT)
		return tsi_fail(err, code, "no peer gave the metadata of %s in time", torrent->infohash);
	return code ? tsi_fail(err, code, "%s", *cause ? cause : tstream_strerror(code)) : code;
}

int64_t tsi_torrent_default_file(const tstream_torrent *torrent)
{
	int64_t best = TSTREAM_ENOENT;
	bool is_best_playable = false;
	for (uint32_t i = 0; i < torrent->file_count; i++) {
		const tsi_visible_file *file = &torrent->files[i];
		int kind = tsi_media_find(file->path)->kind;
		bool is_playable = kind == TSTREAM_MEDIA_VIDEO || kind == TSTREAM_MEDIA_AUDIO;
		if (best < 0 || (is_playable && !is_best_playable) ||
		    (is_playable == is_best_playable && file->size > torrent->files[best].size)) {
			best = i;
			is_best_playable = is_playable;
		}
	}
	return best;
}

void tsi_torrent_describe_file(tstream_torrent *torrent, uint32_t index, tstream_file *out_file)
{
	const tsi_visible_file *file = &torrent->files[index];
	uint32_t piece_size = torrent->metadata->piece_size;
	tsi_pieces pieces = tsi_span_pieces(file->offset, file->offset + file->size, piece_size);
	const char *slash = strrchr(file->path, '/');
	out_file->index = index;
	out_file->path = file->path;
	out_file->name = slash ? slash + 1 : file->path;
	out_file->media_type = tsi_media_find(file->path)->type;
	out_file->media_kind = tsi_media_find(file->path)->kind;
	out_file->size = file->size;
	out_file->first_piece = pieces.first;
	out_file->last_piece = pieces.end > pieces.first ? pieces.end - 1 : pieces.first;
	pthread_mutex_lock(&torrent->mutex);
	out_file->kept = file->is_kept;
	out_file->have_bytes =
	    tsi_span_have_bytes(torrent->have, file->offset, file->offset + file->size, piece_size);
	pthread_mutex_unlock(&torrent->mutex);
}

int tsi_torrent_keep(tstream_torrent *torrent, uint32_t index, bool keep)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->files[index].is_kept = keep;
	torrent->used_us = tsi_now_us();
	tsi_torrent_replan(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	return TSTREAM_OK;
}

size_t tsi_torrent_get_pieces(tstream_torrent *torrent, uint8_t *out_pieces, size_t capacity)
{
	if (!atomic_load(&torrent->has_metadata))
		return 0;
	uint32_t count = torrent->metadata->piece_count;
	uint32_t room = capacity < count ? (uint32_t)capacity : count;
	if (room == 0)
		return count;
	memset(out_pieces, TSTREAM_PIECE_MISSING, room);
	pthread_mutex_lock(&torrent->mutex);
	for (size_t i = 0; i < torrent->plan_count; i++)
		for (uint32_t p = torrent->plan[i].first_piece; p < torrent->plan[i].end_piece && p < room;
		     p++)
			out_pieces[p] = TSTREAM_PIECE_WANTED;
	tsi_engine_torrent *engine_torrent = tsi_torrent_pin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	if (engine_torrent)
		torrent->session->ops->mark_partial(engine_torrent, out_pieces, room);
	pthread_mutex_lock(&torrent->mutex);
	for (uint32_t p = 0; p < room; p++)
		if (tsi_bits_get(torrent->have, p))
			out_pieces[p] = TSTREAM_PIECE_HAVE;
	if (engine_torrent)
		tsi_torrent_unpin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	return count;
}
