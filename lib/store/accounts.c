/**
 * store/accounts.c - names and their passwords.
 *
 * Whoever asks whether a password is right waits for one hash, whether there is such a name
 * or not, and is counted before the answer is known.
 */
#include "store/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/text.h"
#include "core/uuid.h"

/* Any number that nobody else locks. */
#define ACCOUNTS_LOCK INT64_C(8390891584336884589)
#define CLIENT_FACTOR 5
#define NAME_FACTOR 10
#define KEY_COUNT 3

/* -- opening --------------------------------------------------------------- */

static void init_waiting(tstream_accounts *accounts)
{
	tsi_cond_init(&accounts->may_hash);
	pthread_mutex_init(&accounts->mutex, NULL);
}

int tsi_accounts_open(const char *url, const tstream_accounts_options *options,
                      tstream_accounts **out_accounts, tstream_error *err)
{
	int code = tsi_secrets_start(err);
	if (code != TSTREAM_OK)
		return code;
	tstream_accounts *accounts = calloc(1, sizeof(*accounts));
	if (!accounts)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	accounts->options = *options;
	accounts->lockout.window_us = options->lockout_us;
	tsi_secret_key_make(accounts->lockout_key);
	init_waiting(accounts);
	tsi_sql_options sql_options = {.timeout_us = options->timeout_us,
	                               .max_connections = options->max_connections};
	code = tsi_password_hash("nobody's", options->hash_memory_kib, options->hash_passes,
	                         accounts->nobodys_hash, err);
	if (code == TSTREAM_OK)
		code = tsi_sql_open(url, &sql_options, &accounts->sql, err);
	if (code == TSTREAM_OK)
		*out_accounts = accounts;
	else
		tsi_accounts_close(accounts);
	return code;
}

void tsi_accounts_close(tstream_accounts *accounts)
{
	if (!accounts)
		return;
	tsi_sql_close(accounts->sql);
	pthread_cond_destroy(&accounts->may_hash);
	pthread_mutex_destroy(&accounts->mutex);
	free(accounts);
}

int tsi_account_id_make(int64_t now_us, char out_id[TSTREAM_ID_BYTES], tstream_error *err)
{
	uint8_t random[TSI_UUID_RANDOM_BYTES];
	int code = tsi_random(random, sizeof(random), err);

	if (code == TSTREAM_OK)
		tsi_uuid_make(now_us, random, out_id);
	return code;
}

/* -- hashing --------------------------------------------------------------- */

/** Each hash takes much memory: only so many at a time. */
static int begin_hashing(tstream_accounts *accounts, tstream_error *err)
{
	struct timespec deadline = tsi_deadline(accounts->options.timeout_us);
	int rc = 0;

	pthread_mutex_lock(&accounts->mutex);
	while (accounts->hash_count >= accounts->options.max_hashes && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&accounts->may_hash, &accounts->mutex, &deadline);
	bool has_place = accounts->hash_count < accounts->options.max_hashes;
	accounts->hash_count += has_place;
	pthread_mutex_unlock(&accounts->mutex);
	return has_place ? TSTREAM_OK
	                 : tsi_fail(err, TSTREAM_ETIMEDOUT, "too many logins at once: try again");
}

static void end_hashing(tstream_accounts *accounts)
{
	pthread_mutex_lock(&accounts->mutex);
	accounts->hash_count--;
	pthread_cond_signal(&accounts->may_hash);
	pthread_mutex_unlock(&accounts->mutex);
}

static int hash_password(tstream_accounts *accounts, const char *password,
                         char out_hash[TSI_PASSWORD_HASH_BYTES], tstream_error *err)
{
	int code = begin_hashing(accounts, err);

	if (code != TSTREAM_OK)
		return code;
	code = tsi_password_hash(password, accounts->options.hash_memory_kib,
	                         accounts->options.hash_passes, out_hash, err);
	end_hashing(accounts);
	return code;
}

/* -- lockout --------------------------------------------------------------- */

