/**
 * core/magnet.c - magnet URIs (BEP 9, BEP 53).
 *
 * The text is copied once; the copy is cut at each '&' and decoded in place, and what
 * is worth keeping is copied from there.
 */
#include "core/magnet.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "base/log.h"
#include "core/infohash.h"
#include "core/text.h"

#define SCHEME "magnet:?"
#define V1_URN "urn:btih:"
#define V2_URN "urn:btmh:"
#define SHA256_MULTIHASH "1220" /* sha2-256, 32 bytes */

/* One parameter; value is decoded, NUL terminated, and holds no other NUL if is_text. */
typedef struct parameter {
	char *key;
	char *value;
	size_t value_size;
	bool is_text;
} parameter;

static bool is_zero(const uint8_t *bytes, size_t size)
{
	while (size > 0 && bytes[size - 1] == 0)
		size--;
	return size == 0;
}

/* Hybrids name both hashes; two different ones of one kind name two torrents. */
static int keep_hash(const uint8_t *digest, size_t size, bool *has, uint8_t *out_digest,
                     tstream_error *err)
{
	if (is_zero(digest, size))
		return tsi_fail(err, TSTREAM_EINVAL, "The infohash is all zeros, which names no torrent.");
	if (*has && memcmp(out_digest, digest, size) != 0)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The magnet names two different torrents; give one infohash of a kind.");
	*has = true;
	memcpy(out_digest, digest, size);
	return TSTREAM_OK;
}

static int parse_v1(const char *digits, tsi_infohash *infohash, tstream_error *err)
{
	size_t length = strlen(digits);
	uint8_t digest[20];
	bool is_valid = false;

	if (length != TSI_V1_HEX_DIGITS && length != TSI_V1_BASE32_DIGITS)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The infohash has %zu digits; it needs 40 hexadecimal or 32 base32 ones.",
		                length);
	if (length == TSI_V1_HEX_DIGITS)
		is_valid = tsi_hex_decode(digits, digest, sizeof(digest));
	else
		is_valid = tsi_base32_decode(digits, digest);
	if (!is_valid)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The infohash holds a character that is not a %s digit.",
		                length == TSI_V1_HEX_DIGITS ? "hexadecimal" : "base32");
	return keep_hash(digest, sizeof(digest), &infohash->has_v1, infohash->v1, err);
}

static int parse_v2(const char *digits, tsi_infohash *infohash, tstream_error *err)
{
	const char *hash = digits + strlen(SHA256_MULTIHASH);
	uint8_t digest[32];

	if (!tsi_text_starts_with(digits, SHA256_MULTIHASH))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The v2 infohash is of an unknown kind; it must begin with %s (SHA-256).",
		                SHA256_MULTIHASH);
	if (strlen(hash) != TSI_V2_HEX_DIGITS)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The v2 infohash has %zu digits after %s; it needs 64 hexadecimal ones.",
		                strlen(hash), SHA256_MULTIHASH);
	if (!tsi_hex_decode(hash, digest, sizeof(digest)))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The v2 infohash holds a character that is not a hexadecimal digit.");
	return keep_hash(digest, sizeof(digest), &infohash->has_v2, infohash->v2, err);
}

/* Magnets of other networks may stand beside ours: what is no BitTorrent name is skipped. */
static int take_topic(tsi_magnet *magnet, const parameter *topic, tstream_error *err)
{
	bool is_v1 = tsi_text_starts_with(topic->value, V1_URN);

	if (!is_v1 && !tsi_text_starts_with(topic->value, V2_URN))
		return TSTREAM_OK;
	if (!topic->is_text)
		return tsi_fail(err, TSTREAM_EINVAL, "The infohash holds a NUL character.");
	if (is_v1)
		return parse_v1(topic->value + strlen(V1_URN), &magnet->infohash, err);
	return parse_v2(topic->value + strlen(V2_URN), &magnet->infohash, err);
}

/* "dn": the only place where '+' may stand for a space. */
static int take_name(tsi_magnet *magnet, const parameter *given, tstream_error *err)
{
	if (magnet->name)
		return TSTREAM_OK;
	magnet->name = tsi_text_clean(given->value, given->value_size);
	if (!magnet->name)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	if (magnet->name[0] == '\0') {
		free(magnet->name);
		magnet->name = NULL;
	}
	return TSTREAM_OK;
}

