/**
 * stream/events.h - a session's bounded queue of events, and its wakeup.
 */
#ifndef TSI_STREAM_EVENTS_H
#define TSI_STREAM_EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <tstream/session.h>

#include "stream/wake.h"

#define TSI_EVENTS_CAPACITY 1024

typedef struct tsi_events {
	pthread_mutex_t mutex;
	tstream_event *ring;
	size_t first;
	size_t count;
	bool has_overflowed; /**< tell it before the next event */
	tsi_wake wake;
} tsi_events;

int tsi_events_init(tsi_events *events);
void tsi_events_destroy(tsi_events *events);

/** Any thread.  When the queue is full the oldest event makes way.
 *  @param message  may be NULL */
void tsi_events_push(tsi_events *events, int type, const char *infohash, uint64_t tag, int code,
                     const char *message);

/** @return true and the oldest event; false if there is none: the wakeup is re-armed */
bool tsi_events_next(tsi_events *events, tstream_event *out_event);

#endif
