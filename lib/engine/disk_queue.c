/**
 * engine/disk_queue.c - a few threads, many lanes.
 *
 * A lane runs one job at a time and in order; a piece always goes to the same lane of
 * its store.  A lane with work waits in the ready list and goes back to its end after
 * each job, so no store starves another.  Urgent jobs are in no lane: the next worker that
 * is free takes them.
 *
 * A barrier enters its lane only when its store has nothing else under way; until it
 * has run everything that comes later for that store is held.  So nobody ever waits in
 * a worker, and another store's fdatasync holds up nothing here.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>

#include "base/signals.h"
#include "engine/disk_internal.h"

static void list_append(tsi_job_list *list, tsi_disk_job *job)
{
	job->next = NULL;
	if (list->tail)
		list->tail->next = job;
	else
		list->head = job;
	list->tail = job;
}

static tsi_disk_job *list_take(tsi_job_list *list)
{
	tsi_disk_job *job = list->head;
	list->head = job->next;
	if (!list->head)
		list->tail = NULL;
	return job;
}

static tsi_lane *lane_of(const tsi_disk_job *job)
{
	return &job->store->strand.lanes[job->index % TSI_DISK_LANES];
}

static void make_ready(tsi_queue *queue, tsi_lane *lane)
{
	lane->next_ready = NULL;
	if (queue->ready_tail)
		queue->ready_tail->next_ready = lane;
	else
		queue->ready_head = lane;
	queue->ready_tail = lane;
	pthread_cond_signal(&queue->changed);
}

static void admit(tsi_queue *queue, tsi_disk_job *job)
{
	tsi_lane *lane = lane_of(job);
	job->store->strand.active_count++;
	job->store->strand.is_at_barrier = job->is_barrier;
	if (job->is_urgent) {
		list_append(&queue->urgent, job);
		pthread_cond_signal(&queue->changed);
		return;
	}
	list_append(&lane->jobs, job);
	if (!lane->is_scheduled) {
		lane->is_scheduled = true;
		make_ready(queue, lane);
	}
}

static void admit_held(tsi_queue *queue, tsi_strand *strand)
{
	while (strand->held.head && !strand->is_at_barrier) {
		if (strand->held.head->is_barrier && strand->active_count > 0)
			return;
		admit(queue, list_take(&strand->held));
	}
}

static tsi_disk_job *take_ready(tsi_queue *queue)
{
	if (queue->urgent.head)
		return list_take(&queue->urgent);
	tsi_lane *lane = queue->ready_head;
	if (!lane)
		return NULL;
	queue->ready_head = lane->next_ready;
	if (!queue->ready_head)
		queue->ready_tail = NULL;
	return list_take(&lane->jobs);
}

static void go_on(tsi_queue *queue, tsi_lane *lane)
{
	lane->is_scheduled = lane->jobs.head != NULL;
	if (lane->is_scheduled)
		make_ready(queue, lane);
}

static void finish(tsi_queue *queue, tsi_disk_job *job)
{
	tsi_strand *strand = &job->store->strand;
	strand->active_count--;
	if (job->is_barrier)
		strand->is_at_barrier = false;
	if (!job->is_urgent)
		go_on(queue, lane_of(job));
	admit_held(queue, strand);
	queue->job_count--;
	if (queue->job_count == 0)
		pthread_cond_broadcast(&queue->changed);
}

static void run(tsi_queue *queue, tsi_disk_job *job)
{
	job->run(job);
	tsi_pool_written(&job->store->disk->pool, job->charged_bytes);
	tsi_piece_unref(job->piece);
	free(job->bytes);
	pthread_mutex_lock(&queue->mutex);
	finish(queue, job);
	pthread_mutex_unlock(&queue->mutex);
	/* Perhaps the last reference: closes files, so without the lock. */
	tsi_disk_store_unref(job->store);
	free(job);
}

/** Once the workers are gone: jobs pushed by handlers included, so it may nest. */
static void run_here(tsi_queue *queue)
{
	for (;;) {
		pthread_mutex_lock(&queue->mutex);
		tsi_disk_job *job = take_ready(queue);
		pthread_mutex_unlock(&queue->mutex);
		if (!job)
			return;
		run(queue, job);
	}
}

static void *work(void *argument)
{
	tsi_queue *queue = argument;
	pthread_mutex_lock(&queue->mutex);
	for (;;) {
		tsi_disk_job *job = take_ready(queue);
		if (job) {
			pthread_mutex_unlock(&queue->mutex);
			run(queue, job);
			pthread_mutex_lock(&queue->mutex);
		} else if (queue->is_stopping && queue->job_count == 0) {
			break;
		} else {
			pthread_cond_wait(&queue->changed, &queue->mutex);
		}
	}
	queue->ended_count++;
	pthread_mutex_unlock(&queue->mutex);
	return NULL;
}

bool tsi_queue_start(tsi_queue *queue, unsigned worker_count)
{
	sigset_t before;
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_cond_init(&queue->changed, NULL);
	/* The application's signals are for its threads; and SIGXFSZ must not end it. */
	tsi_signals_block(&before);
	while (queue->started_count < worker_count && queue->started_count < TSI_DISK_MAX_WORKERS &&
	       pthread_create(&queue->workers[queue->started_count], NULL, work, queue) == 0)
		queue->started_count++;
	tsi_signals_restore(&before);
	return queue->started_count > 0;
}

void tsi_queue_stop(tsi_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	bool is_first = !queue->is_stopping;
	queue->is_stopping = true;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->mutex);
	for (unsigned i = 0; is_first && i < queue->started_count; i++)
		pthread_join(queue->workers[i], NULL);
}

void tsi_queue_destroy(tsi_queue *queue)
{
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->mutex);
}

void tsi_queue_push(tsi_queue *queue, tsi_disk_job *job)
{
	tsi_strand *strand = &job->store->strand;
	pthread_mutex_lock(&queue->mutex);
	bool is_deserted = queue->is_stopping && queue->ended_count == queue->started_count;
	queue->job_count++;
	list_append(&strand->held, job);
	admit_held(queue, strand);
	pthread_mutex_unlock(&queue->mutex);
	if (is_deserted)
		run_here(queue);
}