/** The pair first: a right password forgets its failures. */
static void lockout_keys(const tstream_accounts *accounts, const char *name, const char *client,
                         tsi_lockout_key out_keys[KEY_COUNT])
{
	uint32_t max_failures = accounts->options.max_failures;
	const uint8_t *key = accounts->lockout_key;

	/* No name is empty and no client holds a blank, so the three never meet. */
	out_keys[0] = (tsi_lockout_key){tsi_secret_hash(key, name, client), max_failures};
	out_keys[1] =
	    (tsi_lockout_key){tsi_secret_hash(key, " client", client), max_failures * CLIENT_FACTOR};
	out_keys[2] =
	    (tsi_lockout_key){tsi_secret_hash(key, name, " name"), max_failures * NAME_FACTOR};
}

static int begin_attempt(tstream_accounts *accounts, const tsi_lockout_key keys[KEY_COUNT],
                         tstream_error *err)
{
	pthread_mutex_lock(&accounts->mutex);
	int64_t left_us = tsi_lockout_begin(&accounts->lockout, keys, KEY_COUNT, tsi_now_us());
	pthread_mutex_unlock(&accounts->mutex);
	if (left_us == 0)
		return TSTREAM_OK;
	return tsi_fail(err, TSTREAM_ELIMIT, "too many failed logins: try again in %" PRId64 " seconds",
	                left_us / 1000000 + 1);
}

/** A wrong password stays counted; a right one lets this client begin anew. */
static void end_attempt(tstream_accounts *accounts, const tsi_lockout_key keys[KEY_COUNT], int code)
{
	if (code == TSTREAM_EACCES)
		return;
	pthread_mutex_lock(&accounts->mutex);
	tsi_lockout_undo(&accounts->lockout, keys, KEY_COUNT, tsi_now_us());
	if (code == TSTREAM_OK)
		tsi_lockout_forget(&accounts->lockout, &keys[0], tsi_now_us());
	pthread_mutex_unlock(&accounts->mutex);
}

/* -- accounts -------------------------------------------------------------- */

/** An account as it is looked up, by name or by id. */
typedef struct lookup {
	const char *name; /* NULL: by id */
	const char *id;
	bool is_found;
	tstream_account account;
	char hash[TSI_PASSWORD_HASH_BYTES];
} lookup;

static int lookup_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement by_name = {
	    "SELECT id, name, password_hash, created_at FROM accounts WHERE name = $1"};
	static const tsi_sql_statement by_id = {
	    "SELECT id, name, password_hash, created_at FROM accounts WHERE id = $1"};
	lookup *it = user;
	tsi_sql_value value = tsi_sql_text(it->name ? it->name : it->id);
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, it->name ? &by_name : &by_id, &value, 1, &rows, err);

	it->is_found = code == TSTREAM_OK && rows.row_count > 0;
	it->account = (tstream_account){.created_at_us = tsi_sql_rows_time(&rows, 0, 3)};
	*it->hash = '\0';
	tsi_text_copy(it->account.id, sizeof(it->account.id), tsi_sql_rows_text(&rows, 0, 0));
	tsi_text_copy(it->account.name, sizeof(it->account.name), tsi_sql_rows_text(&rows, 0, 1));
	tsi_text_copy(it->hash, sizeof(it->hash), tsi_sql_rows_text(&rows, 0, 2));
	tsi_sql_rows_clear(&rows);
	return code;
}

static int count_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement query = {"SELECT count(*) FROM accounts"};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, NULL, 0, &rows, err);

	*(int64_t *)user = tsi_sql_rows_integer(&rows, 0, 0);
	tsi_sql_rows_clear(&rows);
	return code;
}

int tsi_accounts_count(tstream_accounts *accounts, int64_t *out_count, tstream_error *err)
{
	return tsi_sql_read(accounts->sql, count_work, out_count, err);
}

typedef struct creation {
	const tstream_accounts *accounts;
	tstream_account account;
	char hash[TSI_PASSWORD_HASH_BYTES];
} creation;

