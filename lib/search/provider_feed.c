#include "search/provider_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/words.h"
#include "net/url.h"
#include "search/reading.h"
#include "search/verdict.h"
#include "search/web.h"

#define US_PER_S INT64_C(1000000)
#define TTL_US (300 * US_PER_S)
#define PLACEHOLDER "{searchTerms}"

typedef struct feed {
	char *url;
	bool has_placeholder;
	/* Without one: the feed as it was fetched last, and until when it is good.  Answers may be
	 * read on another thread than the one that asks. */
	pthread_mutex_t mutex;
	char *body;
	size_t body_size;
	char content_type[128];
	char *body_url;
	int64_t good_until_us;
} feed;

/* Whom the items are for, and what they must be about. */
typedef struct reading {
	tstream_request *request;
	char *words; /* NULL: the server has chosen */
} reading;

static void forget_body(feed *own)
{
	free(own->body);
	free(own->body_url);
	own->body = own->body_url = NULL;
	own->good_until_us = 0;
}

static void free_feed(void *user)
{
	feed *own = user;

	forget_body(own);
	pthread_mutex_destroy(&own->mutex);
	free(own->url);
	free(own);
}

static bool take_item(void *user, const tstream_found *found)
{
	reading *own = user;
	char *title;
	bool is_wanted = true;
	int code = TSTREAM_OK;

	if (own->words) {
		title = found->title ? tsi_words_of(found->title) : NULL;
		is_wanted = title && tsi_words_match(own->words, title);
		free(title);
	}
	if (is_wanted)
		code = tstream_request_add(own->request, found);
	return code == TSTREAM_OK || code == TSTREAM_EINVAL;
}

static void read_body(tstream_request *request, const feed *own, const tsi_http_outcome *outcome,
                      tsi_verdict *verdict)
{
	reading target = {.request = request};
	tsi_items_ask ask = {.bytes = outcome->body,
	                     .size = outcome->body_size,
	                     .content_type = outcome->content_type,
	                     .url = outcome->url ? outcome->url : "",
	                     .now_s = tsi_wall_s(),
	                     .take = take_item,
	                     .user = &target};
	tsi_items_report report = {.outcome = -1};

	if (!own->has_placeholder)
		target.words = tsi_words_of(request->text);
	if (outcome->body && outcome->body_size > 0)
		tsi_items_read(&ask, &report);
	tsi_verdict_of_items(&report, outcome, verdict);
	free(target.words);
}

static void keep_body(feed *own, const tsi_http_outcome *outcome)
{
	forget_body(own);
	own->body = malloc(outcome->body_size + 1);
	own->body_url = strdup(outcome->url ? outcome->url : "");
	if (!own->body || !own->body_url) {
		forget_body(own);
		return;
	}
	memcpy(own->body, outcome->body, outcome->body_size);
	own->body_size = outcome->body_size;
	snprintf(own->content_type, sizeof(own->content_type), "%s", outcome->content_type);
	own->good_until_us = tsi_now_us() + TTL_US;
}

static void read_new(tstream_request *request, const tsi_http_outcome *outcome)
{
	feed *own = request->provider->user;
	tsi_verdict verdict;

	tsi_verdict_of_outcome(outcome, &verdict);
	read_body(request, own, outcome, &verdict);
	if (verdict.status == TSTREAM_PROVIDER_OK && !own->has_placeholder && outcome->body_size > 0) {
		pthread_mutex_lock(&own->mutex);
		keep_body(own, outcome);
		pthread_mutex_unlock(&own->mutex);
	}
	tsi_web_finish(request, &verdict);
}

static void on_answer(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_reading_start(request, tsi_reading_make(outcome), read_new);
}

static void read_kept(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_OK};

	read_body(request, request->provider->user, outcome, &verdict);
	tsi_web_finish(request, &verdict);
}

/* @return false if it must be fetched */
static bool answer_from_body(tstream_request *request, feed *own)
{
	tsi_http_outcome outcome = {.status = 200, .retry_after_us = -1};
	tsi_reading *kept = NULL;
	bool is_good;

	pthread_mutex_lock(&own->mutex);
	is_good = own->body && tsi_now_us() < own->good_until_us;
	if (is_good) {
		outcome.content_type = own->content_type;
		outcome.url = own->body_url;
		outcome.body = own->body;
		outcome.body_size = own->body_size;
		kept = tsi_reading_make(&outcome);
	}
	pthread_mutex_unlock(&own->mutex);
	if (is_good)
		tsi_reading_start(request, kept, read_kept);
	return is_good;
}

/* The URL with the query in its place.  @return yours to free(); NULL if out of memory */
static char *fill_in(const char *url, const char *text)
{
	const char *place = strstr(url, PLACEHOLDER);
	char *query = tsi_url_escape(text);
	char *filled = NULL;

	if (query && asprintf(&filled, "%.*s%s%s", (int)(place - url), url, query,
	                      place + strlen(PLACEHOLDER)) < 0)
		filled = NULL;
	free(query);
	return filled;
}

static void search_feed(void *user, tstream_request *request)
{
	feed *own = user;
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_NETWORK, .message = "Out of memory."};
	char *url;

	if (answer_from_body(request, own))
		return;
	url = own->has_placeholder ? fill_in(own->url, request->text) : strdup(own->url);
	if (url)
		tsi_web_get(request, url, 0, 0, TSI_MAX_ANSWER_BYTES, on_answer);
	else
		tsi_web_finish(request, &verdict);
	free(url);
}

static feed *make_feed(void)
{
	feed *own = calloc(1, sizeof(*own));

	if (own)
		pthread_mutex_init(&own->mutex, NULL);
	return own;
}

int tsi_feed_add(tstream_search *search, const char *name, const char *url, tstream_error *err)
{
	static const tstream_provider_vtable vtable = {.struct_size = sizeof(vtable),
	                                               .kind = "feed",
	                                               .search = search_feed,
	                                               .cancel = tsi_web_cancel,
	                                               .close = free_feed};
	feed *own = make_feed();
	char origin[TSI_HTTP_ORIGIN_BYTES] = "";
	tsi_provider_extra extra = {.origin = origin};
	int code = own ? tsi_url_origin(url, origin) : TSTREAM_ENOMEM;

	if (code == TSTREAM_OK) {
		own->url = strdup(url);
		own->has_placeholder = strstr(url, PLACEHOLDER);
		if (!own->url || !tsi_secrets_add_url(&extra.secrets, url))
			code = TSTREAM_ENOMEM;
	}
	if (code == TSTREAM_OK)
		code = tsi_provider_add(search, name, &vtable, own, &extra, err);
	else
		tsi_fail(err, code, "%s",
		         code == TSTREAM_ENOMEM ? "Out of memory."
		                                : "A feed's URL is http or https, without a user in it.");
	if (code != TSTREAM_OK) {
		tsi_secrets_clear(&extra.secrets);
		if (own)
			free_feed(own);
	}
	return code;
}
