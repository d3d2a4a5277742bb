/**
 * engine/engine.h - the only door between this library and a BitTorrent engine.
 *
 * One small table of functions.  engine_libtorrent.cpp implements it; the unit tests
 * implement it as a script (tests/fake).  Above this line nobody knows libtorrent.
 *
 * Facts come up through tsi_engine_events, on the engine's own threads; the callee
 * takes a lock for microseconds at most and never calls a function of the table that
 * is marked "waits".  Wishes go down through the table; those not marked "waits" only
 * post a message and return.
 */
#ifndef TSI_ENGINE_ENGINE_H
#define TSI_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>
#include <tstream/session.h>
#include <tstream/torrent.h>

#include "core/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsi_engine tsi_engine;                 /**< one session */
typedef struct tsi_engine_torrent tsi_engine_torrent; /**< one torrent in it */

/** Both names a torrent can have (BEP 3, BEP 52); at least one is set. */
typedef struct tsi_infohash {
	bool has_v1;
	bool has_v2;
	uint8_t v1[20];
	uint8_t v2[32];
} tsi_infohash;

typedef struct tsi_engine_file {
	char *path;      /**< sanitised, '/' between components, UTF-8 */
	uint64_t offset; /**< in the piece space: offset / piece_size is its first piece */
	uint64_t size;
	bool is_pad; /**< BEP 47 filler: never shown, never read */
} tsi_engine_file;

/** What the metadata says.  Owned by whoever made it; tsi_metadata_free(). */
typedef struct tsi_metadata {
	tsi_infohash infohash;
	char *name;
	bool is_private;      /**< BEP 27 */
	uint64_t total_bytes; /**< of the piece space, pads included */
	uint32_t piece_size;
	uint32_t piece_count;
	uint32_t file_count;
	tsi_engine_file *files;
} tsi_metadata;

void tsi_metadata_free(tsi_metadata *metadata);

/** How to join a torrent.  Everything is lent for the call. */
typedef struct tsi_engine_add {
	tsi_infohash infohash;
	const char *name;            /**< until metadata is known; may be NULL */
	const char *dir;             /**< this torrent's own directory; exists */
	const char *const *trackers; /**< announce URLs */
	size_t tracker_count;
	const char *const *web_seeds; /**< BEP 19 */
	size_t web_seed_count;
	const char *const *peers; /**< "address:port" */
	size_t peer_count;
	const void *torrent_bytes; /**< a .torrent file, or NULL */
	size_t torrent_size;
	const void *resume_bytes; /**< what save() gave an earlier session, or NULL */
	size_t resume_size;
} tsi_engine_add;

typedef struct tsi_engine_events {
	void *user; /**< the session */
	/** Something for tstream_session_next_event(): listen failures and the like. */
	void (*warning)(void *user, const char *message);
} tsi_engine_events;

/** Per torrent; @p user is what add() was given. */
typedef struct tsi_engine_torrent_events {
	/** Once, before ready.  Takes @p metadata over. */
	void (*metadata)(void *user, tsi_metadata *metadata);
	/** Data on disk is being hashed; ready follows. */
	void (*checking)(void *user);
	/** The have-bits are settled: one byte a piece, 0 or 1.  Again after reload. */
	void (*ready)(void *user, const uint8_t *have, uint32_t piece_count);
	/** This piece has passed its hash and can be read. */
	void (*piece)(void *user, uint32_t piece);
	/** Stopped, code < 0; ready says that it goes on. */
	void (*error)(void *user, int code, const char *message);
	/** Bytes to give to the next session as resume_bytes; lent. */
	void (*resume_data)(void *user, const void *bytes, size_t size);
} tsi_engine_torrent_events;

typedef struct tsi_engine_options {
	const char *data_dir;
	const char *listen;
	uint32_t flags; /**< TSTREAM_SESSION_ */
	uint64_t upload_bytes_per_s;
	uint64_t download_bytes_per_s;
	uint32_t max_peers;
	const void *state_bytes; /**< what save_state() gave an earlier session (DHT), or NULL */
	size_t state_size;
} tsi_engine_options;

