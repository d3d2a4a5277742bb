/* access.h - who may use a route: anybody, who has the token, who is logged in, or who holds a
 * link to it. */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include "request.h"

/* Decides by the flags of the route (see router.h), and finds out who asks: request->viewer, and
 * request->account if accounts are on.  The session must be open, unless all may use the route.
 * 0, or the status of the answer */
int access_check(struct request *request, unsigned route_flags);

/* Whether someone must show something to get in here, so that addresses for players need a link. */
bool access_is_restricted(const struct server *server);

#endif
