#include "core/magnet_public.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define MAX_TRACKERS 16

bool tsi_tracker_is_public(const char *url)
{
	const char *host = strstr(url, "://");
	if (!host)
		return false;
	host += 3;
	const char *path = host + strcspn(host, "/?#@");
	return path > host &&
	       (*path == '\0' || strcmp(path, "/") == 0 || strcmp(path, "/announce") == 0);
}

/** What RFC 3986 calls unreserved. */
static bool is_plain(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
	       (letter >= '0' && letter <= '9') || (letter && strchr("-._~", letter) != NULL);
}

/** A text that grows within a buffer large enough for all of it. */
typedef struct writing {
	char *at;
} writing;

static void add(writing *uri, const char *text)
{
	size_t size = strlen(text);
	memcpy(uri->at, text, size + 1);
	uri->at += size;
}

static void add_encoded(writing *uri, const char *key, const char *text)
{
	add(uri, key);
	for (; *text; text++) {
		char escape[4] = {*text, '\0'};
		if (!is_plain(*text))
			snprintf(escape, sizeof(escape), "%%%02X", (unsigned)(unsigned char)*text);
		add(uri, escape);
	}
}

static void add_digits(writing *uri, const char *prefix, const uint8_t *bytes, size_t size)
{
	char digits[3];
	add(uri, prefix);
	for (size_t i = 0; i < size; i++) {
		snprintf(digits, sizeof(digits), "%02x", bytes[i]);
		add(uri, digits);
	}
}

/** Room for all of it, if each byte were escaped. */
static size_t most_bytes(const tsi_magnet *magnet, const char *name)
{
	size_t bytes = 256 + 3 * (name ? strlen(name) : 0);
	for (size_t i = 0; i < magnet->tracker_count; i++)
		bytes += 4 + 3 * strlen(magnet->trackers[i]);
	return bytes;
}

char *tsi_magnet_public(const tsi_magnet *magnet, const char *name)
{
	const tsi_infohash *infohash = &magnet->infohash;
	char *text = malloc(most_bytes(magnet, name));
	writing uri = {text};
	if (!text)
		return NULL;
	add(&uri, "magnet:?");
	if (infohash->has_v1)
		add_digits(&uri, "xt=urn:btih:", infohash->v1, sizeof(infohash->v1));
	if (infohash->has_v2)
		add_digits(&uri, infohash->has_v1 ? "&xt=urn:btmh:1220" : "xt=urn:btmh:1220", infohash->v2,
		           sizeof(infohash->v2));
	if (name)
		add_encoded(&uri, "&dn=", name);
	size_t kept = 0;
	for (size_t i = 0; i < magnet->tracker_count && kept < MAX_TRACKERS; i++) {
		if (!tsi_tracker_is_public(magnet->trackers[i]))
			continue;
		add_encoded(&uri, "&tr=", magnet->trackers[i]);
		kept++;
	}
	return text;
}
