/**
 * tstream/session.h - the engine, its data directory, limits, events and wakeup.
 *
 * A program opens one session and keeps it.  Everything the session must not
 * forget lies under its data directory, which only one session may hold.
 *
 * Waiting    One pipe per session.  Its read end turns readable when an event is
 *            queued, and stays readable until tstream_session_next_event() has
 *            said 0.  Never read from the pipe yourself.
 * Bounds     The event queue holds 1,024 events.  When you do not drain it, the
 *            oldest make way and one TSTREAM_EVENT_OVERFLOW tells you so; readers
 *            lose nothing by it, they can simply be asked again.
 */
#ifndef TSTREAM_SESSION_H
#define TSTREAM_SESSION_H

#include <tstream/base.h>
#include <tstream/cache.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_session tstream_session;
typedef struct tstream_torrent tstream_torrent;

/** @name Flags of tstream_session_options
 *  @{ */
#define TSTREAM_SESSION_NO_DHT 0x01u          /**< no distributed hash table (BEP 5) */
#define TSTREAM_SESSION_NO_LSD 0x02u          /**< no local service discovery (BEP 14) */
#define TSTREAM_SESSION_NO_PORT_MAPPING 0x04u /**< no UPnP, no NAT-PMP */
#define TSTREAM_SESSION_NO_UPLOAD 0x08u       /**< give nothing back; many swarms will be slower */
#define TSTREAM_SESSION_PRIVATE_SOURCES 0x10u /**< xs= of a magnet may name a host at home */
/** @} */

/** Start from TSTREAM_SESSION_OPTIONS_INIT, or call tstream_session_options_init().
 *  0 or NULL means the default everywhere. */
typedef struct tstream_session_options {
	uint32_t struct_size;          /**< sizeof, as your compiler saw it */
	uint32_t flags;                /**< TSTREAM_SESSION_ flags */
	const char *data_dir;          /**< required; made with mode 0700 if missing */
	const char *listen;            /**< "address:port,..."; default "0.0.0.0:6881,[::]:6881".
	                                    A taken port moves to the next free one; port 0 lets
	                                    the system choose. */
	uint64_t quota_bytes;          /**< most that torrents' data may take on disk; default none */
	uint64_t upload_bytes_per_s;   /**< default unlimited */
	uint64_t download_bytes_per_s; /**< default unlimited */
	uint32_t max_torrents;         /**< open at once; default 500 */
	uint32_t max_peers;            /**< connections in all; default 400 */
	uint32_t max_readers;          /**< open at once; default 4,096 */
	uint32_t reserved;             /**< 0 */
	int64_t metadata_timeout_us;   /**< how long a magnet may look for its metadata before
	                                  waiters get ETIMEDOUT; default 120 s; negative: for ever */
	tstream_cache *cache; /**< metadata of magnets is looked up there, without making anybody
	                           wait for it, and kept there; held open by the session;
	                           default: none */
} tstream_session_options;

