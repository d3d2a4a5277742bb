/**
 * core/window.c - from all readers' cursors to one plan of pieces.
 *
 * Readers are served in one order throughout, the longest waiting first.  That order,
 * and each reader's first missing piece, are kept in the last cursor_count elements of
 * the caller's array while the plan grows from its front: RANGES_PER_CURSOR pays for
 * them, so the two never meet.
 */
#include "core/window.h"

#include <assert.h>

#include "core/span.h"

#define MIB (UINT64_C(1) << 20)
#define WINDOW_S 30                  /* a window holds this much of playback ... */
#define MAX_WINDOW_BYTES (256 * MIB) /* ... but no more than this, and */
#define MIN_WINDOW_PIECES 2          /* never so little that the next piece waits for the cursor */
#define NEAR_S 2
#define INDEX_HEAD_BYTES MIB       /* an MP4 with its index first; EBML head and seek head */
#define INDEX_TAIL_BYTES (2 * MIB) /* moov or cues at the end */
#define INDEX_AFTER_BYTES MIB      /* beyond the cursor, before the index is thought of */

/* Readers take turns a chunk at a time: finer than this costs ranges and gains little. */
#define CHUNKS 4
/* URGENT, the chunks of NEAR, two of INDEX, the chunks of AHEAD, and the order's slot. */
#define RANGES_PER_CURSOR (1 + CHUNKS + 2 + CHUNKS + 1)

typedef struct planner {
	const tsi_window_input *input;
	tsi_plan_range *ranges;
	size_t count;
	tsi_plan_range *order; /* first_piece: which cursor; end_piece: its first missing piece */
} planner;

size_t tsi_window_range_bound(size_t cursor_count, size_t kept_count)
{
	return cursor_count * RANGES_PER_CURSOR + kept_count;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Rates and readaheads come from measurements and callers: too much means "a lot". */
static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t rate_times(const tsi_cursor *cursor, uint64_t seconds)
{
	uint64_t rate = cursor->rate_bytes_per_s;

	return rate > UINT64_MAX / seconds ? UINT64_MAX : rate * seconds;
}

static uint64_t window_bytes(const tsi_window_input *input, const tsi_cursor *cursor)
{
	uint64_t bytes = max_u64(cursor->readahead_bytes, rate_times(cursor, WINDOW_S));

	bytes = max_u64(bytes, (uint64_t)MIN_WINDOW_PIECES * input->piece_size);
	bytes = min_u64(bytes, MAX_WINDOW_BYTES);
	if (input->max_window_bytes)
		bytes = min_u64(bytes, input->max_window_bytes);
	return bytes;
}

uint64_t tsi_window_end(const tsi_window_input *input, const tsi_cursor *cursor)
{
	uint64_t space_end = (uint64_t)input->piece_count * input->piece_size;
	uint64_t cursor_piece_end;
	uint64_t window_end;

	if (cursor->offset >= cursor->end)
		return cursor->offset;
	/* A window that ends before the cursor's piece does would never let it read. */
	cursor_piece_end = (cursor->offset / input->piece_size + 1) * input->piece_size;
	window_end = add_saturating(cursor->offset, window_bytes(input, cursor));
	window_end = max_u64(window_end, cursor_piece_end);
	return min_u64(min_u64(window_end, cursor->end), max_u64(space_end, cursor->offset));
}

static tsi_pieces pieces_of(const tsi_window_input *input, uint64_t begin, uint64_t end)
{
	uint64_t space_end = (uint64_t)input->piece_count * input->piece_size;

	end = min_u64(end, space_end);
	return tsi_span_pieces(min_u64(begin, end), end, input->piece_size);
}

static tsi_pieces window_pieces(const tsi_window_input *input, const tsi_cursor *cursor)
{
	return pieces_of(input, cursor->offset, tsi_window_end(input, cursor));
}

/* One beyond the last piece of the next seconds. */
static uint32_t near_end(const tsi_window_input *input, const tsi_cursor *cursor)
{
	uint64_t window_end = tsi_window_end(input, cursor);
	uint64_t bytes =
	    max_u64((uint64_t)MIN_WINDOW_PIECES * input->piece_size, rate_times(cursor, NEAR_S));
	uint64_t end = min_u64(add_saturating(cursor->offset, bytes), window_end);

	return pieces_of(input, cursor->offset, end).end;
}

/* What is here at the front of a range is not worth mentioning. */
static void emit(planner *plan, uint32_t first, uint32_t end, tsi_urgency urgency)
{
	tsi_plan_range *range;

	if (first >= end)
		return;
	first = tsi_bits_first_clear(plan->input->have, first, end);
	if (first == end)
		return;
	range = &plan->ranges[plan->count++];
	range->first_piece = first;
	range->end_piece = end;
	range->urgency = urgency;
}

/* Emit the chunk of [first, end) whose turn it is. */
static void emit_chunk(planner *plan, uint32_t first, uint32_t end, uint32_t turn,
                       tsi_urgency urgency)
{
	uint64_t size;
	uint64_t chunk_first;

	if (first >= end)
		return;
	size = ((uint64_t)(end - first) + CHUNKS - 1) / CHUNKS;
	chunk_first = first + turn * size;
	if (chunk_first >= end)
		return;
	emit(plan, (uint32_t)chunk_first, (uint32_t)min_u64(chunk_first + size, end), urgency);
}

static const tsi_cursor *cursor_at(const planner *plan, size_t place)
{
	return &plan->input->cursors[plan->order[place].first_piece];
}

/* The cursor's own index breaks ties: equal input, equal plan. */
static bool waits_less(const planner *plan, const tsi_plan_range *a, const tsi_plan_range *b)
{
	int64_t a_us = plan->input->cursors[a->first_piece].waiting_us;
	int64_t b_us = plan->input->cursors[b->first_piece].waiting_us;

	return a_us != b_us ? a_us < b_us : a->first_piece > b->first_piece;
}

static void swap_places(planner *plan, size_t a, size_t b)
{
	tsi_plan_range kept = plan->order[a];

	plan->order[a] = plan->order[b];
	plan->order[b] = kept;
}

static void sift_down(planner *plan, size_t root, size_t count)
{
	for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
		if (child + 1 < count && waits_less(plan, &plan->order[child + 1], &plan->order[child]))
			child++;
		if (!waits_less(plan, &plan->order[child], &plan->order[root]))
			return;
		swap_places(plan, root, child);
		root = child;
	}
}

