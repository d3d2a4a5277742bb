/* original.h - the content as it should be: every body is compared with it. */
#ifndef PROBE_ORIGINAL_H
#define PROBE_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct original {
	const uint8_t *bytes;
	uint64_t size;
};

bool original_open(struct original *original, const char *path);
bool original_has(const struct original *original, uint64_t offset, const void *bytes, size_t size);

#endif
