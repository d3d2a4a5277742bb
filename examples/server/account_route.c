/* /api/auth: what who is logged in does with the account. */
#include "auth_call.h"
#include "clock.h"
#include "front.h"
#include "history_call.h"
#include "json_body.h"
#include "known_logins.h"
#include "problem.h"
#include "recorder.h"
#include "response.h"
#include "routes.h"
#include "viewer.h"

#include <string.h>

static int change_password(struct request *request, tstream_accounts *accounts, const json_t *body)
{
	static const char *const names[] = {"old_password", "new_password", NULL};
	const char *old_password = NULL, *new_password = NULL;
	const tstream_account *account = &request->account;
	char address[FRONT_ADDRESS_BYTES];
	tstream_error err = {0};

	if (!json_body_has_only(body, names) || json_body_text(body, "old_password", &old_password) ||
	    json_body_text(body, "new_password", &new_password) || !old_password || !new_password)
		return problem_send(request, 400, "The members are old_password and new_password.");
	front_client_address(request, address);
	int code = tstream_accounts_change_password(accounts, account->id, old_password, new_password,
	                                            address, account->token_id, &err);
	known_logins_forget_account(request->server->known_logins, request->account.id);
	int status = auth_call_end(request, code, &err, 403);
	return status ? status : response_empty(request, 204, "");
}

/* First what it watched: if that fails, the account is still there to try again with. */
static int delete_all(struct request *request, tstream_accounts *accounts)
{
	tstream_history *history;
	tstream_error err = {0};
	int status = history_call_begin(request, &history);

	if (status)
		return status;
	recorder_forget(request->server->recorder, request->account.id);
	int code = tstream_history_clear(history, request->account.id, &err);
	status = history_call_end(request, code, &err);
	if (status)
		return status;
	code = tstream_accounts_delete(accounts, request->account.id, &err);
	known_logins_forget_account(request->server->known_logins, request->account.id);
	status = auth_call_end(request, code, &err, 403);
	if (status)
		return status;
	recorder_dismiss(request->server->recorder, request->account.id);
	viewer_set_cookie(request, VIEWER_LOGIN_COOKIE, "", 0);
	return response_empty(request, 204, "");
}

static int delete_account(struct request *request, tstream_accounts *accounts, const json_t *body)
{
	static const char *const names[] = {"password", NULL};
	const char *password = NULL;
	char address[FRONT_ADDRESS_BYTES];
	tstream_error err = {0};

	if (!json_body_has_only(body, names) || json_body_text(body, "password", &password) ||
	    !password)
		return problem_send(request, 400, "The member is password.");
	front_client_address(request, address);
	int code =
	    tstream_accounts_verify(accounts, request->account.name, password, address, NULL, &err);
	int status = auth_call_end(request, code, &err, 403);
	return status ? status : delete_all(request, accounts);
}

int route_password_put(struct request *request)
{
	return auth_call_with_body(request, change_password);
}

int route_account_delete_post(struct request *request)
{
	return auth_call_with_body(request, delete_account);
}

static json_t *login_to_json(const struct request *request, const tstream_login *login)
{
	char created_at[CLOCK_RFC3339_BYTES], expires_at[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(login->created_at_us / 1000000, created_at);
	clock_format_rfc3339(login->expires_at_us / 1000000, expires_at);
	return json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", login->token_id, "label", login->label,
	                 "created_at", created_at, "expires_at", expires_at, "is_current",
	                 strcmp(login->token_id, request->account.token_id) == 0);
}

static json_t *logins_to_json(const struct request *request, const tstream_logins *logins)
{
	json_t *array = json_array();
	uint32_t count = tstream_logins_get_count(logins);

	for (uint32_t i = 0; i < count; i++) {
		tstream_login login = TSTREAM_LOGIN_INIT;
		if (tstream_logins_get_login(logins, i, &login) == 0)
			json_array_append_new(array, login_to_json(request, &login));
	}
	return json_pack("{s:o}", "logins", array);
}

int route_logins_get(struct request *request)
{
	tstream_accounts *accounts;
	tstream_logins *logins = NULL;
	tstream_error err = {0};
	int status = auth_call_begin(request, &accounts);

	if (status)
		return status;
	int code = tstream_accounts_list_logins(accounts, request->account.id, &logins, &err);
	status = auth_call_end(request, code, &err, 403);
	if (status)
		return status;
	status = response_json(request, 200, "", logins_to_json(request, logins));
	tstream_logins_free(logins);
	return status;
}

int route_logins_delete(struct request *request)
{
	tstream_accounts *accounts;
	tstream_error err = {0};
	int status = auth_call_begin(request, &accounts);

	if (status)
		return status;
	int code =
	    tstream_accounts_revoke_all(accounts, request->account.id, request->account.token_id, &err);
	known_logins_forget_account(request->server->known_logins, request->account.id);
	status = auth_call_end(request, code, &err, 403);
	return status ? status : response_empty(request, 204, "");
}

int route_login_entry_delete(struct request *request)
{
	tstream_accounts *accounts;
	tstream_error err = {0};
	int status = auth_call_begin(request, &accounts);

	if (status)
		return status;
	int code = tstream_accounts_revoke(accounts, request->account.id, request->id, &err);
	known_logins_forget_account(request->server->known_logins, request->account.id);
	/* What is no id at all is not there either. */
	status = auth_call_end(request, code == TSTREAM_EINVAL ? TSTREAM_ENOENT : code, &err, 403);
	if (status)
		return status;
	if (strcmp(request->id, request->account.token_id) == 0)
		viewer_set_cookie(request, VIEWER_LOGIN_COOKIE, "", 0);
	return response_empty(request, 204, "");
}
