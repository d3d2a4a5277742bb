/**
 * search/worker.h - a thread for what may block: a cache, a provider that takes its time.
 */
#ifndef TSI_SEARCH_WORKER_H
#define TSI_SEARCH_WORKER_H

typedef struct tsi_worker tsi_worker;
typedef void (*tsi_work_fn)(void *work);

/** @return NULL if out of memory or threads */
tsi_worker *tsi_worker_start(void);

/** Do it later, after what was posted before.  Bounded by its callers.
 *  @return 0, ENOMEM */
int tsi_worker_post(tsi_worker *worker, tsi_work_fn run, void *work);

/** Do what is posted, end the thread, free it.  NULL is fine. */
void tsi_worker_stop(tsi_worker *worker);

#endif
