#include <tstream/account.h>

#include <stdlib.h>
#include <string.h>

#include "api/structs.h"
#include "base/log.h"
#include "core/text.h"
#include "core/uuid.h"
#include "store/accounts.h"

#define US_PER_S INT64_C(1000000)
#define DAY_US (24 * 3600 * US_PER_S)
#define MAX_CLIENT_READ_BYTES 256
#define MAX_LABEL_READ_BYTES 1024

void tstream_accounts_options_init(tstream_accounts_options *options)
{
	if (options)
		*options = (tstream_accounts_options){.struct_size = sizeof(*options)};
}

/* -- arguments ------------------------------------------------------------- */

/** @return false if it cannot be a name */
static bool fold_name(const char *name, char out_name[TSTREAM_ACCOUNT_NAME_BYTES])
{
	size_t size = name ? strnlen(name, TSTREAM_ACCOUNT_NAME_BYTES) : 0;

	if (size == 0 || size == TSTREAM_ACCOUNT_NAME_BYTES)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = name[i];
		bool is_upper = c >= 'A' && c <= 'Z';
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("._-@+", c);
		if (!is_upper && !is_plain)
			return false;
		out_name[i] = is_upper ? (char)(c - 'A' + 'a') : c;
	}
	out_name[size] = '\0';
	return true;
}

static int check_name(const char *name, char out_name[TSTREAM_ACCOUNT_NAME_BYTES],
                      tstream_error *err)
{
	if (!fold_name(name, out_name))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "a name is 1 to %d letters a to z, digits and . _ - @ +",
		                TSTREAM_ACCOUNT_NAME_BYTES - 1);
	return TSTREAM_OK;
}

static int check_new_password(const char *password, tstream_error *err)
{
	size_t size = password ? strnlen(password, TSTREAM_MAX_PASSWORD_BYTES + 1) : 0;

	if (size < TSTREAM_MIN_PASSWORD_BYTES || size > TSTREAM_MAX_PASSWORD_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "a password is %d to %d bytes long",
		                TSTREAM_MIN_PASSWORD_BYTES, TSTREAM_MAX_PASSWORD_BYTES);
	return TSTREAM_OK;
}

/** One that is too long cannot be right, and need not be hashed whole to find out. */
static const char *bounded_password(const char *password)
{
	bool is_bounded =
	    password && strnlen(password, TSTREAM_MAX_PASSWORD_BYTES + 1) <= TSTREAM_MAX_PASSWORD_BYTES;

	return is_bounded ? password : "";
}

static int check_id(const tstream_accounts *accounts, const char *id, char out_id[TSTREAM_ID_BYTES],
                    tstream_error *err)
{
	if (!accounts || !id || !tsi_uuid_normalize(id, out_id))
		return tsi_fail(err, TSTREAM_EINVAL, "an id is a UUID");
	return TSTREAM_OK;
}

/** An id that may be left out. */
static int check_kept(const char *keep_token_id, char out_id[TSTREAM_ID_BYTES], tstream_error *err)
{
	if (!tsi_uuid_normalize(keep_token_id ? keep_token_id : TSI_NO_ID, out_id))
		return tsi_fail(err, TSTREAM_EINVAL, "an id is a UUID");
	return TSTREAM_OK;
}

static int give_account(tstream_account *out_account, const tstream_account *ours)
{
	if (out_account)
		tsi_struct_out(out_account, ours, sizeof(*ours));
	return TSTREAM_OK;
}

/** One whose struct_size is not set must be found before anything is done. */
static bool is_writable(const tstream_account *out_account)
{
	return !out_account || out_account->struct_size >= sizeof(out_account->struct_size);
}

/* -- opening --------------------------------------------------------------- */

static void settle(uint32_t *number, uint32_t by_default)
{
	*number = *number ? *number : by_default;
}

static void settle_time(int64_t *time_us, int64_t by_default)
{
	*time_us = *time_us ? *time_us : by_default;
}

