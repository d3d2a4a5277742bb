/* known_logins.h - logins that the database confirmed lately.
 *
 * While the database is away they go on to count, so that who watches a film watches it to its end.
 * While it is there it is asked each time: a login that is revoked ends at once.
 */
#ifndef SERVER_KNOWN_LOGINS_H
#define SERVER_KNOWN_LOGINS_H

#include "secret.h"

#include <stdbool.h>
#include <stdint.h>
#include <tstream/account.h>

/* How long a login counts after the database last confirmed it. */
#define KNOWN_LOGINS_LIFETIME_S 3600
/* Of that many, the ones that were confirmed last. */
#define KNOWN_LOGINS_MAX 256

struct known_logins;

/* Tokens are kept as MACs under that secret.  NULL: out of memory */
struct known_logins *known_logins_new(const unsigned char secret[SECRET_BYTES]);
void known_logins_free(struct known_logins *known);

/* Whose it is, if it is still known.  now_s: Unix time
 * out_round: how often something was forgotten, also if it is not known */
bool known_logins_find(struct known_logins *known, const char *token, int64_t now_s,
                       tstream_account *out_account, uint64_t *out_round);
/* The database was asked after known_logins_find() gave that round, and confirmed it.  Does nothing
 * if something was forgotten since then: the answer may be older than that. */
void known_logins_remember(struct known_logins *known, const char *token,
                           const tstream_account *account, int64_t now_s, uint64_t round);
/* The database does not know it any more. */
void known_logins_forget(struct known_logins *known, const char *token);
/* To be called after a login of that account was ended, or may have been. */
void known_logins_forget_account(struct known_logins *known, const char *account_id);

#endif
