#include "core/essence.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/base.h>

#define MAX_DEPTH 100

typedef struct slice {
	const char *begin;
	size_t size;
} slice;

/** What is left to read. */
typedef struct input {
	const char *at;
	const char *end;
} input;

static bool take_char(input *in, char wanted)
{
	if (in->at == in->end || *in->at != wanted)
		return false;
	in->at++;
	return true;
}

/** "4:spam".  @return false if it is none */
static bool take_string(input *in, slice *out_text)
{
	size_t size = 0;
	const char *digits = in->at;
	for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
		if (size > SIZE_MAX / 20)
			return false;
		size = size * 10 + (size_t)(*in->at - '0');
	}
	if (in->at == digits || !take_char(in, ':') || size > (size_t)(in->end - in->at))
		return false;
	*out_text = (slice){in->at, size};
	in->at += size;
	return true;
}

/** "i42e"; which number it is does not matter. */
static bool skip_number(input *in)
{
	if (!take_char(in, 'i'))
		return false;
	while (in->at < in->end && *in->at != 'e')
		in->at++;
	return take_char(in, 'e');
}

/** A value of any kind.  Of dictionaries, keys and values are alike here. */
static bool skip_value(input *in)
{
	unsigned depth = 0;
	do {
		slice text;
		if (in->at == in->end)
			return false;
		if (*in->at == 'l' || *in->at == 'd') {
			in->at++;
			if (++depth > MAX_DEPTH)
				return false;
		} else if (*in->at == 'e' && depth > 0) {
			in->at++;
			depth--;
		} else if (!(*in->at == 'i' ? skip_number(in) : take_string(in, &text))) {
			return false;
		}
	} while (depth > 0);
	return true;
}

static bool is_key(slice key, const char *name)
{
	return key.size == strlen(name) && memcmp(key.begin, name, key.size) == 0;
}

/** Find the values worth keeping.  @return false if it is no dictionary */
static bool read_torrent(input *in, slice *out_info, slice *out_layers)
{
	if (!take_char(in, 'd'))
		return false;
	while (!take_char(in, 'e')) {
		slice key;
		if (!take_string(in, &key))
			return false;
		const char *value = in->at;
		if (!skip_value(in))
			return false;
		slice found = {value, (size_t)(in->at - value)};
		if (is_key(key, "info"))
			*out_info = found;
		else if (is_key(key, "piece layers"))
			*out_layers = found;
	}
	return true;
}

static char *put(char *at, slice text)
{
	memcpy(at, text.begin, text.size);
	return at + text.size;
}

#define LITERAL(text) ((slice){text, sizeof(text) - 1})

int tsi_torrent_essence(const void *bytes, size_t size, void **out_bytes, size_t *out_size)
{
	input in = {bytes, (const char *)bytes + size};
	slice info = {NULL, 0};
	slice layers = {NULL, 0};
	if (!read_torrent(&in, &info, &layers) || !info.begin)
		return TSTREAM_EINVAL;
	char *made = malloc(info.size + layers.size + 64);
	if (!made)
		return TSTREAM_ENOMEM;
	char *at = put(put(made, LITERAL("d4:info")), info);
	if (layers.begin)
		at = put(put(at, LITERAL("12:piece layers")), layers);
	at = put(at, LITERAL("e"));
	*out_bytes = made;
	*out_size = (size_t)(at - made);
	return TSTREAM_OK;
}
