#include "search/provider_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/url.h"
#include "search/archive_json.h"
#include "search/reading.h"
#include "search/web.h"

#define US_PER_S INT64_C(1000000)
#define DEFAULT_URL "https://archive.org"
#define ROWS 100
#define SPECIAL "+-&|!(){}[]^\"~*?:\\/<>=" /* has a meaning in Lucene's language */
#define PAUSE_US US_PER_S /* at most one request a second, as it asks of programs */

/* Touched on the search's thread only, once added, save base, which stays. */
typedef struct archive {
	char *base;
	int64_t next_us; /* when it may be asked again */
} archive;

static void free_archive(void *user)
{
	archive *own = user;

	free(own->base);
	free(own);
}

static bool take_document(void *user, const tstream_found *found)
{
	int code = tstream_request_add(user, found);

	return code == TSTREAM_OK || code == TSTREAM_EINVAL;
}

static void read_answer(tstream_request *request, const tsi_http_outcome *outcome)
{
	const archive *own = request->provider->user;
	tsi_archive_ask ask = {.bytes = outcome->body,
	                       .size = outcome->body_size,
	                       .base = own->base,
	                       .now_s = tsi_wall_s(),
	                       .take = take_document,
	                       .user = request};
	tsi_verdict verdict;

	tsi_verdict_of_outcome(outcome, &verdict);
	if (verdict.status == TSTREAM_PROVIDER_OK && (!ask.bytes || tsi_archive_read(&ask) < 0))
		tsi_verdict_set(&verdict, TSTREAM_PROVIDER_PARSE,
		                "It answers with something that is not the JSON of a search.");
	tsi_web_finish(request, &verdict);
}

static void on_answer(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_reading_start(request, tsi_reading_make(outcome), read_answer);
}

/* Without a word there is no question, which would be an error of ours. */
static bool has_words(const char *text)
{
	return text[strspn(text, SPECIAL " ")] != '\0';
}

/* A phrase of Lucene's: what has a meaning there becomes a space.
 * @return yours to free(); NULL if out of memory */
static char *words_for_lucene(const char *text)
{
	char *words = strdup(text);

	for (char *at = words; at && *at; at++) {
		if (strchr(SPECIAL, *at))
			*at = ' ';
	}
	/* AND, OR and NOT are words of it only in capitals. */
	for (char *at = words; at && *at; at++)
		*at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
	return words;
}

static const char *kinds_of(const char *categories)
{
	bool wants_movies = tsi_category_matches(2000, categories);
	bool wants_audio = tsi_category_matches(3000, categories);

	if (wants_movies == wants_audio)
		return wants_movies ? "(movies OR audio)" : NULL;
	return wants_movies ? "movies" : "audio";
}

/* @return yours to free(); NULL if out of memory */
static char *url_of(const archive *own, const char *text, const char *kinds)
{
	char *words = words_for_lucene(text);
	char *query = NULL;
	char *escaped = NULL;
	char *url = NULL;

	if (words && asprintf(&query,
	                      "title:(%s) AND format:(\"Archive BitTorrent\") AND mediatype:%s AND "
	                      "-access-restricted-item:true",
	                      words, kinds) < 0)
		query = NULL;
	escaped = query ? tsi_url_escape(query) : NULL;
	if (escaped &&
	    asprintf(
	        &url,
	        "%s/advancedsearch.php?q=%s&fl[]=identifier&fl[]=title&fl[]=mediatype&fl[]=item_size"
	        "&fl[]=downloads&fl[]=btih&fl[]=publicdate&sort[]=downloads+desc&rows=%d"
	        "&output=json",
	        own->base, escaped, ROWS) < 0)
		url = NULL;
	free(words);
	free(query);
	free(escaped);
	return url;
}

static void search_archive(void *user, tstream_request *request)
{
	archive *own = user;
	int64_t now_us = tsi_now_us();
	int64_t start_us = own->next_us > now_us ? own->next_us : now_us;
	const char *kinds = has_words(request->text) ? kinds_of(request->categories) : NULL;
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_OK};
	char *url = kinds ? url_of(own, request->text, kinds) : NULL;

	if (kinds && !url)
		tsi_verdict_set(&verdict, TSTREAM_PROVIDER_NETWORK, "Out of memory.");
	/* Asked more than it likes: rather no answer than a late one and a longer queue. */
	if (url && start_us - now_us > (request->deadline_us - now_us) / 2) {
		verdict.retry_after_us = PAUSE_US;
		tsi_verdict_set(&verdict, TSTREAM_PROVIDER_THROTTLED,
		                "It is asked at most once a second, and others were first.");
		free(url);
		url = NULL;
	}
	if (!url) {
		tsi_web_finish(request, &verdict);
		return;
	}
	own->next_us = start_us + PAUSE_US;
	tsi_web_get(request, url, start_us, 0, TSI_MAX_ANSWER_BYTES, on_answer);
	free(url);
}

int tsi_archive_add(tstream_search *search, const char *name, const char *url, tstream_error *err)
{
	static const tstream_provider_vtable vtable = {.struct_size = sizeof(vtable),
	                                               .flags = TSTREAM_PROVIDER_PUBLIC,
	                                               .kind = "archive",
	                                               .search = search_archive,
	                                               .cancel = tsi_web_cancel,
	                                               .close = free_archive};
	archive *own = calloc(1, sizeof(*own));
	char origin[TSI_HTTP_ORIGIN_BYTES] = "";
	tsi_provider_extra extra = {.origin = origin};
	int code = own ? tsi_url_origin(url ? url : DEFAULT_URL, origin) : TSTREAM_ENOMEM;
	size_t size;

	if (code == TSTREAM_OK) {
		own->base = strdup(url ? url : DEFAULT_URL);
		code = own->base ? TSTREAM_OK : TSTREAM_ENOMEM;
	}
	for (size = own && own->base ? strlen(own->base) : 0; size > 0 && own->base[size - 1] == '/';)
		own->base[--size] = '\0';
	if (code == TSTREAM_OK)
		code = tsi_provider_add(search, name, &vtable, own, &extra, err);
	else
		tsi_fail(err, code, "%s",
		         code == TSTREAM_ENOMEM
		             ? "Out of memory."
		             : "The archive's URL is http or https, without a user in it.");
	if (code != TSTREAM_OK && own)
		free_archive(own);
	return code;
}
