/**
 * engine/disk.c - what disk.h promises, as jobs for the workers.
 *
 * A job gets what it needs from the store's tables when it is queued; workers never
 * look at them.  Nothing is pushed with the store's mutex held: once the workers are
 * gone, pushing runs the job.
 *
 * A piece's life: blocks fill it; tsi_disk_hash closes it, and from then on only its
 * jobs touch it; tsi_disk_mark_have, tsi_disk_clear or tsi_disk_evict takes it out of
 * the table.  In between late blocks are ignored.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/disk_internal.h"

static unsigned default_worker_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < 1)
		return 1;
	return cores < 4 ? (unsigned)cores : 4;
}

tsi_disk *tsi_disk_new(unsigned worker_count, size_t buffer_limit_bytes,
                       const tsi_disk_hasher *hasher)
{
	tsi_disk *disk = calloc(1, sizeof(*disk));
	if (!disk)
		return NULL;
	disk->refs = 1;
	disk->hasher = *hasher;
	tsi_pool_init(&disk->pool, buffer_limit_bytes);
	tsi_fds_init(&disk->fds);
	if (!tsi_queue_start(&disk->queue, worker_count ? worker_count : default_worker_count())) {
		tsi_disk_unref(disk);
		return NULL;
	}
	return disk;
}

void tsi_disk_stop(tsi_disk *disk)
{
	if (disk)
		tsi_queue_stop(&disk->queue);
}

void tsi_disk_free(tsi_disk *disk)
{
	tsi_disk_stop(disk);
	if (disk)
		tsi_disk_unref(disk);
}

void tsi_disk_unref(tsi_disk *disk)
{
	if (atomic_fetch_sub(&disk->refs, 1) > 1)
		return;
	tsi_queue_destroy(&disk->queue);
	tsi_pool_destroy(&disk->pool);
	tsi_fds_destroy(&disk->fds);
	free(disk);
}

/** @name What is known without asking the disk
 *  @{ */
void tsi_disk_store_have(tsi_disk_store *store, uint8_t *out_have)
{
	pthread_mutex_lock(&store->mutex);
	memcpy(out_have, store->have, store->piece_count);
	pthread_mutex_unlock(&store->mutex);
}

bool tsi_disk_needs_check(tsi_disk_store *store)
{
	return atomic_load(&store->is_doubtful);
}

bool tsi_disk_is_damaged(tsi_disk_store *store)
{
	return atomic_load(&store->is_damaged);
}

uint64_t tsi_disk_used_bytes(const tsi_disk_store *store)
{
	return atomic_load(&store->used_bytes);
}
/** @} */

/** @name Jobs
 *  @{ */
tsi_disk_job *tsi_disk_job_new(tsi_disk_store *store, void (*run)(tsi_disk_job *job), void *user)
{
	tsi_disk_job *job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->run = run;
	job->store = tsi_disk_store_ref(store);
	job->user = user;
	return job;
}

static tsi_piece *find_piece(tsi_disk_store *store, uint32_t index)
{
	assert(index < store->piece_count);
	pthread_mutex_lock(&store->mutex);
	tsi_piece *piece = tsi_piece_ref(store->pieces[index]);
	pthread_mutex_unlock(&store->mutex);
	return piece;
}

tsi_disk_job *tsi_disk_piece_job_new(tsi_disk_store *store, uint32_t piece,
                                     void (*run)(tsi_disk_job *job), void *user)
{
	tsi_disk_job *job = tsi_disk_job_new(store, run, user);
	if (!job)
		return NULL;
	job->index = piece;
	job->piece = find_piece(store, piece);
	return job;
}

void tsi_disk_push(tsi_disk_job *job)
{
	tsi_queue_push(&job->store->disk->queue, job);
}

static uint64_t job_position(const tsi_disk_job *job)
{
	return tsi_store_piece_begin(job->store, job->index) + job->offset;
}

void tsi_disk_run_plain(tsi_disk_job *job)
{
	if (job->done.plain)
		job->done.plain(job->user);
}

