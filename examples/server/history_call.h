/* history_call.h - what routes that use the database of histories have in common. */
#ifndef SERVER_HISTORY_CALL_H
#define SERVER_HISTORY_CALL_H

#include "request.h"

/* The database.  0, or the status of the answer that was sent instead: 503 while it cannot be
 * used, 501 if this build has none */
int history_call_begin(struct request *request, tstream_history **out_history);

/* What came of a call.  0; or the status of the problem that was sent: 400, 404, or 503 with the
 * reason, as everything else is the database's trouble and passes */
int history_call_end(struct request *request, int code, const tstream_error *err);

/* The parameter as a whole number from min to max; without it *out stays.
 * 0, or the status of the answer */
int history_call_number(struct request *request, const char *name, uint64_t min, uint64_t max,
                        uint32_t *out);

#endif
