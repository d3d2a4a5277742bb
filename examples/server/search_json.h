/* search_json.h - what the API says about a search. */
#ifndef SERVER_SEARCH_JSON_H
#define SERVER_SEARCH_JSON_H

#include <jansson.h>
#include <tstream/tstream.h>

/* Each gives NULL if memory ran out. */

json_t *search_json_result(const tstream_result *result);

/* How the providers fare in a query, or by themselves. */
json_t *search_json_query_providers(tstream_query *query);
json_t *search_json_providers(tstream_search *search);

/* All of an answer: a page of the results, the providers, and how they hang together. */
json_t *search_json_answer(tstream_query *query, const char *text, size_t offset, size_t limit);

json_t *search_json_cache(tstream_cache *cache);

#endif
