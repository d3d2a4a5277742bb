/**
 * tstream/torrent.h - a torrent, opened from a magnet, an infohash or .torrent bytes.
 *
 * Opening the same torrent again gives the same object with one more reference, and
 * merges what the new source knew (trackers, web seeds, peers).  v1 (BEP 3), v2 and
 * hybrid torrents (BEP 52) are alike to the caller.
 *
 * A torrent without readers fetches nothing but its metadata, unless a file is kept
 * (tstream_torrent_keep_file).  When the last reference is gone the torrent leaves the
 * swarm; its data stays on disk, within the quota, for the next time.
 *
 * Ownership  open_, find and tstream_session_list_torrents give a reference;
 *            unref takes one back.
 */
#ifndef TSTREAM_TORRENT_H
#define TSTREAM_TORRENT_H

#include <tstream/base.h>
#include <tstream/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** No more than this of a magnet, a .torrent, its files and its pieces is accepted. */
#define TSTREAM_MAX_MAGNET_BYTES 8192
#define TSTREAM_MAX_TORRENT_FILE_BYTES (10 * 1024 * 1024)

/**
 * Open from a magnet URI (BEP 9, BEP 53) or a bare infohash in hexadecimal (40 or 64
 * digits) or base32 (32).  A torrent whose metadata is on disk needs no peer.  Else it
 * comes from peers (BEP 9), from the session's cache, or from the .torrent that the
 * magnet's xs= names, whichever is first; the infohash vouches for it.  Links to addresses
 * that are not public are left alone, save with TSTREAM_SESSION_PRIVATE_SOURCES.
 *
 * @return 0; EINVAL (err says what is wrong with it), ELIMIT, ENOSPC, EIO, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_torrent_open_magnet(tstream_session *session, const char *magnet,
                                            tstream_torrent **out_torrent, tstream_error *err);

/** Open from the bytes of a .torrent file; they are copied.
 *  @return as tstream_torrent_open_magnet()
 *  @since 0.1 */
TSTREAM_API int tstream_torrent_open_bytes(tstream_session *session, const void *bytes, size_t size,
                                           tstream_torrent **out_torrent, tstream_error *err);

/**
 * Fetch a .torrent over http or https and open it.  Blocks for at most @p timeout_us.
 * At most 5 redirects, one of which may lead to a magnet.  Loopback, link-local,
 * private and other special addresses (RFC 6890) are refused, whatever the name
 * resolves to, unless @p flags has TSTREAM_URL_ALLOW_PRIVATE.
 *
 * @return as tstream_torrent_open_bytes(); and ENET, EREFUSED, ETIMEDOUT, ENOTSUP
 *         (library built without libcurl)
 * @since 0.1
 */
TSTREAM_API int tstream_torrent_open_url(tstream_session *session, const char *url, uint32_t flags,
                                         int64_t timeout_us, tstream_torrent **out_torrent,
                                         tstream_error *err);
#define TSTREAM_URL_ALLOW_PRIVATE 0x01u /**< the URL comes from you, not from a stranger */

/** Open a torrent whose metadata is on disk from an earlier time.  One that is not there
 *  is not opened: no swarm is joined.
 *  @param infohash  hexadecimal, v1 (40) or v2 (64)
 *  @return as tstream_torrent_open_magnet(); ENOENT if it is not there
 *  @since 0.1 */
TSTREAM_API int tstream_torrent_open_stored(tstream_session *session, const char *infohash,
                                            tstream_torrent **out_torrent, tstream_error *err);

/** Which torrent a magnet URI or a bare infohash names, without opening it.
 *  @param out_infohash  hexadecimal in lower case: v1, or v2 if there is no other
 *  @return 0; EINVAL (err says what is wrong with it), ENOMEM
 *  @since 0.1 */
TSTREAM_API int tstream_magnet_get_infohash(const char *magnet,
                                            char out_infohash[TSTREAM_INFOHASH_BYTES],
                                            tstream_error *err);

