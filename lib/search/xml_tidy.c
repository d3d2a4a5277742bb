/**
 * search/xml_tidy.c - bytes that are meant to be XML, made fit for a parser.
 */
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/infohash.h"
#include "core/lenient.h"
#include "core/text.h"
#include "search/xml.h"

#define MAX_CHARSET_BYTES 32
#define DECLARATION_BYTES 256 /* the XML declaration is within this, or it is none */
#define FALLBACK "WINDOWS-1252"
#define MAX_REFERENCE_BYTES 12
#define ROOM_BYTES 64

static const char escaped_ampersand[] = "&amp;";

typedef struct span {
	const char *at;
	size_t size;
} span;

static bool is_utf8(span text)
{
	uint32_t point = 0;

	while (text.size > 0) {
		size_t taken = tsi_text_decode(text.at, text.size, &point);

		if (taken == 0)
			return false;
		text.at += taken;
		text.size -= taken;
	}
	return true;
}

/* What stands after "charset=" or "encoding=", without quotes; "" if nothing does. */
static void read_charset(const char *text, size_t size, const char *label,
                         char out_name[MAX_CHARSET_BYTES])
{
	const char *end = text + size;
	size_t length = 0;

	out_name[0] = '\0';
	for (; text < end && !tsi_text_starts_with(text, label); text++)
		;
	if (text >= end)
		return;
	text += strlen(label);
	text += strspn(text, "\"' ");
	while (text + length < end && length < MAX_CHARSET_BYTES - 1 && text[length] > ' ' &&
	       !strchr("\"'?>;,/", text[length]))
		length++;
	memcpy(out_name, text, length);
	out_name[length] = '\0';
}

/* Those of which not every valid text is what it looks like as UTF-8. */
static bool is_disguised(const char *charset)
{
	return tsi_text_starts_with(charset, "iso-2022") || tsi_text_starts_with(charset, "utf-7") ||
	       tsi_text_starts_with(charset, "hz") || tsi_text_starts_with(charset, "utf-16") ||
	       tsi_text_starts_with(charset, "utf-32") || tsi_text_starts_with(charset, "ucs");
}

static const char *charset_of_mark(span text)
{
	if (text.size >= 2 && (memcmp(text.at, "\xFF\xFE", 2) == 0 || memcmp(text.at, "<\0", 2) == 0))
		return "UTF-16LE";
	if (text.size >= 2 && (memcmp(text.at, "\xFE\xFF", 2) == 0 || memcmp(text.at, "\0<", 2) == 0))
		return "UTF-16BE";
	return "";
}

static void choose_charset(span text, const char *content_type, char out_name[MAX_CHARSET_BYTES])
{
	char head[DECLARATION_BYTES + 1] = "";

	snprintf(out_name, MAX_CHARSET_BYTES, "%s", charset_of_mark(text));
	if (*out_name)
		return;
	read_charset(content_type, strlen(content_type), "charset=", out_name);
	if (*out_name && is_disguised(out_name))
		return;
	/* What is valid UTF-8 by accident is rare; what is called something else by mistake,
	 * common. */
	if (is_utf8(text)) {
		snprintf(out_name, MAX_CHARSET_BYTES, "UTF-8");
		return;
	}
	memcpy(head, text.at, text.size < DECLARATION_BYTES ? text.size : DECLARATION_BYTES);
	if (!*out_name || tsi_text_equals(out_name, "utf-8"))
		read_charset(head, strcspn(head, ">"), "encoding=", out_name);
	if (!*out_name || tsi_text_equals(out_name, "utf-8"))
		snprintf(out_name, MAX_CHARSET_BYTES, FALLBACK);
}

/* What cannot be converted becomes '?'. */
static size_t convert_all(iconv_t converter, span text, char *to, size_t capacity)
{
	char *from = (char *)(uintptr_t)text.at;
	char *end = to;

	while (text.size > 0 && iconv(converter, &from, &text.size, &end, &capacity) == (size_t)-1) {
		if (capacity < 4 || text.size == 0)
			break;
		from++;
		text.size--;
		*end++ = '?';
		capacity--;
	}
	return (size_t)(end - to);
}

/* @return yours to free(); NULL if out of memory */
static char *to_utf8(span text, const char *charset, size_t *out_size)
{
	size_t capacity = text.size * 3 + ROOM_BYTES;
	char *converted = malloc(capacity);
	iconv_t converter = iconv_open("UTF-8", charset);

	if (converter == (iconv_t)-1)
		converter = iconv_open("UTF-8", FALLBACK);
	if (!converted || converter == (iconv_t)-1) {
		free(converted);
		if (converter != (iconv_t)-1)
			iconv_close(converter);
		return NULL;
	}
	*out_size = convert_all(converter, text, converted, capacity);
	iconv_close(converter);
	return converted;
}

