/**
 * Any text is a magnet or an error with a sentence; what is accepted keeps the promises
 * of core/magnet.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/magnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_items(char *const *items, size_t count)
{
	require(count <= TSI_MAGNET_MAX_ITEMS);
	for (size_t i = 0; i < count; i++)
		require(items[i] && items[i][0] != '\0' && strpbrk(items[i], " \r\n\t") == NULL);
}

/* The name that this library gives a torrent must open the same torrent again. */
static void check_name(const tsi_infohash *infohash)
{
	char text[TSTREAM_INFOHASH_BYTES];
	tsi_infohash again;

	require(infohash->has_v1 || infohash->has_v2);
	tsi_infohash_format(infohash, text);
	require(tsi_infohash_parse(text, &again) == TSTREAM_OK);
	if (infohash->has_v1)
		require(again.has_v1 && memcmp(again.v1, infohash->v1, sizeof(again.v1)) == 0);
	else
		require(again.has_v2 && memcmp(again.v2, infohash->v2, sizeof(again.v2)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	tsi_magnet magnet;
	tstream_error err = {0};

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (tsi_magnet_parse(text, &magnet, &err) == TSTREAM_OK) {
		check_name(&magnet.infohash);
		check_items(magnet.trackers, magnet.tracker_count);
		check_items(magnet.web_seeds, magnet.web_seed_count);
		check_items(magnet.sources, magnet.source_count);
		check_items(magnet.peers, magnet.peer_count);
		require(!magnet.name || magnet.name[0] != '\0');
		tsi_magnet_clear(&magnet);
	} else {
		require(err.code == TSTREAM_EINVAL && err.message[0] != '\0');
	}
	free(text);
	return 0;
}
