#include "search/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <tstream/base.h>

#include "base/signals.h"

typedef struct job {
	struct job *next;
	tsi_work_fn run;
	void *work;
} job;

struct tsi_worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t posted;
	job *first;
	job **end;
	bool is_stopping;
};

/* @return NULL when there is nothing more to do, ever */
static job *take(tsi_worker *worker)
{
	job *taken;

	pthread_mutex_lock(&worker->mutex);
	while (!worker->first && !worker->is_stopping)
		pthread_cond_wait(&worker->posted, &worker->mutex);
	taken = worker->first;
	if (taken) {
		worker->first = taken->next;
		if (!worker->first)
			worker->end = &worker->first;
	}
	pthread_mutex_unlock(&worker->mutex);
	return taken;
}

static void *run(void *argument)
{
	tsi_worker *worker = argument;
	job *taken;

	while ((taken = take(worker)) != NULL) {
		taken->run(taken->work);
		free(taken);
	}
	return NULL;
}

tsi_worker *tsi_worker_start(void)
{
	tsi_worker *worker = calloc(1, sizeof(*worker));
	sigset_t before;
	int failed;

	if (!worker)
		return NULL;
	worker->end = &worker->first;
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->posted, NULL);
	tsi_signals_block(&before);
	failed = pthread_create(&worker->thread, NULL, run, worker);
	tsi_signals_restore(&before);
	if (!failed)
		return worker;
	pthread_mutex_destroy(&worker->mutex);
	pthread_cond_destroy(&worker->posted);
	free(worker);
	return NULL;
}

int tsi_worker_post(tsi_worker *worker, tsi_work_fn function, void *work)
{
	job *posted = calloc(1, sizeof(*posted));

	if (!posted)
		return TSTREAM_ENOMEM;
	posted->run = function;
	posted->work = work;
	pthread_mutex_lock(&worker->mutex);
	*worker->end = posted;
	worker->end = &posted->next;
	pthread_cond_signal(&worker->posted);
	pthread_mutex_unlock(&worker->mutex);
	return TSTREAM_OK;
}

void tsi_worker_stop(tsi_worker *worker)
{
	if (!worker)
		return;
	pthread_mutex_lock(&worker->mutex);
	worker->is_stopping = true;
	pthread_cond_signal(&worker->posted);
	pthread_mutex_unlock(&worker->mutex);
	pthread_join(worker->thread, NULL);
	pthread_mutex_destroy(&worker->mutex);
	pthread_cond_destroy(&worker->posted);
	free(worker);
}
