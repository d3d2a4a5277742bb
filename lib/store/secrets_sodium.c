/**
 * store/secrets_sodium.c - passwords and tokens, with libsodium.
 */
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "core/text.h"
#include "store/secrets.h"

#define TOKEN_RANDOM_BYTES 32
#define TOKEN_HASH_BYTES 32

_Static_assert(TSI_PASSWORD_HASH_BYTES >= crypto_pwhash_STRBYTES, "room for a hash");
_Static_assert(TSI_SECRET_KEY_BYTES == crypto_shorthash_KEYBYTES, "a key for SipHash");
_Static_assert(TSTREAM_TOKEN_BYTES ==
                   sodium_base64_ENCODED_LEN(TOKEN_RANDOM_BYTES,
                                             sodium_base64_VARIANT_URLSAFE_NO_PADDING),
               "room for a token");

int tsi_secrets_start(tstream_error *err)
{
	if (sodium_init() < 0)
		return tsi_fail(err, TSTREAM_EINTERNAL, "libsodium does not start");
	return TSTREAM_OK;
}

int tsi_password_hash(const char *password, uint32_t memory_kib, uint32_t passes,
                      char out_hash[TSI_PASSWORD_HASH_BYTES], tstream_error *err)
{
	char hash[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str_alg(hash, password, strlen(password), passes, (size_t)memory_kib * 1024,
	                          crypto_pwhash_ALG_ARGON2ID13) != 0)
		return tsi_fail(err, TSTREAM_ENOMEM, "not enough memory to hash a password");
	memcpy(out_hash, hash, strlen(hash) + 1);
	return TSTREAM_OK;
}

bool tsi_password_matches(const char *hash, const char *password)
{
	/* It reads this much, whatever the hash's own length. */
	char whole[crypto_pwhash_STRBYTES] = "";

	tsi_text_copy(whole, sizeof(whole), hash);
	return crypto_pwhash_str_verify(whole, password, strlen(password)) == 0;
}

void tsi_token_make(char out_token[TSTREAM_TOKEN_BYTES])
{
	unsigned char random[TOKEN_RANDOM_BYTES];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(out_token, TSTREAM_TOKEN_BYTES, random, sizeof(random),
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof(random));
}

bool tsi_token_hash(const char *token, char out_hash[TSI_TOKEN_HASH_BYTES])
{
	unsigned char hash[TOKEN_HASH_BYTES];
	size_t size = strnlen(token, TSTREAM_TOKEN_BYTES);

	if (size != TSTREAM_TOKEN_BYTES - 1)
		return false;
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)token, size, NULL, 0);
	sodium_bin2hex(out_hash, TSI_TOKEN_HASH_BYTES, hash, sizeof(hash));
	return true;
}

void tsi_secret_key_make(uint8_t out_key[TSI_SECRET_KEY_BYTES])
{
	randombytes_buf(out_key, TSI_SECRET_KEY_BYTES);
}

static uint64_t hash_bytes(const uint8_t key[TSI_SECRET_KEY_BYTES], const void *bytes, size_t size)
{
	uint64_t hash = 0;
	unsigned char out[crypto_shorthash_BYTES];

	crypto_shorthash(out, bytes, size, key);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

uint64_t tsi_secret_hash(const uint8_t key[TSI_SECRET_KEY_BYTES], const char *first,
                         const char *second)
{
	uint64_t parts[] = {hash_bytes(key, first, strlen(first)),
	                    hash_bytes(key, second, strlen(second))};

	return hash_bytes(key, parts, sizeof(parts));
}
