#include <tstream/catalog.h>

#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

#include "api/structs.h"
#include "base/log.h"
#include "core/magnet_public.h"
#include "store/catalog.h"

/* Newznab's numbers. */
#define CATEGORY_MOVIES 2000
#define CATEGORY_AUDIO 3000
#define CATEGORY_OTHER 8000

int tstream_catalog_open(const char *path, uint32_t flags, tstream_catalog **out_catalog,
                         tstream_error *err)
{
	if (!path || !*path || !out_catalog)
		return tsi_fail(err, TSTREAM_EINVAL, "path and out_catalog are required");
	if (flags & ~(uint32_t)TSTREAM_CATALOG_EMPTY)
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: unknown flags 0x%x", flags);
	return tsi_catalog_open(path, flags, out_catalog, err);
}

void tstream_catalog_close(tstream_catalog *catalog)
{
	if (catalog)
		tsi_catalog_unref(catalog);
}

void tstream_catalog_entry_init(tstream_catalog_entry *entry)
{
	if (entry)
		*entry = (tstream_catalog_entry)TSTREAM_CATALOG_ENTRY_INIT;
}

static int put(tstream_catalog *catalog, const tstream_catalog_entry *entry, bool keep_known,
               tstream_error *err)
{
	tsi_catalog_row row;
	char *title = NULL;
	int code = tsi_catalog_make_row(entry, &row, &title, err);
	if (code != TSTREAM_OK)
		return code;
	code = tsi_catalog_put(catalog, &row, keep_known, err);
	free(title);
	return code;
}

int tstream_catalog_add(tstream_catalog *catalog, const tstream_catalog_entry *entry,
                        tstream_error *err)
{
	tstream_catalog_entry ours = TSTREAM_CATALOG_ENTRY_INIT;
	if (!catalog || !entry || !tsi_struct_in(&ours, sizeof(ours), entry))
		return tsi_fail(err, TSTREAM_EINVAL, "catalog and entry are required, with struct_size");
	return put(catalog, &ours, false, err);
}

static uint32_t category_of(const tstream_torrent *torrent)
{
	tstream_file file = TSTREAM_FILE_INIT;
	int64_t index = tstream_torrent_get_default_file(torrent);
	if (index < 0 || tstream_torrent_get_file(torrent, (uint32_t)index, &file) != TSTREAM_OK)
		return CATEGORY_OTHER;
	if (file.media_kind == TSTREAM_MEDIA_VIDEO)
		return CATEGORY_MOVIES;
	return file.media_kind == TSTREAM_MEDIA_AUDIO ? CATEGORY_AUDIO : CATEGORY_OTHER;
}

/** @param out_magnet  what may be shown of the torrent's; yours to free() */
static int make_public_magnet(tstream_torrent *torrent, char **out_magnet, tstream_error *err)
{
	tsi_magnet parsed;
	char *whole = tstream_torrent_magnet_copy(torrent);
	if (!whole)
		return tsi_fail(err, TSTREAM_ECANCELED, "the torrent was removed");
	int code = tsi_magnet_parse(whole, &parsed, err);
	free(whole);
	if (code != TSTREAM_OK)
		return code;
	*out_magnet = tsi_magnet_public(&parsed, tstream_torrent_get_name(torrent));
	tsi_magnet_clear(&parsed);
	return *out_magnet ? TSTREAM_OK : tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
}

int tstream_catalog_add_torrent(tstream_catalog *catalog, tstream_torrent *torrent,
                                tstream_error *err)
{
	tstream_catalog_entry entry = TSTREAM_CATALOG_ENTRY_INIT;
	char *magnet = NULL;
	if (!catalog || !torrent)
		return tsi_fail(err, TSTREAM_EINVAL, "catalog and torrent are required");
	if (tstream_torrent_get_default_file(torrent) == TSTREAM_EAGAIN)
		return tsi_fail(err, TSTREAM_EAGAIN, "the torrent's metadata is not known yet");
	int code = make_public_magnet(torrent, &magnet, err);
	if (code != TSTREAM_OK)
		return code;
	entry.title = tstream_torrent_get_name(torrent);
	entry.magnet = magnet;
	entry.size = (int64_t)tstream_torrent_get_size(torrent);
	entry.category = category_of(torrent);
	code = put(catalog, &entry, true, err);
	free(magnet);
	return code;
}

int tstream_catalog_import(tstream_catalog *catalog, const char *text, size_t size,
                           size_t *out_count, tstream_error *err)
{
	if (!catalog || (!text && size))
		return tsi_fail(err, TSTREAM_EINVAL, "catalog and text are required");
	return tsi_catalog_import(catalog, text, size, out_count, err);
}

int tstream_catalog_remove(tstream_catalog *catalog, const char *infohash)
{
	tsi_infohash parsed;
	if (!catalog || !infohash || tsi_infohash_parse(infohash, &parsed) != TSTREAM_OK)
		return TSTREAM_EINVAL;
	return tsi_catalog_remove(catalog, &parsed);
}

int64_t tstream_catalog_get_count(tstream_catalog *catalog)
{
	return catalog ? tsi_catalog_count(catalog) : TSTREAM_EINVAL;
}
