/**
 * core/window.h - from all readers' cursors to one plan of pieces.
 *
 * A pure function: no clock, no I/O, no memory of its own.  What time has taught about
 * a reader (how quickly it consumes) is an argument.
 *
 * The order it gives
 *   1. URGENT  the piece at a cursor or the one after it, whichever is the first that is
 *              missing; the longest waiting reader first.  A reader with more than that
 *              ahead of it is in no hurry.
 *   2. NEAR    of each reader the next 2 s at its rate, at least 2 pieces, the readers
 *              taking turns in quarters of it so that none starves another
 *   3. INDEX   head and tail of playable files, once the reader's next MiB is here: so
 *              they never delay the first byte
 *   4. AHEAD   the rest of each window, in quarters too
 *   5. KEEP    files the user wants whole
 * Nothing else is wanted, and nothing at all that is here at the front of a range.
 *
 * A window holds 30 s at the reader's rate, at least its readahead_bytes and 2 pieces,
 * at most 256 MiB and max_window_bytes, but always the cursor's own piece.  It never
 * reaches beyond the reader's end.
 */
#ifndef TSI_CORE_WINDOW_H
#define TSI_CORE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"

/** One reader, in bytes of the piece space. */
typedef struct tsi_cursor {
	uint64_t offset;     /**< the cursor */
	uint64_t end;        /**< one beyond the last byte it may read */
	uint64_t file_begin; /**< of the file it reads */
	uint64_t file_end;
	uint64_t readahead_bytes;  /**< at least this much beyond the cursor */
	uint64_t rate_bytes_per_s; /**< how quickly it consumes; 0: not known */
	int64_t waiting_us;        /**< how long it has been waiting; 0: it is not */
	bool wants_index;          /**< its file is a container: head and tail matter */
} tsi_cursor;

typedef struct tsi_window_input {
	uint32_t piece_size;
	uint32_t piece_count;
	const uint64_t *have; /**< bit p & 63 of word p >> 6: piece p is here */
	const tsi_cursor *cursors;
	size_t cursor_count;
	const tsi_plan_range *kept; /**< files the user wants whole; urgency is ignored */
	size_t kept_count;
	uint64_t max_window_bytes; /**< for one reader, from the quota; 0: no bound.  An index
	                                that does not fit in it is not wanted. */
} tsi_window_input;

/** Room for what tsi_window_plan() writes for so many cursors and kept ranges: 12 a
 *  cursor, of which it may give 11 and uses one to remember the readers' order. */
size_t tsi_window_range_bound(size_t cursor_count, size_t kept_count);

/** @param out_ranges  room for tsi_window_range_bound() ranges
 *  @return how many were written; what lies beyond is undefined */
size_t tsi_window_plan(const tsi_window_input *input, tsi_plan_range *out_ranges);

/** One beyond the last byte of the window that tsi_window_plan() gives this cursor; the
 *  cursor's offset if it is at its end. */
uint64_t tsi_window_end(const tsi_window_input *input, const tsi_cursor *cursor);

#endif
