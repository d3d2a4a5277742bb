#include "search/resolution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/magnet.h"

#define DEFAULT_TIMEOUT_US (15 * INT64_C(1000000))
#define MAX_TIMEOUT_US (600 * INT64_C(1000000))

static tsi_provider *find_provider(const tstream_search *search, uint64_t serial)
{
	for (uint32_t i = 0; i < search->provider_count; i++) {
		if (search->providers[i]->serial == serial)
			return search->providers[i];
	}
	return NULL;
}

/* With the mutex. */
static int ask(tstream_resolution *resolution, const char *id, int64_t timeout_us,
               tstream_error *err)
{
	tstream_search *search = resolution->search;
	const tsi_link *link = tsi_links_find(&search->links, id);
	tsi_provider *provider = link ? find_provider(search, link->provider_serial) : NULL;

	if (search->is_closing)
		return tsi_fail(err, TSTREAM_ECANCELED, "The search is being closed.");
	if (!provider)
		return tsi_fail(err, TSTREAM_ENOENT, "This result is not known any more; search again.");
	if (search->resolution_count == TSI_MAX_RESOLUTIONS)
		return tsi_fail(err, TSTREAM_ELIMIT, "Too many results are being resolved; try again.");
	resolution->request =
	    tsi_request_make(search, provider, "", "", link->text, tsi_now_us() + timeout_us);
	if (!resolution->request)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	resolution->request->resolution = resolution;
	resolution->request->is_resolving = true;
	resolution->request->is_link = !link->is_reference;
	resolution->next = search->resolutions;
	search->resolutions = resolution;
	search->resolution_count++;
	tsi_search_nudge(search);
	return TSTREAM_OK;
}

/* An infohash says it all. */
static bool answer_at_once(tstream_resolution *resolution, const char *id)
{
	tsi_finding finding = {.title = "", .params = ""};

	if (tsi_infohash_parse(id, &finding.infohash) != TSTREAM_OK)
		return false;
	resolution->magnet = tsi_finding_magnet(&finding);
	resolution->code = resolution->magnet ? TSTREAM_OK : TSTREAM_ENOMEM;
	resolution->is_done = true;
	tsi_wake_raise(&resolution->wake);
	return true;
}

int tsi_resolution_start(tstream_search *search, const char *id, int64_t timeout_us,
                         tstream_resolution **out_resolution, tstream_error *err)
{
	tstream_resolution *resolution = calloc(1, sizeof(*resolution));
	int code = TSTREAM_OK;

	if (timeout_us <= 0)
		timeout_us = DEFAULT_TIMEOUT_US;
	if (timeout_us > MAX_TIMEOUT_US)
		timeout_us = MAX_TIMEOUT_US;
	if (!resolution || tsi_wake_init(&resolution->wake) != TSTREAM_OK) {
		free(resolution);
		return tsi_fail(err, TSTREAM_ENOMEM, "No memory or file descriptor is left.");
	}
	resolution->search = search;
	pthread_mutex_lock(&search->mutex);
	if (!answer_at_once(resolution, id))
		code = ask(resolution, id, timeout_us, err);
	search->ref_count += code == TSTREAM_OK;
	pthread_mutex_unlock(&search->mutex);
	if (code != TSTREAM_OK) {
		tsi_wake_destroy(&resolution->wake);
		free(resolution);
		return code;
	}
	*out_resolution = resolution;
	return TSTREAM_OK;
}

static void take_over(tstream_resolution *resolution, tstream_request *request)
{
	if (request->magnet) {
		resolution->magnet = request->magnet;
		request->magnet = NULL;
	} else if (request->torrent) {
		resolution->torrent = request->torrent;
		resolution->torrent_size = request->torrent_size;
		request->torrent = NULL;
	} else {
		resolution->code = TSTREAM_EINVAL;
		snprintf(resolution->message, sizeof(resolution->message), "%s",
		         "The provider gave neither a magnet nor a .torrent.");
	}
}

void tsi_resolution_settle(tstream_resolution *resolution, int status, const char *message)
{
	tstream_search *search = resolution->search;
	tstream_resolution **link = &search->resolutions;
	tstream_request *request = resolution->request;

	resolution->code = tsi_status_code(status);
	snprintf(resolution->message, sizeof(resolution->message), "%s", message);
	if (resolution->code == TSTREAM_OK)
		take_over(resolution, request);
	resolution->request = NULL;
	resolution->is_done = true;
	while (*link != resolution)
		link = &(*link)->next;
	*link = resolution->next;
	search->resolution_count--;
	tsi_request_abandon(request);
	pthread_cond_broadcast(&search->changed);
	tsi_wake_raise(&resolution->wake);
}

int64_t tsi_resolution_expire(tstream_resolution *resolution, int64_t now_us)
{
	int64_t deadline_us = resolution->request->deadline_us;

	if (now_us < deadline_us)
		return deadline_us;
	tsi_resolution_settle(resolution, TSTREAM_PROVIDER_TIMEOUT,
	                      "The provider did not answer in time.");
	return INT64_MAX;
}

int tsi_resolution_wait(tstream_resolution *resolution, int64_t timeout_us)
{
	struct timespec deadline = tsi_deadline(timeout_us < 0 ? INT64_MAX : timeout_us);
	tstream_search *search = resolution->search;
	bool is_done;
	int failed = 0;

	pthread_mutex_lock(&search->mutex);
	while (!(is_done = resolution->is_done) && !failed)
		failed = pthread_cond_timedwait(&search->changed, &search->mutex, &deadline);
	pthread_mutex_unlock(&search->mutex);
	return is_done ? TSTREAM_OK : TSTREAM_ETIMEDOUT;
}

int tsi_resolution_get(tstream_resolution *resolution, const char **out_magnet,
                       const void **out_bytes, size_t *out_size, tstream_error *err)
{
	bool is_done;

	pthread_mutex_lock(&resolution->search->mutex);
	is_done = resolution->is_done;
	pthread_mutex_unlock(&resolution->search->mutex);
	if (!is_done)
		return tsi_fail(err, TSTREAM_EAGAIN, "Not done yet.");
	/* From here on nothing in it changes. */
	if (resolution->code != TSTREAM_OK)
		return tsi_fail(err, resolution->code, "%s", resolution->message);
	*out_magnet = resolution->magnet;
	*out_bytes = resolution->torrent;
	*out_size = resolution->torrent_size;
	return TSTREAM_OK;
}

void tsi_resolution_close(tstream_resolution *resolution)
{
	tstream_search *search = resolution->search;

	pthread_mutex_lock(&search->mutex);
	if (!resolution->is_done) {
		tsi_resolution_settle(resolution, TSTREAM_PROVIDER_CANCELLED, "");
		tsi_search_nudge(search);
	}
	pthread_mutex_unlock(&search->mutex);
	tsi_wake_destroy(&resolution->wake);
	free(resolution->magnet);
	free(resolution->torrent);
	free(resolution);
	tsi_search_unref(search);
}
