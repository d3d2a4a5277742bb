#include <tstream/history.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/structs.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/magnet.h"
#include "core/text.h"
#include "core/uuid.h"
#include "store/history.h"

#define US_PER_S INT64_C(1000000)
#define DEFAULT_TIMEOUT_US (5 * US_PER_S)
#define MAX_TIMEOUT_US (60 * US_PER_S)
#define DEFAULT_SITTING_GAP_US (30 * 60 * US_PER_S)
#define MAX_SITTING_GAP_US (24 * 3600 * US_PER_S)
#define DEFAULT_CONNECTIONS 8
#define MAX_CONNECTIONS 64
#define DEFAULT_ROWS_PER_SESSION 10000
#define MAX_ROWS_PER_SESSION 1000000
#define DEFAULT_LIMIT 50
#define DEFAULT_POPULAR_LIMIT 20

void tstream_history_options_init(tstream_history_options *options)
{
	if (options)
		*options = (tstream_history_options){.struct_size = sizeof(*options)};
}

void tstream_watch_init(tstream_watch *watch)
{
	if (watch)
		*watch = (tstream_watch){.struct_size = sizeof(*watch)};
}

void tstream_history_query_init(tstream_history_query *query)
{
	if (query)
		*query = (tstream_history_query){.struct_size = sizeof(*query)};
}

/* -- arguments ------------------------------------------------------------- */

static int check_session_id(const char *session_id, tstream_error *err)
{
	if (!session_id || !tsi_history_is_session_id(session_id))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "a session id is 1 to %d bytes of printable ASCII without blanks",
		                TSTREAM_MAX_SESSION_ID_BYTES);
	return TSTREAM_OK;
}

static int check_row(const tstream_history *history, const char *session_id, const char *id,
                     char out_id[TSTREAM_ID_BYTES], tstream_error *err)
{
	if (!history || !id || !tsi_uuid_normalize(id, out_id))
		return tsi_fail(err, TSTREAM_EINVAL, "an id is a UUID");
	return check_session_id(session_id, err);
}

static int check_position(int64_t position_us, int64_t duration_us, tstream_error *err)
{
	if (position_us < 0 || position_us > TSTREAM_MAX_POSITION_US || duration_us < 0 ||
	    duration_us > TSTREAM_MAX_POSITION_US)
		return tsi_fail(err, TSTREAM_EINVAL, "a position or a duration is out of its range");
	return TSTREAM_OK;
}

/** @param out_infohash  what @p out_file then points to */
static int check_file(const tstream_history *history, const char *session_id, const char *infohash,
                      uint32_t file_index, char out_infohash[TSTREAM_INFOHASH_BYTES],
                      tsi_watched_file *out_file, tstream_error *err)
{
	tsi_infohash parsed;
	if (!history || !infohash || tsi_infohash_parse(infohash, &parsed) != 0)
		return tsi_fail(err, TSTREAM_EINVAL, "an infohash is 40 or 64 hexadecimal digits");
	tsi_infohash_format(&parsed, out_infohash);
	*out_file = (tsi_watched_file){session_id, out_infohash, file_index};
	return check_session_id(session_id, err);
}

/** 0 is the default.  @return 0, EINVAL */
static int settle(uint32_t *number, uint32_t by_default, uint32_t most, const char *name,
                  tstream_error *err)
{
	*number = *number ? *number : by_default;
	if (*number > most)
		return tsi_fail(err, TSTREAM_EINVAL, "%s is at most %u", name, most);
	return TSTREAM_OK;
}

static int settle_time(int64_t *time_us, int64_t by_default, int64_t most, const char *name,
                       tstream_error *err)
{
	*time_us = *time_us ? *time_us : by_default;
	if (*time_us < 0 || *time_us > most)
		return tsi_fail(err, TSTREAM_EINVAL, "%s is out of its range", name);
	return TSTREAM_OK;
}

/* -- opening --------------------------------------------------------------- */

