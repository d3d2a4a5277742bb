#include "keeper.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>

struct entry {
	tstream_torrent *torrent;
	int64_t used_at_us;
};

struct keeper {
	pthread_mutex_t lock;
	int64_t idle_us;
	unsigned capacity;
	unsigned count;
	struct entry entries[];
};

struct keeper *keeper_new(unsigned capacity, int64_t idle_us)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper) + capacity * sizeof(struct entry));

	if (!keeper)
		return NULL;
	pthread_mutex_init(&keeper->lock, NULL);
	keeper->capacity = capacity;
	keeper->idle_us = idle_us;
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	for (unsigned i = 0; i < keeper->count; i++)
		tstream_torrent_unref(keeper->entries[i].torrent);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

static bool is_streaming(tstream_torrent *torrent)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;

	return tstream_torrent_get_stats(torrent, &stats) == 0 && stats.reader_count > 0;
}

/* With the lock held.  The reference is the caller's to give back, after unlocking: the last
 * unref of a torrent may take its time. */
static tstream_torrent *take(struct keeper *keeper, unsigned index)
{
	tstream_torrent *torrent = keeper->entries[index].torrent;

	keeper->entries[index] = keeper->entries[--keeper->count];
	return torrent;
}

/* With the lock held. */
static tstream_torrent *take_idlest(struct keeper *keeper)
{
	unsigned idlest = keeper->count;

	for (unsigned i = 0; i < keeper->count; i++) {
		struct entry *entry = &keeper->entries[i];
		if (!is_streaming(entry->torrent) &&
		    (idlest == keeper->count || entry->used_at_us < keeper->entries[idlest].used_at_us))
			idlest = i;
	}
	return idlest < keeper->count ? take(keeper, idlest) : NULL;
}

bool keeper_drop_idlest(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	tstream_torrent *dropped = take_idlest(keeper);
	pthread_mutex_unlock(&keeper->lock);
	tstream_torrent_unref(dropped);
	return dropped != NULL;
}

/* With the lock held.  Objects are the same for the same torrent, so comparing them is enough. */
static struct entry *find(struct keeper *keeper, const tstream_torrent *torrent)
{
	for (unsigned i = 0; i < keeper->count; i++) {
		if (keeper->entries[i].torrent == torrent)
			return &keeper->entries[i];
	}
	return NULL;
}

int keeper_keep(struct keeper *keeper, tstream_torrent *torrent, bool *out_is_new)
{
	tstream_torrent *dropped = NULL;

	pthread_mutex_lock(&keeper->lock);
	struct entry *entry = find(keeper, torrent);
	*out_is_new = !entry;
	if (!entry && keeper->count == keeper->capacity)
		dropped = take_idlest(keeper);
	if (!entry && keeper->count < keeper->capacity) {
		entry = &keeper->entries[keeper->count++];
		entry->torrent = tstream_torrent_ref(torrent);
	}
	if (entry)
		entry->used_at_us = clock_now_us();
	pthread_mutex_unlock(&keeper->lock);
	tstream_torrent_unref(dropped);
	return entry ? 0 : TSTREAM_ELIMIT;
}

/* Put one among those that were used later than it. */
static void insert(const struct entry **latest, unsigned count, const struct entry *entry)
{
	for (; count > 0 && latest[count - 1]->used_at_us < entry->used_at_us; count--)
		latest[count] = latest[count - 1];
	latest[count] = entry;
}

unsigned keeper_list(struct keeper *keeper, tstream_torrent **out_torrents, unsigned capacity)
{
	const struct entry **latest = calloc(capacity + 1, sizeof(const struct entry *));
	unsigned count = 0;

	if (!latest)
		return 0;
	pthread_mutex_lock(&keeper->lock);
	for (unsigned i = 0; i < keeper->count; i++) {
		insert(latest, count, &keeper->entries[i]);
		count += count < capacity;
	}
	for (unsigned i = 0; i < count; i++)
		out_torrents[i] = tstream_torrent_ref(latest[i]->torrent);
	pthread_mutex_unlock(&keeper->lock);
	free(latest);
	return count;
}

bool keeper_forget(struct keeper *keeper, const tstream_torrent *torrent)
{
	tstream_torrent *taken = NULL;

	pthread_mutex_lock(&keeper->lock);
	const struct entry *entry = find(keeper, torrent);
	if (entry)
		taken = take(keeper, (unsigned)(entry - keeper->entries));
	pthread_mutex_unlock(&keeper->lock);
	tstream_torrent_unref(taken);
	return taken != NULL;
}

/* One at a time, so that unref happens without the lock. */
static tstream_torrent *take_expired(struct keeper *keeper, int64_t now_us)
{
	for (unsigned i = 0; i < keeper->count; i++) {
		struct entry *entry = &keeper->entries[i];
		if (now_us - entry->used_at_us <= keeper->idle_us)
			continue;
		if (!is_streaming(entry->torrent))
			return take(keeper, i);
		entry->used_at_us = now_us;
	}
	return NULL;
}

void keeper_expire(struct keeper *keeper)
{
	tstream_torrent *expired;

	do {
		pthread_mutex_lock(&keeper->lock);
		expired = take_expired(keeper, clock_now_us());
		pthread_mutex_unlock(&keeper->lock);
		tstream_torrent_unref(expired);
	} while (expired);
}
