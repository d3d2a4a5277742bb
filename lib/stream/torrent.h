/**
 * stream/torrent.h - one torrent as readers see it: what it is, what is here, who reads.
 */
#ifndef TSI_STREAM_TORRENT_H
#define TSI_STREAM_TORRENT_H

#include <tstream/reader.h>

#include "core/span.h"
#include "core/window.h"
#include "stream/session.h"

/** A file that people see; pad files (BEP 47) are left out. */
typedef struct tsi_visible_file {
	uint32_t engine_index;
	uint64_t offset; /**< in the piece space */
	uint64_t size;
	const char *path; /**< the metadata's */
	bool is_kept;
} tsi_visible_file;

struct tstream_torrent {
	atomic_uint reference_count; /**< callers' and readers' */
	tstream_session *session;
	char infohash[TSTREAM_INFOHASH_BYTES]; /**< its name; never changes */
	char *magnet_name;
	_Atomic(const char *) name;
	char v1_digits[TSTREAM_INFOHASH_BYTES];
	char v2_digits[TSTREAM_INFOHASH_BYTES];
	_Atomic(const char *) v1; /**< v1_digits, or "" until it is known */
	_Atomic(const char *) v2;
	atomic_bool has_metadata; /**< what follows is settled and may be read without the lock */
	tsi_metadata *metadata;
	tsi_visible_file *files; /**< is_kept is guarded by the mutex */
	uint32_t file_count;

	pthread_mutex_t mutex;
	pthread_cond_t changed;             /**< metadata, state */
	tsi_engine_torrent *engine_torrent; /**< NULL once removed; use tsi_torrent_pin() */
	uint32_t pin_count;                 /**< calls into the engine that are under way */
	int state;                          /**< a TSTREAM_STATE_ */
	int code;
	char message[TSTREAM_ERROR_MESSAGE_BYTES];
	int64_t asked_us;   /**< when the metadata was asked for last */
	int64_t used_us;    /**< when it was read last */
	int64_t retried_us; /**< when an error was tried to be overcome last */
	bool is_dropped;    /**< on its way out of the session's list */

	uint64_t *have;
	uint32_t ready_count; /**< how often the engine has told all of it anew */
	uint32_t have_count;
	uint32_t *piece_used_s; /**< when a piece was read or came, seconds since open */
	tstream_reader *readers;
	uint32_t reader_count;
	tsi_plan_range *plan; /**< what the engine was told last */
	size_t plan_count;
};

/** @param infohash  its name in the session
 *  @return NULL if out of memory; with one reference */
tstream_torrent *tsi_torrent_new(tstream_session *session, const char *infohash,
                                 const tsi_infohash *hashes, const char *name);
/** Join the swarm.  @return as engine add */
int tsi_torrent_start(tstream_torrent *torrent, const tsi_source *source, tstream_error *err);
/** Merge what another source of it knows. */
void tsi_torrent_merge(tstream_torrent *torrent, const tsi_source *source);
/** A .torrent that comes from who knows where.
 *  @return whether it was taken: it is this torrent's, as the infohash vouches */
bool tsi_torrent_offer(tstream_torrent *torrent, const void *bytes, size_t size);
bool tsi_torrent_is(const tstream_torrent *torrent, const tsi_infohash *infohash);
/** Leave the engine: readers and waiters turn to ECANCELED. */
void tsi_torrent_stop(tstream_torrent *torrent);
void tsi_torrent_free(tstream_torrent *torrent);

int tsi_torrent_wait_metadata(tstream_torrent *torrent, int64_t timeout_us, tstream_error *err);
int64_t tsi_torrent_default_file(const tstream_torrent *torrent);
void tsi_torrent_describe_file(tstream_torrent *torrent, uint32_t index, tstream_file *out_file);
int tsi_torrent_keep(tstream_torrent *torrent, uint32_t index, bool keep);
void tsi_torrent_get_stats(tstream_torrent *torrent, tstream_torrent_stats *out_stats);
size_t tsi_torrent_get_pieces(tstream_torrent *torrent, uint8_t *out_pieces, size_t capacity);

/** What the engine tells: torrent_events.c. */
extern const tsi_engine_torrent_events tsi_torrent_events;
/** Learn the hashes that were not known before; what is known never changes. */
void tsi_torrent_learn_hashes(tstream_torrent *torrent, const tsi_infohash *hashes);

/** @name For readers and the quota; the mutex is held
 *  @{ */
/** Something changed: each reader looks whether it can go on. */
void tsi_torrent_notify(tstream_torrent *torrent);
/** The engine's torrent, which will not go until it is unpinned, so that the mutex may be
 *  let go meanwhile.  @return NULL if it is gone */
tsi_engine_torrent *tsi_torrent_pin(tstream_torrent *torrent);
void tsi_torrent_unpin(tstream_torrent *torrent);
/** Tell the engine what is wanted now. */
void tsi_torrent_replan(tstream_torrent *torrent);
/** The pieces a reader's cursor and window need, which must not be evicted. */
tsi_pieces tsi_torrent_protected(const tstream_torrent *torrent, const tstream_reader *reader);
/** These pieces are not here any more. */
void tsi_torrent_lose(tstream_torrent *torrent, tsi_pieces pieces);
uint64_t tsi_torrent_have_bytes(const tstream_torrent *torrent);
/** An error that is not the reader's own: 0, or what read answers for missing pieces. */
int tsi_torrent_obstacle(const tstream_torrent *torrent);
/** @} */

#endif
