/**
 * core/lockout.c - how many failures there were lately, in a table that never grows.
 */
#include "core/lockout.h"

#define PLACES_PER_KEY 8

static bool is_open(const tsi_lockout *lockout, const tsi_lockout_place *place, int64_t now_us)
{
	return place->failure_count > 0 && now_us - place->opened_us < lockout->window_us;
}

/** The first of those where a key may be. */
static tsi_lockout_place *places_of(tsi_lockout *lockout, uint64_t key)
{
	return &lockout->places[key % (TSI_LOCKOUT_PLACES / PLACES_PER_KEY) * PLACES_PER_KEY];
}

/** @return NULL if it has no failures */
static tsi_lockout_place *find(tsi_lockout *lockout, uint64_t key, int64_t now_us)
{
	tsi_lockout_place *places = places_of(lockout, key);

	for (size_t i = 0; i < PLACES_PER_KEY; i++) {
		if (places[i].key == key && is_open(lockout, &places[i], now_us))
			return &places[i];
	}
	return NULL;
}

static tsi_lockout_place *find_or_make(tsi_lockout *lockout, uint64_t key, int64_t now_us)
{
	tsi_lockout_place *place = find(lockout, key, now_us);
	tsi_lockout_place *places = places_of(lockout, key);

	if (place)
		return place;
	place = &places[0];
	for (size_t i = 0; i < PLACES_PER_KEY && is_open(lockout, place, now_us); i++) {
		if (!is_open(lockout, &places[i], now_us) || places[i].opened_us < place->opened_us)
			place = &places[i];
	}
	*place = (tsi_lockout_place){.key = key, .opened_us = now_us};
	return place;
}

int64_t tsi_lockout_begin(tsi_lockout *lockout, const tsi_lockout_key *keys, size_t count,
                          int64_t now_us)
{
	int64_t longest_us = 0;

	for (size_t i = 0; i < count; i++) {
		const tsi_lockout_place *place = find(lockout, keys[i].key, now_us);
		int64_t left_us = place ? place->opened_us + lockout->window_us - now_us : 0;
		if (place && place->failure_count >= keys[i].max_failures && left_us > longest_us)
			longest_us = left_us;
	}
	for (size_t i = 0; i < count && longest_us == 0; i++)
		find_or_make(lockout, keys[i].key, now_us)->failure_count++;
	return longest_us;
}

void tsi_lockout_undo(tsi_lockout *lockout, const tsi_lockout_key *keys, size_t count,
                      int64_t now_us)
{
	for (size_t i = 0; i < count; i++) {
		tsi_lockout_place *place = find(lockout, keys[i].key, now_us);
		if (place)
			place->failure_count--;
	}
}

void tsi_lockout_forget(tsi_lockout *lockout, const tsi_lockout_key *key, int64_t now_us)
{
	tsi_lockout_place *place = find(lockout, key->key, now_us);

	if (place)
		place->failure_count = 0;
}