/** With the store's mutex held. */
void tsi_disk_forget_piece(tsi_disk_store *store, uint32_t piece)
{
	tsi_piece_unref(store->pieces[piece]);
	store->pieces[piece] = NULL;
}
/** @} */

/** @name Writing
 *  @{ */
static void run_spill(tsi_disk_job *job)
{
	int error = tsi_store_write(job->store, job_position(job), job->bytes, job->size);
	if (error)
		atomic_store(&job->piece->write_errno, error);
}

/** @return NULL if out of memory */
static tsi_disk_job *spill_job_new(tsi_disk_store *store, uint32_t index, uint32_t offset,
                                   const void *data, uint32_t size)
{
	uint8_t *copy = malloc(size);
	tsi_disk_job *job = copy ? tsi_disk_job_new(store, run_spill, NULL) : NULL;
	if (!job) {
		free(copy);
		return NULL;
	}
	memcpy(copy, data, size);
	job->bytes = copy;
	job->index = index;
	job->piece = tsi_piece_ref(store->pieces[index]);
	job->offset = offset;
	job->size = size;
	job->charged_bytes = size;
	tsi_pool_queued(&store->disk->pool, size);
	return job;
}

/** A block that is here already stays as it is: someone may be hashing it.  With the
 *  store's mutex held.  @param out_job  to be pushed without it, or NULL */
static int add_block(tsi_disk_store *store, uint32_t index, uint32_t offset, const void *data,
                     uint32_t size, tsi_disk_job **out_job)
{
	if (store->have[index])
		return 0;
	if (!store->pieces[index])
		store->pieces[index] = tsi_piece_new(store, index);
	tsi_piece *piece = store->pieces[index];
	if (!piece)
		return TSTREAM_ENOMEM;
	if (piece->is_closed || tsi_piece_has(piece, offset))
		return 0;
	if (!piece->is_spilled)
		memcpy(piece->buffer + offset, data, size);
	else if (!(*out_job = spill_job_new(store, index, offset, data, size)))
		return TSTREAM_ENOMEM;
	tsi_piece_add(piece, offset);
	return 0;
}

static bool is_block(const tsi_disk_store *store, uint32_t piece, uint32_t offset, uint32_t size)
{
	if (piece >= store->piece_count || offset % TSI_DISK_BLOCK_BYTES != 0)
		return false;
	uint32_t piece_size = tsi_store_piece_size(store, piece);
	return offset < piece_size && size > 0 && size <= TSI_DISK_BLOCK_BYTES &&
	       size <= piece_size - offset;
}

int tsi_disk_write(tsi_disk_store *store, uint32_t piece, uint32_t offset, const void *data,
                   uint32_t size, void (*drained)(void *user), void *user)
{
	tsi_disk_job *job = NULL;
	if (!is_block(store, piece, offset, size))
		return TSTREAM_EINVAL;
	pthread_mutex_lock(&store->mutex);
	int error = add_block(store, piece, offset, data, size, &job);
	pthread_mutex_unlock(&store->mutex);
	if (job)
		tsi_disk_push(job);
	if (error)
		return error;
	return tsi_pool_throttle(&store->disk->pool, drained, user) ? 1 : 0;
}
/** @} */

/** @name Hashing
 *  @{ */
static const uint8_t zero_digest[32];

static uint32_t block_count_of(uint32_t bytes)
{
	return (bytes + TSI_DISK_BLOCK_BYTES - 1) / TSI_DISK_BLOCK_BYTES;
}

/** job->size: how many bytes the v2 digests cover. */
static void hash_bytes(const tsi_disk_job *job, const uint8_t *bytes, size_t size,
                       uint8_t out_v1[20])
{
	const tsi_disk_hasher *hasher = &job->store->disk->hasher;
	if (job->wants_v1)
		hasher->sha1(bytes, size, out_v1);
	for (uint32_t at = 0; job->out_v2 && at < job->size; at += TSI_DISK_BLOCK_BYTES) {
		uint32_t left = job->size - at;
		hasher->sha256(bytes + at, left < TSI_DISK_BLOCK_BYTES ? left : TSI_DISK_BLOCK_BYTES,
		               job->out_v2 + (size_t)at / TSI_DISK_BLOCK_BYTES * 32);
	}
}

