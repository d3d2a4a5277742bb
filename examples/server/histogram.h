/* histogram.h - how long things took, counted in fixed buckets, as Prometheus wants to have it.
 *
 * Observing is a few atomic additions, from any thread, and takes no memory.
 */
#ifndef SERVER_HISTOGRAM_H
#define SERVER_HISTOGRAM_H

#include "text.h"

#include <stdatomic.h>
#include <stdint.h>

/* From 5 ms to two minutes, which is as long as an answer waits (STALL_TIMEOUT). */
#define HISTOGRAM_BUCKETS 14

/* Begins as zeros. */
struct histogram {
	atomic_uint_fast64_t counts[HISTOGRAM_BUCKETS + 1]; /* the last one: all that took longer */
	atomic_uint_fast64_t sum_us;
};

/* Negative durations count as 0. */
void histogram_observe(struct histogram *histogram, int64_t duration_us);

/* Its lines of the text format, with HELP and TYPE; name ends in _seconds. */
void histogram_write(struct histogram *histogram, const char *name, const char *help,
                     struct text *out);

#endif
