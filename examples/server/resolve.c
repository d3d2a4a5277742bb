#include "resolve.h"

/* It is the provider that went wrong, not the request. */
static int blame_provider(int code)
{
	return code == TSTREAM_EINVAL || code == TSTREAM_EACCES ? TSTREAM_ENET : code;
}

int resolve_result(struct request *request, const char *id, tstream_resolution **out_resolution,
                   struct torrent_source *out_source, tstream_error *err)
{
	*out_resolution = NULL;
	int code = tstream_search_resolve(request->server->finder.search, id, 0, out_resolution, err);
	if (code)
		return code;
	while (tstream_resolution_wait(*out_resolution, REQUEST_WAIT_SLICE_US) == TSTREAM_ETIMEDOUT) {
		if (request_is_abandoned(request))
			return REQUEST_CLIENT_GONE;
	}
	code = tstream_resolution_get(*out_resolution, &out_source->magnet, &out_source->bytes,
	                              &out_source->size, err);
	return blame_provider(code);
}
