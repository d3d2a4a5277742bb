/* subtitle_path.h - what the paths of subtitles name. */
#ifndef SERVER_SUBTITLE_PATH_H
#define SERVER_SUBTITLE_PATH_H

#include "request.h"

struct subtitle_path {
	tstream_torrent *torrent; /* a reference */
	tstream_file film;
	uint32_t number; /* of the subtitles; UINT32_MAX if the path has none */
};

/* 0, and the torrent's metadata is known; or the status of the answer that was sent. */
int subtitle_path_find(struct request *request, struct subtitle_path *out);

#define SUBTITLE_URL_BYTES 192
void subtitle_path_write(const struct subtitle_path *path, uint32_t number,
                         char out[SUBTITLE_URL_BYTES]);

#endif
