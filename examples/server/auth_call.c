#include "auth_call.h"

#include "clock.h"
#include "json_body.h"
#include "problem.h"
#include "stores.h"

#include <stdio.h>

#define MAX_BODY_BYTES ((size_t)16 * 1024)

int auth_call_begin(struct request *request, tstream_accounts **out_accounts)
{
	tstream_error err = {0};

	if (!request->server->settings.accounts)
		return problem_send(request, 404, "This server has no accounts; ACCOUNTS turns them on.");
	if (stores_accounts(request->server->stores, out_accounts, &err))
		return problem_sendf(request, 503, "Accounts cannot be used now: %.300s", err.message);
	return 0;
}

int auth_call_with_body(struct request *request,
                        int (*action)(struct request *, tstream_accounts *, const json_t *))
{
	tstream_accounts *accounts;
	json_t *body;
	int status = json_body_read(request, MAX_BODY_BYTES, &body);

	if (status)
		return status;
	status = auth_call_begin(request, &accounts);
	if (status == 0)
		status = action(request, accounts, body);
	json_decref(body);
	return status;
}

int auth_call_end(struct request *request, int code, const tstream_error *err, int refusal_status)
{
	char retry[48];

	switch (code) {
	case 0:
		return 0;
	case TSTREAM_EACCES:
		return problem_send_with(request, refusal_status,
		                         refusal_status == 401 ? "WWW-Authenticate: Bearer\r\n" : "",
		                         err->message);
	case TSTREAM_ELIMIT:
		snprintf(retry, sizeof(retry), "Retry-After: %d\r\n", STORES_LOCKOUT_S);
		return problem_send_with(request, 429, retry, err->message);
	case TSTREAM_EINVAL:
	case TSTREAM_ENOENT:
	case TSTREAM_ENOTSUP:
		return problem_send_code(request, code, err);
	default:
		return problem_sendf(request, 503, "Accounts cannot be used now: %.300s",
		                     err->message[0] ? err->message : tstream_strerror(code));
	}
}

json_t *auth_call_to_json(const tstream_account *account)
{
	char created_at[CLOCK_RFC3339_BYTES], expires_at[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(account->created_at_us / 1000000, created_at);
	clock_format_rfc3339(account->expires_at_us / 1000000, expires_at);
	return json_pack("{s:s, s:s, s:s, s:s}", "id", account->id, "name", account->name, "created_at",
	                 created_at, "login_expires_at", expires_at);
}
