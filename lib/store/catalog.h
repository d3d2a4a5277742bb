/**
 * store/catalog.h - the catalogue's file: entries, and the words of their titles.
 */
#ifndef TSI_STORE_CATALOG_H
#define TSI_STORE_CATALOG_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/catalog.h>

#include "core/magnet.h"

/** As tstream_catalog_open(). */
int tsi_catalog_open(const char *path, uint32_t flags, tstream_catalog **out_catalog,
                     tstream_error *err);
tstream_catalog *tsi_catalog_ref(tstream_catalog *catalog);
void tsi_catalog_unref(tstream_catalog *catalog);

/** An entry as it lies in the file. */
typedef struct tsi_catalog_row {
	tsi_infohash infohash;
	const char *title;  /**< printable, not empty */
	const char *magnet; /**< NULL: the infohash is all there is */
	uint32_t category;
	int64_t size;
	int64_t published_s;
} tsi_catalog_row;

/** Check what a program says of an entry, and make its title fit to be shown.
 *  @param out_row  lends from @p entry
 *  @param out_title  what the row's title points to; yours to free()
 *  @return 0; EINVAL, ENOMEM */
int tsi_catalog_make_row(const tstream_catalog_entry *entry, tsi_catalog_row *out_row,
                         char **out_title, tstream_error *err);

/** @param keep_known  true: one that is there stays */
int tsi_catalog_put(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                    tstream_error *err);
/** Hold the file for many puts: they are one transaction, and others wait meanwhile. */
int tsi_catalog_begin(tstream_catalog *catalog, tstream_error *err);
/** The end of it.  @param code  what became of the puts; if not 0 they are undone
 *  @return @p code, or why they cannot be kept */
int tsi_catalog_end(tstream_catalog *catalog, int code, tstream_error *err);
/** Within tsi_catalog_begin() and _end(). */
int tsi_catalog_put_held(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                         tstream_error *err);
/** After very many puts: queries are quicker then.  Takes a second or two for a million, and
 *  others wait meanwhile. */
void tsi_catalog_tidy(tstream_catalog *catalog);
int tsi_catalog_remove(tstream_catalog *catalog, const tsi_infohash *infohash);
int64_t tsi_catalog_count(tstream_catalog *catalog);

/** One that was found; lent for the call.  @return false to stop */
typedef bool (*tsi_catalog_found_fn)(void *user, const tsi_catalog_row *row);

/** Newest first, at most @p limit.
 *  @return 0; EIO, ENOMEM */
int tsi_catalog_find(tstream_catalog *catalog, const char *text, uint32_t limit,
                     tsi_catalog_found_fn found, void *user);

/** Lines as of tstream_catalog_import(): the films a new catalogue begins with. */
extern const char tsi_catalog_films[];
/** Put them, within a transaction. */
int tsi_catalog_put_films_held(tstream_catalog *catalog, tstream_error *err);

/** As tstream_catalog_import(). */
int tsi_catalog_import(tstream_catalog *catalog, const char *text, size_t size, size_t *out_count,
                       tstream_error *err);

#endif
