/**
 * store/history_forget.c - removing rows, and giving them to another session.
 *
 * Of the sittings of one session and file exactly one, the newest, is marked is_latest.
 * Whatever removes many rows removes the oldest first, so that this holds at every step.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/history.h"

/* A transaction's worth: long enough to be quick, short enough for others to get a turn. */
#define BATCH_ROWS 500

/* -- one row --------------------------------------------------------------- */

typedef struct removal {
	const char *session_id;
	const char *id;
} removal;

static int promote(tsi_sql_link *link, const removal *it, const tsi_sql_rows *gone,
                   tstream_error *err)
{
	static const tsi_sql_statement update = {
	    "UPDATE watched_torrents SET is_latest = TRUE WHERE id = (SELECT id "
	    "FROM watched_torrents WHERE session_id = $1 AND infohash = $2 AND file_index = $3 "
	    "ORDER BY watched_at DESC LIMIT 1)"};
	const tsi_sql_value values[] = {tsi_sql_text(it->session_id),
	                                tsi_sql_text(tsi_sql_rows_text(gone, 0, 0)),
	                                tsi_sql_integer(tsi_sql_rows_integer(gone, 0, 1))};

	return tsi_sql_run(link, &update, values, 3, NULL, err);
}

static int remove_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM watched_torrents WHERE id = $1 AND session_id = $2 "
	    "RETURNING infohash, file_index, is_latest"};
	const removal *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->id), tsi_sql_text(it->session_id)};
	tsi_sql_rows gone = {0};
	int code = tsi_sql_lock(link, tsi_history_lock_key(it->session_id), err);

	if (code == TSTREAM_OK)
		code = tsi_sql_run(link, &statement, values, 2, &gone, err);
	if (code == TSTREAM_OK && gone.row_count == 0 && !tsi_sql_may_be_done(link))
		code = tsi_fail(err, TSTREAM_ENOENT, "this session has no such entry in its history");
	if (code == TSTREAM_OK && tsi_sql_rows_boolean(&gone, 0, 2))
		code = promote(link, it, &gone, err);
	tsi_sql_rows_clear(&gone);
	return code;
}

int tsi_history_remove(tstream_history *history, const char *session_id, const char *id,
                       tstream_error *err)
{
	removal it = {.session_id = session_id, .id = id};

	return tsi_sql_write(history->sql, remove_work, &it, err);
}

/* -- many rows ------------------------------------------------------------- */

/** A statement that deletes at most BATCH_ROWS, its last value. */
typedef struct sweep {
	const char *session_id; /* whose rows they are; NULL: of many */
	const tsi_sql_statement *statement;
	tsi_sql_value values[2];
	size_t gone_count;
} sweep;

static int sweep_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	sweep *it = user;
	tsi_sql_rows gone = {0};
	int code =
	    it->session_id ? tsi_sql_lock(link, tsi_history_lock_key(it->session_id), err) : TSTREAM_OK;

	if (code == TSTREAM_OK)
		code = tsi_sql_run(link, it->statement, it->values, 2, &gone, err);
	it->gone_count = gone.row_count;
	tsi_sql_rows_clear(&gone);
	return code;
}

/** Batch after batch, for at most options.timeout_us. */
static int sweep_all(tstream_history *history, sweep *it, bool *out_is_done, tstream_error *err)
{
	int64_t deadline_us = tsi_now_us() + history->options.timeout_us;
	int code;

	it->values[1] = tsi_sql_integer(BATCH_ROWS);
	do {
		code = tsi_sql_write(history->sql, sweep_work, it, err);
	} while (code == TSTREAM_OK && it->gone_count == BATCH_ROWS && tsi_now_us() < deadline_us);
	*out_is_done = code == TSTREAM_OK && it->gone_count < BATCH_ROWS;
	return code;
}

int tsi_history_clear(tstream_history *history, const char *session_id, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM watched_torrents WHERE id IN (SELECT id FROM watched_torrents "
	    "WHERE session_id = $1 ORDER BY watched_at, id LIMIT $2) AND session_id = $1 RETURNING 1"};
	sweep it = {
	    .session_id = session_id, .statement = &statement, .values = {tsi_sql_text(session_id)}};
	bool is_done;
	int code = sweep_all(history, &it, &is_done, err);

	if (code == TSTREAM_OK && !is_done)
		code = tsi_fail(err, TSTREAM_ETIMEDOUT,
		                "only a part of the history was cleared in time: repeat it");
	return code;
}

int tsi_history_prune(tstream_history *history, int64_t before_us, bool *out_is_done,
                      tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM watched_torrents WHERE id IN (SELECT id FROM watched_torrents "
	    "WHERE watched_at < $1 LIMIT $2) RETURNING 1"};
	sweep it = {.statement = &statement, .values = {tsi_sql_time(before_us)}};

	return sweep_all(history, &it, out_is_done, err);
}

int tsi_history_trim(tsi_sql_link *link, const tstream_history *history, const char *session_id,
                     tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM watched_torrents WHERE id IN (SELECT id FROM watched_torrents "
	    "WHERE session_id = $1 ORDER BY watched_at DESC, id DESC LIMIT 1000000 OFFSET $2) AND "
	    "session_id = $1"};
	const tsi_sql_value values[] = {tsi_sql_text(session_id),
	                                tsi_sql_integer(history->options.max_rows_per_session)};

	return tsi_sql_run(link, &statement, values, 2, NULL, err);
}

/* -- claim ----------------------------------------------------------------- */

typedef struct claim {
	const tstream_history *history;
	const char *from;
	const char *to;
} claim;

/** Where both have a newest sitting of a file, one of them no longer is. */
#define RETIRE(whose, others, how)                                                                 \
	"UPDATE watched_torrents SET is_latest = FALSE WHERE session_id = " whose " AND is_latest "    \
	"AND EXISTS (SELECT 1 FROM watched_torrents o WHERE o.session_id = " others " "                \
	"AND o.infohash = watched_torrents.infohash AND o.file_index = watched_torrents.file_index "   \
	"AND o.is_latest" how ")"

/** In one order, so that two claims never wait for each other. */
static int lock_both(tsi_sql_link *link, const claim *it, tstream_error *err)
{
	int64_t from = tsi_history_lock_key(it->from);
	int64_t to = tsi_history_lock_key(it->to);
	int code = tsi_sql_lock(link, from < to ? from : to, err);

	return code == TSTREAM_OK ? tsi_sql_lock(link, from < to ? to : from, err) : code;
}

static int claim_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement steps[] = {
	    {RETIRE("$1", "$2",
	            " AND (o.watched_at, o.id) > (watched_torrents.watched_at, watched_torrents.id)")},
	    /* What is still marked on the other side is newer. */
	    {RETIRE("$2", "$1", "")},
	    {"UPDATE watched_torrents SET session_id = $2 WHERE session_id = $1"},
	};
	const claim *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->from), tsi_sql_text(it->to)};
	int code = lock_both(link, it, err);

	for (size_t i = 0; i < 3 && code == TSTREAM_OK; i++)
		code = tsi_sql_run(link, &steps[i], values, 2, NULL, err);
	return code == TSTREAM_OK ? tsi_history_trim(link, it->history, it->to, err) : code;
}

int tsi_history_claim(tstream_history *history, const char *from, const char *to,
                      tstream_error *err)
{
	claim it = {.history = history, .from = from, .to = to};

	return strcmp(from, to) == 0 ? TSTREAM_OK : tsi_sql_write(history->sql, claim_work, &it, err);
}
