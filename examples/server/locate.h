/* locate.h - from what a request names to an open torrent and a file of it. */
#ifndef SERVER_LOCATE_H
#define SERVER_LOCATE_H

#include "request.h"

/* One of these is set. */
struct torrent_source {
	const char *magnet; /* or a bare infohash */
	const char *url;
	const char *stored; /* an infohash; only if it was open before */
	const void *bytes;
	size_t size;
};

/* Open and keep.  0 and a reference, or a TSTREAM_E code. */
int locate_open(struct server *server, const struct torrent_source *source,
                tstream_torrent **out_torrent, bool *out_is_new, tstream_error *err);

/* By the parameters magnet or infohash.  As locate_open(). */
int locate_from_query(struct request *request, tstream_torrent **out_torrent, tstream_error *err);

/* What the parameter magnet or infohash names, without opening it.  0, TSTREAM_EINVAL */
int locate_infohash_in_query(struct request *request, char out[TSTREAM_INFOHASH_BYTES],
                             tstream_error *err);

/* By the infohash in the path, if it is open or was before.  0, TSTREAM_ENOENT, ... */
int locate_known(struct request *request, const char *infohash, tstream_torrent **out_torrent,
                 tstream_error *err);

/* Wait until the files are known, at most as long as the settings say, or as given.  A hybrid
 * that turns out to be open under its other infohash is exchanged for that one; if this fails,
 * *torrent is NULL.  0, TSTREAM_ETIMEDOUT, REQUEST_CLIENT_GONE, ... */
int locate_await_metadata(struct request *request, tstream_torrent **torrent, tstream_error *err);
int locate_await_metadata_for(struct request *request, tstream_torrent **torrent, int64_t limit_us,
                              tstream_error *err);

/* The parameter file_index, or the default file.  Metadata must be known. */
int locate_file(struct request *request, tstream_torrent *torrent, tstream_file *out_file,
                tstream_error *err);

/* 40 or 64 hexadecimal digits, to lower case. */
bool locate_parse_infohash(const char *text, char out[TSTREAM_INFOHASH_BYTES]);

/* Fill in an error of the server's own. */
int locate_fail(tstream_error *err, int code, const char *message);

#endif
