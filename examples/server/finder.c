#include "finder.h"

#include "source_list.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 4096

int finder_open_cache(struct finder *finder, const struct settings *settings, tstream_error *err)
{
	tstream_cache_options options = TSTREAM_CACHE_OPTIONS_INIT;

	options.max_bytes = settings->cache_bytes;
	return tstream_cache_open(settings->redis_url ? settings->redis_url : "memory:", &options,
	                          &finder->cache, err);
}

/* -- the catalogue -------------------------------------------------------- */

static int open_catalog(struct finder *finder, const struct settings *settings, tstream_error *err)
{
	char path[PATH_BYTES];
	int size = snprintf(path, sizeof(path), "%s/catalog.db", settings->data_dir);

	if (size < 0 || (size_t)size >= sizeof(path)) {
		snprintf(err->message, sizeof(err->message), "the data directory's path is too long");
		return TSTREAM_EINVAL;
	}
	return tstream_catalog_open(path, 0, &finder->catalog, err);
}

static int add_catalog(struct finder *finder, const struct settings *settings,
                       const struct log *log)
{
	tstream_error err = {0};
	int code = open_catalog(finder, settings, &err);

	if (code == 0)
		code = tstream_search_add_catalog(finder->search, "catalog", finder->catalog, &err);
	if (code)
		log_line(log, LOG_LEVEL_WARNING, "%s",
		         err.message); /* a broken file must not keep films from being watched */
	return 0;
}

void finder_learn(struct finder *finder, tstream_session *session, const char *infohash)
{
	tstream_torrent *torrent;

	if (!finder->catalog || tstream_torrent_find(session, infohash, &torrent))
		return;
	(void)tstream_catalog_add_torrent(finder->catalog, torrent, NULL);
	tstream_torrent_unref(torrent);
}

/* -- the others ----------------------------------------------------------- */

static int add_archive(struct finder *finder, const struct settings *settings,
                       const struct log *log, tstream_error *err)
{
	if (settings->no_archive)
		return 0;
	int code = tstream_search_add_archive(finder->search, "archive", settings->archive_url, err);
	if (code == TSTREAM_ENOTSUP && !settings->archive_url) {
		log_line(log, LOG_LEVEL_WARNING, "%s", err->message); /* nobody has asked for it */
		return 0;
	}
	return code;
}

static int add_torznab(void *user, const char *name, const char *url, tstream_error *err)
{
	return tstream_search_add_torznab(user, name, url, NULL, err);
}

static int add_feed(void *user, const char *name, const char *url, tstream_error *err)
{
	return tstream_search_add_feed(user, name, url, err);
}

int finder_open(struct finder *finder, const struct settings *settings, const struct log *log,
                tstream_error *err)
{
	tstream_search_options options = TSTREAM_SEARCH_OPTIONS_INIT;

	options.cache = finder->cache;
	options.max_queries = (uint32_t)settings->max_searches;
	int code = tstream_search_open(&options, &finder->search, err);
	if (code == 0)
		code = add_catalog(finder, settings, log);
	if (code == 0)
		code = add_archive(finder, settings, log, err);
	if (code == 0)
		code = source_list_read("torznab", settings->torznab_urls, settings->torznab_file,
		                        add_torznab, finder->search, err);
	if (code == 0)
		code = source_list_read("feed", settings->feed_urls, NULL, add_feed, finder->search, err);
	return code;
}

void finder_close(struct finder *finder)
{
	tstream_search_close(finder->search);
	tstream_catalog_close(finder->catalog);
	tstream_cache_close(finder->cache);
}