static int hash_from_memory(tsi_disk_job *job, uint8_t out_v1[20])
{
	tsi_piece *piece = job->piece;
	hash_bytes(job, piece->buffer, piece->size, out_v1);
	int error = tsi_store_write(job->store, job_position(job), piece->buffer, piece->size);
	/* On failure it stays, so that hashing again can write again. */
	if (!error)
		tsi_piece_release_buffer(piece);
	return error;
}

/** In a check what is missing is zeros, which fail.  Of a piece that is just being fetched it is
 *  damage: nobody who sent it is to blame. */
static int read_to_hash(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size)
{
	bool is_check = atomic_load(&store->is_doubtful) && !atomic_load(&store->is_damaged);
	if (is_check)
		return tsi_store_read_found(store, position, out, size);
	int error = tsi_store_read_verified(store, position, out, size);
	return !error && atomic_load(&store->is_damaged) ? EIO : error;
}

static int hash_from_files(tsi_disk_job *job, uint8_t out_v1[20])
{
	uint32_t size = tsi_store_piece_size(job->store, job->index);
	uint8_t *bytes = malloc(size);
	if (!bytes)
		return ENOMEM;
	int error = read_to_hash(job->store, job_position(job), bytes, size);
	if (!error)
		hash_bytes(job, bytes, size, out_v1);
	free(bytes);
	return error;
}

static void run_hash(tsi_disk_job *job)
{
	uint8_t digest_v1[20] = {0};
	tsi_piece *piece = job->piece;
	int error = piece ? atomic_load(&piece->write_errno) : 0;
	if (job->is_hopeless) {
		if (job->out_v2)
			memset(job->out_v2, 0, (size_t)block_count_of(job->size) * 32);
	} else if (!error && piece && piece->buffer) {
		error = hash_from_memory(job, digest_v1);
	} else if (!error) {
		error = hash_from_files(job, digest_v1);
	}
	job->done.hashed(job->user, tsi_disk_code(error), error, digest_v1);
}

/** No more blocks from here on. */
static void close_piece(tsi_disk_job *job)
{
	tsi_disk_store *store = job->store;
	pthread_mutex_lock(&store->mutex);
	if (job->piece)
		job->piece->is_closed = true;
	else
		job->is_hopeless = !store->have[job->index];
	pthread_mutex_unlock(&store->mutex);
}

void tsi_disk_hash(tsi_disk_store *store, uint32_t piece, bool v1, uint8_t *out_v2,
                   uint32_t v2_bytes, tsi_disk_hashed_fn done, void *user)
{
	tsi_disk_job *job = tsi_disk_piece_job_new(store, piece, run_hash, user);
	if (!job) {
		done(user, TSTREAM_ENOMEM, ENOMEM, zero_digest);
		return;
	}
	assert(v2_bytes <= tsi_store_piece_size(store, piece));
	job->wants_v1 = v1;
	job->out_v2 = out_v2;
	job->size = v2_bytes;
	job->done.hashed = done;
	close_piece(job);
	if (job->piece && !job->piece->is_spilled)
		job->charged_bytes = job->piece->size;
	tsi_pool_queued(&store->disk->pool, job->charged_bytes);
	tsi_disk_push(job);
}

/** Call @p use with a part of a piece, wherever it is.  @p read fetches it from files. */
static int with_bytes(tsi_disk_job *job,
                      int (*read)(tsi_disk_store *store, uint64_t position, uint8_t *out,
                                  size_t size),
                      void (*use)(tsi_disk_job *job, const uint8_t *bytes))
{
	if (job->piece && job->piece->buffer) {
		use(job, job->piece->buffer + job->offset);
		return 0;
	}
	uint8_t *bytes = malloc(job->size);
	if (!bytes)
		return ENOMEM;
	int error = read(job->store, job_position(job), bytes, job->size);
	if (!error)
		use(job, bytes);
	free(bytes);
	return error;
}

static void use_for_digest(tsi_disk_job *job, const uint8_t *bytes)
{
	uint8_t digest[32];
	job->store->disk->hasher.sha256(bytes, job->size, digest);
	job->done.hashed2(job->user, 0, 0, digest);
}

