/**
 * core/span.c - bytes of a file, pieces of a torrent, and back.
 */
#include "core/span.h"

#include <assert.h>

tsi_pieces tsi_span_pieces(uint64_t begin, uint64_t end, uint32_t piece_size)
{
	tsi_pieces pieces;

	assert(piece_size > 0);
	pieces.first = (uint32_t)(begin / piece_size);
	pieces.end = pieces.first;
	if (begin < end)
		pieces.end = (uint32_t)((end - 1) / piece_size + 1);
	return pieces;
}

/* The bits from bit_index on, as a mask within one word. */
static uint64_t mask_from(uint32_t bit_index)
{
	return UINT64_MAX << (bit_index & 63);
}

uint32_t tsi_bits_first_clear(const uint64_t *bits, uint32_t from, uint32_t end)
{
	uint64_t mask = mask_from(from);

	/* 64-bit, because the word after the last may begin beyond UINT32_MAX. */
	for (uint64_t base = from & ~63u; base < end; base += 64) {
		uint64_t clear = ~bits[base >> 6] & mask;

		if (clear) {
			uint64_t found = base + (uint64_t)__builtin_ctzll(clear);

			return found < end ? (uint32_t)found : end;
		}
		mask = UINT64_MAX;
	}
	return end;
}

static uint64_t count_set(const uint64_t *bits, uint32_t from, uint32_t end)
{
	uint64_t mask = mask_from(from);
	uint64_t count = 0;

	for (uint64_t base = from & ~63u; base < end; base += 64) {
		if (end - base < 64)
			mask &= ~mask_from(end);
		count += (uint64_t)__builtin_popcountll(bits[base >> 6] & mask);
		mask = UINT64_MAX;
	}
	return count;
}

uint64_t tsi_span_have_bytes(const uint64_t *have, uint64_t begin, uint64_t end,
                             uint32_t piece_size)
{
	tsi_pieces pieces = tsi_span_pieces(begin, end, piece_size);
	uint64_t bytes;

	if (pieces.first == pieces.end)
		return 0;
	/* Whole pieces first; then what of the outer two lies outside. */
	bytes = count_set(have, pieces.first, pieces.end) * piece_size;
	if (tsi_bits_get(have, pieces.first))
		bytes -= begin - (uint64_t)pieces.first * piece_size;
	if (tsi_bits_get(have, pieces.end - 1))
		bytes -= (uint64_t)pieces.end * piece_size - end;
	return bytes;
}

uint64_t tsi_span_contiguous_end(const uint64_t *have, uint64_t begin, uint64_t end,
                                 uint32_t piece_size)
{
	tsi_pieces pieces = tsi_span_pieces(begin, end, piece_size);
	uint32_t missing = tsi_bits_first_clear(have, pieces.first, pieces.end);

	if (missing == pieces.end)
		return end;
	if (missing == pieces.first)
		return begin;
	return (uint64_t)missing * piece_size;
}
