/**
 * store/catalog_none.c - in place of the catalogue, in a library built without SQLite.
 *
 * None can be opened, so that nothing else is ever called.
 */
#include "base/log.h"
#include "store/catalog.h"

const char tsi_catalog_films[] = "";

int tsi_catalog_open(const char *path, uint32_t flags, tstream_catalog **out_catalog,
                     tstream_error *err)
{
	(void)path;
	(void)flags;
	(void)out_catalog;
	return tsi_fail(err, TSTREAM_ENOTSUP,
	                "This build of the library has no catalogue; build it with SQLite.");
}

tstream_catalog *tsi_catalog_ref(tstream_catalog *catalog)
{
	return catalog;
}

void tsi_catalog_unref(tstream_catalog *catalog)
{
	(void)catalog;
}

int tsi_catalog_put(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                    tstream_error *err)
{
	(void)catalog;
	(void)row;
	(void)keep_known;
	return tsi_fail(err, TSTREAM_ENOTSUP, "no catalogue");
}

int tsi_catalog_put_held(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                         tstream_error *err)
{
	return tsi_catalog_put(catalog, row, keep_known, err);
}

int tsi_catalog_begin(tstream_catalog *catalog, tstream_error *err)
{
	(void)catalog;
	return tsi_fail(err, TSTREAM_ENOTSUP, "no catalogue");
}

int tsi_catalog_end(tstream_catalog *catalog, int code, tstream_error *err)
{
	(void)catalog;
	(void)code;
	return tsi_fail(err, TSTREAM_ENOTSUP, "no catalogue");
}

void tsi_catalog_tidy(tstream_catalog *catalog)
{
	(void)catalog;
}

int tsi_catalog_remove(tstream_catalog *catalog, const tsi_infohash *infohash)
{
	(void)catalog;
	(void)infohash;
	return TSTREAM_ENOTSUP;
}

int64_t tsi_catalog_count(tstream_catalog *catalog)
{
	(void)catalog;
	return TSTREAM_ENOTSUP;
}

int tsi_catalog_find(tstream_catalog *catalog, const char *text, uint32_t limit,
                     tsi_catalog_found_fn found, void *user)
{
	(void)catalog;
	(void)text;
	(void)limit;
	(void)found;
	(void)user;
	return TSTREAM_ENOTSUP;
}
