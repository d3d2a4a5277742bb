#include "search/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

#define FIRST_CAPACITY 256

static uint32_t *head_of(const tsi_links *links, const char *id)
{
	static const uint64_t seed[2] = {0, 0};

	return &links->heads[tsi_siphash(seed, id, strlen(id)) % links->capacity];
}

static tsi_link *find(const tsi_links *links, const char *id)
{
	uint32_t at = links->count ? *head_of(links, id) : 0;

	while (at != 0 && strcmp(links->ring[at - 1].id, id) != 0)
		at = links->ring[at - 1].next;
	return at ? &links->ring[at - 1] : NULL;
}

const tsi_link *tsi_links_find(const tsi_links *links, const char *id)
{
	return find(links, id);
}

static void chain(tsi_links *links, uint32_t index)
{
	uint32_t *head = head_of(links, links->ring[index].id);

	links->ring[index].next = *head;
	*head = index + 1;
}

static void unchain(tsi_links *links, uint32_t index)
{
	uint32_t *link = head_of(links, links->ring[index].id);

	while (*link != index + 1)
		link = &links->ring[*link - 1].next;
	*link = links->ring[index].next;
}

/* Only while nothing was dropped, so the ring begins at 0. */
static bool grow(tsi_links *links)
{
	uint32_t capacity = links->capacity ? links->capacity * 2 : FIRST_CAPACITY;
	tsi_link *ring;
	uint32_t *heads;

	if (capacity > TSI_MAX_LINKS)
		capacity = TSI_MAX_LINKS;
	heads = calloc(capacity, sizeof(*heads));
	ring = heads ? realloc(links->ring, capacity * sizeof(*ring)) : NULL;
	if (!ring) {
		free(heads);
		return false;
	}
	free(links->heads);
	links->ring = ring;
	links->heads = heads;
	links->capacity = capacity;
	for (uint32_t i = 0; i < links->count; i++)
		chain(links, i);
	return true;
}

static int append(tsi_links *links, const char *id, char *text, bool is_reference,
                  uint64_t provider_serial)
{
	uint32_t index;

	if (links->count == links->capacity && links->capacity < TSI_MAX_LINKS && !grow(links))
		return TSTREAM_ENOMEM;
	if (links->count < links->capacity) {
		index = links->count++;
	} else {
		index = links->oldest;
		links->oldest = (links->oldest + 1) % links->capacity;
		unchain(links, index);
		free(links->ring[index].text);
	}
	links->ring[index] =
	    (tsi_link){.text = text, .is_reference = is_reference, .provider_serial = provider_serial};
	snprintf(links->ring[index].id, sizeof(links->ring[index].id), "%s", id);
	chain(links, index);
	return TSTREAM_OK;
}

int tsi_links_put(tsi_links *links, const char *id, const char *text, bool is_reference,
                  uint64_t provider_serial)
{
	tsi_link *known = find(links, id);
	char *copy = strdup(text);
	int code = TSTREAM_OK;

	if (!copy)
		return TSTREAM_ENOMEM;
	if (known) {
		free(known->text);
		known->text = copy;
		known->is_reference = is_reference;
		known->provider_serial = provider_serial;
		return TSTREAM_OK;
	}
	code = append(links, id, copy, is_reference, provider_serial);
	if (code != TSTREAM_OK)
		free(copy);
	return code;
}

void tsi_links_clear(tsi_links *links)
{
	for (uint32_t i = 0; i < links->count; i++)
		free(links->ring[i].text);
	free(links->ring);
	free(links->heads);
	*links = (tsi_links){0};
}
