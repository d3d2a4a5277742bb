/**
 * store/history_export.c - a session's history as JSON (RFC 8259).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/timestamp.h"
#include "store/history.h"

#define NUMBER_BYTES 24

/** What is stored is clean UTF-8; a database may have been written by others, though. */
static void put_string(tsi_buffer *out, const char *text)
{
	char escape[8];

	tsi_buffer_add_string(out, "\"");
	while (*text) {
		size_t plain = 0;
		while (text[plain] && text[plain] != '"' && text[plain] != '\\' &&
		       (unsigned char)text[plain] >= 0x20)
			plain++;
		tsi_buffer_add(out, text, plain);
		text += plain;
		if (*text) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)*text);
			tsi_buffer_add_string(out, escape);
			text++;
		}
	}
	tsi_buffer_add_string(out, "\"");
}

static void put_named_string(tsi_buffer *out, const char *name, const char *text)
{
	tsi_buffer_add_string(out, name);
	put_string(out, text);
}

static void put_number(tsi_buffer *out, const char *name, int64_t number)
{
	char text[NUMBER_BYTES];

	snprintf(text, sizeof(text), "%" PRId64, number);
	tsi_buffer_add_string(out, name);
	tsi_buffer_add_string(out, text);
}

/** RFC 3339, in UTC. */
static void put_time(tsi_buffer *out, const char *name, int64_t at_us)
{
	char text[TSI_TIMESTAMP_BYTES];

	tsi_timestamp_format(at_us, 'T', text);
	tsi_buffer_add_string(out, name);
	tsi_buffer_add_string(out, "\"");
	tsi_buffer_add_string(out, text);
	tsi_buffer_add_string(out, "Z\"");
}

static void put_entry(tsi_buffer *out, const tstream_history_entry *entry)
{
	put_named_string(out, "{\"id\":", entry->id);
	put_named_string(out, ",\"infohash\":", entry->infohash);
	put_number(out, ",\"file_index\":", entry->file_index);
	put_named_string(out, ",\"magnet\":", entry->magnet);
	put_named_string(out, ",\"title\":", entry->title);
	put_time(out, ",\"watched_at\":", entry->watched_at_us);
	put_time(out, ",\"updated_at\":", entry->updated_at_us);
	put_number(out, ",\"position_us\":", entry->position_us);
	put_number(out, ",\"duration_us\":", entry->duration_us);
	tsi_buffer_add_string(out, "}");
}

static void put_page(tsi_buffer *out, const tstream_history_page *page, bool is_first)
{
	for (uint32_t i = 0; i < page->rows.row_count; i++) {
		tstream_history_entry entry = {0};
		tsi_history_describe(page, i, &entry);
		tsi_buffer_add_string(out, is_first && i == 0 ? "" : ",");
		put_entry(out, &entry);
	}
}

static int put_history(tsi_buffer *out, tstream_history *history, const char *session_id,
                       tstream_error *err)
{
	char cursor[TSI_CURSOR_BYTES] = "";
	bool is_first = true;

	do {
		tstream_history_query query = {
		    .session_id = session_id, .cursor = cursor, .limit = TSTREAM_HISTORY_MAX_LIMIT};
		tstream_history_page *page = NULL;
		int code = tsi_history_list(history, &query, &page, err);
		if (code != TSTREAM_OK)
			return code;
		put_page(out, page, is_first);
		memcpy(cursor, page->cursor, sizeof(cursor));
		tsi_history_page_free(page);
		is_first = false;
	} while (*cursor && out->code == TSTREAM_OK);
	return TSTREAM_OK;
}

int tsi_history_export(tstream_history *history, const char *session_id, char **out_json,
                       size_t *out_size, tstream_error *err)
{
	tsi_buffer out = {.max_size = TSTREAM_MAX_EXPORT_BYTES};

	tsi_buffer_add_string(&out, "{\"version\":1");
	put_time(&out, ",\"exported_at\":", tsi_wall_us());
	tsi_buffer_add_string(&out, ",\"history\":[");
	int code = put_history(&out, history, session_id, err);
	tsi_buffer_add_string(&out, "]}");
	if (code == TSTREAM_OK && out.code == TSTREAM_ELIMIT)
		code = tsi_fail(err, TSTREAM_ELIMIT, "the history takes more than %d bytes",
		                TSTREAM_MAX_EXPORT_BYTES);
	else if (code == TSTREAM_OK && out.code != TSTREAM_OK)
		code = tsi_fail(err, out.code, "out of memory");
	if (code != TSTREAM_OK) {
		free(out.bytes);
		return code;
	}
	*out_json = out.bytes;
	*out_size = out.size;
	return TSTREAM_OK;
}