static int settle_options(tstream_accounts_options *ours, tstream_error *err)
{
	settle_time(&ours->timeout_us, 5 * US_PER_S);
	settle_time(&ours->token_lifetime_us, 30 * DAY_US);
	settle_time(&ours->lockout_us, 15 * 60 * US_PER_S);
	settle(&ours->max_failures, 10);
	settle(&ours->max_accounts, 10000);
	settle(&ours->max_tokens, 50);
	settle(&ours->max_connections, 4);
	settle(&ours->max_hashes, 2);
	settle(&ours->hash_memory_kib, 65536);
	settle(&ours->hash_passes, 2);
	bool are_times_good = ours->timeout_us > 0 && ours->timeout_us <= 60 * US_PER_S &&
	                      ours->token_lifetime_us > 0 && ours->token_lifetime_us <= 3650 * DAY_US &&
	                      ours->lockout_us > 0 && ours->lockout_us <= DAY_US;
	bool are_counts_good = ours->max_failures <= 1000000 && ours->max_tokens <= 1000 &&
	                       ours->max_connections <= 64 && ours->max_hashes <= 64;
	bool is_cost_good = ours->hash_memory_kib >= 8 && ours->hash_memory_kib <= 4 * 1024 * 1024 &&
	                    ours->hash_passes <= 100;
	if (ours->flags != 0 || !are_times_good || !are_counts_good || !is_cost_good)
		return tsi_fail(err, TSTREAM_EINVAL, "accounts options: a value is out of its range");
	return TSTREAM_OK;
}

int tstream_accounts_open(const char *url, const tstream_accounts_options *options,
                          tstream_accounts **out_accounts, tstream_error *err)
{
	tstream_accounts_options ours = {0};
	if (!url || !out_accounts)
		return tsi_fail(err, TSTREAM_EINVAL, "url and out_accounts are required");
	if (options && !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "accounts options: struct_size must be set");
	int code = settle_options(&ours, err);
	return code == TSTREAM_OK ? tsi_accounts_open(url, &ours, out_accounts, err) : code;
}

void tstream_accounts_close(tstream_accounts *accounts)
{
	tsi_accounts_close(accounts);
}

/* -- accounts -------------------------------------------------------------- */

int64_t tstream_accounts_count(tstream_accounts *accounts, tstream_error *err)
{
	int64_t count = 0;
	if (!accounts)
		return tsi_fail(err, TSTREAM_EINVAL, "accounts is required");
	int code = tsi_accounts_count(accounts, &count, err);
	return code == TSTREAM_OK ? count : code;
}

int tstream_accounts_create(tstream_accounts *accounts, const char *name, const char *password,
                            tstream_account *out_account, tstream_error *err)
{
	char our_name[TSTREAM_ACCOUNT_NAME_BYTES];
	tstream_account ours = {0};
	if (!accounts || !is_writable(out_account))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "accounts, and out_account's struct_size, are "
		                "required");
	int code = check_name(name, our_name, err);
	if (code == TSTREAM_OK)
		code = check_new_password(password, err);
	if (code == TSTREAM_OK)
		code = tsi_accounts_create(accounts, our_name, password, &ours, err);
	return code == TSTREAM_OK ? give_account(out_account, &ours) : code;
}

int tstream_accounts_verify(tstream_accounts *accounts, const char *name, const char *password,
                            const char *client, tstream_account *out_account, tstream_error *err)
{
	char our_name[TSTREAM_ACCOUNT_NAME_BYTES] = "";
	char our_client[MAX_CLIENT_READ_BYTES] = "";
	tstream_account ours = {0};
	if (!accounts || !name || !password || !is_writable(out_account))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "accounts, name, password, and out_account's "
		                "struct_size, are required");
	/* What is no name is nobody's: the same answer after the same time. */
	if (!fold_name(name, our_name))
		*our_name = '\0';
	tsi_text_copy(our_client, sizeof(our_client), client ? client : "");
	int code =
	    tsi_accounts_verify(accounts, our_name, bounded_password(password), our_client, &ours, err);
	return code == TSTREAM_OK ? give_account(out_account, &ours) : code;
}

