#include "clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_s(void)
{
	return (int64_t)time(NULL);
}

void clock_format_rfc3339(int64_t wall_s, char out[CLOCK_RFC3339_BYTES])
{
	time_t time = (time_t)wall_s;
	struct tm parts;

	gmtime_r(&time, &parts);
	if (strftime(out, CLOCK_RFC3339_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		out[0] = '\0';
}

void clock_format_now_rfc3339_ms(char out[CLOCK_RFC3339_MS_BYTES])
{
	char whole[CLOCK_RFC3339_BYTES];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_format_rfc3339(now.tv_sec, whole);
	snprintf(out, CLOCK_RFC3339_MS_BYTES, "%.19s.%03uZ", whole,
	         (unsigned)(now.tv_nsec / 1000000 % 1000));
}