static int insert_account(tsi_sql_link *link, const creation *it, tstream_error *err)
{
	static const tsi_sql_statement insert = {
	    "INSERT INTO accounts (id, name, password_hash, created_at) VALUES ($1, $2, $3, $4)"};
	const tsi_sql_value values[] = {tsi_sql_text(it->account.id), tsi_sql_text(it->account.name),
	                                tsi_sql_text(it->hash),
	                                tsi_sql_time(it->account.created_at_us)};

	return tsi_sql_run(link, &insert, values, 4, NULL, err);
}

static int create_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	const creation *it = user;
	uint32_t max_accounts = it->accounts->options.max_accounts;
	lookup other = {.name = it->account.name};
	int64_t count = 0;
	int code = tsi_sql_lock(link, ACCOUNTS_LOCK, err);

	if (code == TSTREAM_OK)
		code = lookup_work(link, &other, err);
	/* An earlier attempt was committed after all. */
	if (code == TSTREAM_OK && strcmp(other.account.id, it->account.id) == 0)
		return TSTREAM_OK;
	if (code == TSTREAM_OK && other.is_found)
		return tsi_fail(err, TSTREAM_EBUSY, "the name %s is taken", it->account.name);
	if (code == TSTREAM_OK)
		code = count_work(link, &count, err);
	if (code == TSTREAM_OK && count >= max_accounts)
		return tsi_fail(err, TSTREAM_ELIMIT, "there are as many accounts as there may be");
	return code == TSTREAM_OK ? insert_account(link, it, err) : code;
}

int tsi_accounts_create(tstream_accounts *accounts, const char *name, const char *password,
                        tstream_account *out_account, tstream_error *err)
{
	creation it = {.accounts = accounts, .account.created_at_us = tsi_wall_us()};
	int code = tsi_account_id_make(it.account.created_at_us, it.account.id, err);

	tsi_text_copy(it.account.name, sizeof(it.account.name), name);
	if (code == TSTREAM_OK)
		code = hash_password(accounts, password, it.hash, err);
	if (code == TSTREAM_OK)
		code = tsi_sql_write(accounts->sql, create_work, &it, err);
	if (code == TSTREAM_OK)
		*out_account = it.account;
	return code;
}

/* -- passwords ------------------------------------------------------------- */

/** The time of one hash, whatever was found. */
static int check_password(tstream_accounts *accounts, const lookup *found, const char *password,
                          tstream_error *err)
{
	int code = begin_hashing(accounts, err);

	if (code != TSTREAM_OK)
		return code;
	bool is_right =
	    tsi_password_matches(found->is_found ? found->hash : accounts->nobodys_hash, password);
	end_hashing(accounts);
	if (!is_right || !found->is_found)
		return tsi_fail(err, TSTREAM_EACCES, "the name or the password is wrong");
	return TSTREAM_OK;
}

int tsi_accounts_verify(tstream_accounts *accounts, const char *name, const char *password,
                        const char *client, tstream_account *out_account, tstream_error *err)
{
	tsi_lockout_key keys[KEY_COUNT];
	lookup found = {.name = name};
	lockout_keys(accounts, name, client, keys);
	int code = begin_attempt(accounts, keys, err);
	if (code != TSTREAM_OK)
		return code;
	code = tsi_sql_read(accounts->sql, lookup_work, &found, err);
	if (code == TSTREAM_OK)
		code = check_password(accounts, &found, password, err);
	end_attempt(accounts, keys, code);
	if (code == TSTREAM_OK)
		*out_account = found.account;
	return code;
}

typedef struct change {
	const char *id;
	const char *old_hash; /* changed only if it is still this one; NULL: whatever it is */
	const char *new_hash;
	const char *keep_token_id;
} change;

