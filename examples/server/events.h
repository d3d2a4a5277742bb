/* events.h - answers that are a stream of server-sent events. */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include "json_writer.h"
#include "request.h"

#include <jansson.h>

/* One more such answer, if there may be one; else the status of the refusal that was sent.
 * events_end() takes it back. */
int events_begin(struct request *request);
void events_end(struct request *request);

/* The head of the answer.  false: the client is gone, or wanted the head only. */
bool events_send_head(struct request *request);

/* false: the client is gone. */
bool events_send(struct request *request, const char *name, const char *data);

/* What was written must be whole, or it is not sent. */
bool events_send_written(struct request *request, const char *name,
                         const struct json_writer *written);

/* Takes the reference.  NULL is out of memory, and false. */
bool events_send_json(struct request *request, const char *name, json_t *data);

#endif
