/* reader.c - write a file of a torrent to standard output while it downloads.
 *
 *   tstream-reader MAGNET [FILE_INDEX] | mpv -
 */
#include <stdio.h>
#include <stdlib.h>
#include <tstream/tstream.h>

static tstream_error err;

/* Whatever may fail gives a code below 0; what has failed is not worth going on with. */
static int64_t check(int64_t code)
{
	if (code >= 0)
		return code;
	fprintf(stderr, "%s\n", err.message[0] ? err.message : tstream_strerror((int)code));
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	static char buffer[256 * 1024];
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session;
	tstream_torrent *torrent;
	tstream_reader *reader;
	int64_t count;

	options.data_dir = getenv("DATA_DIR") ? getenv("DATA_DIR") : "tstream-data";
	check(tstream_session_open(&options, &session, &err));
	check(tstream_torrent_open_magnet(session, argc > 1 ? argv[1] : "", &torrent, &err));
	check(tstream_torrent_wait_metadata(torrent, -1, &err));
	count =
	    argc > 2 ? strtoll(argv[2], NULL, 10) : check(tstream_torrent_get_default_file(torrent));
	check(tstream_reader_open(torrent, (uint32_t)count, NULL, &reader, &err));
	while ((count = tstream_reader_read(reader, buffer, sizeof(buffer))) != 0) {
		if (count == TSTREAM_EAGAIN)
			check(tstream_reader_wait(reader, -1));
		else if (fwrite(buffer, 1, (size_t)check(count), stdout) == 0)
			break;
	}
	check(fflush(stdout) == 0 && !ferror(stdout) ? 0 : TSTREAM_EIO);
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
}
