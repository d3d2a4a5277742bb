/**
 * core/magnet_public.h - a magnet that may be shown to anybody.
 */
#ifndef TSI_CORE_MAGNET_PUBLIC_H
#define TSI_CORE_MAGNET_PUBLIC_H

#include "core/magnet.h"

/** False for an announce URL in whose path, query or credentials a user's key may be: all
 *  but a bare host, and one with nothing but "/announce" after it. */
bool tsi_tracker_is_public(const char *url);

/** Infohashes, name, and those of its trackers that are public.
 *  @param name  may be NULL
 *  @return yours to free(); NULL if out of memory */
char *tsi_magnet_public(const tsi_magnet *magnet, const char *name);

#endif
