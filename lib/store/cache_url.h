/**
 * store/cache_url.h - which store a URL names, and how to reach it.
 */
#ifndef TSI_STORE_CACHE_URL_H
#define TSI_STORE_CACHE_URL_H

#include <stdint.h>
#include <tstream/base.h>

#define TSI_CACHE_MEMORY 0
#define TSI_CACHE_REDIS 1

typedef struct tsi_cache_url {
	int store;          /**< TSI_CACHE_MEMORY or TSI_CACHE_REDIS */
	uint64_t max_bytes; /**< memory; 0: not said */
	char *host;         /**< redis: a name or an address, without brackets */
	char port[6];
	char *user;     /**< NULL: the default one */
	char *password; /**< NULL: none */
	uint32_t database;
} tsi_cache_url;

/** @param out_url  tsi_cache_url_clear() it when done
 *  @return 0; EINVAL, whose message repeats no part of the URL that may be a secret;
 *          ENOTSUP (rediss:), ENOMEM */
int tsi_cache_url_parse(const char *text, tsi_cache_url *out_url, tstream_error *err);
void tsi_cache_url_clear(tsi_cache_url *url);

#endif
