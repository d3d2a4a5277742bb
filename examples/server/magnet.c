#include "magnet.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { HEX_V1_SIZE = 40, HEX_V2_SIZE = 64, BASE32_SIZE = 32 };

bool magnet_parse_hex(const char *text, size_t size, char out[TSTREAM_INFOHASH_BYTES])
{
	if ((size != HEX_V1_SIZE && size != HEX_V2_SIZE) ||
	    strspn(text, "0123456789abcdefABCDEF") < size)
		return false;
	for (size_t i = 0; i < size; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	out[size] = '\0';
	return true;
}

static int base32_value(char digit)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	const char *found = strchr(digits, digit >= 'A' && digit <= 'Z' ? digit - 'A' + 'a' : digit);

	return digit && found ? (int)(found - digits) : -1;
}

/* 32 digits of five bits are 40 of four: two become two and a half. */
static bool parse_base32(const char *text, size_t size, char out[TSTREAM_INFOHASH_BYTES])
{
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t out_size = 0;

	if (size != BASE32_SIZE)
		return false;
	for (size_t i = 0; i < size; i++) {
		int value = base32_value(text[i]);
		if (value < 0)
			return false;
		bits = bits << 5 | (uint32_t)value;
		for (bit_count += 5; bit_count >= 4; bit_count -= 4)
			out[out_size++] = "0123456789abcdef"[bits >> (bit_count - 4) & 0xF];
	}
	out[out_size] = '\0';
	return true;
}

/* Past a prefix whose colons may be escaped, or NULL. */
static const char *skip_prefix(const char *text, const char *prefix)
{
	for (; *prefix; prefix++) {
		if (*prefix == ':' && strncasecmp(text, "%3a", 3) == 0)
			text += 3;
		else if (strncasecmp(text, prefix, 1) == 0)
			text++;
		else
			return NULL;
	}
	return text;
}

/* The value of an xt, up to the next '&'. */
static bool parse_topic(const char *topic, char out[TSTREAM_INFOHASH_BYTES])
{
	const char *hash = skip_prefix(topic, "urn:btih:");

	if (hash) {
		size_t size = strcspn(hash, "&");
		return (size == HEX_V1_SIZE && magnet_parse_hex(hash, size, out)) ||
		       parse_base32(hash, size, out);
	}
	/* A multihash: 0x12 is SHA-256, 0x20 its size. */
	hash = skip_prefix(topic, "urn:btmh:1220");
	return hash && strcspn(hash, "&") == HEX_V2_SIZE && magnet_parse_hex(hash, HEX_V2_SIZE, out);
}

/* The value of a parameter xt, or xt.1 and so on, or NULL. */
static const char *topic_of(const char *parameter)
{
	if (strncasecmp(parameter, "xt", 2) != 0)
		return NULL;
	parameter += 2;
	if (*parameter == '.')
		parameter += 1 + strspn(parameter + 1, "0123456789");
	return *parameter == '=' ? parameter + 1 : NULL;
}

bool magnet_parse_infohash(const char *magnet, char out[TSTREAM_INFOHASH_BYTES])
{
	size_t size = strlen(magnet);

	if (magnet_parse_hex(magnet, size, out) || parse_base32(magnet, size, out))
		return true;
	const char *parameter = skip_prefix(magnet, "magnet:?");
	while (parameter) {
		const char *topic = topic_of(parameter);
		if (topic && parse_topic(topic, out))
			return true;
		parameter = strchr(parameter, '&');
		parameter = parameter ? parameter + 1 : NULL;
	}
	return false;
}