static int end_logins(tsi_sql_link *link, const change *it, tstream_error *err)
{
	static const tsi_sql_statement statement = {
	    "DELETE FROM account_logins WHERE account_id = $1 AND id <> $2"};
	const tsi_sql_value values[] = {tsi_sql_text(it->id), tsi_sql_text(it->keep_token_id)};

	return tsi_sql_run(link, &statement, values, 2, NULL, err);
}

static int change_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	/* The new one: an earlier attempt was committed after all. */
	static const tsi_sql_statement swap = {
	    "UPDATE accounts SET password_hash = $2 WHERE id = $1 "
	    "AND (password_hash = $3 OR password_hash = $2) RETURNING id"};
	static const tsi_sql_statement set = {
	    "UPDATE accounts SET password_hash = $2 WHERE id = $1 RETURNING id"};
	const change *it = user;
	const tsi_sql_value values[] = {tsi_sql_text(it->id), tsi_sql_text(it->new_hash),
	                                tsi_sql_text(it->old_hash)};
	tsi_sql_rows rows = {0};
	int code = it->old_hash ? tsi_sql_run(link, &swap, values, 3, &rows, err)
	                        : tsi_sql_run(link, &set, values, 2, &rows, err);
	if (code == TSTREAM_OK && rows.row_count == 0)
		code = tsi_fail(err, TSTREAM_ENOENT, "the account is gone, or its password has changed");
	tsi_sql_rows_clear(&rows);
	return code == TSTREAM_OK ? end_logins(link, it, err) : code;
}

int tsi_accounts_change_password(tstream_accounts *accounts, const tsi_password_change *asked,
                                 tstream_error *err)
{
	char hash[TSI_PASSWORD_HASH_BYTES];
	tsi_lockout_key keys[KEY_COUNT];
	lookup found = {.id = asked->id};
	int code = tsi_sql_read(accounts->sql, lookup_work, &found, err);
	if (code == TSTREAM_OK && !found.is_found)
		code = tsi_fail(err, TSTREAM_ENOENT, "there is no such account");
	if (code != TSTREAM_OK)
		return code;
	lockout_keys(accounts, found.account.name, asked->client, keys);
	code = begin_attempt(accounts, keys, err);
	if (code != TSTREAM_OK)
		return code;
	code = check_password(accounts, &found, asked->old_password, err);
	end_attempt(accounts, keys, code);
	if (code == TSTREAM_OK)
		code = hash_password(accounts, asked->new_password, hash, err);
	change it = {asked->id, found.hash, hash, asked->keep_token_id};
	return code == TSTREAM_OK ? tsi_sql_write(accounts->sql, change_work, &it, err) : code;
}

int tsi_accounts_reset_password(tstream_accounts *accounts, const char *name, const char *password,
                                tstream_error *err)
{
	char hash[TSI_PASSWORD_HASH_BYTES];
	lookup found = {.name = name};
	int code = tsi_sql_read(accounts->sql, lookup_work, &found, err);

	if (code == TSTREAM_OK && !found.is_found)
		code = tsi_fail(err, TSTREAM_ENOENT, "there is no account %s", name);
	if (code == TSTREAM_OK)
		code = hash_password(accounts, password, hash, err);
	change it = {found.account.id, NULL, hash, TSI_NO_ID};
	return code == TSTREAM_OK ? tsi_sql_write(accounts->sql, change_work, &it, err) : code;
}

static int delete_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement statement = {"DELETE FROM accounts WHERE id = $1 RETURNING id"};
	tsi_sql_value value = tsi_sql_text(user);
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &statement, &value, 1, &rows, err);

	if (code == TSTREAM_OK && rows.row_count == 0 && !tsi_sql_may_be_done(link))
		code = tsi_fail(err, TSTREAM_ENOENT, "there is no such account");
	tsi_sql_rows_clear(&rows);
	return code;
}

int tsi_accounts_delete(tstream_accounts *accounts, const char *id, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES] = "";

	tsi_text_copy(our_id, sizeof(our_id), id);
	return tsi_sql_write(accounts->sql, delete_work, our_id, err);
}
