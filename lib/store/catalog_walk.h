/**
 * store/catalog_walk.h - the entries that have all of some common terms, newest first.
 */
#ifndef TSI_STORE_CATALOG_WALK_H
#define TSI_STORE_CATALOG_WALK_H

#include "store/catalog_common.h"

/** Of one query, within one transaction.  Begin with the terms, and tsi_catalog_walk_start(). */
typedef struct tsi_catalog_walk {
	tsi_catalog_common *common;
	size_t term_count;
	uint32_t terms[TSI_CATALOG_MAX_WORDS];
	int64_t block;         /**< the last one with entries that have all terms */
	tsi_catalog_bits bits; /**< those of its entries that were not given yet */
} tsi_catalog_walk;

void tsi_catalog_walk_start(tsi_catalog_walk *walk, tsi_catalog_common *common);

/** Ids must come in descending order.
 *  @return 1: the entry has all terms, as it has if there are none; 0; EIO, ENOMEM */
int tsi_catalog_walk_has(tsi_catalog_walk *walk, int64_t id);

/** There must be a term.  @return 1; 0: no more; EIO, ENOMEM */
int tsi_catalog_walk_next(tsi_catalog_walk *walk, int64_t *out_id);

#endif
