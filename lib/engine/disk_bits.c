/**
 * engine/disk_bits.c - pieces that come to be verified, that go, and that are doubted.
 *
 * Most of it runs as barriers: alone in its store, after all that was queued before.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/disk_internal.h"

/** @name Bits
 *  @{ */
static void run_mark(tsi_disk_job *job)
{
	int error = tsi_have_set(job->store->have_file, job->index);
	if (error)
		tsi_log(TSTREAM_LOG_WARNING, "piece %u will be fetched again after a restart: errno %d",
		        (unsigned)job->index, error);
	tsi_disk_run_plain(job);
}

void tsi_disk_mark_have(tsi_disk_store *store, uint32_t piece, void (*done)(void *user), void *user)
{
	/* Without its buffer, which is wanted for other pieces. */
	tsi_disk_job *job = tsi_disk_job_new(store, run_mark, user);
	pthread_mutex_lock(&store->mutex);
	store->have[piece] = 1;
	tsi_disk_forget_piece(store, piece);
	pthread_mutex_unlock(&store->mutex);
	if (job) {
		job->index = piece;
		job->is_urgent = true;
		job->done.plain = done;
		tsi_disk_push(job);
	} else if (done) {
		/* Out of memory: then the next session fetches it once more. */
		done(user);
	}
}

void tsi_disk_clear(tsi_disk_store *store, uint32_t piece, void (*done)(void *user), void *user)
{
	tsi_disk_job *job = tsi_disk_piece_job_new(store, piece, tsi_disk_run_plain, user);
	pthread_mutex_lock(&store->mutex);
	tsi_disk_forget_piece(store, piece);
	pthread_mutex_unlock(&store->mutex);
	if (job) {
		job->done.plain = done;
		tsi_disk_push(job);
	} else if (done) {
		done(user);
	}
}

/** Queue a job that runs alone.  @param bits  one byte a piece, copied; may be NULL */
static void push_barrier(tsi_disk_store *store, void (*run)(tsi_disk_job *job), const uint8_t *bits,
                         void (*done)(void *user), void *user)
{
	uint8_t *copy = bits ? malloc((size_t)store->piece_count + 1) : NULL;
	tsi_disk_job *job = bits && !copy ? NULL : tsi_disk_job_new(store, run, user);
	if (!job) {
		free(copy);
		if (done)
			done(user);
		return;
	}
	if (copy)
		memcpy(copy, bits, store->piece_count);
	job->bytes = copy;
	job->is_barrier = true;
	job->done.plain = done;
	tsi_disk_push(job);
}

static void run_enter(tsi_disk_job *job)
{
	int error = tsi_store_enter(job->store, (const char *)job->bytes, TSI_DISK_BOOT_ID_PATH);
	job->done.entered(job->user, error ? tsi_store_enter_code(error) : TSTREAM_OK);
}

void tsi_disk_store_enter(tsi_disk_store *store, const char *dir, tsi_disk_entered_fn done,
                          void *user)
{
	char *copy = strdup(dir);
	tsi_disk_job *job = copy ? tsi_disk_job_new(store, run_enter, user) : NULL;
	if (!job) {
		free(copy);
		done(user, TSTREAM_ENOMEM);
		return;
	}
	job->bytes = (uint8_t *)copy;
	job->is_barrier = true;
	job->done.entered = done;
	tsi_disk_push(job);
}

void tsi_disk_fence(tsi_disk_store *store, void (*done)(void *user), void *user)
{
	push_barrier(store, tsi_disk_run_plain, NULL, done, user);
}

void tsi_disk_abandon(tsi_disk_store *store, void (*done)(void *user), void *user)
{
	pthread_mutex_lock(&store->mutex);
	for (uint32_t p = 0; p < store->piece_count; p++)
		tsi_disk_forget_piece(store, p);
	pthread_mutex_unlock(&store->mutex);
	push_barrier(store, tsi_disk_run_plain, NULL, done, user);
}

static void run_evict(tsi_disk_job *job)
{
	/* Bits that cannot be cleared keep their data, or a restart would serve holes. */
	int error = tsi_have_drop(job->store->have_file, job->bytes);
	if (!error)
		tsi_store_punch(job->store, job->bytes);
	else
		tsi_log(TSTREAM_LOG_WARNING, "room on disk could not be given back: errno %d", error);
	tsi_disk_run_plain(job);
}

void tsi_disk_evict(tsi_disk_store *store, const uint8_t *drop, void (*done)(void *user),
                    void *user)
{
	pthread_mutex_lock(&store->mutex);
	for (uint32_t p = 0; p < store->piece_count; p++) {
		if (drop[p]) {
			store->have[p] = 0;
			tsi_disk_forget_piece(store, p);
		}
	}
	pthread_mutex_unlock(&store->mutex);
	push_barrier(store, run_evict, drop, done, user);
}

static void run_checked(tsi_disk_job *job)
{
	int error = tsi_have_reset(job->store->have_file, job->bytes, TSI_HAVE_DIRTY);
	/* Damage seen since then must not be forgotten. */
	if (!error && atomic_load(&job->store->is_doubtful))
		error = tsi_have_doubt(job->store->have_file);
	if (error)
		tsi_log(TSTREAM_LOG_WARNING, "the result of a check could not be noted: errno %d", error);
}

void tsi_disk_checked(tsi_disk_store *store, const uint8_t *have)
{
	pthread_mutex_lock(&store->mutex);
	for (uint32_t p = 0; p < store->piece_count; p++) {
		store->have[p] = have[p] != 0;
		/* What was hashed has its verdict; what is still filling goes on. */
		if (store->pieces[p] && store->pieces[p]->is_closed)
			tsi_disk_forget_piece(store, p);
	}
	pthread_mutex_unlock(&store->mutex);
	atomic_store(&store->is_doubtful, false);
	push_barrier(store, run_checked, have, NULL, NULL);
}

static void run_sync(tsi_disk_job *job)
{
	/* Without it the directory was never entered: nothing is known, nothing to note. */
	int error = job->store->have_file ? tsi_store_sync(job->store) : 0;
	if (error)
		tsi_log(TSTREAM_LOG_WARNING,
		        "a torrent was not closed cleanly, so the next start checks it: errno %d", error);
	tsi_disk_run_plain(job);
}

void tsi_disk_sync(tsi_disk_store *store, void (*done)(void *user), void *user)
{
	push_barrier(store, run_sync, NULL, done, user);
}
/** @} */
