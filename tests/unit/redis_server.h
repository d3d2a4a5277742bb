/**
 * unit/redis_server.h - a real redis-server on 127.0.0.1, and a false one that says what a
 * test tells it to.
 */
#ifndef TEST_UNIT_REDIS_SERVER_H
#define TEST_UNIT_REDIS_SERVER_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/redis_link.h"

#define REDIS_PATIENCE_MS 20000

static inline void redis_nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/** A listening socket of 127.0.0.1. @param out_port  whatever was free */
static inline int redis_listen(unsigned *out_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*out_port = ntohs(address.sin_port);
	return fd;
}

/* -- the real one --------------------------------------------------------- */

typedef struct redis_server {
	pid_t pid;
	unsigned port;
	const char *password; /**< NULL: none */
} redis_server;

static inline void redis_url(const redis_server *server, char out_url[128])
{
	snprintf(out_url, 128, "redis://%s%s%s127.0.0.1:%u", server->password ? ":" : "",
	         server->password ? server->password : "", server->password ? "@" : "", server->port);
}

/** Ask it directly.  @param words  ends with NULL
 *  @return a reply to free, or NULL if it cannot be reached */
static inline redisReply *redis_say(const redis_server *server, const char **words)
{
	char text[128];
	char why[TSI_REDIS_WHY_BYTES];
	tsi_cache_url url;
	tsi_redis_link *link = NULL;
	redisReply *reply = NULL;
	size_t lengths[8];
	int argc = 0;
	redis_url(server, text);
	ck_assert_int_eq(tsi_cache_url_parse(text, &url, NULL), 0);
	for (; words[argc]; argc++)
		lengths[argc] = strlen(words[argc]);
	tsi_redis_command command = {argc, words, lengths, 1 << 20, 5000000};
	if (tsi_redis_connect(&url, 5000000, &link, why) == 0 &&
	    tsi_redis_ask(link, &command, &reply, why) != 0)
		reply = NULL;
	tsi_redis_disconnect(link);
	tsi_cache_url_clear(&url);
	return reply;
}

/** Start it, on server->port if that is not 0, and wait until it serves. */
static inline void redis_start(redis_server *server)
{
	char port[8];
	if (server->port == 0)
		close(redis_listen(&server->port));
	snprintf(port, sizeof(port), "%u", server->port);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
		       "--appendonly", "no", "--dir", "/tmp", "--loglevel", "warning", "--logfile",
		       "/dev/null", "--io-threads", "1", "--requirepass",
		       server->password ? server->password : "", (char *)NULL);
		_exit(127);
	}
	redisReply *reply = NULL;
	for (int waited_ms = 0; !reply && waited_ms < REDIS_PATIENCE_MS; waited_ms += 5) {
		reply = redis_say(server, (const char *[]){"PING", NULL});
		if (!reply)
			redis_nap();
	}
	ck_assert_msg(reply != NULL, "redis-server does not come up");
	freeReplyObject(reply);
}

static inline void redis_kill(redis_server *server)
{
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

/** Tell it something that it must take.  @param words  ends with NULL */
static inline void redis_tell(const redis_server *server, const char **words)
{
	redisReply *reply = redis_say(server, words);
	ck_assert_ptr_nonnull(reply);
	ck_assert_int_ne(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
}

/* -- the false one -------------------------------------------------------- */

/** Serves one connection, which is closed after it. */
typedef void (*false_redis_fn)(int fd);

typedef struct false_redis {
	int listen_fd;
	unsigned port;
	false_redis_fn serve;
	atomic_uint connection_count;
	pthread_t thread;
} false_redis;

static inline void *false_redis_run(void *user)
{
	false_redis *server = user;
	for (;;) {
		int fd = accept(server->listen_fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		atomic_fetch_add(&server->connection_count, 1);
		server->serve(fd);
		close(fd);
	}
}

static inline void false_redis_start(false_redis *server, false_redis_fn serve)
{
	server->listen_fd = redis_listen(&server->port);
	server->serve = serve;
	ck_assert_int_eq(pthread_create(&server->thread, NULL, false_redis_run, server), 0);
}

static inline void false_redis_stop(false_redis *server)
{
	shutdown(server->listen_fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listen_fd);
}

/** Wait for a command, however it reads.  @return false once the client has gone */
static inline bool false_redis_hear(int fd)
{
	char command[4096];
	return recv(fd, command, sizeof(command), 0) > 0;
}

static inline bool false_redis_answer(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

#endif
