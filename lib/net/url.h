/**
 * net/url.h - URLs taken apart and put together, with libcurl's parser: what judges a URL and
 * what fetches it must not disagree.
 */
#ifndef TSI_NET_URL_H
#define TSI_NET_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <tstream/base.h>

/** Room for an origin: longer ones are none. */
#define TSI_HTTP_ORIGIN_BYTES 128

/** "https://indexer.example:443": scheme, host and port, in lower case, the port always.
 *  @return 0; EINVAL (no http or https URL, or one with a user in it) */
int tsi_url_origin(const char *url, char out_origin[TSI_HTTP_ORIGIN_BYTES]);

/** The base of an API from a URL as people paste it: "/api" is put at the end of its path
 *  unless it is there; the query is dropped, but its apikey is given.
 *  @param out_base     yours to free()
 *  @param out_other    the same, with "/api" taken away; yours to free()
 *  @param out_api_key  yours to free(); NULL if there is none
 *  @return 0, EINVAL, ENOMEM */
int tsi_url_api_base(const char *url, char **out_base, char **out_other, char **out_api_key);

/** @p link as seen from a page at @p base.  @return yours to free(); NULL if it is no http,
 *  https or magnet URL */
char *tsi_url_join(const char *base, const char *link);

/** @return percent-encoded, yours to free(); NULL if out of memory */
char *tsi_url_escape(const char *text);

#endif
