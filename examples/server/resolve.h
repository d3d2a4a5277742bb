/* resolve.h - from the id of a search's result to what opens a torrent. */
#ifndef SERVER_RESOLVE_H
#define SERVER_RESOLVE_H

#include "locate.h"

/* Fetch it, unless the client goes away.  What *out_source points to lives as long as
 * *out_resolution, which is to be closed, also after a failure.
 * 0; TSTREAM_ENOENT, TSTREAM_ENET, ... or REQUEST_CLIENT_GONE */
int resolve_result(struct request *request, const char *id, tstream_resolution **out_resolution,
                   struct torrent_source *out_source, tstream_error *err);

#endif
