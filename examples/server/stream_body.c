#include "stream_body.h"

#include "clock.h"
#include "hangups.h"
#include "locate.h"
#include "metrics.h"
#include "recorder.h"
#include "response.h"
#include "streams.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define TELL_PERIOD_US ((int64_t)1000000)
/* So long nobody looks for the connection's socket: most bytes are here by then. */
#define UNWATCHED_WAIT_US 5000

int stream_body_begin(struct stream_body *body)
{
	/* Mapped, not malloc'd: only what is used takes memory, and all of it goes back to the
	 * system when the stream ends, so that idle connections stay small. */
	void *memory = mmap(NULL, STREAM_BODY_BUFFER_BYTES, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return locate_fail(&body->err, TSTREAM_ENOMEM, "Out of memory.");
	body->buffer = memory;
	return 0;
}

void stream_body_end(struct stream_body *body)
{
	if (body->buffer)
		munmap(body->buffer, STREAM_BODY_BUFFER_BYTES);
	body->buffer = NULL;
}

/* What the viewer is kept waiting for, in the library's words. */
static int fail_stalled(struct stream_body *body)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	char message[TSTREAM_ERROR_MESSAGE_BYTES];

	if (tstream_torrent_get_stats(body->torrent, &stats))
		stats.message[0] = '\0';
	snprintf(message, sizeof(message), "The first bytes did not arrive in time. %.200s",
	         stats.message);
	return locate_fail(&body->err, TSTREAM_ETIMEDOUT, message);
}

static int fail_read(struct stream_body *body, int code)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;

	if (code == TSTREAM_ECANCELED)
		return locate_fail(&body->err, code, "The stream was stopped, or its torrent removed.");
	if (tstream_torrent_get_stats(body->torrent, &stats) == 0 &&
	    stats.state == TSTREAM_STATE_ERROR && stats.message[0])
		return locate_fail(&body->err, code, stats.message);
	return locate_fail(&body->err, code, tstream_strerror(code));
}

/* Until a read would give bytes, an end or an error.  0; a code; REQUEST_CLIENT_GONE */
static int await_watched(struct stream_body *body, tstream_reader *reader)
{
	int64_t began_us = clock_now_us();
	int64_t limit_us = (int64_t)body->request->server->settings.stall_timeout_s * 1000000;

	for (;;) {
		int code = tstream_reader_wait(reader, REQUEST_WAIT_SLICE_US);
		if (code == 0)
			return 0;
		if (request_is_abandoned(body->request))
			return REQUEST_CLIENT_GONE;
		if (code != TSTREAM_ETIMEDOUT && code != TSTREAM_EAGAIN)
			return fail_read(body, code);
		/* Once bytes flow, a client that still waits for more knows best how long to. */
		if (!body->has_begun && clock_now_us() - began_us >= limit_us)
			return fail_stalled(body);
	}
}

static int await_readable(struct stream_body *body, tstream_reader *reader)
{
	struct hangups *hangups = body->request->server->hangups;
	struct hangup_watch watch;

	if (tstream_reader_wait(reader, UNWATCHED_WAIT_US) == 0)
		return 0;
	hangups_watch(hangups, &watch, request_socket(body->request), reader);
	int code = await_watched(body, reader);
	hangups_unwatch(hangups, &watch);
	return code;
}

static int wait_readable(struct stream_body *body, tstream_reader *reader)
{
	struct metrics *metrics = &body->request->server->metrics;
	int64_t began_us = clock_now_us();

	atomic_fetch_add(&metrics->waiting_streams, 1);
	int code = await_readable(body, reader);
	atomic_fetch_sub(&metrics->waiting_streams, 1);
	if (body->has_begun && body->is_watched)
		metrics_note_wait(metrics, clock_now_us() - began_us);
	return code;
}

/* Read, waiting as needed; *out_read is 0 at the end.  0; a code; REQUEST_CLIENT_GONE */
static int read_some(struct stream_body *body, tstream_reader *reader, char *into, size_t size,
                     int64_t *out_read)
{
	for (;;) {
		*out_read = tstream_reader_read(reader, into, size);
		if (*out_read >= 0)
			return 0;
		if (*out_read != TSTREAM_EAGAIN)
			return fail_read(body, (int)*out_read);
		int code = wait_readable(body, reader);
		if (code)
			return code;
	}
}

