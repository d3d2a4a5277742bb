#include "core/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

#define FIRST_CAPACITY 64
#define KINDS 3

/* An item is found by its v1 hash, its v2 hash, or, if it has none, by its id. */
typedef struct key {
	const void *bytes;
	size_t size;
} key;

static key key_of(const tsi_finding *finding, int kind)
{
	if (kind == 0 && finding->infohash.has_v1)
		return (key){finding->infohash.v1, sizeof(finding->infohash.v1)};
	if (kind == 1 && finding->infohash.has_v2)
		return (key){finding->infohash.v2, sizeof(finding->infohash.v2)};
	if (kind == 2 && !tsi_finding_has_infohash(finding))
		return (key){finding->id, strlen(finding->id)};
	return (key){NULL, 0};
}

static bool is_equal(key a, key b)
{
	return a.size == b.size && a.size > 0 && memcmp(a.bytes, b.bytes, a.size) == 0;
}

static uint32_t follow(const tsi_merge *merge, uint32_t index)
{
	while (merge->items[index].is_gone)
		index = merge->items[index].joined_to;
	return index;
}

static uint32_t *slot_of(const tsi_merge *merge, key wanted, int kind)
{
	const uint64_t seed[2] = {(uint64_t)kind, 0};
	uint32_t mask = merge->slot_count - 1;
	uint32_t at = (uint32_t)tsi_siphash(seed, wanted.bytes, wanted.size) & mask;

	/* What is gone keeps the hashes it was put in by. */
	while (merge->slots[at] != 0 &&
	       !is_equal(key_of(&merge->items[merge->slots[at] - 1].finding, kind), wanted))
		at = (at + 1) & mask;
	return &merge->slots[at];
}

/* @return index, or UINT32_MAX */
static uint32_t find(const tsi_merge *merge, const tsi_finding *finding, int kind)
{
	key wanted = key_of(finding, kind);
	uint32_t *slot = wanted.bytes && merge->slot_count ? slot_of(merge, wanted, kind) : NULL;

	return slot && *slot != 0 ? follow(merge, *slot - 1) : UINT32_MAX;
}

static void index_item(tsi_merge *merge, uint32_t index)
{
	for (int kind = 0; kind < KINDS; kind++) {
		key own = key_of(&merge->items[index].finding, kind);
		uint32_t *slot = own.bytes ? slot_of(merge, own, kind) : NULL;

		if (slot && *slot == 0)
			*slot = index + 1;
	}
}

static bool grow(tsi_merge *merge)
{
	uint32_t capacity = merge->capacity ? merge->capacity * 2 : FIRST_CAPACITY;
	/* Two hashes each, half of the slots free. */
	uint32_t slot_count = capacity * 4;
	tsi_merge_item *items = realloc(merge->items, capacity * sizeof(*items));
	uint32_t *slots;

	if (!items)
		return false;
	merge->items = items;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return false;
	free(merge->slots);
	merge->slots = slots;
	merge->slot_count = slot_count;
	merge->capacity = capacity;
	for (uint32_t i = 0; i < merge->count; i++)
		index_item(merge, i);
	return true;
}

static int append(tsi_merge *merge, tsi_finding *finding, uint32_t *out_index)
{
	if (merge->count == TSI_MERGE_MAX)
		return TSTREAM_ELIMIT;
	if (merge->count == merge->capacity && !grow(merge))
		return TSTREAM_ENOMEM;
	merge->items[merge->count] = (tsi_merge_item){.finding = *finding, .first_change = UINT32_MAX};
	*finding = (tsi_finding){0};
	*out_index = merge->count++;
	merge->live_count++;
	index_item(merge, *out_index);
	return TSTREAM_OK;
}

/* A hybrid shows that what was listed twice is one. */
static bool join(tsi_merge *merge, uint32_t into, uint32_t from)
{
	tsi_merge_item *gone = &merge->items[from];

	if (!tsi_finding_absorb(&merge->items[into].finding, &gone->finding))
		return false;
	gone->is_gone = true;
	gone->joined_to = into;
	merge->live_count--;
	return true;
}

int tsi_merge_add(tsi_merge *merge, tsi_finding *finding, uint32_t *out_index)
{
	uint32_t into = UINT32_MAX;
	int code = TSTREAM_OK;

	for (int kind = 0; kind < KINDS; kind++) {
		uint32_t found = find(merge, finding, kind);

		if (found == UINT32_MAX || found == into)
			continue;
		if (into == UINT32_MAX)
			into = found;
		else if (!join(merge, into, found))
			code = TSTREAM_ENOMEM;
	}
	if (into == UINT32_MAX) {
		code = append(merge, finding, out_index);
	} else if (tsi_finding_absorb(&merge->items[into].finding, finding)) {
		index_item(merge, into);
		*out_index = into;
	} else {
		code = TSTREAM_ENOMEM;
	}
	tsi_finding_clear(finding);
	return code;
}

static int compare(const void *a, const void *b, void *user)
{
	const tsi_merge_item *items = user;

	return tsi_finding_compare(&items[*(const uint32_t *)a].finding,
	                           &items[*(const uint32_t *)b].finding);
}

uint32_t *tsi_merge_sorted(const tsi_merge *merge, uint32_t end, uint32_t *out_count)
{
	uint32_t *order = malloc((merge->count + 1) * sizeof(*order));
	uint32_t count = 0;

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < merge->count; i++) {
		if (!merge->items[i].is_gone && merge->items[i].first_change < end)
			order[count++] = i;
	}
	if (count > 0)
		qsort_r(order, count, sizeof(*order), compare, merge->items);
	*out_count = count;
	return order;
}

void tsi_merge_clear(tsi_merge *merge)
{
	for (uint32_t i = 0; i < merge->count; i++)
		tsi_finding_clear(&merge->items[i].finding);
	free(merge->items);
	free(merge->slots);
	*merge = (tsi_merge){0};
}
