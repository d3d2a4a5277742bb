#include "film.h"

#include "container.h"

/* A reader's window, as small as can be: what is read here is what the player has read. */
#define READAHEAD_BYTES 1

static bool read_here(void *user, uint64_t offset, void *buffer, size_t size)
{
	tstream_reader *reader = user;
	char *into = buffer;

	if (tstream_reader_seek(reader, offset) < 0)
		return false;
	while (size > 0) {
		int64_t count = tstream_reader_read(reader, into, size);
		if (count <= 0)
			return false;
		into += count;
		size -= (size_t)count;
	}
	return true;
}

int64_t film_duration_us(tstream_session *session, const char *infohash, uint32_t file_index)
{
	tstream_reader_options options = TSTREAM_READER_OPTIONS_INIT;
	tstream_file about = TSTREAM_FILE_INIT;
	tstream_torrent *torrent;
	tstream_reader *reader;
	tstream_error err;
	int64_t duration_us = 0;

	if (tstream_torrent_find(session, infohash, &torrent))
		return 0;
	options.readahead_bytes = READAHEAD_BYTES;
	if (tstream_torrent_get_file(torrent, file_index, &about) == 0 &&
	    tstream_reader_open(torrent, file_index, &options, &reader, &err) == 0) {
		struct container_file file = {read_here, reader, about.size};
		duration_us = container_duration_us(&file);
		tstream_reader_close(reader);
	}
	tstream_torrent_unref(torrent);
	return duration_us;
}
