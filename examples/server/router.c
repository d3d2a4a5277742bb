#include "router.h"

#include "body.h"
#include "guard.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>

/* How long a request waits for the session to be opened, which hardly ever takes a second. */
#define START_TIMEOUT_US (10 * (int64_t)1000000)

static const struct route routes[] = {
    {"GET", "/", route_page_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC},
    {"GET", "/page.js", route_script_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC},
    {"GET", "/page.css", route_style_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC},
    {"GET", "/api/openapi.json", route_openapi_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC},
    {"GET", "/api/health", route_health_get, ROUTE_IS_PUBLIC},
    {"GET", "/api/search", route_search_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/providers", route_providers_get, 0},
    {"GET", "/api/stream", route_stream_get, ROUTE_HAS_EFFECT},
    {"DELETE", "/api/stream", route_stream_delete, ROUTE_HAS_EFFECT},
    {"GET", "/api/streams", route_streams_get, 0},
    {"GET", "/api/torrents", route_torrents_get, 0},
    {"POST", "/api/torrents", route_torrents_post, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}", route_torrent_get, ROUTE_HAS_EFFECT},
    {"DELETE", "/api/torrents/{infohash}", route_torrent_delete, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/stats", route_torrent_stats_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/events", route_torrent_events_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/torrent", route_torrent_file_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/playlist", route_torrent_playlist_get, ROUTE_HAS_EFFECT},
    /* Subtitles. */
    {"GET", "/api/torrents/{infohash}/files/{file}/subtitles", route_subtitles_get,
     ROUTE_HAS_EFFECT},
    {"POST", "/api/torrents/{infohash}/files/{file}/subtitles", route_subtitles_post,
     ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/files/{file}/subtitles/{number}.vtt", route_subtitle_get,
     ROUTE_HAS_EFFECT},
    {"DELETE", "/api/torrents/{infohash}/files/{file}/subtitles/{number}", route_subtitle_delete,
     ROUTE_HAS_EFFECT},
    /* The same under other names. */
    {"GET", "/torrent/info", route_torrent_info_get, ROUTE_HAS_EFFECT},
    {"DELETE", "/torrent", route_torrent_delete_by_magnet, ROUTE_HAS_EFFECT},
    {"GET", "/stream", route_stream_get, ROUTE_HAS_EFFECT},
    {"DELETE", "/stream", route_stream_delete, ROUTE_HAS_EFFECT},
    {"GET", "/streams", route_streams_get, 0},
    {"GET", "/health", route_health_get, ROUTE_IS_PUBLIC},
};

enum { ROUTE_COUNT = sizeof(routes) / sizeof(routes[0]) };

/* What comes after the first placeholder: others there stand for decimal digits. */
static bool matches_rest(const char *template, const char *path)
{
	while (*template && *path) {
		if (*template != '{') {
			if (*template ++ != *path++)
				return false;
			continue;
		}
		size_t digits = strspn(path, "0123456789");
		if (digits == 0)
			return false;
		path += digits;
		template = strchr(template, '}') + 1;
	}
	return *template == *path;
}

/* Whether a path is one of a template.  What stands for the placeholder is any one segment. */
static bool matches(const char *template, const char *path, const char **segment, size_t *size)
{
	static const char placeholder[] = "{infohash}";
	const char *place = strstr(template, placeholder);

	*segment = NULL;
	if (!place)
		return strcmp(template, path) == 0;
	size_t before = (size_t)(place - template);
	if (strncmp(template, path, before) != 0)
		return false;
	*segment = path + before;
	*size = strcspn(*segment, "/");
	return *size > 0 && matches_rest(place + sizeof(placeholder) - 1, *segment + *size);
}

static void copy_infohash(const char *segment, size_t size, char infohash[TSTREAM_INFOHASH_BYTES])
{
	char text[TSTREAM_INFOHASH_BYTES];

	infohash[0] = '\0';
	if (!segment || size >= sizeof(text))
		return;
	memcpy(text, segment, size);
	text[size] = '\0';
	if (!locate_parse_infohash(text, infohash))
		infohash[0] = '\0';
}

const struct route *router_find(const char *method, const char *path, bool *out_is_path_known,
                                char infohash[TSTREAM_INFOHASH_BYTES])
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	const char *segment;
	size_t size = 0;

	*out_is_path_known = false;
	infohash[0] = '\0';
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		if (!matches(routes[i].path, path, &segment, &size))
			continue;
		*out_is_path_known = true;
		if (strcmp(routes[i].method, wanted) == 0) {
			copy_infohash(segment, size, infohash);
			return &routes[i];
		}
	}
	return NULL;
}

