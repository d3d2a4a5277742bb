/* stream_body.h - sends ranges of a file as its pieces arrive. */
#ifndef SERVER_STREAM_BODY_H
#define SERVER_STREAM_BODY_H

#include "range.h"
#include "recorder.h"
#include "request.h"
#include "text.h"

struct stream;

/* What is sent, and the state of sending it. */
struct stream_body {
	struct request *request;
	struct stream *stream;
	tstream_torrent *torrent;
	uint32_t file_index;
	struct recorder *recorder; /* whom to tell what was sent; or NULL */
	struct sighting seen;      /* since it was last told; viewer and file are given */
	char *buffer;              /* STREAM_BODY_BUFFER_BYTES, from stream_body_begin() */
	bool is_watched;           /* its waits are a viewer's */
	bool is_seek;              /* it begins elsewhere than at the file's beginning */
	bool has_begun;            /* something was sent, so an error can no longer be a status */
	tstream_error err;         /* why it ended */
};

/* Room for the answer's head and a chunk of the file, so that both leave in one write. */
#define STREAM_BODY_CHUNK_BYTES (256 * 1024)
#define STREAM_BODY_BUFFER_BYTES (STREAM_BODY_CHUNK_BYTES + 4096)

/* 0 or TSTREAM_ENOMEM. */
int stream_body_begin(struct stream_body *body);
void stream_body_end(struct stream_body *body);

/* Send before, then the range.  Nothing is sent until the first bytes are here.
 * 0; a TSTREAM_E code and body->err; REQUEST_CLIENT_GONE */
int stream_body_send(struct stream_body *body, const struct text *before,
                     const struct range *range);

/* Read the first size bytes of the file, and send nothing.  As stream_body_send(). */
int stream_body_collect(struct stream_body *body, char *into, size_t size);

#endif
