/**
 * stream/exact_source.h - metadata of magnets that say where their .torrent lies ("xs=", of the
 * magnet URI scheme).
 *
 * Torrents of archives live by their web seeds and may have no peer that could give the metadata.
 * What comes is believed only as far as the infohash vouches for it.  A thread of its own, begun
 * with the first such magnet, fetches at most MAX_FETCHES at once; beyond that, and without
 * libcurl, peers remain.
 */
#ifndef TSI_STREAM_EXACT_SOURCE_H
#define TSI_STREAM_EXACT_SOURCE_H

#include "stream/session.h"

/** @return NULL if out of memory
 *  @param allow_private  links may lead to addresses that are not public */
struct tsi_exact_sources *tsi_exact_sources_new(bool allow_private);
/** A magnet was opened whose metadata is not known: fetch it if the magnet says from where.
 *  Never waits. */
void tsi_exact_sources_add(tstream_session *session, const char *infohash,
                           const tsi_magnet *magnet);
/** What is under way is forgotten.  Waits for the thread, not for the network. */
void tsi_exact_sources_stop(tstream_session *session);
/** After stop, when nobody can ask it any more. */
void tsi_exact_sources_free(struct tsi_exact_sources *sources);

#endif
