/**
 * core/merge.h - findings of many providers become one list, each torrent once.
 *
 * By infohash: v1 or v2 (a hybrid joins what was listed under either).  What is only known
 * by a link is its own torrent.  The outcome does not depend on who answers first.
 */
#ifndef TSI_CORE_MERGE_H
#define TSI_CORE_MERGE_H

#include "core/finding.h"

#define TSI_MERGE_MAX 5000

typedef struct tsi_merge_item {
	tsi_finding finding;
	bool is_gone; /**< joined with the one at joined_to */
	uint32_t joined_to;
	uint32_t first_change; /**< numbers of the changes that made it and touched it last */
	uint32_t last_change;
} tsi_merge_item;

typedef struct tsi_merge {
	tsi_merge_item *items;
	uint32_t count; /**< gone ones included */
	uint32_t live_count;
	uint32_t capacity;
	uint32_t *slots; /**< open addressing: index + 1 */
	uint32_t slot_count;
} tsi_merge;

void tsi_merge_clear(tsi_merge *merge);

/** Take a finding in: it is the list's afterwards, also on failure.
 *  @param out_index   where it is now
 *  @return 0; ELIMIT, ENOMEM */
int tsi_merge_add(tsi_merge *merge, tsi_finding *finding, uint32_t *out_index);

/** Indexes of those that are not gone and were there before change number @p end, best
 *  first.  @return yours to free(); NULL if out of memory */
uint32_t *tsi_merge_sorted(const tsi_merge *merge, uint32_t end, uint32_t *out_count);

#endif
