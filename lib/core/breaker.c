#include "core/breaker.h"

#define MAX_DOUBLINGS 4
#define MAX_RETRY_AFTER_US (86400 * INT64_C(1000000))

bool tsi_breaker_is_open(const tsi_breaker *breaker, int64_t now_us)
{
	return now_us < breaker->open_until_us;
}

void tsi_breaker_succeed(tsi_breaker *breaker)
{
	breaker->failures = 0;
	breaker->openings = 0;
	breaker->open_until_us = 0;
}

void tsi_breaker_fail(tsi_breaker *breaker, bool is_throttled, int64_t retry_after_us,
                      int64_t now_us)
{
	uint32_t doublings = breaker->openings < MAX_DOUBLINGS ? breaker->openings : MAX_DOUBLINGS;
	int64_t pause_us = breaker->base_pause_us << doublings;

	if (breaker->failures < breaker->max_failures)
		breaker->failures++;
	if (!is_throttled && breaker->failures < breaker->max_failures)
		return;
	if (retry_after_us > 0)
		pause_us = retry_after_us < MAX_RETRY_AFTER_US ? retry_after_us : MAX_RETRY_AFTER_US;
	breaker->openings += breaker->openings < MAX_DOUBLINGS;
	/* Answers of earlier requests must not shorten a pause. */
	if (now_us + pause_us > breaker->open_until_us)
		breaker->open_until_us = now_us + pause_us;
}
