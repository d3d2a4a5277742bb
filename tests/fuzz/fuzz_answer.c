/**
 * Answers as they lie in a cache that others can write to: what is read can be written, and
 * read again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/answer.h"

static void check(const tsi_answer *answer)
{
	tsi_answer *again = calloc(1, sizeof(*again));
	size_t size = 0;
	char *text = tsi_answer_write(answer, &answer->merge, &size);

	if (!again || !text || tsi_answer_read(text, size, again) != TSTREAM_OK ||
	    again->merge.live_count != answer->merge.live_count)
		abort();
	tsi_answer_clear(again);
	free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tsi_answer *answer = calloc(1, sizeof(*answer));

	if (!answer)
		abort();
	if (tsi_answer_read((const char *)data, size, answer) == TSTREAM_OK)
		check(answer);
	tsi_answer_clear(answer);
	free(answer);
	return 0;
}