void router_list_methods(const char *path, char out[ROUTER_ALLOW_BYTES])
{
	struct text list;
	const char *segment;
	size_t size;

	text_init(&list, out, ROUTER_ALLOW_BYTES);
	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		if (matches(routes[i].path, path, &segment, &size))
			text_addf(&list, "%s, ",
			          strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
	}
	text_add(&list, "OPTIONS");
}

static int answer_options(struct request *request, const char *path)
{
	char allow[ROUTER_ALLOW_BYTES];
	char extra[512];

	router_list_methods(path, allow);
	snprintf(extra, sizeof(extra), "Allow: %s\r\n", allow);
	if (request->origin)
		snprintf(extra, sizeof(extra),
		         "Allow: %s\r\nAccess-Control-Allow-Methods: %s\r\n"
		         "Access-Control-Allow-Headers: Authorization, Content-Type, Range, If-Range, "
		         "If-Match, If-None-Match, Cache-Control\r\nAccess-Control-Max-Age: 600\r\n",
		         allow, allow);
	return response_empty(request, 204, extra);
}

static int refuse_method(struct request *request, const char *path)
{
	char allow[ROUTER_ALLOW_BYTES];
	char extra[128];

	router_list_methods(path, allow);
	snprintf(extra, sizeof(extra), "Allow: %s\r\n", allow);
	return problem_send_with(request, 405, extra, "This path does not know that method.");
}

static int check_connections(struct request *request)
{
	unsigned count = atomic_load(&request->server->connection_count);
	uint64_t max = request->server->settings.max_connections;

	/* Getting full: let nobody sit on a thread between requests. */
	if (count > max / 4 * 3)
		request_close_after(request);
	if (count > max)
		return problem_send(request, 503, "Too many connections; try again soon.");
	return 0;
}

/* All that comes before it matters what is asked for.  0, or the status of the refusal. */
static int check_request(struct request *request)
{
	int status = check_connections(request);

	if (status == 0)
		status = guard_check_framing(request);
	if (status == 0)
		status = guard_check_host(request);
	return status;
}

static int check_route(struct request *request, const struct route *route)
{
	int status = guard_check_origin(request, route->flags & ROUTE_HAS_EFFECT);

	if (status == 0 && !(route->flags & ROUTE_IS_PUBLIC))
		status = guard_check_token(request);
	if (status == 0 && strstr(route->path, "{infohash}") && !request->infohash[0])
		status = problem_send(request, 400, "An infohash is 40 or 64 hexadecimal digits.");
	return status;
}

static int await_session(struct request *request)
{
	if (gate_pass(&request->server->gate, START_TIMEOUT_US))
		return 0;
	request_close_after(request);
	return problem_send(request, 503, "The server is starting or ending; try again soon.");
}

static int dispatch(struct request *request)
{
	const char *method = request->info->request_method;
	const char *path = request->info->local_uri;
	bool is_path_known;
	const struct route *route = router_find(method, path, &is_path_known, request->infohash);

	if (!route && is_path_known && strcmp(method, "OPTIONS") == 0) {
		guard_check_origin(request, false);
		return answer_options(request, path);
	}
	if (!route && is_path_known)
		return refuse_method(request, path);
	if (!route)
		return problem_send(request, 404, "There is nothing at this path.");
	int status = check_route(request, route);
	if (status == 0 && !(route->flags & ROUTE_IS_STATIC))
		status = await_session(request);
	return status ? status : route->handler(request);
}

static int parse_and_dispatch(struct request *request)
{
	int status = check_request(request);

	if (status)
		return status;
	switch (query_parse(&request->query, request->info->query_string)) {
	case 0:
		status = dispatch(request);
		break;
	case -2:
		status = problem_send(request, 500, "Out of memory.");
		break;
	default:
		status = problem_send(request, 400,
		                      "The query is malformed: escapes, UTF-8, or too many or doubled "
		                      "parameters.");
	}
	query_free(&request->query);
	return status;
}

int router_handle(struct request *request)
{
	request->is_head = strcmp(request->info->request_method, "HEAD") == 0;
	int status = parse_and_dispatch(request);
	body_drain(request);
	return status;
}
