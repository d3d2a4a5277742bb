/**
 * search/provider_torznab.h - a Torznab indexer (https://torznab.github.io/spec-1.3-draft/).
 */
#ifndef TSI_SEARCH_PROVIDER_TORZNAB_H
#define TSI_SEARCH_PROVIDER_TORZNAB_H

#include <tstream/search.h>

/** As tstream_search_add_torznab(). */
int tsi_torznab_add(tstream_search *search, const char *name, const char *url, const char *api_key,
                    tstream_error *err);

#endif
