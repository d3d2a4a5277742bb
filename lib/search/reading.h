/**
 * search/reading.h - making something of what a provider has answered.
 *
 * Small answers are read at once, on the search's thread.  Large ones take so long (8 MiB of
 * tags: a second) that others would wait for what has arrived: they are read on a thread of
 * their own, one after the other.
 */
#ifndef TSI_SEARCH_READING_H
#define TSI_SEARCH_READING_H

#include "search/web.h"

typedef struct tsi_reading tsi_reading;

/** @param outcome  copied
 *  @return NULL if out of memory */
tsi_reading *tsi_reading_make(const tsi_http_outcome *outcome);

/** On the search's thread: call @p read, there or elsewhere, which finishes the request and
 *  touches nothing that belongs to the search's thread.
 *  @param reading  taken over; NULL finishes the request as out of memory */
void tsi_reading_start(tstream_request *request, tsi_reading *reading, tsi_web_fn read);

#endif