/* Characters that XML 1.0 may hold. */
static bool is_allowed(uint32_t point)
{
	return point == '\t' || point == '\n' || point == '\r' ||
	       (point >= 0x20 && point != 0xFFFE && point != 0xFFFF);
}

static uint32_t numeric_point(const char *digits, size_t size)
{
	bool is_hex = size > 1 && (*digits | 0x20) == 'x';
	uint32_t point = 0;

	for (size_t i = is_hex; i < size; i++) {
		int value = tsi_hex_value(digits[i]);

		if (value < 0 || (!is_hex && value > 9) || point > 0x10FFFF)
			return 0;
		point = point * (is_hex ? 16 : 10) + (uint32_t)value;
	}
	return point;
}

static bool is_xml_name(const char *name, size_t size)
{
	static const char *const names[] = {"amp", "lt", "gt", "quot", "apos"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
			return true;
	}
	return false;
}

static void put(char **to, const char *text, size_t size)
{
	memcpy(*to, text, size);
	*to += size;
}

/* A reference that may stay as it stands: the character itself might be markup. */
static bool is_good_number(const char *digits, size_t size)
{
	uint32_t point = numeric_point(digits, size);

	return point >= 0x20 && is_allowed(point) && point <= 0x10FFFF &&
	       !(point >= 0xD800 && point < 0xE000);
}

static bool is_reference_end(char c)
{
	return c == ';' || c == ' ' || c == '&' || c == '<' || c == '\n';
}

/* At a '&'.  Writes what XML understands.  @return how much was read */
static size_t tidy_reference(span text, char **to)
{
	size_t length = 0;
	uint32_t point;

	while (length + 1 < text.size && length < MAX_REFERENCE_BYTES &&
	       !is_reference_end(text.at[1 + length]))
		length++;
	if (length == 0 || length + 1 >= text.size || text.at[1 + length] != ';') {
		put(to, escaped_ampersand, strlen(escaped_ampersand));
		return 1;
	}
	if (text.at[1] == '#' || is_xml_name(text.at + 1, length)) {
		if (text.at[1] != '#' || is_good_number(text.at + 2, length - 1))
			put(to, text.at, length + 2);
		return length + 2;
	}
	point = tsi_html_entity(text.at + 1, length);
	if (point) {
		*to += tsi_text_encode(point, *to);
		return length + 2;
	}
	put(to, escaped_ampersand, strlen(escaped_ampersand));
	return 1;
}

/* How much to take as it stands: a CDATA section or a comment up to its end. */
static size_t raw_size(span text)
{
	static const struct {
		const char *begin;
		const char *end;
	} kinds[] = {{"<![CDATA[", "]]>"}, {"<!--", "-->"}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t size = strlen(kinds[i].begin);
		const char *end;

		if (text.size < size || memcmp(text.at, kinds[i].begin, size) != 0)
			continue;
		end = memmem(text.at + size, text.size - size, kinds[i].end, 3);
		return end ? (size_t)(end - text.at) + 3 : text.size;
	}
	return 0;
}

/* One character.  @return how much was read */
static size_t tidy_character(span text, char **to)
{
	uint32_t point = 0;
	size_t taken = tsi_text_decode(text.at, text.size, &point);

	if (taken > 0 && is_allowed(point)) {
		memcpy(*to, text.at, taken);
		*to += taken;
	}
	return taken ? taken : 1;
}

static char *tidy(span text, size_t *out_size)
{
	/* A reference grows to at most five times its size; so much at once is no answer. */
	size_t capacity = text.size * 2 + ROOM_BYTES;
	char *tidied = malloc(capacity);
	char *to = tidied;
	size_t raw = 0;

	while (tidied && text.size > 0 && (size_t)(to - tidied) + ROOM_BYTES / 2 < capacity) {
		size_t taken;

		if (raw == 0 && *text.at == '<')
			raw = raw_size(text);
		if (*text.at == '&' && raw == 0)
			taken = tidy_reference(text, &to);
		else
			taken = tidy_character(text, &to);
		raw = raw > taken ? raw - taken : 0;
		text.at += taken;
		text.size -= taken;
	}
	*out_size = (size_t)(to - tidied);
	return tidied;
}

char *tsi_xml_tidy(const char *bytes, size_t size, const char *content_type, size_t *out_size)
{
	span text = {bytes, size};
	char charset[MAX_CHARSET_BYTES];
	char *converted = NULL;
	char *tidied;

	choose_charset(text, content_type, charset);
	if (!tsi_text_equals(charset, "utf-8")) {
		converted = to_utf8(text, charset, &text.size);
		if (!converted)
			return NULL;
		text.at = converted;
	}
	if (text.size >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0)
		text = (span){text.at + 3, text.size - 3};
	/* Nothing may stand before the declaration, yet blank lines do. */
	while (text.size > 0 && (unsigned char)*text.at <= ' ')
		text = (span){text.at + 1, text.size - 1};
	tidied = tidy(text, out_size);
	free(converted);
	return tidied;
}
