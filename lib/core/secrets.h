/**
 * core/secrets.h - what must not be seen, made unseen in what others say.
 *
 * An indexer may repeat the API key it was asked with in a title, a magnet or an error.
 */
#ifndef TSI_CORE_SECRETS_H
#define TSI_CORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#define TSI_MAX_SECRETS 16
/** Shorter ones are not hidden: too much else would be hidden with them. */
#define TSI_MIN_SECRET_BYTES 4

typedef struct tsi_secrets {
	char *texts[TSI_MAX_SECRETS];
	size_t count;
} tsi_secrets;

/** Remember a secret and how it looks percent-encoded.  @return false if out of memory */
bool tsi_secrets_add(tsi_secrets *secrets, const char *text);

/** Remember the parts of a URL's path and query that look like keys: those that a parameter
 *  calls so, and long ones of letters and digits.  @return false if out of memory */
bool tsi_secrets_add_url(tsi_secrets *secrets, const char *url);

/** Put stars, in place, where a secret stands, in either case.  NULL is fine. */
void tsi_secrets_hide(const tsi_secrets *secrets, char *text);

void tsi_secrets_clear(tsi_secrets *secrets);

#endif
