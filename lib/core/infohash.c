/**
 * core/infohash.c - the names of torrents, in digits.
 */
#include "core/infohash.h"

#include <string.h>

#include "core/magnet.h"

/* Not strtol and friends: they take signs, spaces and the locale's word for it. */
int tsi_hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static int base32_value(char digit)
{
	if (digit >= '2' && digit <= '7')
		return digit - '2' + 26;
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a';
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	return -1;
}

bool tsi_hex_decode(const char *digits, uint8_t *out_bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = tsi_hex_value(digits[2 * i]);
		int low = high < 0 ? -1 : tsi_hex_value(digits[2 * i + 1]);

		if (low < 0)
			return false;
		out_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool tsi_base32_decode(const char *digits, uint8_t out_bytes[20])
{
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t size = 0;

	for (size_t i = 0; i < TSI_V1_BASE32_DIGITS; i++) {
		int value = base32_value(digits[i]);

		if (value < 0)
			return false;
		bits = bits << 5 | (uint32_t)value;
		bit_count += 5;
		if (bit_count >= 8) {
			bit_count -= 8;
			out_bytes[size++] = (uint8_t)(bits >> bit_count);
		}
	}
	return true;
}

int tsi_infohash_parse(const char *text, tsi_infohash *out_infohash)
{
	tsi_infohash infohash = {0};
	size_t length = text ? strnlen(text, TSI_V2_HEX_DIGITS + 1) : 0;

	if (length == TSI_V1_HEX_DIGITS)
		infohash.has_v1 = tsi_hex_decode(text, infohash.v1, sizeof(infohash.v1));
	else if (length == TSI_V2_HEX_DIGITS)
		infohash.has_v2 = tsi_hex_decode(text, infohash.v2, sizeof(infohash.v2));
	if (!infohash.has_v1 && !infohash.has_v2)
		return TSTREAM_EINVAL;
	*out_infohash = infohash;
	return TSTREAM_OK;
}

void tsi_infohash_format(const tsi_infohash *infohash, char out_text[TSTREAM_INFOHASH_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = infohash->has_v1 ? infohash->v1 : infohash->v2;
	size_t size = infohash->has_v1 ? sizeof(infohash->v1) : sizeof(infohash->v2);

	for (size_t i = 0; i < size; i++) {
		out_text[2 * i] = digits[bytes[i] >> 4];
		out_text[2 * i + 1] = digits[bytes[i] & 15];
	}
	out_text[2 * size] = '\0';
}
