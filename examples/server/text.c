#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text, char *memory, size_t capacity)
{
	text->data = memory;
	text->size = 0;
	text->capacity = capacity;
	text->is_truncated = false;
	memory[0] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (size >= text->capacity - text->size) {
		text->is_truncated = true;
		return;
	}
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
	text->data[text->size] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	size_t room = text->capacity - text->size;
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(text->data + text->size, room, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= room) {
		text->data[text->size] = '\0';
		text->is_truncated = true;
		return;
	}
	text->size += (size_t)size;
}

static bool is_unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("-._~", c));
}

void text_add_percent_encoded(struct text *text, const char *string)
{
	for (const char *p = string; *p; p++) {
		if (is_unreserved((unsigned char)*p))
			text_add_bytes(text, p, 1);
		else
			text_addf(text, "%%%02X", (unsigned)(unsigned char)*p);
	}
}