static int settle_options(tstream_history_options *ours, tstream_error *err)
{
	int code = ours->flags == 0 ? TSTREAM_OK
	                            : tsi_fail(err, TSTREAM_EINVAL, "history options: unknown flags");

	if (code == TSTREAM_OK)
		code =
		    settle_time(&ours->timeout_us, DEFAULT_TIMEOUT_US, MAX_TIMEOUT_US, "timeout_us", err);
	if (code == TSTREAM_OK)
		code = settle_time(&ours->sitting_gap_us, DEFAULT_SITTING_GAP_US, MAX_SITTING_GAP_US,
		                   "sitting_gap_us", err);
	if (code == TSTREAM_OK)
		code = settle(&ours->max_connections, DEFAULT_CONNECTIONS, MAX_CONNECTIONS,
		              "max_connections", err);
	if (code == TSTREAM_OK)
		code = settle(&ours->max_rows_per_session, DEFAULT_ROWS_PER_SESSION, MAX_ROWS_PER_SESSION,
		              "max_rows_per_session", err);
	return code;
}

int tstream_history_open(const char *url, const tstream_history_options *options,
                         tstream_history **out_history, tstream_error *err)
{
	tstream_history_options ours = {0};
	if (!url || !out_history)
		return tsi_fail(err, TSTREAM_EINVAL, "url and out_history are required");
	if (options && !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "history options: struct_size must be set");
	int code = settle_options(&ours, err);
	if (code != TSTREAM_OK)
		return code;
	tstream_history *history = calloc(1, sizeof(*history));
	if (!history)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	history->options = ours;
	tsi_sql_options sql_options = {.timeout_us = ours.timeout_us,
	                               .max_connections = ours.max_connections};
	code = tsi_sql_open(url, &sql_options, &history->sql, err);
	if (code == TSTREAM_OK)
		*out_history = history;
	else
		free(history);
	return code;
}

void tstream_history_close(tstream_history *history)
{
	if (!history)
		return;
	tsi_sql_close(history->sql);
	free(history);
}

int tstream_history_ping(tstream_history *history, tstream_error *err)
{
	return history ? tsi_sql_ping(history->sql, err)
	               : tsi_fail(err, TSTREAM_EINVAL, "history is required");
}

/* -- record ---------------------------------------------------------------- */

static int record_parsed(tstream_history *history, const tstream_watch *watch,
                         const tsi_magnet *magnet, char out_id[TSTREAM_ID_BYTES],
                         tstream_error *err)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	uint8_t random[TSI_UUID_RANDOM_BYTES];
	int64_t now_us = tsi_wall_us();
	tsi_watch ours = {
	    .file = {watch->session_id, infohash, watch->file_index},
	    .position_us = watch->position_us,
	    .duration_us = watch->duration_us,
	    .at_us = watch->watched_at_us > 0 && watch->watched_at_us < now_us ? watch->watched_at_us
	                                                                       : now_us,
	};
	tsi_infohash_format(&magnet->infohash, infohash);
	int code = tsi_random(random, sizeof(random), err);
	if (code != TSTREAM_OK)
		return code;
	tsi_uuid_make(now_us, random, ours.id);
	char *title = tsi_history_title(watch->title, magnet, &ours.is_title_given);
	char *uri = tsi_history_magnet(watch->magnet, magnet);
	ours.title = title;
	ours.magnet = uri;
	code = title && uri ? tsi_history_record(history, &ours, out_id, err)
	                    : tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	free(title);
	free(uri);
	return code;
}

int tstream_history_record(tstream_history *history, const tstream_watch *watch,
                           char out_id[TSTREAM_ID_BYTES], tstream_error *err)
{
	tstream_watch ours = {0};
	tsi_magnet magnet;
	if (!history || !watch || !tsi_struct_in(&ours, sizeof(ours), watch) || !ours.magnet)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "history, watch, its struct_size and its magnet are "
		                "required");
	int code = check_session_id(ours.session_id, err);
	if (code == TSTREAM_OK)
		code = check_position(ours.position_us, ours.duration_us, err);
	if (code == TSTREAM_OK && ours.watched_at_us < 0)
		code = tsi_fail(err, TSTREAM_EINVAL, "watched_at_us lies before 1970");
	if (code == TSTREAM_OK)
		code = tsi_magnet_parse(ours.magnet, &magnet, err);
	if (code != TSTREAM_OK)
		return code;
	code = record_parsed(history, &ours, &magnet, out_id, err);
	tsi_magnet_clear(&magnet);
	return code;
}

