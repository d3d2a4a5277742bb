/**
 * store/history_list.c - a session's history, page by page.
 *
 * A cursor names the last row of a page by what rows are ordered by, so that a page begins
 * where the one before ended, whatever was added or removed meanwhile: 16 hexadecimal
 * digits of watched_at, and the 32 of the id.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/infohash.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/uuid.h"
#include "store/history.h"

#define TIME_DIGITS 16
#define ID_DIGITS 32

enum column { ID, INFOHASH, FILE_INDEX, MAGNET, TITLE, WATCHED_AT, UPDATED_AT, POSITION, DURATION };
#define COLUMNS                                                                                    \
	"id, infohash, file_index, magnet, title, watched_at, updated_at, position_us, duration_us"

/* -- cursors --------------------------------------------------------------- */

typedef struct place {
	int64_t watched_at_us;
	char id[TSTREAM_ID_BYTES];
} place;

/* Newer than every row there can be. */
static const place beginning = {TSI_TIMESTAMP_MAX_US, TSI_UUID_MAX};

static void write_cursor(const place *from, char out_cursor[TSI_CURSOR_BYTES])
{
	char *out = out_cursor + snprintf(out_cursor, TSI_CURSOR_BYTES, "%016" PRIx64,
	                                  (uint64_t)from->watched_at_us);

	for (const char *c = from->id; *c; c++) {
		if (*c != '-')
			*out++ = *c;
	}
	*out = '\0';
}

static bool read_cursor(const char *cursor, place *out)
{
	char id[TSTREAM_ID_BYTES];
	const char *d = cursor + TIME_DIGITS;

	if (strnlen(cursor, TSI_CURSOR_BYTES) != TIME_DIGITS + ID_DIGITS)
		return false;
	out->watched_at_us = 0;
	for (size_t i = 0; i < TIME_DIGITS; i++) {
		int value = tsi_hex_value(cursor[i]);
		if (value < 0 || (i == 0 && value > 0))
			return false;
		out->watched_at_us = out->watched_at_us * 16 + value;
	}
	snprintf(id, sizeof(id), "%.8s-%.4s-%.4s-%.4s-%.12s", d, d + 8, d + 12, d + 16, d + 20);
	return out->watched_at_us <= TSI_TIMESTAMP_MAX_US && tsi_uuid_normalize(id, out->id);
}

/* -- pages ----------------------------------------------------------------- */

typedef struct listing {
	const tstream_history_query *query;
	place after;
	tstream_history_page *page;
} listing;

/** One row more than asked for tells whether there is another page. */
static int list_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement all = {
	    "SELECT " COLUMNS " FROM watched_torrents WHERE session_id = $1 "
	    "AND (watched_at, id) < ($2, $3) ORDER BY watched_at DESC, id DESC LIMIT $4"};
	static const tsi_sql_statement latest = {
	    "SELECT " COLUMNS " FROM watched_torrents WHERE session_id = $1 AND is_latest "
	    "AND (watched_at, id) < ($2, $3) ORDER BY watched_at DESC, id DESC LIMIT $4"};
	listing *it = user;
	bool is_latest_only = it->query->flags & TSTREAM_HISTORY_LATEST;
	const tsi_sql_value values[] = {
	    tsi_sql_text(it->query->session_id), tsi_sql_time(it->after.watched_at_us),
	    tsi_sql_text(it->after.id), tsi_sql_integer((int64_t)it->query->limit + 1)};

	return tsi_sql_run(link, is_latest_only ? &latest : &all, values, 4, &it->page->rows, err);
}

static void end_page(tstream_history_page *page, uint32_t limit)
{
	tsi_sql_rows *rows = &page->rows;
	place last = {.watched_at_us = 0};

	if (rows->row_count <= limit)
		return;
	rows->row_count--;
	for (size_t i = 0; i < rows->column_count; i++)
		free(rows->cells[rows->row_count * rows->column_count + i]);
	last.watched_at_us = tsi_sql_rows_time(rows, rows->row_count - 1, WATCHED_AT);
	tsi_text_copy(last.id, sizeof(last.id), tsi_sql_rows_text(rows, rows->row_count - 1, ID));
	write_cursor(&last, page->cursor);
}

int tsi_history_list(tstream_history *history, const tstream_history_query *query,
                     tstream_history_page **out_page, tstream_error *err)
{
	listing it = {.query = query, .after = beginning};
	if (query->cursor && *query->cursor && !read_cursor(query->cursor, &it.after))
		return tsi_fail(err, TSTREAM_EINVAL, "this cursor is not one that a page gave");
	it.page = calloc(1, sizeof(*it.page));
	if (!it.page)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = tsi_sql_read(history->sql, list_work, &it, err);
	if (code == TSTREAM_OK) {
		end_page(it.page, query->limit);
		*out_page = it.page;
	} else {
		tsi_history_page_free(it.page);
	}
	return code;
}

typedef struct finding {
	const char *session_id;
	const char *id;
	tstream_history_page *page;
} finding;

static int find_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT " COLUMNS " FROM watched_torrents WHERE id = $1 AND session_id = $2"};
	finding *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->id), tsi_sql_text(it->session_id)};
	int code = tsi_sql_run(link, &query, values, 2, &it->page->rows, err);

	if (code == TSTREAM_OK && it->page->rows.row_count == 0)
		code = tsi_fail(err, TSTREAM_ENOENT, "this session has no such entry in its history");
	return code;
}

int tsi_history_find(tstream_history *history, const char *session_id, const char *id,
                     tstream_history_page **out_page, tstream_error *err)
{
	finding it = {.session_id = session_id, .id = id, .page = calloc(1, sizeof(*it.page))};
	if (!it.page)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = tsi_sql_read(history->sql, find_work, &it, err);
	if (code == TSTREAM_OK)
		*out_page = it.page;
	else
		tsi_history_page_free(it.page);
	return code;
}

void tsi_history_describe(const tstream_history_page *page, uint32_t index,
                          tstream_history_entry *out_entry)
{
	const tsi_sql_rows *rows = &page->rows;

	tsi_text_copy(out_entry->id, sizeof(out_entry->id), tsi_sql_rows_text(rows, index, ID));
	tsi_text_copy(out_entry->infohash, sizeof(out_entry->infohash),
	              tsi_sql_rows_text(rows, index, INFOHASH));
	out_entry->file_index = (uint32_t)tsi_sql_rows_integer(rows, index, FILE_INDEX);
	out_entry->magnet = tsi_sql_rows_text(rows, index, MAGNET);
	out_entry->title = tsi_sql_rows_text(rows, index, TITLE);
	out_entry->watched_at_us = tsi_sql_rows_time(rows, index, WATCHED_AT);
	out_entry->updated_at_us = tsi_sql_rows_time(rows, index, UPDATED_AT);
	out_entry->position_us = tsi_sql_rows_integer(rows, index, POSITION);
	out_entry->duration_us = tsi_sql_rows_integer(rows, index, DURATION);
}

void tsi_history_page_free(tstream_history_page *page)
{
	if (!page)
		return;
	tsi_sql_rows_clear(&page->rows);
	free(page);
}
