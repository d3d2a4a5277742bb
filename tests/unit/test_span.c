/**
 * Bytes and pieces: by example at the edges, and against a slow but obvious count.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/span.h"
#include "random.h"
#include "suite.h"

#define PIECES 200
#define PIECE_SIZE 7u

static uint64_t have[(PIECES + 63) / 64];

static void set_bit(uint32_t piece)
{
	have[piece >> 6] |= UINT64_C(1) << (piece & 63);
}

static void set_range(uint32_t first, uint32_t end)
{
	memset(have, 0, sizeof(have));
	for (uint32_t piece = first; piece < end; piece++)
		set_bit(piece);
}

START_TEST(a_span_covers_the_pieces_its_bytes_lie_in)
{
	tsi_pieces pieces = tsi_span_pieces(0, 1, 16384);

	ck_assert_uint_eq(pieces.first, 0);
	ck_assert_uint_eq(pieces.end, 1);

	pieces = tsi_span_pieces(16383, 16385, 16384);
	ck_assert_uint_eq(pieces.first, 0);
	ck_assert_uint_eq(pieces.end, 2);

	pieces = tsi_span_pieces(16384, 32768, 16384);
	ck_assert_uint_eq(pieces.first, 1);
	ck_assert_uint_eq(pieces.end, 2);
}
END_TEST

START_TEST(an_empty_span_covers_no_piece)
{
	tsi_pieces pieces = tsi_span_pieces(16384, 16384, 16384);

	ck_assert_uint_eq(pieces.first, pieces.end);
	pieces = tsi_span_pieces(9, 3, 2);
	ck_assert_uint_eq(pieces.first, pieces.end);
}
END_TEST

START_TEST(spans_beyond_four_gibibytes_do_not_wrap)
{
	uint64_t begin = UINT64_C(5) << 40;
	tsi_pieces pieces = tsi_span_pieces(begin, begin + 1, 4u << 20);

	ck_assert_uint_eq(pieces.first, 5u << 18);
	ck_assert_uint_eq(pieces.end, (5u << 18) + 1);
}
END_TEST

START_TEST(the_first_clear_bit_is_found_across_words)
{
	set_range(0, PIECES);
	ck_assert_uint_eq(tsi_bits_first_clear(have, 0, PIECES), PIECES);

	for (uint32_t gap = 0; gap < PIECES; gap++) {
		set_range(0, PIECES);
		have[gap >> 6] &= ~(UINT64_C(1) << (gap & 63));
		ck_assert_uint_eq(tsi_bits_first_clear(have, 0, PIECES), gap);
		ck_assert_uint_eq(tsi_bits_first_clear(have, gap, PIECES), gap);
		ck_assert_uint_eq(tsi_bits_first_clear(have, gap + 1, PIECES), PIECES);
		/* A gap beyond the end is none of ours. */
		ck_assert_uint_eq(tsi_bits_first_clear(have, 0, gap), gap);
	}
}
END_TEST

START_TEST(an_empty_range_has_no_clear_bit)
{
	set_range(0, 0);
	ck_assert_uint_eq(tsi_bits_first_clear(have, 64, 64), 64);
	ck_assert_uint_eq(tsi_bits_first_clear(have, 5, 5), 5);
}
END_TEST

static uint64_t slow_have_bytes(uint64_t begin, uint64_t end)
{
	uint64_t bytes = 0;

	for (uint64_t at = begin; at < end; at++)
		bytes += tsi_bits_get(have, (uint32_t)(at / PIECE_SIZE));
	return bytes;
}

static uint64_t slow_contiguous_end(uint64_t begin, uint64_t end)
{
	uint64_t at = begin;

	while (at < end && tsi_bits_get(have, (uint32_t)(at / PIECE_SIZE)))
		at++;
	return at;
}

START_TEST(counts_agree_with_counting_byte_by_byte)
{
	uint64_t total = (uint64_t)PIECES * PIECE_SIZE;
	uint64_t seed = 1;

	for (int round = 0; round < 300; round++) {
		uint64_t begin = random_below(&seed, total);
		uint64_t end = begin + random_below(&seed, total - begin + 1);
		uint64_t density = 1 + random_below(&seed, 20);

		memset(have, 0, sizeof(have));
		for (uint32_t piece = 0; piece < PIECES; piece++) {
			if (random_below(&seed, 20) < density)
				set_bit(piece);
		}
		ck_assert_uint_eq(tsi_span_have_bytes(have, begin, end, PIECE_SIZE),
		                  slow_have_bytes(begin, end));
		ck_assert_uint_eq(tsi_span_contiguous_end(have, begin, end, PIECE_SIZE),
		                  slow_contiguous_end(begin, end));
	}
}
END_TEST

START_TEST(the_whole_range_is_counted_when_all_is_here)
{
	set_range(0, PIECES);
	ck_assert_uint_eq(tsi_span_have_bytes(have, 3, 3, PIECE_SIZE), 0);
	ck_assert_uint_eq(tsi_span_have_bytes(have, 0, PIECES * PIECE_SIZE, PIECE_SIZE),
	                  PIECES * PIECE_SIZE);
	ck_assert_uint_eq(tsi_span_contiguous_end(have, 4, PIECES * PIECE_SIZE - 2, PIECE_SIZE),
	                  PIECES * PIECE_SIZE - 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("span");
	TCase *tcase = tcase_create("span");

	tcase_add_test(tcase, a_span_covers_the_pieces_its_bytes_lie_in);
	tcase_add_test(tcase, an_empty_span_covers_no_piece);
	tcase_add_test(tcase, spans_beyond_four_gibibytes_do_not_wrap);
	tcase_add_test(tcase, the_first_clear_bit_is_found_across_words);
	tcase_add_test(tcase, an_empty_range_has_no_clear_bit);
	tcase_add_test(tcase, counts_agree_with_counting_byte_by_byte);
	tcase_add_test(tcase, the_whole_range_is_counted_when_all_is_here);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
