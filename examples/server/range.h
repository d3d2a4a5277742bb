/* range.h - the Range header of RFC 9110, section 14.  Pure: text in, offsets out. */
#ifndef SERVER_RANGE_H
#define SERVER_RANGE_H

#include <stdint.h>

/* A header that asks for more is ignored as a whole, as section 14.2 allows: it is either a
 * mistake or an attempt to make one small request cost much. */
#define RANGE_MAX 16

struct range {
	uint64_t begin;
	uint64_t end; /* one past the last byte; begin < end */
};

enum range_result {
	RANGE_NONE,          /* no range to honour: send the whole file */
	RANGE_SOME,          /* ranges[0..count) */
	RANGE_UNSATISFIABLE, /* none of it is in the file: 416 */
};

/* header: the field's value, or NULL.  size: the file's.  Ends are clamped; ranges that overlap
 * become one; those beyond the file are left out; order is the client's otherwise. */
enum range_result range_parse(const char *header, uint64_t size, struct range ranges[RANGE_MAX],
                              unsigned *out_count);

#endif
