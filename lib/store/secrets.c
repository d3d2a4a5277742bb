/**
 * store/secrets.c - what stands in for secrets_sodium.c in a build without accounts.
 */
#include "store/secrets.h"

#include "base/log.h"

#if !defined(TSI_WITH_ACCOUNTS) || !TSI_WITH_ACCOUNTS
int tsi_secrets_start(tstream_error *err)
{
	return tsi_fail(err, TSTREAM_ENOTSUP,
	                "this build of the library has no accounts; build it with libsodium");
}

int tsi_password_hash(const char *password, uint32_t memory_kib, uint32_t passes,
                      char out_hash[TSI_PASSWORD_HASH_BYTES], tstream_error *err)
{
	(void)password;
	(void)memory_kib;
	(void)passes;
	*out_hash = '\0';
	return tsi_secrets_start(err);
}

bool tsi_password_matches(const char *hash, const char *password)
{
	(void)hash;
	(void)password;
	return false;
}

void tsi_token_make(char out_token[TSTREAM_TOKEN_BYTES])
{
	*out_token = '\0';
}

bool tsi_token_hash(const char *token, char out_hash[TSI_TOKEN_HASH_BYTES])
{
	(void)token;
	*out_hash = '\0';
	return false;
}

void tsi_secret_key_make(uint8_t out_key[TSI_SECRET_KEY_BYTES])
{
	*out_key = 0;
}

uint64_t tsi_secret_hash(const uint8_t key[TSI_SECRET_KEY_BYTES], const char *first,
                         const char *second)
{
	(void)key;
	(void)first;
	(void)second;
	return 0;
}
#endif
