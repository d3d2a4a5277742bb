/**
 * store/history_adopt.c - taking over a history of before.
 *
 * A row is understood if its id is a UUID, its magnet is one, and its session and its time are
 * what ours are.  Others stay where they are.
 */
#include "store/history_adopt.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/text.h"
#include "core/uuid.h"
#include "store/history.h"
#include "store/sql_driver.h"

#define BATCH_ROWS 500

enum column { ID, PLAIN_ID, MAGNET, TITLE, WATCHED_AT, SESSION_ID };

/** Names of indexes are shared by all tables of a schema, so they make way, too. */
static const char set_aside_postgres[] =
    "DO $$ DECLARE index_name TEXT; BEGIN FOR index_name IN SELECT c.relname FROM pg_index i "
    "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'watched_torrents'::regclass LOOP "
    "EXECUTE format('ALTER INDEX %I RENAME TO %I', index_name, left(index_name, 50) || '_before'); "
    "END LOOP; ALTER TABLE watched_torrents RENAME TO watched_torrents_before; END $$";
static const char set_aside_sqlite[] =
    "ALTER TABLE watched_torrents RENAME TO watched_torrents_before";

static bool is_sqlite(const tsi_sql_link *link)
{
	return link->driver == &tsi_sql_sqlite;
}

int tsi_history_set_aside(tsi_sql_link *link, bool *out_is_there, tstream_error *err)
{
	static const tsi_sql_statement find_sqlite = {
	    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'watched_torrents'"};
	static const tsi_sql_statement find_postgres = {
	    "SELECT 1 FROM information_schema.tables WHERE table_name = 'watched_torrents' "
	    "AND table_schema = current_schema()"};
	tsi_sql_rows rows = {0};
	int code =
	    tsi_sql_run(link, is_sqlite(link) ? &find_sqlite : &find_postgres, NULL, 0, &rows, err);

	*out_is_there = rows.row_count > 0;
	tsi_sql_rows_clear(&rows);
	if (code != TSTREAM_OK || !*out_is_there)
		return code;
	return link->driver->script(link, is_sqlite(link) ? set_aside_sqlite : set_aside_postgres, err);
}

/* By id, 500 at a time; a time as ours are written, whatever its column holds. */
#define SELECT_BATCH(time)                                                                         \
	"SELECT id, lower(CAST(id AS TEXT)), magnet, title, " time                                     \
	", session_id FROM watched_torrents_before WHERE id > $1 ORDER BY id LIMIT $2"

static int read_batch(tsi_sql_link *link, const char *after, tsi_sql_rows *rows, tstream_error *err)
{
	static const tsi_sql_statement sqlite = {
	    SELECT_BATCH("strftime('%Y-%m-%d %H:%M:%f', watched_at, 'auto')")};
	static const tsi_sql_statement postgres = {SELECT_BATCH("CAST(watched_at AS TIMESTAMP)")};
	const tsi_sql_value values[] = {tsi_sql_text(after), tsi_sql_integer(BATCH_ROWS)};

	return tsi_sql_run(link, is_sqlite(link) ? &sqlite : &postgres, values, 2, rows, err);
}

static int insert_row(tsi_sql_link *link, const tsi_sql_rows *rows, size_t row, const char *id,
                      const tsi_magnet *magnet, tstream_error *err)
{
	static const tsi_sql_statement insert = {
	    "INSERT INTO watched_torrents (id, magnet, title, watched_at, session_id, infohash, "
	    "file_index, updated_at, is_latest) VALUES ($1, $2, $3, $4, $5, $6, 0, $4, FALSE) "
	    "ON CONFLICT (id) DO NOTHING"};
	char infohash[TSTREAM_INFOHASH_BYTES];
	char *title = tsi_history_title(tsi_sql_rows_text(rows, row, TITLE), magnet, NULL);
	char *uri = tsi_history_magnet(tsi_sql_rows_text(rows, row, MAGNET), magnet);

	tsi_infohash_format(&magnet->infohash, infohash);
	const tsi_sql_value values[] = {
	    tsi_sql_text(id),
	    tsi_sql_text(uri),
	    tsi_sql_text(title),
	    tsi_sql_time(tsi_sql_rows_time(rows, row, WATCHED_AT)),
	    tsi_sql_text(tsi_sql_rows_text(rows, row, SESSION_ID)),
	    tsi_sql_text(infohash),
	};
	int code = title && uri ? tsi_sql_run(link, &insert, values, 6, NULL, err)
	                        : tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	free(title);
	free(uri);
	return code;
}

/** @param out_is_taken  false: it is not understood */
static int adopt_row(tsi_sql_link *link, const tsi_sql_rows *rows, size_t row, bool *out_is_taken,
                     tstream_error *err)
{
	char id[TSI_UUID_BYTES];
	tsi_magnet magnet;

	*out_is_taken = false;
	if (!tsi_uuid_normalize(tsi_sql_rows_text(rows, row, PLAIN_ID), id) ||
	    !tsi_history_is_session_id(tsi_sql_rows_text(rows, row, SESSION_ID)) ||
	    tsi_sql_rows_time(rows, row, WATCHED_AT) <= 0)
		return TSTREAM_OK;
	int code = tsi_magnet_parse(tsi_sql_rows_text(rows, row, MAGNET), &magnet, err);
	if (code != TSTREAM_OK)
		return code == TSTREAM_EINVAL ? TSTREAM_OK : code;
	code = insert_row(link, rows, row, id, &magnet, err);
	tsi_magnet_clear(&magnet);
	*out_is_taken = code == TSTREAM_OK;
	return code;
}

static int mark_latest(tsi_sql_link *link, tstream_error *err)
{
	static const tsi_sql_statement mark = {
	    "UPDATE watched_torrents SET is_latest = TRUE WHERE NOT EXISTS (SELECT 1 "
	    "FROM watched_torrents o WHERE o.session_id = watched_torrents.session_id "
	    "AND o.infohash = watched_torrents.infohash "
	    "AND (o.watched_at, o.id) > (watched_torrents.watched_at, watched_torrents.id))"};

	return tsi_sql_run(link, &mark, NULL, 0, NULL, err);
}

int tsi_history_adopt(tsi_sql_link *link, tstream_error *err)
{
	char after[TSI_UUID_BYTES] = "00000000-0000-0000-0000-000000000000";
	size_t taken_count = 0;
	size_t count = 0;
	tsi_sql_rows rows = {0};
	int code;

	do {
		code = read_batch(link, after, &rows, err);
		for (size_t row = 0; row < rows.row_count && code == TSTREAM_OK; row++) {
			bool is_taken;
			code = adopt_row(link, &rows, row, &is_taken, err);
			taken_count += is_taken;
			tsi_text_copy(after, sizeof(after), tsi_sql_rows_text(&rows, row, ID));
		}
		count += rows.row_count;
	} while (code == TSTREAM_OK && rows.row_count == BATCH_ROWS);
	tsi_sql_rows_clear(&rows);
	if (code == TSTREAM_OK)
		tsi_log(TSTREAM_LOG_INFO,
		        "database: took over %zu of %zu entries of watched_torrents_before", taken_count,
		        count);
	return code == TSTREAM_OK ? mark_latest(link, err) : code;
}
