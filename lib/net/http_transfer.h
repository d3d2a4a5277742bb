/**
 * net/http_transfer.h - one GET with its redirects, a hop at a time, for whoever drives
 * libcurl: http_curl.c, which blocks, and http_loop_curl.c, which runs many.
 *
 * libcurl follows no redirect here: each hop is a transfer of its own, so that every
 * target is parsed, judged and bounded like the first URL, and so that one may lead to
 * a magnet.
 */
#ifndef TSI_NET_HTTP_TRANSFER_H
#define TSI_NET_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

#include "net/http.h"

typedef struct tsi_transfer_ask {
	const char *url;
	const char *pinned_origin; /**< as tsi_http_origin(): may be any address; "": none may */
	bool is_private_allowed;   /**< everything may be any address */
	bool takes_any_status;     /**< an answer that is not 200 is an answer too */
	size_t max_body_bytes;
	int64_t deadline_us; /**< tsi_now_us() when it must be over */
} tsi_transfer_ask;

/** What the callbacks leave behind; begun anew with each hop, save ask, url and hop_count. */
typedef struct tsi_transfer {
	tsi_transfer_ask ask; /**< strings are lent for its life */
	CURLU *url;           /**< of this hop */
	int hop_count;
	bool is_pinned; /**< this hop stays at the pinned origin */
	long status;
	int64_t retry_after_us; /**< -1: nothing said */
	unsigned char *body;
	size_t body_size;
	size_t body_capacity;
	size_t header_size;
	char *location;
	char content_type[128];
	bool is_address_refused;
	bool is_body_too_big;
	bool is_header_too_big;
	bool is_out_of_memory;
} tsi_transfer;

/** @param transfer  zeroed; tsi_transfer_clear() it in any case
 *  @return 0, EINVAL, ENOMEM */
int tsi_transfer_begin(tsi_transfer *transfer, const tsi_transfer_ask *ask, tstream_error *err);

/** The next hop, ready to run.  @return NULL, with err filled: ETIMEDOUT, ENOMEM */
CURL *tsi_transfer_hop(tsi_transfer *transfer, tstream_error *err);

/** A hop is over; @p easy is still the caller's.
 *  @return 1: done; 0: go on with tsi_transfer_hop(); or a TSTREAM_E code.  Then what has
 *          come of a body is there nevertheless */
int tsi_transfer_end_hop(tsi_transfer *transfer, CURL *easy, CURLcode result, tstream_error *err);

/** True if it ended at a magnet, which is in location. */
bool tsi_transfer_is_magnet(const tsi_transfer *transfer);

void tsi_transfer_clear(tsi_transfer *transfer);

/** Once a process, before anything else here. */
void tsi_transfer_init_curl(void);

#endif
