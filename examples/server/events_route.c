/* GET .../events: a torrent's stats as server-sent events, once a second while they change. */
#include "clock.h"
#include "events.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stats_json.h"

#include <stdlib.h>
#include <string.h>

enum { PERIOD_MS = 1000 };

/* Silence after which a comment shows proxies and us that the line still stands. */
#define KEEP_ALIVE_US (15 * (int64_t)1000000)

static bool is_removed(tstream_torrent *torrent)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;

	return tstream_torrent_get_stats(torrent, &stats) || stats.state == TSTREAM_STATE_REMOVED;
}

static char *take_stats(tstream_torrent *torrent)
{
	json_t *stats = stats_json(torrent);
	char *text = stats ? json_dumps(stats, JSON_COMPACT) : NULL;

	json_decref(stats);
	return text;
}

static void send_events(struct request *request, tstream_torrent *torrent)
{
	int64_t sent_at_us = clock_now_us();
	char *last = NULL;
	bool goes_on = true;

	while (goes_on && !is_removed(torrent)) {
		char *now = take_stats(torrent);
		int64_t now_us = clock_now_us();
		if (now && (!last || strcmp(now, last) != 0)) {
			goes_on = events_send(request, "stats", now);
			sent_at_us = now_us;
		} else if (now_us - sent_at_us > KEEP_ALIVE_US) {
			goes_on = response_write(request, ":\n\n", 3);
			sent_at_us = now_us;
		}
		free(last);
		last = now;
		goes_on = goes_on && !request_pause(request, PERIOD_MS) &&
		          !atomic_load(&request->server->is_stopping);
	}
	free(last);
	if (goes_on)
		events_send(request, "removed", "{}");
}

static int serve(struct request *request, tstream_torrent *torrent)
{
	if (events_send_head(request))
		send_events(request, torrent);
	return 200;
}

int route_torrent_events_get(struct request *request)
{
	tstream_torrent *torrent;
	tstream_error err = {0};
	int status = events_begin(request);

	if (status)
		return status;
	int code = locate_known(request, request->infohash, &torrent, &err);
	if (code) {
		status = problem_send_code(request, code, &err);
	} else {
		status = serve(request, torrent);
		tstream_torrent_unref(torrent);
	}
	events_end(request);
	return status;
}
