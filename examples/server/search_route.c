/* GET /api/search, as JSON when it is done or as events while it is under way; GET /api/providers
 */
#include "events.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "search_json.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LIMIT = 100, MAX_LIMIT = 500, MAX_OFFSET = 10000, MAX_RESULTS_PER_EVENT = 100 };

struct search_page {
	const char *text;
	uint64_t limit;
	uint64_t offset;
};

static int read_page(struct request *request, struct search_page *page)
{
	const char *limit = query_get(&request->query, "limit");
	const char *offset = query_get(&request->query, "offset");

	page->text = query_get(&request->query, "query");
	page->limit = DEFAULT_LIMIT;
	page->offset = 0;
	if (!page->text || page->text[strspn(page->text, " \t\r\n")] == '\0')
		return problem_send(request, 400, "Say what to search for: the parameter query.");
	if (strlen(page->text) > TSTREAM_MAX_QUERY_BYTES)
		return problem_send(request, 400, "The query is longer than 512 bytes.");
	if (limit && (query_number(limit, MAX_LIMIT, &page->limit) || page->limit == 0))
		return problem_send(request, 400, "limit is a number from 1 to 500.");
	if (offset && query_number(offset, MAX_OFFSET, &page->offset))
		return problem_send(request, 400, "offset is a number up to 10,000.");
	return 0;
}

/* 0 and a query, or the status of what was answered. */
static int start(struct request *request, const struct search_page *page, tstream_query **out_query)
{
	tstream_query_options options = TSTREAM_QUERY_OPTIONS_INIT;
	tstream_error err = {0};

	options.providers = query_get(&request->query, "providers");
	options.categories = query_get(&request->query, "categories");
	int code =
	    tstream_search_start(request->server->finder.search, page->text, &options, out_query, &err);
	/* Whom to ask is part of the question: a name that is unknown makes it a bad one. */
	return code ? problem_send_code(request, code == TSTREAM_ENOENT ? TSTREAM_EINVAL : code, &err)
	            : 0;
}

static int answer_json(struct request *request, const struct search_page *page,
                       tstream_query *query)
{
	while (tstream_query_wait_done(query, REQUEST_WAIT_SLICE_US) == TSTREAM_ETIMEDOUT) {
		if (request_is_abandoned(request))
			return problem_send_code(request, REQUEST_CLIENT_GONE, NULL);
	}
	struct json_writer answer = {0};
	int status;
	if (search_json_answer(query, page->text, (size_t)page->offset, (size_t)page->limit, &answer))
		status = response_bytes(request, 200, "application/json", "Cache-Control: no-store\r\n",
		                        answer.data, answer.size);
	else
		status = problem_send(request, 500, "Out of memory.");
	free(answer.data);
	return status;
}

/* -- events --------------------------------------------------------------- */

/* What is new, at most so many.  How many there were; negative: the client is gone. */
static int send_some_results(struct request *request, tstream_query *query)
{
	tstream_result result = TSTREAM_RESULT_INIT;
	struct json_writer list = {0};
	bool goes_on = true;
	int count = 0;

	json_writer_raw(&list, "{\"results\":[");
	while (count < MAX_RESULTS_PER_EVENT && tstream_query_next(query, &result) > 0) {
		if (count++ > 0)
			json_writer_raw(&list, ",");
		search_json_result(&list, &result);
	}
	json_writer_raw(&list, "]}");
	if (count > 0)
		goes_on = events_send_written(request, "results", &list);
	free(list.data);
	return goes_on ? count : -1;
}

static bool send_results(struct request *request, tstream_query *query)
{
	int count;

	do {
		count = send_some_results(request, query);
	} while (count == MAX_RESULTS_PER_EVENT);
	return count >= 0;
}

/* Only if something about them is new; *last is what was sent last. */
static bool send_providers(struct request *request, tstream_query *query, json_t **last)
{
	json_t *now = search_json_query_providers(query);
	json_t *compared = json_deep_copy(now);
	json_t *provider;
	size_t index;

	/* Time passes for all that are waiting; that is no news. */
	json_array_foreach(compared, index, provider) json_object_del(provider, "elapsed_ms");
	bool is_news = !*last || !json_equal(compared, *last);
	json_decref(*last);
	*last = compared;
	if (is_news)
		return events_send_json(request, "providers", json_pack("{s:o}", "providers", now));
	json_decref(now);
	return true;
}

static bool send_progress(struct request *request, tstream_query *query)
{
	json_t *last = NULL;
	bool goes_on = true;

	while (goes_on) {
		bool is_done = tstream_query_is_done(query);
		goes_on = send_results(request, query) && send_providers(request, query, &last);
		if (is_done)
			break;
		if (tstream_query_wait(query, REQUEST_WAIT_SLICE_US) == TSTREAM_ETIMEDOUT)
			goes_on = goes_on && !request_is_abandoned(request);
	}
	json_decref(last);
	return goes_on;
}

static void send_done(struct request *request, const struct search_page *page, tstream_query *query)
{
	struct json_writer answer = {0};

	if (search_json_answer(query, page->text, (size_t)page->offset, (size_t)page->limit, &answer))
		events_send_written(request, "done", &answer);
	free(answer.data);
}

static int answer_events(struct request *request, const struct search_page *page,
                         tstream_query *query)
{
	if (events_send_head(request) && send_progress(request, query))
		send_done(request, page, query);
	return 200;
}

static bool wants_events(const struct request *request)
{
	const char *accept = request_header(request, "Accept");

	return accept && strstr(accept, "text/event-stream");
}

static int search_and_answer(struct request *request, const struct search_page *page)
{
	tstream_query *query = NULL;
	int status = start(request, page, &query);

	if (status)
		return status;
	status = wants_events(request) ? answer_events(request, page, query)
	                               : answer_json(request, page, query);
	tstream_query_close(query);
	return status;
}

int route_search_get(struct request *request)
{
	struct search_page page;
	int status = read_page(request, &page);

	if (status)
		return status;
	if (!wants_events(request))
		return search_and_answer(request, &page);
	status = events_begin(request);
	if (status)
		return status;
	status = search_and_answer(request, &page);
	events_end(request);
	return status;
}

int route_providers_get(struct request *request)
{
	const struct finder *finder = &request->server->finder;

	return response_json(request, 200, "",
	                     json_pack("{s:o, s:o}", "providers", search_json_providers(finder->search),
	                               "cache", search_json_cache(finder->cache)));
}
