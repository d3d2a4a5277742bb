/* stores.h - the databases of histories and accounts: opened beside everything else, and again
 * while they cannot be, so that the server starts and streams without them. */
#ifndef SERVER_STORES_H
#define SERVER_STORES_H

#include "log.h"
#include "settings.h"

#include <jansson.h>
#include <tstream/tstream.h>

/* How long a login is locked out after too many failures. */
#define STORES_LOCKOUT_S 900

#define STORES_URL_BYTES 4096

struct stores;

/* The address of the database that the settings mean.  0; TSTREAM_EINVAL: it is too long */
int stores_make_url(const struct settings *settings, char out[STORES_URL_BYTES],
                    tstream_error *err);

/* Begin to open them.  NULL: out of memory or threads. */
struct stores *stores_new(const struct settings *settings, const struct log *log);
/* Calls must have returned. */
void stores_free(struct stores *stores);

/* The handle, which lives as long as stores.  While it is first being opened, waits for that, but
 * not for long.  0; else why it is not open */
int stores_history(struct stores *stores, tstream_history **out_history, tstream_error *err);
int stores_accounts(struct stores *stores, tstream_accounts **out_accounts, tstream_error *err);

/* Tell the outcome of a call, and whether by that it makes sense to ask now for what is not
 * needed: a dead server's answer takes seconds. */
void stores_note(struct stores *stores, int code, const tstream_error *err);
bool stores_is_well(struct stores *stores);

/* Likewise of asking whose login it is.  Accounts are away from when such a call failed because of
 * the database, until that answers again. */
void stores_note_accounts(struct stores *stores, int code, const tstream_error *err);
bool stores_accounts_are_away(struct stores *stores);

/* What no waiting will mend: an address that cannot be meant, a build without that store.
 * 0, or a code and err */
int stores_get_fault(struct stores *stores, tstream_error *err);

/* {"store": ..., "state": ...}; NULL if out of memory. */
json_t *stores_to_json(struct stores *stores);

#endif
