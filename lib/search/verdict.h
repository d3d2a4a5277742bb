/**
 * search/verdict.h - from an answer in XML to a status and a sentence.
 */
#ifndef TSI_SEARCH_VERDICT_H
#define TSI_SEARCH_VERDICT_H

#include "search/items.h"
#include "search/web.h"

/** @param verdict  what HTTP alone says, refined here */
void tsi_verdict_of_items(const tsi_items_report *report, const tsi_http_outcome *outcome,
                          tsi_verdict *verdict);

#endif
