/* finder.h - what searches need: a cache, the catalogue, and the providers the settings name. */
#ifndef SERVER_FINDER_H
#define SERVER_FINDER_H

#include "log.h"
#include "settings.h"

#include <tstream/tstream.h>

struct finder {
	tstream_cache *cache;
	tstream_catalog *catalog; /* NULL: this build or this file can have none */
	tstream_search *search;
};

/* The cache comes first, for the session is given it.  0; a TSTREAM_E code and err */
int finder_open_cache(struct finder *finder, const struct settings *settings, tstream_error *err);

/* The rest, once the data directory is there.  What cannot be had is warned of and left out; what
 * the settings say wrongly is an error.  0; a TSTREAM_E code and err */
int finder_open(struct finder *finder, const struct settings *settings, const struct log *log,
                tstream_error *err);

/* NULL members are fine. */
void finder_close(struct finder *finder);

/* Let a torrent whose files are known be found by its name. */
void finder_learn(struct finder *finder, tstream_session *session, const char *infohash);

#endif