#ifndef SWIG
#define TSTREAM_SESSION_OPTIONS_INIT                                                               \
	{                                                                                              \
		.struct_size = sizeof(tstream_session_options)                                             \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_session_options_init(tstream_session_options *options);

/**
 * Start the engine.  Does not wait for the network.
 *
 * @param out_session  yours until tstream_session_close()
 * @return 0; EINVAL, EACCES (data directory cannot be written), EBUSY (another
 *         session holds it), ENOSPC, EIO, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_session_open(const tstream_session_options *options,
                                     tstream_session **out_session, tstream_error *err);

/** Save what must not be lost, stop the engine, free the session.  Readers and
 *  torrents still open turn to ECANCELED and stay valid until you close or unref
 *  them.  May take a few hundred milliseconds.  @since 0.1 */
TSTREAM_API void tstream_session_close(tstream_session *session);

/** @name Events
 *  @{ */
#define TSTREAM_EVENT_NONE 0
#define TSTREAM_EVENT_METADATA 1 /**< torrent: files and sizes are known now */
#define TSTREAM_EVENT_READABLE                                                                     \
	2                             /**< tag: this reader answered EAGAIN and is worth asking again  \
	                               */
#define TSTREAM_EVENT_ERROR 3     /**< torrent: code and message say what stopped it */
#define TSTREAM_EVENT_RECOVERED 4 /**< torrent: the error is over */
#define TSTREAM_EVENT_COMPLETE 5  /**< torrent: every piece is here */
#define TSTREAM_EVENT_EVICTED 6   /**< torrent: data was dropped to keep the quota */
#define TSTREAM_EVENT_REMOVED 7   /**< infohash: removed */
#define TSTREAM_EVENT_WARNING 8   /**< message: a port taken, a tracker refusing; goes on */
#define TSTREAM_EVENT_OVERFLOW 9  /**< events before this one were dropped */

/** Room for the hexadecimal infohash that names a torrent (v1: 40, v2: 64), NUL included. */
#define TSTREAM_INFOHASH_BYTES 65

/** What happened, from tstream_session_next_event(). */
typedef struct tstream_event {
	uint32_t struct_size;                      /**< set before the call */
	int32_t type;                              /**< a TSTREAM_EVENT_ */
	int32_t code;                              /**< a TSTREAM_E code, or 0 */
	uint32_t reserved;                         /**< 0 */
	uint64_t tag;                              /**< the reader's own, from its options */
	char infohash[TSTREAM_INFOHASH_BYTES];     /**< which torrent; empty if none */
	char message[TSTREAM_ERROR_MESSAGE_BYTES]; /**< one sentence for people, or "" */
} tstream_event;

#ifndef SWIG
#define TSTREAM_EVENT_INIT                                                                         \
	{                                                                                              \
		.struct_size = sizeof(tstream_event)                                                       \
	}
#endif

/** Take the oldest event.  Never blocks.
 *  @return 1 and an event; 0 if there is none (the wakeup is then re-armed); EINVAL
 *  @since 0.1 */
TSTREAM_API int tstream_session_next_event(tstream_session *session, tstream_event *out_event);

/** @return the pipe's read end: poll it for input, never read, write or close it.
 *  @since 0.1 */
TSTREAM_API int tstream_session_get_wakeup_fd(const tstream_session *session);

/** Called from an engine thread when the queue turns from empty to not empty.
 *  Must only pass the word on; must not call the library. */
typedef void (*tstream_wakeup_fn)(void *user);

/** For programs without a poll loop.  NULL turns it off; on return the old callback
 *  is not running and will not be called again.  @since 0.1 */
TSTREAM_API void tstream_session_set_wakeup(tstream_session *session, tstream_wakeup_fn wakeup,
                                            void *user);
/** @} */

/** A snapshot of a session: all its torrents together. */
typedef struct tstream_session_stats {
	uint32_t struct_size;          /**< set before the call */
	uint32_t torrent_count;        /**< open */
	uint32_t reader_count;         /**< open */
	uint32_t peer_count;           /**< connected, all torrents */
	uint64_t download_bytes_per_s; /**< payload, now */
	uint64_t upload_bytes_per_s;   /**< payload, now */
	uint64_t downloaded_bytes;     /**< payload since open */
	uint64_t uploaded_bytes;       /**< payload since open */
	uint64_t redundant_bytes;      /**< payload that was here already */
	uint64_t failed_bytes;         /**< payload that failed its hash */
	uint64_t disk_used_bytes;      /**< by torrents' data, open or not */
	uint64_t disk_quota_bytes;     /**< 0: none */
	uint32_t dht_node_count;       /**< known; 0 without a DHT */
	uint32_t listen_port;          /**< of the first listening socket; 0: none yet */
	int64_t uptime_us;             /**< since open */
} tstream_session_stats;

#ifndef SWIG
#define TSTREAM_SESSION_STATS_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_session_stats)                                               \
	}
#endif

/** A snapshot, at most a second old.  @return 0, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_session_get_stats(tstream_session *session,
                                          tstream_session_stats *out_stats);

/** The torrents that are open now, oldest first, each with a reference for you.
 *  @param out_torrents  room for @p capacity pointers; may be NULL if that is 0
 *  @return how many there are, which may be more than were given
 *  @since 0.1 */
TSTREAM_API size_t tstream_session_list_torrents(tstream_session *session,
                                                 tstream_torrent **out_torrents, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
