/**
 * search/request.c - one provider's part of a question, from being handed out to its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/magnet.h"
#include "core/text.h"
#include "search/search.h"

static void free_request(tstream_request *request)
{
	free(request->text);
	free(request->categories);
	free(request->reference);
	free(request->magnet);
	free(request->torrent);
	free(request->state);
	free(request);
}

tstream_request *tsi_request_make(tstream_search *search, tsi_provider *provider, const char *text,
                                  const char *categories, const char *reference,
                                  int64_t deadline_us)
{
	tstream_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->text = strdup(text);
	request->categories = strdup(categories);
	request->reference = strdup(reference);
	if (!request->text || !request->categories || !request->reference) {
		free_request(request);
		return NULL;
	}
	request->search = search;
	request->provider = provider;
	request->start_us = tsi_now_us();
	request->deadline_us = deadline_us;
	request->ref_count = 3; /* the provider's, the caller's, the queue's */
	provider->ref_count++;
	search->ref_count++;
	*search->starts_end = request;
	search->starts_end = &request->next_start;
	return request;
}

void tsi_request_abandon(tstream_request *request)
{
	tstream_search *search = request->search;

	request->flight = NULL;
	request->resolution = NULL;
	if (!request->is_finished && !request->is_cancelled) {
		request->next_cancel = search->cancels;
		search->cancels = request; /* with the reference of who awaited it */
		request->is_cancelled = true;
	} else {
		request->ref_count--; /* not the last: its provider, or our caller, has one */
	}
}

void tsi_request_unref(tstream_request *request)
{
	tstream_search *search = request->search;
	bool is_last;

	pthread_mutex_lock(&search->mutex);
	is_last = --request->ref_count == 0;
	pthread_mutex_unlock(&search->mutex);
	if (!is_last)
		return;
	tsi_provider_unref(search, request->provider);
	free_request(request);
	tsi_search_unref(search);
}

static void call_search(void *work)
{
	tstream_request *request = work;
	const tsi_provider *provider = request->provider;

	if (tstream_request_is_cancelled(request))
		tstream_request_finish(request, TSTREAM_PROVIDER_CANCELLED, 0, NULL);
	else if (request->is_resolving)
		provider->vtable.resolve(provider->user, request);
	else
		provider->vtable.search(provider->user, request);
}

void tsi_request_start(tstream_request *request)
{
	tsi_provider *provider = request->provider;
	tsi_worker *worker;
	bool is_posted;

	if (request->is_resolving && !request->is_link && !provider->vtable.resolve) {
		tstream_request_finish(request, TSTREAM_PROVIDER_UNSUPPORTED, 0,
		                       "This provider cannot resolve its results.");
		return;
	}
	if (request->is_link && !tstream_request_is_cancelled(request)) {
		tsi_link_fetch(request);
		return;
	}
	/* Its worker goes when it is taken out; the request is cancelled by then. */
	pthread_mutex_lock(&request->search->mutex);
	worker = request->is_cancelled ? NULL : provider->worker;
	is_posted = worker && tsi_worker_post(worker, call_search, request) == TSTREAM_OK;
	pthread_mutex_unlock(&request->search->mutex);
	if (!is_posted && worker)
		tstream_request_finish(request, TSTREAM_PROVIDER_NETWORK, 0, "Out of memory.");
	else if (!is_posted)
		call_search(request);
}

void tsi_request_cancel(tstream_request *request)
{
	const tsi_provider *provider = request->provider;
	tstream_search *search = request->search;
	bool is_owed;

	pthread_mutex_lock(&search->mutex);
	is_owed = !request->is_finished && (provider->vtable.cancel || request->is_link);
	request->is_cancelling = is_owed;
	pthread_mutex_unlock(&search->mutex);
	if (!is_owed)
		return;
	if (request->is_link)
		tsi_link_cancel(request);
	else
		provider->vtable.cancel(provider->user, request);
	pthread_mutex_lock(&search->mutex);
	request->is_cancelling = false;
	pthread_cond_broadcast(&search->changed);
	pthread_mutex_unlock(&search->mutex);
}

const char *tstream_request_get_text(const tstream_request *request)
{
	return request->text;
}

const char *tstream_request_get_categories(const tstream_request *request)
{
	return request->categories;
}

const char *tstream_request_get_reference(const tstream_request *request)
{
	return request->reference;
}

uint32_t tstream_request_get_limit(const tstream_request *request)
{
	(void)request;
	return TSI_MAX_ITEMS;
}

int64_t tstream_request_get_remaining_us(const tstream_request *request)
{
	int64_t remaining_us = request->deadline_us - tsi_now_us();

	return remaining_us < 0 || tstream_request_is_cancelled(request) ? 0 : remaining_us;
}

int tstream_request_is_cancelled(const tstream_request *request)
{
	bool is_cancelled;

	pthread_mutex_lock(&request->search->mutex);
	is_cancelled = request->is_cancelled;
	pthread_mutex_unlock(&request->search->mutex);
	return is_cancelled;
}

/* Under the mutex. */
static int take(tstream_request *request, const tstream_found *found, tsi_finding *finding)
{
	tstream_search *search = request->search;
	const tsi_provider *provider = request->provider;
	int code = TSTREAM_OK;

	if (!request->flight)
		return TSTREAM_ECANCELED;
	if (request->result_count == TSI_MAX_ITEMS) {
		request->dropped_count++;
		return TSTREAM_ELIMIT;
	}
	if (!tsi_finding_has_infohash(finding))
		code =
		    tsi_links_put(&search->links, finding->id, found->link ? found->link : found->reference,
		                  !found->link, provider->serial);
	return code ? code : tsi_flight_take(request->flight, request, finding);
}

