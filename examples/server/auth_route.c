/* /api/auth: making an account, coming and going. */
#include "auth_call.h"
#include "front.h"
#include "json_body.h"
#include "known_logins.h"
#include "problem.h"
#include "recorder.h"
#include "response.h"
#include "routes.h"
#include "stores.h"
#include "viewer.h"

#include <string.h>

/* Beyond that many calls for one history, the rest is left for the next login. */
enum { MAX_CLAIM_CALLS = 5 };

/* Strings are lent by the body. */
struct credentials {
	const char *name;
	const char *password;
	bool claims_history;
};

/* 0, or the status of the refusal.  They live as long as the body. */
static int read_credentials(struct request *request, const json_t *body,
                            struct credentials *credentials)
{
	static const char *const names[] = {"name", "password", "claim_history", NULL};
	const json_t *claim = json_object_get(body, "claim_history");

	if (!json_body_has_only(body, names) || json_body_text(body, "name", &credentials->name) ||
	    json_body_text(body, "password", &credentials->password) || !credentials->name ||
	    !credentials->password || (claim && !json_is_boolean(claim)))
		return problem_send(request, 400,
		                    "The members are name and password, strings, and claim_history, "
		                    "true or false.");
	credentials->claims_history = json_is_true(claim);
	return 0;
}

/* A long history changes hands in parts, each within the database's time limit. */
static int claim(tstream_history *history, const char *session, const char *account_id)
{
	tstream_error err;
	int code = TSTREAM_ETIMEDOUT;

	for (int i = 0; i < MAX_CLAIM_CALLS && code == TSTREAM_ETIMEDOUT; i++)
		code = tstream_history_claim(history, session, account_id, &err);
	return code;
}

/* What was watched in this browser before becomes the account's, and the browser's session ends.
 * Logging in matters more: what goes wrong leaves the session, and what is still its, as it is;
 * the next login may go on with it. */
static void claim_history(struct request *request, const tstream_account *account)
{
	char session[LINK_VIEWER_BYTES];
	tstream_history *history;
	tstream_error err = {0};

	request->viewer[0] = '\0';
	viewer_find_session(request);
	memcpy(session, request->viewer, sizeof(session));
	memcpy(request->viewer, account->id, sizeof(account->id));
	if (!session[0] || stores_history(request->server->stores, &history, &err))
		return;
	recorder_forget(request->server->recorder, session);
	if (claim(history, session, account->id) == 0)
		viewer_set_cookie(request, VIEWER_SESSION_COOKIE, "", 0);
}

/* A login is a new token, whatever the browser held before; that one ends. */
static int log_in(struct request *request, tstream_accounts *accounts, tstream_account *account,
                  bool claims_history, int status)
{
	char token[TSTREAM_TOKEN_BYTES];
	tstream_error err = {0};
	tstream_account found = TSTREAM_ACCOUNT_INIT;
	int code = tstream_accounts_login(accounts, account->id, request_header(request, "User-Agent"),
	                                  token, &found, &err);
	int failed = auth_call_end(request, code, &err, 401);

	if (failed)
		return failed;
	if (request->account.id[0]) {
		(void)tstream_accounts_revoke(accounts, request->account.id, request->account.token_id,
		                              &err);
		known_logins_forget_account(request->server->known_logins, request->account.id);
	}
	if (claims_history)
		claim_history(request, &found);
	viewer_set_cookie(request, VIEWER_LOGIN_COOKIE, token,
	                  (int64_t)request->server->settings.login_lifetime_s);
	return response_json(request, status, "", auth_call_to_json(&found));
}

static int verify_and_log_in(struct request *request, tstream_accounts *accounts,
                             const json_t *body)
{
	struct credentials credentials = {0};
	char address[FRONT_ADDRESS_BYTES];
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	tstream_error err = {0};

	int status = read_credentials(request, body, &credentials);

	if (status)
		return status;
	front_client_address(request, address);
	int code = tstream_accounts_verify(accounts, credentials.name, credentials.password, address,
	                                   &account, &err);
	status = auth_call_end(request, code, &err, 401);
	return status ? status : log_in(request, accounts, &account, credentials.claims_history, 200);
}

/* 0, or the status of the refusal. */
static int check_registration(struct request *request, tstream_accounts *accounts, int64_t max)
{
	enum registration registration = request->server->settings.registration;
	tstream_error err = {0};

	if (registration == REGISTRATION_OPEN)
		return 0;
	if (registration == REGISTRATION_FIRST && front_is_local(request)) {
		int64_t count = tstream_accounts_count(accounts, &err);
		if (count < 0)
			return auth_call_end(request, (int)count, &err, 403);
		if (count <= max)
			return 0;
	}
	return problem_send(request, 403,
	                    "Nobody can make an account here: ask who runs this server, who has "
	                    "--create-account and --registration.");
}

static int create_and_log_in(struct request *request, tstream_accounts *accounts,
                             const json_t *body)
{
	struct credentials credentials = {0};
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	tstream_error err = {0};
	int status = read_credentials(request, body, &credentials);

	if (status == 0)
		status = check_registration(request, accounts, 0);
	if (status)
		return status;
	int code =
	    tstream_accounts_create(accounts, credentials.name, credentials.password, &account, &err);
	if (code == TSTREAM_EBUSY)
		return problem_send(request, 409, err.message);
	if (code == TSTREAM_ELIMIT)
		return problem_send(request, 503, err.message);
	status = auth_call_end(request, code, &err, 403);
	if (status)
		return status;
	/* Two may have found that there was none. */
	status = check_registration(request, accounts, 1);
	if (status) {
		(void)tstream_accounts_delete(accounts, account.id, &err);
		return status;
	}
	return log_in(request, accounts, &account, credentials.claims_history, 201);
}

int route_login_post(struct request *request)
{
	return auth_call_with_body(request, verify_and_log_in);
}

int route_register_post(struct request *request)
{
	return auth_call_with_body(request, create_and_log_in);
}

int route_logout_post(struct request *request)
{
	tstream_accounts *accounts;
	tstream_error err = {0};
	int status = auth_call_begin(request, &accounts);

	if (status)
		return status;
	int code =
	    tstream_accounts_revoke(accounts, request->account.id, request->account.token_id, &err);
	known_logins_forget_account(request->server->known_logins, request->account.id);
	status = auth_call_end(request, code == TSTREAM_ENOENT ? 0 : code, &err, 403);
	if (status)
		return status;
	viewer_set_cookie(request, VIEWER_LOGIN_COOKIE, "", 0);
	return response_empty(request, 204, "");
}

int route_me_get(struct request *request)
{
	if (!request->server->settings.accounts)
		return problem_send(request, 404, "This server has no accounts; ACCOUNTS turns them on.");
	return response_json(request, 200, "", auth_call_to_json(&request->account));
}
