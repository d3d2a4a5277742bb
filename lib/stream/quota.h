/**
 * stream/quota.h - which data goes when the disk quota is reached.
 *
 * Least recently used first: torrents that are not open, then open ones nobody reads or
 * keeps, then pieces behind the readers of a torrent that alone is larger than the
 * quota.  What a reader's window needs never goes.
 */
#ifndef TSI_STREAM_QUOTA_H
#define TSI_STREAM_QUOTA_H

#include "stream/session.h"

/** What torrents' data takes, open or not.  session->mutex is held. */
uint64_t tsi_quota_used_bytes(const tstream_session *session);

/** Give room back if the quota is nearly reached; note in is_quota_full if nothing can.
 *  The keeper's thread only; no lock is held. */
void tsi_quota_enforce(tstream_session *session);

#endif
