/**
 * store/history.c - recording what is watched, and where it was left.
 */
#include "store/history.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/text.h"

/* -- record ---------------------------------------------------------------- */

/** A record on its way into the database. */
typedef struct record {
	const tstream_history *history;
	const tsi_watch *watch;
	char id[TSTREAM_ID_BYTES]; /* of the row it became */
} record;

/* FNV-1a: two sessions that share a key only wait for each other. */
int64_t tsi_history_lock_key(const char *session_id)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (const char *c = session_id; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return (int64_t)(hash >> 1);
}

/** The sitting that a time belongs to.  Ordered by time alone, so that SQLite's planner takes
 *  watched_torrents_pair and not the index with all sittings of the film.
 *  @param out_id  "" if there is none */
static int find_sitting(tsi_sql_link *link, const record *it, char out_id[TSTREAM_ID_BYTES],
                        tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT id FROM watched_torrents WHERE session_id = $1 AND infohash = $2 "
	    "AND file_index = $3 AND watched_at <= $4 AND updated_at >= $5 "
	    "ORDER BY watched_at DESC LIMIT 1"};
	const tsi_watch *watch = it->watch;
	int64_t gap_us = it->history->options.sitting_gap_us;
	const tsi_sql_value values[] = {
	    tsi_sql_text(watch->file.session_id),    tsi_sql_text(watch->file.infohash),
	    tsi_sql_integer(watch->file.file_index), tsi_sql_time(watch->at_us + gap_us),
	    tsi_sql_time(watch->at_us - gap_us),
	};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 5, &rows, err);

	*out_id = '\0';
	if (code == TSTREAM_OK)
		tsi_text_copy(out_id, TSTREAM_ID_BYTES, tsi_sql_rows_text(&rows, 0, 0));
	tsi_sql_rows_clear(&rows);
	return code;
}

static int continue_sitting(tsi_sql_link *link, const record *it, tstream_error *err)
{
	static const tsi_sql_statement update = {
	    "UPDATE watched_torrents SET magnet = $2, "
	    "title = CASE WHEN CAST($4 AS BIGINT) = 1 THEN CAST($3 AS TEXT) ELSE title END, "
	    "updated_at = CASE WHEN updated_at < $5 THEN $5 ELSE updated_at END, "
	    "position_us = CASE WHEN CAST($6 AS BIGINT) > 0 THEN CAST($6 AS BIGINT) "
	    "ELSE position_us END, "
	    "duration_us = CASE WHEN CAST($7 AS BIGINT) > 0 THEN CAST($7 AS BIGINT) "
	    "ELSE duration_us END WHERE id = $1"};
	const tsi_watch *watch = it->watch;
	const tsi_sql_value values[] = {
	    tsi_sql_text(it->id),
	    tsi_sql_text(watch->magnet),
	    tsi_sql_text(watch->title),
	    tsi_sql_integer(watch->is_title_given),
	    tsi_sql_time(watch->at_us),
	    tsi_sql_integer(watch->position_us),
	    tsi_sql_integer(watch->duration_us),
	};

	return tsi_sql_run(link, &update, values, 7, NULL, err);
}

/** What a new row takes from the newest sitting there was. */
typedef struct previous {
	bool is_newer; /* than the new one: then that is history being told late */
	int64_t position_us;
	int64_t duration_us;
} previous;

static int find_previous(tsi_sql_link *link, const tsi_watch *watch, previous *out,
                         tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT watched_at, position_us, duration_us FROM watched_torrents "
	    "WHERE session_id = $1 AND infohash = $2 AND file_index = $3 AND is_latest"};
	const tsi_sql_value values[] = {tsi_sql_text(watch->file.session_id),
	                                tsi_sql_text(watch->file.infohash),
	                                tsi_sql_integer(watch->file.file_index)};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 3, &rows, err);

	memset(out, 0, sizeof(*out));
	if (code == TSTREAM_OK && rows.row_count > 0) {
		out->is_newer = tsi_sql_rows_time(&rows, 0, 0) >= watch->at_us;
		if (!out->is_newer) {
			out->position_us = tsi_sql_rows_integer(&rows, 0, 1);
			out->duration_us = tsi_sql_rows_integer(&rows, 0, 2);
		}
	}
	tsi_sql_rows_clear(&rows);
	return code;
}

static int retire_latest(tsi_sql_link *link, const tsi_watched_file *file, tstream_error *err)
{
	static const tsi_sql_statement update = {
	    "UPDATE watched_torrents SET is_latest = FALSE "
	    "WHERE session_id = $1 AND infohash = $2 AND file_index = $3 AND is_latest"};
	const tsi_sql_value values[] = {tsi_sql_text(file->session_id), tsi_sql_text(file->infohash),
	                                tsi_sql_integer(file->file_index)};

	return tsi_sql_run(link, &update, values, 3, NULL, err);
}

