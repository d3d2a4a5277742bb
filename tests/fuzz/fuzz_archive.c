/**
 * What the Internet Archive answers.
 */
#include <stdlib.h>

#include "core/finding.h"
#include "search/archive_json.h"

static bool take(void *user, const tstream_found *found)
{
	static const tsi_secrets none;
	tsi_finding finding;

	(void)user;
	if (found->size < -1 || found->published_s < -1)
		abort();
	if (tsi_finding_make(found, "fuzz", &none, &finding) == TSTREAM_OK)
		tsi_finding_clear(&finding);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tsi_archive_ask ask = {.bytes = (const char *)data,
	                       .size = size,
	                       .base = "https://archive.example",
	                       .now_s = 1700000000,
	                       .take = take};

	tsi_archive_read(&ask);
	return 0;
}
