#include "search/provider_torznab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/url.h"
#include "search/reading.h"
#include "search/verdict.h"
#include "search/web.h"

#define US_PER_S INT64_C(1000000)
#define CAPS_TTL_US (3 * 86400 * US_PER_S)
#define CAPS_RETRY_US (60 * US_PER_S)
#define DEFAULT_LIMIT 100
#define MAX_CAPS_BYTES ((size_t)256 * 1024)

/* Touched on the search's thread only, once added. */
typedef struct torznab {
	char *base;
	char *other;       /* without "/api", for those that have none; NULL once it was tried */
	char *escaped_key; /* "" if there is none */
	int32_t limit;
	const char *function;  /* t= that takes a text */
	int64_t caps_until_us; /* when to ask for capabilities again */
} torznab;

static void free_torznab(void *user)
{
	torznab *own = user;

	free(own->base);
	free(own->other);
	free(own->escaped_key);
	free(own);
}

static bool take_item(void *user, const tstream_found *found)
{
	int code = tstream_request_add(user, found);

	/* One that nothing can be had of does not spoil the others. */
	return code == TSTREAM_OK || code == TSTREAM_EINVAL;
}

static void read_answer(tstream_request *request, const tsi_http_outcome *outcome,
                        tsi_items_report *out_report)
{
	tsi_items_ask ask = {.bytes = outcome->body,
	                     .size = outcome->body_size,
	                     .content_type = outcome->content_type,
	                     .url = outcome->url ? outcome->url : "",
	                     .now_s = tsi_wall_s(),
	                     .take = take_item,
	                     .user = request};

	*out_report = (tsi_items_report){.outcome = -1};
	if (outcome->body && outcome->body_size > 0)
		tsi_items_read(&ask, out_report);
}

static void read_results(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_items_report report;
	tsi_verdict verdict;

	tsi_verdict_of_outcome(outcome, &verdict);
	read_answer(request, outcome, &report);
	tsi_verdict_of_items(&report, outcome, &verdict);
	tsi_web_finish(request, &verdict);
}

static void on_results(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_reading_start(request, tsi_reading_make(outcome), read_results);
}

static void ask_results(tstream_request *request, const torznab *own)
{
	char *query = tsi_url_escape(request->text);
	char *url = NULL;
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_NETWORK, .message = "Out of memory."};
	int length = -1;

	if (query)
		length =
		    asprintf(&url, "%s?t=%s%s%s&q=%s%s%s&extended=1&limit=%d", own->base, own->function,
		             *own->escaped_key ? "&apikey=" : "", own->escaped_key, query,
		             *request->categories ? "&cat=" : "", request->categories, own->limit);
	free(query);
	if (length < 0) {
		tsi_web_finish(request, &verdict);
		return;
	}
	tsi_web_get(request, url, 0, 0, TSI_MAX_ANSWER_BYTES, on_results);
	free(url);
}

/* What an indexer says of itself is a hint: without it the usual is asked. */
static void learn_caps(torznab *own, const tsi_items_report *report)
{
	bool is_good = report->has_caps;

	own->caps_until_us = tsi_now_us() + (is_good ? CAPS_TTL_US : CAPS_RETRY_US);
	if (!is_good)
		return;
	own->limit = DEFAULT_LIMIT;
	if (report->max_limit > 0)
		own->limit = report->max_limit < TSI_MAX_ITEMS ? report->max_limit : TSI_MAX_ITEMS;
	own->function = "search";
	if (!report->has_search && report->has_movie)
		own->function = "movie";
	if (!report->has_search && report->has_tvsearch)
		own->function = "tvsearch";
}

static void search_torznab(void *user, tstream_request *request);

/* Nothing at ".../api": most have their API there, but not all. */
static bool try_other_base(torznab *own, const tsi_http_outcome *outcome)
{
	if (outcome->code != TSTREAM_OK || outcome->status != 404 || !own->other)
		return false;
	free(own->base);
	own->base = own->other;
	own->other = NULL;
	return true;
}

static void on_caps(tstream_request *request, const tsi_http_outcome *outcome)
{
	torznab *own = request->provider->user;
	tsi_items_report report;
	tsi_verdict verdict;

	if (try_other_base(own, outcome)) {
		search_torznab(own, request);
		return;
	}
	tsi_verdict_of_outcome(outcome, &verdict);
	read_answer(request, outcome, &report);
	if (report.is_error)
		tsi_verdict_of_items(&report, outcome, &verdict);
	/* Those would only say it again. */
	if (verdict.status == TSTREAM_PROVIDER_AUTH || verdict.status == TSTREAM_PROVIDER_THROTTLED ||
	    verdict.status == TSTREAM_PROVIDER_REFUSED) {
		tsi_web_finish(request, &verdict);
		return;
	}
	learn_caps(own, &report);
	ask_results(request, own);
}

static void search_torznab(void *user, tstream_request *request)
{
	torznab *own = user;
	int64_t now_us = tsi_now_us();
	char *url = NULL;

	if (now_us < own->caps_until_us) {
		ask_results(request, own);
		return;
	}
	if (asprintf(&url, "%s?t=caps%s%s", own->base, *own->escaped_key ? "&apikey=" : "",
	             own->escaped_key) < 0) {
		ask_results(request, own);
		return;
	}
	/* Half of the time, so that the other half is left for what matters. */
	tsi_web_get(request, url, 0, now_us + (request->deadline_us - now_us) / 2, MAX_CAPS_BYTES,
	            on_caps);
	free(url);
}

static bool add_secrets(tsi_secrets *secrets, const char *url, const char *key)
{
	return tsi_secrets_add_url(secrets, url) && (!key || tsi_secrets_add(secrets, key));
}

/* @return 0, or the code; then nothing is kept */
static int fill(torznab *own, tsi_provider_extra *extra, const char *url, const char *api_key)
{
	char *pasted_key = NULL;
	int code = tsi_url_api_base(url, &own->base, &own->other, &pasted_key);
	const char *key = api_key && *api_key ? api_key : pasted_key;

	if (code == TSTREAM_OK) {
		own->escaped_key = key ? tsi_url_escape(key) : strdup("");
		if (!own->escaped_key || !add_secrets(&extra->secrets, url, key))
			code = TSTREAM_ENOMEM;
	}
	free(pasted_key);
	return code;
}

int tsi_torznab_add(tstream_search *search, const char *name, const char *url, const char *api_key,
                    tstream_error *err)
{
	static const tstream_provider_vtable vtable = {.struct_size = sizeof(vtable),
	                                               .kind = "torznab",
	                                               .search = search_torznab,
	                                               .cancel = tsi_web_cancel,
	                                               .close = free_torznab};
	torznab *own = calloc(1, sizeof(*own));
	char origin[TSI_HTTP_ORIGIN_BYTES] = "";
	tsi_provider_extra extra = {.origin = origin};
	int code = own ? tsi_url_origin(url, origin) : TSTREAM_ENOMEM;

	if (code == TSTREAM_OK)
		code = fill(own, &extra, url, api_key);
	if (code == TSTREAM_OK) {
		own->limit = DEFAULT_LIMIT;
		own->function = "search";
		code = tsi_provider_add(search, name, &vtable, own, &extra, err);
	} else {
		tsi_fail(err, code, "%s",
		         code == TSTREAM_ENOMEM
		             ? "Out of memory."
		             : "A provider's URL is http or https, without a user name in it.");
	}
	if (code != TSTREAM_OK) {
		tsi_secrets_clear(&extra.secrets);
		if (own)
			free_torznab(own);
	}
	return code;
}
