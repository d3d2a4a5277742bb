/**
 * core/answer.h - the answer to a query as one text, for the cache.
 *
 * Netstrings ("5:hello,"), because titles may hold anything.  No link, no reference and no
 * tracker that could carry a key is written; tests look for them.  Whatever is read back is
 * checked: others can write to the same store.
 */
#ifndef TSI_CORE_ANSWER_H
#define TSI_CORE_ANSWER_H

#include <stddef.h>

#include "core/merge.h"

typedef struct tsi_answer {
	tstream_provider_state providers[TSTREAM_MAX_PROVIDERS];
	uint32_t provider_count;
	uint32_t dropped_count;
	tsi_merge merge;
} tsi_answer;

/** @param findings  those to write: answer->merge, or what may be kept of it
 *  @return yours to free(); NULL if out of memory */
char *tsi_answer_write(const tsi_answer *answer, const tsi_merge *findings, size_t *out_size);

/** @param out_answer  zeroed; tsi_answer_clear() it in any case
 *  @return 0; EINVAL (not what write makes), ENOMEM */
int tsi_answer_read(const char *text, size_t size, tsi_answer *out_answer);

void tsi_answer_clear(tsi_answer *answer);

#endif
