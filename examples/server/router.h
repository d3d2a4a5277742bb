/* router.h - from method and path to a handler, past the guard. */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include "request.h"

/* Answer one request; gives the status. */
int router_handle(struct request *request);

typedef int (*route_handler)(struct request *request);

#define ROUTE_HAS_EFFECT 0x1u /* changes something, or makes us talk to a swarm */
#define ROUTE_IS_PUBLIC 0x2u  /* without the token */
#define ROUTE_IS_STATIC 0x4u  /* without the session */

struct route {
	const char *method;
	const char *path; /* "{infohash}" stands for one */
	route_handler handler;
	unsigned flags;
};

/* NULL if there is none; *out_is_path_known tells 405 from 404.  HEAD finds what GET finds.
 * infohash receives the path's, or "" if it is malformed. */
const struct route *router_find(const char *method, const char *path, bool *out_is_path_known,
                                char infohash[TSTREAM_INFOHASH_BYTES]);

/* As "GET, HEAD, OPTIONS". */
#define ROUTER_ALLOW_BYTES 64
void router_list_methods(const char *path, char out[ROUTER_ALLOW_BYTES]);

#endif
