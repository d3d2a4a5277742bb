/* container.h - the duration that stands in the head of an MP4, Matroska, WebM or AVI file.
 *
 * Pure but for a function that reads.  The bytes are a stranger's: every size is checked against
 * the file's, every search is bounded, and whatever cannot be meant is no duration.
 *
 * Sources: ISO/IEC 14496-12 (boxes, mvhd), RFC 8794 (EBML), RFC 9559 (Matroska), the AVI RIFF
 * reference (avih).
 */
#ifndef SERVER_CONTAINER_H
#define SERVER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container_file {
	/* All of size bytes at offset; false: they are not here. */
	bool (*read)(void *user, uint64_t offset, void *buffer, size_t size);
	void *user;
	uint64_t size;
};

/* Microseconds; 0: not known */
int64_t container_duration_us(const struct container_file *file);

#endif
