/**
 * search/provider_archive.h - the Internet Archive's advanced search.
 */
#ifndef TSI_SEARCH_PROVIDER_ARCHIVE_H
#define TSI_SEARCH_PROVIDER_ARCHIVE_H

#include <tstream/search.h>

/** As tstream_search_add_archive(). */
int tsi_archive_add(tstream_search *search, const char *name, const char *url, tstream_error *err);

#endif
