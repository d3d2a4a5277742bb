/* text.h - text put together in memory the caller lends; it never grows. */
#ifndef SERVER_TEXT_H
#define SERVER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* What does not fit is dropped and remembered, so that one check at the end is enough. */
struct text {
	char *data;
	size_t size;
	size_t capacity;
	bool is_truncated;
};

void text_init(struct text *text, char *memory, size_t capacity);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All but the unreserved characters of RFC 3986 as %XX. */
void text_add_percent_encoded(struct text *text, const char *string);

#endif
