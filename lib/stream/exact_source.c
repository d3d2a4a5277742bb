#include "stream/exact_source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "net/http_loop.h"
#include "net/url.h"
#include "stream/torrent.h"

#define MAX_FETCHES 64
#define MAX_LINKS 4
#define LINK_TIMEOUT_US (20 * INT64_C(1000000))
#define IDLE_US (3600 * INT64_C(1000000))

/** One magnet's links, tried one after the other. */
typedef struct source_fetch {
	struct source_fetch *next;
	tstream_session *session;
	char infohash[TSTREAM_INFOHASH_BYTES];
	char *links[MAX_LINKS];
	size_t link_count;
	size_t tried_count;
	tsi_http_job *job; /**< NULL: the next link is to be asked */
	bool is_done;
} source_fetch;

struct tsi_exact_sources {
	bool allow_private;
	pthread_t thread;
	pthread_mutex_t mutex;
	bool has_thread;
	bool is_stopping;
	tsi_http_loop *loop;   /**< once the thread has made it */
	source_fetch *fetches; /**< the thread takes out, others put in at the head */
	size_t count;
};

struct tsi_exact_sources *tsi_exact_sources_new(bool allow_private)
{
	struct tsi_exact_sources *sources = calloc(1, sizeof(*sources));
	if (!sources)
		return NULL;
	sources->allow_private = allow_private;
	pthread_mutex_init(&sources->mutex, NULL);
	return sources;
}

static void fetch_free(source_fetch *fetch)
{
	for (size_t i = 0; i < fetch->link_count; i++)
		free(fetch->links[i]);
	free(fetch);
}

static void on_done(void *user, const tsi_http_outcome *outcome)
{
	source_fetch *fetch = user;
	tstream_torrent *torrent = NULL;
	fetch->job = NULL;
	fetch->is_done = fetch->tried_count == fetch->link_count;
	if (outcome->code != TSTREAM_OK || outcome->status != 200 || !outcome->body ||
	    tstream_torrent_find(fetch->session, fetch->infohash, &torrent) != TSTREAM_OK)
		return;
	if (atomic_load(&torrent->has_metadata) ||
	    tsi_torrent_offer(torrent, outcome->body, outcome->body_size))
		fetch->is_done = true;
	tstream_torrent_unref(torrent);
}

static void ask_next(const struct tsi_exact_sources *sources, tsi_http_loop *loop,
                     source_fetch *fetch)
{
	char origin[TSI_HTTP_ORIGIN_BYTES] = "";
	while (!fetch->job && fetch->tried_count < fetch->link_count) {
		const char *link = fetch->links[fetch->tried_count++];
		if (sources->allow_private && tsi_url_origin(link, origin) != TSTREAM_OK)
			continue;
		tsi_http_ask ask = {.url = link,
		                    .pinned_origin = origin,
		                    .deadline_us = tsi_now_us() + LINK_TIMEOUT_US,
		                    .max_body_bytes = TSTREAM_MAX_TORRENT_FILE_BYTES};
		fetch->job = tsi_http_loop_get(loop, &ask, on_done, fetch, NULL);
	}
	fetch->is_done = !fetch->job;
}

/** @return the list without those that are done; the mutex is held */
static void drop_done(struct tsi_exact_sources *sources)
{
	source_fetch **link = &sources->fetches;
	while (*link) {
		source_fetch *fetch = *link;
		if (!fetch->is_done) {
			link = &fetch->next;
			continue;
		}
		*link = fetch->next;
		sources->count--;
		fetch_free(fetch);
	}
}

static void *run(void *user)
{
	struct tsi_exact_sources *sources = user;
	tsi_http_loop *loop = tsi_http_loop_open();
	pthread_mutex_lock(&sources->mutex);
	sources->loop = loop;
	while (loop && !sources->is_stopping) {
		source_fetch *first = sources->fetches;
		pthread_mutex_unlock(&sources->mutex);
		/* Others only put new ones before the first. */
		for (source_fetch *fetch = first; fetch; fetch = fetch->next)
			if (!fetch->job && !fetch->is_done)
				ask_next(sources, loop, fetch);
		tsi_http_loop_run(loop, tsi_now_us() + IDLE_US);
		pthread_mutex_lock(&sources->mutex);
		drop_done(sources);
	}
	sources->loop = NULL;
	pthread_mutex_unlock(&sources->mutex);
	if (loop)
		tsi_http_loop_close(loop);
	return NULL;
}

static source_fetch *fetch_new(tstream_session *session, const char *infohash,
                               const tsi_magnet *magnet)
{
	source_fetch *made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	made->session = session;
	snprintf(made->infohash, sizeof(made->infohash), "%s", infohash);
	for (size_t i = 0; i < magnet->source_count && made->link_count < MAX_LINKS; i++)
		if ((made->links[made->link_count] = strdup(magnet->sources[i])))
			made->link_count++;
	return made;
}

/** With the mutex held. */
static bool has_thread(struct tsi_exact_sources *sources)
{
	if (sources->has_thread || sources->is_stopping)
		return sources->has_thread;
	sigset_t before;
	tsi_signals_block(&before);
	sources->has_thread = pthread_create(&sources->thread, NULL, run, sources) == 0;
	tsi_signals_restore(&before);
	return sources->has_thread;
}

void tsi_exact_sources_add(tstream_session *session, const char *infohash, const tsi_magnet *magnet)
{
	struct tsi_exact_sources *sources = session->exact_sources;
	if (magnet->source_count == 0)
		return;
	pthread_mutex_lock(&sources->mutex);
	bool is_wanted = !sources->is_stopping && sources->count < MAX_FETCHES && has_thread(sources);
	source_fetch *made = is_wanted ? fetch_new(session, infohash, magnet) : NULL;
	if (made) {
		made->next = sources->fetches;
		sources->fetches = made;
		sources->count++;
		if (sources->loop)
			tsi_http_loop_wake(sources->loop);
	}
	pthread_mutex_unlock(&sources->mutex);
}

void tsi_exact_sources_stop(tstream_session *session)
{
	struct tsi_exact_sources *sources = session->exact_sources;
	pthread_mutex_lock(&sources->mutex);
	sources->is_stopping = true;
	if (sources->loop)
		tsi_http_loop_wake(sources->loop);
	bool is_running = sources->has_thread;
	pthread_mutex_unlock(&sources->mutex);
	if (is_running)
		pthread_join(sources->thread, NULL);
}

void tsi_exact_sources_free(struct tsi_exact_sources *sources)
{
	if (!sources)
		return;
	for (source_fetch *fetch = sources->fetches; fetch;) {
		source_fetch *next = fetch->next;
		fetch_free(fetch);
		fetch = next;
	}
	pthread_mutex_destroy(&sources->mutex);
	free(sources);
}