/* A scheme, "://", a host, and nothing that could break out of a header or a log line. */
static bool is_url(const parameter *given, const char *const *schemes)
{
	const char *rest = NULL;

	if (!given->is_text)
		return false;
	for (; *schemes && !rest; schemes++) {
		if (tsi_text_starts_with(given->value, *schemes))
			rest = given->value + strlen(*schemes);
	}
	if (!rest || *rest == '\0' || strchr("/?#:", *rest))
		return false;
	for (; *rest; rest++) {
		if ((unsigned char)*rest <= ' ' || *rest == 0x7F)
			return false;
	}
	return true;
}

static bool is_tracker(const parameter *given)
{
	static const char *const schemes[] = {"udp://", "http://", "https://", "ws://", "wss://", NULL};

	return is_url(given, schemes);
}

static bool is_web_url(const parameter *given)
{
	static const char *const schemes[] = {"http://", "https://", NULL};

	return is_url(given, schemes);
}

static bool is_port(const char *text)
{
	size_t length = strspn(text, "0123456789");
	unsigned port = 0;

	if (length == 0 || length > 5 || text[length] != '\0')
		return false;
	for (; *text; text++)
		port = port * 10 + (unsigned)(*text - '0');
	return port > 0 && port <= UINT16_MAX;
}

/* "192.0.2.1:6881" or "[2001:db8::1]:6881".  A host name is none: looking it up would
 * tell a stranger's name server who opened the magnet. */
static bool is_peer(const parameter *given)
{
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address;
	bool is_v6 = given->value[0] == '[';
	const char *begin = given->value + (is_v6 ? 1 : 0);
	const char *end = is_v6 ? strstr(begin, "]:") : strchr(begin, ':');

	if (!given->is_text || !end || (size_t)(end - begin) >= sizeof(host))
		return false;
	memcpy(host, begin, (size_t)(end - begin));
	host[end - begin] = '\0';
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, &address) != 1)
		return false;
	return is_port(end + (is_v6 ? 2 : 1));
}

/* Append once; what does not fit is dropped like what is no URL. */
static int take_item(char **items, size_t *count, const parameter *given, tstream_error *err)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(items[i], given->value) == 0)
			return TSTREAM_OK;
	}
	if (*count == TSI_MAGNET_MAX_ITEMS)
		return TSTREAM_OK;
	items[*count] = strdup(given->value);
	if (!items[*count])
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	*count += 1;
	return TSTREAM_OK;
}

static int take_parameter(tsi_magnet *magnet, const parameter *given, tstream_error *err)
{
	const char *key = given->key;

	if (tsi_text_equals(key, "xt"))
		return take_topic(magnet, given, err);
	if (tsi_text_equals(key, "dn"))
		return take_name(magnet, given, err);
	if (tsi_text_equals(key, "tr") && is_tracker(given))
		return take_item(magnet->trackers, &magnet->tracker_count, given, err);
	if (tsi_text_equals(key, "ws") && is_web_url(given))
		return take_item(magnet->web_seeds, &magnet->web_seed_count, given, err);
	if ((tsi_text_equals(key, "xs") || tsi_text_equals(key, "as")) && is_web_url(given))
		return take_item(magnet->sources, &magnet->source_count, given, err);
	if (tsi_text_equals(key, "x.pe") && is_peer(given))
		return take_item(magnet->peers, &magnet->peer_count, given, err);
	return TSTREAM_OK;
}

/* "tr.1" means "tr", "amp;tr" was copied out of HTML; "x.pe" stays. */
static char *trim_key(char *key)
{
	char *dot = strrchr(key, '.');

	if (dot && dot[1] != '\0' && dot[1 + strspn(dot + 1, "0123456789")] == '\0')
		*dot = '\0';
	return tsi_text_starts_with(key, "amp;") ? key + strlen("amp;") : key;
}

static void spaces_for_plus(char *text)
{
	for (; *text; text++) {
		if (*text == '+')
			*text = ' ';
	}
}

