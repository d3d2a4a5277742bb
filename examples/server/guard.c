#include "guard.h"

#include "problem.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool has_digits_only(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Hang up too: where such a request ends is a guess, and what follows may not be one. */
static int refuse_framing(struct request *request, int status, const char *detail)
{
	request_close_after(request);
	return problem_send(request, status, detail);
}

int guard_check_framing(struct request *request)
{
	const char *length = request_header(request, "Content-Length");

	/* CivetWeb drops what comes after that many, and with it what the guards look for. */
	if (request->info->num_headers >= MG_MAX_HEADERS)
		return refuse_framing(request, 431, "A request has fewer than 64 header fields.");
	if (request_count_header(request, "Host") > 1)
		return refuse_framing(request, 400, "A request has one Host field.");
	if (length && (request_count_header(request, "Content-Length") > 1 || !has_digits_only(length)))
		return refuse_framing(request, 400, "Content-Length is one decimal number.");
	if (length && request_header(request, "Transfer-Encoding"))
		return refuse_framing(request, 400,
		                      "Content-Length and Transfer-Encoding exclude each other.");
	if (request_count_header(request, "Transfer-Encoding") > 1)
		return refuse_framing(request, 400, "Only one Transfer-Encoding is understood: chunked.");
	return 0;
}

/* Whether a comma separated list has the first size bytes of word. */
static bool list_has(const char *list, const char *word, size_t size)
{
	while (list && *list) {
		list += strspn(list, ", ");
		size_t length = strcspn(list, ", ");
		if (length == size && strncasecmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}

/* The length of the name in "name:port"; 0 if it is not of that form. */
static size_t name_size(const char *host)
{
	size_t size = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");

	if (host[0] == '[')
		size += host[size] == ']';
	if (host[size] == '\0')
		return size;
	return host[size] == ':' && (host[size + 1] == '\0' || has_digits_only(host + size + 1)) ? size
	                                                                                         : 0;
}

static bool is_address(const char *name, size_t size)
{
	char text[INET6_ADDRSTRLEN + 2];
	unsigned char bytes[16];

	if (size >= sizeof(text) || size < 3)
		return false;
	memcpy(text, name, size);
	text[size] = '\0';
	if (text[0] != '[')
		return inet_pton(AF_INET, text, bytes) == 1;
	text[size - 1] = '\0';
	return inet_pton(AF_INET6, text + 1, bytes) == 1;
}

static bool is_public_name(const struct settings *settings, const char *name, size_t size)
{
	if (!settings->public_url)
		return false;
	const char *host = strstr(settings->public_url, "//") + 2;
	size_t length = strcspn(host, "/");
	if (host[0] != '[' && memchr(host, ':', length))
		length = strcspn(host, ":");
	return length == size && strncasecmp(host, name, size) == 0;
}

bool guard_is_host_allowed(const struct settings *settings, const char *host)
{
	size_t size = name_size(host);

	if (size == 0)
		return false;
	if (list_has("localhost,127.0.0.1,[::1]", host, size) || list_has(settings->host, host, size) ||
	    list_has(settings->allowed_hosts, host, size) || is_public_name(settings, host, size))
		return true;
	/* On all addresses we are reached by any of them; only names can be rebound. */
	bool is_anywhere =
	    strcmp(settings->host, "0.0.0.0") == 0 || strcmp(settings->host, "[::]") == 0;
	return is_anywhere && is_address(host, size);
}

int guard_check_host(struct request *request)
{
	const struct settings *settings = &request->server->settings;
	const char *host = request_header(request, "Host");
	const char *forwarded = request_header(request, "X-Forwarded-Host");

	if (!host || !*host)
		return problem_send(request, 400, "A request needs a Host field.");
	if (!guard_is_host_allowed(settings, host) ||
	    (settings->trust_proxy && forwarded && !guard_is_host_allowed(settings, forwarded)))
		return problem_send(request, 421,
		                    "This server does not go by that name; ALLOWED_HOSTS adds one.");
	return 0;
}

/* Takes as long for every wrong secret of a length, whatever it begins with. */
bool guard_is_same_secret(const char *ours, const char *theirs)
{
	size_t size = strlen(ours);
	size_t their_size = strlen(theirs);
	unsigned difference = size != their_size;

	for (size_t i = 0; i < size && i < their_size; i++)
		difference |= (unsigned)(unsigned char)ours[i] ^ (unsigned char)theirs[i];
	return difference == 0;
}

static bool has_cookie(const struct request *request, const char *token)
{
	const char *cookies = request_header(request, "Cookie");
	char value[SETTINGS_TOKEN_BYTES + 8];

	return cookies && mg_get_cookie(cookies, "tstream_token", value, sizeof(value)) > 0 &&
	       guard_is_same_secret(token, value);
}

bool guard_has_metrics_token(const struct request *request)
{
	const char *token = request->server->settings.metrics_token;
	const char *field = request_header(request, "Authorization");

	return token[0] && field && strncasecmp(field, "Bearer ", 7) == 0 &&
	       guard_is_same_secret(token, field + 7);
}

int guard_check_token(struct request *request)
{
	const char *token = request->server->settings.token;
	const char *field = request_header(request, "Authorization");
	const char *parameter = query_get(&request->query, "token");

	if (!token[0])
		return 0;
	if (field && strncasecmp(field, "Bearer ", 7) == 0 && guard_is_same_secret(token, field + 7))
		return 0;
	/* Players send neither headers nor cookies. */
	if (parameter && guard_is_same_secret(token, parameter))
		return 0;
	if (has_cookie(request, token))
		return 0;
	return problem_send_with(request, 401, "WWW-Authenticate: Bearer\r\n",
	                         "This server needs its token: as Authorization: Bearer, as the "
	                         "parameter token, or by opening /?token= once in this browser.");
}

bool guard_is_origin_listed(const char *list, const char *origin)
{
	return list_has(list, origin, strlen(origin));
}

/* Whether an Origin is the one this request was sent to. */
static bool is_own_origin(const struct request *request, const char *origin)
{
	const struct settings *settings = &request->server->settings;
	const char *host = request_header(request, "Host");
	const char *authority = strstr(origin, "://");

	if (settings->public_url && strcasecmp(origin, settings->public_url) == 0)
		return true;
	return authority && host && strcasecmp(authority + 3, host) == 0;
}

int guard_check_origin(struct request *request, bool has_effect)
{
	const char *origin = request_header(request, "Origin");
	const char *site = request_header(request, "Sec-Fetch-Site");

	if (origin && guard_is_origin_listed(request->server->settings.allowed_origins, origin)) {
		request->origin = origin;
		return 0;
	}
	if (!has_effect)
		return 0;
	bool is_foreign = (origin && !is_own_origin(request, origin)) ||
	                  (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0);
	if (is_foreign)
		return problem_send(request, 403,
		                    "Other sites may not use this server; ALLOWED_ORIGINS adds one.");
	return 0;
}
