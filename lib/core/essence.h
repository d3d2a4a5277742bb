/**
 * core/essence.h - a .torrent without what its user may not want to share.
 */
#ifndef TSI_CORE_ESSENCE_H
#define TSI_CORE_ESSENCE_H

#include <stddef.h>

/**
 * The info dictionary as it stands and, for v2, the piece layers: what the infohash vouches
 * for.  Trackers, web seeds, comments and the rest, which may hold keys, are left out.  The
 * result is a .torrent of its own.
 *
 * @param bytes      a .torrent (bencoded, BEP 3); not trusted
 * @param out_bytes  yours to free()
 * @return 0; EINVAL (not bencoded, or without info), ENOMEM
 */
int tsi_torrent_essence(const void *bytes, size_t size, void **out_bytes, size_t *out_size);

#endif
