/* reader.c - write a file of a torrent to standard output while it downloads.
 *
 *   tstream-reader MAGNET [FILE_INDEX] | mpv -
 */
#include <stdio.h>
#include <stdlib.h>
#include <tstream/tstream.h>

/* To the end of the file.  0, or a TSTREAM_E code. */
static int64_t copy(tstream_reader *reader, FILE *out)
{
	static char buffer[256 * 1024];
	int64_t count;

	while ((count = tstream_reader_wait(reader, -1)) == 0 &&
	       (count = tstream_reader_read(reader, buffer, sizeof(buffer))) != 0) {
		if (count > 0 && fwrite(buffer, 1, (size_t)count, out) < (size_t)count)
			return TSTREAM_EIO;
		if (count < 0 && count != TSTREAM_EAGAIN)
			break;
	}
	return count == 0 && fflush(out) ? TSTREAM_EIO : count;
}

int main(int argc, char **argv)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session = NULL;
	tstream_torrent *torrent = NULL;
	tstream_reader *reader = NULL;
	tstream_error err = {0};
	const char *magnet = argc > 1 ? argv[1] : "";

	options.data_dir = getenv("DATA_DIR") ? getenv("DATA_DIR") : "tstream-data";
	int64_t code = tstream_session_open(&options, &session, &err);
	if (code == 0)
		code = tstream_torrent_open_magnet(session, magnet, &torrent, &err);
	if (code == 0)
		code = tstream_torrent_wait_metadata(torrent, -1, &err);
	if (code == 0) /* the index, or a code */
		code = argc > 2 ? strtoll(argv[2], NULL, 10) : tstream_torrent_get_default_file(torrent);
	if (code >= 0)
		code = tstream_reader_open(torrent, (uint32_t)code, NULL, &reader, &err);
	if (code == 0)
		code = copy(reader, stdout);
	if (code < 0)
		fprintf(stderr, "%s\n", err.message[0] ? err.message : tstream_strerror((int)code));
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
	return code < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
