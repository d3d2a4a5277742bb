/* http.h - CivetWeb: its settings, its callbacks, its end. */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "server.h"

#include <civetweb.h>

/* Listen and answer, on threads of its own.  NULL if the address cannot be had. */
struct mg_context *http_start(struct server *server);

/* The port it listens on, which is of interest if any free one was asked for. */
int http_port(const struct mg_context *http);

/* End all answers and connections, then the threads.  Takes no longer than half a second. */
void http_stop(struct server *server, struct mg_context *http);

#endif
