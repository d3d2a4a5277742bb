/**
 * base/buffer.h - bytes that grow as they are added, up to a bound.
 *
 * An addition that fails is remembered, so that one check at the end is enough.
 */
#ifndef TSI_BASE_BUFFER_H
#define TSI_BASE_BUFFER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Begin with {.max_size = ...}; free(bytes) when done, or give them away. */
typedef struct tsi_buffer {
	char *bytes; /**< NULL, or size bytes and a NUL */
	size_t size;
	size_t capacity; /**< the NUL's byte included */
	size_t max_size;
	int code; /**< 0, or why an addition failed: ENOMEM, ELIMIT (max_size) */
} tsi_buffer;

/** Room for @p size more bytes, which are not counted until tsi_buffer_grew().
 *  @return where they go; NULL, and the code is set */
char *tsi_buffer_reserve(tsi_buffer *buffer, size_t size);
void tsi_buffer_grew(tsi_buffer *buffer, size_t size);

/** Does nothing once the code is set. */
void tsi_buffer_add(tsi_buffer *buffer, const char *bytes, size_t size);
void tsi_buffer_add_string(tsi_buffer *buffer, const char *string);

/** Forget what came after the first @p size bytes. */
void tsi_buffer_cut(tsi_buffer *buffer, size_t size);

#ifdef __cplusplus
}
#endif
#endif
