/* response.h - answers.  Each function writes a whole one and gives back its status. */
#ifndef SERVER_RESPONSE_H
#define SERVER_RESPONSE_H

#include "request.h"
#include "text.h"

#include <jansson.h>

/* Head of an answer with every field that all answers have.  The caller adds its own and ends
 * with response_end_head(). */
#define RESPONSE_HEAD_BYTES 4096
void response_begin_head(struct text *head, struct request *request, int status);
void response_end_head(struct text *head);

/* extra: header lines, each with its CR LF, or "".  The body is left out for HEAD. */
int response_bytes(struct request *request, int status, const char *media_type, const char *extra,
                   const void *body, size_t size);

/* Takes the reference.  NULL is out of memory, and answered so. */
int response_json(struct request *request, int status, const char *extra, json_t *body);

int response_empty(struct request *request, int status, const char *extra);

/* Write all of it, bearing with a client that pauses.  false: it is gone. */
bool response_write(struct request *request, const void *bytes, size_t size);

#endif
