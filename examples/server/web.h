/* web.h - the built page: files that one manifest lists, in memory since the start.
 *
 * frontend/scripts/seal.mjs writes the directory and its manifest.json.  What the manifest does
 * not list does not exist, and nothing is looked up on disk while requests are answered.
 */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include <stdbool.h>
#include <stddef.h>

#define WEB_MAX_FILES 1000
#define WEB_MAX_FILE_BYTES ((size_t)4 << 20)
#define WEB_MAX_TOTAL_BYTES ((size_t)64 << 20)

/* In the order of preference. */
enum web_coding { WEB_BROTLI, WEB_GZIP, WEB_IDENTITY, WEB_CODING_COUNT };

struct web_body {
	char *bytes; /* NULL: it is not there in this coding */
	size_t size;
};

struct web_file {
	char *path; /* as in a request, "/watch" */
	char *media_type;
	char *policy;      /* of a page: its Content-Security-Policy; else "" */
	char *digest;      /* of its content; becomes the ETag */
	bool is_immutable; /* its name changes with its content */
	bool is_private;   /* with accounts on, only for who is logged in */
	struct web_body bodies[WEB_CODING_COUNT];
};

struct web;

/* NULL with one sentence in message, or "" there if the directory does not exist. */
struct web *web_open(const char *directory, char *message, size_t message_size);
void web_close(struct web *web);

/* NULL if there is none; web may be NULL. */
const struct web_file *web_find(const struct web *web, const char *path);

/* The best of its codings that an Accept-Encoding (or NULL) allows. */
enum web_coding web_choose(const struct web_file *file, const char *accept_encoding);

/* Whether a manifest may name a file so: below the directory, no hidden ones.  For the tests. */
bool web_is_file_name(const char *name);

#endif