int tstream_accounts_change_password(tstream_accounts *accounts, const char *id,
                                     const char *old_password, const char *new_password,
                                     const char *client, const char *keep_token_id,
                                     tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	char kept_id[TSTREAM_ID_BYTES];
	char our_client[MAX_CLIENT_READ_BYTES] = "";
	int code = check_id(accounts, id, our_id, err);

	if (code == TSTREAM_OK)
		code = check_kept(keep_token_id, kept_id, err);
	if (code == TSTREAM_OK)
		code = check_new_password(new_password, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_text_copy(our_client, sizeof(our_client), client ? client : "");
	tsi_password_change change = {our_id, bounded_password(old_password), new_password, our_client,
	                              kept_id};
	return tsi_accounts_change_password(accounts, &change, err);
}

int tstream_accounts_reset_password(tstream_accounts *accounts, const char *name,
                                    const char *password, tstream_error *err)
{
	char our_name[TSTREAM_ACCOUNT_NAME_BYTES];
	if (!accounts)
		return tsi_fail(err, TSTREAM_EINVAL, "accounts is required");
	int code = check_name(name, our_name, err);
	if (code == TSTREAM_OK)
		code = check_new_password(password, err);
	return code == TSTREAM_OK ? tsi_accounts_reset_password(accounts, our_name, password, err)
	                          : code;
}

int tstream_accounts_delete(tstream_accounts *accounts, const char *id, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	int code = check_id(accounts, id, our_id, err);

	return code == TSTREAM_OK ? tsi_accounts_delete(accounts, our_id, err) : code;
}

/* -- logins ---------------------------------------------------------------- */

/** @return yours to free(); NULL if out of memory */
static char *clean_label(const char *label)
{
	char *clean = tsi_text_clean(label, strnlen(label, MAX_LABEL_READ_BYTES));

	if (clean)
		tsi_text_cut(clean, TSTREAM_MAX_LABEL_BYTES);
	return clean;
}

int tstream_accounts_login(tstream_accounts *accounts, const char *id, const char *label,
                           char out_token[TSTREAM_TOKEN_BYTES], tstream_account *out_account,
                           tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	tstream_account ours = {0};
	int code = check_id(accounts, id, our_id, err);
	if (code == TSTREAM_OK && (!out_token || !is_writable(out_account)))
		code = tsi_fail(err, TSTREAM_EINVAL,
		                "out_token, and out_account's struct_size, are "
		                "required");
	if (code != TSTREAM_OK)
		return code;
	char *our_label = clean_label(label ? label : "");
	if (!our_label)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	code = tsi_accounts_login(accounts, our_id, our_label, out_token, &ours, err);
	free(our_label);
	return code == TSTREAM_OK ? give_account(out_account, &ours) : code;
}

int tstream_accounts_find_token(tstream_accounts *accounts, const char *token,
                                tstream_account *out_account, tstream_error *err)
{
	tstream_account ours = {0};
	if (!accounts || !token || !is_writable(out_account))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "accounts, token, and out_account's struct_size, are "
		                "required");
	int code = tsi_accounts_find_token(accounts, token, &ours, err);
	return code == TSTREAM_OK ? give_account(out_account, &ours) : code;
}

int tstream_accounts_revoke(tstream_accounts *accounts, const char *id, const char *token_id,
                            tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	char our_token_id[TSTREAM_ID_BYTES];
	int code = check_id(accounts, id, our_id, err);

	if (code == TSTREAM_OK)
		code = check_id(accounts, token_id, our_token_id, err);
	return code == TSTREAM_OK ? tsi_accounts_revoke(accounts, our_id, our_token_id, err) : code;
}

int tstream_accounts_revoke_all(tstream_accounts *accounts, const char *id,
                                const char *keep_token_id, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	char kept_id[TSTREAM_ID_BYTES];
	int code = check_id(accounts, id, our_id, err);

	if (code == TSTREAM_OK)
		code = check_kept(keep_token_id, kept_id, err);
	return code == TSTREAM_OK ? tsi_accounts_revoke_all(accounts, our_id, kept_id, err) : code;
}

int tstream_accounts_list_logins(tstream_accounts *accounts, const char *id,
                                 tstream_logins **out_logins, tstream_error *err)
{
	char our_id[TSTREAM_ID_BYTES];
	int code = check_id(accounts, id, our_id, err);

	if (code == TSTREAM_OK && !out_logins)
		code = tsi_fail(err, TSTREAM_EINVAL, "out_logins is required");
	return code == TSTREAM_OK ? tsi_accounts_list_logins(accounts, our_id, out_logins, err) : code;
}

uint32_t tstream_logins_get_count(const tstream_logins *logins)
{
	return logins ? (uint32_t)logins->rows.row_count : 0;
}

int tstream_logins_get_login(const tstream_logins *logins, uint32_t index, tstream_login *out_login)
{
	tstream_login ours = {0};
	if (!logins || !out_login)
		return TSTREAM_EINVAL;
	if (index >= logins->rows.row_count)
		return TSTREAM_ENOENT;
	tsi_text_copy(ours.token_id, sizeof(ours.token_id), tsi_sql_rows_text(&logins->rows, index, 0));
	ours.label = tsi_sql_rows_text(&logins->rows, index, 1);
	ours.created_at_us = tsi_sql_rows_time(&logins->rows, index, 2);
	ours.expires_at_us = tsi_sql_rows_time(&logins->rows, index, 3);
	return tsi_struct_out(out_login, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

void tstream_logins_free(tstream_logins *logins)
{
	if (!logins)
		return;
	tsi_sql_rows_clear(&logins->rows);
	free(logins);
}
