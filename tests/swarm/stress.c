/*
 * stress.c - everything at once over one session, for ThreadSanitizer.
 *
 * usage: tstream-swarm-stress DATA_DIR SECONDS MAGNET FILE [MAGNET FILE]...
 *
 * FILE holds what the first file of MAGNET must contain.  For SECONDS, threads open
 * readers, seek, read, wait and close; others cancel them, ask for every kind of stats,
 * drain the events, and open the same torrents again.  Then the session is closed
 * under readers that wait.  Every byte read is compared.  The exit code is 0 if all is
 * well, and one line says how much was read.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tstream/tstream.h>

#define MAX_TORRENTS 8
#define VIEWERS_PER_TORRENT 4
#define MAX_VIEWERS (MAX_TORRENTS * VIEWERS_PER_TORRENT)
#define BUFFER_BYTES 65536
#define METADATA_TIMEOUT_US 30000000

struct subject {
	const char *magnet;
	tstream_torrent *torrent;
	uint8_t *expected;
	size_t size;
};

struct stress;

/* The lock is only for the canceller, which must not meet a reader that is being freed. */
struct viewer {
	struct stress *stress;
	struct subject *subject;
	pthread_mutex_t lock;
	tstream_reader *reader;
	uint32_t chance;
	uint64_t read_bytes;
};

struct stress {
	tstream_session *session;
	struct subject subjects[MAX_TORRENTS];
	size_t subject_count;
	struct viewer viewers[MAX_VIEWERS];
	size_t viewer_count;
	atomic_bool is_over;
	atomic_uint failure_count;
	atomic_uint waiting_count;
};

static void fail(struct stress *stress, const char *what, int64_t code)
{
	fprintf(stderr, "stress: %s: %lld\n", what, (long long)code);
	atomic_fetch_add(&stress->failure_count, 1);
}

/* xorshift32: each thread has its own, so that a seed repeats its decisions. */
static uint32_t next_chance(uint32_t *chance)
{
	*chance ^= *chance << 13;
	*chance ^= *chance >> 17;
	*chance ^= *chance << 5;
	return *chance;
}

static void pause_us(long microseconds)
{
	struct timespec time = {.tv_sec = 0, .tv_nsec = microseconds * 1000};

	nanosleep(&time, NULL);
}

/* ---- viewers ---- */

static bool is_expected_code(int64_t code)
{
	return code >= 0 || code == TSTREAM_EAGAIN || code == TSTREAM_ECANCELED ||
	       code == TSTREAM_ETIMEDOUT;
}

static tstream_reader *open_reader(struct viewer *viewer)
{
	struct subject *subject = viewer->subject;
	tstream_reader_options options = TSTREAM_READER_OPTIONS_INIT;
	tstream_reader *reader = NULL;
	int code = 0;

	options.start_offset = next_chance(&viewer->chance) % subject->size;
	options.readahead_bytes = 1 + next_chance(&viewer->chance) % (4u << 20);
	options.tag = (uint64_t)(viewer - viewer->stress->viewers);
	code = tstream_reader_open(subject->torrent, 0, &options, &reader, NULL);
	if (code < 0) {
		fail(viewer->stress, "open", code);
		return NULL;
	}
	pthread_mutex_lock(&viewer->lock);
	viewer->reader = reader;
	pthread_mutex_unlock(&viewer->lock);
	return reader;
}

static void close_reader(struct viewer *viewer)
{
	pthread_mutex_lock(&viewer->lock);
	tstream_reader *reader = viewer->reader;
	viewer->reader = NULL;
	pthread_mutex_unlock(&viewer->lock);
	tstream_reader_close(reader);
}

/* @return false if this reader has nothing more to give */
static bool read_once(struct viewer *viewer, tstream_reader *reader, uint8_t *buffer)
{
	int64_t offset = tstream_reader_tell(reader);
	int64_t count = tstream_reader_read(reader, buffer, BUFFER_BYTES);

	if (!is_expected_code(count)) {
		fail(viewer->stress, "read", count);
	}
	if (count > 0 && memcmp(buffer, viewer->subject->expected + offset, (size_t)count) != 0) {
		fail(viewer->stress, "wrong bytes at", offset);
	}
	viewer->read_bytes += count > 0 ? (uint64_t)count : 0;
	if (count == TSTREAM_EAGAIN) {
		int code = tstream_reader_wait(reader, next_chance(&viewer->chance) % 50000);
		if (!is_expected_code(code)) {
			fail(viewer->stress, "wait", code);
		}
		return code != TSTREAM_ECANCELED;
	}
	return count > 0;
}

static void seek_somewhere(struct viewer *viewer, tstream_reader *reader)
{
	uint64_t offset = next_chance(&viewer->chance) % (viewer->subject->size + 1);
	int64_t got = tstream_reader_seek(reader, offset);

	if (got != (int64_t)offset && got != TSTREAM_ECANCELED) {
		fail(viewer->stress, "seek", got);
	}
}

