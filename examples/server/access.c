#include "access.h"

#include "clock.h"
#include "deep_stack.h"
#include "guard.h"
#include "known_logins.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "router.h"
#include "stores.h"
#include "viewer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOCATION_BYTES 2048

bool access_is_restricted(const struct server *server)
{
	return server->settings.accounts || server->settings.token[0];
}

/* The arguments of look_up(), and its result. */
struct lookup {
	struct stores *stores;
	const char *token;
	tstream_account *account;
	tstream_error err;
	int code;
};

static void *look_up(void *argument)
{
	struct lookup *lookup = argument;
	tstream_accounts *accounts;

	lookup->code = stores_accounts(lookup->stores, &accounts, &lookup->err);
	if (lookup->code == 0)
		lookup->code =
		    tstream_accounts_find_token(accounts, lookup->token, lookup->account, &lookup->err);
	return NULL;
}

/* What a client shows to be somebody; "" if nothing. */
static void get_login(const struct request *request, char out[TSTREAM_TOKEN_BYTES])
{
	const char *field = request_header(request, "Authorization");
	const char *cookies = request_header(request, "Cookie");

	out[0] = '\0';
	if (field && strncasecmp(field, "Bearer ", 7) == 0) {
		if (strlen(field + 7) == TSTREAM_TOKEN_BYTES - 1)
			memcpy(out, field + 7, TSTREAM_TOKEN_BYTES);
	} else if (cookies &&
	           mg_get_cookie(cookies, VIEWER_LOGIN_COOKIE, out, TSTREAM_TOKEN_BYTES) < 0) {
		out[0] = '\0';
	}
}

/* 0; a code and err */
static int ask_database(struct request *request, const char *token, tstream_error *err)
{
	struct lookup lookup = {
	    .stores = request->server->stores, .token = token, .account = &request->account};

	if (deep_stack_call(look_up, &lookup))
		return locate_fail(err, TSTREAM_ENOMEM, "No thread could be started.");
	*err = lookup.err;
	stores_note_accounts(request->server->stores, lookup.code, err);
	return lookup.code;
}

/* Whose token it is, as the database says; while that is away, as it last said. */
static int find_owner(struct request *request, const char *token, tstream_error *err)
{
	struct known_logins *known = request->server->known_logins;
	struct stores *stores = request->server->stores;
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	uint64_t round;
	bool is_known = known_logins_find(known, token, clock_wall_s(), &account, &round);
	int code = 0;

	/* A dead server's answer takes seconds. */
	if (!is_known || !stores_accounts_are_away(stores)) {
		code = ask_database(request, token, err);
		if (code == 0)
			known_logins_remember(known, token, &request->account, clock_wall_s(), round);
		else if (code == TSTREAM_EACCES)
			known_logins_forget(known, token);
	}
	if (is_known && stores_accounts_are_away(stores)) {
		request->account = account;
		code = 0;
	}
	return code;
}

/* 0; TSTREAM_EACCES: nobody is logged in; another code: it cannot be told */
static int find_account(struct request *request, tstream_error *err)
{
	char token[TSTREAM_TOKEN_BYTES];

	get_login(request, token);
	if (!token[0])
		return TSTREAM_EACCES;
	request->account = (tstream_account)TSTREAM_ACCOUNT_INIT;
	int code = find_owner(request, token, err);
	if (code == 0)
		snprintf(request->viewer, sizeof(request->viewer), "%s", request->account.id);
	else
		request->account.id[0] = '\0';
	return code;
}

/* With where to go afterwards, unless that is too long. */
static int send_to_login(struct request *request)
{
	const char *query = request->info->query_string;
	char memory[LOCATION_BYTES];
	struct text location;

	text_init(&location, memory, sizeof(memory));
	text_add(&location, "Cache-Control: no-store\r\nLocation: /login?next=");
	text_add_percent_encoded(&location, request->info->local_uri);
	if (query && *query) {
		text_add(&location, "%3F");
		text_add_percent_encoded(&location, query);
	}
	text_add(&location, "\r\n");
	const char *plain = "Cache-Control: no-store\r\nLocation: /login\r\n";
	return response_bytes(request, 303, "text/plain", location.is_truncated ? plain : location.data,
	                      "", 0);
}

static int check_account(struct request *request, unsigned route_flags)
{
	tstream_error err = {0};
	int code = find_account(request, &err);

	if (code == 0 || (route_flags & ROUTE_IS_OPEN))
		return 0;
	if (code != TSTREAM_EACCES)
		return problem_sendf(request, 503, "Nobody can be told who is logged in: %.200s",
		                     err.message);
	if (route_flags & ROUTE_IS_PAGE)
		return send_to_login(request);
	return problem_send_with(request, 401, "WWW-Authenticate: Bearer\r\n",
	                         "Log in first: at /login, or by POST /api/auth/login.");
}

/* What the address says that the link is for.  false: it says nothing that has a link. */
static bool describe_link(const struct request *request, unsigned route_flags, struct link *link)
{
	const char *infohash = query_get(&request->query, "infohash");
	const char *index_text = query_get(&request->query, "file_index");
	uint64_t index = 0;

	if (route_flags & ROUTE_TAKES_PLAYLIST_LINK) {
		link->kind = LINK_PLAYLIST;
		snprintf(link->infohash, sizeof(link->infohash), "%s", request->infohash);
		return request->infohash[0];
	}
	/* A magnet would bring trackers and peers of somebody's own. */
	if (!infohash || !index_text || query_get(&request->query, "magnet") ||
	    query_number(index_text, UINT32_MAX, &index) ||
	    !locate_parse_infohash(infohash, link->infohash))
		return false;
	link->kind = LINK_STREAM;
	link->file_index = (uint32_t)index;
	return true;
}

static int check_link(struct request *request, unsigned route_flags, const char *text)
{
	struct link link = {0};
	enum link_result result = LINK_FORGED;

	if (describe_link(request, route_flags, &link))
		result = link_check(&link, request->server->secret, text, clock_wall_s());
	if (result == LINK_EXPIRED)
		return problem_send(request, 410, "This link has expired; ask for a new one.");
	/* One that opens nothing may have been made when all could come in. */
	if (result != LINK_GOOD || (link.expires_at_s == 0 && access_is_restricted(request->server)))
		return problem_send(request, 403, "This link is not for this, or was changed on its way.");
	snprintf(request->viewer, sizeof(request->viewer), "%s", link.viewer);
	request->link_expires_at_s = link.expires_at_s;
	return 0;
}

int access_check(struct request *request, unsigned route_flags)
{
	const char *link = query_get(&request->query, "link");
	int status = 0;

	if (link && (route_flags & (ROUTE_TAKES_STREAM_LINK | ROUTE_TAKES_PLAYLIST_LINK)))
		return check_link(request, route_flags, link);
	if ((route_flags & ROUTE_TAKES_METRICS_TOKEN) && guard_has_metrics_token(request))
		return 0;
	if (request->server->settings.accounts) {
		/* The login page does not care who looks at it, nor waits for databases. */
		bool is_for_all = (route_flags & ROUTE_IS_OPEN) && (route_flags & ROUTE_IS_STATIC);
		return is_for_all ? 0 : check_account(request, route_flags);
	}
	if (!(route_flags & ROUTE_IS_PUBLIC))
		status = guard_check_token(request);
	if (status)
		return status;
	viewer_find_session(request);
	if (route_flags & ROUTE_BEGINS_SESSION)
		viewer_begin_session(request);
	return 0;
}
