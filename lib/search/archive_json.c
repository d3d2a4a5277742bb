#include "search/archive_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/infohash.h"
#include "core/lenient.h"
#include "search/search.h"

#define CATEGORY_MOVIES 2000
#define CATEGORY_AUDIO 3000
#define MAX_IDENTIFIER_BYTES 200

/* A field may be a text or a list of them.  @return lent; NULL: none */
static const char *text_of(const json_t *document, const char *name)
{
	const json_t *value = json_object_get(document, name);

	if (json_is_array(value))
		value = json_array_get(value, 0);
	return json_string_value(value);
}

/* A number may be one, or a text of digits. */
static int64_t number_of(const json_t *document, const char *name)
{
	const json_t *value = json_object_get(document, name);
	const char *text = text_of(document, name);

	if (json_is_integer(value))
		return json_integer_value(value) > 0 ? json_integer_value(value) : -1;
	return text ? tsi_lenient_count(text) : -1;
}

/* It becomes part of URLs, so it must be one of theirs and nothing else. */
static bool is_identifier(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= MAX_IDENTIFIER_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	           size;
}

static bool is_infohash(const char *text)
{
	uint8_t bytes[20];

	return strlen(text) == TSI_V1_HEX_DIGITS && tsi_hex_decode(text, bytes, sizeof(bytes));
}

/* The trackers seldom know a peer: content comes by web seed, metadata by the .torrent. */
static char *magnet_of(const char *base, const char *identifier, const char *infohash)
{
	char *magnet = NULL;
	int length =
	    asprintf(&magnet,
	             "magnet:?xt=urn:btih:%s&tr=http%%3A%%2F%%2Fbt1.archive.org%%3A6969%%2Fannounce"
	             "&tr=http%%3A%%2F%%2Fbt2.archive.org%%3A6969%%2Fannounce&ws=%s/download/"
	             "&xs=%s/download/%s/%s_archive.torrent",
	             infohash, base, base, identifier, identifier);

	return length < 0 ? NULL : magnet;
}

static bool give_document(const tsi_archive_ask *ask, const json_t *document)
{
	tstream_found found = TSTREAM_FOUND_INIT;
	const char *identifier = text_of(document, "identifier");
	const char *infohash = text_of(document, "btih");
	const char *kind = text_of(document, "mediatype");
	const char *date = text_of(document, "publicdate");
	char *magnet = NULL;
	char link[MAX_IDENTIFIER_BYTES * 2 + 256];
	bool goes_on;

	if (!identifier || !is_identifier(identifier))
		return true;
	found.title = text_of(document, "title");
	if (!found.title)
		found.title = identifier;
	if (infohash && is_infohash(infohash))
		magnet = magnet_of(ask->base, identifier, infohash);
	found.magnet = magnet;
	snprintf(link, sizeof(link), "%s/download/%s/%s_archive.torrent", ask->base, identifier,
	         identifier);
	found.link = link;
	if (kind && strcmp(kind, "movies") == 0)
		found.category = CATEGORY_MOVIES;
	if (kind && strcmp(kind, "audio") == 0)
		found.category = CATEGORY_AUDIO;
	found.size = number_of(document, "item_size");
	if (date)
		found.published_s = tsi_lenient_date(date, ask->now_s);
	goes_on = ask->take(ask->user, &found);
	free(magnet);
	return goes_on;
}

int tsi_archive_read(const tsi_archive_ask *ask)
{
	json_t *root = json_loadb(ask->bytes, ask->size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *documents = json_object_get(json_object_get(root, "response"), "docs");
	int count = json_is_array(documents) ? (int)json_array_size(documents) : -1;

	for (int i = 0; i < count && i < TSI_MAX_ITEMS; i++) {
		if (!give_document(ask, json_array_get(documents, (size_t)i)))
			break;
	}
	json_decref(root);
	return count;
}
