#include "store/redis_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

struct tsi_redis_link {
	int fd;
	redisReader *reader;
};

static int fail(char out_why[TSI_REDIS_WHY_BYTES], const char *why)
{
	snprintf(out_why, TSI_REDIS_WHY_BYTES, "%s", why);
	return TSTREAM_ENET;
}

/* -- the socket ----------------------------------------------------------- */

/** @return 0; ENET when the time is over */
static int wait_for(int fd, short events, int64_t deadline_us, char out_why[TSI_REDIS_WHY_BYTES])
{
	struct pollfd polled = {.fd = fd, .events = events};
	for (;;) {
		int64_t left_us = deadline_us - tsi_now_us();
		if (left_us <= 0)
			return fail(out_why, "no answer in time");
		int ready = poll(&polled, 1, (int)((left_us + 999) / 1000));
		if (ready > 0)
			return TSTREAM_OK; /* errors show when it is used */
		if (ready < 0 && errno != EINTR)
			return fail(out_why, strerror(errno));
	}
}

/** @return a connected socket; negative: out_why says why */
static int connect_to(const struct addrinfo *address, int64_t deadline_us,
                      char out_why[TSI_REDIS_WHY_BYTES])
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(out_why, strerror(errno));
	int error = 0;
	socklen_t size = sizeof(error);
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		if (wait_for(fd, POLLOUT, deadline_us, out_why) != TSTREAM_OK) {
			close(fd);
			return TSTREAM_ENET;
		}
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
	if (error != 0) {
		close(fd);
		return fail(out_why, strerror(error));
	}
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/** Every address that the host has, until one answers. */
static int open_socket(const tsi_cache_url *url, int64_t timeout_us, int64_t *out_deadline_us,
                       char out_why[TSI_REDIS_WHY_BYTES])
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses = NULL;
	int looked_up = getaddrinfo(url->host, url->port, &hints, &addresses);
	if (looked_up != 0)
		return fail(out_why, gai_strerror(looked_up));
	*out_deadline_us = tsi_now_us() + timeout_us;
	int fd = fail(out_why, "no address");
	for (struct addrinfo *at = addresses; at && fd < 0; at = at->ai_next)
		fd = connect_to(at, *out_deadline_us, out_why);
	freeaddrinfo(addresses);
	return fd;
}

static int send_all(int fd, const char *bytes, size_t size, int64_t deadline_us,
                    char out_why[TSI_REDIS_WHY_BYTES])
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent >= 0) {
			bytes += sent;
			size -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return fail(out_why, strerror(errno));
		int code = wait_for(fd, POLLOUT, deadline_us, out_why);
		if (code != TSTREAM_OK)
			return code;
	}
	return TSTREAM_OK;
}

/** One recv's worth of the answer.  @param bytes_left  how much more it may be */
static int receive_some(tsi_redis_link *link, size_t *bytes_left, int64_t deadline_us,
                        char out_why[TSI_REDIS_WHY_BYTES])
{
	char buffer[16384];
	ssize_t received = recv(link->fd, buffer, sizeof(buffer), 0);
	if (received < 0 && (errno == EAGAIN || errno == EINTR))
		return wait_for(link->fd, POLLIN, deadline_us, out_why);
	if (received < 0)
		return fail(out_why, strerror(errno));
	if (received == 0)
		return fail(out_why, "the server closed the connection");
	if ((size_t)received > *bytes_left)
		return fail(out_why, "an answer longer than a value may be");
	*bytes_left -= (size_t)received;
	if (redisReaderFeed(link->reader, buffer, (size_t)received) != REDIS_OK)
		return fail(out_why, "an answer that is not Redis's");
	return TSTREAM_OK;
}

/* -- asking --------------------------------------------------------------- */

static int receive_reply(tsi_redis_link *link, size_t max_bytes, int64_t deadline_us,
                         redisReply **out_reply, char out_why[TSI_REDIS_WHY_BYTES])
{
	/* What the protocol puts around a value. */
	size_t bytes_left = max_bytes + 1024;
	bool is_late = false;
	for (;;) {
		void *reply = NULL;
		if (redisReaderGetReply(link->reader, &reply) != REDIS_OK)
			return fail(out_why, "an answer that is not Redis's");
		if (reply) {
			*out_reply = reply;
			return TSTREAM_OK;
		}
		if (is_late)
			return fail(out_why, "no answer in time");
		int code = receive_some(link, &bytes_left, deadline_us, out_why);
		if (code != TSTREAM_OK)
			return code;
		is_late = tsi_now_us() >= deadline_us; /* however much keeps coming */
	}
}

