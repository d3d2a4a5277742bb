/* /api/history and what lies under it, and where to resume. */
#include "history_call.h"
#include "history_json.h"
#include "json_body.h"
#include "locate.h"
#include "problem.h"
#include "recorder.h"
#include "response.h"
#include "routes.h"
#include "viewer.h"
#include "watch.h"

#include <stdio.h>
#include <string.h>

#define MAX_BODY_BYTES ((size_t)128 * 1024)
#define MAX_POSITION_MS (TSTREAM_MAX_POSITION_US / 1000)

/* A viewer without a session has watched nothing that it could be shown. */
static int send_empty_page(struct request *request)
{
	return response_json(request, 200, "", json_pack("{s:[], s:n}", "history", "next_cursor"));
}

static int send_page(struct request *request, tstream_history *history,
                     const tstream_history_query *query)
{
	tstream_history_page *page = NULL;
	tstream_error err = {0};
	int code = tstream_history_list(history, query, &page, &err);
	int status = history_call_end(request, code, &err);

	if (status)
		return status;
	status = response_json(request, 200, "", history_json_page(page));
	tstream_history_page_free(page);
	return status;
}

int route_history_get(struct request *request)
{
	tstream_history_query query = TSTREAM_HISTORY_QUERY_INIT;
	const char *latest = query_get(&request->query, "latest");
	tstream_history *history;
	int status = history_call_number(request, "limit", 1, TSTREAM_HISTORY_MAX_LIMIT, &query.limit);

	if (status)
		return status;
	if (latest && strcmp(latest, "0") != 0 && strcmp(latest, "1") != 0)
		return problem_send(request, 400, "latest is 0 or 1.");
	query.flags = latest && latest[0] == '1' ? TSTREAM_HISTORY_LATEST : 0;
	query.cursor = query_get(&request->query, "cursor");
	query.session_id = request->viewer;
	status = history_call_begin(request, &history);
	if (status)
		return status;
	return request->viewer[0] ? send_page(request, history, &query) : send_empty_page(request);
}

int route_history_export_get(struct request *request)
{
	tstream_history *history;
	tstream_error err = {0};
	char *json = NULL;
	size_t size;
	int status = history_call_begin(request, &history);

	if (status)
		return status;
	if (!request->viewer[0])
		return problem_send(request, 404, "There is nothing to export: no session has begun.");
	int code = tstream_history_export_json(history, request->viewer, &json, &size, &err);
	status = history_call_end(request, code, &err);
	if (status)
		return status;
	status = response_bytes(request, 200, "application/json",
	                        "Cache-Control: no-store\r\n"
	                        "Content-Disposition: attachment; filename=\"history.json\"\r\n",
	                        json, size);
	tstream_free(json);
	return status;
}

/* What a client says that it watched; strings are lent by the body. */
struct told {
	const char *magnet;
	const char *title;
	int64_t file_index;
	int64_t position_ms;
	int64_t duration_ms;
	char infohash[TSTREAM_INFOHASH_BYTES];
};

/* NULL, or what is wrong with it. */
static const char *read_told(const json_t *body, struct told *told)
{
	static const char *const names[] = {"magnet",      "infohash",    "title", "file_index",
	                                    "position_ms", "duration_ms", NULL};
	const char *infohash = NULL;

	if (!json_body_has_only(body, names))
		return "The members are magnet or infohash, title, file_index, position_ms, duration_ms.";
	if (json_body_text(body, "magnet", &told->magnet) ||
	    json_body_text(body, "infohash", &infohash) || json_body_text(body, "title", &told->title))
		return "magnet, infohash and title are strings.";
	if (json_body_number(body, "file_index", UINT32_MAX, &told->file_index) ||
	    json_body_number(body, "position_ms", MAX_POSITION_MS, &told->position_ms) ||
	    json_body_number(body, "duration_ms", MAX_POSITION_MS, &told->duration_ms))
		return "file_index, position_ms and duration_ms are numbers from 0 on.";
	if (!told->magnet == !infohash)
		return "Name the torrent by one member: magnet or infohash.";
	if (infohash && !locate_parse_infohash(infohash, told->infohash))
		return "An infohash is 40 or 64 hexadecimal digits.";
	if (told->magnet && strlen(told->magnet) > TSTREAM_MAX_MAGNET_BYTES)
		return "The magnet is longer than 8,192 bytes.";
	if (told->magnet && tstream_magnet_get_infohash(told->magnet, told->infohash, NULL))
		return "The magnet is none.";
	return NULL;
}

