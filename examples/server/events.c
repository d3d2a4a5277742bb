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

static bool send_bytes(struct request *request, const char *name, const char *data,
                       size_t data_size)
{
	size_t size = strlen(name) + data_size + sizeof("event: \ndata: \n\n");
	char *memory = malloc(size);
	struct text event;

	if (!memory)
		return false;
	text_init(&event, memory, size);
	text_addf(&event, "event: %s\ndata: ", name);
	text_add_bytes(&event, data, data_size);
	text_add(&event, "\n\n");
	bool is_sent = response_write(request, event.data, event.size);
	free(memory);
	return is_sent;
}

bool events_send(struct request *request, const char *name, const char *data)
{
	return send_bytes(request, name, data, strlen(data));
}

bool events_send_written(struct request *request, const char *name,
                         const struct json_writer *written)
{
	return !written->is_lost && send_bytes(request, name, written->data, written->size);
}

bool events_send_json(struct request *request, const char *name, json_t *data)
{
	char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
	bool is_sent = text && events_send(request, name, text);

	free(text);
	json_decref(data);
	return is_sent;
}
