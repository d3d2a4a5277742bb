/**
 * store/account_logins.c - tokens that stand for a login.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/text.h"
#include "store/accounts.h"

/* -- one login ------------------------------------------------------------- */

typedef struct login {
	const tstream_accounts *accounts;
	const char *account_id;
	const char *label;
	char token_hash[TSI_TOKEN_HASH_BYTES];
	int64_t now_us;
	tstream_account account; /* its token_id and expires_at_us are given, the rest is found */
} login;

static int find_account(tsi_sql_link *link, login *it, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT id, name, created_at FROM accounts WHERE id = $1"};
	tsi_sql_value value = tsi_sql_text(it->account_id);
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, &value, 1, &rows, err);

	if (code == TSTREAM_OK && rows.row_count == 0)
		code = tsi_fail(err, TSTREAM_ENOENT, "there is no such account");
	it->account.id[0] = it->account.name[0] = '\0';
	tsi_text_copy(it->account.id, sizeof(it->account.id), tsi_sql_rows_text(&rows, 0, 0));
	tsi_text_copy(it->account.name, sizeof(it->account.name), tsi_sql_rows_text(&rows, 0, 1));
	it->account.created_at_us = tsi_sql_rows_time(&rows, 0, 2);
	tsi_sql_rows_clear(&rows);
	return code;
}

/** Those that have expired, and the oldest beyond the bound. */
static int make_room(tsi_sql_link *link, const login *it, tstream_error *err)
{
	static const tsi_sql_statement expired = {
	    "DELETE FROM account_logins WHERE account_id = $1 AND expires_at <= $2"};
	static const tsi_sql_statement oldest = {
	    "DELETE FROM account_logins WHERE id IN (SELECT id FROM account_logins "
	    "WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000000 OFFSET $2)"};
	const tsi_sql_value by_time[] = {tsi_sql_text(it->account_id), tsi_sql_time(it->now_us)};
	const tsi_sql_value by_count[] = {
	    tsi_sql_text(it->account_id),
	    tsi_sql_integer((int64_t)it->accounts->options.max_tokens - 1)};
	int code = tsi_sql_run(link, &expired, by_time, 2, NULL, err);

	return code == TSTREAM_OK ? tsi_sql_run(link, &oldest, by_count, 2, NULL, err) : code;
}

static int login_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	/* Nothing to do if an earlier attempt was committed after all. */
	static const tsi_sql_statement insert = {
	    "INSERT INTO account_logins (id, account_id, token_hash, label, created_at, expires_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING"};
	login *it = user;
	const tsi_sql_value values[] = {
	    tsi_sql_text(it->account.token_id), tsi_sql_text(it->account_id),
	    tsi_sql_text(it->token_hash),       tsi_sql_text(it->label),
	    tsi_sql_time(it->now_us),           tsi_sql_time(it->account.expires_at_us)};
	int code = find_account(link, it, err);

	if (code == TSTREAM_OK)
		code = make_room(link, it, err);
	return code == TSTREAM_OK ? tsi_sql_run(link, &insert, values, 6, NULL, err) : code;
}

int tsi_accounts_login(tstream_accounts *accounts, const char *id, const char *label,
                       char out_token[TSTREAM_TOKEN_BYTES], tstream_account *out_account,
                       tstream_error *err)
{
	char token[TSTREAM_TOKEN_BYTES];
	login it = {.accounts = accounts, .account_id = id, .label = label, .now_us = tsi_wall_us()};
	it.account.expires_at_us = it.now_us + accounts->options.token_lifetime_us;
	int code = tsi_account_id_make(it.now_us, it.account.token_id, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_token_make(token);
	tsi_token_hash(token, it.token_hash);
	code = tsi_sql_write(accounts->sql, login_work, &it, err);
	if (code == TSTREAM_OK) {
		memcpy(out_token, token, sizeof(token));
		*out_account = it.account;
	}
	explicit_bzero(token, sizeof(token));
	return code;
}

typedef struct token_search {
	char hash[TSI_TOKEN_HASH_BYTES];
	tstream_account account;
	bool is_unknown;
} token_search;

static int find_token_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT a.id, a.name, a.created_at, l.id, l.expires_at FROM account_logins l "
	    "JOIN accounts a ON a.id = l.account_id WHERE l.token_hash = $1 AND l.expires_at > $2"};
	token_search *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->hash), tsi_sql_time(tsi_wall_us())};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 2, &rows, err);

	it->is_unknown = code == TSTREAM_OK && rows.row_count == 0;
	it->account = (tstream_account){.created_at_us = tsi_sql_rows_time(&rows, 0, 2),
	                                .expires_at_us = tsi_sql_rows_time(&rows, 0, 4)};
	tsi_text_copy(it->account.id, sizeof(it->account.id), tsi_sql_rows_text(&rows, 0, 0));
	tsi_text_copy(it->account.name, sizeof(it->account.name), tsi_sql_rows_text(&rows, 0, 1));
	tsi_text_copy(it->account.token_id, sizeof(it->account.token_id),
	              tsi_sql_rows_text(&rows, 0, 3));
	tsi_sql_rows_clear(&rows);
	return code;
}