static void count_dropped(tstream_request *request)
{
	pthread_mutex_lock(&request->search->mutex);
	if (request->flight)
		tsi_flight_drop(request->flight, request->slot, 1);
	pthread_mutex_unlock(&request->search->mutex);
}

int tstream_request_add(tstream_request *request, const tstream_found *found)
{
	tstream_found ours = TSTREAM_FOUND_INIT;
	tsi_finding finding;
	int code;

	if (!found || found->struct_size < sizeof(found->struct_size) || request->is_resolving)
		return TSTREAM_EINVAL;
	memcpy(&ours, found, found->struct_size < sizeof(ours) ? found->struct_size : sizeof(ours));
	/* Other categories were not wanted, so they do not count as lost. */
	if (!tsi_category_matches(ours.category, request->categories))
		return TSTREAM_OK;
	code = tsi_finding_make(&ours, request->provider->name, &request->provider->secrets, &finding);
	if (code != TSTREAM_OK) {
		count_dropped(request);
		return code;
	}
	finding.is_public = (request->provider->vtable.flags & TSTREAM_PROVIDER_PUBLIC) != 0;
	pthread_mutex_lock(&request->search->mutex);
	code = take(request, &ours, &finding);
	pthread_mutex_unlock(&request->search->mutex);
	tsi_finding_clear(&finding);
	return code;
}

int tstream_request_give_magnet(tstream_request *request, const char *magnet)
{
	tsi_magnet parsed;
	char *copy;
	int code;

	if (!request->is_resolving || !magnet)
		return TSTREAM_EINVAL;
	code = tsi_magnet_parse(magnet, &parsed, NULL);
	if (code != TSTREAM_OK)
		return code;
	tsi_magnet_clear(&parsed);
	copy = strdup(magnet);
	if (!copy)
		return TSTREAM_ENOMEM;
	pthread_mutex_lock(&request->search->mutex);
	free(request->magnet);
	request->magnet = copy;
	code = request->is_cancelled ? TSTREAM_ECANCELED : TSTREAM_OK;
	pthread_mutex_unlock(&request->search->mutex);
	return code;
}

int tstream_request_give_torrent(tstream_request *request, const void *bytes, size_t size)
{
	void *copy;
	int code;

	/* A .torrent is a dictionary (BEP 3). */
	if (!request->is_resolving || !bytes || size < 2 || size > TSTREAM_MAX_TORRENT_FILE_BYTES ||
	    *(const char *)bytes != 'd')
		return TSTREAM_EINVAL;
	copy = malloc(size);
	if (!copy)
		return TSTREAM_ENOMEM;
	memcpy(copy, bytes, size);
	pthread_mutex_lock(&request->search->mutex);
	free(request->torrent);
	request->torrent = copy;
	request->torrent_size = size;
	code = request->is_cancelled ? TSTREAM_ECANCELED : TSTREAM_OK;
	pthread_mutex_unlock(&request->search->mutex);
	return code;
}

/* Messages come from strangers, and from providers that do not know our rules. */
static char *clean_message(const tsi_provider *provider, const char *message)
{
	char *clean = tsi_text_clean(message, strnlen(message, TSTREAM_ERROR_MESSAGE_BYTES * 2));

	if (clean)
		tsi_secrets_hide(&provider->secrets, clean);
	return clean;
}

/* Under the mutex. */
static void wait_for_cancel(tstream_request *request)
{
	tstream_search *search = request->search;

	/* From within cancel() there is nothing to wait for. */
	while (request->is_cancelling && !pthread_equal(pthread_self(), search->thread))
		pthread_cond_wait(&search->changed, &search->mutex);
}

void tstream_request_finish(tstream_request *request, int status, int64_t retry_after_us,
                            const char *message)
{
	char *clean = message ? clean_message(request->provider, message) : NULL;

	if (status <= TSTREAM_PROVIDER_WAITING || status > TSTREAM_PROVIDER_UNSUPPORTED)
		status = TSTREAM_PROVIDER_PARSE;
	pthread_mutex_lock(&request->search->mutex);
	wait_for_cancel(request);
	request->is_finished = true;
	if (request->flight)
		tsi_flight_settle(request->flight, request->slot, status, retry_after_us,
		                  clean ? clean : "");
	else if (request->resolution)
		tsi_resolution_settle(request->resolution, status, clean ? clean : "");
	pthread_mutex_unlock(&request->search->mutex);
	free(clean);
	tsi_request_unref(request);
}

int tsi_status_code(int status)
{
	switch (status) {
	case TSTREAM_PROVIDER_OK:
		return TSTREAM_OK;
	case TSTREAM_PROVIDER_TIMEOUT:
		return TSTREAM_ETIMEDOUT;
	case TSTREAM_PROVIDER_AUTH:
		return TSTREAM_EACCES;
	case TSTREAM_PROVIDER_PARTIAL:
	case TSTREAM_PROVIDER_PARSE:
		return TSTREAM_EINVAL;
	case TSTREAM_PROVIDER_CANCELLED:
		return TSTREAM_ECANCELED;
	case TSTREAM_PROVIDER_REFUSED:
		return TSTREAM_EREFUSED;
	case TSTREAM_PROVIDER_UNSUPPORTED:
		return TSTREAM_ENOTSUP;
	default:
		return TSTREAM_ENET;
	}
}