static void run_hash_block(tsi_disk_job *job)
{
	int error = with_bytes(job, read_to_hash, use_for_digest);
	if (error)
		job->done.hashed2(job->user, tsi_disk_code(error), error, zero_digest);
}

/* For assertions alone. */
__attribute__((unused)) static bool is_range(const tsi_disk_store *store, uint32_t piece,
                                             uint32_t offset, uint32_t size)
{
	uint32_t piece_size = tsi_store_piece_size(store, piece);
	return offset <= piece_size && size <= piece_size - offset;
}

void tsi_disk_hash_block(tsi_disk_store *store, uint32_t piece, uint32_t offset, uint32_t size,
                         tsi_disk_hashed2_fn done, void *user)
{
	assert(piece < store->piece_count && is_range(store, piece, offset, size));
	tsi_disk_job *job = tsi_disk_piece_job_new(store, piece, run_hash_block, user);
	if (!job) {
		done(user, TSTREAM_ENOMEM, ENOMEM, zero_digest);
		return;
	}
	job->offset = offset;
	job->size = size;
	job->done.hashed2 = done;
	tsi_disk_push(job);
}
/** @} */

/** @name Reading
 *  @{ */
/** Before the check is over no bit means anything. */
static bool holds(tsi_disk_store *store, uint64_t position, size_t size)
{
	if (atomic_load(&store->is_doubtful))
		return false;
	uint64_t first = position / store->piece_size;
	uint64_t last = (position + size - 1) / store->piece_size;
	pthread_mutex_lock(&store->mutex);
	bool is_here = !memchr(store->have + first, 0, (size_t)(last - first) + 1);
	pthread_mutex_unlock(&store->mutex);
	return is_here;
}

static void use_for_peer(tsi_disk_job *job, const uint8_t *bytes)
{
	job->done.read(job->user, 0, 0, bytes, job->size);
}

static int read_for_peer(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size)
{
	int error = tsi_store_read_verified(store, position, out, size);
	return error || holds(store, position, size) ? error : EIO;
}

static void run_read(tsi_disk_job *job)
{
	int error = with_bytes(job, read_for_peer, use_for_peer);
	if (error)
		job->done.read(job->user, tsi_disk_code(error), error, NULL, 0);
}

void tsi_disk_read_async(tsi_disk_store *store, uint32_t piece, uint32_t offset, uint32_t size,
                         tsi_disk_read_fn done, void *user)
{
	assert(piece < store->piece_count && is_range(store, piece, offset, size));
	tsi_disk_job *job = tsi_disk_piece_job_new(store, piece, run_read, user);
	if (!job) {
		done(user, TSTREAM_ENOMEM, ENOMEM, NULL, 0);
		return;
	}
	job->offset = offset;
	job->size = size;
	job->done.read = done;
	tsi_disk_push(job);
}

int64_t tsi_disk_read(tsi_disk_store *store, uint32_t file_index, uint64_t offset, void *buffer,
                      size_t size)
{
	if (file_index >= store->file_count || atomic_load(&store->is_damaged))
		return TSTREAM_EIO;
	const tsi_store_file *file = &store->files[file_index];
	if (offset >= file->size)
		return 0;
	if (size > file->size - offset)
		size = (size_t)(file->size - offset);
	if (file->is_pad)
		memset(buffer, 0, size);
	if (file->is_pad || size == 0)
		return (int64_t)size;
	if (!holds(store, file->offset + offset, size))
		return atomic_load(&store->is_damaged) ? TSTREAM_EIO : TSTREAM_EAGAIN;
	size_t got;
	int error = tsi_store_read_file(store, file_index, offset, buffer, size, &got);
	if (!error && got < size && holds(store, file->offset + offset, size))
		tsi_store_damaged(store);
	if (error || atomic_load(&store->is_damaged))
		return TSTREAM_EIO;
	/* Evicted meanwhile: its place may have been punched already. */
	return got == size && holds(store, file->offset + offset, size) ? (int64_t)size
	                                                                : TSTREAM_EAGAIN;
}
/** @} */
