/* …/files/{file}/subtitles: list a film's subtitles, add to them, take one away again. */
#include "body.h"
#include "multipart.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "subtitle_convert.h"
#include "subtitle_path.h"
#include "uploads.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_FORM_BYTES ((size_t)TSTREAM_MAX_SUBTITLE_BYTES + 64 * 1024)
#define MAX_NAME_BYTES 1024

/* -- listing -------------------------------------------------------------- */

/* What the two kinds have in common; text is "" or NULL where there is none. */
struct item {
	uint32_t number;
	const char *label;
	const char *language;
	const char *source;
	const char *name;
	uint64_t size;
	bool is_here;
	unsigned flags;
};

static json_t *item_to_json(const struct subtitle_path *path, const struct item *item)
{
	char url[SUBTITLE_URL_BYTES];
	const char *language = item->language[0] ? item->language : NULL;

	subtitle_path_write(path, item->number, url);
	return json_pack("{s:I, s:s, s:s?, s:s, s:s, s:s?, s:I, s:b, s:b, s:s}", "index",
	                 (json_int_t)item->number, "label", item->label, "language", language, "source",
	                 item->source, "state", item->is_here ? "here" : "awaited", "name", item->name,
	                 "size", (json_int_t)item->size, "is_forced",
	                 item->flags & TSTREAM_SUBTITLE_FORCED, "is_for_hearing_impaired",
	                 item->flags & TSTREAM_SUBTITLE_HEARING, "url", url);
}

static json_t *sidecar_to_json(const struct subtitle_path *path, uint32_t number,
                               const tstream_subtitle *subtitle)
{
	tstream_file file = TSTREAM_FILE_INIT;

	if (tstream_torrent_get_file(path->torrent, subtitle->file_index, &file))
		return NULL;
	return item_to_json(path, &(struct item){number, subtitle->label, subtitle->language, "sidecar",
	                                         file.name, file.size, file.have_bytes >= file.size,
	                                         subtitle->flags});
}

static json_t *upload_to_json(const struct subtitle_path *path, const struct upload *upload)
{
	return item_to_json(path, &(struct item){upload->number, upload->label, upload->language,
	                                         "upload", NULL, upload->size, true, 0});
}

static void add_sidecars(json_t *array, const struct subtitle_path *path)
{
	tstream_subtitle subtitles[TSTREAM_MAX_SUBTITLES] = {TSTREAM_SUBTITLE_INIT};
	size_t count = tstream_torrent_get_subtitles(path->torrent, path->film.index, subtitles,
	                                             TSTREAM_MAX_SUBTITLES);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, sidecar_to_json(path, (uint32_t)i, &subtitles[i]));
}

static void add_uploads(json_t *array, struct uploads *uploads, const struct subtitle_path *path)
{
	struct upload found[UPLOADS_MAX_PER_FILE];
	size_t count =
	    uploads_list(uploads, tstream_torrent_get_infohash(path->torrent), path->film.index, found);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, upload_to_json(path, &found[i]));
}

int route_subtitles_get(struct request *request)
{
	struct subtitle_path path;
	int status = subtitle_path_find(request, &path);

	if (status)
		return status;
	json_t *array = json_array();
	add_sidecars(array, &path);
	add_uploads(array, request->server->uploads, &path);
	tstream_torrent_unref(path.torrent);
	return response_json(request, 200, "", json_pack("{s:o}", "subtitles", array));
}

/* -- adding --------------------------------------------------------------- */

/* A parameter as it is shown to people; false if it is too long or cannot be printed. */
static bool copy_parameter(const struct request *request, const char *name, char *out,
                           size_t capacity)
{
	const char *value = query_get(&request->query, name);

	if (!value)
		return true;
	size_t size = strlen(value);
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7F)
			return false;
	}
	if (size >= capacity)
		return false;
	memcpy(out, value, size + 1);
	return true;
}