/* -- position -------------------------------------------------------------- */

int tstream_history_set_position(tstream_history *history, const char *session_id, const char *id,
                                 int64_t position_us, int64_t duration_us, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	int code = check_row(history, session_id, id, our_id, err);

	if (code == TSTREAM_OK)
		code = check_position(position_us, duration_us, err);
	if (code != TSTREAM_OK)
		return code;
	return tsi_history_set_position(history, session_id, our_id, position_us, duration_us, err);
}

int tstream_history_set_file_position(tstream_history *history, const char *session_id,
                                      const char *infohash, uint32_t file_index,
                                      int64_t position_us, int64_t duration_us, tstream_error *err)
{
	char our_infohash[TSTREAM_INFOHASH_BYTES];
	tsi_watched_file file;
	int code = check_file(history, session_id, infohash, file_index, our_infohash, &file, err);

	if (code == TSTREAM_OK)
		code = check_position(position_us, duration_us, err);
	if (code != TSTREAM_OK)
		return code;
	return tsi_history_set_file_position(history, &file, position_us, duration_us, err);
}

int tstream_history_get_file_position(tstream_history *history, const char *session_id,
                                      const char *infohash, uint32_t file_index,
                                      int64_t *out_position_us, int64_t *out_duration_us,
                                      tstream_error *err)
{
	char our_infohash[TSTREAM_INFOHASH_BYTES];
	tsi_watched_file file;
	int64_t position_us = 0;
	int64_t duration_us = 0;
	int code = check_file(history, session_id, infohash, file_index, our_infohash, &file, err);

	if (code == TSTREAM_OK)
		code = tsi_history_get_file_position(history, &file, &position_us, &duration_us, err);
	if (code != TSTREAM_OK)
		return code;
	if (out_position_us)
		*out_position_us = position_us;
	if (out_duration_us)
		*out_duration_us = duration_us;
	return TSTREAM_OK;
}

/* -- lists ----------------------------------------------------------------- */

int tstream_history_list(tstream_history *history, const tstream_history_query *query,
                         tstream_history_page **out_page, tstream_error *err)
{
	tstream_history_query ours = {0};
	if (!history || !query || !out_page || !tsi_struct_in(&ours, sizeof(ours), query))
		return tsi_fail(err, TSTREAM_EINVAL, "history, query and out_page are required");
	if (ours.flags & ~TSTREAM_HISTORY_LATEST)
		return tsi_fail(err, TSTREAM_EINVAL, "history query: unknown flags");
	int code = check_session_id(ours.session_id, err);
	if (code == TSTREAM_OK)
		code = settle(&ours.limit, DEFAULT_LIMIT, TSTREAM_HISTORY_MAX_LIMIT, "limit", err);
	return code == TSTREAM_OK ? tsi_history_list(history, &ours, out_page, err) : code;
}

int tstream_history_find(tstream_history *history, const char *session_id, const char *id,
                         tstream_history_page **out_page, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	int code = check_row(history, session_id, id, our_id, err);

	if (code == TSTREAM_OK && !out_page)
		code = tsi_fail(err, TSTREAM_EINVAL, "out_page is required");
	return code == TSTREAM_OK ? tsi_history_find(history, session_id, our_id, out_page, err) : code;
}

uint32_t tstream_history_page_get_count(const tstream_history_page *page)
{
	return page ? (uint32_t)page->rows.row_count : 0;
}

