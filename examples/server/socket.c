#include "socket.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
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
	union address peer, own;
	socklen_t peer_size = sizeof(peer);
	socklen_t own_size = sizeof(own);

	return getpeername(descriptor, &peer.any, &peer_size) == 0 && port_of(&peer) == remote_port &&
	       getsockname(descriptor, &own.any, &own_size) == 0 && port_of(&own) == local_port &&
	       has_host(&peer, host);
}

int socket_find(const char *remote_address, int remote_port, int local_port)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = SOCKET_GONE;
	unsigned count = 0;

	if (!directory)
		return SOCKET_UNKNOWN;
	while ((entry = readdir(directory))) {
		int descriptor = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || descriptor == dirfd(directory))
			continue;
		if (is_connection(descriptor, remote_address, remote_port, local_port)) {
			found = descriptor;
			count++;
		}
	}
	closedir(directory);
	/* Two when one client reached two of our addresses from the same port. */
	return count <= 1 ? found : SOCKET_UNKNOWN;
}

bool socket_wait_gone(int descriptor, int timeout_ms)
{
	struct pollfd watched = {.fd = descriptor, .events = POLLRDHUP};

	if (descriptor == SOCKET_GONE)
		return true;
	return poll(&watched, 1, timeout_ms) > 0 &&
	       (watched.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}
