/**
 * core/lockout.h - how many failures there were lately, in a table that never grows.
 *
 * What is counted goes by keys: hashes that strangers cannot aim.  Windows are fixed: the
 * first failure opens one, and when it is over all are forgotten.  When there is no place
 * for another key, the oldest window of those it could have makes way.
 *
 * Not locked: the caller's duty.
 */
#ifndef TSI_CORE_LOCKOUT_H
#define TSI_CORE_LOCKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TSI_LOCKOUT_PLACES 4096

typedef struct tsi_lockout_place {
	uint64_t key;
	int64_t opened_us;
	uint32_t failure_count; /* 0: free */
} tsi_lockout_place;

typedef struct tsi_lockout {
	int64_t window_us;
	tsi_lockout_place places[TSI_LOCKOUT_PLACES];
} tsi_lockout;

typedef struct tsi_lockout_key {
	uint64_t key;
	uint32_t max_failures;
} tsi_lockout_key;

/** Count an attempt as failed, before it is known: of many at once none must slip through.
 *  @return 0; or, if one of the keys has had enough, how long that lasts in microseconds,
 *          and then nothing was counted */
int64_t tsi_lockout_begin(tsi_lockout *lockout, const tsi_lockout_key *keys, size_t count,
                          int64_t now_us);

/** It was no failure: take back what tsi_lockout_begin() counted. */
void tsi_lockout_undo(tsi_lockout *lockout, const tsi_lockout_key *keys, size_t count,
                      int64_t now_us);

/** Forget the failures of one key. */
void tsi_lockout_forget(tsi_lockout *lockout, const tsi_lockout_key *key, int64_t now_us);

#endif
