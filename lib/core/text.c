/**
 * core/text.c - text from strangers, made fit for people to see.
 */
#include "core/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/infohash.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define REPLACEMENT_BYTES 3

static char fold(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool tsi_text_starts_with(const char *text, const char *prefix)
{
	while (*prefix && fold(*text) == fold(*prefix)) {
		text++;
		prefix++;
	}
	return *prefix == '\0';
}

bool tsi_text_equals(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && tsi_text_starts_with(a, b);
}

size_t tsi_text_percent_decode(char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		int high = text[i] == '%' && size - i > 2 ? tsi_hex_value(text[i + 1]) : -1;
		int low = high < 0 ? -1 : tsi_hex_value(text[i + 2]);

		if (low >= 0) {
			text[length++] = (char)(high << 4 | low);
			i += 2;
		} else {
			text[length++] = text[i];
		}
	}
	return length;
}

void tsi_text_copy(char *out, size_t capacity, const char *text)
{
	size_t size = strnlen(text, capacity - 1);

	memcpy(out, text, size);
	out[size] = '\0';
}

/* How many bytes a character has, by its first one; 0: none begins so. */
static size_t sequence_size(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead < 0xE0)
		return 2;
	if (lead >= 0xE0 && lead < 0xF0)
		return 3;
	if (lead >= 0xF0 && lead < 0xF5)
		return 4;
	return 0;
}

size_t tsi_text_decode(const char *bytes, size_t size, uint32_t *out_point)
{
	const uint8_t *text = (const uint8_t *)bytes;
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	static const uint8_t lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	size_t wanted = size > 0 ? sequence_size(text[0]) : 0;
	uint32_t point = wanted > 0 ? text[0] & lead_mask[wanted] : 0;

	if (wanted == 0 || wanted > size)
		return 0;
	for (size_t i = 1; i < wanted; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3F);
	}
	/* Overlong forms, surrogates, beyond Unicode. */
	if (point < smallest[wanted] || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF)
		return 0;
	*out_point = point;
	return wanted;
}

size_t tsi_text_encode(uint32_t point, char out_bytes[4])
{
	static const uint32_t ends[] = {0x80, 0x800, 0x10000, 0x110000};
	static const uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
	size_t size = 1;

	if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
		return 0;
	while (point >= ends[size - 1])
		size++;
	for (size_t i = size; i > 1; i--) {
		out_bytes[i - 1] = (char)(0x80 | (point & 0x3F));
		point >>= 6;
	}
	out_bytes[0] = (char)(leads[size - 1] | point);
	return size;
}

void tsi_text_cut(char *text, size_t max_bytes)
{
	if (strlen(text) <= max_bytes)
		return;
	while (max_bytes > 0 && ((unsigned char)text[max_bytes] & 0xC0) == 0x80)
		max_bytes--;
	text[max_bytes] = '\0';
}

static bool is_unseemly(uint32_t point)
{
	bool is_control = point < 0x20 || (point >= 0x7F && point < 0xA0);
	bool is_separator = point == 0x2028 || point == 0x2029;
	bool is_turn = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);

	return is_control || is_separator || is_turn;
}

char *tsi_text_clean(const char *text, size_t size)
{
	size_t length = 0;
	char *clean;

	if (size > (SIZE_MAX - 1) / REPLACEMENT_BYTES)
		return NULL;
	clean = malloc(size * REPLACEMENT_BYTES + 1);
	if (!clean)
		return NULL;
	for (size_t i = 0; i < size;) {
		uint32_t point = 0;
		size_t taken = tsi_text_decode(text + i, size - i, &point);

		if (taken == 0) {
			memcpy(clean + length, REPLACEMENT, REPLACEMENT_BYTES);
			length += REPLACEMENT_BYTES;
			taken = 1;
		} else if (!is_unseemly(point)) {
			memcpy(clean + length, text + i, taken);
			length += taken;
		}
		i += taken;
	}
	clean[length] = '\0';
	return clean;
}