/** @param infohash  hexadecimal, v1 (40) or v2 (64)
 *  @return 0 and a reference; ENOENT if it is not open; EINVAL
 *  @since 0.1 */
TSTREAM_API int tstream_torrent_find(tstream_session *session, const char *infohash,
                                     tstream_torrent **out_torrent);

/** One more reference; gives its argument.  @since 0.1 */
TSTREAM_API tstream_torrent *tstream_torrent_ref(tstream_torrent *torrent);

/** Give a reference back.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_torrent_unref(tstream_torrent *torrent);

/** Leave the swarm and delete the data.  Its readers turn to ECANCELED; your
 *  reference stays yours.  @return 0, ECANCELED (already removed).  @since 0.1 */
TSTREAM_API int tstream_torrent_remove(tstream_torrent *torrent);

/** Wait until files and sizes are known.
 *  @param timeout_us  0 polls, negative waits for ever
 *  @return 0; EAGAIN (polled, not yet), ETIMEDOUT (your time or the session's
 *          metadata_timeout_us), ECANCELED, EBUSY (a hybrid that was opened under its
 *          other infohash too, before anybody knew that they are one: open it again and
 *          you have that one), or the code of another error that stopped it
 *  @since 0.1 */
TSTREAM_API int tstream_torrent_wait_metadata(tstream_torrent *torrent, int64_t timeout_us,
                                              tstream_error *err);

/** @name Identity
 *  @{ */
/** @return the name of this torrent in this library: the v1 infohash in lower-case
 *          hexadecimal, or the v2 one if there is no other.  Never changes.  @since 0.1 */
TSTREAM_API const char *tstream_torrent_get_infohash(const tstream_torrent *torrent);
/** @return the v1 infohash (40 digits), or "" if none is known.  @since 0.1 */
TSTREAM_API const char *tstream_torrent_get_infohash_v1(const tstream_torrent *torrent);
/** @return the v2 infohash (64 digits), or "" if none is known.  @since 0.1 */
TSTREAM_API const char *tstream_torrent_get_infohash_v2(const tstream_torrent *torrent);
/** @return the torrent's name; before metadata the magnet's dn, or the infohash.
 *  @since 0.1 */
TSTREAM_API const char *tstream_torrent_get_name(const tstream_torrent *torrent);
/** A magnet URI with hashes, name, trackers and web seeds, for others to open.
 *  @return yours to tstream_free(); NULL if out of memory.  @since 0.1 */
TSTREAM_API char *tstream_torrent_magnet_copy(tstream_torrent *torrent);
/** The .torrent file.
 *  @param out_bytes  yours to tstream_free()
 *  @return 0; EAGAIN (no metadata yet), ECANCELED, ENOMEM
 *  @since 0.1 */
TSTREAM_API int tstream_torrent_file_copy(tstream_torrent *torrent, void **out_bytes,
                                          size_t *out_size);
/** @} */

/** @name What is in it: all 0 or empty until the metadata is known
 *  @{ */
TSTREAM_API uint64_t tstream_torrent_get_size(const tstream_torrent *torrent);
TSTREAM_API uint32_t tstream_torrent_get_piece_count(const tstream_torrent *torrent);
TSTREAM_API uint32_t tstream_torrent_get_piece_size(const tstream_torrent *torrent);
TSTREAM_API uint32_t tstream_torrent_get_file_count(const tstream_torrent *torrent);
/** @return 1 if its peers come from its tracker only (BEP 27): tell nobody of them, and it of
 *          nobody; 0 if not, or if the metadata is not known.  @since 0.1 */
TSTREAM_API int tstream_torrent_is_private(const tstream_torrent *torrent);

