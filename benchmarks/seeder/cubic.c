/*
 * cubic.so - loaded into seeders: their TCP uses CUBIC, whatever this machine's default.
 *
 * A relay in user space hides its round trip from the sender's kernel, which sees
 * loopback.  BBR, the default of some machines, paces by that round trip and by what it
 * delivered in it, and then pauses for up to 100 ms for no reason that a real link has.
 */
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>

typedef int (*socket_fn)(int domain, int type, int protocol);

int socket(int domain, int type, int protocol)
{
	socket_fn next = (socket_fn)(intptr_t)dlsym(RTLD_NEXT, "socket");
	int fd = next(domain, type, protocol);

	/* Not everywhere available, nor needed: a failure leaves the default. */
	if (fd >= 0 && (type & 0xf) == SOCK_STREAM && (domain == AF_INET || domain == AF_INET6))
		(void)!setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
	return fd;
}
