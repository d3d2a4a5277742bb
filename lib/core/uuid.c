/**
 * core/uuid.c - names for rows (RFC 9562).
 */
#include "core/uuid.h"

#include <stddef.h>
#include <string.h>

#include "core/infohash.h"

#define DIGITS "0123456789abcdef"

static bool is_dash(size_t index)
{
	return index == 8 || index == 13 || index == 18 || index == 23;
}

void tsi_uuid_make(int64_t at_us, const uint8_t random[TSI_UUID_RANDOM_BYTES],
                   char out_text[TSI_UUID_BYTES])
{
	uint64_t at_ms = (uint64_t)at_us / 1000;
	uint8_t bytes[16];
	size_t next = 0;

	for (size_t i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(at_ms >> (8 * (5 - i)));
	memcpy(bytes + 6, random, TSI_UUID_RANDOM_BYTES);
	bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0F)); /* version */
	bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F)); /* variant */
	for (size_t i = 0; i < TSI_UUID_BYTES - 1; i++) {
		uint8_t byte = bytes[next / 2];
		if (is_dash(i))
			out_text[i] = '-';
		else
			out_text[i] = DIGITS[next++ % 2 ? byte & 0x0F : byte >> 4];
	}
	out_text[TSI_UUID_BYTES - 1] = '\0';
}

bool tsi_uuid_normalize(const char *text, char out_text[TSI_UUID_BYTES])
{
	if (strnlen(text, TSI_UUID_BYTES) != TSI_UUID_BYTES - 1)
		return false;
	for (size_t i = 0; i < TSI_UUID_BYTES - 1; i++) {
		int value = tsi_hex_value(text[i]);
		if (is_dash(i) ? text[i] != '-' : value < 0)
			return false;
		out_text[i] = is_dash(i) ? '-' : DIGITS[value & 0x0F];
	}
	out_text[TSI_UUID_BYTES - 1] = '\0';
	return true;
}
