/**
 * tstream/history.h - what was watched, how far, and what is popular.
 *
 * A history is a database: a file ("sqlite:PATH", which needs nothing) or a PostgreSQL
 * server ("postgresql://user:password@host:5432/name").  Both answer alike.  Its table
 * watched_torrents has one row for each sitting:
 *
 * Sitting    One session watching one file of one torrent without a pause of more than
 *            sitting_gap_us (30 minutes).  Recording again within a sitting updates its
 *            row; after the gap it makes a new one.  Setting a position counts as watching.
 * Film       A torrent, named by its infohash: two magnets of one infohash are one film.  It
 *            is the v1 infohash if the magnet has both; a magnet with nothing but the v2 one
 *            of the same hybrid torrent is another, for nothing in it says that they belong
 *            together (torrent.h knows, once it has the metadata).
 * Session    Whoever watches, under a name that you choose: a cookie's hash or an account's
 *            id (see account.h).  1 to 128 bytes of printable ASCII without blanks.  It is
 *            stored as it is, so if it lets people in, give its hash.  Rows of another
 *            session are never seen, changed or removed: they are ENOENT.
 * Titles     Kept as text, whatever they look like: escape them where you show them.  Bytes
 *            that are no UTF-8 become U+FFFD, control characters and those that turn the
 *            direction of text are dropped, and they end after TSTREAM_MAX_TITLE_BYTES,
 *            between characters.  Empty or NULL: the magnet's dn, or else the infohash.
 * Durable    A call that answered 0 is on disk.  When the database restarts, calls wait for
 *            it and go on, for at most timeout_us; one that fails may still have happened,
 *            and can be repeated without doing it twice.
 * Threads    Any function, any number of threads; they share at most max_connections.
 * Blocking   Every call may wait for a disk or a network, for at most timeout_us (plus the
 *            time a name server takes when a connection is made).
 * Errors     Besides what a function names: EINVAL, ENET (no server), EACCES (user,
 *            password, rights), EBUSY (locked by others), ETIMEDOUT, ENOSPC, EIO (damaged),
 *            ENOMEM, EINTERNAL.  No message holds a password.
 * Time       Microseconds since 1970 in UTC (_at_us), from the clock of this machine.
 */
#ifndef TSTREAM_HISTORY_H
#define TSTREAM_HISTORY_H

#include <tstream/base.h>
#include <tstream/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_history tstream_history;

#define TSTREAM_MAX_SESSION_ID_BYTES 128
#define TSTREAM_MAX_TITLE_BYTES 1024
/** No more of a title than this is read. */
#define TSTREAM_MAX_TITLE_READ_BYTES 65536
/** Room for a row's id, a UUID (RFC 9562) in lower case, NUL included. */
#define TSTREAM_ID_BYTES 37
/** No position or duration is longer: a hundred days. */
#define TSTREAM_MAX_POSITION_US (INT64_C(100) * 24 * 3600 * 1000000)

/** Start from TSTREAM_HISTORY_OPTIONS_INIT, or call tstream_history_options_init().
 *  0 means the default everywhere. */
typedef struct tstream_history_options {
	uint32_t struct_size;          /**< sizeof, as your compiler saw it */
	uint32_t flags;                /**< none yet: must be 0 */
	int64_t timeout_us;            /**< the most a call may take; default 5 s, at most 60 s */
	int64_t sitting_gap_us;        /**< the pause that ends a sitting; default 30 minutes */
	uint32_t max_connections;      /**< to the database, made as needed; default 8, at most 64 */
	uint32_t max_rows_per_session; /**< the oldest make way; default 10,000 */
} tstream_history_options;

