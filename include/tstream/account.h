/**
 * tstream/account.h - names, passwords, and the tokens that stand for a login.
 *
 * Accounts live in the same databases as histories (see history.h, which also says what
 * holds here of URLs, blocking, threads, durability and errors).
 *
 * Names      1 to 64 letters of ASCII, digits and the marks . _ - @ +; upper and lower case
 *            are the same, and they are given back in lower case.
 * Passwords  8 to 1,024 bytes, whatever they are.  Stored as argon2id (RFC 9106), compared
 *            in constant time, and hashed also for a name that nobody has, so that neither
 *            answer nor time tells who has an account.  At most max_hashes at a time.
 * Tokens     256 random bits, in 43 letters, digits, '-' and '_'.  Only a hash of one is
 *            stored: nobody who reads the database can log in with what is there.
 * Lockout    Failures are counted in fixed windows of lockout_us, in the memory of this
 *            object (a restart forgets them; servers count each for itself), in a table of
 *            bounded size: by name and client together (max_failures), by client alone (5
 *            times as many) and by name alone (10 times as many).  Beyond that even the
 *            right password is ELIMIT until the window is over.
 * History    The session id of an account in history.h is the account's id.
 */
#ifndef TSTREAM_ACCOUNT_H
#define TSTREAM_ACCOUNT_H

#include <tstream/base.h>
#include <tstream/history.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_accounts tstream_accounts;

/** Room for a name and a token, NUL included. */
#define TSTREAM_ACCOUNT_NAME_BYTES 65
#define TSTREAM_TOKEN_BYTES 44
#define TSTREAM_MIN_PASSWORD_BYTES 8
#define TSTREAM_MAX_PASSWORD_BYTES 1024
/** What a login is called (a browser's name, say): longer ones are cut, between characters. */
#define TSTREAM_MAX_LABEL_BYTES 200

/** Start from TSTREAM_ACCOUNTS_OPTIONS_INIT, or call tstream_accounts_options_init().
 *  0 means the default everywhere. */
typedef struct tstream_accounts_options {
	uint32_t struct_size;      /**< sizeof, as your compiler saw it */
	uint32_t flags;            /**< none yet: must be 0 */
	int64_t timeout_us;        /**< the most a call may take; default 5 s, at most 60 s */
	int64_t token_lifetime_us; /**< default 30 days */
	int64_t lockout_us;        /**< default 15 minutes */
	uint32_t max_failures;     /**< default 10 */
	uint32_t max_accounts;     /**< default 10,000 */
	uint32_t max_tokens;       /**< an account; the oldest make way; default 50 */
	uint32_t max_connections;  /**< to the database; default 4, at most 64 */
	uint32_t max_hashes;       /**< at a time; others wait; default 2 */
	uint32_t hash_memory_kib;  /**< default 65,536; at least 8 */
	uint32_t hash_passes;      /**< default 2 */
	uint32_t reserved;         /**< 0 */
} tstream_accounts_options;

