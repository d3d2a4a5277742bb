/* auth_call.h - what routes of accounts have in common. */
#ifndef SERVER_AUTH_CALL_H
#define SERVER_AUTH_CALL_H

#include "request.h"

#include <jansson.h>

/* The accounts.  0, or the status of the answer that was sent instead: 404 if they are off */
int auth_call_begin(struct request *request, tstream_accounts **out_accounts);

/* Do something with the accounts and the request's JSON.  The status of the answer. */
int auth_call_with_body(struct request *request,
                        int (*action)(struct request *, tstream_accounts *, const json_t *));

/* What came of a call.  0, or the status of the problem that was sent: 429 for too many failures,
 * refusal_status for a wrong password, 503 for the database's trouble */
int auth_call_end(struct request *request, int code, const tstream_error *err, int refusal_status);

/* The account of request->account. */
json_t *auth_call_to_json(const tstream_account *account);

#endif
