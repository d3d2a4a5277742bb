#include "json_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct json_writer *writer, const char *bytes, size_t size)
{
	if (!writer->is_lost && size > writer->capacity - writer->size) {
		size_t capacity = (writer->size + size) * 2 + 1024;
		char *data = realloc(writer->data, capacity);
		writer->is_lost = !data;
		if (data) {
			writer->data = data;
			writer->capacity = capacity;
		}
	}
	if (writer->is_lost || size == 0)
		return;
	memcpy(writer->data + writer->size, bytes, size);
	writer->size += size;
}

void json_writer_raw(struct json_writer *writer, const char *text)
{
	add(writer, text, strlen(text));
}

/* RFC 8259, 7: quotes, backslashes and control characters. */
static bool must_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

void json_writer_string(struct json_writer *writer, const char *text, size_t size)
{
	size_t begin = 0;

	add(writer, "\"", 1);
	for (size_t i = 0; i < size; i++) {
		char escape[8];
		if (!must_escape(text[i]))
			continue;
		add(writer, text + begin, i - begin);
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)text[i]);
		add(writer, escape, 6);
		begin = i + 1;
	}
	add(writer, text + begin, size - begin);
	add(writer, "\"", 1);
}

void json_writer_number(struct json_writer *writer, int64_t number)
{
	char digits[24];
	int size = snprintf(digits, sizeof(digits), "%lld", (long long)number);

	add(writer, digits, (size_t)size);
}
