/**
 * net/http_curl.c - fetch one bounded body over http or https, with libcurl.
 *
 * libcurl follows no redirect here: each hop is a transfer of its own, so that every
 * target is parsed, judged and bounded like the first URL, and so that one may lead to
 * a magnet.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <tstream/torrent.h>
#include <tstream/version.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/text.h"
#include "net/http.h"

#define US_PER_MS 1000
#define MAX_TIMEOUT_US (600 * INT64_C(1000000))
#define CONNECT_TIMEOUT_MS 10000L
#define LOW_SPEED_BYTES_PER_S 128L /* slower than this ... */
#define LOW_SPEED_S 15L            /* ... for so long is as good as nothing */
#define MAX_HEADER_BYTES 65536
#define FIRST_BODY_BYTES 16384
#define ORIGIN_BYTES 128

/* One GET with its redirects. */
typedef struct fetch {
	const tsi_http_request *request;
	int64_t deadline_us;
	CURLU *url; /* of this hop */
	long status;
	/* What the callbacks leave behind; begun anew with each hop. */
	unsigned char *body;
	size_t body_size;
	size_t body_capacity;
	size_t header_size;
	char *location;
	bool is_address_refused;
	bool is_body_too_big;
	bool is_header_too_big;
	bool is_out_of_memory;
} fetch;

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* "https://example.org": as much of the URL as may be told. */
static const char *origin(const fetch *get, char out_text[ORIGIN_BYTES])
{
	char *scheme = NULL;
	char *host = NULL;
	size_t length;

	curl_url_get(get->url, CURLUPART_SCHEME, &scheme, 0);
	curl_url_get(get->url, CURLUPART_HOST, &host, 0);
	length = (size_t)snprintf(out_text, ORIGIN_BYTES, "%s://%s", scheme ? scheme : "http",
	                          host ? host : "?");
	curl_free(scheme);
	curl_free(host);
	for (size_t i = 0; i < length && i < ORIGIN_BYTES - 1; i++) {
		if (out_text[i] <= ' ' || out_text[i] == 0x7F)
			out_text[i] = '?';
	}
	return out_text;
}

/* The one place where it is decided whom we talk to: here the address is final. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	fetch *get = user;
	bool is_allowed = (get->request->flags & TSTREAM_URL_ALLOW_PRIVATE) != 0;

	(void)purpose;
	if (!is_allowed && !tsi_http_address_is_public(&address->addr)) {
		get->is_address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool grow_body(fetch *get, size_t needed)
{
	size_t capacity = get->body_capacity ? get->body_capacity : FIRST_BODY_BYTES;
	unsigned char *body;

	while (capacity < needed)
		capacity *= 2;
	body = realloc(get->body, capacity);
	if (!body) {
		get->is_out_of_memory = true;
		return false;
	}
	get->body = body;
	get->body_capacity = capacity;
	return true;
}

/* Gets the bytes as decoded, so a small gzip of much is caught too. */
static size_t take_body(char *data, size_t one, size_t size, void *user)
{
	fetch *get = user;

	(void)one;
	if (size > get->request->max_body_bytes - get->body_size) {
		get->is_body_too_big = true;
		return 0;
	}
	if (get->body_size + size > get->body_capacity && !grow_body(get, get->body_size + size))
		return 0;
	memcpy(get->body + get->body_size, data, size);
	get->body_size += size;
	return size;
}

static void take_location(fetch *get, const char *value, size_t size)
{
	while (size > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		size--;
	}
	while (size > 0 && (unsigned char)value[size - 1] <= ' ')
		size--;
	free(get->location);
	get->location = NULL;
	if (size == 0 || size > TSI_HTTP_MAX_URL_BYTES)
		return;
	get->location = strndup(value, size);
	get->is_out_of_memory |= !get->location;
}

static bool is_header(const char *line, size_t size, const char *name)
{
	char head[sizeof("location:")] = "";

	memcpy(head, line, size < sizeof(head) - 1 ? size : sizeof(head) - 1);
	return tsi_text_starts_with(head, name);
}

