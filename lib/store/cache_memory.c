/**
 * store/cache_memory.c - the store within this process: a hash table whose entries are
 * also a list, most recently used first.
 *
 * Everything counts against the bound: keys, values, what holds them and the table.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/siphash.h"
#include "store/cache.h"

#define FIRST_BUCKET_COUNT 64

typedef struct entry {
	struct entry *next_in_bucket;
	struct entry *newer; /**< used more recently; NULL: none is */
	struct entry *older;
	uint64_t hash;
	int64_t expires_us; /**< 0: never */
	size_t size;
	size_t key_size; /**< with its NUL */
	char bytes[];    /**< the key, then the value */
} entry;

typedef struct memory_store {
	pthread_mutex_t mutex;
	uint64_t seed[2];
	entry **buckets;
	size_t bucket_count; /**< a power of two */
	entry *newest;
	entry *oldest;
	uint64_t entry_count;
	uint64_t used_bytes;
	uint64_t max_bytes;
	uint64_t evicted_count;
	int64_t opened_us;
} memory_store;

static uint64_t bytes_of(const entry *found)
{
	/* 16: what malloc itself takes. */
	return sizeof(*found) + found->key_size + found->size + 16;
}

/* -- the table and the list ----------------------------------------------- */

static entry **bucket_of(const memory_store *store, uint64_t hash)
{
	return &store->buckets[hash & (store->bucket_count - 1)];
}

/** @return the pointer that points to it, or the NULL at the end of its bucket */
static entry **find(const memory_store *store, uint64_t hash, const char *key)
{
	entry **at = bucket_of(store, hash);
	while (*at && ((*at)->hash != hash || strcmp((*at)->bytes, key) != 0))
		at = &(*at)->next_in_bucket;
	return at;
}

static void unlist(memory_store *store, entry *old)
{
	*(old->newer ? &old->newer->older : &store->newest) = old->older;
	*(old->older ? &old->older->newer : &store->oldest) = old->newer;
}

static void list_first(memory_store *store, entry *found)
{
	found->newer = NULL;
	found->older = store->newest;
	*(store->newest ? &store->newest->newer : &store->oldest) = found;
	store->newest = found;
}

/** @param at  as find() gave it; must point to an entry */
static void drop(memory_store *store, entry **at)
{
	entry *old = *at;
	*at = old->next_in_bucket;
	unlist(store, old);
	store->entry_count--;
	store->used_bytes -= bytes_of(old);
	free(old);
}

static void make_room(memory_store *store, uint64_t bytes)
{
	while (store->oldest && store->used_bytes + bytes > store->max_bytes) {
		drop(store, find(store, store->oldest->hash, store->oldest->bytes));
		store->evicted_count++;
	}
}

/** Twice the buckets.  Without memory for them the buckets grow longer instead. */
static void grow(memory_store *store)
{
	size_t old_count = store->bucket_count;
	entry **old = store->buckets;
	uint64_t more_bytes = old_count * sizeof(entry *);
	entry **buckets = store->used_bytes + more_bytes <= store->max_bytes
	                      ? calloc(old_count * 2, sizeof(entry *))
	                      : NULL;
	if (!buckets)
		return;
	store->buckets = buckets;
	store->bucket_count = old_count * 2;
	store->used_bytes += more_bytes;
	for (size_t i = 0; i < old_count; i++) {
		for (entry *moved = old[i], *next; moved; moved = next) {
			next = moved->next_in_bucket;
			entry **at = bucket_of(store, moved->hash);
			moved->next_in_bucket = *at;
			*at = moved;
		}
	}
	free(old);
}

static entry *make_entry(const char *key, const void *value, size_t size)
{
	size_t key_size = strlen(key) + 1;
	entry *made = malloc(sizeof(*made) + key_size + size);
	if (!made)
		return NULL;
	*made = (entry){.size = size, .key_size = key_size};
	memcpy(made->bytes, key, key_size);
	if (size)
		memcpy(made->bytes + key_size, value, size);
	return made;
}

/* -- what the vtable asks for --------------------------------------------- */

static int copy_value(const entry *found, void **out_value, size_t *out_size)
{
	char *copy = malloc(found->size + 1);
	if (!copy)
		return TSTREAM_ENOMEM;
	memcpy(copy, found->bytes + found->key_size, found->size);
	copy[found->size] = '\0';
	*out_value = copy;
	*out_size = found->size;
	return TSTREAM_OK;
}

