#include "response.h"

#include "body.h"
#include "clock.h"
#include "problem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a client may take nothing, as a paused player does, before its stream is ended.
 * It comes back with a Range request. */
#define MAX_PAUSE_US (120 * (int64_t)1000000)

static const char *reason(int status)
{
	const char *phrase = problem_title(status);

	return phrase ? phrase : "Unknown";
}

static void add_date(struct text *head)
{
	time_t now = time(NULL);
	struct tm parts;
	char date[32];

	gmtime_r(&now, &parts);
	/* In the C locale, which this program never leaves, these are RFC 9110's names. */
	if (strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0)
		text_addf(head, "Date: %s\r\n", date);
}

static void add_origin(struct text *head, const struct request *request)
{
	if (request->server->settings.allowed_origins)
		text_add(head, "Vary: Origin\r\n");
	if (request->origin)
		text_addf(head,
		          "Access-Control-Allow-Origin: %s\r\n"
		          "Access-Control-Expose-Headers: Accept-Ranges, Content-Range, Content-Length, "
		          "Content-Disposition, ETag, Location, Retry-After, "
		          "X-Request-Id\r\n"
		          "Cross-Origin-Resource-Policy: cross-origin\r\n",
		          request->origin);
	else
		text_add(head, "Cross-Origin-Resource-Policy: same-origin\r\n");
}

void response_begin_head(struct text *head, struct request *request, int status)
{
	body_skip(request);
	text_addf(head, "HTTP/1.1 %d %s\r\n", status, reason(status));
	add_date(head);
	text_addf(head, "Connection: %s\r\n", request_is_kept_alive(request) ? "keep-alive" : "close");
	text_add(head, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
	text_addf(head, "X-Request-Id: %s\r\n", request->request_id);
	add_origin(head, request);
	text_add(head, request->cookies);
}

void response_end_head(struct text *head)
{
	text_add(head, "\r\n");
}

/* mg_write() gives up after request_timeout_ms without room; whether the client is gone or only
 * pauses is ours to find out.  A failure that comes at once is no pause. */
static bool is_only_pausing(struct request *request, int64_t began_us)
{
	return clock_now_us() - began_us > 1000000 && !request_is_abandoned(request) &&
	       request->socket >= 0;
}

bool response_write(struct request *request, const void *bytes, size_t size)
{
	const char *rest = bytes;
	int64_t progress_us = clock_now_us();

	while (size > 0) {
		int64_t began_us = clock_now_us();
		int written = mg_write(request->connection, rest, size);
		if (written > 0) {
			rest += written;
			size -= (size_t)written;
			progress_us = began_us;
		} else if (began_us - progress_us > MAX_PAUSE_US || !is_only_pausing(request, began_us)) {
			request_close_after(request);
			return false;
		}
	}
	return true;
}

/* One write for head and body where they fit: one packet, and no waiting for an ACK. */
static void send_whole(struct request *request, const struct text *head, const void *body,
                       size_t size)
{
	char both[8192];

	if (size > 0 && head->size + size <= sizeof(both)) {
		memcpy(both, head->data, head->size);
		memcpy(both + head->size, body, size);
		response_write(request, both, head->size + size);
		return;
	}
	if (response_write(request, head->data, head->size) && size > 0)
		response_write(request, body, size);
}

int response_bytes(struct request *request, int status, const char *media_type, const char *extra,
                   const void *body, size_t size)
{
	char memory[RESPONSE_HEAD_BYTES];
	struct text head;

	text_init(&head, memory, sizeof(memory));
	response_begin_head(&head, request, status);
	text_addf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", media_type, size);
	text_add(&head, extra);
	response_end_head(&head);
	send_whole(request, &head, body, request->is_head ? 0 : size);
	return status;
}

int response_json(struct request *request, int status, const char *extra, json_t *body)
{
	char headers[1024];
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	if (!text)
		return problem_send(request, 500, "Out of memory.");
	snprintf(headers, sizeof(headers), "Cache-Control: no-store\r\n%s", extra);
	const char *media_type = status >= 400 ? "application/problem+json" : "application/json";
	response_bytes(request, status, media_type, headers, text, strlen(text));
	free(text);
	return status;
}

int response_empty(struct request *request, int status, const char *extra)
{
	char memory[RESPONSE_HEAD_BYTES];
	struct text head;

	text_init(&head, memory, sizeof(memory));
	response_begin_head(&head, request, status);
	text_add(&head, extra);
	response_end_head(&head);
	response_write(request, head.data, head.size);
	return status;
}
