/**
 * unit/local_http.h - an HTTP server of one thread on 127.0.0.1 that says what a test
 * tells it to, however wrong that may be.
 */
#ifndef TEST_UNIT_LOCAL_HTTP_H
#define TEST_UNIT_LOCAL_HTTP_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOCAL_HTTP_REQUEST_BYTES 16384

/** Answers one request, whose head is @p request; the connection is closed after it. */
typedef void (*local_http_fn)(int fd, const char *request);

typedef struct local_http {
	int listen_fd;
	unsigned port;
	local_http_fn answer;
	atomic_uint request_count;
	pthread_t thread;
} local_http;

/** @return false once the client has gone */
static inline bool local_http_send(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		size -= (size_t)sent;
	}
	return true;
}

static inline bool local_http_say(int fd, const char *text)
{
	return local_http_send(fd, text, strlen(text));
}

/** Wait, without a word, until the client hangs up; ten seconds at most. */
static inline void local_http_wait_for_hangup(int fd)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	poll(&waiting, 1, 10000);
}

static inline bool local_http_read_head(int fd, char head[LOCAL_HTTP_REQUEST_BYTES])
{
	size_t size = 0;

	head[0] = '\0';
	while (!strstr(head, "\r\n\r\n")) {
		ssize_t got = recv(fd, head + size, LOCAL_HTTP_REQUEST_BYTES - 1 - size, 0);

		if (got <= 0)
			return false;
		size += (size_t)got;
		head[size] = '\0';
	}
	return true;
}

static inline void *local_http_run(void *argument)
{
	local_http *server = argument;
	char head[LOCAL_HTTP_REQUEST_BYTES];
	int fd;

	/* Ends when local_http_stop() shuts the listening socket. */
	while ((fd = accept(server->listen_fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&server->request_count, 1);
		if (local_http_read_head(fd, head))
			server->answer(fd, head);
		close(fd);
	}
	return NULL;
}

static inline void local_http_start(local_http *server, local_http_fn answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);

	memset(server, 0, sizeof(*server));
	server->answer = answer;
	server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(server->listen_fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(server->listen_fd, 16), 0);
	ck_assert_int_eq(getsockname(server->listen_fd, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&server->thread, NULL, local_http_run, server), 0);
}

static inline void local_http_stop(local_http *server)
{
	shutdown(server->listen_fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listen_fd);
}

#endif
