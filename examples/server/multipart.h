/* multipart.h - multipart/form-data (RFC 7578) in memory.  Pure, and bounded in every way:
 * CivetWeb's own form reader can be made to loop for ever (CVE-2025-9648). */
#ifndef SERVER_MULTIPART_H
#define SERVER_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_MAX_PARTS 16
#define MULTIPART_MAX_HEADER_BYTES 4096
#define MULTIPART_BOUNDARY_BYTES 71 /* RFC 2046: at most 70 characters */
#define MULTIPART_NAME_BYTES 64

struct multipart {
	const char *rest;
	size_t rest_size;
	unsigned part_count;
	char delimiter[MULTIPART_BOUNDARY_BYTES + 4]; /* CR LF -- boundary */
	size_t delimiter_size;
};

struct multipart_part {
	char name[MULTIPART_NAME_BYTES]; /* "" if it has none, or one that is too long */
	bool is_file;                    /* a filename was given */
	const char *body;                /* within the bytes given to multipart_begin() */
	size_t body_size;
};

/* content_type: the request's.  The bytes must outlive m.
 * 0; -1 if there is no boundary, or the body does not begin with it */
int multipart_begin(struct multipart *m, const char *content_type, const char *bytes, size_t size);

/* 1 and a part; 0 after the closing delimiter; -1 if malformed or beyond a bound */
int multipart_next(struct multipart *m, struct multipart_part *out);

#endif