int tsi_accounts_find_token(tstream_accounts *accounts, const char *token,
                            tstream_account *out_account, tstream_error *err)
{
	token_search it = {.account.reserved = 0};
	if (!tsi_token_hash(token, it.hash))
		return tsi_fail(err, TSTREAM_EACCES, "the login is unknown or over: log in again");
	int code = tsi_sql_read(accounts->sql, find_token_work, &it, err);
	/* The database refuses the library, which says nothing of this login. */
	if (code == TSTREAM_EACCES)
		code = tsi_fail(err, TSTREAM_EIO, "the database refuses to tell whose login it is");
	else if (code == TSTREAM_OK && it.is_unknown)
		code = tsi_fail(err, TSTREAM_EACCES, "the login is unknown or over: log in again");
	else if (code == TSTREAM_OK)
		*out_account = it.account;
	return code;
}

/* -- ending them ----------------------------------------------------------- */

typedef struct revocation {
	const char *account_id;
	const char *token_id;
} revocation;

static int revoke_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM account_logins WHERE account_id = $1 AND id = $2 RETURNING id"};
	const revocation *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->account_id), tsi_sql_text(it->token_id)};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &statement, values, 2, &rows, err);

	if (code == TSTREAM_OK && rows.row_count == 0 && !tsi_sql_may_be_done(link))
		code = tsi_fail(err, TSTREAM_ENOENT, "this account has no such login");
	tsi_sql_rows_clear(&rows);
	return code;
}

int tsi_accounts_revoke(tstream_accounts *accounts, const char *id, const char *token_id,
                        tstream_error *err)
{
	revocation it = {.account_id = id, .token_id = token_id};

	return tsi_sql_write(accounts->sql, revoke_work, &it, err);
}

static int revoke_all_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM account_logins WHERE account_id = $1 AND id <> $2"};
	const revocation *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->account_id), tsi_sql_text(it->token_id)};

	return tsi_sql_run(link, &statement, values, 2, NULL, err);
}

int tsi_accounts_revoke_all(tstream_accounts *accounts, const char *id, const char *keep_token_id,
                            tstream_error *err)
{
	revocation it = {.account_id = id, .token_id = keep_token_id};

	return tsi_sql_write(accounts->sql, revoke_all_work, &it, err);
}

/* -- the list -------------------------------------------------------------- */

typedef struct listing {
	const char *account_id;
	uint32_t max_tokens;
	tstream_logins *logins;
} listing;

static int list_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT id, label, created_at, expires_at FROM account_logins WHERE account_id = $1 "
	    "AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT $3"};
	listing *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->account_id), tsi_sql_time(tsi_wall_us()),
	                                tsi_sql_integer(it->max_tokens)};

	return tsi_sql_run(link, &query, values, 3, &it->logins->rows, err);
}

int tsi_accounts_list_logins(tstream_accounts *accounts, const char *id,
                             tstream_logins **out_logins, tstream_error *err)
{
	listing it = {.account_id = id,
	              .max_tokens = accounts->options.max_tokens,
	              .logins = calloc(1, sizeof(*it.logins))};
	if (!it.logins)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = tsi_sql_read(accounts->sql, list_work, &it, err);
	if (code == TSTREAM_OK)
		*out_logins = it.logins;
	else
		tstream_logins_free(it.logins);
	return code;
}
