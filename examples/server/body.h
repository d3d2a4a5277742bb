/* body.h - a request's body in memory, bounded. */
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include "request.h"

struct body {
	char *bytes; /* with a NUL after them */
	size_t size;
	size_t reserved; /* of the server's budget */
};

/* Read all of it.  0; or the status of the answer that was sent instead. */
int body_read(struct request *request, size_t max_size, struct body *out);
void body_free(struct request *request, struct body *body);

/* Before the head of an answer: if the body was not read, hang up after the answer, unless there
 * is so little of it that CivetWeb may skip it. */
void body_skip(struct request *request);

/* After an answer that hangs up: take in some of the body that was not read. */
void body_drain(struct request *request);

#endif
