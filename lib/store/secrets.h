/**
 * store/secrets.h - the only libsodium user: passwords, tokens, and hashes nobody can aim.
 *
 * Without libsodium tsi_secrets_start() answers ENOTSUP and the rest is never called.
 */
#ifndef TSI_STORE_SECRETS_H
#define TSI_STORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/account.h>

/** Room for "$argon2id$v=19$m=65536,t=2,p=1$salt$hash", NUL included. */
#define TSI_PASSWORD_HASH_BYTES 128
/** Room for 64 hexadecimal digits, NUL included. */
#define TSI_TOKEN_HASH_BYTES 65
#define TSI_SECRET_KEY_BYTES 16

/** Any number of times, any thread.  @return 0, ENOTSUP, EINTERNAL */
int tsi_secrets_start(tstream_error *err);

/** Takes @p memory_kib of memory and a good part of a second.  @return 0, ENOMEM */
int tsi_password_hash(const char *password, uint32_t memory_kib, uint32_t passes,
                      char out_hash[TSI_PASSWORD_HASH_BYTES], tstream_error *err);
/** As long as that, and as long for every password. */
bool tsi_password_matches(const char *hash, const char *password);

void tsi_token_make(char out_token[TSTREAM_TOKEN_BYTES]);
/** @return false if it has not the form of a token */
bool tsi_token_hash(const char *token, char out_hash[TSI_TOKEN_HASH_BYTES]);

void tsi_secret_key_make(uint8_t out_key[TSI_SECRET_KEY_BYTES]);
/** A short hash of two texts (SipHash); without the key nobody can make two collide. */
uint64_t tsi_secret_hash(const uint8_t key[TSI_SECRET_KEY_BYTES], const char *first,
                         const char *second);

#endif
