/**
 * core/timestamp.h - microseconds since 1970 in UTC, and how they are written.
 */
#ifndef TSI_CORE_TIMESTAMP_H
#define TSI_CORE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

/** Room for "2026-11-22 12:00:00.000000", NUL included. */
#define TSI_TIMESTAMP_BYTES 27

#define TSI_US_PER_DAY (INT64_C(86400) * 1000000)

/** The last microsecond of the year 9999; what is outside [0, this] is not written. */
#define TSI_TIMESTAMP_MAX_US (INT64_C(253402300800) * 1000000 - 1)

/** @param separator  between date and time: ' ' for SQL, 'T' for RFC 3339
 *  @param at_us      moved into 0 to TSI_TIMESTAMP_MAX_US */
void tsi_timestamp_format(int64_t at_us, char separator, char out_text[TSI_TIMESTAMP_BYTES]);

/** Read what tsi_timestamp_format() writes, with 0 to 6 digits after the second.
 *  @return false if it is anything else */
bool tsi_timestamp_parse(const char *text, int64_t *out_at_us);

/** The day in UTC, 0 being 1970-01-01. */
int64_t tsi_timestamp_day(int64_t at_us);

#endif
