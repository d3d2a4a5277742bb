/**
 * search/provider.c - who is asked: adding, removing, and what is known of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/text.h"
#include "search/search.h"

static bool is_good_name(const char *name)
{
	size_t size = name ? strnlen(name, TSTREAM_PROVIDER_NAME_BYTES) : 0;

	if (size == 0 || size == TSTREAM_PROVIDER_NAME_BYTES)
		return false;
	for (; *name; name++) {
		bool is_alnum = (*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z') ||
		                (*name >= 'A' && *name <= 'Z');

		if (!is_alnum && !strchr("._-", *name))
			return false;
	}
	return true;
}

static tsi_provider *find(const tstream_search *search, const char *name)
{
	for (uint32_t i = 0; i < search->provider_count; i++) {
		if (strcmp(search->providers[i]->name, name) == 0)
			return search->providers[i];
	}
	return NULL;
}

static tsi_provider *make(const char *name, const tstream_provider_vtable *vtable, void *user)
{
	tsi_provider *provider = calloc(1, sizeof(*provider));

	if (!provider)
		return NULL;
	provider->ref_count = 1;
	provider->vtable = *vtable;
	provider->vtable.kind = NULL; /* the caller's */
	provider->user = user;
	snprintf(provider->name, sizeof(provider->name), "%s", name);
	snprintf(provider->kind, sizeof(provider->kind), "%s", vtable->kind ? vtable->kind : "own");
	provider->last = (tstream_provider_state){.elapsed_us = -1, .retry_after_us = -1};
	if (vtable->flags & TSTREAM_PROVIDER_BLOCKING) {
		provider->worker = tsi_worker_start();
		if (!provider->worker) {
			free(provider);
			return NULL;
		}
	}
	return provider;
}

static int insert(tstream_search *search, tsi_provider *provider, tstream_error *err)
{
	int code = TSTREAM_OK;

	pthread_mutex_lock(&search->mutex);
	if (find(search, provider->name)) {
		code = tsi_fail(err, TSTREAM_EBUSY, "There is a provider %s already.", provider->name);
	} else if (search->provider_count == TSTREAM_MAX_PROVIDERS) {
		code = tsi_fail(err, TSTREAM_ELIMIT, "There are %d providers already, which is the most.",
		                TSTREAM_MAX_PROVIDERS);
	} else {
		provider->serial = ++search->last_serial;
		provider->breaker = (tsi_breaker){.max_failures = search->options.breaker_failures,
		                                  .base_pause_us = search->options.breaker_us};
		search->providers[search->provider_count++] = provider;
	}
	pthread_mutex_unlock(&search->mutex);
	return code;
}

int tsi_provider_add(tstream_search *search, const char *name,
                     const tstream_provider_vtable *vtable, void *user,
                     const tsi_provider_extra *extra, tstream_error *err)
{
	tsi_provider *provider;
	int code;

	if (!is_good_name(name))
		return tsi_fail(err, TSTREAM_EINVAL,
		                "A provider's name is 1 to 63 of the letters, digits, '.', '_' and '-'.");
	provider = make(name, vtable, user);
	if (!provider)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	if (extra) {
		snprintf(provider->origin, sizeof(provider->origin), "%s", extra->origin);
		provider->secrets = extra->secrets;
	}
	code = insert(search, provider, err);
	if (code != TSTREAM_OK) {
		tsi_worker_stop(provider->worker);
		free(provider);
	}
	return code;
}

/* Whoever awaits this provider waits no more. */
static void abandon_requests(tstream_search *search, const tsi_provider *provider)
{
	tsi_flight *next_flight;
	tstream_resolution *next;

	for (tsi_flight *flight = search->flights; flight; flight = next_flight) {
		uint32_t count = flight->answer.provider_count;

		next_flight = flight->next;
		for (uint32_t i = 0; i < count && !flight->is_done; i++) {
			if (flight->requests[i] && flight->requests[i]->provider == provider)
				tsi_flight_settle(flight, i, TSTREAM_PROVIDER_CANCELLED, 0, "It was taken out.");
		}
	}
	for (tstream_resolution *one = search->resolutions; one; one = next) {
		next = one->next;
		if (one->request->provider == provider)
			tsi_resolution_settle(one, TSTREAM_PROVIDER_CANCELLED, "Its provider was taken out.");
	}
}

