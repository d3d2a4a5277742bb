/**
 * search/results.h - findings as they are shown: copies with their strings beside them.
 */
#ifndef TSI_SEARCH_RESULTS_H
#define TSI_SEARCH_RESULTS_H

#include "search/search.h"

struct tstream_results {
	size_t count;
	size_t total;
	tstream_result *items;
	char **texts; /**< what each item's strings are in */
};

/** Room for @p capacity.  @return NULL if out of memory */
tstream_results *tsi_results_make(size_t capacity);

/** Append a copy.  @return false if out of memory */
bool tsi_results_add(tstream_results *results, const tsi_finding *finding,
                     const tsi_answer *answer);

void tsi_results_free(tstream_results *results);

#endif