int tsi_redis_ask(tsi_redis_link *link, const tsi_redis_command *command, redisReply **out_reply,
                  char out_why[TSI_REDIS_WHY_BYTES])
{
	int64_t deadline_us = tsi_now_us() + command->timeout_us;
	char *bytes = NULL;
	int size = redisFormatCommandArgv(&bytes, command->argc, command->argv, command->lengths);
	if (size < 0) {
		fail(out_why, "out of memory");
		return TSTREAM_ENOMEM;
	}
	int code = send_all(link->fd, bytes, (size_t)size, deadline_us, out_why);
	explicit_bzero(bytes, (size_t)size); /* AUTH's was a password */
	redisFreeCommand(bytes);
	if (code != TSTREAM_OK)
		return code;
	return receive_reply(link, command->max_reply_bytes, deadline_us, out_reply, out_why);
}

void tsi_redis_describe_error(const redisReply *reply, char out_why[TSI_REDIS_WHY_BYTES])
{
	size_t length = reply->str ? strspn(reply->str, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
	snprintf(out_why, TSI_REDIS_WHY_BYTES, "the server answers %.*s",
	         (int)(length < 32 ? length : 32), reply->str ? reply->str : "");
}

/* -- logging in ----------------------------------------------------------- */

/** Ask what must be answered with a status.  @param argv  ends with NULL */
static int demand(tsi_redis_link *link, const char **argv, int64_t deadline_us,
                  char out_why[TSI_REDIS_WHY_BYTES])
{
	size_t lengths[4];
	int argc = 0;
	for (; argv[argc]; argc++)
		lengths[argc] = strlen(argv[argc]);
	tsi_redis_command command = {argc, argv, lengths, 0, deadline_us - tsi_now_us()};
	redisReply *reply = NULL;
	int code = tsi_redis_ask(link, &command, &reply, out_why);
	if (code != TSTREAM_OK)
		return code;
	if (reply->type == REDIS_REPLY_ERROR) {
		tsi_redis_describe_error(reply, out_why);
		code = TSTREAM_ENET;
	} else if (reply->type != REDIS_REPLY_STATUS) {
		code = fail(out_why, "an answer that is not Redis's");
	}
	freeReplyObject(reply);
	return code;
}

static int log_in(tsi_redis_link *link, const tsi_cache_url *url, int64_t deadline_us,
                  char out_why[TSI_REDIS_WHY_BYTES])
{
	char database[16];
	snprintf(database, sizeof(database), "%u", url->database);
	int code = TSTREAM_OK;
	if (url->password && url->user)
		code = demand(link, (const char *[]){"AUTH", url->user, url->password, NULL}, deadline_us,
		              out_why);
	else if (url->password)
		code = demand(link, (const char *[]){"AUTH", url->password, NULL}, deadline_us, out_why);
	if (code == TSTREAM_OK && url->database != 0)
		code = demand(link, (const char *[]){"SELECT", database, NULL}, deadline_us, out_why);
	if (code == TSTREAM_OK)
		code = demand(link, (const char *[]){"PING", NULL}, deadline_us, out_why);
	return code;
}

int tsi_redis_connect(const tsi_cache_url *url, int64_t timeout_us, tsi_redis_link **out_link,
                      char out_why[TSI_REDIS_WHY_BYTES])
{
	int64_t deadline_us = 0;
	tsi_redis_link *link = calloc(1, sizeof(*link));
	redisReader *reader = link ? redisReaderCreate() : NULL;
	if (!reader) {
		free(link);
		fail(out_why, "out of memory");
		return TSTREAM_ENOMEM;
	}
	link->reader = reader;
	link->fd = open_socket(url, timeout_us, &deadline_us, out_why);
	int code = link->fd < 0 ? TSTREAM_ENET : log_in(link, url, deadline_us, out_why);
	if (code == TSTREAM_OK)
		*out_link = link;
	else
		tsi_redis_disconnect(link);
	return code;
}

void tsi_redis_disconnect(tsi_redis_link *link)
{
	if (!link)
		return;
	if (link->fd >= 0)
		close(link->fd);
	redisReaderFree(link->reader);
	free(link);
}
