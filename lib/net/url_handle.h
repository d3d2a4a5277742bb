/**
 * net/url_handle.h - of net/url.h what only those who know libcurl need.
 */
#ifndef TSI_NET_URL_HANDLE_H
#define TSI_NET_URL_HANDLE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "net/url.h"

/** As tsi_url_origin(), of a URL that is parsed.  @return false if it has none */
bool tsi_url_handle_origin(CURLU *url, char out_origin[TSI_HTTP_ORIGIN_BYTES]);

#endif
