#include "events.h"

#include "problem.h"
#include "response.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_EVENT_SOURCES = 64 };

int events_begin(struct request *request)
{
	atomic_uint *count = &request->server->event_source_count;

	if (atomic_fetch_add(count, 1) < MAX_EVENT_SOURCES)
		return 0;
	atomic_fetch_sub(count, 1);
	return problem_send(request, 503, "Too many are following events; try again soon.");
}

void events_end(struct request *request)
{
	atomic_fetch_sub(&request->server->event_source_count, 1);
}

bool events_send_head(struct request *request)
{
	char memory[RESPONSE_HEAD_BYTES];
	struct text head;

	/* Its end is the connection's end: there is no length to promise. */
	request_close_after(request);
	text_init(&head, memory, sizeof(memory));
	response_begin_head(&head, request, 200);
	text_add(&head, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n");
	response_end_head(&head);
	return response_write(request, head.data, head.size) && !request->is_head;
}

bool events_send(struct request *request, const char *name, const char *data)
{
	size_t size = strlen(name) + strlen(data) + sizeof("event: \ndata: \n\n");
	char *memory = malloc(size);
	struct text event;

	if (!memory)
		return false;
	text_init(&event, memory, size);
	text_addf(&event, "event: %s\ndata: ", name);
	text_add(&event, data);
	text_add(&event, "\n\n");
	bool is_sent = response_write(request, event.data, event.size);
	free(memory);
	return is_sent;
}

bool events_send_json(struct request *request, const char *name, json_t *data)
{
	char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
	bool is_sent = text && events_send(request, name, text);

	free(text);
	json_decref(data);
	return is_sent;
}
