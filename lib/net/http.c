/**
 * net/http.c - what of net/http.h needs no libcurl; with libcurl the rest is in
 * http_curl.c.
 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/url.h"

void tsi_http_response_clear(tsi_http_response *response)
{
	free(response->body);
	free(response->magnet);
	memset(response, 0, sizeof(*response));
}

#if !defined(TSI_WITH_CURL) || !TSI_WITH_CURL
int tsi_http_get(const tsi_http_request *request, tsi_http_response *out_response,
                 tstream_error *err)
{
	(void)request;
	(void)out_response;
	return tsi_fail(err, TSTREAM_ENOTSUP,
	                "This build of the library cannot fetch URLs; build it with libcurl.");
}

int tsi_url_origin(const char *url, char out_origin[TSI_HTTP_ORIGIN_BYTES])
{
	(void)url;
	out_origin[0] = '\0';
	return TSTREAM_EINVAL;
}
#endif
