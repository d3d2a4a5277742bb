/* …/subtitles/{number}.vtt: subtitles out of the torrent or of a viewer, as WebVTT. */
#include "conditional.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stream_body.h"
#include "streams.h"
#include "subtitle_convert.h"
#include "subtitle_path.h"
#include "uploads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of all that is being fetched and converted: a source of size n takes up to 8 n, as UTF-8 in
 * between and as WebVTT in the end. */
#define BUDGET_BYTES ((size_t)192 * 1024 * 1024)
#define BYTES_PER_SOURCE_BYTE 8

#define ETAG_BYTES 24

/* What is asked for, and the source once it is here. */
struct wanted {
	struct subtitle_path path;
	tstream_subtitle_options options;
	char charset[UPLOADS_CHARSET_BYTES]; /* of the upload */
	char *bytes;
	size_t size;
	bool is_upload;
};

/* -- parameters ----------------------------------------------------------- */

static int read_delay(struct request *request, int64_t *out_ms)
{
	const char *text = query_get(&request->query, "delay_ms");
	bool is_negative = text && text[0] == '-';
	uint64_t ms = 0;

	if (text && query_number(text + is_negative, TSTREAM_MAX_SUBTITLE_DELAY_MS, &ms))
		return problem_send(request, 400, "delay_ms is a number, at most a day either way.");
	*out_ms = is_negative ? -(int64_t)ms : (int64_t)ms;
	return 0;
}

static int read_parameters(struct request *request, tstream_subtitle_options *out)
{
	*out = (tstream_subtitle_options)TSTREAM_SUBTITLE_OPTIONS_INIT;
	out->charset = query_get(&request->query, "charset");
	if (out->charset && !tstream_subtitle_is_charset(out->charset))
		return problem_send(request, 400, "charset names none that is known here.");
	return read_delay(request, &out->delay_ms);
}

/* -- the source ----------------------------------------------------------- */

static bool reserve(struct server *server, size_t size)
{
	size_t taken = size * BYTES_PER_SOURCE_BYTE;

	if (atomic_fetch_add(&server->subtitle_bytes, taken) + taken <= BUDGET_BYTES)
		return true;
	atomic_fetch_sub(&server->subtitle_bytes, taken);
	return false;
}

static void release(struct server *server, size_t size)
{
	atomic_fetch_sub(&server->subtitle_bytes, size * BYTES_PER_SOURCE_BYTE);
}

static int collect(struct request *request, struct wanted *wanted, uint32_t file_index,
                   struct stream *stream)
{
	struct stream_body body = {.request = request,
	                           .stream = stream,
	                           .torrent = wanted->path.torrent,
	                           .file_index = file_index};

	wanted->bytes = malloc(wanted->size + 1);
	if (!wanted->bytes)
		return problem_send_code(request, TSTREAM_ENOMEM, NULL);
	streams_set_file(request->server->streams, stream, wanted->path.torrent, file_index);
	int code = stream_body_collect(&body, wanted->bytes, wanted->size);
	return code ? problem_send_code(request, code, &body.err) : 0;
}

/* Out of the swarm, which takes one of the streams while it lasts. */
static int fetch(struct request *request, struct wanted *wanted, uint32_t file_index)
{
	struct streams *streams = request->server->streams;
	struct stream *stream = streams_claim(streams, request->info->remote_addr);

	if (!stream)
		return problem_sendf(request, 503, "All %u streams are taken; try again soon.",
		                     streams_capacity(streams));
	int status = collect(request, wanted, file_index, stream);
	streams_release(streams, stream);
	return status;
}

/* Which file of the torrent it is; out_size is what it takes. */
static int find_sidecar(struct request *request, const struct subtitle_path *path,
                        uint32_t *out_index, size_t *out_size)
{
	tstream_subtitle subtitles[TSTREAM_MAX_SUBTITLES] = {TSTREAM_SUBTITLE_INIT};
	tstream_file file = TSTREAM_FILE_INIT;
	size_t count = tstream_torrent_get_subtitles(path->torrent, path->film.index, subtitles,
	                                             TSTREAM_MAX_SUBTITLES);

	if (path->number >= count ||
	    tstream_torrent_get_file(path->torrent, subtitles[path->number].file_index, &file))
		return problem_send(request, 404, "The film has no subtitles of this number.");
	if (file.size > TSTREAM_MAX_SUBTITLE_BYTES)
		return problem_send(request, 422, "The file is too large for subtitles.");
	*out_index = file.index;
	*out_size = (size_t)file.size;
	return 0;
}

