/* /api/torrents: list what is open, open another. */
#include "body.h"
#include "deep_stack.h"
#include "locate.h"
#include "multipart.h"
#include "problem.h"
#include "resolve.h"
#include "response.h"
#include "routes.h"
#include "torrent_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_JSON_BYTES ((size_t)64 * 1024)
#define MAX_FORM_BYTES ((size_t)TSTREAM_MAX_TORRENT_FILE_BYTES + 64 * 1024)

/* How long an answer may be held back for the files to be in it; peers nearby need no more. */
#define METADATA_GRACE_US (5 * (int64_t)1000000)

#define TEXT_FIELD_BYTES (TSTREAM_MAX_MAGNET_BYTES + 1)

static json_t *list_to_json(tstream_torrent **torrents, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(array, torrent_json_summary(torrents[i]));
		tstream_torrent_unref(torrents[i]);
	}
	return json_pack("{s:o}", "torrents", array);
}

int route_torrents_get(struct request *request)
{
	size_t capacity = (size_t)request->server->settings.max_torrents;
	tstream_torrent **torrents = calloc(capacity, sizeof(*torrents));

	if (!torrents)
		return problem_send(request, 500, "Out of memory.");
	size_t count = tstream_session_list_torrents(request->server->session, torrents, capacity);
	json_t *body = list_to_json(torrents, count < capacity ? count : capacity);
	free(torrents);
	return response_json(request, 200, "", body);
}

/* 202 if the files are not known yet: the search for them goes on. */
static int answer_opened(struct request *request, tstream_torrent **torrent, bool is_new)
{
	char location[128];
	tstream_error err = {0};
	int code = locate_await_metadata_for(request, torrent, METADATA_GRACE_US, &err);
	if (code && code != TSTREAM_ETIMEDOUT)
		return problem_send_code(request, code, &err);
	int status = code ? 202 : is_new ? 201 : 200;

	snprintf(location, sizeof(location), "Location: /api/torrents/%s\r\n",
	         tstream_torrent_get_infohash(*torrent));
	return response_json(request, status, location, torrent_json_info(*torrent));
}

static int open_and_answer(struct request *request, const struct torrent_source *source)
{
	tstream_torrent *torrent;
	tstream_error err = {0};
	bool is_new;
	int code = locate_open(request->server, source, &torrent, &is_new, &err);

	if (code)
		return problem_send_code(request, code, &err);
	int status = answer_opened(request, &torrent, is_new);
	tstream_torrent_unref(torrent);
	return status;
}

/* What a search has found, by its id: some results are only a link, which the library keeps. */
static int resolve_and_answer(struct request *request, const char *id)
{
	tstream_resolution *resolution;
	struct torrent_source source = {0};
	tstream_error err = {0};
	int code = resolve_result(request, id, &resolution, &source, &err);
	int status = code ? problem_send_code(request, code, &err) : open_and_answer(request, &source);

	tstream_resolution_close(resolution);
	return status;
}

/* The arguments of parse_json(), and its result. */
struct parsing {
	const struct body *body;
	json_t *root;
	json_error_t error;
};

static void *parse_json(void *argument)
{
	struct parsing *p = argument;

	p->root = json_loadb(p->body->bytes, p->body->size, JSON_REJECT_DUPLICATES, &p->error);
	return NULL;
}

static int post_json(struct request *request, const struct body *body)
{
	struct parsing parsing = {.body = body};

	if (deep_stack_call(parse_json, &parsing))
		return problem_send(request, 503, "No thread could be started.");
	json_t *root = parsing.root;
	const char *magnet = json_string_value(json_object_get(root, "magnet"));
	const char *url = json_string_value(json_object_get(root, "url"));
	const char *result = json_string_value(json_object_get(root, "result"));
	int status;

	if (!root)
		status = problem_sendf(request, 400, "The body is not JSON: %.200s.", parsing.error.text);
	else if (json_object_size(root) != 1 || (!magnet && !url && !result))
		status = problem_send(request, 400,
		                      "The body is an object of one member, magnet, url or result, a "
		                      "string.");
	else if (magnet && strlen(magnet) > TSTREAM_MAX_MAGNET_BYTES)
		status = problem_send(request, 400, "The magnet is longer than 8,192 bytes.");
	else if (result)
		status = resolve_and_answer(request, result);
	else
		status = open_and_answer(request, &(struct torrent_source){.magnet = magnet, .url = url});
	json_decref(root);
	return status;
}

