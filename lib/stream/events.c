#include "stream/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tsi_events_init(tsi_events *events)
{
	memset(events, 0, sizeof(*events));
	events->ring = calloc(TSI_EVENTS_CAPACITY, sizeof(*events->ring));
	if (!events->ring)
		return TSTREAM_ENOMEM;
	int code = tsi_wake_init(&events->wake);
	if (code != TSTREAM_OK) {
		free(events->ring);
		return code;
	}
	pthread_mutex_init(&events->mutex, NULL);
	return TSTREAM_OK;
}

void tsi_events_destroy(tsi_events *events)
{
	if (!events->ring)
		return;
	tsi_wake_destroy(&events->wake);
	pthread_mutex_destroy(&events->mutex);
	free(events->ring);
	events->ring = NULL;
}

static tstream_event *make_room(tsi_events *events)
{
	if (events->count == TSI_EVENTS_CAPACITY) {
		events->first = (events->first + 1) % TSI_EVENTS_CAPACITY;
		events->count--;
		events->has_overflowed = true;
	}
	return &events->ring[(events->first + events->count++) % TSI_EVENTS_CAPACITY];
}

void tsi_events_push(tsi_events *events, int type, const char *infohash, uint64_t tag, int code,
                     const char *message)
{
	pthread_mutex_lock(&events->mutex);
	tstream_event *event = make_room(events);
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->code = code;
	event->tag = tag;
	snprintf(event->infohash, sizeof(event->infohash), "%s", infohash ? infohash : "");
	snprintf(event->message, sizeof(event->message), "%s", message ? message : "");
	pthread_mutex_unlock(&events->mutex);
	tsi_wake_raise(&events->wake);
}

bool tsi_events_next(tsi_events *events, tstream_event *out_event)
{
	pthread_mutex_lock(&events->mutex);
	bool is_one = events->has_overflowed || events->count > 0;
	if (events->has_overflowed) {
		*out_event = (tstream_event){.type = TSTREAM_EVENT_OVERFLOW, .code = TSTREAM_ELIMIT};
		events->has_overflowed = false;
	} else if (events->count > 0) {
		*out_event = events->ring[events->first];
		events->first = (events->first + 1) % TSI_EVENTS_CAPACITY;
		events->count--;
	} else {
		/* Under the lock: a push that comes now raises it again. */
		tsi_wake_lower(&events->wake);
	}
	pthread_mutex_unlock(&events->mutex);
	return is_one;
}