/** A file of a torrent. */
typedef struct tstream_file {
	uint32_t struct_size;   /**< set before the call */
	uint32_t index;         /**< from 0 on, as the torrent has them */
	const char *path;       /**< within the torrent, UTF-8, '/' between components, none of which is
	                             empty, "." or "..", or longer than 255 bytes;
	                             lent, lives as long as the torrent */
	const char *name;       /**< its last component; lent */
	const char *media_type; /**< as tstream_media_type() */
	int32_t media_kind;     /**< as tstream_media_kind() */
	uint32_t kept;          /**< 1 if the file is kept (tstream_torrent_keep_file) */
	uint64_t size;          /**< in bytes */
	uint64_t have_bytes;    /**< verified and here */
	uint32_t first_piece;   /**< that holds a byte of it */
	uint32_t last_piece;    /**< likewise */
} tstream_file;

#ifndef SWIG
#define TSTREAM_FILE_INIT                                                                          \
	{                                                                                              \
		.struct_size = sizeof(tstream_file)                                                        \
	}
#endif

/** @return 0; EAGAIN (no metadata yet), ENOENT, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_torrent_get_file(const tstream_torrent *torrent, uint32_t file_index,
                                         tstream_file *out_file);

/** @return the index of the largest file that can be played, or of the largest file
 *          if none can; EAGAIN, ENOENT (no files).  @since 0.1 */
TSTREAM_API int64_t tstream_torrent_get_default_file(const tstream_torrent *torrent);

/** Fetch the whole file in the background, after what readers want, and count it as
 *  in use for the quota; or stop doing so.  @return 0; EAGAIN, ENOENT.  @since 0.1 */
TSTREAM_API int tstream_torrent_keep_file(tstream_torrent *torrent, uint32_t file_index, int keep);
/** @} */

/** @name Subtitles
 *  @{ */
#define TSTREAM_SUBTITLE_FORCED 0x01u  /**< only what is foreign in the film itself */
#define TSTREAM_SUBTITLE_HEARING 0x02u /**< for the hard of hearing (SDH) */

/** What the name of a subtitle file says. */
typedef struct tstream_subtitle {
	uint32_t struct_size; /**< set before the call, in the first element */
	uint32_t flags;       /**< TSTREAM_SUBTITLE_ flags */
	uint32_t file_index;  /**< the subtitle file, of the same torrent */
	uint32_t reserved;    /**< 0 */
	char language[16];    /**< BCP 47, as in "en" or "pt-BR"; "" if the name does not say */
	char label[80];       /**< for a menu: "English (SDH)"; distinct within one film */
} tstream_subtitle;

#ifndef SWIG
#define TSTREAM_SUBTITLE_INIT                                                                      \
	{                                                                                              \
		.struct_size = sizeof(tstream_subtitle)                                                    \
	}
#endif

/** No more than this of a film's subtitles are found. */
#define TSTREAM_MAX_SUBTITLES 100

/**
 * The subtitle files (.srt, .vtt) that belong to a film, found by their names: beside
 * it under its name ("Film.en.srt"), or in a directory Subs, Sub or Subtitles beside it,
 * perhaps within one of the film's name or of a language ("Subs/Film/2_English.srt").
 * Where there is one film only, whatever lies there is taken for its own.
 *
 * Read one with a reader and give it to tstream_subtitle_to_webvtt().
 *
 * @param file_index     the film
 * @param out_subtitles  @p capacity elements; the first one's struct_size is the stride
 * @return how many there are, in the order of the torrent's files, which may be more
 *         than @p capacity; 0 before the metadata is known, or if there is no such file
 * @since 0.1
 */
TSTREAM_API size_t tstream_torrent_get_subtitles(const tstream_torrent *torrent,
                                                 uint32_t file_index,
                                                 tstream_subtitle *out_subtitles, size_t capacity);

/**
 * What the name of any subtitle file says, as of one that was never in a torrent.
 *
 * @param film_name     its film's, which is no part of the language; NULL: unknown
 * @param name          a file name or path
 * @param out_subtitle  flags, language and label are set; file_index is 0
 * @return 0, EINVAL
 * @since 0.1
 */
