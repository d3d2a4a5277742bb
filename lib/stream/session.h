/**
 * stream/session.h - one engine, its torrents, and the thread that keeps house.
 *
 * Locks, in the order they may be taken
 *   session->mutex         the list of torrents and its counts
 *   torrent->mutex         everything of one torrent and its readers
 *   keeper, events, wake, metadata_cache   leaves
 * session->mutex is held while the engine adds a torrent, which waits for its network
 * thread: so what the engine calls on that thread never takes session->mutex.  And
 * engine->remove waits for calls of the engine that may want torrent->mutex: it is
 * called with neither held.
 */
#ifndef TSI_STREAM_SESSION_H
#define TSI_STREAM_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/session.h>
#include <tstream/torrent.h>

#include "core/magnet.h"
#include "engine/engine.h"
#include "store/data_dir.h"
#include "stream/events.h"

struct tstream_session {
	atomic_uint reference_count; /**< one for the caller, one for each torrent */
	const tsi_engine_ops *ops;
	tsi_engine *engine;
	tsi_data_dir *data_dir;
	tsi_events events;
	int64_t opened_us;

	uint64_t quota_bytes;
	uint32_t max_torrents;
	uint32_t max_readers;
	int64_t metadata_timeout_us;
	atomic_uint reader_count;

	pthread_mutex_t mutex;
	pthread_cond_t changed;     /**< a torrent left the list, or the disk */
	tstream_torrent **torrents; /**< holds no references; oldest first */
	size_t torrent_count;
	size_t torrent_capacity;
	tsi_stored_torrent *stored; /**< on disk but not open */
	size_t stored_count;
	char evicting[TSTREAM_INFOHASH_BYTES]; /**< a stored one that is being deleted, or "" */
	bool is_closed;
	uint32_t dropping_count; /**< torrents that threads are taking out now */

	struct tsi_exact_sources *exact_sources;
	atomic_bool is_quota_full; /**< over the quota and nothing can go */
	struct tsi_keeper *keeper;
	struct tsi_metadata_cache *metadata_cache; /**< or NULL */
};

/** As tstream_session_open, over any engine. */
int tsi_session_open(const tstream_session_options *options, const tsi_engine_ops *ops,
                     tstream_session **out_session, tstream_error *err);
void tsi_session_close(tstream_session *session);
tstream_session *tsi_session_ref(tstream_session *session);
void tsi_session_unref(tstream_session *session);
void tsi_session_get_stats(tstream_session *session, tstream_session_stats *out_stats);
size_t tsi_session_list(tstream_session *session, tstream_torrent **out_torrents, size_t capacity);

/** What opens a torrent: a magnet, or .torrent bytes and what they say. */
typedef struct tsi_source {
	const tsi_infohash *infohash;
	const tsi_magnet *magnet; /**< or NULL */
	const void *torrent_bytes;
	size_t torrent_size;
} tsi_source;

int tsi_session_add(tstream_session *session, const tsi_source *source,
                    tstream_torrent **out_torrent, tstream_error *err);
/** Its metadata is on disk. */
bool tsi_session_is_stored(const tstream_session *session, const tsi_infohash *infohash);
int tsi_session_find(tstream_session *session, const tsi_infohash *infohash,
                     tstream_torrent **out_torrent);
/** Mark a torrent as on its way out.  session->mutex is held.
 *  @return true if the caller must tsi_session_drop() it; false if another does */
bool tsi_session_begin_drop(tstream_session *session, tstream_torrent *torrent);
/** Take it out of the engine and of the list.  No lock is held.
 *  @param is_deleted  its data goes as well */
void tsi_session_drop(tstream_session *session, tstream_torrent *torrent, bool is_deleted);

#endif
