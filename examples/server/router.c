#include "router.h"

#include "access.h"
#include "body.h"
#include "deep_stack.h"
#include "guard.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "web.h"

#include <stdio.h>
#include <string.h>

/* How long a request waits for the session to be opened, which hardly ever takes a second. */
#define START_TIMEOUT_US (10 * (int64_t)1000000)

static const struct route routes[] = {
    {"GET", "/", route_page_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC | ROUTE_IS_PAGE},
    {"GET", "/login", route_page_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC | ROUTE_IS_OPEN},
    {"GET", "/api/openapi.json", route_openapi_get, ROUTE_IS_PUBLIC | ROUTE_IS_STATIC},
    {"GET", "/api/health", route_health_get, ROUTE_IS_PUBLIC | ROUTE_IS_OPEN},
    {"GET", "/metrics", route_metrics_get, ROUTE_TAKES_METRICS_TOKEN},
    {"GET", "/api/search", route_search_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/providers", route_providers_get, 0},
    {"GET", "/api/stream", route_stream_get, ROUTE_HAS_EFFECT | ROUTE_TAKES_STREAM_LINK},
    {"DELETE", "/api/stream", route_stream_delete, ROUTE_HAS_EFFECT},
    {"GET", "/api/streams", route_streams_get, 0},
    {"GET", "/api/torrents", route_torrents_get, 0},
    {"POST", "/api/torrents", route_torrents_post, ROUTE_HAS_EFFECT | ROUTE_BEGINS_SESSION},
    {"GET", "/api/torrents/{infohash}", route_torrent_get, ROUTE_HAS_EFFECT | ROUTE_BEGINS_SESSION},
    {"DELETE", "/api/torrents/{infohash}", route_torrent_delete, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/stats", route_torrent_stats_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/events", route_torrent_events_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/torrent", route_torrent_file_get, ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/playlist", route_torrent_playlist_get,
     ROUTE_HAS_EFFECT | ROUTE_IS_DEEP | ROUTE_TAKES_PLAYLIST_LINK},
    /* Subtitles. */
    {"GET", "/api/torrents/{infohash}/files/{file}/subtitles", route_subtitles_get,
     ROUTE_HAS_EFFECT},
    {"POST", "/api/torrents/{infohash}/files/{file}/subtitles", route_subtitles_post,
     ROUTE_HAS_EFFECT},
    {"GET", "/api/torrents/{infohash}/files/{file}/subtitles/{number}.vtt", route_subtitle_get,
     ROUTE_HAS_EFFECT},
    {"DELETE", "/api/torrents/{infohash}/files/{file}/subtitles/{number}", route_subtitle_delete,
     ROUTE_HAS_EFFECT},
    /* Histories. */
    {"GET", "/api/history", route_history_get, ROUTE_IS_DEEP},
    {"POST", "/api/history", route_history_post,
     ROUTE_HAS_EFFECT | ROUTE_IS_DEEP | ROUTE_BEGINS_SESSION},
    {"DELETE", "/api/history", route_history_delete, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"GET", "/api/history.json", route_history_export_get, ROUTE_IS_DEEP},
    {"DELETE", "/api/history/{id}", route_history_entry_delete, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"PUT", "/api/history/{id}/position", route_position_put, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"GET", "/api/resume", route_resume_get, ROUTE_IS_DEEP},
    {"GET", "/api/popular", route_popular_get, ROUTE_IS_DEEP},
    {"POST", "/api/links", route_links_post, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    /* Accounts. */
    {"POST", "/api/auth/register", route_register_post,
     ROUTE_HAS_EFFECT | ROUTE_IS_DEEP | ROUTE_IS_OPEN},
    {"POST", "/api/auth/login", route_login_post, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP | ROUTE_IS_OPEN},
    {"POST", "/api/auth/logout", route_logout_post, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"GET", "/api/auth/me", route_me_get, 0},
    {"PUT", "/api/auth/password", route_password_put, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"POST", "/api/auth/delete", route_account_delete_post, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"GET", "/api/auth/logins", route_logins_get, ROUTE_IS_DEEP},
    {"DELETE", "/api/auth/logins", route_logins_delete, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    {"DELETE", "/api/auth/logins/{id}", route_login_entry_delete, ROUTE_HAS_EFFECT | ROUTE_IS_DEEP},
    /* The same under other names. */
    {"GET", "/torrent/info", route_torrent_info_get, ROUTE_HAS_EFFECT | ROUTE_BEGINS_SESSION},
    {"DELETE", "/torrent", route_torrent_delete_by_magnet, ROUTE_HAS_EFFECT},
    {"GET", "/stream", route_stream_get, ROUTE_HAS_EFFECT | ROUTE_TAKES_STREAM_LINK},
    {"DELETE", "/stream", route_stream_delete, ROUTE_HAS_EFFECT},
    {"GET", "/streams", route_streams_get, 0},
    {"GET", "/health", route_health_get, ROUTE_IS_PUBLIC | ROUTE_IS_OPEN},
};

enum { ROUTE_COUNT = sizeof(routes) / sizeof(routes[0]) };

/* What comes after the first path parameter: others there stand for decimal digits. */
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

/* Whether a path is one of a template.  What stands for the parameter is any one segment. */
static bool matches(const char *template, const char *path, const char **segment, size_t *size)
{
	const char *place = strchr(template, '{');

	*segment = NULL;
	if (!place)
		return strcmp(template, path) == 0;
	size_t before = (size_t)(place - template);
	if (strncmp(template, path, before) != 0)
		return false;
	*segment = path + before;
	*size = strcspn(*segment, "/");
	return *size > 0 && matches_rest(strchr(place, '}') + 1, *segment + *size);
}

void router_copy_id(const struct route *route, const char *path, char out[TSTREAM_ID_BYTES])
{
	const char *segment;
	size_t size = 0;

	out[0] = '\0';
	if (!strstr(route->path, "{id}") || !matches(route->path, path, &segment, &size) || !segment ||
	    size >= TSTREAM_ID_BYTES)
		return;
	memcpy(out, segment, size);
	out[size] = '\0';
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
			if (strstr(routes[i].path, "{infohash}"))
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
		         "If-Match, If-None-Match, Cache-Control, X-Request-Id\r\nAccess-Control-Max-Age: "
		         "600\r\n",
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

static int await_session(struct request *request)
{
	if (gate_pass(&request->server->gate, START_TIMEOUT_US))
		return 0;
	request_close_after(request);
	return problem_send(request, 503, "The server is starting or ending; try again soon.");
}

static int check_route(struct request *request, const struct route *route)
{
	bool is_static = route->flags & ROUTE_IS_STATIC;
	bool is_login_needed = request->server->settings.accounts && !(route->flags & ROUTE_IS_OPEN);
	int status = guard_check_origin(request, route->flags & ROUTE_HAS_EFFECT);

	/* Who is logged in is known once the databases are. */
	if (status == 0 && (!is_static || is_login_needed))
		status = await_session(request);
	if (status == 0)
		status = access_check(request, route->flags);
	if (status == 0 && strstr(route->path, "{infohash}") && !request->infohash[0])
		status = problem_send(request, 400, "An infohash is 40 or 64 hexadecimal digits.");
	if (status == 0 && strstr(route->path, "{id}") && !request->id[0])
		status = problem_send(request, 404, "Nothing has this id.");
	return status;
}

/* The arguments of handle_deeply(), and its result. */
struct handling {
	struct request *request;
	route_handler handler;
	int status;
};

static void *handle_deeply(void *argument)
{
	struct handling *handling = argument;

	handling->status = handling->handler(handling->request);
	return NULL;
}

static int handle(struct request *request, const struct route *route)
{
	struct handling handling = {request, route->handler, 0};

	if (!(route->flags & ROUTE_IS_DEEP))
		return route->handler(request);
	if (deep_stack_call(handle_deeply, &handling))
		return problem_send(request, 503, "No thread could be started.");
	return handling.status;
}

/* The rest of the page.  Its scripts are no secret; its pages lead to the login. */
static const struct route *find_file(const struct request *request, const char *path)
{
	static const struct route page = {"GET", "", route_file_get,
	                                  ROUTE_IS_PUBLIC | ROUTE_IS_STATIC | ROUTE_IS_PAGE};
	static const struct route open_file = {"GET", "", route_file_get,
	                                       ROUTE_IS_PUBLIC | ROUTE_IS_STATIC | ROUTE_IS_OPEN};
	const struct web_file *file = web_find(request->server->web, path);

	if (!file)
		return NULL;
	return file->is_private ? &page : &open_file;
}

/* With accounts on, not even that is told to a stranger. */
static int refuse_path(struct request *request)
{
	static const struct route nowhere = {.path = "", .flags = 0};
	int status = request->server->settings.accounts ? check_route(request, &nowhere) : 0;

	return status ? status : route_nothing_get(request);
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
		route = find_file(request, path);
	if (!route)
		return refuse_path(request);
	router_copy_id(route, path, request->id);
	int status = check_route(request, route);
	return status ? status : handle(request, route);
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