#ifndef SWIG
#define TSTREAM_ACCOUNTS_OPTIONS_INIT                                                              \
	{                                                                                              \
		.struct_size = sizeof(tstream_accounts_options)                                            \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_accounts_options_init(tstream_accounts_options *options);

/** As tstream_history_open(), with the same URLs.
 *  @param out_accounts  yours until tstream_accounts_close()
 *  @return as tstream_history_open(); ENOTSUP also if the library was built without
 *          accounts
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_open(const char *url, const tstream_accounts_options *options,
                                      tstream_accounts **out_accounts, tstream_error *err);

/** Calls must have returned.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_accounts_close(tstream_accounts *accounts);

/** An account; or a login, with its own id. */
typedef struct tstream_account {
	uint32_t struct_size;                  /**< set before the call */
	uint32_t reserved;                     /**< 0 */
	char id[TSTREAM_ID_BYTES];             /**< a UUID; never changes, never given again */
	char name[TSTREAM_ACCOUNT_NAME_BYTES]; /**< in lower case */
	char token_id[TSTREAM_ID_BYTES];       /**< of the login by which it was found, or "" */
	char reserved_2[5];                    /**< 0 */
	int64_t created_at_us;                 /**< Unix time */
	int64_t expires_at_us;                 /**< of that login, or 0 */
} tstream_account;

#ifndef SWIG
#define TSTREAM_ACCOUNT_INIT                                                                       \
	{                                                                                              \
		.struct_size = sizeof(tstream_account)                                                     \
	}
#endif

/** @name Accounts
 *  @{ */
/** @return how many there are; or an error, below 0.  @since 0.1 */
TSTREAM_API int64_t tstream_accounts_count(tstream_accounts *accounts, tstream_error *err);

/** Register.
 *  @param out_account  may be NULL
 *  @return 0; EBUSY (the name is taken); ELIMIT (max_accounts); EINVAL (name or password:
 *          err says what they must be)
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_create(tstream_accounts *accounts, const char *name,
                                        const char *password, tstream_account *out_account,
                                        tstream_error *err);

/** Is this the password of this name?  Takes the time of one hash, whatever the answer.
 *  @param client  whom to count failures against: an address, say; NULL: one for all
 *  @param out_account  may be NULL
 *  @return 0; EACCES (no: err does not say which of the two is wrong); ELIMIT (too many
 *          failures: err says for how long)
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_verify(tstream_accounts *accounts, const char *name,
                                        const char *password, const char *client,
                                        tstream_account *out_account, tstream_error *err);

/** Change a password, given the old one.  Every login but @p keep_token_id ends.
 *  @param id  the account's
 *  @param keep_token_id  of the login that asks; NULL: none
 *  @return 0; EACCES and ELIMIT as tstream_accounts_verify(); EINVAL (the new one); ENOENT
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_change_password(tstream_accounts *accounts, const char *id,
                                                 const char *old_password, const char *new_password,
                                                 const char *client, const char *keep_token_id,
                                                 tstream_error *err);

/** Set a password without the old one, for those who run the server.  Every login ends.
 *  @return 0; ENOENT (nobody has this name); EINVAL
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_reset_password(tstream_accounts *accounts, const char *name,
                                                const char *password, tstream_error *err);

/** Remove an account and its logins.  Its history is yours to clear (tstream_history_clear()
 *  with its id).  @return 0; ENOENT.  @since 0.1 */
TSTREAM_API int tstream_accounts_delete(tstream_accounts *accounts, const char *id,
                                        tstream_error *err);
/** @} */

/** @name Logins
 *  @{ */
/** Make a token for an account whose password was right.
 *  @param label      what to call it in a list, cleaned as titles are; NULL: ""
 *  @param out_token  the only time that it is seen
 *  @param out_account  may be NULL
 *  @return 0; ENOENT (no such account)
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_login(tstream_accounts *accounts, const char *id,
                                       const char *label, char out_token[TSTREAM_TOKEN_BYTES],
                                       tstream_account *out_account, tstream_error *err);

/** Whose token is this?
 *  @return 0; EACCES (unknown, expired, revoked, or no token at all); EIO also if the database
 *          refuses to tell
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_find_token(tstream_accounts *accounts, const char *token,
                                            tstream_account *out_account, tstream_error *err);

/** End one login of an account.
 *  @return 0; ENOENT (none of this account's)
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_revoke(tstream_accounts *accounts, const char *id,
                                        const char *token_id, tstream_error *err);

/** End all logins of an account but one.
 *  @param keep_token_id  NULL: none is kept
 *  @return 0
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_revoke_all(tstream_accounts *accounts, const char *id,
                                            const char *keep_token_id, tstream_error *err);

typedef struct tstream_logins tstream_logins;

/** A login in a list.  Its strings are lent by the list. */
typedef struct tstream_login {
	uint32_t struct_size;            /**< set before the call */
	uint32_t reserved;               /**< 0 */
	char token_id[TSTREAM_ID_BYTES]; /**< a UUID, by which it is revoked */
	char reserved_2[3];              /**< 0 */
	const char *label;               /**< as it was given at the login */
	int64_t created_at_us;           /**< Unix time */
	int64_t expires_at_us;           /**< Unix time */
} tstream_login;

#ifndef SWIG
#define TSTREAM_LOGIN_INIT                                                                         \
	{                                                                                              \
		.struct_size = sizeof(tstream_login)                                                       \
	}
#endif

/** An account's logins that have not expired, newest first.
 *  @param out_logins  yours to tstream_logins_free()
 *  @return 0
 *  @since 0.1 */
TSTREAM_API int tstream_accounts_list_logins(tstream_accounts *accounts, const char *id,
                                             tstream_logins **out_logins, tstream_error *err);
/** @since 0.1 */
TSTREAM_API uint32_t tstream_logins_get_count(const tstream_logins *logins);
/** @return 0; ENOENT beyond the count; EINVAL.  @since 0.1 */
TSTREAM_API int tstream_logins_get_login(const tstream_logins *logins, uint32_t index,
                                         tstream_login *out_login);
/** NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_logins_free(tstream_logins *logins);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
