/**
 * search/resolution.h - from the id of a result to a magnet or a .torrent.
 */
#ifndef TSI_SEARCH_RESOLUTION_H
#define TSI_SEARCH_RESOLUTION_H

#include "search/search.h"

int tsi_resolution_start(tstream_search *search, const char *id, int64_t timeout_us,
                         tstream_resolution **out_resolution, tstream_error *err);
int tsi_resolution_wait(tstream_resolution *resolution, int64_t timeout_us);
int tsi_resolution_get(tstream_resolution *resolution, const char **out_magnet,
                       const void **out_bytes, size_t *out_size, tstream_error *err);
void tsi_resolution_close(tstream_resolution *resolution);

#endif
