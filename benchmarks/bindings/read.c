/*
 * read DATA_DIR INFOHASH - read a complete file in 256 KiB reads through the C API.
 *
 * Prints a line of JSON for each of three rounds: bytes, seconds of wall clock and of CPU.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <tstream/tstream.h>

#define READ_BYTES (256 * 1024)
#define ROUNDS 3

static double seconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** @return how many bytes there were; < 0: an error */
static int64_t read_all(tstream_torrent *torrent)
{
	static char buffer[READ_BYTES];
	tstream_reader *reader = NULL;
	int64_t total = 0, count;
	if (tstream_reader_open(torrent, 0, NULL, &reader, NULL))
		return -1;
	while ((count = tstream_reader_read(reader, buffer, sizeof(buffer))) != 0) {
		if (count == TSTREAM_EAGAIN)
			count = tstream_reader_wait(reader, -1);
		if (count < 0)
			break;
		total += count;
	}
	tstream_reader_close(reader);
	return count < 0 ? count : total;
}

int main(int argc, char **argv)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session = NULL;
	tstream_torrent *torrent = NULL;
	int64_t bytes;
	if (argc != 3)
		return 2;
	options.data_dir = argv[1];
	options.listen = "127.0.0.1:0";
	options.flags =
	    TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING;
	if (tstream_session_open(&options, &session, NULL) ||
	    tstream_torrent_open_stored(session, argv[2], &torrent, NULL) ||
	    tstream_torrent_wait_metadata(torrent, -1, NULL))
		return 1;
	bytes = read_all(torrent); /* the page cache, and whatever is made at first use */
	for (int i = 0; i < ROUNDS && bytes > 0; i++) {
		double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		bytes = read_all(torrent);
		printf("{\"bytes\": %" PRId64 ", \"wall_s\": %.6f, \"cpu_s\": %.6f}\n", bytes,
		       seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	}
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
	return bytes > 0 ? 0 : 1;
}
