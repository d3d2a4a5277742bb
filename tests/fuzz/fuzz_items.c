/**
 * Torznab answers and feeds, in whatever charset.  The first byte chooses what HTTP says of it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/finding.h"
#include "core/merge.h"
#include "search/items.h"

static bool take(void *user, const tstream_found *found)
{
	static const tsi_secrets none;
	tsi_finding finding;
	uint32_t index;
	char *magnet;

	if (found->size < -1 || found->seeders < -1 || found->leechers < -1 || found->published_s < -1)
		abort();
	if (tsi_finding_make(found, "fuzz", &none, &finding) != TSTREAM_OK)
		return true;
	magnet = tsi_finding_magnet(&finding);
	if (!magnet && tsi_finding_has_infohash(&finding))
		abort();
	free(magnet);
	tsi_merge_add(user, &finding, &index);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"",
	                                    "application/xml",
	                                    "text/xml; charset=ISO-8859-1",
	                                    "text/xml; charset=utf-8",
	                                    "text/xml; charset=UTF-16",
	                                    "text/xml; charset=ISO-2022-JP",
	                                    "text/html; charset=\"windows-1251\"",
	                                    "application/rss+xml; charset="};
	tsi_merge merge = {0};
	tsi_items_report report;
	tsi_items_ask ask = {
	    .url = "http://127.0.0.1:9117/api", .now_s = 1700000000, .take = take, .user = &merge};

	if (size < 1)
		return 0;
	ask.content_type = types[data[0] % 8];
	ask.bytes = (const char *)data + 1;
	ask.size = size - 1;
	tsi_items_read(&ask, &report);
	tsi_merge_clear(&merge);
	return 0;
}