/* Cut "key=value" in two and decode the value. */
static bool split_parameter(char *text, parameter *out_parameter)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return false;
	*equals = '\0';
	out_parameter->key = trim_key(text);
	out_parameter->value = equals + 1;
	/* Before decoding: %2B is a plus that was meant. */
	if (tsi_text_equals(out_parameter->key, "dn"))
		spaces_for_plus(out_parameter->value);
	out_parameter->value_size =
	    tsi_text_percent_decode(out_parameter->value, strlen(out_parameter->value));
	out_parameter->value[out_parameter->value_size] = '\0';
	out_parameter->is_text = strlen(out_parameter->value) == out_parameter->value_size;
	return true;
}

static int parse_parameters(char *text, tsi_magnet *magnet, tstream_error *err)
{
	int code = TSTREAM_OK;

	while (text && code == TSTREAM_OK) {
		char *next = strchr(text, '&');
		parameter given;

		if (next)
			*next++ = '\0';
		if (split_parameter(text, &given))
			code = take_parameter(magnet, &given, err);
		text = next;
	}
	if (code == TSTREAM_OK && !magnet->infohash.has_v1 && !magnet->infohash.has_v2)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The magnet names no torrent: it has no xt=urn:btih: or xt=urn:btmh:.");
	return code;
}

static int parse_uri(const char *text, tsi_magnet *magnet, tstream_error *err)
{
	char *copy = strdup(text + strlen(SCHEME));
	int code;

	if (!copy)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	code = parse_parameters(copy, magnet, err);
	free(copy);
	return code;
}

static int parse_bare(const char *text, size_t length, tsi_magnet *magnet, tstream_error *err)
{
	tsi_infohash infohash;

	if (length == TSI_V1_BASE32_DIGITS)
		return parse_v1(text, &magnet->infohash, err);
	if (tsi_infohash_parse(text, &infohash) != TSTREAM_OK)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "This is neither a magnet URI (magnet:?xt=urn:btih:...) nor an infohash "
		                "of 40 or 64 hexadecimal or 32 base32 digits.");
	if (infohash.has_v1)
		return keep_hash(infohash.v1, sizeof(infohash.v1), &magnet->infohash.has_v1,
		                 magnet->infohash.v1, err);
	return keep_hash(infohash.v2, sizeof(infohash.v2), &magnet->infohash.has_v2,
	                 magnet->infohash.v2, err);
}

/* A name may have been pasted with its spaces; white space anywhere else is a slip of
 * the hand that must not be guessed away. */
static int check_characters(const char *text, size_t length, tstream_error *err)
{
	if (length == 0)
		return tsi_fail(err, TSTREAM_EINVAL, "The magnet is empty.");
	if (length > TSTREAM_MAX_MAGNET_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "The magnet is longer than %d bytes.",
		                TSTREAM_MAX_MAGNET_BYTES);
	if (text[0] == ' ' || text[length - 1] == ' ')
		return tsi_fail(err, TSTREAM_EINVAL,
		                "The magnet begins or ends with a space; remove it and try again.");
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7F)
			return tsi_fail(err, TSTREAM_EINVAL,
			                "The magnet holds a line break or another control character.");
	}
	return TSTREAM_OK;
}

int tsi_magnet_parse(const char *text, tsi_magnet *out_magnet, tstream_error *err)
{
	tsi_magnet magnet = {0};
	size_t length;
	int code;

	if (!text)
		text = "";
	length = strnlen(text, TSTREAM_MAX_MAGNET_BYTES + 1);
	code = check_characters(text, length, err);
	if (code != TSTREAM_OK)
		return code;
	if (tsi_text_starts_with(text, SCHEME))
		code = parse_uri(text, &magnet, err);
	else
		code = parse_bare(text, length, &magnet, err);
	if (code != TSTREAM_OK) {
		tsi_magnet_clear(&magnet);
		return code;
	}
	*out_magnet = magnet;
	return TSTREAM_OK;
}

static void free_items(char **items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(items[i]);
}

void tsi_magnet_clear(tsi_magnet *magnet)
{
	free(magnet->name);
	free_items(magnet->trackers, magnet->tracker_count);
	free_items(magnet->web_seeds, magnet->web_seed_count);
	free_items(magnet->sources, magnet->source_count);
	free_items(magnet->peers, magnet->peer_count);
	memset(magnet, 0, sizeof(*magnet));
}
