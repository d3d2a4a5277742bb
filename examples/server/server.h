/* server.h - what all requests share.  One is made by main() and outlives CivetWeb's threads. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "finder.h"
#include "gate.h"
#include "log.h"
#include "metrics.h"
#include "secret.h"
#include "settings.h"

#include <stdatomic.h>
#include <tstream/tstream.h>

struct cluster;
struct hangups;
struct keeper;
struct known_logins;
struct recorder;
struct stores;
struct streams;
struct uploads;
struct web;

struct server {
	struct settings settings;
	struct log log;
	struct metrics metrics;
	tstream_session *session; /* not to be used before the gate is open */
	struct finder finder;     /* likewise */
	struct gate gate;
	struct keeper *keeper;
	struct cluster *cluster; /* NULL: it is on its own */
	/* Set before the gate opens. */
	struct stores *stores;
	struct recorder *recorder; /* NULL: nothing is recorded */
	unsigned char secret[SECRET_BYTES];
	struct known_logins *known_logins;
	struct streams *streams;
	struct hangups *hangups;
	struct uploads *uploads;      /* set before the gate opens */
	atomic_size_t subtitle_bytes; /* what subtitles being converted may take */
	struct web *web;              /* NULL: no page was built */
	atomic_uint connection_count;
	atomic_uint event_source_count;
	atomic_size_t body_bytes; /* held in memory by uploads in progress */
	atomic_bool is_stopping;
	int64_t started_at_s; /* Unix time */
};

#endif
