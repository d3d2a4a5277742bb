/**
 * core/uuid.h - names for rows (RFC 9562).
 */
#ifndef TSI_CORE_UUID_H
#define TSI_CORE_UUID_H

#include <stdbool.h>
#include <stdint.h>

/** Room for a UUID's text, NUL included. */
#define TSI_UUID_BYTES 37
#define TSI_UUID_RANDOM_BYTES 10
/** The greatest there is (RFC 9562, 5.10). */
#define TSI_UUID_MAX "ffffffff-ffff-ffff-ffff-ffffffffffff"

/** Version 7: milliseconds first, so that new rows lie beside each other in an index; the
 *  rest is @p random. */
void tsi_uuid_make(int64_t at_us, const uint8_t random[TSI_UUID_RANDOM_BYTES],
                   char out_text[TSI_UUID_BYTES]);

/** Any version, digits of either case; given back in lower case.
 *  @return false if it is no UUID */
bool tsi_uuid_normalize(const char *text, char out_text[TSI_UUID_BYTES]);

#endif