/* Heapsort, the longest waiting first: in place, and n log n whatever the input. */
static void sort_order(planner *plan)
{
	size_t count = plan->input->cursor_count;

	for (size_t root = count / 2; root > 0; root--)
		sift_down(plan, root - 1, count);
	for (size_t end = count; end > 1; end--) {
		swap_places(plan, 0, end - 1);
		sift_down(plan, 0, end - 1);
	}
}

static void fill_order(planner *plan)
{
	for (size_t i = 0; i < plan->input->cursor_count; i++) {
		tsi_pieces window = window_pieces(plan->input, &plan->input->cursors[i]);

		plan->order[i].first_piece = (uint32_t)i;
		plan->order[i].end_piece =
		    tsi_bits_first_clear(plan->input->have, window.first, window.end);
		plan->order[i].urgency = TSI_URGENT;
	}
	sort_order(plan);
}

/* Only a reader that has nothing, or next to nothing, ahead of it is in a hurry. */
static void plan_urgent(planner *plan)
{
	for (size_t place = 0; place < plan->input->cursor_count; place++) {
		tsi_pieces window = window_pieces(plan->input, cursor_at(plan, place));
		uint32_t missing = plan->order[place].end_piece;

		if (missing < window.end && missing - window.first <= 1)
			emit(plan, missing, missing + 1, TSI_URGENT);
	}
}

static void plan_near(planner *plan)
{
	for (uint32_t turn = 0; turn < CHUNKS; turn++) {
		for (size_t place = 0; place < plan->input->cursor_count; place++) {
			uint32_t end = near_end(plan->input, cursor_at(plan, place));

			emit_chunk(plan, plan->order[place].end_piece, end, turn, TSI_NEAR);
		}
	}
}

static bool has_start(const tsi_window_input *input, const tsi_cursor *cursor)
{
	uint64_t end = min_u64(add_saturating(cursor->offset, INDEX_AFTER_BYTES), cursor->end);

	/* A reader that has nothing to read asks for no index either. */
	if (cursor->offset >= end)
		return false;
	return tsi_span_contiguous_end(input->have, cursor->offset, end, input->piece_size) == end;
}

static void plan_index_of(planner *plan, const tsi_cursor *cursor)
{
	const tsi_window_input *input = plan->input;
	uint64_t size = cursor->file_end - cursor->file_begin;
	uint64_t head_end = cursor->file_begin + min_u64(size, INDEX_HEAD_BYTES);
	uint64_t tail_begin = cursor->file_end - min_u64(size, INDEX_TAIL_BYTES);
	tsi_pieces head = pieces_of(input, cursor->file_begin, head_end);
	tsi_pieces tail = pieces_of(input, tail_begin, cursor->file_end);
	uint64_t bytes = (uint64_t)(head.end - head.first + tail.end - tail.first) * input->piece_size;

	/* Under a tight quota the index would push out what is being played. */
	if (input->max_window_bytes && bytes > input->max_window_bytes)
		return;
	emit(plan, head.first, head.end, TSI_INDEX);
	emit(plan, tail.first, tail.end, TSI_INDEX);
}

static void plan_index(planner *plan)
{
	for (size_t place = 0; place < plan->input->cursor_count; place++) {
		const tsi_cursor *cursor = cursor_at(plan, place);

		if (cursor->wants_index && has_start(plan->input, cursor))
			plan_index_of(plan, cursor);
	}
}

static void plan_ahead(planner *plan)
{
	for (uint32_t turn = 0; turn < CHUNKS; turn++) {
		for (size_t place = 0; place < plan->input->cursor_count; place++) {
			const tsi_cursor *cursor = cursor_at(plan, place);
			uint32_t first = near_end(plan->input, cursor);
			uint32_t missing = plan->order[place].end_piece;

			if (first < missing)
				first = missing;
			emit_chunk(plan, first, window_pieces(plan->input, cursor).end, turn, TSI_AHEAD);
		}
	}
}

static void plan_kept(planner *plan)
{
	for (size_t i = 0; i < plan->input->kept_count; i++) {
		const tsi_plan_range *kept = &plan->input->kept[i];
		uint32_t end = kept->end_piece;

		if (end > plan->input->piece_count)
			end = plan->input->piece_count;
		emit(plan, kept->first_piece, end, TSI_KEEP);
	}
}

size_t tsi_window_plan(const tsi_window_input *input, tsi_plan_range *out_ranges)
{
	size_t bound = tsi_window_range_bound(input->cursor_count, 0);
	planner plan = {.input = input, .ranges = out_ranges};

	assert(input->piece_size > 0 && input->cursor_count < UINT32_MAX);
	plan.order = out_ranges + bound - input->cursor_count;
	fill_order(&plan);
	plan_urgent(&plan);
	plan_near(&plan);
	plan_index(&plan);
	plan_ahead(&plan);
	assert(plan.count <= bound - input->cursor_count);
	plan_kept(&plan);
	return plan.count;
}
