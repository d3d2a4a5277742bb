#include "store/cache_url.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/infohash.h"

#define MAX_URL_BYTES 2048
#define MAX_DATABASE 1000000
#define DEFAULT_PORT "6379"

/** The byte that %XX stands for.  @return 0 if it is none, or one no string can hold */
static int escaped_byte(const char *text, size_t length)
{
	if (length < 3 || tsi_hex_value(text[1]) < 0 || tsi_hex_value(text[2]) < 0)
		return 0;
	return tsi_hex_value(text[1]) * 16 + tsi_hex_value(text[2]);
}

/** RFC 3986, 2.1.
 *  @param out_text  yours
 *  @return 0; EINVAL (a bad escape), ENOMEM */
static int percent_decode(const char *text, size_t length, char **out_text)
{
	char *decoded = malloc(length + 1);
	size_t size = 0;
	if (!decoded)
		return TSTREAM_ENOMEM;
	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)text[i];
		if (byte == '%') {
			byte = escaped_byte(text + i, length - i);
			i += 2;
		}
		if (byte == 0) {
			free(decoded);
			return TSTREAM_EINVAL;
		}
		decoded[size++] = (char)byte;
	}
	decoded[size] = '\0';
	*out_text = decoded;
	return TSTREAM_OK;
}

/** Digits and nothing else.  @return false if it is no number from @p least to @p most */
static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out_number)
{
	char *end = NULL;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (errno != 0 || *end || number < least || number > most)
		return false;
	*out_number = number;
	return true;
}

static int parse_memory(const char *rest, tsi_cache_url *out_url, tstream_error *err)
{
	static const char bytes[] = "?bytes=";
	out_url->store = TSI_CACHE_MEMORY;
	if (*rest == '\0')
		return TSTREAM_OK;
	if (strncmp(rest, bytes, strlen(bytes)) == 0 &&
	    parse_number(rest + strlen(bytes), 1, INT64_MAX, &out_url->max_bytes))
		return TSTREAM_OK;
	return tsi_fail(err, TSTREAM_EINVAL,
	                "cache URL: what may follow memory: is ?bytes= and a number");
}

/** user:password, :password or nothing before the '@'. */
static int parse_credentials(const char *text, size_t length, tsi_cache_url *out_url,
                             tstream_error *err)
{
	const char *colon = memchr(text, ':', length);
	if (!colon)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "cache URL: a password is missing; before the @ goes user:password");
	size_t user_length = (size_t)(colon - text);
	int code = TSTREAM_OK;
	if (user_length > 0)
		code = percent_decode(text, user_length, &out_url->user);
	if (code == TSTREAM_OK)
		code = percent_decode(colon + 1, length - user_length - 1, &out_url->password);
	if (code == TSTREAM_EINVAL)
		return tsi_fail(err, code, "cache URL: the user or the password has a bad %% escape");
	return code == TSTREAM_OK ? code : tsi_fail(err, code, "out of memory");
}

/** host, host:port, [address] or [address]:port. */
static int parse_host(const char *text, size_t length, tsi_cache_url *out_url, tstream_error *err)
{
	const char *host = text;
	const char *end = text + length;
	const char *host_end = memchr(text, ':', length);
	if (length > 0 && *text == '[') {
		host++;
		host_end = memchr(text, ']', length);
	} else if (!host_end) {
		host_end = end;
	}
	if (!host_end || host_end == host)
		return tsi_fail(err, TSTREAM_EINVAL, "cache URL: the host is missing");
	const char *port = *host_end == ']' ? host_end + 1 : host_end;
	uint64_t number = 0;
	snprintf(out_url->port, sizeof(out_url->port), "%s", DEFAULT_PORT);
	if (port < end) {
		snprintf(out_url->port, sizeof(out_url->port), "%.*s", (int)(end - port - 1), port + 1);
		if (*port != ':' || end - port > 6 || !parse_number(out_url->port, 1, 65535, &number))
			return tsi_fail(err, TSTREAM_EINVAL, "cache URL: the port is no port");
	}
	int code = percent_decode(host, (size_t)(host_end - host), &out_url->host);
	if (code == TSTREAM_EINVAL)
		return tsi_fail(err, code, "cache URL: the host has a bad %% escape");
	return code == TSTREAM_OK ? code : tsi_fail(err, code, "out of memory");
}

static int parse_redis(const char *rest, tsi_cache_url *out_url, tstream_error *err)
{
	size_t length = strcspn(rest, "/?#");
	const char *path = rest + length;
	const char *at = memrchr(rest, '@', length);
	uint64_t database = 0;
	out_url->store = TSI_CACHE_REDIS;
	if (strcmp(path, "") != 0 && strcmp(path, "/") != 0 &&
	    (*path != '/' || !parse_number(path + 1, 0, MAX_DATABASE, &database)))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "cache URL: after the host goes / and the number of a database; / ? and # "
		                "within a password are written %%2F %%3F %%23");
	out_url->database = (uint32_t)database;
	if (at) {
		int code = parse_credentials(rest, (size_t)(at - rest), out_url, err);
		if (code != TSTREAM_OK)
			return code;
		length -= (size_t)(at + 1 - rest);
		rest = at + 1;
	}
	return parse_host(rest, length, out_url, err);
}

static int parse_scheme(const char *text, tsi_cache_url *out_url, tstream_error *err)
{
	if (strnlen(text, MAX_URL_BYTES + 1) > MAX_URL_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "cache URL: longer than %d bytes", MAX_URL_BYTES);
	if (strncmp(text, "memory:", 7) == 0)
		return parse_memory(text + 7, out_url, err);
	if (strncmp(text, "redis://", 8) == 0)
		return parse_redis(text + 8, out_url, err);
	if (strncmp(text, "rediss://", 9) == 0)
		return tsi_fail(err, TSTREAM_ENOTSUP,
		                "cache URL: Redis over TLS is not supported; put a tunnel before it");
	return tsi_fail(err, TSTREAM_EINVAL, "cache URL: begins with neither memory: nor redis://");
}

int tsi_cache_url_parse(const char *text, tsi_cache_url *out_url, tstream_error *err)
{
	memset(out_url, 0, sizeof(*out_url));
	int code = parse_scheme(text, out_url, err);
	if (code != TSTREAM_OK)
		tsi_cache_url_clear(out_url);
	return code;
}

void tsi_cache_url_clear(tsi_cache_url *url)
{
	if (url->password)
		explicit_bzero(url->password, strlen(url->password));
	free(url->host);
	free(url->user);
	free(url->password);
	memset(url, 0, sizeof(*url));
}