int tstream_history_page_get_entry(const tstream_history_page *page, uint32_t index,
                                   tstream_history_entry *out_entry)
{
	tstream_history_entry ours = {0};
	if (!page || !out_entry)
		return TSTREAM_EINVAL;
	if (index >= page->rows.row_count)
		return TSTREAM_ENOENT;
	tsi_history_describe(page, index, &ours);
	return tsi_struct_out(out_entry, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

const char *tstream_history_page_get_cursor(const tstream_history_page *page)
{
	return page ? page->cursor : "";
}

void tstream_history_page_free(tstream_history_page *page)
{
	tsi_history_page_free(page);
}

int tstream_history_export_json(tstream_history *history, const char *session_id, char **out_json,
                                size_t *out_size, tstream_error *err)
{
	size_t size = 0;
	if (!history || !out_json)
		return tsi_fail(err, TSTREAM_EINVAL, "history and out_json are required");
	int code = check_session_id(session_id, err);
	if (code == TSTREAM_OK)
		code = tsi_history_export(history, session_id, out_json, &size, err);
	if (code == TSTREAM_OK && out_size)
		*out_size = size;
	return code;
}

/* -- forgetting, and changing hands ---------------------------------------- */

int tstream_history_remove(tstream_history *history, const char *session_id, const char *id,
                           tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	int code = check_row(history, session_id, id, our_id, err);

	return code == TSTREAM_OK ? tsi_history_remove(history, session_id, our_id, err) : code;
}

int tstream_history_clear(tstream_history *history, const char *session_id, tstream_error *err)
{
	int code = check_session_id(session_id, err);

	if (code == TSTREAM_OK && !history)
		code = tsi_fail(err, TSTREAM_EINVAL, "history is required");
	return code == TSTREAM_OK ? tsi_history_clear(history, session_id, err) : code;
}

int tstream_history_claim(tstream_history *history, const char *from_session_id,
                          const char *to_session_id, tstream_error *err)
{
	int code = check_session_id(from_session_id, err);

	if (code == TSTREAM_OK)
		code = check_session_id(to_session_id, err);
	if (code == TSTREAM_OK && !history)
		code = tsi_fail(err, TSTREAM_EINVAL, "history is required");
	return code == TSTREAM_OK ? tsi_history_claim(history, from_session_id, to_session_id, err)
	                          : code;
}

int tstream_history_prune(tstream_history *history, int64_t before_us, int32_t *out_is_done,
                          tstream_error *err)
{
	bool is_done = false;
	if (!history || before_us < 0)
		return tsi_fail(err, TSTREAM_EINVAL, "history and a time since 1970 are required");
	int code = tsi_history_prune(history, before_us, &is_done, err);
	if (code == TSTREAM_OK && out_is_done)
		*out_is_done = is_done;
	return code;
}

/* -- popular --------------------------------------------------------------- */

int tstream_history_popular(tstream_history *history, uint32_t days, uint32_t limit,
                            tstream_popular **out_popular, tstream_error *err)
{
	if (!history || !out_popular)
		return tsi_fail(err, TSTREAM_EINVAL, "history and out_popular are required");
	if (days > TSTREAM_POPULAR_MAX_DAYS)
		return tsi_fail(err, TSTREAM_EINVAL, "days is at most %d", TSTREAM_POPULAR_MAX_DAYS);
	int code = settle(&limit, DEFAULT_POPULAR_LIMIT, TSTREAM_POPULAR_MAX_LIMIT, "limit", err);
	return code == TSTREAM_OK ? tsi_history_popular(history, days, limit, out_popular, err) : code;
}

uint32_t tstream_popular_get_count(const tstream_popular *popular)
{
	return popular ? (uint32_t)popular->count : 0;
}

int tstream_popular_get_film(const tstream_popular *popular, uint32_t index,
                             tstream_popular_film *out_film)
{
	tstream_popular_film ours = {0};
	if (!popular || !out_film)
		return TSTREAM_EINVAL;
	if (index >= popular->count)
		return TSTREAM_ENOENT;
	tsi_popular_describe(popular, index, &ours);
	return tsi_struct_out(out_film, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

void tstream_popular_free(tstream_popular *popular)
{
	tsi_popular_free(popular);
}
