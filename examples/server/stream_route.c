/* GET and HEAD of /api/stream: a file of a torrent, as RFC 9110 has it. */
#include "conditional.h"
#include "disposition.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stream_body.h"
#include "streams.h"
#include "viewer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define ETAG_BYTES 80
#define BOUNDARY_BYTES 33
#define PART_HEAD_BYTES 512

/* A file of a torrent comes from strangers, and may be HTML: as a document of its own it gets
 * neither scripts nor our origin. */
#define FILE_POLICY                                                                                \
	"Content-Security-Policy: sandbox; default-src 'none'; media-src 'self'; img-src 'self'; "     \
	"style-src 'unsafe-inline'\r\n"

struct answer {
	struct request *request;
	tstream_file file;
	char etag[ETAG_BYTES];
	char boundary[BOUNDARY_BYTES];
	struct range ranges[RANGE_MAX];
	unsigned range_count; /* 0: the whole file */
};

/* The infohash fixes every byte of every file, so it makes a strong validator. */
static void make_etag(struct answer *answer, const tstream_torrent *torrent)
{
	snprintf(answer->etag, sizeof(answer->etag), "\"%s-%" PRIu32 "\"",
	         tstream_torrent_get_infohash(torrent), answer->file.index);
}

/* Fields that 200, 206 and 304 have in common. */
static void add_validators(struct text *head, const struct answer *answer)
{
	text_addf(head, "ETag: %s\r\nCache-Control: private, no-cache\r\nAccept-Ranges: bytes\r\n",
	          answer->etag);
}

static void add_file_fields(struct text *head, const struct answer *answer)
{
	const char *download = query_get(&answer->request->query, "download");

	add_validators(head, answer);
	text_add(head, FILE_POLICY);
	disposition_add(head, answer->file.name, download && strcmp(download, "1") == 0);
}

static void add_content_range(struct text *head, const struct answer *answer,
                              const struct range *range)
{
	text_addf(head, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", range->begin,
	          range->end - 1, answer->file.size);
}

/* What goes before a range in a body of several; the first one's line end belongs to nothing. */
static void write_part_head(struct text *head, const struct answer *answer, unsigned index)
{
	text_addf(head, "%s--%s\r\nContent-Type: %s\r\n", index > 0 ? "\r\n" : "", answer->boundary,
	          answer->file.media_type);
	add_content_range(head, answer, &answer->ranges[index]);
	text_add(head, "\r\n");
}

static uint64_t multipart_length(const struct answer *answer)
{
	char memory[PART_HEAD_BYTES];
	struct text head;
	uint64_t length = strlen("\r\n--") + strlen(answer->boundary) + strlen("--\r\n");

	for (unsigned i = 0; i < answer->range_count; i++) {
		text_init(&head, memory, sizeof(memory));
		write_part_head(&head, answer, i);
		length += head.size + answer->ranges[i].end - answer->ranges[i].begin;
	}
	return length;
}

static void make_boundary(struct answer *answer)
{
	unsigned char noise[(BOUNDARY_BYTES - 1) / 2];

	/* Unguessable, so that no file can hold it on purpose. */
	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		memset(noise, 0x5A, sizeof(noise));
	for (size_t i = 0; i < sizeof(noise); i++)
		snprintf(answer->boundary + 2 * i, 3, "%02x", noise[i]);
}

static void write_head(struct text *head, struct answer *answer)
{
	uint64_t length = answer->file.size;

	response_begin_head(head, answer->request, answer->range_count > 0 ? 206 : 200);
	if (answer->range_count > 1) {
		make_boundary(answer);
		length = multipart_length(answer);
		text_addf(head, "Content-Type: multipart/byteranges; boundary=%s\r\n", answer->boundary);
	} else {
		text_addf(head, "Content-Type: %s\r\n", answer->file.media_type);
	}
	if (answer->range_count == 1) {
		add_content_range(head, answer, &answer->ranges[0]);
		length = answer->ranges[0].end - answer->ranges[0].begin;
	}
	text_addf(head, "Content-Length: %" PRIu64 "\r\n", length);
	add_file_fields(head, answer);
	response_end_head(head);
}

static int send_unsatisfiable(const struct answer *answer)
{
	char extra[128];

	snprintf(extra, sizeof(extra), "Content-Range: bytes */%" PRIu64 "\r\nAccept-Ranges: bytes\r\n",
	         answer->file.size);
	return problem_send_with(answer->request, 416, extra, "The file has no byte of that range.");
}

static int send_not_modified(const struct answer *answer)
{
	char memory[512];
	struct text extra;

	text_init(&extra, memory, sizeof(memory));
	add_validators(&extra, answer);
	return response_empty(answer->request, 304, extra.data);
}

/* What comes out of preconditions and Range.  0: go on with answer->ranges; or the status of
 * what was sent instead. */
