#include "body.h"

#include "clock.h"
#include "problem.h"

#include <stdlib.h>
#include <strings.h>

/* What all uploads in progress may take together. */
#define BUDGET_BYTES ((size_t)64 * 1024 * 1024)
#define READ_TIMEOUT_US (30 * (int64_t)1000000)
#define READ_BYTES ((size_t)64 * 1024)
#define SKIP_BYTES ((size_t)64 * 1024)

/* How much of a refused body is taken in before hanging up.  Closing a socket with unread bytes
 * resets it, and the reset can overtake the answer; clients that send little get to read it. */
#define DRAIN_BYTES ((size_t)1024 * 1024)

static bool is_chunked(const struct request *request)
{
	return request_header(request, "Transfer-Encoding") != NULL;
}

void body_skip(struct request *request)
{
	bool is_large = is_chunked(request) || request->info->content_length > (long long)SKIP_BYTES;

	/* Who expects 100 has not sent the body, and will not. */
	if (!request->is_body_read && (is_large || request_header(request, "Expect")))
		request_close_after(request);
}

void body_drain(struct request *request)
{
	char bytes[4096];
	size_t drained = 0;
	int count;

	if (!request->must_close || request->is_body_read || request_header(request, "Expect"))
		return;
	while (drained < DRAIN_BYTES &&
	       (count = mg_read(request->connection, bytes, sizeof(bytes))) > 0)
		drained += (size_t)count;
}

static int refuse_size(struct request *request, size_t max_size)
{
	request_close_after(request);
	return problem_sendf(request, 413, "A body here has at most %zu bytes.", max_size);
}

/* Hang up too: what is left of the body cannot be told from a next request. */
static int refuse(struct request *request, int status, const char *detail)
{
	request_close_after(request);
	return problem_send(request, status, detail);
}

/* 0, or the status of the refusal. */
static int meet_expectation(struct request *request)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *expect = request_header(request, "Expect");

	if (!expect)
		return 0;
	if (strcasecmp(expect, "100-continue") != 0)
		return refuse(request, 417, "Only 100-continue can be expected.");
	mg_write(request->connection, go_on, sizeof(go_on) - 1);
	return 0;
}

static bool reserve(struct request *request, struct body *body, size_t size)
{
	atomic_size_t *total = &request->server->body_bytes;

	if (atomic_fetch_add(total, size) + size > BUDGET_BYTES) {
		atomic_fetch_sub(total, size);
		return false;
	}
	body->reserved += size;
	return true;
}

void body_free(struct request *request, struct body *body)
{
	atomic_fetch_sub(&request->server->body_bytes, body->reserved);
	free(body->bytes);
	*body = (struct body){0};
}

/* Room for one more read and a NUL.  Grows by doubling, so that a claim of a large size alone
 * takes no memory. */
static bool make_room(struct request *request, struct body *body)
{
	if (body->reserved >= body->size + READ_BYTES + 1)
		return true;
	size_t more = body->reserved > 0 ? body->reserved : READ_BYTES + 1;
	if (!reserve(request, body, more))
		return false;
	char *bytes = realloc(body->bytes, body->reserved);
	if (bytes)
		body->bytes = bytes;
	return bytes != NULL;
}

/* 0, or the status of the refusal. */
static int read_all(struct request *request, size_t max_size, struct body *body)
{
	int64_t began_us = clock_now_us();

	for (;;) {
		if (!make_room(request, body))
			return refuse(request, 503, "Too many uploads at once; try again soon.");
		int count = mg_read(request->connection, body->bytes + body->size, READ_BYTES);
		if (count < 0)
			return refuse(request, 400, "The body did not arrive as announced.");
		if (count == 0)
			break;
		body->size += (size_t)count;
		if (body->size > max_size)
			return refuse_size(request, max_size);
		if (clock_now_us() - began_us > READ_TIMEOUT_US)
			return refuse(request, 408, "The body took too long to arrive.");
	}
	body->bytes[body->size] = '\0';
	if (!is_chunked(request) && (long long)body->size < request->info->content_length)
		return refuse(request, 400, "The body is shorter than its Content-Length.");
	return 0;
}

int body_read(struct request *request, size_t max_size, struct body *out)
{
	*out = (struct body){0};
	if (request->info->content_length > (long long)max_size)
		return refuse_size(request, max_size);
	int status = meet_expectation(request);
	if (status == 0)
		status = read_all(request, max_size, out);
	if (status)
		body_free(request, out);
	request->is_body_read = status == 0;
	return status;
}
