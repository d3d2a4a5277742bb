#include "socket.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int port_of(const union address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohs(address->v4.sin_port);
	if (address->any.sa_family == AF_INET6)
		return ntohs(address->v6.sin6_port);
	return -1;
}

static bool has_host(const union address *address, const char *host)
{
	char text[INET6_ADDRSTRLEN];

	/* IPv6 addresses have several spellings; there the ports decide. */
	if (address->any.sa_family == AF_INET6)
		return true;
	return inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text)) && strcmp(text, host) == 0;
}

static bool is_connection(int descriptor, const char *host, int remote_port, int local_port)
{
	union address peer = {0}, own = {0};
	socklen_t peer_size = sizeof(peer);
	socklen_t own_size = sizeof(own);

	return getpeername(descriptor, &peer.any, &peer_size) == 0 && port_of(&peer) == remote_port &&
	       getsockname(descriptor, &own.any, &own_size) == 0 && port_of(&own) == local_port &&
	       has_host(&peer, host);
}

/* Call it with each open file.  false if they cannot be listed. */
static bool visit_files(void (*visit)(int descriptor, void *user), void *user)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!directory)
		return false;
	while ((entry = readdir(directory))) {
		int descriptor = (int)strtol(entry->d_name, NULL, 10);
		if (entry->d_name[0] != '.' && descriptor != dirfd(directory))
			visit(descriptor, user);
	}
	closedir(directory);
	return true;
}

/* The arguments of compare(), and its result. */
struct search {
	const char *remote_address;
	int remote_port;
	int local_port;
	int found;
	unsigned count;
};

static void compare(int descriptor, void *user)
{
	struct search *search = user;

	if (is_connection(descriptor, search->remote_address, search->remote_port,
	                  search->local_port)) {
		search->found = descriptor;
		search->count++;
	}
}

int socket_find(const char *remote_address, int remote_port, int local_port)
{
	struct search search = {remote_address, remote_port, local_port, SOCKET_GONE, 0};

	/* Two when one client reached two of our addresses from the same port. */
	if (!visit_files(compare, &search) || search.count > 1)
		return SOCKET_UNKNOWN;
	return search.found;
}

/* UDP may have the same port number, for BitTorrent.
 * @param listens  as SO_ACCEPTCONN has it */
static bool is_tcp_of(int descriptor, int local_port, int listens)
{
	union address own = {0};
	socklen_t own_size = sizeof(own), int_size = sizeof(int);
	int type, is_listening;

	return getsockname(descriptor, &own.any, &own_size) == 0 && port_of(&own) == local_port &&
	       getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &int_size) == 0 &&
	       type == SOCK_STREAM &&
	       getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &int_size) == 0 &&
	       is_listening == listens;
}

/* The arguments of shut(). */
struct shutting {
	int local_port;
	int listens; /* as SO_ACCEPTCONN has it */
	int how;
};

static void shut(int descriptor, void *user)
{
	const struct shutting *shutting = user;

	if (is_tcp_of(descriptor, shutting->local_port, shutting->listens))
		shutdown(descriptor, shutting->how);
}

void socket_shut_connections(int local_port, int how)
{
	visit_files(shut, &(struct shutting){local_port, 0, how});
}

void socket_shut_listeners(int local_port)
{
	visit_files(shut, &(struct shutting){local_port, 1, SHUT_RDWR});
}

/* The arguments of limit(). */
struct limiting {
	int local_port;
	int unsent_bytes;
};

static void limit(int descriptor, void *user)
{
	const struct limiting *limiting = user;

	if (is_tcp_of(descriptor, limiting->local_port, 1))
		setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limiting->unsent_bytes,
		           sizeof(limiting->unsent_bytes));
}

void socket_limit_unsent(int local_port, int bytes)
{
	visit_files(limit, &(struct limiting){local_port, bytes});
}

bool socket_wait_gone(int descriptor, int timeout_ms)
{
	struct pollfd watched = {.fd = descriptor, .events = POLLRDHUP};

	if (descriptor == SOCKET_GONE)
		return true;
	return poll(&watched, 1, timeout_ms) > 0 &&
	       (watched.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}