static int evaluate(struct answer *answer)
{
	struct request *request = answer->request;
	enum conditional_result result =
	    conditional_evaluate(request_header(request, "If-Match"),
	                         request_header(request, "If-None-Match"), answer->etag);

	if (result == CONDITIONAL_FAILED)
		return problem_send(request, 412, "The file is not the one that If-Match names.");
	if (result == CONDITIONAL_NOT_MODIFIED)
		return send_not_modified(answer);
	/* Range is defined for GET only: RFC 9110, section 14.2. */
	if (request->is_head ||
	    !conditional_range_applies(request_header(request, "If-Range"), answer->etag))
		return 0;
	if (range_parse(request_header(request, "Range"), answer->file.size, answer->ranges,
	                &answer->range_count) == RANGE_UNSATISFIABLE)
		return send_unsatisfiable(answer);
	return 0;
}

/* Each further range with its head, then the end of the body. */
static int send_parts(struct answer *answer, struct stream_body *body, struct text *head)
{
	char memory[PART_HEAD_BYTES];
	struct text part;

	write_part_head(head, answer, 0);
	int code = stream_body_send(body, head, &answer->ranges[0]);
	for (unsigned i = 1; i < answer->range_count && code == 0; i++) {
		text_init(&part, memory, sizeof(memory));
		write_part_head(&part, answer, i);
		code = stream_body_send(body, &part, &answer->ranges[i]);
	}
	if (code)
		return code;
	text_init(&part, memory, sizeof(memory));
	text_addf(&part, "\r\n--%s--\r\n", answer->boundary);
	return response_write(body->request, part.data, part.size) ? 0 : REQUEST_CLIENT_GONE;
}

static int send_body(struct answer *answer, struct stream_body *body, struct text *head)
{
	struct range whole = {0, answer->file.size};

	if (answer->range_count > 1)
		return send_parts(answer, body, head);
	return stream_body_send(body, head, answer->range_count == 1 ? &answer->ranges[0] : &whole);
}

/* Watching is what is recorded; what is saved may be watched another time, or never. */
static bool is_watched(const struct answer *answer)
{
	const char *download = query_get(&answer->request->query, "download");
	int kind = answer->file.media_kind;

	return (kind == TSTREAM_MEDIA_VIDEO || kind == TSTREAM_MEDIA_AUDIO) &&
	       !(download && strcmp(download, "1") == 0);
}

static void begin_recording(struct answer *answer, const tstream_torrent *torrent,
                            struct stream_body *body)
{
	struct sighting *seen = &body->seen;

	if (!is_watched(answer))
		return;
	body->is_watched = true;
	body->is_seek = answer->range_count > 0 && answer->ranges[0].begin > 0;
	viewer_take_address(answer->request);
	body->recorder = answer->request->server->recorder;
	snprintf(seen->viewer, sizeof(seen->viewer), "%s", answer->request->viewer);
	snprintf(seen->infohash, sizeof(seen->infohash), "%s", tstream_torrent_get_infohash(torrent));
	seen->file_index = answer->file.index;
	seen->file_size = answer->file.size;
}

static int send_file(struct answer *answer, tstream_torrent *torrent, struct stream *stream)
{
	struct request *request = answer->request;
	char memory[RESPONSE_HEAD_BYTES];
	struct text head;
	int status = answer->range_count > 0 ? 206 : 200;

	text_init(&head, memory, sizeof(memory));
	write_head(&head, answer);
	if (request->is_head || answer->file.size == 0) {
		response_write(request, head.data, head.size);
		return status;
	}
	struct stream_body body = {
	    .request = request, .stream = stream, .torrent = torrent, .file_index = answer->file.index};
	begin_recording(answer, torrent, &body);
	int code = stream_body_begin(&body);
	if (code == 0)
		code = send_body(answer, &body, &head);
	stream_body_end(&body);
	if (code && !body.has_begun && body.is_watched)
		metrics_note_loss(&request->server->metrics, code);
	if (code && !body.has_begun)
		return problem_send_code(request, code, &body.err);
	/* The length is promised: hanging up is the only way left to say that it failed. */
	if (code)
		request_close_after(request);
	return status;
}

static int serve(struct request *request, tstream_torrent **torrent, struct stream *stream)
{
	struct answer answer = {.request = request};
	tstream_error err = {0};
	int code = locate_await_metadata(request, torrent, &err);

	/* Which file, and whether it would have been watched, nobody knows yet. */
	if (code)
		metrics_note_loss(&request->server->metrics, code);
	else
		code = locate_file(request, *torrent, &answer.file, &err);
	if (code)
		return problem_send_code(request, code, &err);
	streams_set_file(request->server->streams, stream, *torrent, answer.file.index);
	make_etag(&answer, *torrent);
	int status = evaluate(&answer);
	return status ? status : send_file(&answer, *torrent, stream);
}

int route_stream_get(struct request *request)
{
	struct streams *streams = request->server->streams;
	tstream_torrent *torrent = NULL;
	tstream_error err = {0};
	struct stream *stream = streams_claim(streams, request->info->remote_addr);

	if (!stream)
		return problem_sendf(request, 503, "All %u streams are taken; try again soon.",
		                     streams_capacity(streams));
	int code = locate_from_query(request, &torrent, &err);
	int status = code ? problem_send_code(request, code, &err) : serve(request, &torrent, stream);
	streams_release(streams, stream);
	tstream_torrent_unref(torrent);
	return status;
}