static size_t take_header(char *line, size_t one, size_t size, void *user)
{
	static const char name[] = "location:";
	fetch *get = user;

	(void)one;
	get->header_size += size;
	if (get->header_size > MAX_HEADER_BYTES) {
		get->is_header_too_big = true;
		return 0;
	}
	/* A status line: what was said before it, with a 1xx, does not count. */
	if (is_header(line, size, "http/"))
		take_location(get, "", 0);
	else if (is_header(line, size, name))
		take_location(get, line + strlen(name), size - strlen(name));
	return get->is_out_of_memory ? 0 : size;
}

static bool set_callbacks(CURL *easy, fetch *get)
{
	int failed = 0;

	failed |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, get);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, get);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_HEADERDATA, get);
	return failed == 0;
}

/* Nothing of the user's own environment goes out, nothing but http comes in. */
static bool set_safety(CURL *easy, const fetch *get)
{
	int failed = 0;

	failed |= (int)curl_easy_setopt(easy, CURLOPT_CURLU, get->url);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	failed |= (int)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	failed |= (int)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	failed |= (int)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_USERAGENT, "tstream/" TSTREAM_VERSION_STRING);
	return failed == 0;
}

static bool set_limits(CURL *easy, const fetch *get, int64_t remaining_us)
{
	long remaining_ms = (long)((remaining_us + US_PER_MS - 1) / US_PER_MS);
	int failed = 0;

	failed |= (int)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, remaining_ms);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_PER_S);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	/* Announced sizes; what is not announced take_body() counts. */
	failed |= (int)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
	                                (curl_off_t)get->request->max_body_bytes);
	return failed == 0;
}

static int fail_memory(tstream_error *err)
{
	return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
}

static int fail_size(const fetch *get, tstream_error *err)
{
	char text[ORIGIN_BYTES];

	return tsi_fail(err, TSTREAM_EINVAL, "%s sends more than the %zu bytes that are accepted.",
	                origin(get, text), get->request->max_body_bytes);
}

/* Our own reasons first: libcurl only knows that a callback stopped it. */
static int explain(const fetch *get, CURLcode result, tstream_error *err)
{
	char text[ORIGIN_BYTES];

	if (get->is_out_of_memory || result == CURLE_OUT_OF_MEMORY)
		return fail_memory(err);
	if (get->is_body_too_big || result == CURLE_FILESIZE_EXCEEDED)
		return fail_size(get, err);
	if (get->is_header_too_big)
		return tsi_fail(err, TSTREAM_ENET, "%s sends endless headers.", origin(get, text));
	if (get->is_address_refused)
		return tsi_fail(err, TSTREAM_EREFUSED,
		                "%s is not on the public internet, so it is not asked.", origin(get, text));
	if (result == CURLE_OPERATION_TIMEDOUT)
		return tsi_fail(err, TSTREAM_ETIMEDOUT, "%s did not answer in time.", origin(get, text));
	return tsi_fail(err, TSTREAM_ENET, "%s: %s.", origin(get, text), curl_easy_strerror(result));
}

static void begin_hop(fetch *get)
{
	get->status = 0;
	free(get->location);
	get->location = NULL;
	get->body_size = 0;
	get->header_size = 0;
	get->is_address_refused = false;
	get->is_body_too_big = false;
	get->is_header_too_big = false;
}

/* @return 0 and a status, or what went wrong before there was one */
static int run_hop(fetch *get, tstream_error *err)
{
	int64_t remaining_us = get->deadline_us - tsi_now_us();
	CURL *easy = NULL;
	CURLcode result = CURLE_OPERATION_TIMEDOUT;

	begin_hop(get);
	if (remaining_us <= 0)
		return explain(get, result, err);
	/* A handle of its own: no connection, cookie or state outlives a hop. */
	easy = curl_easy_init();
	if (!easy || !set_callbacks(easy, get) || !set_safety(easy, get) ||
	    !set_limits(easy, get, remaining_us)) {
		curl_easy_cleanup(easy);
		return fail_memory(err);
	}
	result = curl_easy_perform(easy);
	if (result == CURLE_OK)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &get->status);
	curl_easy_cleanup(easy);
	return result == CURLE_OK ? TSTREAM_OK : explain(get, result, err);
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool is_there = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return is_there;
}

