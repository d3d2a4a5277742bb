#include "store/catalog_walk.h"

#include <stdbool.h>
#include <stdint.h>

/* Below all blocks. */
#define NOWHERE INT64_MIN

void tsi_catalog_walk_start(tsi_catalog_walk *walk, tsi_catalog_common *common)
{
	walk->common = common;
	walk->block = INT64_MAX;
	walk->bits = (tsi_catalog_bits){{0}};
}

/** @return whether any is left */
static bool keep_common(tsi_catalog_bits *bits, const tsi_catalog_bits *others)
{
	uint64_t any = 0;
	for (size_t i = 0; i < TSI_CATALOG_BLOCK_WORDS; i++)
		any |= bits->words[i] &= others->words[i];
	return any != 0;
}

/** Go to the greatest block up to this one with entries that have all terms; NOWHERE if there is
 *  none.  Each term in turn takes the block it is asked for, or names the next one below.
 *  @return 0; EIO, ENOMEM */
static int seek(tsi_catalog_walk *walk, int64_t block)
{
	size_t agreed = 0;
	for (size_t i = 0; agreed < walk->term_count; i = (i + 1) % walk->term_count) {
		tsi_catalog_bits bits;
		int64_t found = block;
		int code = tsi_catalog_common_read(walk->common, walk->terms[i], &found, &bits);
		if (code < 0)
			return code;
		if (code == 0) {
			walk->block = NOWHERE;
			return TSTREAM_OK;
		}
		if (agreed == 0 || found != block)
			walk->bits = bits;
		agreed = found == block ? agreed + 1 : 1;
		block = found;
		if (!keep_common(&walk->bits, &bits)) {
			agreed = 0;
			block--;
		}
	}
	walk->block = block;
	return TSTREAM_OK;
}

int tsi_catalog_walk_has(tsi_catalog_walk *walk, int64_t id)
{
	int64_t block = tsi_catalog_block_of(id);
	uint32_t bit = tsi_catalog_bit_of(id);
	if (walk->term_count == 0)
		return 1;
	if (block < walk->block) {
		int code = seek(walk, block);
		if (code < 0)
			return code;
	}
	return walk->block == block && (walk->bits.words[bit >> 6] >> (bit & 63) & 1);
}

int tsi_catalog_walk_next(tsi_catalog_walk *walk, int64_t *out_id)
{
	while (walk->block != NOWHERE) {
		for (int word = TSI_CATALOG_BLOCK_WORDS - 1; word >= 0; word--) {
			if (walk->bits.words[word] == 0)
				continue;
			int bit = 63 - __builtin_clzll(walk->bits.words[word]);
			walk->bits.words[word] ^= UINT64_C(1) << bit;
			*out_id = walk->block * TSI_CATALOG_BLOCK_IDS + word * 64 + bit;
			return 1;
		}
		int code = seek(walk, walk->block - 1);
		if (code < 0)
			return code;
	}
	return 0;
}
