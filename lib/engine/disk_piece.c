/**
 * engine/disk_piece.c - piece buffers, their bound, and back-pressure.
 *
 * Buffers are kept for reuse: at 300 MB/s, fresh memory from the kernel would cost as
 * much in page faults as the hashing does.  Those in use and those kept together never
 * exceed the limit.
 *
 * Observers are told to wait above half the limit and to go on below a quarter; what
 * counts is not the buffers that fill, for only more blocks can finish those, but the
 * bytes that wait for a worker.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/disk_internal.h"

/* Mapped rather than allocated: freed by another thread than the one that took them, among
 * thousands of small things, buffers would leave a heap many times their size. */
static uint8_t *map_buffer(size_t size)
{
	void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return buffer == MAP_FAILED ? NULL : buffer;
}

static void unmap_buffer(uint8_t *buffer, size_t size)
{
	if (buffer)
		munmap(buffer, size);
}

void tsi_pool_init(tsi_pool *pool, size_t limit_bytes)
{
	pthread_mutex_init(&pool->mutex, NULL);
	pool->limit_bytes = limit_bytes;
}

void tsi_pool_destroy(tsi_pool *pool)
{
	for (size_t i = 0; i < pool->spare_count; i++)
		unmap_buffer(pool->spares[i].buffer, pool->spares[i].size);
	pthread_mutex_destroy(&pool->mutex);
}

static uint8_t *take_spare(tsi_pool *pool, size_t i)
{
	uint8_t *buffer = pool->spares[i].buffer;
	pool->spare_bytes -= pool->spares[i].size;
	pool->spares[i] = pool->spares[--pool->spare_count];
	return buffer;
}

static void drop_spare(tsi_pool *pool, size_t i)
{
	size_t size = pool->spares[i].size;
	unmap_buffer(take_spare(pool, i), size);
}

static uint8_t *find_spare(tsi_pool *pool, size_t size)
{
	for (size_t i = 0; i < pool->spare_count; i++)
		if (pool->spares[i].size == size)
			return take_spare(pool, i);
	return NULL;
}

uint8_t *tsi_pool_take(tsi_pool *pool, size_t size)
{
	pthread_mutex_lock(&pool->mutex);
	bool has_room = size <= pool->limit_bytes && pool->used_bytes <= pool->limit_bytes - size;
	uint8_t *buffer = NULL;
	if (has_room) {
		pool->used_bytes += size;
		buffer = find_spare(pool, size);
		while (pool->spare_count > 0 && pool->used_bytes + pool->spare_bytes > pool->limit_bytes)
			drop_spare(pool, 0);
	}
	pthread_mutex_unlock(&pool->mutex);
	if (!has_room || buffer)
		return buffer;
	/* Zeroed, or a piece hashed too early would put what was in our memory on disk. */
	buffer = map_buffer(size);
	if (!buffer) {
		pthread_mutex_lock(&pool->mutex);
		pool->used_bytes -= size;
		pthread_mutex_unlock(&pool->mutex);
	}
	return buffer;
}

void tsi_pool_give(tsi_pool *pool, uint8_t *buffer, size_t size)
{
	pthread_mutex_lock(&pool->mutex);
	pool->used_bytes -= size;
	/* The newest is the one the cache knows; the oldest makes room. */
	if (pool->spare_count == TSI_DISK_SPARE_BUFFERS)
		drop_spare(pool, 0);
	pool->spares[pool->spare_count].buffer = buffer;
	pool->spares[pool->spare_count++].size = size;
	pool->spare_bytes += size;
	pthread_mutex_unlock(&pool->mutex);
}

void tsi_pool_queued(tsi_pool *pool, size_t bytes)
{
	atomic_fetch_add(&pool->queued_bytes, bytes);
}

void tsi_pool_written(tsi_pool *pool, size_t bytes)
{
	tsi_pool_observer *observers = NULL;
	if (bytes == 0)
		return;
	pthread_mutex_lock(&pool->mutex);
	size_t left = atomic_fetch_sub(&pool->queued_bytes, bytes) - bytes;
	if (left <= pool->limit_bytes / 4) {
		observers = pool->observers;
		pool->observers = NULL;
	}
	pthread_mutex_unlock(&pool->mutex);
	while (observers) {
		tsi_pool_observer *next = observers->next;
		observers->drained(observers->user);
		free(observers);
		observers = next;
	}
}

bool tsi_pool_throttle(tsi_pool *pool, void (*drained)(void *user), void *user)
{
	if (!drained || atomic_load(&pool->queued_bytes) <= pool->limit_bytes / 2)
		return false;
	/* Out of memory: better not to hold the peer than to never release it. */
	tsi_pool_observer *observer = malloc(sizeof(*observer));
	if (!observer)
		return false;
	observer->drained = drained;
	observer->user = user;
	pthread_mutex_lock(&pool->mutex);
	/* Under the lock that tsi_pool_written takes, or the last byte might slip by. */
	bool is_over = atomic_load(&pool->queued_bytes) > pool->limit_bytes / 2;
	if (is_over) {
		observer->next = pool->observers;
		pool->observers = observer;
	}
	pthread_mutex_unlock(&pool->mutex);
	if (!is_over)
		free(observer);
	return is_over;
}

/** Pad files are never sent, yet they are hashed. */
static void zero_pads(const tsi_disk_store *store, uint32_t index, tsi_piece *piece)
{
	uint64_t begin = tsi_store_piece_begin(store, index);
	uint64_t position = begin;
	tsi_segment segment;
	while (tsi_segment_next(store, &position, begin + piece->size, &segment))
		if (segment.is_pad)
			memset(piece->buffer + (position - segment.size - begin), 0, segment.size);
}

tsi_piece *tsi_piece_new(tsi_disk_store *store, uint32_t index)
{
	uint32_t size = tsi_store_piece_size(store, index);
	size_t block_count = ((size_t)size + TSI_DISK_BLOCK_BYTES - 1) / TSI_DISK_BLOCK_BYTES;
	size_t word_count = (block_count + 63) / 64;
	tsi_piece *piece = calloc(1, sizeof(*piece) + word_count * sizeof(piece->blocks[0]));
	if (!piece)
		return NULL;
	piece->refs = 1;
	piece->pool = &store->disk->pool;
	piece->size = size;
	/* The last piece takes a full buffer too, so that one size fits all. */
	piece->capacity = store->piece_size;
	piece->buffer = tsi_pool_take(piece->pool, piece->capacity);
	piece->is_spilled = !piece->buffer;
	if (piece->buffer)
		zero_pads(store, index, piece);
	return piece;
}

void tsi_piece_release_buffer(tsi_piece *piece)
{
	if (piece->buffer)
		tsi_pool_give(piece->pool, piece->buffer, piece->capacity);
	piece->buffer = NULL;
}

void tsi_piece_unref(tsi_piece *piece)
{
	if (!piece || atomic_fetch_sub(&piece->refs, 1) > 1)
		return;
	tsi_piece_release_buffer(piece);
	free(piece);
}
