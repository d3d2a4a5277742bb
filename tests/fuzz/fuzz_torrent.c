/*
 * fuzz_torrent.c - whatever bytes come as a .torrent, parse answers, and what it gives
 * keeps the promises that every room above relies on.
 *
 * Seeds: corpus/torrent/, made by make_torrent_corpus.py.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

/* abort() and not assert(): the fuzzer is built with optimisation, too. */
static void require(bool is_true)
{
	if (!is_true) {
		abort();
	}
}

static void require_decent_path(const char *path)
{
	require(path != NULL && path[0] != '\0' && path[0] != '/');
	for (const char *component = path; component; component = strchr(component, '/')) {
		component += *component == '/';
		size_t length = strcspn(component, "/");
		require(length > 0 && length <= 255);
		require(!(length == 1 && component[0] == '.'));
		require(!(length == 2 && component[0] == '.' && component[1] == '.'));
	}
}

static void require_promises(const tsi_metadata *metadata)
{
	uint64_t offset = 0;

	require(metadata->infohash.has_v1 || metadata->infohash.has_v2);
	require(metadata->name != NULL && metadata->piece_size > 0 && metadata->piece_count > 0);
	require(metadata->total_bytes <= (uint64_t)metadata->piece_count * metadata->piece_size);
	for (uint32_t i = 0; i < metadata->file_count; i++) {
		const tsi_engine_file *file = &metadata->files[i];

		require(file->offset == offset && file->size <= metadata->total_bytes - offset);
		offset += file->size;
		if (!file->is_pad) {
			require_decent_path(file->path);
		}
	}
	require(offset == metadata->total_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tsi_metadata *metadata = NULL;
	tstream_error err = {0};

	int code = tsi_engine_libtorrent.parse(data, size, &metadata, &err);
	if (code == 0) {
		require_promises(metadata);
		tsi_metadata_free(metadata);
	} else {
		require(code < 0 && err.code == code && err.message[0] != '\0');
	}
	return 0;
}
