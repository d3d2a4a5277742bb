/**
 * core/breaker.h - when to leave a provider alone.
 *
 * After some failures in a row it is open for a while, twice as long each time, or for as
 * long as the provider asks.  When that is over one more failure opens it again.
 */
#ifndef TSI_CORE_BREAKER_H
#define TSI_CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tsi_breaker {
	uint32_t max_failures; /**< in a row */
	int64_t base_pause_us;
	uint32_t failures;
	uint32_t openings; /**< in a row */
	int64_t open_until_us;
} tsi_breaker;

bool tsi_breaker_is_open(const tsi_breaker *breaker, int64_t now_us);

void tsi_breaker_succeed(tsi_breaker *breaker);

/** @param retry_after_us  > 0: what the provider asks for; opens at once
 *  @param is_throttled    it asks for a pause, of that length or of ours */
void tsi_breaker_fail(tsi_breaker *breaker, bool is_throttled, int64_t retry_after_us,
                      int64_t now_us);

#endif
