#include <tstream/search.h>

#include "api/structs.h"
#include "base/clock.h"
#include "base/log.h"
#include "search/provider_archive.h"
#include "search/provider_feed.h"
#include "search/provider_torznab.h"
#include "search/search.h"

void tstream_search_options_init(tstream_search_options *options)
{
	if (options)
		*options = (tstream_search_options){.struct_size = sizeof(*options)};
}

int tstream_search_open(const tstream_search_options *options, tstream_search **out_search,
                        tstream_error *err)
{
	tstream_search_options ours = {0};

	if (!out_search)
		return tsi_fail(err, TSTREAM_EINVAL, "out_search is required");
	if (options && !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "search options: struct_size must be set");
	if (ours.flags)
		return tsi_fail(err, TSTREAM_EINVAL, "search options: unknown flags 0x%x", ours.flags);
	return tsi_search_open(&ours, out_search, err);
}

void tstream_search_close(tstream_search *search)
{
	if (search)
		tsi_search_close(search);
}

int tstream_search_add_torznab(tstream_search *search, const char *name, const char *url,
                               const char *api_key, tstream_error *err)
{
	if (!search || !url)
		return tsi_fail(err, TSTREAM_EINVAL, "search and url are required");
	return tsi_torznab_add(search, name, url, api_key, err);
}

int tstream_search_add_archive(tstream_search *search, const char *name, const char *url,
                               tstream_error *err)
{
	if (!search)
		return tsi_fail(err, TSTREAM_EINVAL, "search is required");
	return tsi_archive_add(search, name, url, err);
}

int tstream_search_add_feed(tstream_search *search, const char *name, const char *url,
                            tstream_error *err)
{
	if (!search || !url)
		return tsi_fail(err, TSTREAM_EINVAL, "search and url are required");
	return tsi_feed_add(search, name, url, err);
}

#define KNOWN_FLAGS (TSTREAM_PROVIDER_BLOCKING | TSTREAM_PROVIDER_PUBLIC | TSTREAM_PROVIDER_LOCAL)

int tstream_search_add_provider(tstream_search *search, const char *name,
                                const tstream_provider_vtable *vtable, void *user,
                                tstream_error *err)
{
	tstream_provider_vtable ours = {0};

	if (!search || !vtable || !tsi_struct_in(&ours, sizeof(ours), vtable) || !ours.search)
		return tsi_fail(err, TSTREAM_EINVAL, "a search and a vtable with search() are required");
	if (ours.flags & ~KNOWN_FLAGS)
		return tsi_fail(err, TSTREAM_EINVAL, "provider: unknown flags 0x%x",
		                ours.flags & ~KNOWN_FLAGS);
	return tsi_provider_add(search, name, &ours, user, NULL, err);
}

int tstream_search_remove_provider(tstream_search *search, const char *name)
{
	return search && name ? tsi_provider_remove(search, name) : TSTREAM_EINVAL;
}

size_t tstream_search_get_providers(tstream_search *search, tstream_provider_state *out_states,
                                    size_t capacity)
{
	size_t stride = out_states ? out_states->struct_size : 0;
	size_t count;

	if (!search)
		return 0;
	pthread_mutex_lock(&search->mutex);
	count = search->provider_count;
	for (size_t i = 0; i < count && i < capacity && stride >= sizeof(uint32_t); i++) {
		tstream_provider_state *theirs = (void *)((char *)out_states + i * stride);
		tstream_provider_state ours = {0};

		tsi_provider_describe(search->providers[i], tsi_now_us(), &ours);
		theirs->struct_size = (uint32_t)stride;
		tsi_struct_out(theirs, &ours, sizeof(ours));
	}
	pthread_mutex_unlock(&search->mutex);
	return count;
}

void tstream_found_init(tstream_found *found)
{
	if (found)
		*found = (tstream_found)TSTREAM_FOUND_INIT;
}
