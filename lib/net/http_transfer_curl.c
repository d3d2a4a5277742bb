#include "net/http_transfer.h"

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
#include "net/url_handle.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_MS 1000
#define CONNECT_TIMEOUT_MS 10000L
#define LOW_SPEED_BYTES_PER_S 128L /* slower than this ... */
#define LOW_SPEED_S 15L            /* ... for so long is as good as nothing */
#define MAX_HEADER_BYTES 65536
#define FIRST_BODY_BYTES 16384
#define HOST_BYTES 128
#define MAX_RETRY_AFTER_S 86400

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void tsi_transfer_init_curl(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_curl);
}

/* "https://example.org": as much of the URL as may be told. */
static const char *origin(const tsi_transfer *get, char out_text[HOST_BYTES])
{
	char *scheme = NULL;
	char *host = NULL;
	size_t length;

	curl_url_get(get->url, CURLUPART_SCHEME, &scheme, 0);
	curl_url_get(get->url, CURLUPART_HOST, &host, 0);
	length = (size_t)snprintf(out_text, HOST_BYTES, "%s://%s", scheme ? scheme : "http",
	                          host ? host : "?");
	curl_free(scheme);
	curl_free(host);
	for (size_t i = 0; i < length && i < HOST_BYTES - 1; i++) {
		if (out_text[i] <= ' ' || out_text[i] == 0x7F)
			out_text[i] = '?';
	}
	return out_text;
}

/* The one place where it is decided whom we talk to: here the address is final. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	tsi_transfer *get = user;
	bool is_allowed = get->ask.is_private_allowed || get->is_pinned;

	(void)purpose;
	if (!is_allowed && !tsi_http_address_is_public(&address->addr)) {
		get->is_address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool grow_body(tsi_transfer *get, size_t needed)
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
	tsi_transfer *get = user;

	(void)one;
	if (size > get->ask.max_body_bytes - get->body_size) {
		get->is_body_too_big = true;
		return 0;
	}
	if (get->body_size + size > get->body_capacity && !grow_body(get, get->body_size + size))
		return 0;
	memcpy(get->body + get->body_size, data, size);
	get->body_size += size;
	return size;
}

static void take_location(tsi_transfer *get, const char *value, size_t size)
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
	tsi_transfer *get = user;

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

static bool set_callbacks(CURL *easy, tsi_transfer *get)
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
static bool set_safety(CURL *easy, const tsi_transfer *get)
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
	/* A name server that hangs must not hold whoever ends this transfer. */
	failed |= (int)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	/* Who may not open a connection to an address may not use one that another opened. */
	failed |= (int)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, get->is_pinned ? 0L : 1L);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, get->is_pinned ? 0L : 1L);
	return failed == 0;
}

static bool set_limits(CURL *easy, const tsi_transfer *get, int64_t remaining_us)
{
	long remaining_ms = (long)((remaining_us + US_PER_MS - 1) / US_PER_MS);
	int failed = 0;

	failed |= (int)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, remaining_ms);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_PER_S);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	failed |= (int)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	/* Announced sizes; what is not announced take_body() counts. */
	failed |=
	    (int)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)get->ask.max_body_bytes);
	return failed == 0;
}

static int fail_memory(tstream_error *err)
{
	return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
}

static int fail_size(const tsi_transfer *get, tstream_error *err)
{
	char text[HOST_BYTES];

	return tsi_fail(err, TSTREAM_EINVAL, "%s sends more than the %zu bytes that are accepted.",
	                origin(get, text), get->ask.max_body_bytes);
}

/* Our own reasons first: libcurl only knows that a callback stopped it. */
static int explain(const tsi_transfer *get, CURLcode result, tstream_error *err)
{
	char text[HOST_BYTES];

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

static void begin_hop(tsi_transfer *get)
{
	get->status = 0;
	get->retry_after_us = -1;
	get->content_type[0] = '\0';
	free(get->location);
	get->location = NULL;
	get->body_size = 0;
	get->header_size = 0;
	get->is_address_refused = false;
	get->is_body_too_big = false;
	get->is_header_too_big = false;
}

CURL *tsi_transfer_hop(tsi_transfer *get, tstream_error *err)
{
	int64_t remaining_us = get->ask.deadline_us - tsi_now_us();
	CURL *easy;

	begin_hop(get);
	if (remaining_us <= 0) {
		explain(get, CURLE_OPERATION_TIMEDOUT, err);
		return NULL;
	}
	/* A handle of its own: no cookie or state outlives a hop. */
	easy = curl_easy_init();
	if (easy && set_callbacks(easy, get) && set_safety(easy, get) &&
	    set_limits(easy, get, remaining_us))
		return easy;
	curl_easy_cleanup(easy);
	fail_memory(err);
	return NULL;
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
static int set_url(tsi_transfer *get, const char *text, unsigned flags, tstream_error *err)
{
	char own[TSI_HTTP_ORIGIN_BYTES];
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
	get->is_pinned = get->ask.pinned_origin && *get->ask.pinned_origin &&
	                 tsi_url_handle_origin(get->url, own) &&
	                 strcmp(own, get->ask.pinned_origin) == 0;
	return TSTREAM_OK;
}

int tsi_transfer_begin(tsi_transfer *get, const tsi_transfer_ask *ask, tstream_error *err)
{
	tsi_transfer_init_curl();
	get->ask = *ask;
	get->retry_after_us = -1;
	get->url = curl_url();
	return get->url ? set_url(get, ask->url, 0, err) : fail_memory(err);
}

static bool is_redirect(const tsi_transfer *get)
{
	return get->location && (get->status == 301 || get->status == 302 || get->status == 303 ||
	                         get->status == 307 || get->status == 308);
}

bool tsi_transfer_is_magnet(const tsi_transfer *get)
{
	return is_redirect(get) && tsi_text_starts_with(get->location, "magnet:");
}

static void read_info(tsi_transfer *get, CURL *easy)
{
	curl_off_t retry_after_s = 0;
	const char *type = NULL;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &get->status);
	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK &&
	    retry_after_s > 0) {
		if (retry_after_s > MAX_RETRY_AFTER_S)
			retry_after_s = MAX_RETRY_AFTER_S;
		get->retry_after_us = (int64_t)retry_after_s * US_PER_S;
	}
	if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type)
		snprintf(get->content_type, sizeof(get->content_type), "%s", type);
}

int tsi_transfer_end_hop(tsi_transfer *get, CURL *easy, CURLcode result, tstream_error *err)
{
	char text[HOST_BYTES];
	int code;

	read_info(get, easy);
	if (result != CURLE_OK)
		return explain(get, result, err);
	if (get->status == 200 || tsi_transfer_is_magnet(get))
		return 1;
	if (!is_redirect(get)) {
		if (get->ask.takes_any_status)
			return 1;
		return tsi_fail(err, TSTREAM_ENET, "%s answers with HTTP status %ld.", origin(get, text),
		                get->status);
	}
	if (++get->hop_count > TSI_HTTP_MAX_REDIRECTS)
		return tsi_fail(err, TSTREAM_ENET, "%s redirects more than %d times.", origin(get, text),
		                TSI_HTTP_MAX_REDIRECTS);
	/* As browsers do: a space in a Location is meant as %20. */
	code = set_url(get, get->location, CURLU_URLENCODE, err);
	/* What a redirect says beside its Location is no answer. */
	get->body_size = 0;
	return code;
}

void tsi_transfer_clear(tsi_transfer *get)
{
	curl_url_cleanup(get->url);
	free(get->location);
	free(get->body);
	memset(get, 0, sizeof(*get));
}
