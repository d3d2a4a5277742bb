/* json_writer.h - JSON written straight away, for lists that are too long to be built first. */
#ifndef SERVER_JSON_WRITER_H
#define SERVER_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins as zeros; data is to be freed.  Once memory has run out nothing more is added, so that
 * one check at the end is enough. */
struct json_writer {
	char *data;
	size_t size;
	size_t capacity;
	bool is_lost;
};

/* As it stands: brackets, commas, keys, and JSON made elsewhere. */
void json_writer_raw(struct json_writer *writer, const char *text);

/* A string with its quotes; text is UTF-8. */
void json_writer_string(struct json_writer *writer, const char *text, size_t size);

void json_writer_number(struct json_writer *writer, int64_t number);

#endif
