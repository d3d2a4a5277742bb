/**
 * core/magnet.h - magnet URIs (BEP 9, BEP 53) and bare infohashes.
 *
 * Strict about what names the torrent, lenient about the rest: an unknown parameter is
 * skipped, a tracker that is no URL is dropped, a wrong hash is an error with a
 * sentence.  Bounded: TSTREAM_MAX_MAGNET_BYTES in, at most TSI_MAGNET_MAX_ITEMS of
 * each list out.
 */
#ifndef TSI_CORE_MAGNET_H
#define TSI_CORE_MAGNET_H

#include <stddef.h>
#include <tstream/base.h>

#include "engine/engine.h"

#define TSI_MAGNET_MAX_ITEMS 64

typedef struct tsi_magnet {
	tsi_infohash infohash;
	char *name; /**< dn, or NULL */
	char *trackers[TSI_MAGNET_MAX_ITEMS];
	size_t tracker_count;
	char *web_seeds[TSI_MAGNET_MAX_ITEMS]; /**< ws */
	size_t web_seed_count;
	char *sources[TSI_MAGNET_MAX_ITEMS]; /**< xs, as: http(s) URLs of the .torrent */
	size_t source_count;
	char *peers[TSI_MAGNET_MAX_ITEMS]; /**< x.pe, "address:port" */
	size_t peer_count;
} tsi_magnet;

/** @param text  a magnet URI, or 40 or 64 hexadecimal or 32 base32 digits
 *  @return 0 (then tsi_magnet_clear() when done), EINVAL, ENOMEM */
int tsi_magnet_parse(const char *text, tsi_magnet *out_magnet, tstream_error *err);

void tsi_magnet_clear(tsi_magnet *magnet);

/** @param text  40 or 64 hexadecimal digits, nothing else
 *  @return 0, EINVAL */
int tsi_infohash_parse(const char *text, tsi_infohash *out_infohash);

/** The name of a torrent in this library: v1, or v2 if there is no other; lower case. */
void tsi_infohash_format(const tsi_infohash *infohash, char out_text[TSTREAM_INFOHASH_BYTES]);

#endif
