/**
 * net/http_curl.c - fetch one bounded body over http or https, with libcurl, and wait for it.
 */
#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_transfer.h"

#define MAX_TIMEOUT_US (600 * INT64_C(1000000))

static int hand_over(tsi_transfer *get, tsi_http_response *out_response, tstream_error *err)
{
	tsi_http_response response = {0};

	if (tsi_transfer_is_magnet(get)) {
		response.magnet = get->location;
		get->location = NULL;
	} else {
		response.body = get->body ? get->body : calloc(1, 1);
		if (!response.body)
			return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
		response.body_size = get->body_size;
		get->body = NULL;
	}
	*out_response = response;
	return TSTREAM_OK;
}

/* Follow until there is a body or a magnet. */
static int run(tsi_transfer *get, tstream_error *err)
{
	tstream_error own = {0};
	int code = 0;

	while (code == 0) {
		CURL *easy = tsi_transfer_hop(get, &own);

		if (!easy)
			code = own.code;
		else
			code = tsi_transfer_end_hop(get, easy, curl_easy_perform(easy), &own);
		curl_easy_cleanup(easy);
	}
	if (code < 0 && err)
		*err = own;
	return code < 0 ? code : TSTREAM_OK;
}

static int64_t timeout_of(const tsi_http_request *request)
{
	if (request->timeout_us <= 0)
		return TSI_HTTP_DEFAULT_TIMEOUT_US;
	return request->timeout_us < MAX_TIMEOUT_US ? request->timeout_us : MAX_TIMEOUT_US;
}

int tsi_http_get(const tsi_http_request *request, tsi_http_response *out_response,
                 tstream_error *err)
{
	tsi_transfer get = {0};
	tsi_transfer_ask ask = {.url = request->url,
	                        .pinned_origin = "",
	                        .is_private_allowed = (request->flags & TSTREAM_URL_ALLOW_PRIVATE) != 0,
	                        .max_body_bytes = request->max_body_bytes,
	                        .deadline_us = tsi_now_us() + timeout_of(request)};
	int code;

	if (request->flags & ~TSTREAM_URL_ALLOW_PRIVATE)
		return tsi_fail(err, TSTREAM_EINVAL, "Unknown flags 0x%x.", request->flags);
	code = tsi_transfer_begin(&get, &ask, err);
	if (code == TSTREAM_OK)
		code = run(&get, err);
	if (code == TSTREAM_OK)
		code = hand_over(&get, out_response, err);
	tsi_transfer_clear(&get);
	return code;
}