static size_t chunk_size(uint64_t rest)
{
	return rest < STREAM_BODY_CHUNK_BYTES ? (size_t)rest : STREAM_BODY_CHUNK_BYTES;
}

static void begin_sighting(struct stream_body *body, uint64_t offset)
{
	body->seen.begin = body->seen.end = offset;
	body->seen.began_us = clock_now_us();
}

static void tell(struct stream_body *body)
{
	if (body->seen.end == body->seen.begin)
		return;
	body->seen.ended_us = clock_now_us();
	recorder_note(body->recorder, &body->seen);
	begin_sighting(body, body->seen.end);
}

/* Not more often than needed: a second is exact enough. */
static void see(struct stream_body *body, uint64_t count)
{
	if (!body->recorder)
		return;
	body->seen.end += count;
	if (clock_now_us() - body->seen.began_us >= TELL_PERIOD_US)
		tell(body);
}

static void note_sent(struct stream_body *body, bool is_first, uint64_t count)
{
	struct metrics *metrics = &body->request->server->metrics;

	atomic_fetch_add(&metrics->sent_bytes, count);
	if (is_first && body->is_watched)
		metrics_note_first_byte(metrics, body->is_seek, clock_now_us() - body->request->began_us);
}

static int pump(struct stream_body *body, tstream_reader *reader, const struct text *before,
                uint64_t rest)
{
	size_t head_size = before->size;

	memcpy(body->buffer, before->data, head_size);
	while (rest > 0) {
		int64_t count;
		int code = read_some(body, reader, body->buffer + head_size, chunk_size(rest), &count);
		if (code)
			return code;
		if (count == 0)
			return locate_fail(&body->err, TSTREAM_EIO, "The file ended before its size.");
		bool is_first = !body->has_begun;
		body->has_begun = true;
		if (!response_write(body->request, body->buffer, head_size + (size_t)count))
			return REQUEST_CLIENT_GONE;
		note_sent(body, is_first, (uint64_t)count);
		see(body, (uint64_t)count);
		rest -= (uint64_t)count;
		head_size = 0;
	}
	return 0;
}

int stream_body_send(struct stream_body *body, const struct text *before, const struct range *range)
{
	struct streams *streams = body->request->server->streams;
	tstream_reader_options options = TSTREAM_READER_OPTIONS_INIT;
	tstream_reader *reader;

	if (before->is_truncated)
		return locate_fail(&body->err, TSTREAM_EINTERNAL, "The answer's head does not fit.");
	/* Told the range at open, the library fetches nothing outside of it, not even at first. */
	options.start_offset = range->begin;
	options.end_offset = range->end;
	int code = tstream_reader_open(body->torrent, body->file_index, &options, &reader, &body->err);
	if (code)
		return code;
	begin_sighting(body, range->begin);
	if (streams_set_reader(streams, body->stream, reader))
		code = pump(body, reader, before, range->end - range->begin);
	else
		code = fail_read(body, TSTREAM_ECANCELED);
	tell(body);
	streams_set_reader(streams, body->stream, NULL);
	tstream_reader_close(reader);
	return code;
}

static int collect(struct stream_body *body, tstream_reader *reader, char *into, size_t size)
{
	while (size > 0) {
		int64_t count;
		int code = read_some(body, reader, into, size, &count);
		if (code)
			return code;
		if (count == 0)
			return locate_fail(&body->err, TSTREAM_EIO, "The file ended before its size.");
		into += count;
		size -= (size_t)count;
	}
	return 0;
}

int stream_body_collect(struct stream_body *body, char *into, size_t size)
{
	struct streams *streams = body->request->server->streams;
	tstream_reader *reader;
	int code = tstream_reader_open(body->torrent, body->file_index, NULL, &reader, &body->err);

	if (code)
		return code;
	if (streams_set_reader(streams, body->stream, reader))
		code = collect(body, reader, into, size);
	else
		code = fail_read(body, TSTREAM_ECANCELED);
	streams_set_reader(streams, body->stream, NULL);
	tstream_reader_close(reader);
	return code;
}