#ifndef SWIG
#define TSTREAM_HISTORY_OPTIONS_INIT                                                               \
	{                                                                                              \
		.struct_size = sizeof(tstream_history_options)                                             \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_history_options_init(tstream_history_options *options);

/**
 * Connect, and bring the tables up to date.  Safe when several programs do so at once, and
 * on a database that an older version made; one that a newer version made is ENOTSUP.
 * A watched_torrents that another program made, of id (a UUID), magnet, title, watched_at and
 * session_id, becomes watched_torrents_before, and the rows of it that make sense here are
 * taken over, each as a sitting of file 0.
 * Updating a large database may take minutes (at most ten); otherwise at most timeout_us.
 *
 * @param url  "sqlite:PATH" (made with mode 0600 if missing; its directory must exist and
 *             be on a local disk), "postgresql://..." or "postgres://..." as libpq takes
 *             them; special characters of a password must be percent-encoded
 * @param options      NULL: the defaults
 * @param out_history  yours until tstream_history_close()
 * @return 0; ENOENT (no such directory or database), ENOTSUP (this build has no such
 *         store), and the errors above
 * @since 0.1
 */
TSTREAM_API int tstream_history_open(const char *url, const tstream_history_options *options,
                                     tstream_history **out_history, tstream_error *err);

/** Calls must have returned.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_history_close(tstream_history *history);

/** Ask the database for a sign of life.  @return 0 or an error.  @since 0.1 */
TSTREAM_API int tstream_history_ping(tstream_history *history, tstream_error *err);

/** What tstream_history_record() is told.  Everything is copied. */
typedef struct tstream_watch {
	uint32_t struct_size;   /**< sizeof, as your compiler saw it */
	uint32_t file_index;    /**< which file of the torrent */
	const char *session_id; /**< required */
	const char *magnet;     /**< required: a magnet URI, or a bare infohash */
	const char *title;      /**< NULL: see Titles above */
	int64_t position_us;    /**< 0: not known; then the one stored stays */
	int64_t duration_us;    /**< of the film; 0: not known; then the one stored stays */
	int64_t watched_at_us;  /**< 0: now, which also stands for times yet to come */
} tstream_watch;

#ifndef SWIG
#define TSTREAM_WATCH_INIT                                                                         \
	{                                                                                              \
		.struct_size = sizeof(tstream_watch)                                                       \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_watch_init(tstream_watch *watch);

/**
 * Record that a session watches a file now.  Within a sitting this is idempotent.  A new
 * sitting begins at the position where the last one of the same file ended.
 *
 * @param out_id  the sitting's row; may be NULL
 * @return 0 or an error
 * @since 0.1
 */
TSTREAM_API int tstream_history_record(tstream_history *history, const tstream_watch *watch,
                                       char out_id[TSTREAM_ID_BYTES], tstream_error *err);

/** @name Position, to resume from
 *  0 <= position_us <= TSTREAM_MAX_POSITION_US; a duration of 0 leaves the one stored.
 *  @{ */
/** @return 0; ENOENT if the session has no such row.  @since 0.1 */
TSTREAM_API int tstream_history_set_position(tstream_history *history, const char *session_id,
                                             const char *id, int64_t position_us,
                                             int64_t duration_us, tstream_error *err);
/** The same for the newest sitting of a file.
 *  @param infohash  hexadecimal, v1 (40) or v2 (64)
 *  @return 0; ENOENT if the session has not watched it
 *  @since 0.1 */
TSTREAM_API int tstream_history_set_file_position(tstream_history *history, const char *session_id,
                                                  const char *infohash, uint32_t file_index,
                                                  int64_t position_us, int64_t duration_us,
                                                  tstream_error *err);
/** Where the newest sitting of a file is.  Whether that is so near the end that playing
 *  should begin anew is for you to say.
 *  @param out_position_us, out_duration_us  0: not known; may be NULL
 *  @return 0; ENOENT if the session has not watched it
 *  @since 0.1 */
TSTREAM_API int tstream_history_get_file_position(tstream_history *history, const char *session_id,
                                                  const char *infohash, uint32_t file_index,
                                                  int64_t *out_position_us,
                                                  int64_t *out_duration_us, tstream_error *err);
/** @} */

/** @name Lists
 *  @{ */
typedef struct tstream_history_page tstream_history_page;

#define TSTREAM_HISTORY_LATEST 0x01u /**< only the newest sitting of each file */
#define TSTREAM_HISTORY_MAX_LIMIT 1000

/** Start from TSTREAM_HISTORY_QUERY_INIT, or call tstream_history_query_init(). */
typedef struct tstream_history_query {
	uint32_t struct_size;   /**< sizeof, as your compiler saw it */
	uint32_t flags;         /**< TSTREAM_HISTORY_LATEST */
	const char *session_id; /**< required */
	const char *cursor;     /**< where an earlier page ended; NULL or "": the beginning */
	uint32_t limit;         /**< rows a page; default 50, at most TSTREAM_HISTORY_MAX_LIMIT */
	uint32_t reserved;      /**< 0 */
} tstream_history_query;

#ifndef SWIG
#define TSTREAM_HISTORY_QUERY_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_history_query)                                               \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_history_query_init(tstream_history_query *query);

/** A sitting.  Its strings are lent by the page. */
typedef struct tstream_history_entry {
	uint32_t struct_size;                  /**< set before the call */
	uint32_t file_index;                   /**< which file of its torrent */
	char id[TSTREAM_ID_BYTES];             /**< a UUID */
	char infohash[TSTREAM_INFOHASH_BYTES]; /**< which torrent */
	char reserved[2];                      /**< 0 */
	const char *magnet;                    /**< as it was recorded last */
	const char *title;                     /**< never empty */
	int64_t watched_at_us;                 /**< when the sitting began */
	int64_t updated_at_us;                 /**< when it was last heard of */
	int64_t position_us;                   /**< 0: not known */
	int64_t duration_us;                   /**< 0: not known */
} tstream_history_entry;

#ifndef SWIG
#define TSTREAM_HISTORY_ENTRY_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_history_entry)                                               \
	}
#endif

/**
 * A session's sittings, newest first (by when they began).  Rows recorded while you turn
 * pages appear on none of the later ones; none is skipped or given twice.
 *
 * @param out_page  yours to tstream_history_page_free()
 * @return 0 (also for a session that has watched nothing); EINVAL (also for a cursor that
 *         is none)
 * @since 0.1
 */
TSTREAM_API int tstream_history_list(tstream_history *history, const tstream_history_query *query,
                                     tstream_history_page **out_page, tstream_error *err);

/** One sitting, as a page of one.
 *  @return 0; ENOENT if the session has no such row
 *  @since 0.1 */
TSTREAM_API int tstream_history_find(tstream_history *history, const char *session_id,
                                     const char *id, tstream_history_page **out_page,
                                     tstream_error *err);

/** @since 0.1 */
TSTREAM_API uint32_t tstream_history_page_get_count(const tstream_history_page *page);
/** @return 0; ENOENT beyond the count; EINVAL.  @since 0.1 */
TSTREAM_API int tstream_history_page_get_entry(const tstream_history_page *page, uint32_t index,
                                               tstream_history_entry *out_entry);
/** @return the next page's cursor, made of letters, digits, '-' and '_'; "" after the last
 *          page.  @since 0.1 */
TSTREAM_API const char *tstream_history_page_get_cursor(const tstream_history_page *page);
/** NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_history_page_free(tstream_history_page *page);

/**
 * All of a session's sittings, newest first, as a JSON document (RFC 8259) in UTF-8:
 *
 *   {"version":1,"exported_at":"2026-11-22T12:00:00.000000Z","history":[{"id":...,
 *    "infohash":...,"file_index":0,"magnet":...,"title":...,"watched_at":...,
 *    "updated_at":...,"position_us":0,"duration_us":0}, ...]}
 *
 * @param out_json  NUL-terminated; yours to tstream_free()
 * @param out_size  without the NUL; may be NULL
 * @return 0; ELIMIT beyond TSTREAM_MAX_EXPORT_BYTES
 * @since 0.1
 */
TSTREAM_API int tstream_history_export_json(tstream_history *history, const char *session_id,
                                            char **out_json, size_t *out_size, tstream_error *err);
#define TSTREAM_MAX_EXPORT_BYTES (64 * 1024 * 1024)
/** @} */

/** @name Forgetting, and changing hands
 *  @{ */
/** @return 0; ENOENT if the session has no such row.  @since 0.1 */
TSTREAM_API int tstream_history_remove(tstream_history *history, const char *session_id,
                                       const char *id, tstream_error *err);
/** Remove everything of a session.
 *  @return 0; ETIMEDOUT (also when only the oldest rows could be removed in time: repeat it)
 *  @since 0.1 */
TSTREAM_API int tstream_history_clear(tstream_history *history, const char *session_id,
                                      tstream_error *err);
/** Let the rows of one session be those of another, as when somebody logs in.  Where both
 *  watched the same file, the newer sitting says where to resume.  Nothing to move is no
 *  error.
 *  @return 0; ETIMEDOUT (also when only the oldest rows could be moved in time: repeat it)
 *  @since 0.1 */
TSTREAM_API int tstream_history_claim(tstream_history *history, const char *from_session_id,
                                      const char *to_session_id, tstream_error *err);
/** Remove, of all sessions, the sittings that began before a time.  What does not fit into
 *  timeout_us is left for the next call.
 *  @param out_is_done  1 if nothing is left; may be NULL
 *  @return 0
 *  @since 0.1 */
TSTREAM_API int tstream_history_prune(tstream_history *history, int64_t before_us,
                                      int32_t *out_is_done, tstream_error *err);
/** @} */

/** @name Popular
 *  @{ */
typedef struct tstream_popular tstream_popular;

#define TSTREAM_POPULAR_MAX_DAYS 3650
#define TSTREAM_POPULAR_MAX_LIMIT 100

/** A film.  Its strings are lent by the list. */
typedef struct tstream_popular_film {
	uint32_t struct_size;   /**< set before the call */
	uint32_t session_count; /**< distinct sessions that watched it within the window */
	char infohash[TSTREAM_INFOHASH_BYTES]; /**< which torrent */
	char reserved[7];                      /**< 0 */
	const char *magnet;    /**< of the newest sitting of all sessions, without peers, web
	                            seeds and the trackers that may know a user by a key */
	const char *title;     /**< of the same sitting */
	int64_t watched_at_us; /**< when that began */
} tstream_popular_film;

#ifndef SWIG
#define TSTREAM_POPULAR_FILM_INIT                                                                  \
	{                                                                                              \
		.struct_size = sizeof(tstream_popular_film)                                                \
	}
#endif

/**
 * The films that most sessions watched, exactly counted: a session counts once for a film,
 * however often and whichever files it watched.  By count, then by infohash.
 *
 * The window is made of whole days in UTC: 1 is today, 7 is today and the six days before.
 * A sitting belongs to the day on which it began.
 *
 * Windows of 1, 3, 7, 14, 30, 90, 180 and 365 days and that of all time are kept counted, and
 * take the same time however much there is.  Others are found by way of the next larger one,
 * and take longer the further they are from it.
 *
 * @param days   1 to TSTREAM_POPULAR_MAX_DAYS; 0: all time
 * @param limit  0: 20; at most TSTREAM_POPULAR_MAX_LIMIT
 * @param out_popular  yours to tstream_popular_free()
 * @return 0
 * @since 0.1
 */
TSTREAM_API int tstream_history_popular(tstream_history *history, uint32_t days, uint32_t limit,
                                        tstream_popular **out_popular, tstream_error *err);

/** @since 0.1 */
TSTREAM_API uint32_t tstream_popular_get_count(const tstream_popular *popular);
/** @return 0; ENOENT beyond the count; EINVAL.  @since 0.1 */
TSTREAM_API int tstream_popular_get_film(const tstream_popular *popular, uint32_t index,
                                         tstream_popular_film *out_film);
/** NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_popular_free(tstream_popular *popular);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
