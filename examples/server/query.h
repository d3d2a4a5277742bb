/* query.h - the parameters after the '?', decoded once and kept for the request. */
#ifndef SERVER_QUERY_H
#define SERVER_QUERY_H

#include <stdint.h>

#define QUERY_MAX_PARAMETERS 16

struct query_parameter {
	const char *name;
	const char *value;
};

struct query {
	char *memory; /* what the names and values point into */
	unsigned count;
	struct query_parameter parameters[QUERY_MAX_PARAMETERS];
};

/* string: as on the request line, or NULL.  Parameters beyond the bound make it fail.
 * 0; -1 if it is malformed: a bad or NUL escape, not UTF-8,
 * too many, one twice; -2 out of memory */
int query_parse(struct query *query, const char *string);
void query_free(struct query *query);

/* NULL if there is none of that name. */
const char *query_get(const struct query *query, const char *name);

/* Decimal digits and nothing else.  0, or -1 with *out untouched. */
int query_number(const char *digits, uint64_t max, uint64_t *out);

#endif