/* A hybrid torrent has two infohashes, and its history goes by the first.  One that is open knows
 * both.  true: another one was asked for */
static bool use_first_infohash(const tstream_torrent *torrent,
                               char infohash[TSTREAM_INFOHASH_BYTES])
{
	const char *first = tstream_torrent_get_infohash(torrent);

	if (strcmp(first, infohash) == 0)
		return false;
	snprintf(infohash, TSTREAM_INFOHASH_BYTES, "%s", first);
	return true;
}

/* One that is open knows its name and its magnet. */
static void add_what_is_known(struct request *request, struct told *told, char **out_magnet,
                              tstream_torrent **out_torrent)
{
	*out_magnet = NULL;
	*out_torrent = NULL;
	if (tstream_torrent_find(request->server->session, told->infohash, out_torrent)) {
		*out_torrent = NULL;
	} else {
		if (use_first_infohash(*out_torrent, told->infohash))
			told->magnet = NULL;
		*out_magnet = told->magnet ? NULL : tstream_torrent_magnet_copy(*out_torrent);
		if (!told->title || !told->title[0])
			told->title = tstream_torrent_get_name(*out_torrent);
	}
	if (!told->magnet)
		told->magnet = *out_magnet ? *out_magnet : told->infohash;
}

static int send_entry(struct request *request, tstream_history *history, const char *id)
{
	tstream_history_entry entry = TSTREAM_HISTORY_ENTRY_INIT;
	tstream_history_page *page = NULL;
	tstream_error err = {0};
	int code = tstream_history_find(history, request->viewer, id, &page, &err);
	int status = history_call_end(request, code, &err);

	if (status)
		return status;
	code = tstream_history_page_get_entry(page, 0, &entry);
	status = code ? problem_send_code(request, code, NULL)
	              : response_json(request, 200, "", history_json_entry(&entry));
	tstream_history_page_free(page);
	return status;
}

static int record(struct request *request, tstream_history *history, struct told *told)
{
	tstream_watch watch = TSTREAM_WATCH_INIT;
	char id[TSTREAM_ID_BYTES];
	tstream_torrent *torrent;
	tstream_error err = {0};
	char *magnet;

	add_what_is_known(request, told, &magnet, &torrent);
	watch.session_id = request->viewer;
	watch.magnet = told->magnet;
	watch.title = told->title;
	watch.file_index = (uint32_t)told->file_index;
	watch.position_us = told->position_ms * 1000;
	watch.duration_us = told->duration_ms * 1000;
	int code = tstream_history_record(history, &watch, id, &err);
	tstream_free(magnet);
	tstream_torrent_unref(torrent);
	int status = history_call_end(request, code, &err);
	if (status)
		return status;
	if (told->position_ms > 0)
		recorder_note_position(request->server->recorder, request->viewer, told->infohash,
		                       watch.file_index, watch.duration_us);
	return send_entry(request, history, id);
}

int route_history_post(struct request *request)
{
	struct told told = {0};
	tstream_history *history;
	json_t *body;
	int status = json_body_read(request, MAX_BODY_BYTES, &body);

	if (status)
		return status;
	const char *wrong = read_told(body, &told);
	if (wrong)
		status = problem_send(request, 400, wrong);
	if (status == 0)
		status = history_call_begin(request, &history);
	if (status == 0)
		status = record(request, history, &told);
	json_decref(body);
	return status;
}

int route_history_delete(struct request *request)
{
	tstream_history *history;
	tstream_error err = {0};
	int status = history_call_begin(request, &history);

	if (status == 0 && request->viewer[0]) {
		recorder_forget(request->server->recorder, request->viewer);
		int code = tstream_history_clear(history, request->viewer, &err);
		status = history_call_end(request, code, &err);
	}
	return status ? status : response_empty(request, 204, "");
}