int tsi_provider_remove(tstream_search *search, const char *name)
{
	tsi_provider *provider;

	pthread_mutex_lock(&search->mutex);
	provider = find(search, name);
	for (uint32_t i = 0, to = 0; provider && i < search->provider_count; i++) {
		if (search->providers[i] != provider)
			search->providers[to++] = search->providers[i];
	}
	if (provider) {
		search->provider_count--;
		abandon_requests(search, provider);
		tsi_search_nudge(search);
	}
	pthread_mutex_unlock(&search->mutex);
	if (!provider)
		return TSTREAM_ENOENT;
	tsi_worker_stop(provider->worker);
	provider->worker = NULL;
	tsi_provider_unref(search, provider);
	return TSTREAM_OK;
}

void tsi_provider_unref(tstream_search *search, tsi_provider *provider)
{
	bool is_last;

	pthread_mutex_lock(&search->mutex);
	is_last = --provider->ref_count == 0;
	pthread_mutex_unlock(&search->mutex);
	if (!is_last)
		return;
	if (provider->vtable.close)
		provider->vtable.close(provider->user);
	tsi_secrets_clear(&provider->secrets);
	free(provider);
}

void tsi_provider_note(tsi_provider *provider, const tstream_provider_state *state, int64_t now_us)
{
	bool is_throttled = state->status == TSTREAM_PROVIDER_THROTTLED;
	bool is_good = state->status == TSTREAM_PROVIDER_OK ||
	               state->status == TSTREAM_PROVIDER_PARTIAL ||
	               state->status == TSTREAM_PROVIDER_UNSUPPORTED;

	/* What we ended ourselves says nothing about it. */
	if (state->status == TSTREAM_PROVIDER_CANCELLED)
		return;
	provider->last.status = state->status;
	provider->last.elapsed_us = state->elapsed_us;
	provider->last.result_count = state->result_count;
	memcpy(provider->last.message, state->message, sizeof(state->message));
	if (is_good) {
		tsi_breaker_succeed(&provider->breaker);
		return;
	}
	provider->last.failed_count++;
	tsi_breaker_fail(&provider->breaker, is_throttled, state->retry_after_us, now_us);
}

void tsi_provider_describe(const tsi_provider *provider, int64_t now_us,
                           tstream_provider_state *out_state)
{
	*out_state = provider->last;
	memcpy(out_state->name, provider->name, sizeof(out_state->name));
	memcpy(out_state->kind, provider->kind, sizeof(out_state->kind));
	memcpy(out_state->origin, provider->origin, sizeof(out_state->origin));
	out_state->retry_after_us = -1;
	out_state->is_breaker_open = tsi_breaker_is_open(&provider->breaker, now_us);
	if (out_state->is_breaker_open)
		out_state->retry_after_us = provider->breaker.open_until_us - now_us;
}

const char *tstream_provider_status_name(int status)
{
	static const char *const names[] = {
	    [TSTREAM_PROVIDER_WAITING] = "waiting",
	    [TSTREAM_PROVIDER_OK] = "ok",
	    [TSTREAM_PROVIDER_PARTIAL] = "partial",
	    [TSTREAM_PROVIDER_TIMEOUT] = "timeout",
	    [TSTREAM_PROVIDER_AUTH] = "auth",
	    [TSTREAM_PROVIDER_THROTTLED] = "throttled",
	    [TSTREAM_PROVIDER_PARSE] = "parse",
	    [TSTREAM_PROVIDER_CANCELLED] = "cancelled",
	    [TSTREAM_PROVIDER_BREAKER_OPEN] = "breaker_open",
	    [TSTREAM_PROVIDER_NETWORK] = "network",
	    [TSTREAM_PROVIDER_REFUSED] = "refused",
	    [TSTREAM_PROVIDER_UNSUPPORTED] = "unsupported",
	};
	const int count = (int)(sizeof(names) / sizeof(names[0]));

	return status >= 0 && status < count ? names[status] : "unknown";
}
