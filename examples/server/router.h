/* router.h - from method and path to a handler, past the guard. */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include "request.h"

/* Answer one request; gives the status. */
int router_handle(struct request *request);

typedef int (*route_handler)(struct request *request);

#define ROUTE_HAS_EFFECT 0x1u      /* changes something, or makes us talk to a swarm */
#define ROUTE_IS_PUBLIC 0x2u       /* without the token */
#define ROUTE_IS_STATIC 0x4u       /* without the session */
#define ROUTE_IS_OPEN 0x8u         /* without logging in, also when accounts are on */
#define ROUTE_IS_PAGE 0x10u        /* leads people who are not logged in to where they can */
#define ROUTE_IS_DEEP 0x20u        /* handled with a deep stack: databases, parsers */
#define ROUTE_BEGINS_SESSION 0x40u /* for browsers that have none */
#define ROUTE_TAKES_STREAM_LINK 0x80u
#define ROUTE_TAKES_PLAYLIST_LINK 0x100u
#define ROUTE_TAKES_METRICS_TOKEN 0x200u

struct route {
	const char *method;
	const char *path; /* "{infohash}" or "{id}" stands for one segment */
	route_handler handler;
	unsigned flags;
};

/* NULL if there is none; *out_is_path_known tells 405 from 404.  HEAD finds what GET finds.
 * infohash receives the path's, or "" if it is malformed. */
const struct route *router_find(const char *method, const char *path, bool *out_is_path_known,
                                char infohash[TSTREAM_INFOHASH_BYTES]);

/* What stands for a route's {id}; "" if it is none: longer than a UUID. */
void router_copy_id(const struct route *route, const char *path, char out[TSTREAM_ID_BYTES]);

/* As "GET, HEAD, OPTIONS". */
#define ROUTER_ALLOW_BYTES 64
void router_list_methods(const char *path, char out[ROUTER_ALLOW_BYTES]);

#endif
