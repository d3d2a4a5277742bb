/**
 * store/sql_pool.c - who uses which link, in the order in which they asked.
 */
#include "store/sql_pool.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

/** On the stack of a thread that waits for a place. */
struct tsi_sql_waiter {
	pthread_cond_t granted;
	bool is_granted;
	tsi_sql_waiter *next;
};

void tsi_sql_lane_init(tsi_sql_lane *lane, uint32_t capacity)
{
	*lane = (tsi_sql_lane){.capacity = capacity};
	lane->p_last = &lane->first;
	pthread_mutex_init(&lane->mutex, NULL);
}

static void disconnect_all(tsi_sql_link *link)
{
	while (link) {
		tsi_sql_link *next = link->next_idle;
		link->driver->disconnect(link);
		link = next;
	}
}

void tsi_sql_lane_close(tsi_sql_lane *lane)
{
	disconnect_all(lane->idle);
	pthread_mutex_destroy(&lane->mutex);
}

static void leave_queue(tsi_sql_lane *lane, const tsi_sql_waiter *waiter)
{
	tsi_sql_waiter **p = &lane->first;

	while (*p != waiter)
		p = &(*p)->next;
	*p = waiter->next;
	if (lane->p_last == &waiter->next)
		lane->p_last = p;
}

/** @return true if a place was granted before the deadline */
static bool wait_in_queue(tsi_sql_lane *lane, int64_t deadline_us)
{
	struct timespec deadline = tsi_deadline(deadline_us - tsi_now_us());
	tsi_sql_waiter waiter = {.is_granted = false};
	int rc = 0;

	tsi_cond_init(&waiter.granted);
	*lane->p_last = &waiter;
	lane->p_last = &waiter.next;
	while (!waiter.is_granted && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&waiter.granted, &lane->mutex, &deadline);
	if (!waiter.is_granted)
		leave_queue(lane, &waiter);
	pthread_cond_destroy(&waiter.granted);
	return waiter.is_granted;
}

int tsi_sql_lane_take(tsi_sql_lane *lane, int64_t deadline_us, tsi_sql_link **out_link,
                      tstream_error *err)
{
	bool has_place;

	pthread_mutex_lock(&lane->mutex);
	has_place = !lane->first && lane->taken_count < lane->capacity;
	if (has_place)
		lane->taken_count++;
	else
		has_place = wait_in_queue(lane, deadline_us);
	if (has_place) {
		*out_link = lane->idle;
		if (lane->idle)
			lane->idle = lane->idle->next_idle;
	}
	pthread_mutex_unlock(&lane->mutex);
	if (!has_place)
		return tsi_fail(err, TSTREAM_EBUSY, "all %u connections to the database are in use",
		                lane->capacity);
	return TSTREAM_OK;
}

void tsi_sql_lane_give(tsi_sql_lane *lane, tsi_sql_link *link)
{
	tsi_sql_waiter *waiter;

	pthread_mutex_lock(&lane->mutex);
	if (link) {
		link->next_idle = lane->idle;
		lane->idle = link;
	}
	waiter = lane->first;
	if (waiter) {
		/* The place changes hands, so nobody who comes now gets in between. */
		lane->first = waiter->next;
		if (!lane->first)
			lane->p_last = &lane->first;
		waiter->is_granted = true;
		pthread_cond_signal(&waiter->granted);
	} else {
		lane->taken_count--;
	}
	pthread_mutex_unlock(&lane->mutex);
}

void tsi_sql_lane_drop_idle(tsi_sql_lane *lane)
{
	tsi_sql_link *idle;

	pthread_mutex_lock(&lane->mutex);
	idle = lane->idle;
	lane->idle = NULL;
	pthread_mutex_unlock(&lane->mutex);
	disconnect_all(idle);
}