static bool is_web_scheme(CURLU *url)
{
	char *scheme = NULL;
	bool is_web = false;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
		is_web = tsi_text_equals(scheme, "http") || tsi_text_equals(scheme, "https");
	curl_free(scheme);
	return is_web;
}

/* The first URL, or one that a redirect gave, relative to the one before. */
static int set_url(fetch *get, const char *text, unsigned flags, tstream_error *err)
{
	CURLUcode result;

	if (!text)
		return tsi_fail(err, TSTREAM_EINVAL, "There is no URL.");
	if (strnlen(text, TSI_HTTP_MAX_URL_BYTES + 1) > TSI_HTTP_MAX_URL_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "The URL is longer than %d bytes.",
		                TSI_HTTP_MAX_URL_BYTES);
	result = curl_url_set(get->url, CURLUPART_URL, text, flags);
	if (result == CURLUE_OUT_OF_MEMORY)
		return fail_memory(err);
	if (result != CURLUE_OK || !is_web_scheme(get->url))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The URL, or one it redirects to, is not a valid http or https URL.");
	if (has_part(get->url, CURLUPART_USER) || has_part(get->url, CURLUPART_PASSWORD))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The URL holds a user name or password, which is not accepted.");
	return TSTREAM_OK;
}

static bool is_redirect(const fetch *get)
{
	return get->location && (get->status == 301 || get->status == 302 || get->status == 303 ||
	                         get->status == 307 || get->status == 308);
}

static bool is_to_magnet(const fetch *get)
{
	return is_redirect(get) && tsi_text_starts_with(get->location, "magnet:");
}

/* Follow until there is a body or a magnet; both stay in get. */
static int run(fetch *get, tstream_error *err)
{
	char text[ORIGIN_BYTES];
	int code = set_url(get, get->request->url, 0, err);

	for (int hop = 0; code == TSTREAM_OK && hop <= TSI_HTTP_MAX_REDIRECTS; hop++) {
		code = run_hop(get, err);
		if (code != TSTREAM_OK || get->status == 200 || is_to_magnet(get))
			return code;
		if (!is_redirect(get))
			return tsi_fail(err, TSTREAM_ENET, "%s answers with HTTP status %ld.",
			                origin(get, text), get->status);
		/* As browsers do: a space in a Location is meant as %20. */
		code = set_url(get, get->location, CURLU_URLENCODE, err);
	}
	if (code != TSTREAM_OK)
		return code;
	return tsi_fail(err, TSTREAM_ENET, "%s redirects more than %d times.", origin(get, text),
	                TSI_HTTP_MAX_REDIRECTS);
}

static int hand_over(fetch *get, tsi_http_response *out_response, tstream_error *err)
{
	tsi_http_response response = {0};

	if (is_to_magnet(get)) {
		response.magnet = get->location;
		get->location = NULL;
	} else {
		if (!get->body && !grow_body(get, 1))
			return fail_memory(err);
		response.body = get->body;
		response.body_size = get->body_size;
		get->body = NULL;
	}
	*out_response = response;
	return TSTREAM_OK;
}

static int64_t timeout_of(const tsi_http_request *request)
{
	if (request->timeout_us <= 0)
		return TSI_HTTP_DEFAULT_TIMEOUT_US;
	return request->timeout_us < MAX_TIMEOUT_US ? request->timeout_us : MAX_TIMEOUT_US;
}

int tsi_http_get(const tsi_http_request *request, tsi_http_response *out_response,
                 tstream_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	fetch get = {.request = request};
	int code;

	if (request->flags & ~TSTREAM_URL_ALLOW_PRIVATE)
		return tsi_fail(err, TSTREAM_EINVAL, "Unknown flags 0x%x.", request->flags);
	pthread_once(&once, init_curl);
	get.deadline_us = tsi_now_us() + timeout_of(request);
	get.url = curl_url();
	code = get.url ? run(&get, err) : fail_memory(err);
	if (code == TSTREAM_OK)
		code = hand_over(&get, out_response, err);
	curl_url_cleanup(get.url);
	free(get.location);
	free(get.body);
	return code;
}
