/**
 * stream/metadata_cache.h - metadata of torrents by way of a cache: "magnet:<infohash>".
 *
 * A thread of its own asks and tells the cache, so that nobody who opens a torrent ever
 * waits for it.  What comes from there is believed only as far as the infohash vouches
 * for it.  Without a cache all of these do nothing.
 */
#ifndef TSI_STREAM_METADATA_CACHE_H
#define TSI_STREAM_METADATA_CACHE_H

#include "stream/session.h"

/** @param cache  held until stop; NULL is fine */
int tsi_metadata_cache_start(tstream_session *session, tstream_cache *cache, tstream_error *err);
/** Waits for what is under way. */
void tsi_metadata_cache_stop(tstream_session *session);
/** After stop, when nobody can ask it any more. */
void tsi_metadata_cache_free(tstream_session *session);
/** A magnet was opened: look whether its metadata is known.  Any thread, any lock held. */
void tsi_metadata_cache_look(tstream_session *session, const char *infohash);
/** Metadata has come: keep it for others.  Any thread, any lock held. */
void tsi_metadata_cache_keep(tstream_session *session, const char *infohash);

#endif
