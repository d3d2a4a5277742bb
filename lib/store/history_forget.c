/**
 * store/history_forget.c - removing rows, and giving them to another session.
 *
 * Of the sittings of one session and file exactly one, the newest, is marked is_latest.
 * Whatever removes many rows removes the oldest first, so that this holds at every step.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/timestamp.h"
#include "core/uuid.h"
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

/** Batch after batch, for at most options.timeout_us.
 *  @param moved_count  how many rows the last one had; below BATCH_ROWS: there are no more */
static int in_batches(tstream_history *history, tsi_sql_work work, void *user,
                      const size_t *moved_count, bool *out_is_done, tstream_error *err)
{
	int64_t deadline_us = tsi_now_us() + history->options.timeout_us;
	int code;

	do {
		code = tsi_sql_write(history->sql, work, user, err);
	} while (code == TSTREAM_OK && *moved_count == BATCH_ROWS && tsi_now_us() < deadline_us);
	*out_is_done = code == TSTREAM_OK && *moved_count < BATCH_ROWS;
	return code;
}

static int sweep_all(tstream_history *history, sweep *it, bool *out_is_done, tstream_error *err)
{
	it->values[1] = tsi_sql_integer(BATCH_ROWS);
	return in_batches(history, sweep_work, it, &it->gone_count, out_is_done, err);
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

/** The oldest rows go over first, so that of what is left behind the newest sittings stay the
 *  newest, and a claim that was interrupted can be gone on with. */
typedef struct claim {
	const tstream_history *history;
	const char *from;
	const char *to;
	size_t moved_count; /* in the last batch */
} claim;

/** In one order, so that two claims never wait for each other. */
static int lock_both(tsi_sql_link *link, const claim *it, tstream_error *err)
{
	int64_t from = tsi_history_lock_key(it->from);
	int64_t to = tsi_history_lock_key(it->to);
	int code = tsi_sql_lock(link, from < to ? from : to, err);

	return code == TSTREAM_OK ? tsi_sql_lock(link, from < to ? to : from, err) : code;
}

/** The last row of the next batch, as two columns; none: the batch is all there is. */
static int find_batch_end(tsi_sql_link *link, const char *session_id, tsi_sql_rows *rows,
                          tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT watched_at, id FROM watched_torrents WHERE session_id = $1 "
	    "ORDER BY watched_at, id LIMIT 1 OFFSET $2"};
	const tsi_sql_value values[] = {tsi_sql_text(session_id), tsi_sql_integer(BATCH_ROWS - 1)};

	return tsi_sql_run(link, &query, values, 2, rows, err);
}

/** Where both sessions have sittings of a file, only the newest of all stays marked.
 *  @param values  the sessions, and the last row of the batch */
static int move_batch(tsi_sql_link *link, claim *it, const tsi_sql_value values[4],
                      tstream_error *err)
{
	/* b: in the batch; t: the other session's newest of the same file */
	static const tsi_sql_statement retire = {
	    "UPDATE watched_torrents SET is_latest = FALSE WHERE session_id = $2 AND id IN "
	    "(SELECT t.id FROM watched_torrents b JOIN watched_torrents t ON t.session_id = $2 "
	    "AND t.is_latest AND t.infohash = b.infohash AND t.file_index = b.file_index "
	    "AND (b.watched_at, b.id) > (t.watched_at, t.id) "
	    "WHERE b.session_id = $1 AND (b.watched_at, b.id) <= ($3, $4))"};
	static const tsi_sql_statement move = {
	    "UPDATE watched_torrents AS w SET session_id = $2, is_latest = "
	    "NOT EXISTS (SELECT 1 FROM watched_torrents b WHERE b.session_id = $1 "
	    "AND b.infohash = w.infohash AND b.file_index = w.file_index "
	    "AND (b.watched_at, b.id) > (w.watched_at, w.id) AND (b.watched_at, b.id) <= ($3, $4)) "
	    "AND NOT EXISTS (SELECT 1 FROM watched_torrents t WHERE t.session_id = $2 "
	    "AND t.infohash = w.infohash AND t.file_index = w.file_index AND t.is_latest) "
	    "WHERE w.session_id = $1 AND (w.watched_at, w.id) <= ($3, $4) RETURNING 1"};
	tsi_sql_rows moved = {0};
	int code = tsi_sql_run(link, &retire, values, 4, NULL, err);

	if (code == TSTREAM_OK)
		code = tsi_sql_run(link, &move, values, 4, &moved, err);
	it->moved_count = moved.row_count;
	tsi_sql_rows_clear(&moved);
	return code;
}

static int claim_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	claim *it = user;
	tsi_sql_rows last = {0};
	int code = lock_both(link, it, err);

	if (code == TSTREAM_OK)
		code = find_batch_end(link, it->from, &last, err);
	if (code == TSTREAM_OK) {
		bool is_all = last.row_count == 0;
		const tsi_sql_value values[] = {
		    tsi_sql_text(it->from), tsi_sql_text(it->to),
		    tsi_sql_time(is_all ? TSI_TIMESTAMP_MAX_US : tsi_sql_rows_time(&last, 0, 0)),
		    tsi_sql_text(is_all ? TSI_UUID_MAX : tsi_sql_rows_text(&last, 0, 1))};
		code = move_batch(link, it, values, err);
	}
	tsi_sql_rows_clear(&last);
	return code == TSTREAM_OK ? tsi_history_trim(link, it->history, it->to, err) : code;
}

int tsi_history_claim(tstream_history *history, const char *from, const char *to,
                      tstream_error *err)
{
	claim it = {.history = history, .from = from, .to = to};
	bool is_done;

	if (strcmp(from, to) == 0)
		return TSTREAM_OK;
	int code = in_batches(history, claim_work, &it, &it.moved_count, &is_done, err);
	if (code == TSTREAM_OK && !is_done)
		code = tsi_fail(err, TSTREAM_ETIMEDOUT,
		                "only a part of the history was claimed in time: repeat it");
	return code;
}
