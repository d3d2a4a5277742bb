/* clock.h - the two clocks a server needs. */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stdint.h>

/* Monotonic. */
int64_t clock_now_us(void);

/* Unix time. */
int64_t clock_wall_s(void);

#define CLOCK_RFC3339_BYTES 21

/* As 2026-01-31T12:00:00Z. */
void clock_format_rfc3339(int64_t wall_s, char out[CLOCK_RFC3339_BYTES]);

#define CLOCK_RFC3339_MS_BYTES 28

/* Now, as 2026-01-31T12:00:00.123Z. */
void clock_format_now_rfc3339_ms(char out[CLOCK_RFC3339_MS_BYTES]);

#endif
