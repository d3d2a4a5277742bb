/**
 * store/history.h - what was watched, over store/sql.h (see tstream/history.h).
 *
 * Here arguments are valid already: ids in lower case, infohashes as the library names
 * them, sessions checked, options without zeros.
 *
 *   history.c          record and position
 *   history_forget.c   remove, clear, claim, prune
 *   history_list.c     pages and cursors
 *   history_export.c   JSON
 *   history_popular.c  counts of sessions, and the clock of their windows
 *   history_words.c    titles, magnets and sessions, as they may be stored
 *   history_adopt.c    what another program kept in a table of the same name
 */
#ifndef TSI_STORE_HISTORY_H
#define TSI_STORE_HISTORY_H

#include <tstream/history.h>

#include "core/magnet.h"
#include "store/sql.h"

struct tstream_history {
	tsi_sql *sql;
	tstream_history_options options;
};

/** A file of a torrent as one session watches it. */
typedef struct tsi_watched_file {
	const char *session_id;
	const char *infohash;
	uint32_t file_index;
} tsi_watched_file;

/** What tstream_watch says, made sure of. */
typedef struct tsi_watch {
	tsi_watched_file file;
	const char *magnet;
	const char *title;   /**< clean and bounded, never empty */
	bool is_title_given; /**< and not only fallen back to */
	int64_t position_us; /**< 0: leave what is stored */
	int64_t duration_us; /**< 0: leave what is stored */
	int64_t at_us;
	char id[TSTREAM_ID_BYTES]; /**< of the row if it is a new one */
} tsi_watch;

/** @param out_id  may be NULL */
int tsi_history_record(tstream_history *history, const tsi_watch *watch,
                       char out_id[TSTREAM_ID_BYTES], tstream_error *err);

int tsi_history_set_position(tstream_history *history, const char *session_id, const char *id,
                             int64_t position_us, int64_t duration_us, tstream_error *err);
int tsi_history_set_file_position(tstream_history *history, const tsi_watched_file *file,
                                  int64_t position_us, int64_t duration_us, tstream_error *err);
int tsi_history_get_file_position(tstream_history *history, const tsi_watched_file *file,
                                  int64_t *out_position_us, int64_t *out_duration_us,
                                  tstream_error *err);

int tsi_history_remove(tstream_history *history, const char *session_id, const char *id,
                       tstream_error *err);
int tsi_history_clear(tstream_history *history, const char *session_id, tstream_error *err);
int tsi_history_claim(tstream_history *history, const char *from, const char *to,
                      tstream_error *err);
int tsi_history_prune(tstream_history *history, int64_t before_us, bool *out_is_done,
                      tstream_error *err);

/** What every session id must look like. */
bool tsi_history_is_session_id(const char *text);

/** A title as it is stored, clean and bounded: the one given, the magnet's, or its infohash.
 *  @param given  may be NULL
 *  @param out_is_given  may be NULL
 *  @return yours to free(); NULL if out of memory */
char *tsi_history_title(const char *given, const tsi_magnet *magnet, bool *out_is_given);

/** A magnet as it is stored: UTF-8; a bare infohash becomes the magnet that says the same.
 *  @param text  what @p magnet was parsed from
 *  @return yours to free(); NULL if out of memory */
char *tsi_history_magnet(const char *text, const tsi_magnet *magnet);

/** What whoever adds, removes or moves rows of a session locks first: which of a file's
 *  sittings is the newest depends on all of them, also on those not yet committed. */
int64_t tsi_history_lock_key(const char *session_id);

/** Remove a session's oldest rows beyond options.max_rows_per_session. */
int tsi_history_trim(tsi_sql_link *link, const tstream_history *history, const char *session_id,
                     tstream_error *err);

/** Room for a cursor, NUL included. */
#define TSI_CURSOR_BYTES 49

struct tstream_history_page {
	tsi_sql_rows rows; /* columns as history_list.c selects them */
	char cursor[TSI_CURSOR_BYTES];
};

/** @param query  limit and flags are valid; the cursor is not looked at yet */
int tsi_history_list(tstream_history *history, const tstream_history_query *query,
                     tstream_history_page **out_page, tstream_error *err);
int tsi_history_find(tstream_history *history, const char *session_id, const char *id,
                     tstream_history_page **out_page, tstream_error *err);
/** @param index  below the count */
void tsi_history_describe(const tstream_history_page *page, uint32_t index,
                          tstream_history_entry *out_entry);
void tsi_history_page_free(tstream_history_page *page);

int tsi_history_export(tstream_history *history, const char *session_id, char **out_json,
                       size_t *out_size, tstream_error *err);

typedef struct tsi_popular_film {
	char infohash[TSTREAM_INFOHASH_BYTES];
	int64_t session_count;
	char *magnet; /**< of its newest sitting; NULL: not known yet */
	char *title;
	int64_t watched_at_us;
} tsi_popular_film;

struct tstream_popular {
	size_t count;
	tsi_popular_film films[TSTREAM_POPULAR_MAX_LIMIT];
};

/** @param days  0: all time */
int tsi_history_popular(tstream_history *history, uint32_t days, uint32_t limit,
                        tstream_popular **out_popular, tstream_error *err);
/** @param index  below the count */
void tsi_popular_describe(const tstream_popular *popular, uint32_t index,
                          tstream_popular_film *out_film);
void tsi_popular_free(tstream_popular *popular);

#endif
