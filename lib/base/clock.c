/**
 * base/clock.c - the one place that reads the clock.
 */
#include "base/clock.h"

#include <limits.h>

#define US_PER_S 1000000

int64_t tsi_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t tsi_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

struct timespec tsi_deadline(int64_t timeout_us)
{
	int64_t now_us = tsi_now_us();
	int64_t at_us = now_us;
	struct timespec deadline;

	/* A caller's "nearly for ever" must not wrap round into the past. */
	if (timeout_us > INT64_MAX - now_us)
		at_us = INT64_MAX;
	else if (timeout_us > 0)
		at_us += timeout_us;
	deadline.tv_sec = (time_t)(at_us / US_PER_S);
	deadline.tv_nsec = (long)(at_us % US_PER_S) * 1000;
	return deadline;
}

void tsi_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

int64_t tsi_wall_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}
