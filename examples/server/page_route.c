/* The page and its files, and the description of the API. */
#include "assets.h"
#include "conditional.h"
#include "guard.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "web.h"

#include <stdio.h>
#include <string.h>

#define NO_CACHE "Cache-Control: no-cache\r\n"
#define PLAIN_POLICY                                                                               \
	"Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "           \
	"frame-ancestors 'none'\r\n"
enum { EXTRA_BYTES = 3500, ETAG_BYTES = 80 };

/* ?token=... leaves the token in a cookie, for the page's own requests. */
static void add_cookie(struct request *request, struct text *extra)
{
	const char *ours = request->server->settings.token;
	const char *token = query_get(&request->query, "token");

	if (ours[0] && token && guard_is_same_secret(ours, token))
		text_addf(extra, "Set-Cookie: tstream_token=%s; Path=/; HttpOnly; SameSite=Strict\r\n",
		          ours);
}

static void describe(const struct web_file *file, enum web_coding coding, const char *etag,
                     struct text *extra)
{
	text_addf(extra, "ETag: %s\r\nVary: Accept-Encoding\r\nCache-Control: %s\r\n", etag,
	          file->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
	if (coding != WEB_IDENTITY)
		text_addf(extra, "Content-Encoding: %s\r\n", coding == WEB_BROTLI ? "br" : "gzip");
	if (file->policy[0])
		text_addf(extra, "Content-Security-Policy: %s\r\n", file->policy);
}

static int send_file(struct request *request, const struct web_file *file, int status)
{
	enum web_coding coding = web_choose(file, request_header(request, "Accept-Encoding"));
	char etag[ETAG_BYTES];
	char memory[EXTRA_BYTES];
	struct text extra;

	snprintf(etag, sizeof(etag), "\"%.64s-%d\"", file->digest, (int)coding);
	text_init(&extra, memory, sizeof(memory));
	describe(file, coding, etag, &extra);
	if (file->policy[0])
		add_cookie(request, &extra);
	if (status == 200 && conditional_evaluate(NULL, request_header(request, "If-None-Match"),
	                                          etag) == CONDITIONAL_NOT_MODIFIED)
		return response_empty(request, 304, memory);
	return response_bytes(request, status, file->media_type, memory, file->bodies[coding].bytes,
	                      file->bodies[coding].size);
}

/* A page that names a torrent opens it by itself: a link on another site must not lead there. */
static int check_page(struct request *request)
{
	return guard_check_origin(request, query_get(&request->query, "magnet") ||
	                                       query_get(&request->query, "infohash"));
}

static int send_unbuilt_page(struct request *request)
{
	char memory[EXTRA_BYTES];
	struct text extra;

	text_init(&extra, memory, sizeof(memory));
	text_add(&extra, PLAIN_POLICY NO_CACHE);
	add_cookie(request, &extra);
	return response_bytes(request, 200, "text/html; charset=utf-8", memory, asset_page.bytes,
	                      asset_page.size);
}

int route_page_get(struct request *request)
{
	const struct web_file *file = web_find(request->server->web, request->info->local_uri);
	int status = check_page(request);

	if (status)
		return status;
	return file ? send_file(request, file, 200) : send_unbuilt_page(request);
}

static bool is_get(const struct request *request)
{
	return request->is_head || strcmp(request->info->request_method, "GET") == 0;
}

int route_file_get(struct request *request)
{
	const struct web_file *file = web_find(request->server->web, request->info->local_uri);

	if (!is_get(request))
		return problem_send_with(request, 405, "Allow: GET, HEAD, OPTIONS\r\n",
		                         "This path does not know that method.");
	int status = check_page(request);
	return status ? status : send_file(request, file, 200);
}

int route_nothing_get(struct request *request)
{
	const struct web_file *page = web_find(request->server->web, "/404");
	const char *accept = request_header(request, "Accept");

	if (page && is_get(request) && accept && strstr(accept, "text/html"))
		return send_file(request, page, 404);
	return problem_send(request, 404, "There is nothing at this path.");
}

int route_openapi_get(struct request *request)
{
	return response_bytes(request, 200, "application/json", NO_CACHE, asset_openapi.bytes,
	                      asset_openapi.size);
}