TSTREAM_API int tstream_subtitle_describe(const char *film_name, const char *name,
                                          tstream_subtitle *out_subtitle);
/** @} */

/** @name What it is doing
 *  @{ */
#define TSTREAM_STATE_METADATA 0 /**< looking for peers that have the metadata */
#define TSTREAM_STATE_CHECKING 1 /**< hashing what an unclean end left on disk */
#define TSTREAM_STATE_READY 2    /**< fetching what readers want; idle if they want nothing */
#define TSTREAM_STATE_COMPLETE 3 /**< every piece is here */
#define TSTREAM_STATE_ERROR 4    /**< stopped; code and message say why */
#define TSTREAM_STATE_REMOVED 5  /**< removed, or its session was closed */

/** What a viewer is being kept waiting for. */
#define TSTREAM_WAITING_NOTHING 0
#define TSTREAM_WAITING_PEERS 1    /**< nobody connected */
#define TSTREAM_WAITING_METADATA 2 /**< peers are connected, the metadata is not here */
#define TSTREAM_WAITING_CHECK 3    /**< data on disk is being hashed */
#define TSTREAM_WAITING_UNCHOKE 4  /**< peers are connected, none serves us yet */
#define TSTREAM_WAITING_PIECE 5    /**< waiting_piece is on its way */
#define TSTREAM_WAITING_SOURCE 6   /**< no connected peer has waiting_piece */
#define TSTREAM_WAITING_DISK 7     /**< disk full, or failing */

/** A snapshot of a torrent, and what it waits for. */
typedef struct tstream_torrent_stats {
	uint32_t struct_size;                      /**< set before the call */
	int32_t state;                             /**< a TSTREAM_STATE_ */
	int32_t code;                              /**< TSTREAM_STATE_ERROR: a TSTREAM_E code */
	int32_t waiting_for;                       /**< a TSTREAM_WAITING_ */
	uint32_t waiting_piece;                    /**< with TSTREAM_WAITING_PIECE and _SOURCE */
	uint32_t waiting_peer_count;               /**< how many peers that piece is asked of */
	int64_t waiting_estimate_us;               /**< until it is here; negative: unknown */
	uint32_t peer_count;                       /**< connected */
	uint32_t seed_count;                       /**< connected, with every piece */
	uint32_t unchoked_count;                   /**< connected, serving us */
	uint32_t reader_count;                     /**< open */
	uint32_t have_piece_count;                 /**< verified and here */
	uint32_t piece_count;                      /**< of the whole torrent; 0 without metadata */
	uint64_t have_bytes;                       /**< verified and here */
	uint64_t download_bytes_per_s;             /**< payload, now */
	uint64_t upload_bytes_per_s;               /**< payload, now */
	uint64_t downloaded_bytes;                 /**< payload since open */
	uint64_t uploaded_bytes;                   /**< payload since open */
	uint64_t redundant_bytes;                  /**< payload that was here already */
	uint64_t failed_bytes;                     /**< payload that failed its hash */
	uint64_t disk_used_bytes;                  /**< by its files */
	char message[TSTREAM_ERROR_MESSAGE_BYTES]; /**< one sentence on the above, for people */
} tstream_torrent_stats;

#ifndef SWIG
#define TSTREAM_TORRENT_STATS_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_torrent_stats)                                               \
	}
#endif

/** A snapshot, at most a second old.  @return 0, EINVAL.  @since 0.1 */
TSTREAM_API int tstream_torrent_get_stats(tstream_torrent *torrent,
                                          tstream_torrent_stats *out_stats);

#define TSTREAM_PIECE_MISSING 0
#define TSTREAM_PIECE_WANTED 1  /**< in some reader's window */
#define TSTREAM_PIECE_PARTIAL 2 /**< some of its blocks were asked for or are here */
#define TSTREAM_PIECE_HAVE 3    /**< verified and here */

