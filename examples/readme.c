/* Write a torrent's film to standard output:  ./readme MAGNET | mpv - */
#include <stdio.h>
#include <tstream/tstream.h>

int main(int argc, char **argv)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session;
	tstream_torrent *torrent;
	tstream_reader *reader;
	static char buffer[256 * 1024];
	int64_t size;

	options.data_dir = "tstream-data";
	if (argc != 2 || tstream_session_open(&options, &session, NULL) ||
	    tstream_torrent_open_magnet(session, argv[1], &torrent, NULL) ||
	    tstream_torrent_wait_metadata(torrent, -1, NULL) ||
	    tstream_reader_open(torrent, (uint32_t)tstream_torrent_get_default_file(torrent), NULL,
	                        &reader, NULL))
		return 1;
	while (tstream_reader_wait(reader, -1) == 0 &&
	       (size = tstream_reader_read(reader, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)size, stdout);
	tstream_session_close(session);
}
