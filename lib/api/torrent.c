#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "api/structs.h"
#include "base/log.h"
#include "core/magnet.h"
#include "core/sidecar.h"
#include "net/http.h"
#include "stream/reader.h"
#include "stream/torrent.h"

/* -- opening -------------------------------------------------------------- */

int tstream_torrent_open_magnet(tstream_session *session, const char *magnet,
                                tstream_torrent **out_torrent, tstream_error *err)
{
	tsi_magnet parsed;
	if (!session || !magnet || !out_torrent)
		return tsi_fail(err, TSTREAM_EINVAL, "session, magnet and out_torrent are required");
	int code = tsi_magnet_parse(magnet, &parsed, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_source source = {.infohash = &parsed.infohash, .magnet = &parsed};
	code = tsi_session_add(session, &source, out_torrent, err);
	tsi_magnet_clear(&parsed);
	return code;
}

int tstream_torrent_open_bytes(tstream_session *session, const void *bytes, size_t size,
                               tstream_torrent **out_torrent, tstream_error *err)
{
	tsi_metadata *metadata = NULL;
	if (!session || (!bytes && size) || !out_torrent)
		return tsi_fail(err, TSTREAM_EINVAL, "session, bytes and out_torrent are required");
	int code = session->ops->parse(bytes, size, &metadata, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_source source = {
	    .infohash = &metadata->infohash, .torrent_bytes = bytes, .torrent_size = size};
	code = tsi_session_add(session, &source, out_torrent, err);
	tsi_metadata_free(metadata);
	return code;
}

/** What a URL gave: a magnet it redirected to, or the bytes of a .torrent. */
static int open_response(tstream_session *session, const tsi_http_response *response,
                         tstream_torrent **out_torrent, tstream_error *err)
{
	if (response->magnet)
		return tstream_torrent_open_magnet(session, response->magnet, out_torrent, err);
	return tstream_torrent_open_bytes(session, response->body, response->body_size, out_torrent,
	                                  err);
}

int tstream_torrent_open_url(tstream_session *session, const char *url, uint32_t flags,
                             int64_t timeout_us, tstream_torrent **out_torrent, tstream_error *err)
{
	if (!session || !url || !out_torrent)
		return tsi_fail(err, TSTREAM_EINVAL, "session, url and out_torrent are required");
	tsi_http_request request = {.url = url,
	                            .flags = flags,
	                            .timeout_us = timeout_us,
	                            .max_body_bytes = TSTREAM_MAX_TORRENT_FILE_BYTES};
	tsi_http_response response = {0};
	int code = tsi_http_get(&request, &response, err);
	if (code != TSTREAM_OK)
		return code;
	code = open_response(session, &response, out_torrent, err);
	tsi_http_response_clear(&response);
	return code;
}

int tstream_torrent_open_stored(tstream_session *session, const char *infohash,
                                tstream_torrent **out_torrent, tstream_error *err)
{
	tsi_infohash parsed;
	if (!session || !infohash || !out_torrent || tsi_infohash_parse(infohash, &parsed) != 0)
		return tsi_fail(err, TSTREAM_EINVAL, "session, infohash and out_torrent are required");
	tsi_source source = {.infohash = &parsed};
	if (tsi_session_find(session, &parsed, out_torrent) == TSTREAM_OK)
		return TSTREAM_OK;
	if (!tsi_session_is_stored(session, &parsed))
		return tsi_fail(err, TSTREAM_ENOENT, "torrent %s is not on disk", infohash);
	return tsi_session_add(session, &source, out_torrent, err);
}

int tstream_magnet_get_infohash(const char *magnet, char out_infohash[TSTREAM_INFOHASH_BYTES],
                                tstream_error *err)
{
	tsi_magnet parsed;
	if (!magnet || !out_infohash)
		return tsi_fail(err, TSTREAM_EINVAL, "magnet and out_infohash are required");
	int code = tsi_magnet_parse(magnet, &parsed, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_infohash_format(&parsed.infohash, out_infohash);
	tsi_magnet_clear(&parsed);
	return TSTREAM_OK;
}

int tstream_torrent_find(tstream_session *session, const char *infohash,
                         tstream_torrent **out_torrent)
{
	tsi_infohash parsed;
	if (!session || !infohash || !out_torrent || tsi_infohash_parse(infohash, &parsed) != 0)
		return TSTREAM_EINVAL;
	return tsi_session_find(session, &parsed, out_torrent);
}

tstream_torrent *tstream_torrent_ref(tstream_torrent *torrent)
{
	if (torrent)
		atomic_fetch_add(&torrent->reference_count, 1);
	return torrent;
}

void tstream_torrent_unref(tstream_torrent *torrent)
{
	if (!torrent)
		return;
	/* The last reference goes under the session's lock, where find gives new ones. */
	tstream_session *session = torrent->session;
	pthread_mutex_lock(&session->mutex);
	bool is_last = atomic_fetch_sub(&torrent->reference_count, 1) == 1;
	bool is_ours = is_last && tsi_session_begin_drop(session, torrent);
	pthread_mutex_unlock(&session->mutex);
	if (is_ours)
		tsi_session_drop(session, torrent, false);
	if (is_last)
		tsi_torrent_free(torrent);
}

int tstream_torrent_remove(tstream_torrent *torrent)
{
	if (!torrent)
		return TSTREAM_EINVAL;
	tstream_session *session = torrent->session;
	pthread_mutex_lock(&session->mutex);
	bool is_ours = tsi_session_begin_drop(session, torrent);
	pthread_mutex_unlock(&session->mutex);
	if (!is_ours)
		return TSTREAM_ECANCELED;
	tsi_session_drop(session, torrent, true);
	tsi_events_push(&session->events, TSTREAM_EVENT_REMOVED, torrent->infohash, 0, 0, NULL);
	return TSTREAM_OK;
}

int tstream_torrent_wait_metadata(tstream_torrent *torrent, int64_t timeout_us, tstream_error *err)
{
	if (!torrent)
		return tsi_fail(err, TSTREAM_EINVAL, "torrent is required");
	return tsi_torrent_wait_metadata(torrent, timeout_us, err);
}

/* -- identity ------------------------------------------------------------- */

const char *tstream_torrent_get_infohash(const tstream_torrent *torrent)
{
	return torrent ? torrent->infohash : "";
}

const char *tstream_torrent_get_infohash_v1(const tstream_torrent *torrent)
{
	return torrent ? atomic_load(&torrent->v1) : "";
}

const char *tstream_torrent_get_infohash_v2(const tstream_torrent *torrent)
{
	return torrent ? atomic_load(&torrent->v2) : "";
}

const char *tstream_torrent_get_name(const tstream_torrent *torrent)
{
	return torrent ? atomic_load(&torrent->name) : "";
}

/** Pin, or NULL; pairs with unpin(). */
static tsi_engine_torrent *pin(tstream_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	tsi_engine_torrent *engine_torrent = tsi_torrent_pin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
	return engine_torrent;
}

static void unpin(tstream_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	tsi_torrent_unpin(torrent);
	pthread_mutex_unlock(&torrent->mutex);
}

char *tstream_torrent_magnet_copy(tstream_torrent *torrent)
{
	char *uri = NULL;
	tsi_engine_torrent *engine_torrent = torrent ? pin(torrent) : NULL;
	if (!engine_torrent)
		return NULL;
	int code = torrent->session->ops->magnet(engine_torrent, &uri);
	unpin(torrent);
	return code == TSTREAM_OK ? uri : NULL;
}

int tstream_torrent_file_copy(tstream_torrent *torrent, void **out_bytes, size_t *out_size)
{
	if (!torrent || !out_bytes || !out_size)
		return TSTREAM_EINVAL;
	if (!atomic_load(&torrent->has_metadata))
		return TSTREAM_EAGAIN;
	tsi_engine_torrent *engine_torrent = pin(torrent);
	if (!engine_torrent)
		return TSTREAM_ECANCELED;
	int code = torrent->session->ops->torrent_file(engine_torrent, out_bytes, out_size);
	unpin(torrent);
	return code;
}

/* -- contents ------------------------------------------------------------- */

static const tsi_metadata *metadata_of(const tstream_torrent *torrent)
{
	return torrent && atomic_load(&torrent->has_metadata) ? torrent->metadata : NULL;
}

uint64_t tstream_torrent_get_size(const tstream_torrent *torrent)
{
	uint64_t size = 0;
	for (uint32_t i = 0; metadata_of(torrent) && i < torrent->file_count; i++)
		size += torrent->files[i].size;
	return size;
}

uint32_t tstream_torrent_get_piece_count(const tstream_torrent *torrent)
{
	const tsi_metadata *metadata = metadata_of(torrent);
	return metadata ? metadata->piece_count : 0;
}

uint32_t tstream_torrent_get_piece_size(const tstream_torrent *torrent)
{
	const tsi_metadata *metadata = metadata_of(torrent);
	return metadata ? metadata->piece_size : 0;
}

uint32_t tstream_torrent_get_file_count(const tstream_torrent *torrent)
{
	return metadata_of(torrent) ? torrent->file_count : 0;
}

int tstream_torrent_is_private(const tstream_torrent *torrent)
{
	const tsi_metadata *metadata = metadata_of(torrent);
	return metadata && metadata->is_private;
}

/** @return 0, or why there is no such file */
static int check_file(const tstream_torrent *torrent, uint32_t file_index)
{
	if (!torrent)
		return TSTREAM_EINVAL;
	if (!metadata_of(torrent))
		return TSTREAM_EAGAIN;
	return file_index < torrent->file_count ? TSTREAM_OK : TSTREAM_ENOENT;
}

int tstream_torrent_get_file(const tstream_torrent *torrent, uint32_t file_index,
                             tstream_file *out_file)
{
	tstream_file ours = {0};
	int code = check_file(torrent, file_index);
	if (code != TSTREAM_OK || !out_file)
		return code ? code : TSTREAM_EINVAL;
	/* const for the caller; the lock within is ours to take. */
	tsi_torrent_describe_file((tstream_torrent *)(uintptr_t)torrent, file_index, &ours);
	return tsi_struct_out(out_file, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

int64_t tstream_torrent_get_default_file(const tstream_torrent *torrent)
{
	if (!metadata_of(torrent))
		return torrent ? TSTREAM_EAGAIN : TSTREAM_EINVAL;
	return tsi_torrent_default_file(torrent);
}

int tstream_torrent_keep_file(tstream_torrent *torrent, uint32_t file_index, int keep)
{
	int code = check_file(torrent, file_index);
	return code == TSTREAM_OK ? tsi_torrent_keep(torrent, file_index, keep != 0) : code;
}

/* -- watching ------------------------------------------------------------- */

int tstream_torrent_get_stats(tstream_torrent *torrent, tstream_torrent_stats *out_stats)
{
	tstream_torrent_stats ours = {0};
	if (!torrent || !out_stats)
		return TSTREAM_EINVAL;
	tsi_torrent_get_stats(torrent, &ours);
	return tsi_struct_out(out_stats, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

size_t tstream_torrent_get_pieces(tstream_torrent *torrent, uint8_t *out_pieces, size_t capacity)
{
	return torrent ? tsi_torrent_get_pieces(torrent, out_pieces, out_pieces ? capacity : 0) : 0;
}

/** The caller's array may have elements of another size than ours. */
static void give_element(void *their_array, size_t index, uint32_t stride, const void *ours,
                         uint32_t our_size)
{
	char *theirs = (char *)their_array + index * stride;
	memcpy(theirs, &stride, sizeof(stride));
	tsi_struct_out(theirs, ours, our_size);
}

size_t tstream_torrent_get_peers(tstream_torrent *torrent, tstream_peer *out_peers, size_t capacity)
{
	uint32_t stride = out_peers && capacity ? out_peers->struct_size : 0;
	if (stride < sizeof(stride))
		capacity = 0;
	tsi_engine_torrent *engine_torrent = torrent ? pin(torrent) : NULL;
	if (!engine_torrent)
		return 0;
	if (capacity > 10000) /* more than any session has; bounds what is allocated here */
		capacity = 10000;
	tstream_peer *ours = calloc(capacity + 1, sizeof(*ours));
	size_t count = ours ? torrent->session->ops->get_peers(engine_torrent, ours, capacity) : 0;
	for (size_t i = 0; i < count && i < capacity; i++)
		give_element(out_peers, i, stride, &ours[i], sizeof(ours[i]));
	free(ours);
	unpin(torrent);
	return count;
}

size_t tstream_torrent_get_readers(tstream_torrent *torrent, tstream_reader_stats *out_readers,
                                   size_t capacity)
{
	uint32_t stride = out_readers && capacity ? out_readers->struct_size : 0;
	if (stride < sizeof(stride))
		capacity = 0;
	if (!torrent)
		return 0;
	size_t count = 0;
	pthread_mutex_lock(&torrent->mutex);
	for (tstream_reader *reader = torrent->readers; reader; reader = reader->next) {
		tstream_reader_stats ours = {0};
		if (count < capacity) {
			tsi_reader_describe(reader, &ours);
			give_element(out_readers, count, stride, &ours, sizeof(ours));
		}
		count++;
	}
	pthread_mutex_unlock(&torrent->mutex);
	return count;
}

static const char *path_of(const void *user, uint32_t file_index)
{
	const tstream_torrent *torrent = user;
	return torrent->files[file_index].path;
}

size_t tstream_torrent_get_subtitles(const tstream_torrent *torrent, uint32_t file_index,
                                     tstream_subtitle *out_subtitles, size_t capacity)
{
	uint32_t stride = out_subtitles && capacity ? out_subtitles->struct_size : 0;
	if (stride < sizeof(stride))
		capacity = 0;
	if (check_file(torrent, file_index) != TSTREAM_OK)
		return 0;
	tsi_sidecar_paths paths = {path_of, torrent, torrent->file_count};
	tstream_subtitle *ours = calloc(TSTREAM_MAX_SUBTITLES, sizeof(*ours));
	size_t count = ours ? tsi_sidecar_find(&paths, file_index, ours) : 0;
	for (size_t i = 0; i < count && i < capacity; i++)
		give_element(out_subtitles, i, stride, &ours[i], sizeof(ours[i]));
	free(ours);
	return count;
}

int tstream_subtitle_describe(const char *film_name, const char *name,
                              tstream_subtitle *out_subtitle)
{
	tstream_subtitle ours = {0};
	if (!name || !out_subtitle)
		return TSTREAM_EINVAL;
	tsi_sidecar_describe(film_name, name, &ours);
	return tsi_struct_out(out_subtitle, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

typedef int (*peer_op)(tsi_engine_torrent *torrent, const char *address);

static int tell_of_peer(tstream_torrent *torrent, peer_op op, const char *address)
{
	tsi_engine_torrent *engine_torrent = pin(torrent);
	if (!engine_torrent)
		return TSTREAM_ECANCELED;
	int code = op(engine_torrent, address);
	unpin(torrent);
	return code == TSTREAM_OK ? TSTREAM_OK : TSTREAM_EINVAL;
}

int tstream_torrent_add_peer(tstream_torrent *torrent, const char *address)
{
	if (!torrent || !address)
		return TSTREAM_EINVAL;
	return tell_of_peer(torrent, torrent->session->ops->add_peer, address);
}

int tstream_torrent_prefer_peer(tstream_torrent *torrent, const char *address)
{
	if (!torrent || !address)
		return TSTREAM_EINVAL;
	return tell_of_peer(torrent, torrent->session->ops->prefer_peer, address);
}
