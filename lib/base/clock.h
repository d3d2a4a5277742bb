/**
 * base/clock.h - the one place that reads the clock, and says which one is waited by.
 */
#ifndef TSI_BASE_CLOCK_H
#define TSI_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Microseconds since some point in the past; never goes back. */
int64_t tsi_now_us(void);

/** Seconds since 1970 UTC, as the system's clock has it. */
int64_t tsi_wall_s(void);
/** Microseconds since 1970 in UTC, as the machine's clock is set: for what is shown and
 *  stored, never for waiting. */
int64_t tsi_wall_us(void);

/** The CLOCK_MONOTONIC time @p timeout_us from now, for pthread_cond_timedwait. */
struct timespec tsi_deadline(int64_t timeout_us);
/** A condition that is waited for until a tsi_deadline(). */
void tsi_cond_init(pthread_cond_t *cond);

#ifdef __cplusplus
}
#endif
#endif
