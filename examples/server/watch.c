#include "watch.h"

#include <stddef.h>

/* Who comes back asks again for what our sockets swallowed and its program never read. */
#define OVERLAP_BYTES ((uint64_t)8 * 1024 * 1024)
#define SKIP_BYTES ((uint64_t)1024 * 1024)

/* A longer pause is none in which a player lived on what it had read ahead. */
#define MAX_PAUSE_US (600 * (int64_t)1000000)

/* Reads that begin within this last part of a file want its index. */
#define INDEX_PARTS 32

/* The last part of a film, in which nothing happens any more. */
#define CREDITS_PARTS 20

void watch_init(struct watch *watch, uint64_t size)
{
	*watch = (struct watch){.size = size, .current = -1};
}

/* Back at its beginning is another look at it, and no going on. */
static bool goes_on(const struct watch_run *run, uint64_t begin)
{
	return run->seen_us != 0 && begin > run->begin && begin + OVERLAP_BYTES >= run->end &&
	       begin <= run->end + SKIP_BYTES;
}

static struct watch_run *find(struct watch *watch, uint64_t begin)
{
	for (int i = 0; i < WATCH_RUNS; i++) {
		if (goes_on(&watch->runs[i], begin))
			return &watch->runs[i];
	}
	return NULL;
}

/* The one that tells the position stays. */
static struct watch_run *replace_oldest(struct watch *watch, uint64_t begin)
{
	struct watch_run *oldest = NULL;

	for (int i = 0; i < WATCH_RUNS; i++) {
		if (i != watch->current && (!oldest || watch->runs[i].seen_us < oldest->seen_us))
			oldest = &watch->runs[i];
	}
	*oldest = (struct watch_run){.begin = begin, .end = begin};
	return oldest;
}

static bool is_index(const struct watch *watch, const struct watch_run *run)
{
	return run->begin > 0 && run->begin >= watch->size - watch->size / INDEX_PARTS;
}

static bool is_enough(const struct watch *watch, const struct watch_run *run)
{
	uint64_t bytes = run->end - run->begin;
	uint64_t part = watch->size / WATCH_SLOW_PARTS;
	uint64_t slow = part < WATCH_SLOW_BYTES ? part : WATCH_SLOW_BYTES;

	if (is_index(watch, run))
		return false;
	return bytes >= WATCH_ENOUGH_BYTES || (bytes >= slow && run->read_us >= WATCH_SLOW_US);
}

/* Pauses between reads count too: the player plays what it has. */
static int64_t spent_us(const struct watch_run *run, int64_t began_us, int64_t now_us)
{
	bool is_first = run->seen_us == 0;
	int64_t since_us = is_first || began_us - run->seen_us > MAX_PAUSE_US ? began_us : run->seen_us;

	return now_us > since_us ? now_us - since_us : 0;
}

void watch_note(struct watch *watch, uint64_t begin, uint64_t end, int64_t began_us, int64_t now_us)
{
	if (begin >= end || end > watch->size)
		return;
	struct watch_run *run = find(watch, begin);
	if (!run)
		run = replace_oldest(watch, begin);
	/* What was read before tells nothing new. */
	if (end <= run->end)
		return;
	run->read_us += spent_us(run, began_us, now_us);
	run->seen_us = now_us;
	run->end = end;
	if (is_enough(watch, run))
		watch->current = (int)(run - watch->runs);
}

bool watch_is_real(const struct watch *watch)
{
	return watch->current >= 0;
}

/* Where in the film a byte is, as if all its seconds took the same. */
static int64_t time_of(const struct watch *watch, uint64_t offset, int64_t duration_us)
{
	return (int64_t)((double)offset / (double)watch->size * (double)duration_us);
}

int64_t watch_position_us(const struct watch *watch, int64_t duration_us)
{
	if (!watch_is_real(watch) || duration_us <= 0)
		return -1;
	const struct watch_run *run = &watch->runs[watch->current];
	int64_t read_to_us = time_of(watch, run->end, duration_us);
	int64_t played_to_us = time_of(watch, run->begin, duration_us) + run->read_us;
	return played_to_us < read_to_us ? played_to_us : read_to_us;
}

int64_t watch_resume_us(int64_t position_us, int64_t duration_us)
{
	if (duration_us > 0 && position_us > duration_us - duration_us / CREDITS_PARTS)
		return 0;
	return position_us;
}
