/* socket.h - whether a client is still there, waking CivetWeb's threads, and how much waits for a
 * slow client; it has no call for any of them.
 *
 * CivetWeb does not give out a connection's socket, and reading from the connection would eat
 * the next request.  So the socket is found among this process's open files by its two
 * addresses, and only ever polled.  Used while waiting for a piece or a peer, never in between
 * reads that succeed, and when the server stops.
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

/* Shut down every TCP socket with that port of ours, as shutdown(2) has it: whoever polls it
 * returns at once.  Only for the server's end, when a descriptor that is closed and opened anew
 * in between, and so mistaken for another, does no harm. */
void socket_shut_connections(int local_port, int how);
void socket_shut_listeners(int local_port);

/* Of what is written to a connection that is accepted on this port from now on, the system keeps
 * about so much that the client's window has no room for yet. */
void socket_limit_unsent(int local_port, int bytes);

#endif
