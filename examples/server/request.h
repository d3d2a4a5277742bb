/* request.h - one HTTP request, as the handlers see it. */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "link.h"
#include "query.h"
#include "request_id.h"
#include "server.h"

#include <civetweb.h>
#include <stdbool.h>

/* Slices of waiting, short enough to notice soon a client that went away or the server's end. */
#define REQUEST_WAIT_SLICE_US 200000

/* A code beside the TSTREAM_E ones: there is nobody to answer any more. */
#define REQUEST_CLIENT_GONE 1

struct request {
	struct server *server;
	struct mg_connection *connection;
	const struct mg_request_info *info;
	struct query query;
	int64_t began_us; /* when it came */
	char request_id[REQUEST_ID_BYTES];
	char infohash[TSTREAM_INFOHASH_BYTES]; /* from the path, in lower case; or "" */
	char id[TSTREAM_ID_BYTES];             /* from the path, as it came; or "" */
	char viewer[LINK_VIEWER_BYTES];        /* whose history it is, see viewer.h; or "" */
	tstream_account account;               /* who is logged in; its id is "" if nobody */
	int64_t link_expires_at_s;             /* of the link that let it in; or 0 */
	char cookies[512];                     /* Set-Cookie lines of the answer */
	bool is_head;
	bool is_body_read;
	bool must_close;    /* after the answer */
	const char *origin; /* a foreign origin that may read the answer, or NULL */
	int socket;         /* see request_socket() */
	bool socket_is_known;
};

const char *request_header(const struct request *request, const char *name);

/* How often a field occurs; some may do so only once. */
unsigned request_count_header(const struct request *request, const char *name);

/* Close the connection after this answer. */
void request_close_after(struct request *request);

/* Whether the connection will be kept, as CivetWeb decides it. */
bool request_is_kept_alive(const struct request *request);

/* The connection's socket, or what socket.h has instead of it.  Only for use while waiting: the
 * first call looks it up, which costs a scan of the open files. */
int request_socket(struct request *request);

/* Whether the client hung up, without reading from the connection.  As request_socket(). */
bool request_is_client_gone(struct request *request);

/* Sleep, but not beyond the client's hanging up: true if it did. */
bool request_pause(struct request *request, int timeout_ms);

/* Whether waiting on makes no sense: the client is gone, or the server stops. */
bool request_is_abandoned(struct request *request);

#endif
