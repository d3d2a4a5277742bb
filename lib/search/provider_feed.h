/**
 * search/provider_feed.h - an RSS or Atom feed.
 */
#ifndef TSI_SEARCH_PROVIDER_FEED_H
#define TSI_SEARCH_PROVIDER_FEED_H

#include <tstream/search.h>

/** As tstream_search_add_feed(). */
int tsi_feed_add(tstream_search *search, const char *name, const char *url, tstream_error *err);

#endif
