/* socket.h - whether a client is still there, which CivetWeb has no call for.
 *
 * CivetWeb does not give out a connection's socket, and reading from the connection would eat
 * the next request.  So the socket is found among this process's open files by its two
 * addresses, and only ever polled.  Used while waiting for a piece or a peer, never in between
 * reads that succeed.
 */
#ifndef SERVER_SOCKET_H
#define SERVER_SOCKET_H

#include <stdbool.h>

/* Instead of a descriptor */
#define SOCKET_UNKNOWN (-1) /* not to be told: the next write will show */
#define SOCKET_GONE (-2)    /* reset already, and so without a peer's address */

/* The descriptor of the caller's connection, or one of the above. */
int socket_find(const char *remote_address, int remote_port, int local_port);

/* Wait until the client has hung up, or the time has passed.  A client that only shuts down its
 * sending half counts as gone: of HTTP clients only netcat is known to do so.  With
 * SOCKET_UNKNOWN it just sleeps. */
bool socket_wait_gone(int descriptor, int timeout_ms);

#endif
