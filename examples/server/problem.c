#include "problem.h"

#include "response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* nginx's number for a client that left before its answer; nobody gets to see it but the log. */
#define STATUS_CLIENT_GONE 499

const char *problem_title(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {421, "Misdirected Request"},
	    {429, "Too Many Requests"},
	    {422, "Unprocessable Content"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	    {507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (titles[i].status == status)
			return titles[i].title;
	}
	return NULL;
}

int problem_status(int code)
{
	switch (code) {
	case TSTREAM_EINVAL:
		return 400;
	case TSTREAM_EREFUSED:
		return 403;
	case TSTREAM_ENOENT:
		return 404;
	case TSTREAM_ECANCELED:
		return 409;
	case TSTREAM_ENOTSUP:
		return 501;
	case TSTREAM_ENET:
		return 502;
	case TSTREAM_EAGAIN:
	case TSTREAM_EBUSY:
	case TSTREAM_ELIMIT:
	case TSTREAM_ENOMEM:
		return 503;
	case TSTREAM_ETIMEDOUT:
		return 504;
	case TSTREAM_ENOSPC:
		return 507;
	default:
		return 500;
	}
}

int problem_send_with(struct request *request, int status, const char *extra, const char *detail)
{
	const char *title = problem_title(status);
	json_t *body = json_pack("{s:s, s:s, s:i, s:s?}", "type", "about:blank", "title",
	                         title ? title : "Error", "status", status, "detail", detail);

	if (!body && status == 500)
		return response_bytes(request, 500, "text/plain", "", "", 0);
	return response_json(request, status, extra, body);
}

int problem_send(struct request *request, int status, const char *detail)
{
	return problem_send_with(request, status, status == 503 ? "Retry-After: 2\r\n" : "", detail);
}

int problem_sendf(struct request *request, int status, const char *format, ...)
{
	char detail[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
	return problem_send(request, status, detail);
}

int problem_send_code(struct request *request, int code, const tstream_error *err)
{
	if (code == REQUEST_CLIENT_GONE) {
		request_close_after(request);
		return STATUS_CLIENT_GONE;
	}
	const char *detail = err && err->message[0] ? err->message : tstream_strerror(code);
	return problem_send(request, problem_status(code), detail);
}
