/**
 * store/catalog_common.h - the terms that very many titles have, and which entries have them.
 *
 * FTS5 walks the lists of all terms that are wanted, and those of two that hundreds of
 * thousands of titles have, but none has both, to their ends.  For each of these terms there
 * is a bit for each entry besides, in blocks of entries with neighbouring ids: what has all
 * of some is a few ANDs away (catalog_walk.h), and FTS5 is asked for the others alone, whose
 * lists are short.
 *
 *   common_terms   which terms; at most TSI_CATALOG_MAX_COMMON (catalog_learn.h chooses)
 *   common_bits    one row a term and block; a row that is absent is all zeros
 *
 * The bits are always exact.  Triggers note each title that comes, changes or goes, here, in
 * memory; tsi_catalog_common_flush() writes that down in the same transaction.
 */
#ifndef TSI_STORE_CATALOG_COMMON_H
#define TSI_STORE_CATALOG_COMMON_H

#include <sqlite3.h>
#include <stdint.h>
#include <tstream/base.h>

#include "store/catalog_words.h"

/** A block fits into a page of SQLite's six times over. */
#define TSI_CATALOG_BLOCK_IDS 4096
#define TSI_CATALOG_BLOCK_WORDS (TSI_CATALOG_BLOCK_IDS / 64)

#define TSI_CATALOG_MAX_COMMON 4096

/** The entries of a block: the bit of an id is its lowest twelve bits. */
typedef struct tsi_catalog_bits {
	uint64_t words[TSI_CATALOG_BLOCK_WORDS];
} tsi_catalog_bits;

static inline int64_t tsi_catalog_block_of(int64_t id)
{
	return id >> 12;
}

static inline uint32_t tsi_catalog_bit_of(int64_t id)
{
	return (uint32_t)(id & (TSI_CATALOG_BLOCK_IDS - 1));
}

typedef struct tsi_catalog_common tsi_catalog_common;

/** Of a file of this version.  Both are borrowed.  It knows no terms until it is refreshed.
 *  @return 0; ENOMEM, EIO */
int tsi_catalog_common_open(sqlite3 *db, const tsi_catalog_words *words,
                            tsi_catalog_common **out_common, tstream_error *err);
void tsi_catalog_common_close(tsi_catalog_common *common);

/** First thing in each transaction, and only in one: others may have learned terms, and what is
 *  read must be of one moment.  @return 0; ENOMEM, EIO */
int tsi_catalog_common_refresh(tsi_catalog_common *common, tstream_error *err);
/** The terms in the file are others now. */
void tsi_catalog_common_forget(tsi_catalog_common *common);

/** @return the number of a common term; 0: it is not common */
uint32_t tsi_catalog_common_find(const tsi_catalog_common *common, const char *term, size_t size);

/** Write what was noted if that is much, so that it stays within bounds. */
int tsi_catalog_common_spill(tsi_catalog_common *common, tstream_error *err);
/** Write what was noted.  Last thing in a transaction that is kept. */
int tsi_catalog_common_flush(tsi_catalog_common *common, tstream_error *err);
/** Last thing in one that is not. */
void tsi_catalog_common_drop(tsi_catalog_common *common);

/** The greatest block, up to the one that is given, in which titles may have the term.
 *  @param inout_block  the block that was found
 *  @return 1; 0: there is none; EIO, ENOMEM */
int tsi_catalog_common_read(tsi_catalog_common *common, uint32_t term, int64_t *inout_block,
                            tsi_catalog_bits *out_bits);
/** All zeros are a row less. */
int tsi_catalog_common_write(tsi_catalog_common *common, uint32_t term, int64_t block,
                             const tsi_catalog_bits *bits, tstream_error *err);

#endif
