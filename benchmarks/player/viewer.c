#include "viewer.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES (256u * 1024u)
/* Wake for so much room, not for every byte that was played. */
#define WORTH_READING_BYTES (64u * 1024u)
#define MAX_REQUEST_BYTES 16384
/* Of a thousand clients each has a machine of its own.  Here one kernel keeps what all of them have
 * not read yet, and drops segments once that is more than TCP may have (tcp_mem). */
#define WINDOW_BYTES (256 * 1024)

static void disconnect(struct viewer *viewer)
{
	if (viewer->fd >= 0)
		close(viewer->fd);
	viewer->fd = -1;
}

void viewer_end(struct viewer *viewer, const char *error)
{
	disconnect(viewer);
	viewer->state = VIEWER_GONE;
	viewer->error = error;
}

static void dial(struct viewer *viewer)
{
	const struct sockaddr *server = (const struct sockaddr *)&viewer->plan->server;
	int on = 1;
	int window_bytes = WINDOW_BYTES;

	disconnect(viewer);
	viewer->head_bytes = 0;
	viewer->state = VIEWER_CONNECTS;
	viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (viewer->fd < 0) {
		viewer_end(viewer, "no socket");
		return;
	}
	setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(viewer->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window_bytes, sizeof(window_bytes));
	if (connect(viewer->fd, server, sizeof(viewer->plan->server)) < 0 && errno != EINPROGRESS)
		viewer_end(viewer, "cannot connect");
}

static void ask(struct viewer *viewer)
{
	char request[MAX_REQUEST_BYTES];
	int size = snprintf(request, sizeof(request),
	                    "GET %s HTTP/1.1\r\nHost: localhost\r\nRange: bytes=%llu-\r\n\r\n",
	                    viewer->plan->path, (unsigned long long)viewer->offset);

	if (size < 0 || (size_t)size >= sizeof(request) ||
	    send(viewer->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
		viewer_end(viewer, "cannot ask");
	else
		viewer->state = VIEWER_READS_HEAD;
}

static void take_body(struct viewer *viewer, const void *bytes, size_t size, uint64_t now_ns)
{
	if (size == 0)
		return;
	if (viewer->first_byte_ms < 0)
		viewer->first_byte_ms = (double)(now_ns - viewer->begin_ns) / 1e6;
	if (!original_has(viewer->plan->original, viewer->offset, bytes, size)) {
		viewer_end(viewer, "the body differs from the original");
		return;
	}
	viewer->offset += size;
	viewer->received += size;
	playback_receive(&viewer->playback, size, now_ns);
}

/* Whether a recv() that gave this has given bytes; if it never will again, the viewer goes. */
static bool has_bytes(struct viewer *viewer, ssize_t size)
{
	if (size > 0)
		return true;
	if (size == 0 || (errno != EAGAIN && errno != EINTR))
		viewer_end(viewer, "the answer ended early");
	return false;
}

static void read_head(struct viewer *viewer, uint64_t now_ns)
{
	const size_t room = sizeof(viewer->head) - 1 - viewer->head_bytes;
	const ssize_t size = recv(viewer->fd, viewer->head + viewer->head_bytes, room, 0);
	const char *end;

	if (!has_bytes(viewer, size))
		return;
	viewer->head_bytes += (size_t)size;
	viewer->head[viewer->head_bytes] = '\0';
	end = strstr(viewer->head, "\r\n\r\n");
	if (!end) {
		if (viewer->head_bytes == sizeof(viewer->head) - 1)
			viewer_end(viewer, "the head does not end");
		return;
	}
	if (strncmp(viewer->head, "HTTP/1.1 206", 12) != 0) {
		viewer_end(viewer, "unexpected status");
		return;
	}
	viewer->state = VIEWER_READS_BODY;
	end += 4;
	take_body(viewer, end, viewer->head_bytes - (size_t)(end - viewer->head), now_ns);
}

static void read_body(struct viewer *viewer, uint64_t now_ns)
{
	static uint8_t buffer[CHUNK_BYTES];
	uint64_t room = playback_room(&viewer->playback);
	ssize_t size;

	if (room > sizeof(buffer))
		room = sizeof(buffer);
	if (room == 0)
		return;
	size = recv(viewer->fd, buffer, (size_t)room, 0);
	if (has_bytes(viewer, size))
		take_body(viewer, buffer, (size_t)size, now_ns);
}

void viewer_begin(struct viewer *viewer, uint64_t now_ns)
{
	viewer->begin_ns = now_ns;
	viewer->first_byte_ms = -1;
	playback_begin(&viewer->playback, &viewer->plan->rules,
	               viewer->plan->original->size - viewer->offset, now_ns);
	dial(viewer);
}

static void seek(struct viewer *viewer, uint64_t now_ns)
{
	viewer->offset = viewer->plan->seek_to[viewer->playback.seeks];
	playback_seek(&viewer->playback, viewer->plan->original->size - viewer->offset, now_ns);
	dial(viewer);
}

bool viewer_tick(struct viewer *viewer, uint64_t now_ns)
{
	if (viewer->state == VIEWER_GONE)
		return false;
	playback_advance(&viewer->playback, now_ns);
	if (playback_is_over(&viewer->playback))
		viewer_end(viewer, NULL);
	else if (playback_is_seek_due(&viewer->playback))
		seek(viewer, now_ns);
	return viewer->state != VIEWER_GONE;
}

void viewer_serve(struct viewer *viewer, uint64_t now_ns)
{
	playback_advance(&viewer->playback, now_ns);
	if (viewer->state == VIEWER_CONNECTS)
		ask(viewer);
	else if (viewer->state == VIEWER_READS_HEAD)
		read_head(viewer, now_ns);
	else if (viewer->state == VIEWER_READS_BODY)
		read_body(viewer, now_ns);
}

short viewer_events(const struct viewer *viewer)
{
	const struct playback *playback = &viewer->playback;

	if (viewer->state == VIEWER_CONNECTS)
		return POLLOUT;
	if (viewer->state == VIEWER_READS_HEAD)
		return POLLIN;
	if (viewer->state != VIEWER_READS_BODY || playback->left <= 0)
		return 0;
	return playback_room(playback) >= WORTH_READING_BYTES ? POLLIN : 0;
}