static void *view(void *argument)
{
	struct viewer *viewer = argument;
	uint8_t *buffer = malloc(BUFFER_BYTES);

	while (buffer && !atomic_load(&viewer->stress->is_over)) {
		tstream_reader *reader = open_reader(viewer);
		uint32_t steps = next_chance(&viewer->chance) % 64;

		for (uint32_t step = 0; reader && step < steps; step++) {
			if (next_chance(&viewer->chance) % 8 == 0) {
				seek_somewhere(viewer, reader);
			}
			if (!read_once(viewer, reader, buffer)) {
				break;
			}
		}
		close_reader(viewer);
	}
	free(buffer);
	return NULL;
}

/* ---- those who disturb ---- */

static void *cancel_some(void *argument)
{
	struct stress *stress = argument;
	uint32_t chance = 77;

	while (!atomic_load(&stress->is_over)) {
		struct viewer *viewer = &stress->viewers[next_chance(&chance) % stress->viewer_count];

		pthread_mutex_lock(&viewer->lock);
		if (viewer->reader) {
			tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;
			tstream_reader_get_stats(viewer->reader, &stats);
			tstream_reader_cancel(viewer->reader);
		}
		pthread_mutex_unlock(&viewer->lock);
		pause_us(20000);
	}
	return NULL;
}

static void look_at(struct stress *stress, tstream_torrent *torrent)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	tstream_peer peers[8] = {TSTREAM_PEER_INIT};
	tstream_reader_stats readers[8] = {TSTREAM_READER_STATS_INIT};
	tstream_file file = TSTREAM_FILE_INIT;
	uint8_t pieces[512];

	int code = tstream_torrent_get_stats(torrent, &stats);
	if (code < 0 || stats.have_piece_count > stats.piece_count) {
		fail(stress, "torrent stats", code);
	}
	tstream_torrent_get_pieces(torrent, pieces, sizeof(pieces));
	tstream_torrent_get_peers(torrent, peers, 8);
	tstream_torrent_get_readers(torrent, readers, 8);
	tstream_torrent_get_file(torrent, 0, &file);
	tstream_free(tstream_torrent_magnet_copy(torrent));
}

static void *look(void *argument)
{
	struct stress *stress = argument;

	while (!atomic_load(&stress->is_over)) {
		tstream_event event = TSTREAM_EVENT_INIT;
		tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;

		while (tstream_session_next_event(stress->session, &event) > 0) {
			if (event.type == TSTREAM_EVENT_ERROR) {
				fail(stress, event.message, event.code);
			}
		}
		tstream_session_get_stats(stress->session, &stats);
		for (size_t i = 0; i < stress->subject_count; i++) {
			look_at(stress, stress->subjects[i].torrent);
		}
		pause_us(1000);
	}
	return NULL;
}

static void *open_again(void *argument)
{
	struct stress *stress = argument;
	uint32_t chance = 99;

	while (!atomic_load(&stress->is_over)) {
		struct subject *subject = &stress->subjects[next_chance(&chance) % stress->subject_count];
		tstream_torrent *same = NULL;
		tstream_torrent *listed[MAX_TORRENTS];

		int code = tstream_torrent_open_magnet(stress->session, subject->magnet, &same, NULL);
		if (code < 0 || same != subject->torrent) {
			fail(stress, "open again", code);
		}
		tstream_torrent_unref(same);
		size_t count = tstream_session_list_torrents(stress->session, listed, MAX_TORRENTS);
		for (size_t i = 0; i < count && i < MAX_TORRENTS; i++) {
			tstream_torrent_unref(listed[i]);
		}
		pause_us(5000);
	}
	return NULL;
}

/* ---- the end: the session closes under readers that wait ---- */

static void *wait_for_the_end(void *argument)
{
	struct viewer *viewer = argument;
	struct stress *stress = viewer->stress;
	uint8_t byte = 0;
	int64_t code = 0;
	tstream_reader *reader = open_reader(viewer);

	atomic_fetch_add(&stress->waiting_count, 1);
	while (reader && code != TSTREAM_ECANCELED && atomic_load(&stress->failure_count) == 0) {
		code = tstream_reader_read(reader, &byte, 1);
		if (code == TSTREAM_EAGAIN) {
			code = tstream_reader_wait(reader, -1);
		} else if (code == 0) {
			code = tstream_reader_seek(reader, 0);
		}
		if (!is_expected_code(code)) {
			fail(stress, "at the end", code);
		}
	}
	close_reader(viewer);
	return NULL;
}

static void close_under_waiting_readers(struct stress *stress)
{
	pthread_t threads[MAX_VIEWERS];

	for (size_t i = 0; i < stress->viewer_count; i++) {
		pthread_create(&threads[i], NULL, wait_for_the_end, &stress->viewers[i]);
	}
	while (atomic_load(&stress->waiting_count) < stress->viewer_count) {
		pause_us(1000);
	}
	tstream_session_close(stress->session);
	for (size_t i = 0; i < stress->viewer_count; i++) {
		pthread_join(threads[i], NULL);
	}
}

