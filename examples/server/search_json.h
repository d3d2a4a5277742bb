/* search_json.h - what the API says about a search. */
#ifndef SERVER_SEARCH_JSON_H
#define SERVER_SEARCH_JSON_H

#include "json_writer.h"

#include <jansson.h>
#include <tstream/tstream.h>

/* Written rather than built: there are up to 500 of them in an answer. */
void search_json_result(struct json_writer *writer, const tstream_result *result);

/* All of an answer: a page of the results, the providers, and how they hang together.
 * data is to be freed.  false: memory ran out */
bool search_json_answer(tstream_query *query, const char *text, size_t offset, size_t limit,
                        struct json_writer *out_answer);

/* Each of these gives NULL if memory ran out. */

/* How the providers fare in a query, or by themselves. */
json_t *search_json_query_providers(tstream_query *query);
json_t *search_json_providers(tstream_search *search);

json_t *search_json_cache(tstream_cache *cache);

#endif
