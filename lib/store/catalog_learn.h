/**
 * store/catalog_learn.h - which terms are common: looked for in a sample of the titles.
 */
#ifndef TSI_STORE_CATALOG_LEARN_H
#define TSI_STORE_CATALOG_LEARN_H

#include <stdbool.h>

#include "store/catalog_common.h"

/** Fewer entries are walked in no time. */
#define TSI_CATALOG_LEARN_ENTRIES 8192

/** @return whether so many entries came or went since the last time that other terms are common */
bool tsi_catalog_learn_is_due(sqlite3 *db);

/**
 * Look for common terms, and write down which entries have the new ones.  A transaction of its
 * own; without it queries are slower, never wrong.
 *
 * A term is common if at least one title of 64 has it, and until fewer than one of 256 do.
 * That is up to 20,000 entries of a million that FTS5 walks for any other: 1 ms.  It is looked
 * for again after every sixteenth that the ids grow, or 65,536 entries.  A sample of 4,096 titles
 * takes some 30 ms, a new term some milliseconds for each 100,000 titles that have it.
 */
int tsi_catalog_learn(sqlite3 *db, const tsi_catalog_words *words, tsi_catalog_common *common,
                      tstream_error *err);

#endif
