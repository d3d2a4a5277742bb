/**
 * core/plan.h - which pieces are wanted, most urgent first.
 *
 * The sentence in which core/window tells core/fetch what to do.
 */
#ifndef TSI_CORE_PLAN_H
#define TSI_CORE_PLAN_H

#include <stddef.h>
#include <stdint.h>

/** What a range is wanted for; smaller is more urgent. */
typedef enum tsi_urgency {
	TSI_URGENT = 0, /**< a reader stands before it: finish it soonest, duplicate its last blocks */
	TSI_NEAR,       /**< the next seconds of a reader */
	TSI_INDEX,      /**< head and tail of a container */
	TSI_AHEAD,      /**< the rest of a reader's window */
	TSI_KEEP        /**< files the user wants whole */
} tsi_urgency;

typedef struct tsi_plan_range {
	uint32_t first_piece;
	uint32_t end_piece; /**< one beyond the last */
	tsi_urgency urgency;
} tsi_plan_range;

/** Ranges in the order they are wanted; they may overlap, the first mention counts. */
typedef struct tsi_plan {
	const tsi_plan_range *ranges;
	size_t range_count;
} tsi_plan;

#endif
