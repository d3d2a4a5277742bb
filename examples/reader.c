/* reader.c - write a file of a torrent to standard output while it downloads.
 *
 *   tstream-reader MAGNET [FILE_INDEX] | mpv -
 */
#include <stdio.h>
#include <stdlib.h>
#include <tstream/tstream.h>

static int fail(const char *what, int code, const tstream_error *err)
{
	fprintf(stderr, "%s: %s\n", what, err->code ? err->message : tstream_strerror(code));
	return EXIT_FAILURE;
}

static int64_t copy(tstream_reader *reader, FILE *out)
{
	static char buffer[256 * 1024];
	int64_t count;

	while ((count = tstream_reader_read(reader, buffer, sizeof(buffer))) != 0) {
		if (count == TSTREAM_EAGAIN)
			count = tstream_reader_wait(reader, -1);
		if (count < 0 || fwrite(buffer, 1, (size_t)count, out) < (size_t)count)
			break;
	}
	return count;
}

int main(int argc, char **argv)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session;
	tstream_torrent *torrent = NULL;
	tstream_reader *reader = NULL;
	tstream_error err = {0};
	int result = EXIT_FAILURE;

	if (argc < 2) {
		fprintf(stderr, "usage: tstream-reader MAGNET [FILE_INDEX] > FILE\n");
		return 2;
	}
	options.data_dir = getenv("DATA_DIR") ? getenv("DATA_DIR") : "tstream-data";
	int64_t code = tstream_session_open(&options, &session, &err);
	if (code)
		return fail(options.data_dir, (int)code, &err);
	code = tstream_torrent_open_magnet(session, argv[1], &torrent, &err);
	if (code == 0)
		code = tstream_torrent_wait_metadata(torrent, -1, &err);
	int64_t index = argc > 2 ? strtoll(argv[2], NULL, 10) : -1;
	if (code == 0 && index < 0)
		index = tstream_torrent_get_default_file(torrent);
	if (code == 0)
		code = tstream_reader_open(torrent, (uint32_t)index, NULL, &reader, &err);
	if (code == 0)
		code = copy(reader, stdout);
	if (code < 0)
		fail(argv[1], (int)code, &err);
	else if (fflush(stdout) == 0 && !ferror(stdout))
		result = EXIT_SUCCESS;
	tstream_reader_close(reader);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
	return result;
}