static int memory_get(void *user, const char *key, void **out_value, size_t *out_size)
{
	memory_store *store = user;
	uint64_t hash = tsi_siphash(store->seed, key, strlen(key));
	int code = TSTREAM_ENOENT;
	pthread_mutex_lock(&store->mutex);
	entry **at = find(store, hash, key);
	if (*at && (*at)->expires_us != 0 && (*at)->expires_us <= tsi_now_us())
		drop(store, at);
	else if (*at) {
		unlist(store, *at);
		list_first(store, *at);
		code = copy_value(*at, out_value, out_size);
	}
	pthread_mutex_unlock(&store->mutex);
	return code;
}

static int memory_put(void *user, const char *key, const void *value, size_t size, int64_t ttl_us)
{
	memory_store *store = user;
	entry *made = make_entry(key, value, size);
	if (!made)
		return TSTREAM_ENOMEM;
	made->hash = tsi_siphash(store->seed, key, made->key_size - 1);
	int64_t now_us = tsi_now_us();
	/* A time beyond the end of time is for ever. */
	made->expires_us = ttl_us > 0 && ttl_us < INT64_MAX - now_us ? now_us + ttl_us : 0;
	uint64_t bytes = bytes_of(made);
	pthread_mutex_lock(&store->mutex);
	entry **at = find(store, made->hash, key);
	if (*at)
		drop(store, at);
	bool fits = bytes + store->bucket_count * sizeof(entry *) <= store->max_bytes;
	if (fits) {
		make_room(store, bytes);
		at = bucket_of(store, made->hash);
		made->next_in_bucket = *at;
		*at = made;
		list_first(store, made);
		store->used_bytes += bytes;
		if (++store->entry_count > store->bucket_count)
			grow(store);
	}
	pthread_mutex_unlock(&store->mutex);
	if (!fits)
		free(made);
	return fits ? TSTREAM_OK : TSTREAM_ENOSPC;
}

static int memory_remove(void *user, const char *key)
{
	memory_store *store = user;
	uint64_t hash = tsi_siphash(store->seed, key, strlen(key));
	pthread_mutex_lock(&store->mutex);
	entry **at = find(store, hash, key);
	if (*at)
		drop(store, at);
	pthread_mutex_unlock(&store->mutex);
	return TSTREAM_OK;
}

static void memory_get_stats(void *user, tstream_cache_stats *out_stats)
{
	memory_store *store = user;
	snprintf(out_stats->store, sizeof(out_stats->store), "memory");
	out_stats->state = TSTREAM_CACHE_OK;
	out_stats->state_us = tsi_now_us() - store->opened_us;
	pthread_mutex_lock(&store->mutex);
	out_stats->evicted_count = store->evicted_count;
	out_stats->entry_count = store->entry_count;
	out_stats->used_bytes = store->used_bytes;
	out_stats->max_bytes = store->max_bytes;
	pthread_mutex_unlock(&store->mutex);
}

static void memory_close(void *user)
{
	memory_store *store = user;
	for (entry *old = store->newest, *next; old; old = next) {
		next = old->older;
		free(old);
	}
	free(store->buckets);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

const tsi_cache_ops tsi_cache_memory_ops = {memory_get, memory_put, memory_remove, memory_get_stats,
                                            memory_close};

int tsi_cache_memory_open(uint64_t max_bytes, void **out_store, tstream_error *err)
{
	memory_store *store = calloc(1, sizeof(*store));
	entry **buckets = calloc(FIRST_BUCKET_COUNT, sizeof(entry *));
	if (!store || !buckets) {
		free(store);
		free(buckets);
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	}
	store->buckets = buckets;
	store->bucket_count = FIRST_BUCKET_COUNT;
	store->used_bytes = FIRST_BUCKET_COUNT * sizeof(entry *);
	store->max_bytes = max_bytes;
	store->opened_us = tsi_now_us();
	/* Without entropy the seed is where things lie, which strangers do not know either. */
	if (getrandom(store->seed, sizeof(store->seed), GRND_NONBLOCK) != sizeof(store->seed))
		store->seed[0] = (uint64_t)(uintptr_t)store ^ (uint64_t)store->opened_us;
	pthread_mutex_init(&store->mutex, NULL);
	*out_store = store;
	return TSTREAM_OK;
}
