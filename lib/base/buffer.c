/**
 * base/buffer.c - bytes that grow as they are added, up to a bound.
 */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <tstream/base.h>

#define SMALLEST_BYTES ((size_t)256)

static char *fail(tsi_buffer *buffer, int code)
{
	buffer->code = code;
	return NULL;
}

char *tsi_buffer_reserve(tsi_buffer *buffer, size_t size)
{
	if (buffer->code)
		return NULL;
	if (size > buffer->max_size - buffer->size)
		return fail(buffer, TSTREAM_ELIMIT);
	size_t wanted = buffer->size + size + 1;
	if (wanted > buffer->capacity) {
		size_t capacity = buffer->capacity > SMALLEST_BYTES ? buffer->capacity : SMALLEST_BYTES;
		while (capacity < wanted)
			capacity *= 2;
		char *bytes = realloc(buffer->bytes, capacity);
		if (!bytes)
			return fail(buffer, TSTREAM_ENOMEM);
		buffer->bytes = bytes;
		buffer->capacity = capacity;
	}
	return buffer->bytes + buffer->size;
}

void tsi_buffer_grew(tsi_buffer *buffer, size_t size)
{
	buffer->size += size;
	buffer->bytes[buffer->size] = '\0';
}

void tsi_buffer_add(tsi_buffer *buffer, const char *bytes, size_t size)
{
	char *room = tsi_buffer_reserve(buffer, size);
	if (!room)
		return;
	if (size > 0)
		memcpy(room, bytes, size);
	tsi_buffer_grew(buffer, size);
}

void tsi_buffer_add_string(tsi_buffer *buffer, const char *string)
{
	tsi_buffer_add(buffer, string, strlen(string));
}

void tsi_buffer_cut(tsi_buffer *buffer, size_t size)
{
	if (size < buffer->size) {
		buffer->size = size;
		buffer->bytes[size] = '\0';
	}
}
