/**
 * store/accounts.h - accounts over store/sql.h (see tstream/account.h).
 *
 * Here arguments are valid already: names and ids in lower case, passwords measured,
 * options without zeros, labels clean.
 *
 *   accounts.c        accounts and their passwords
 *   account_logins.c  tokens
 */
#ifndef TSI_STORE_ACCOUNTS_H
#define TSI_STORE_ACCOUNTS_H

#include <pthread.h>
#include <tstream/account.h>

#include "core/lockout.h"
#include "store/secrets.h"
#include "store/sql.h"

/** An id that nobody has, where one is wanted that excepts nothing. */
#define TSI_NO_ID "00000000-0000-0000-0000-000000000000"

struct tstream_accounts {
	tsi_sql *sql;
	tstream_accounts_options options;
	/* What is compared for a name that nobody has. */
	char nobodys_hash[TSI_PASSWORD_HASH_BYTES];

	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t may_hash;
	uint32_t hash_count; /* being computed; at most options.max_hashes */
	uint8_t lockout_key[TSI_SECRET_KEY_BYTES];
	tsi_lockout lockout;
};

int tsi_accounts_open(const char *url, const tstream_accounts_options *options,
                      tstream_accounts **out_accounts, tstream_error *err);
void tsi_accounts_close(tstream_accounts *accounts);

int tsi_accounts_count(tstream_accounts *accounts, int64_t *out_count, tstream_error *err);
int tsi_accounts_create(tstream_accounts *accounts, const char *name, const char *password,
                        tstream_account *out_account, tstream_error *err);
/** @param name  "" for one that cannot be a name: it is burnt time for */
int tsi_accounts_verify(tstream_accounts *accounts, const char *name, const char *password,
                        const char *client, tstream_account *out_account, tstream_error *err);

typedef struct tsi_password_change {
	const char *id;
	const char *old_password;
	const char *new_password;
	const char *client;
	const char *keep_token_id; /* or TSI_NO_ID */
} tsi_password_change;

int tsi_accounts_change_password(tstream_accounts *accounts, const tsi_password_change *change,
                                 tstream_error *err);
int tsi_accounts_reset_password(tstream_accounts *accounts, const char *name, const char *password,
                                tstream_error *err);
int tsi_accounts_delete(tstream_accounts *accounts, const char *id, tstream_error *err);

int tsi_accounts_login(tstream_accounts *accounts, const char *id, const char *label,
                       char out_token[TSTREAM_TOKEN_BYTES], tstream_account *out_account,
                       tstream_error *err);
int tsi_accounts_find_token(tstream_accounts *accounts, const char *token,
                            tstream_account *out_account, tstream_error *err);
int tsi_accounts_revoke(tstream_accounts *accounts, const char *id, const char *token_id,
                        tstream_error *err);
int tsi_accounts_revoke_all(tstream_accounts *accounts, const char *id, const char *keep_token_id,
                            tstream_error *err);

struct tstream_logins {
	tsi_sql_rows rows; /* id, label, created_at, expires_at */
};

int tsi_accounts_list_logins(tstream_accounts *accounts, const char *id,
                             tstream_logins **out_logins, tstream_error *err);

/** Make an id.  @return 0, EINTERNAL */
int tsi_account_id_make(int64_t now_us, char out_id[TSTREAM_ID_BYTES], tstream_error *err);

#endif
