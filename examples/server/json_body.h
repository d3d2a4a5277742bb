/* json_body.h - a request's body as a JSON object. */
#ifndef SERVER_JSON_BODY_H
#define SERVER_JSON_BODY_H

#include "request.h"

#include <jansson.h>

/* Read and parse it.  For routes with a deep stack (see router.h), as the parser recurses.
 * 0 and a reference; or the status of the answer that was sent instead */
int json_body_read(struct request *request, size_t max_size, json_t **out_object);

/* Whether each member is one of those named, of which the last is NULL. */
bool json_body_has_only(const json_t *object, const char *const names[]);

/* A member as a whole number from 0 to max.  Without it *out stays.  0, or -1 */
int json_body_number(const json_t *object, const char *name, int64_t max, int64_t *out);

/* A member as a string without NUL.  Without it *out stays.  0, or -1 */
int json_body_text(const json_t *object, const char *name, const char **out);

#endif