/** What the network side of one torrent looks like now. */
typedef struct tsi_engine_torrent_stats {
	uint32_t peer_count, seed_count, unchoked_count;
	uint64_t download_bytes_per_s, upload_bytes_per_s;
	uint64_t downloaded_bytes, uploaded_bytes, redundant_bytes, failed_bytes;
	uint64_t disk_used_bytes;
	/* about the most urgent missing piece of the plan, if there is one */
	bool is_waiting;
	uint32_t waiting_piece;
	uint32_t waiting_asked_count;  /**< peers it is asked of */
	uint32_t waiting_holder_count; /**< connected peers that have it */
	int64_t waiting_estimate_us;   /**< negative: unknown */
} tsi_engine_torrent_stats;

typedef struct tsi_engine_stats {
	uint32_t peer_count;
	uint32_t dht_node_count;
	uint32_t listen_port;
	uint64_t download_bytes_per_s, upload_bytes_per_s;
	uint64_t downloaded_bytes, uploaded_bytes, redundant_bytes, failed_bytes;
} tsi_engine_stats;

typedef struct tsi_engine_ops {
	/** "libtorrent 2.0.8.0" */
	const char *(*version)(void);

	/** Parse a .torrent without joining it.  Bounds: TSTREAM_MAX_TORRENT_FILE_BYTES,
	 *  2,097,152 pieces, depth 100.  @param out_metadata  yours. */
	int (*parse)(const void *bytes, size_t size, tsi_metadata **out_metadata, tstream_error *err);

	int (*open)(const tsi_engine_options *options, const tsi_engine_events *events,
	            tsi_engine **out_engine, tstream_error *err);
	/** Waits.  No event comes after it returns.  Every torrent must be removed before. */
	void (*close)(tsi_engine *engine);
	void (*get_stats)(tsi_engine *engine, tsi_engine_stats *out_stats);
	/** Waits.  The DHT's state. @param out_bytes  yours to free(). */
	int (*save_state)(tsi_engine *engine, void **out_bytes, size_t *out_size);

	int (*add)(tsi_engine *engine, const tsi_engine_add *add,
	           const tsi_engine_torrent_events *events, void *user,
	           tsi_engine_torrent **out_torrent, tstream_error *err);
	/** Waits.  Flushes what is verified and marks the directory as cleanly closed; the
	 *  last resume_data event comes before it returns, none after. */
	void (*remove)(tsi_engine_torrent *torrent);
	/** Merge what another source of the same torrent knows. */
	void (*merge)(tsi_engine_torrent *torrent, const tsi_engine_add *add);
	int (*add_peer)(tsi_engine_torrent *torrent, const char *address);
	/** The same, of one that is asked before the others. */
	int (*prefer_peer)(tsi_engine_torrent *torrent, const char *address);

	/** Which pieces are wanted, most urgent first.  Replaces the plan before. */
	void (*set_plan)(tsi_engine_torrent *torrent, const tsi_plan *plan);
	/** Copy verified bytes of a file.  Any thread; reads the page cache or the disk.
	 *  @return bytes, may be short; EAGAIN when a piece is on its way out; EIO when verified
	 *          data is not there any more: the engine then re-checks the torrent by itself
	 *          (checking, ready). */
	int64_t (*read)(tsi_engine_torrent *torrent, uint32_t file_index, uint64_t offset, void *buffer,
	                size_t size);
	/** Give these pieces' room on disk back.  ready follows with what is left.
	 *  @param drop  one byte a piece */
	void (*evict)(tsi_engine_torrent *torrent, const uint8_t *drop, uint32_t piece_count);
	/** Try again after an error. */
	void (*retry)(tsi_engine_torrent *torrent);

	/** Waits for the network thread. */
	void (*get_torrent_stats)(tsi_engine_torrent *torrent, tsi_engine_torrent_stats *out_stats);
	/** Waits for the network thread.  @return as tstream_torrent_get_peers(). */
	size_t (*get_peers)(tsi_engine_torrent *torrent, tstream_peer *out_peers, size_t capacity);
	/** Waits.  Sets 2 in @p out_pieces where blocks were asked for or are here. */
	void (*mark_partial)(tsi_engine_torrent *torrent, uint8_t *out_pieces, uint32_t piece_count);
	/** Waits.  @param out_bytes  the .torrent, yours to free(). */
	int (*torrent_file)(tsi_engine_torrent *torrent, void **out_bytes, size_t *out_size);
	/** @param out_uri  yours to free() */
	int (*magnet)(tsi_engine_torrent *torrent, char **out_uri);
} tsi_engine_ops;

/** The engine this library is built with. */
extern const tsi_engine_ops tsi_engine_libtorrent;

#ifdef __cplusplus
}
#endif
#endif
