/* cluster.h - servers that share a Redis find each other's torrents there and become peers.
 *
 * A thread of its own tells Redis of the torrents that are open here, under "peers:<infohash>",
 * and the library of the other servers that have them.  Requests never wait for it, and it needs
 * nothing: with Redis gone each server goes on with the swarm, and with the peers it has.
 *
 * Bounds   the CLUSTER_MAX_TORRENTS used last, each every 15 s, and no more than 50 in a second
 * Private  torrents (BEP 27) are left out: their peers come from their tracker only
 */
#ifndef SERVER_CLUSTER_H
#define SERVER_CLUSTER_H

#include <jansson.h>
#include <stdbool.h>
#include <tstream/tstream.h>

struct cluster;
struct server;

#define CLUSTER_MAX_TORRENTS 64

/* *out_cluster is NULL if the settings ask for none.  The server's cache, session and keeper must
 * outlive it.
 * 0; EINVAL (no such host; err says so), ENOMEM */
int cluster_open(struct server *server, struct cluster **out_cluster, tstream_error *err);
void cluster_close(struct cluster *cluster);

/* A torrent was opened, or its metadata has come.  Any thread; never waits; NULL is fine. */
void cluster_wake(struct cluster *cluster);

/* Whether another server has this torrent open; asks Redis, once.  NULL is fine.  Any thread. */
bool cluster_knows(struct cluster *cluster, const char *infohash);

/* null if there is none. */
json_t *cluster_to_json(struct cluster *cluster);

#endif
