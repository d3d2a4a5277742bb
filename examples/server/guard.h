/* guard.h - who may ask.  Checked before any handler runs.
 *
 * A page of a stranger, open in the user's browser, can send requests to this machine.  Against
 * it stand: a list of the names we are reached by (DNS rebinding cannot fake Host), and the
 * browser's own word on where a request comes from, for everything that has an effect.
 */
#ifndef SERVER_GUARD_H
#define SERVER_GUARD_H

#include "request.h"

/* Refuse what is ambiguous: two bodies, two Hosts, none.  0, or the status of the answer. */
int guard_check_framing(struct request *request);

/* 0, or the status of the answer. */
int guard_check_host(struct request *request);
int guard_check_token(struct request *request);

/* Whether it shows the token of /metrics, and there is one. */
bool guard_has_metrics_token(const struct request *request);

/* Sets request->origin for an origin from the settings.
 * has_effect: it changes something or makes us talk to a swarm.  0, or the status. */
int guard_check_origin(struct request *request, bool has_effect);

/* Pure parts, for the tests. */
bool guard_is_host_allowed(const struct settings *settings, const char *host);
bool guard_is_origin_listed(const char *list, const char *origin);
bool guard_is_same_secret(const char *ours, const char *theirs);

#endif