static int post_bytes(struct request *request, const char *bytes, size_t size)
{
	if (size == 0)
		return problem_send(request, 400, "The .torrent is empty.");
	return open_and_answer(request, &(struct torrent_source){.bytes = bytes, .size = size});
}

/* A field of a form as a string.  false if it is too long or holds a NUL. */
static bool copy_text(const struct multipart_part *part, char out[TEXT_FIELD_BYTES])
{
	if (part->body_size >= TEXT_FIELD_BYTES || memchr(part->body, '\0', part->body_size))
		return false;
	memcpy(out, part->body, part->body_size);
	out[part->body_size] = '\0';
	return true;
}

static bool is_wanted(const struct multipart_part *part)
{
	return part->is_file || strcmp(part->name, "magnet") == 0 || strcmp(part->name, "url") == 0;
}

static int post_part(struct request *request, const struct multipart_part *part)
{
	char text[TEXT_FIELD_BYTES];

	if (part->is_file)
		return post_bytes(request, part->body, part->body_size);
	if (!copy_text(part, text))
		return problem_send(request, 400, "The field is longer than 8,192 bytes, or no text.");
	struct torrent_source source = {0};
	if (strcmp(part->name, "magnet") == 0)
		source.magnet = text;
	else
		source.url = text;
	return open_and_answer(request, &source);
}

static int post_form(struct request *request, const struct body *body)
{
	struct multipart form;
	struct multipart_part part;

	if (multipart_begin(&form, request_header(request, "Content-Type"), body->bytes, body->size))
		return problem_send(request, 400, "The form's boundary is missing or wrong.");
	for (;;) {
		int found = multipart_next(&form, &part);
		if (found < 0)
			return problem_send(request, 400, "The form is malformed or too large.");
		if (found == 0)
			return problem_send(request, 400,
			                    "The form has neither a file nor a field magnet or url.");
		if (is_wanted(&part))
			return post_part(request, &part);
	}
}

enum media { MEDIA_JSON, MEDIA_TORRENT, MEDIA_FORM, MEDIA_OTHER };

static enum media media_of(const char *content_type)
{
	static const struct {
		const char *name;
		enum media media;
	} known[] = {
	    {"application/json", MEDIA_JSON},
	    {"application/x-bittorrent", MEDIA_TORRENT},
	    {"application/octet-stream", MEDIA_TORRENT},
	    {"multipart/form-data", MEDIA_FORM},
	};
	size_t size = content_type ? strcspn(content_type, "; \t") : 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (size == strlen(known[i].name) && strncasecmp(content_type, known[i].name, size) == 0)
			return known[i].media;
	}
	return MEDIA_OTHER;
}

int route_torrents_post(struct request *request)
{
	static const size_t max_sizes[] = {MAX_JSON_BYTES, TSTREAM_MAX_TORRENT_FILE_BYTES,
	                                   MAX_FORM_BYTES};
	enum media media = media_of(request_header(request, "Content-Type"));
	struct body body;
	int status;

	if (media == MEDIA_OTHER)
		return problem_send(request, 415,
		                    "Send application/json, application/x-bittorrent or "
		                    "multipart/form-data.");
	status = body_read(request, max_sizes[media], &body);
	if (status)
		return status;
	if (media == MEDIA_JSON)
		status = post_json(request, &body);
	else if (media == MEDIA_TORRENT)
		status = post_bytes(request, body.bytes, body.size);
	else
		status = post_form(request, &body);
	body_free(request, &body);
	return status;
}
