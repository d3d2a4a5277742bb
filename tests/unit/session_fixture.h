/**
 * unit/session_fixture.h - a session over the fake engine, in a directory of its own.
 */
#ifndef TEST_UNIT_SESSION_FIXTURE_H
#define TEST_UNIT_SESSION_FIXTURE_H

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/tstream.h>
#include <unistd.h>

#include "fake_engine.h"
#include "stream/session.h"
#include "stream/torrent.h"
#include "temporary_dir.h"

#define PIECE 65536u
#define FILM_MAGNET "magnet:?xt=urn:btih:0101010101010101010101010101010101010101&dn=Film"
#define FILM_V1 "0101010101010101010101010101010101010101"
#define DATA_MAGNET "magnet:?xt=urn:btih:0202020202020202020202020202020202020202&dn=Data"
#define DATA_V1 "0202020202020202020202020202020202020202"
#define PATIENCE_MS 10000

#define TIMES_10(byte) byte, byte, byte, byte, byte, byte, byte, byte, byte, byte
#define V1_OF(byte)                                                                                \
	{                                                                                              \
		TIMES_10(byte), TIMES_10(byte)                                                             \
	}
#define V2_OF(byte)                                                                                \
	{                                                                                              \
		TIMES_10(byte), TIMES_10(byte), TIMES_10(byte), byte, byte                                 \
	}

static const fake_file film_files[] = {
    {"Film/sample.mkv", 1000, false},
    {"Film/.pad/64536", PIECE - 1000, true},
    {"Film/film.mkv", 20 * PIECE + 1000, false},
    {"Film/.pad/64536b", PIECE - 1000, true},
    {"Film/huge.iso", 40 * PIECE, false},
    {"Film/empty.mkv", 0, false},
};
/* What people see of it: */
enum { SAMPLE, FILM, ISO, EMPTY, FILM_FILE_COUNT };
#define FILM_FIRST_PIECE 1u
#define FILM_PIECES 62u

static const fake_content film_content = {.infohash = {.has_v1 = true, .v1 = V1_OF(1)},
                                          .name = "The Film",
                                          .piece_size = PIECE,
                                          .file_count = 6,
                                          .files = film_files};

static const fake_file data_files[] = {{"data.bin", 100 * PIECE, false}};
static const fake_content data_content = {.infohash = {.has_v1 = true, .v1 = V1_OF(2)},
                                          .name = "data.bin",
                                          .piece_size = PIECE,
                                          .file_count = 1,
                                          .files = data_files};

/** With no more than a data directory. */
static inline tstream_session *open_plain(const char *dir)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session = NULL;
	tstream_error err = {0};
	options.data_dir = dir;
	ck_assert_msg(tsi_session_open(&options, &fake_engine_ops, &session, &err) == TSTREAM_OK, "%s",
	              err.message);
	return session;
}

static inline tstream_torrent *open_torrent(tstream_session *session, const char *magnet)
{
	tstream_torrent *torrent = NULL;
	tstream_error err = {0};
	ck_assert_msg(tstream_torrent_open_magnet(session, magnet, &torrent, &err) == TSTREAM_OK, "%s",
	              err.message);
	return torrent;
}

static inline tsi_engine_torrent *engine_of(tstream_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	tsi_engine_torrent *engine_torrent = torrent->engine_torrent;
	pthread_mutex_unlock(&torrent->mutex);
	ck_assert_ptr_nonnull(engine_torrent);
	return engine_torrent;
}

/** Opened, with metadata, and its first pieces here. */
static inline tstream_torrent *open_ready(tstream_session *session, const char *magnet,
                                          const fake_content *content, uint32_t here_count)
{
	tstream_torrent *torrent = open_torrent(session, magnet);
	ck_assert(fake_engine_deliver_metadata(engine_of(torrent), content));
	fake_engine_deliver_ready(engine_of(torrent), here_count);
	return torrent;
}

static inline tstream_reader *open_reader_with(tstream_torrent *torrent, uint32_t file_index,
                                               tstream_reader_options options)
{
	tstream_reader *reader = NULL;
	tstream_error err = {0};
	options.struct_size = sizeof(options);
	ck_assert_msg(tstream_reader_open(torrent, file_index, &options, &reader, &err) == 0, "%s",
	              err.message);
	return reader;
}

static inline tstream_reader *open_reader(tstream_torrent *torrent, uint32_t file_index)
{
	return open_reader_with(torrent, file_index, (tstream_reader_options){.tag = 77});
}

static inline bool is_awake(tstream_session *session)
{
	struct pollfd poller = {.fd = tstream_session_get_wakeup_fd(session), .events = POLLIN};
	return poll(&poller, 1, 0) == 1;
}

/** @return the type of the oldest event, or TSTREAM_EVENT_NONE */
static inline int next_event(tstream_session *session, tstream_event *out_event)
{
	*out_event = (tstream_event)TSTREAM_EVENT_INIT;
	int got = tstream_session_next_event(session, out_event);
	ck_assert_int_ge(got, 0);
	return got ? out_event->type : TSTREAM_EVENT_NONE;
}

/** @return how many events of this type were queued; the queue is empty then */
static inline unsigned drain(tstream_session *session, int type)
{
	tstream_event event;
	unsigned count = 0;
	for (int got = next_event(session, &event); got; got = next_event(session, &event))
		count += got == type;
	return count;
}

/** Wait for an event of this type, dropping others. */
static inline tstream_event await_event(tstream_session *session, int type)
{
	tstream_event event;
	for (;;) {
		int got = next_event(session, &event);
		if (got == type)
			return event;
		struct pollfd poller = {.fd = tstream_session_get_wakeup_fd(session), .events = POLLIN};
		ck_assert_msg(got || poll(&poller, 1, PATIENCE_MS) == 1, "event %d never came", type);
	}
}

/** Bytes of a file as they should be. */
static inline void assert_bytes(const uint8_t *bytes, size_t size, const fake_content *content,
                                uint32_t engine_index, uint64_t offset)
{
	uint64_t begin = fake_content_file_offset(content, engine_index) + offset;
	size_t right = 0;
	while (right < size && bytes[right] == fake_engine_byte(begin + right))
		right++;
	/* Once, not for each byte: an assertion is a write to a pipe. */
	ck_assert_msg(right == size, "byte %zu of %zu is wrong", right, size);
}

#endif
