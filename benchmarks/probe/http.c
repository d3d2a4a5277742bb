#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void set_options(int fd, uint64_t deadline_ns)
{
	int on = 1;
	uint64_t now = monotonic_ns();
	uint64_t left_ns = deadline_ns > now ? deadline_ns - now : 1000000;
	struct timeval timeout = {.tv_sec = (time_t)(left_ns / 1000000000ULL) + 1};

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

bool http_connect(struct http *http, const char *host, uint16_t port, uint64_t deadline_ns)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	const struct timespec pause = {.tv_nsec = 1000000};

	memset(http, 0, sizeof(*http));
	http->fd = -1;
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return false;
	do {
		http->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (http->fd < 0)
			return false;
		if (connect(http->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
			set_options(http->fd, deadline_ns);
			return true;
		}
		http_close(http);
		nanosleep(&pause, NULL);
	} while (monotonic_ns() < deadline_ns);
	return false;
}

bool http_get(struct http *http, const char *path, const char *range)
{
	char request[16384];
	int size =
	    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n", path,
	             range ? "Range: bytes=" : "", range ? range : "", range ? "\r\n" : "");
	if (size < 0 || (size_t)size >= sizeof(request))
		return false;
	return send(http->fd, request, (size_t)size, MSG_NOSIGNAL) == size;
}

static void parse_head(struct http *http)
{
	const char *line = http->head;
	http->status = atoi(strchr(line, ' ') ? strchr(line, ' ') + 1 : "0");
	http->body_bytes = 0;
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, "content-length:", 15) == 0)
			http->body_bytes = strtoull(line + 15, NULL, 10);
	}
}

bool http_read_head(struct http *http)
{
	size_t used = 0;
	while (used < sizeof(http->head) - 1) {
		ssize_t size = recv(http->fd, http->head + used, sizeof(http->head) - 1 - used, 0);
		char *end;
		if (size <= 0)
			return false;
		used += (size_t)size;
		http->head[used] = '\0';
		end = strstr(http->head, "\r\n\r\n");
		if (!end)
			continue;
		/* From here on the head is a string of its own; the body begins after it. */
		end[2] = '\0';
		http->early = (uint8_t *)end + 4;
		http->early_bytes = used - (size_t)(http->early - (uint8_t *)http->head);
		parse_head(http);
		return true;
	}
	return false;
}

int64_t http_read_body(struct http *http, void *buffer, size_t size)
{
	if (http->early_bytes > 0) {
		size_t taken = http->early_bytes < size ? http->early_bytes : size;
		memcpy(buffer, http->early, taken);
		http->early += taken;
		http->early_bytes -= taken;
		return (int64_t)taken;
	}
	return recv(http->fd, buffer, size, 0);
}

void http_close(struct http *http)
{
	if (http->fd >= 0)
		close(http->fd);
	http->fd = -1;
}
