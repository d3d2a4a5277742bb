/**
 * core/infohash.h - digits to bytes, for whoever reads infohashes.
 *
 * tsi_infohash_parse() and tsi_infohash_format(), which most want, are in core/magnet.h.
 */
#ifndef TSI_CORE_INFOHASH_H
#define TSI_CORE_INFOHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TSI_V1_HEX_DIGITS 40
#define TSI_V2_HEX_DIGITS 64
#define TSI_V1_BASE32_DIGITS 32

/** @return 0 to 15, or -1 */
int tsi_hex_value(char digit);

/** Decode 2 * @p size digits of either case.  @return false if one of them is none */
bool tsi_hex_decode(const char *digits, uint8_t *out_bytes, size_t size);

/** Decode TSI_V1_BASE32_DIGITS digits (RFC 4648) of either case into 20 bytes. */
bool tsi_base32_decode(const char *digits, uint8_t out_bytes[20]);

#endif
