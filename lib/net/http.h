/**
 * net/http.h - fetch one bounded body over http or https from an address that may come
 * from a stranger.
 *
 * The only libcurl user.  Without libcurl tsi_http_get() answers ENOTSUP.
 *
 * Every address that is connected to is judged at the moment of connecting, on every
 * hop, so neither a redirect nor a name that resolves differently the second time
 * (DNS rebinding) gets past.  Proxies, cookies, .netrc and credentials in URLs are not
 * used.  No message ever holds more of a URL than its scheme and host, because paths
 * and queries of indexers carry their users' API keys.
 *
 * Threads: any; nothing is shared between calls.
 */
#ifndef TSI_NET_HTTP_H
#define TSI_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;

#define TSI_HTTP_MAX_URL_BYTES 8192
#define TSI_HTTP_MAX_REDIRECTS 5
#define TSI_HTTP_DEFAULT_TIMEOUT_US (30 * INT64_C(1000000))

typedef struct tsi_http_request {
	const char *url;       /**< http or https, absolute */
	uint32_t flags;        /**< TSTREAM_URL_ALLOW_PRIVATE */
	int64_t timeout_us;    /**< for all hops together; <= 0: 30 s; at most 10 minutes */
	size_t max_body_bytes; /**< counted after decoding; more is an error */
} tsi_http_request;

/** Either a body or, when a redirect led to one, a magnet URI. */
typedef struct tsi_http_response {
	void *body; /**< NULL if there is a magnet; else never, even if empty */
	size_t body_size;
	char *magnet; /**< not parsed, not trusted */
} tsi_http_response;

/**
 * GET, following redirects to http, https and magnet.  Blocks.
 *
 * @param out_response  tsi_http_response_clear() it when done
 * @return 0; EINVAL (the URL, a flag, or a body over its bound), EREFUSED (an address
 *         that is not public), ENET, ETIMEDOUT, ENOMEM, ENOTSUP
 */
int tsi_http_get(const tsi_http_request *request, tsi_http_response *out_response,
                 tstream_error *err);

void tsi_http_response_clear(tsi_http_response *response);

/** True for addresses of the public internet: none of the special ones of RFC 6890 and
 *  its IANA registries, and no IPv6 address that wraps an IPv4 one. */
bool tsi_http_address_is_public(const struct sockaddr *address);

#ifdef __cplusplus
}
#endif
#endif