/** One TSTREAM_PIECE_ a byte, for a piece map.
 *  @return how many pieces there are, which may be more than @p capacity
 *  @since 0.1 */
TSTREAM_API size_t tstream_torrent_get_pieces(tstream_torrent *torrent, uint8_t *out_pieces,
                                              size_t capacity);

#define TSTREAM_PEER_SEED 0x01u       /**< has every piece */
#define TSTREAM_PEER_UNCHOKED 0x02u   /**< serves us */
#define TSTREAM_PEER_INTERESTED 0x04u /**< wants something of ours */
#define TSTREAM_PEER_INCOMING 0x08u   /**< it connected to us */
#define TSTREAM_PEER_UTP 0x10u        /**< over uTP (BEP 29) */
#define TSTREAM_PEER_ENCRYPTED 0x20u
#define TSTREAM_PEER_WEB_SEED 0x40u   /**< BEP 17, BEP 19 */
#define TSTREAM_PEER_STALLED 0x80u    /**< asked and silent */
#define TSTREAM_PEER_PREFERRED 0x100u /**< tstream_torrent_prefer_peer() named it */

/** A peer that is connected, or a web seed. */
typedef struct tstream_peer {
	uint32_t struct_size; /**< set before the call, in the first element */
	uint32_t flags;       /**< TSTREAM_PEER_ flags */
	char address[72];     /**< "192.0.2.1:6881", "[2001:db8::1]:6881", or a web seed's host */
	char client[64];      /**< what it says it is; made printable */
	uint64_t download_bytes_per_s; /**< payload from it, now */
	uint64_t upload_bytes_per_s;   /**< payload to it, now */
	uint64_t downloaded_bytes;     /**< payload from it */
	uint64_t uploaded_bytes;       /**< payload to it */
	uint32_t request_count;        /**< blocks asked for and awaited */
	int32_t rtt_us;                /**< shortest answer to a request; -1: none yet */
	uint32_t have_per_mille;       /**< how much of the torrent it has */
	uint32_t reserved;             /**< 0 */
} tstream_peer;

#ifndef SWIG
#define TSTREAM_PEER_INIT                                                                          \
	{                                                                                              \
		.struct_size = sizeof(tstream_peer)                                                        \
	}
#endif

/** @param out_peers  @p capacity elements; the first one's struct_size is the stride
 *  @return how many peers there are, which may be more than @p capacity
 *  @since 0.1 */
TSTREAM_API size_t tstream_torrent_get_peers(tstream_torrent *torrent, tstream_peer *out_peers,
                                             size_t capacity);

struct tstream_reader_stats;
/** The readers open on this torrent.
 *  @param out_readers  @p capacity elements; the first one's struct_size is the stride
 *  @return how many there are, which may be more than @p capacity
 *  @since 0.1 */
TSTREAM_API size_t tstream_torrent_get_readers(tstream_torrent *torrent,
                                               struct tstream_reader_stats *out_readers,
                                               size_t capacity);
/** @} */

/** Connect to a peer you know of.
 *  @param address  "192.0.2.1:6881" or "[2001:db8::1]:6881"
 *  @return 0, EINVAL, ECANCELED.  @since 0.1 */
TSTREAM_API int tstream_torrent_add_peer(tstream_torrent *torrent, const char *address);

/** Connect to a peer that is yours, as another server with the same films, and leave the swarm
 *  alone as far as it serves: what it has is asked of others only while a reader would have to
 *  wait for it.  At most 16 of a torrent's peers are preferred; until the torrent is closed.
 *  It is known by its address also when it connects to us.
 *  @param address  where it takes connections, as of tstream_torrent_add_peer()
 *  @return 0, EINVAL, ECANCELED.  @since 0.1 */
TSTREAM_API int tstream_torrent_prefer_peer(tstream_torrent *torrent, const char *address);

#ifdef __cplusplus
}
#endif
#endif
