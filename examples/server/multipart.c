#include "multipart.h"

#include <string.h>
#include <strings.h>

/* Value of a parameter (";name=value" or quoted) of a header line that need not end in NUL.
 * 1 found, 0 not there, -1 malformed or too long for the room. */
static int find_parameter(const char *line, size_t size, const char *name, char *out, size_t room)
{
	size_t name_size = strlen(name);
	const char *end = line + size;
	const char *p = memchr(line, ';', size);

	while (p && p < end) {
		p++;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		const char *equals = memchr(p, '=', (size_t)(end - p));
		if (!equals)
			return 0;
		bool is_it = (size_t)(equals - p) == name_size && strncasecmp(p, name, name_size) == 0;
		size_t length = 0;
		p = equals + 1;
		bool is_quoted = p < end && *p == '"';
		for (p += is_quoted; p < end && *p != (is_quoted ? '"' : ';'); p++) {
			if (is_quoted && *p == '\\' && p + 1 < end)
				p++;
			if (is_it && length + 1 >= room)
				return -1;
			if (is_it)
				out[length++] = *p;
		}
		if (is_quoted && p == end)
			return -1;
		if (is_it) {
			out[length] = '\0';
			return 1;
		}
		p = memchr(p, ';', (size_t)(end - p));
	}
	return 0;
}

int multipart_begin(struct multipart *m, const char *content_type, const char *bytes, size_t size)
{
	char boundary[MULTIPART_BOUNDARY_BYTES];

	if (find_parameter(content_type, strlen(content_type), "boundary", boundary,
	                   sizeof(boundary)) != 1 ||
	    !*boundary || strpbrk(boundary, "\r\n"))
		return -1;
	*m = (struct multipart){.rest = bytes, .rest_size = size};
	m->delimiter_size = strlen(boundary) + 4;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary, strlen(boundary));
	/* The first delimiter has no line before it whose end it could share. */
	if (size < m->delimiter_size - 2 || memcmp(bytes, m->delimiter + 2, m->delimiter_size - 2) != 0)
		return -1;
	m->rest += m->delimiter_size - 2;
	m->rest_size -= m->delimiter_size - 2;
	return 0;
}

static void skip(struct multipart *m, size_t size)
{
	m->rest += size;
	m->rest_size -= size;
}

static void read_disposition(const char *line, size_t size, struct multipart_part *out)
{
	static const char field[] = "content-disposition:";
	char filename[2];

	if (size < sizeof(field) - 1 || strncasecmp(line, field, sizeof(field) - 1) != 0)
		return;
	if (find_parameter(line, size, "name", out->name, sizeof(out->name)) != 1)
		out->name[0] = '\0';
	/* Only whether there is one: what the client calls its file is nothing to us. */
	out->is_file = find_parameter(line, size, "filename", filename, sizeof(filename)) != 0;
}

/* Header lines up to the empty one.  -1 if that is not within the bound. */
static int read_headers(struct multipart *m, struct multipart_part *out)
{
	size_t read = 0;

	for (;;) {
		const char *end = memmem(m->rest, m->rest_size, "\r\n", 2);
		if (!end)
			return -1;
		size_t size = (size_t)(end - m->rest);
		read += size + 2;
		if (read > MULTIPART_MAX_HEADER_BYTES)
			return -1;
		if (size > 0)
			read_disposition(m->rest, size, out);
		skip(m, size + 2);
		if (size == 0)
			return 0;
	}
}

int multipart_next(struct multipart *m, struct multipart_part *out)
{
	*out = (struct multipart_part){0};
	if (m->rest_size >= 2 && memcmp(m->rest, "--", 2) == 0)
		return 0;
	/* RFC 2046 allows blanks between the delimiter and its line end. */
	while (m->rest_size > 0 && (*m->rest == ' ' || *m->rest == '\t'))
		skip(m, 1);
	if (m->rest_size < 2 || memcmp(m->rest, "\r\n", 2) != 0 ||
	    ++m->part_count > MULTIPART_MAX_PARTS)
		return -1;
	skip(m, 2);
	if (read_headers(m, out))
		return -1;
	/* An empty body shares the line end of its last header with the delimiter. */
	skip(m, (size_t)0 - 2);
	const char *end = memmem(m->rest, m->rest_size, m->delimiter, m->delimiter_size);
	if (!end)
		return -1;
	out->body = m->rest + 2;
	out->body_size = end == m->rest ? 0 : (size_t)(end - m->rest) - 2;
	skip(m, (size_t)(end - m->rest) + m->delimiter_size);
	return 1;
}
