/**
 * core/span.h - bytes of a file, pieces of a torrent, and back.
 */
#ifndef TSI_CORE_SPAN_H
#define TSI_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Pieces [first, end) */
typedef struct tsi_pieces {
	uint32_t first;
	uint32_t end;
} tsi_pieces;

/** The pieces that hold the bytes [begin, end) of the piece space; empty if begin >= end. */
tsi_pieces tsi_span_pieces(uint64_t begin, uint64_t end, uint32_t piece_size);

/** @name have-bits: bit p & 63 of word p >> 6
 *  @{ */
static inline size_t tsi_bits_words(uint32_t count)
{
	return ((size_t)count + 63) / 64;
}

static inline bool tsi_bits_get(const uint64_t *bits, uint32_t index)
{
	return (bits[index >> 6] >> (index & 63)) & 1;
}
/** @} */

/** @return the first piece in [from, end) whose bit is clear, or end.  A word at a time. */
uint32_t tsi_bits_first_clear(const uint64_t *bits, uint32_t from, uint32_t end);

/** How many bytes of [begin, end) lie in pieces that are here. */
uint64_t tsi_span_have_bytes(const uint64_t *have, uint64_t begin, uint64_t end,
                             uint32_t piece_size);

/** One beyond the last byte that is here without a gap from begin on, at most end. */
uint64_t tsi_span_contiguous_end(const uint64_t *have, uint64_t begin, uint64_t end,
                                 uint32_t piece_size);

#endif