/* 0, or the status of the answer. */
static int begin_with_viewer(struct request *request, tstream_history **out_history)
{
	int status = history_call_begin(request, out_history);

	if (status == 0 && !request->viewer[0])
		status = problem_send(request, 404, "Nothing in your history has this id.");
	return status;
}

int route_history_entry_delete(struct request *request)
{
	tstream_history *history;
	tstream_error err = {0};
	int status = begin_with_viewer(request, &history);

	if (status)
		return status;
	int code = tstream_history_remove(history, request->viewer, request->id, &err);
	if (code == 0)
		recorder_forget(request->server->recorder, request->viewer);
	/* What is no id at all is not there either. */
	status = history_call_end(request, code == TSTREAM_EINVAL ? TSTREAM_ENOENT : code, &err);
	return status ? status : response_empty(request, 204, "");
}

static int set_position(struct request *request, tstream_history *history, const struct told *told)
{
	tstream_history_entry entry = TSTREAM_HISTORY_ENTRY_INIT;
	tstream_history_page *page = NULL;
	tstream_error err = {0};
	int code =
	    tstream_history_set_position(history, request->viewer, request->id,
	                                 told->position_ms * 1000, told->duration_ms * 1000, &err);

	if (code == 0)
		code = tstream_history_find(history, request->viewer, request->id, &page, &err);
	if (code == 0 && tstream_history_page_get_entry(page, 0, &entry) == 0)
		recorder_note_position(request->server->recorder, request->viewer, entry.infohash,
		                       entry.file_index, entry.duration_us);
	tstream_history_page_free(page);
	int status = history_call_end(request, code == TSTREAM_EINVAL ? TSTREAM_ENOENT : code, &err);
	return status ? status : response_empty(request, 204, "");
}

int route_position_put(struct request *request)
{
	static const char *const names[] = {"position_ms", "duration_ms", NULL};
	struct told told = {.position_ms = -1};
	tstream_history *history;
	json_t *body;
	int status = json_body_read(request, MAX_BODY_BYTES, &body);

	if (status)
		return status;
	if (!json_body_has_only(body, names) ||
	    json_body_number(body, "position_ms", MAX_POSITION_MS, &told.position_ms) ||
	    json_body_number(body, "duration_ms", MAX_POSITION_MS, &told.duration_ms) ||
	    told.position_ms < 0)
		status = problem_send(request, 400,
		                      "The members are position_ms and, if it is known, duration_ms: "
		                      "numbers from 0 on.");
	json_decref(body);
	if (status == 0)
		status = begin_with_viewer(request, &history);
	return status ? status : set_position(request, history, &told);
}

int route_resume_get(struct request *request)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	int64_t position_us = 0, duration_us = 0;
	uint32_t file_index = 0;
	tstream_history *history;
	tstream_torrent *torrent = NULL;
	tstream_error err = {0};
	int code = locate_infohash_in_query(request, infohash, &err);

	if (code)
		return problem_send_code(request, code, &err);
	if (tstream_torrent_find(request->server->session, infohash, &torrent) == 0)
		use_first_infohash(torrent, infohash);
	tstream_torrent_unref(torrent);
	int status = history_call_number(request, "file_index", 0, UINT32_MAX, &file_index);
	if (status == 0)
		status = history_call_begin(request, &history);
	if (status)
		return status;
	/* As a playlist does: players have no session. */
	viewer_take_address(request);
	code = tstream_history_get_file_position(history, request->viewer, infohash, file_index,
	                                         &position_us, &duration_us, &err);
	status = history_call_end(request, code == TSTREAM_ENOENT ? 0 : code, &err);
	if (status)
		return status;
	return response_json(request, 200, "",
	                     json_pack("{s:o, s:o, s:I}", "position_ms", history_json_ms(position_us),
	                               "duration_ms", history_json_ms(duration_us), "resume_ms",
	                               (json_int_t)(watch_resume_us(position_us, duration_us) / 1000)));
}
