/**
 * search/query.h - somebody who waits for a flight.
 */
#ifndef TSI_SEARCH_QUERY_H
#define TSI_SEARCH_QUERY_H

#include "search/search.h"

int tsi_query_start(tstream_search *search, const char *text, const tstream_query_options *options,
                    tstream_query **out_query, tstream_error *err);
void tsi_query_cancel(tstream_query *query);
void tsi_query_close(tstream_query *query);
int tsi_query_next(tstream_query *query, tstream_result *out_result);
int tsi_query_wait(tstream_query *query, int64_t timeout_us);
int tsi_query_wait_done(tstream_query *query, int64_t timeout_us);
bool tsi_query_is_done(const tstream_query *query);
void tsi_query_get_stats(tstream_query *query, tstream_query_stats *out_stats);
/** @param index  of a provider.  @return false: there is none */
bool tsi_query_get_provider(tstream_query *query, uint32_t index,
                            tstream_provider_state *out_state);
int tsi_query_get_results(tstream_query *query, size_t offset, size_t limit,
                          tstream_results **out_results);

#endif
