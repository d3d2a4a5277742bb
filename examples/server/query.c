#include "query.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* In place: decoded text is never longer.  -1 on an escape that is none, or is NUL. */
static int decode(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (*in != '%') {
			*out++ = *in == '+' ? ' ' : *in;
			continue;
		}
		int high = hex_digit(in[1]);
		int low = high < 0 ? -1 : hex_digit(in[2]);
		if (low < 0 || high * 16 + low == 0)
			return -1;
		*out++ = (char)(high * 16 + low);
		in += 2;
	}
	*out = '\0';
	return 0;
}

/* jansson takes nothing but UTF-8; asking it keeps one notion of that in the server. */
static int is_utf8(const char *text)
{
	json_t *probe = json_string(text);

	json_decref(probe);
	return probe != NULL;
}

static int add_parameter(struct query *query, char *text)
{
	char *value = strchr(text, '=');

	if (query->count == QUERY_MAX_PARAMETERS)
		return -1;
	if (value)
		*value++ = '\0';
	else
		value = text + strlen(text);
	if (decode(text) || decode(value) || !is_utf8(text) || !is_utf8(value))
		return -1;
	/* Which of two is meant is anybody's guess, and two guesses are a hole. */
	if (query_get(query, text))
		return -1;
	query->parameters[query->count++] = (struct query_parameter){text, value};
	return 0;
}

int query_parse(struct query *query, const char *string)
{
	*query = (struct query){0};
	if (!string || !*string)
		return 0;
	query->memory = strdup(string);
	if (!query->memory)
		return -2;
	char *rest = query->memory;
	while (rest) {
		char *text = strsep(&rest, "&");
		if (*text && add_parameter(query, text))
			return -1;
	}
	return 0;
}

void query_free(struct query *query)
{
	free(query->memory);
	*query = (struct query){0};
}

const char *query_get(const struct query *query, const char *name)
{
	for (unsigned i = 0; i < query->count; i++) {
		if (strcmp(query->parameters[i].name, name) == 0)
			return query->parameters[i].value;
	}
	return NULL;
}

int query_number(const char *digits, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!*digits)
		return -1;
	for (const char *p = digits; *p; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		uint64_t digit = (uint64_t)(*p - '0');
		if (digit > max || value > (max - digit) / 10)
			return -1;
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}