static int insert_row(tsi_sql_link *link, const tsi_watch *watch, const previous *before,
                      tstream_error *err)
{
	static const tsi_sql_statement insert = {
	    "INSERT INTO watched_torrents (id, magnet, title, watched_at, session_id, infohash, "
	    "file_index, position_us, duration_us, updated_at, is_latest) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $4, $10)"};
	const tsi_sql_value values[] = {
	    tsi_sql_text(watch->id),
	    tsi_sql_text(watch->magnet),
	    tsi_sql_text(watch->title),
	    tsi_sql_time(watch->at_us),
	    tsi_sql_text(watch->file.session_id),
	    tsi_sql_text(watch->file.infohash),
	    tsi_sql_integer(watch->file.file_index),
	    tsi_sql_integer(watch->position_us ? watch->position_us : before->position_us),
	    tsi_sql_integer(watch->duration_us ? watch->duration_us : before->duration_us),
	    tsi_sql_boolean(!before->is_newer),
	};

	return tsi_sql_run(link, &insert, values, 10, NULL, err);
}

static int begin_sitting(tsi_sql_link *link, const record *it, tstream_error *err)
{
	const tsi_watch *watch = it->watch;
	previous before;
	int code = find_previous(link, watch, &before, err);

	if (code == TSTREAM_OK && !before.is_newer)
		code = retire_latest(link, &watch->file, err);
	if (code == TSTREAM_OK)
		code = insert_row(link, watch, &before, err);
	if (code == TSTREAM_OK)
		code = tsi_history_trim(link, it->history, watch->file.session_id, err);
	return code;
}

static int record_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	record *it = user;
	int code = tsi_sql_lock(link, tsi_history_lock_key(it->watch->file.session_id), err);

	if (code == TSTREAM_OK)
		code = find_sitting(link, it, it->id, err);
	if (code != TSTREAM_OK)
		return code;
	if (*it->id)
		return continue_sitting(link, it, err);
	memcpy(it->id, it->watch->id, sizeof(it->id));
	return begin_sitting(link, it, err);
}

int tsi_history_record(tstream_history *history, const tsi_watch *watch,
                       char out_id[TSTREAM_ID_BYTES], tstream_error *err)
{
	record it = {.history = history, .watch = watch};
	int code = tsi_sql_write(history->sql, record_work, &it, err);

	if (code == TSTREAM_OK && out_id)
		memcpy(out_id, it.id, sizeof(it.id));
	return code;
}

/* -- position -------------------------------------------------------------- */

/** One statement that must meet a row. */
typedef struct update {
	const tsi_sql_statement *statement;
	const tsi_sql_value *values;
	size_t value_count;
} update;

static int update_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	const update *it = user;
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, it->statement, it->values, it->value_count, &rows, err);

	if (code == TSTREAM_OK && rows.row_count == 0)
		code = tsi_fail(err, TSTREAM_ENOENT, "this session has no such entry in its history");
	tsi_sql_rows_clear(&rows);
	return code;
}

#define SET_POSITION                                                                               \
	"UPDATE watched_torrents SET position_us = $1, duration_us = CASE WHEN CAST($2 AS BIGINT) "    \
	"> 0 THEN CAST($2 AS BIGINT) ELSE duration_us END, updated_at = $3 "

int tsi_history_set_position(tstream_history *history, const char *session_id, const char *id,
                             int64_t position_us, int64_t duration_us, tstream_error *err)
{
	static const tsi_sql_statement statement = {SET_POSITION
	                                            "WHERE id = $4 AND session_id = $5 RETURNING id"};
	const tsi_sql_value values[] = {tsi_sql_integer(position_us), tsi_sql_integer(duration_us),
	                                tsi_sql_time(tsi_wall_us()), tsi_sql_text(id),
	                                tsi_sql_text(session_id)};
	update it = {&statement, values, 5};

	return tsi_sql_write(history->sql, update_work, &it, err);
}

int tsi_history_set_file_position(tstream_history *history, const tsi_watched_file *file,
                                  int64_t position_us, int64_t duration_us, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    SET_POSITION "WHERE session_id = $4 AND infohash = $5 AND file_index = $6 AND is_latest "
	                 "RETURNING id"};
	const tsi_sql_value values[] = {
	    tsi_sql_integer(position_us), tsi_sql_integer(duration_us),
	    tsi_sql_time(tsi_wall_us()),  tsi_sql_text(file->session_id),
	    tsi_sql_text(file->infohash), tsi_sql_integer(file->file_index)};
	update it = {&statement, values, 6};

	return tsi_sql_write(history->sql, update_work, &it, err);
}

typedef struct position {
	const tsi_watched_file *file;
	int64_t position_us;
	int64_t duration_us;
} position;

static int position_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT position_us, duration_us FROM watched_torrents "
	    "WHERE session_id = $1 AND infohash = $2 AND file_index = $3 AND is_latest"};
	position *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->file->session_id),
	                                tsi_sql_text(it->file->infohash),
	                                tsi_sql_integer(it->file->file_index)};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 3, &rows, err);

	if (code == TSTREAM_OK && rows.row_count == 0)
		code = tsi_fail(err, TSTREAM_ENOENT, "this session has not watched this file");
	it->position_us = tsi_sql_rows_integer(&rows, 0, 0);
	it->duration_us = tsi_sql_rows_integer(&rows, 0, 1);
	tsi_sql_rows_clear(&rows);
	return code;
}

int tsi_history_get_file_position(tstream_history *history, const tsi_watched_file *file,
                                  int64_t *out_position_us, int64_t *out_duration_us,
                                  tstream_error *err)
{
	position it = {.file = file};
	int code = tsi_sql_read(history->sql, position_work, &it, err);

	if (code == TSTREAM_OK) {
		*out_position_us = it.position_us;
		*out_duration_us = it.duration_us;
	}
	return code;
}
