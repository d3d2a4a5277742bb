/*
 * http.h - as much of an HTTP/1.1 client as measuring a server needs.
 *
 * One blocking connection.  Bodies need Content-Length: every contender sends it.
 */
#ifndef PROBE_HTTP_H
#define PROBE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http {
	int fd;
	int status;
	uint64_t body_bytes; /* Content-Length of the answer */
	char head[16384];
	uint8_t *early; /* body bytes that came with the head; inside head[] */
	size_t early_bytes;
};

/** Connect, trying again every millisecond while refused. @return false at the deadline */
bool http_connect(struct http *http, const char *host, uint16_t port, uint64_t deadline_ns);
/** Send one GET. @param range  "0-1023" or "5-", or NULL */
bool http_get(struct http *http, const char *path, const char *range);
/** Read up to the end of the answer's head. */
bool http_read_head(struct http *http);
/** @return bytes of the body, at most size; 0 at the end, < 0 on error */
int64_t http_read_body(struct http *http, void *buffer, size_t size);
void http_close(struct http *http);

uint64_t monotonic_ns(void);

#endif