static int read_upload(struct request *request, const struct upload *upload, struct wanted *wanted)
{
	struct upload read;
	int code = uploads_read(request->server->uploads, upload, &read, &wanted->bytes);

	if (code == TSTREAM_ENOENT)
		return problem_send(request, 404, "The film has no subtitles of this number.");
	if (code)
		return problem_send_code(request, code, NULL);
	wanted->size = read.size;
	memcpy(wanted->charset, read.charset, sizeof(wanted->charset));
	if (!wanted->options.charset && wanted->charset[0])
		wanted->options.charset = wanted->charset;
	return 0;
}

/* -- the answer ----------------------------------------------------------- */

/* FNV-1a.  Its collisions could be made on purpose, to no one's harm but the maker's. */
static void make_etag(const char *text, size_t size, char etag[ETAG_BYTES])
{
	uint64_t hash = 0xCBF29CE484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3;
	snprintf(etag, ETAG_BYTES, "\"%016" PRIx64 "\"", hash);
}

static int send_text(struct request *request, const struct wanted *wanted, const char *text,
                     size_t size)
{
	char etag[ETAG_BYTES];
	char extra[256];

	make_etag(text, size, etag);
	/* The infohash fixes the torrent's own for ever; only this program may change its mind. */
	snprintf(extra, sizeof(extra), "ETag: %s\r\nCache-Control: private, %s\r\n", etag,
	         wanted->is_upload ? "no-cache" : "max-age=3600");
	switch (conditional_evaluate(request_header(request, "If-Match"),
	                             request_header(request, "If-None-Match"), etag)) {
	case CONDITIONAL_NOT_MODIFIED:
		return response_empty(request, 304, extra);
	case CONDITIONAL_FAILED:
		return problem_send(request, 412, "The subtitles are not those that If-Match names.");
	default:
		return response_bytes(request, 200, "text/vtt; charset=utf-8", extra, text, size);
	}
}

static int convert(struct request *request, const struct wanted *wanted)
{
	tstream_error err = {0};
	char *text;
	size_t size;
	int code = subtitle_convert(wanted->bytes, wanted->size, &wanted->options, &text, &size, &err);

	if (code == TSTREAM_EINVAL)
		return problem_send(request, 422, err.message);
	if (code)
		return problem_send_code(request, code, &err);
	int status = send_text(request, wanted, text, size);
	tstream_free(text);
	return status;
}

/* How large it is, or 0. */
static size_t size_of_upload(struct uploads *uploads, const struct upload *wanted)
{
	struct upload found[UPLOADS_MAX_PER_FILE];
	size_t count = uploads_list(uploads, wanted->infohash, wanted->file_index, found);

	for (size_t i = 0; i < count; i++) {
		if (found[i].number == wanted->number)
			return found[i].size;
	}
	return 0;
}

static int serve_upload(struct request *request, struct wanted *wanted)
{
	struct upload upload = {.file_index = wanted->path.film.index, .number = wanted->path.number};

	snprintf(upload.infohash, sizeof(upload.infohash), "%s",
	         tstream_torrent_get_infohash(wanted->path.torrent));
	size_t size = size_of_upload(request->server->uploads, &upload);
	if (!reserve(request->server, size))
		return problem_send(request, 503, "Too many subtitles at once; try again soon.");
	int status = read_upload(request, &upload, wanted);
	if (status == 0)
		status = convert(request, wanted);
	release(request->server, size);
	return status;
}

static int serve_sidecar(struct request *request, struct wanted *wanted)
{
	uint32_t file_index = 0;
	int status = find_sidecar(request, &wanted->path, &file_index, &wanted->size);

	if (status)
		return status;
	if (!reserve(request->server, wanted->size))
		return problem_send(request, 503, "Too many subtitles at once; try again soon.");
	status = fetch(request, wanted, file_index);
	if (status == 0)
		status = convert(request, wanted);
	release(request->server, wanted->size);
	return status;
}

int route_subtitle_get(struct request *request)
{
	struct wanted wanted = {.size = 0};
	int status = read_parameters(request, &wanted.options);

	if (status == 0)
		status = subtitle_path_find(request, &wanted.path);
	if (status)
		return status;
	wanted.is_upload = wanted.path.number >= UPLOADS_FIRST_NUMBER;
	status = wanted.is_upload ? serve_upload(request, &wanted) : serve_sidecar(request, &wanted);
	free(wanted.bytes);
	tstream_torrent_unref(wanted.path.torrent);
	return status;
}
