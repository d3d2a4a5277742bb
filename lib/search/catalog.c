/**
 * search/catalog.c - the local catalogue as one provider among others, through the door
 * that programs use for theirs.
 */
#include "store/catalog.h"

#include <stdio.h>
#include <tstream/search.h>

#include "base/log.h"

/* More of one catalogue than people page through; each row costs a read. */
#define MAX_RESULTS 500

/** Without a magnet the library makes one of the infohash. */
static bool on_found(void *user, const tsi_catalog_row *row)
{
	char digits[TSTREAM_INFOHASH_BYTES];
	tstream_found found = TSTREAM_FOUND_INIT;
	tsi_infohash_format(&row->infohash, digits);
	found.title = row->title;
	found.infohash = digits;
	found.magnet = row->magnet;
	found.category = row->category;
	found.size = row->size;
	found.published_s = row->published_s;
	/* One that cannot be meant is left out; a search that is over, or full, ends it. */
	int code = tstream_request_add(user, &found);
	return code == TSTREAM_OK || code == TSTREAM_EINVAL;
}

static void search(void *user, tstream_request *request)
{
	uint32_t limit = tstream_request_get_limit(request);
	int code = tsi_catalog_find(user, tstream_request_get_text(request),
	                            limit < MAX_RESULTS ? limit : MAX_RESULTS, on_found, request);
	if (code == TSTREAM_OK)
		tstream_request_finish(request, TSTREAM_PROVIDER_OK, 0, NULL);
	else
		tstream_request_finish(request, TSTREAM_PROVIDER_NETWORK, 0,
		                       "the catalogue's file cannot be read");
}

static void close_catalog(void *user)
{
	tsi_catalog_unref(user);
}

int tstream_search_add_catalog(tstream_search *where, const char *name, tstream_catalog *catalog,
                               tstream_error *err)
{
	const tstream_provider_vtable vtable = {
	    .struct_size = sizeof(vtable),
	    .flags = TSTREAM_PROVIDER_BLOCKING | TSTREAM_PROVIDER_PUBLIC | TSTREAM_PROVIDER_LOCAL,
	    .kind = "catalog",
	    .search = search,
	    .close = close_catalog};
	if (!where || !catalog)
		return tsi_fail(err, TSTREAM_EINVAL, "search and catalog are required");
	tsi_catalog_ref(catalog);
	int code = tstream_search_add_provider(where, name, &vtable, catalog, err);
	if (code != TSTREAM_OK)
		tsi_catalog_unref(catalog);
	return code;
}
