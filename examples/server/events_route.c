/* GET .../events: a torrent's stats as server-sent events, once a second while they change. */
#include "clock.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stats_json.h"

#include <stdlib.h>
#include <string.h>

enum { PERIOD_MS = 1000, MAX_EVENT_SOURCES = 64 };

/* Silence after which a comment shows proxies and us that the line still stands. */
#define KEEP_ALIVE_US (15 * (int64_t)1000000)

static bool send_event(struct request *request, const char *name, const char *data)
{
	size_t size = strlen(name) + strlen(data) + sizeof("event: \ndata: \n\n");
	char *memory = malloc(size);
	struct text event;

	if (!memory)
		return false;
	text_init(&event, memory, size);
	text_addf(&event, "event: %s\ndata: %s\n\n", name, data);
	bool is_sent = response_write(request, event.data, event.size);
	free(memory);
	return is_sent;
}

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
			goes_on = send_event(request, "stats", now);
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
		send_event(request, "removed", "{}");
}

static int serve(struct request *request, tstream_torrent *torrent)
{
	char memory[RESPONSE_HEAD_BYTES];
	struct text head;

	/* Its end is the connection's end: there is no length to promise. */
	request_close_after(request);
	text_init(&head, memory, sizeof(memory));
	response_begin_head(&head, request, 200);
	text_add(&head, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n");
	response_end_head(&head);
	if (response_write(request, head.data, head.size) && !request->is_head)
		send_events(request, torrent);
	return 200;
}

int route_torrent_events_get(struct request *request)
{
	atomic_uint *count = &request->server->event_source_count;
	tstream_torrent *torrent;
	tstream_error err = {0};
	int status;

	if (atomic_fetch_add(count, 1) >= MAX_EVENT_SOURCES) {
		atomic_fetch_sub(count, 1);
		return problem_send(request, 503, "Too many are following events; try again soon.");
	}
	int code = locate_known(request, request->infohash, &torrent, &err);
	if (code) {
		status = problem_send_code(request, code, &err);
	} else {
		status = serve(request, torrent);
		tstream_torrent_unref(torrent);
	}
	atomic_fetch_sub(count, 1);
	return status;
}
