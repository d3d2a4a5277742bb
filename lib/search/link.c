/**
 * search/link.c - fetch the .torrent, or the magnet, that a result's link leads to.
 */
#include <string.h>
#include <tstream/torrent.h>

#include "core/text.h"
#include "search/web.h"

/* Some indexers answer with a magnet as text. */
static bool give_text_magnet(tstream_request *request, const tsi_http_outcome *outcome)
{
	char magnet[TSTREAM_MAX_MAGNET_BYTES + 1];
	size_t size = outcome->body_size;

	if (size == 0 || size > TSTREAM_MAX_MAGNET_BYTES)
		return false;
	memcpy(magnet, outcome->body, size);
	while (size > 0 && (unsigned char)magnet[size - 1] <= ' ')
		size--;
	magnet[size] = '\0';
	return tsi_text_starts_with(magnet, "magnet:") &&
	       tstream_request_give_magnet(request, magnet) == TSTREAM_OK;
}

static bool give(tstream_request *request, const tsi_http_outcome *outcome)
{
	if (outcome->magnet)
		return tstream_request_give_magnet(request, outcome->magnet) == TSTREAM_OK;
	if (!outcome->body)
		return false;
	return tstream_request_give_torrent(request, outcome->body, outcome->body_size) == TSTREAM_OK ||
	       give_text_magnet(request, outcome);
}

static void on_answer(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_verdict verdict;

	tsi_verdict_of_outcome(outcome, &verdict);
	if (outcome->magnet)
		verdict.status = TSTREAM_PROVIDER_OK;
	if (verdict.status == TSTREAM_PROVIDER_OK && !give(request, outcome))
		tsi_verdict_set(&verdict, TSTREAM_PROVIDER_PARSE,
		                "The link leads to something that is neither a .torrent nor a magnet.");
	tsi_web_finish(request, &verdict);
}

void tsi_link_fetch(tstream_request *request)
{
	tsi_web_get(request, request->reference, 0, request->deadline_us,
	            TSTREAM_MAX_TORRENT_FILE_BYTES, on_answer);
}

void tsi_link_cancel(tstream_request *request)
{
	tsi_web_cancel(NULL, request);
}
