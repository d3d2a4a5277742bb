#include "range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* One element of the list as written, before the file's size is applied. */
struct spec {
	bool is_suffix;
	bool has_last;
	uint64_t first;
	uint64_t last; /* of a suffix: its length */
};

static void skip_blanks(const char **text)
{
	while (**text == ' ' || **text == '\t')
		(*text)++;
}

/* Digits of any length; what does not fit saturates, for "beyond every file" is what it means. */
static bool parse_number(const char **text, uint64_t *out)
{
	const char *p = *text;
	uint64_t value = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	if (p == *text)
		return false;
	*text = p;
	*out = value;
	return true;
}

static bool parse_spec(const char **text, struct spec *out)
{
	*out = (struct spec){0};
	out->is_suffix = **text == '-';
	if (!out->is_suffix && !parse_number(text, &out->first))
		return false;
	if (**text != '-')
		return false;
	(*text)++;
	out->has_last = parse_number(text, &out->last);
	if (out->is_suffix)
		return out->has_last;
	return !out->has_last || out->first <= out->last;
}

/* false: it selects nothing of a file of that size. */
static bool resolve(const struct spec *spec, uint64_t size, struct range *out)
{
	if (spec->is_suffix) {
		out->begin = spec->last < size ? size - spec->last : 0;
		out->end = size;
		return spec->last > 0;
	}
	out->begin = spec->first;
	out->end = spec->has_last && spec->last < size ? spec->last + 1 : size;
	return spec->first < size;
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->begin < b->end && b->begin < a->end;
}

/* Ranges that overlap become one, in the place of the earlier. */
static void coalesce(struct range *ranges, unsigned *count)
{
	for (unsigned i = 0; i < *count; i++) {
		unsigned j = i + 1;
		while (j < *count) {
			struct range *wide = &ranges[i], *other = &ranges[j];
			if (!overlap(wide, other)) {
				j++;
				continue;
			}
			wide->begin = other->begin < wide->begin ? other->begin : wide->begin;
			wide->end = other->end > wide->end ? other->end : wide->end;
			memmove(other, other + 1, (*count - j - 1) * sizeof(*other));
			--*count;
			j = i + 1; /* being wider, it may overlap those already passed */
		}
	}
}

enum range_result range_parse(const char *header, uint64_t size, struct range ranges[RANGE_MAX],
                              unsigned *out_count)
{
	unsigned spec_count = 0;
	unsigned count = 0;

	*out_count = 0;
	/* An empty file has no byte to name; sending all of it satisfies everybody. */
	if (!header || size == 0 || strncasecmp(header, "bytes=", 6) != 0)
		return RANGE_NONE;
	for (const char *p = header + 6;;) {
		struct spec spec;
		skip_blanks(&p);
		/* RFC 9110 section 5.6.1: empty list elements are to be accepted. */
		if (*p == ',') {
			p++;
			continue;
		}
		if (*p == '\0')
			break;
		if (!parse_spec(&p, &spec) || ++spec_count > RANGE_MAX)
			return RANGE_NONE;
		skip_blanks(&p);
		if (*p != ',' && *p != '\0')
			return RANGE_NONE;
		count += resolve(&spec, size, &ranges[count]);
	}
	if (spec_count == 0)
		return RANGE_NONE;
	coalesce(ranges, &count);
	*out_count = count;
	return count > 0 ? RANGE_SOME : RANGE_UNSATISFIABLE;
}