static bool is_language(const char *tag)
{
	return strspn(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
	       strlen(tag);
}

static int describe(struct request *request, const tstream_file *film, struct upload *upload)
{
	tstream_subtitle said = TSTREAM_SUBTITLE_INIT;
	char name[MAX_NAME_BYTES] = "";

	if (!copy_parameter(request, "name", name, sizeof(name)))
		return problem_send(request, 400, "name is too long, or no text.");
	tstream_subtitle_describe(film->name, name, &said);
	memcpy(upload->label, said.label, sizeof(upload->label));
	memcpy(upload->language, said.language, sizeof(upload->language));
	if (!copy_parameter(request, "label", upload->label, sizeof(upload->label)))
		return problem_send(request, 400, "label is longer than 79 bytes, or no text.");
	if (!copy_parameter(request, "language", upload->language, sizeof(upload->language)) ||
	    !is_language(upload->language))
		return problem_send(request, 400, "language is a tag as in \"en\" or \"pt-BR\".");
	if (!copy_parameter(request, "charset", upload->charset, sizeof(upload->charset)) ||
	    (upload->charset[0] && !tstream_subtitle_is_charset(upload->charset)))
		return problem_send(request, 400, "charset names none that is known here.");
	return 0;
}

/* What cannot be shown is not kept. */
static int check(struct request *request, const struct upload *upload, const char *bytes)
{
	tstream_subtitle_options options = TSTREAM_SUBTITLE_OPTIONS_INIT;
	tstream_error err = {0};
	char *text;

	options.charset = upload->charset[0] ? upload->charset : NULL;
	int code = subtitle_convert(bytes, upload->size, &options, &text, NULL, &err);
	if (code)
		return problem_send_code(request, code, &err);
	tstream_free(text);
	return 0;
}

static int add(struct request *request, const struct subtitle_path *path, const char *bytes,
               size_t size)
{
	char location[SUBTITLE_URL_BYTES + 32];
	char url[SUBTITLE_URL_BYTES];
	struct text extra;
	struct upload upload = {.file_index = path->film.index, .size = size};
	int status = describe(request, &path->film, &upload);

	if (status == 0)
		status = check(request, &upload, bytes);
	if (status)
		return status;
	snprintf(upload.infohash, sizeof(upload.infohash), "%s",
	         tstream_torrent_get_infohash(path->torrent));
	int code = uploads_add(request->server->uploads, &upload, bytes);
	if (code == TSTREAM_ELIMIT)
		return problem_sendf(request, 409, "This film has %d uploaded subtitles; delete one first.",
		                     UPLOADS_MAX_PER_FILE);
	if (code)
		return problem_send_code(request, code, NULL);
	subtitle_path_write(path, upload.number, url);
	text_init(&extra, location, sizeof(location));
	text_addf(&extra, "Location: %s\r\n", url);
	return response_json(request, 201, extra.data, upload_to_json(path, &upload));
}

static int add_from_form(struct request *request, const struct subtitle_path *path,
                         const struct body *body)
{
	struct multipart form;
	struct multipart_part part;
	int found;

	if (multipart_begin(&form, request_header(request, "Content-Type"), body->bytes, body->size))
		return problem_send(request, 400, "The form's boundary is missing or wrong.");
	do {
		found = multipart_next(&form, &part);
	} while (found > 0 && !part.is_file);
	if (found < 0)
		return problem_send(request, 400, "The form is malformed or too large.");
	if (found == 0)
		return problem_send(request, 400, "The form has no file.");
	return add(request, path, part.body, part.body_size);
}

enum media { MEDIA_SUBTITLE, MEDIA_FORM, MEDIA_OTHER };

static enum media media_of(const char *content_type)
{
	static const struct {
		const char *name;
		enum media media;
	} known[] = {
	    {"application/x-subrip", MEDIA_SUBTITLE},     {"text/vtt", MEDIA_SUBTITLE},
	    {"application/octet-stream", MEDIA_SUBTITLE}, {"text/plain", MEDIA_SUBTITLE},
	    {"multipart/form-data", MEDIA_FORM},
	};
	size_t size = content_type ? strcspn(content_type, "; \t") : 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (size == strlen(known[i].name) && strncasecmp(content_type, known[i].name, size) == 0)
			return known[i].media;
	}
	return MEDIA_OTHER;
}

static int post(struct request *request, const struct subtitle_path *path)
{
	enum media media = media_of(request_header(request, "Content-Type"));
	struct body body;

	if (media == MEDIA_OTHER)
		return problem_send(request, 415,
		                    "Send application/x-subrip, text/vtt or multipart/form-data.");
	int status = body_read(
	    request, media == MEDIA_FORM ? MAX_FORM_BYTES : TSTREAM_MAX_SUBTITLE_BYTES, &body);
	if (status)
		return status;
	status = media == MEDIA_FORM ? add_from_form(request, path, &body)
	                             : add(request, path, body.bytes, body.size);
	body_free(request, &body);
	return status;
}

int route_subtitles_post(struct request *request)
{
	struct subtitle_path path;
	int status = subtitle_path_find(request, &path);

	if (status)
		return status;
	status = post(request, &path);
	tstream_torrent_unref(path.torrent);
	return status;
}

/* -- taking away ---------------------------------------------------------- */

int route_subtitle_delete(struct request *request)
{
	struct subtitle_path path;
	int status = subtitle_path_find(request, &path);

	if (status)
		return status;
	struct upload wanted = {.file_index = path.film.index, .number = path.number};
	snprintf(wanted.infohash, sizeof(wanted.infohash), "%s",
	         tstream_torrent_get_infohash(path.torrent));
	tstream_torrent_unref(path.torrent);
	if (uploads_remove(request->server->uploads, &wanted))
		return problem_send(request, 404, "No uploaded subtitles have this number.");
	return response_empty(request, 204, "");
}
