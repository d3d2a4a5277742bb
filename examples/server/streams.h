/* streams.h - the streams being sent now: how many there may be, who they are, stopping them. */
#ifndef SERVER_STREAMS_H
#define SERVER_STREAMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <tstream/tstream.h>

struct streams;
struct stream;

struct streams *streams_new(unsigned capacity);
void streams_free(struct streams *streams);

/* A place among them, or NULL at once if all are taken. */
struct stream *streams_claim(struct streams *streams, const char *client_address);
void streams_release(struct streams *streams, struct stream *stream);

/* What it streams.  The torrent must stay referenced until release. */
void streams_set_file(struct streams *streams, struct stream *stream, tstream_torrent *torrent,
                      uint32_t file_index);

/* The reader it reads with now; NULL before that reader is closed.
 * false: it was stopped meanwhile */
bool streams_set_reader(struct streams *streams, struct stream *stream, tstream_reader *reader);

/* Stopping cancels the reader, from any thread.
 * Those of a torrent; file_index < 0 means of any file.  Gives how many. */
unsigned streams_stop_torrent(struct streams *streams, const tstream_torrent *torrent,
                              int64_t file_index);
unsigned streams_stop_id(struct streams *streams, uint64_t id);
unsigned streams_stop_all(struct streams *streams);

unsigned streams_count(struct streams *streams);
unsigned streams_capacity(const struct streams *streams);

/* An array; NULL if out of memory. */
json_t *streams_to_json(struct streams *streams);

#endif