/* ---- setting up ---- */

static bool load(struct subject *subject, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = -1;

	if (file && fseek(file, 0, SEEK_END) == 0) {
		size = ftell(file);
	}
	if (size > 0) {
		rewind(file);
		subject->size = (size_t)size;
		subject->expected = malloc(subject->size);
	}
	bool is_loaded =
	    subject->expected && fread(subject->expected, 1, subject->size, file) == subject->size;
	if (file) {
		fclose(file);
	}
	return is_loaded;
}

static bool open_subject(struct stress *stress, const char *magnet, const char *path)
{
	struct subject *subject = &stress->subjects[stress->subject_count];
	tstream_error err = {0};

	subject->magnet = magnet;
	if (!load(subject, path)) {
		fprintf(stderr, "stress: %s cannot be read\n", path);
		return false;
	}
	int code = tstream_torrent_open_magnet(stress->session, magnet, &subject->torrent, &err);
	if (code == 0) {
		code = tstream_torrent_wait_metadata(subject->torrent, METADATA_TIMEOUT_US, &err);
	}
	if (code < 0) {
		fprintf(stderr, "stress: %s: %s\n", magnet, err.message);
		return false;
	}
	stress->subject_count++;
	return true;
}

static void make_viewers(struct stress *stress)
{
	stress->viewer_count = stress->subject_count * VIEWERS_PER_TORRENT;
	for (size_t i = 0; i < stress->viewer_count; i++) {
		struct viewer *viewer = &stress->viewers[i];

		viewer->stress = stress;
		viewer->subject = &stress->subjects[i % stress->subject_count];
		viewer->chance = (uint32_t)(i * 2654435761u + 1);
		pthread_mutex_init(&viewer->lock, NULL);
	}
}

static void run(struct stress *stress, unsigned seconds)
{
	static void *(*const disturbers[])(void *) = {cancel_some, look, open_again};
	enum { DISTURBER_COUNT = sizeof(disturbers) / sizeof(disturbers[0]) };
	pthread_t viewers[MAX_VIEWERS];
	pthread_t others[DISTURBER_COUNT];

	make_viewers(stress);
	for (size_t i = 0; i < stress->viewer_count; i++) {
		pthread_create(&viewers[i], NULL, view, &stress->viewers[i]);
	}
	for (size_t i = 0; i < DISTURBER_COUNT; i++) {
		pthread_create(&others[i], NULL, disturbers[i], stress);
	}
	for (unsigned tenth = 0; tenth < seconds * 10; tenth++) {
		pause_us(100000);
	}
	atomic_store(&stress->is_over, true);
	for (size_t i = 0; i < stress->viewer_count; i++) {
		pthread_join(viewers[i], NULL);
	}
	for (size_t i = 0; i < DISTURBER_COUNT; i++) {
		pthread_join(others[i], NULL);
	}
}

static int report(struct stress *stress)
{
	uint64_t read_bytes = 0;

	for (size_t i = 0; i < stress->viewer_count; i++) {
		read_bytes += stress->viewers[i].read_bytes;
		pthread_mutex_destroy(&stress->viewers[i].lock);
	}
	for (size_t i = 0; i < stress->subject_count; i++) {
		tstream_torrent_unref(stress->subjects[i].torrent);
		free(stress->subjects[i].expected);
	}
	unsigned failures = atomic_load(&stress->failure_count);
	printf("read %llu bytes, %u failures\n", (unsigned long long)read_bytes, failures);
	return failures == 0 && read_bytes > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc < 5 || argc % 2 == 0 || argc > 3 + 2 * MAX_TORRENTS) {
		fprintf(stderr, "usage: %s DATA_DIR SECONDS MAGNET FILE [MAGNET FILE]...\n", argv[0]);
		return 2;
	}
	struct stress *stress = calloc(1, sizeof(*stress));
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_error err = {0};
	bool is_open = true;

	options.data_dir = argv[1];
	options.listen = "127.0.0.1:0";
	options.flags =
	    TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING;
	if (!stress || tstream_session_open(&options, &stress->session, &err) < 0) {
		fprintf(stderr, "stress: %s\n", err.message);
		free(stress);
		return 1;
	}
	for (int i = 3; i < argc && is_open; i += 2) {
		is_open = open_subject(stress, argv[i], argv[i + 1]);
	}
	if (is_open) {
		run(stress, (unsigned)strtoul(argv[2], NULL, 10));
		close_under_waiting_readers(stress);
	} else {
		tstream_session_close(stress->session);
		atomic_store(&stress->failure_count, 1);
	}
	int result = report(stress);
	free(stress);
	return result;
}
