/**
 * store/sql_pool.h - who uses which link, in the order in which they asked.
 *
 * A lane is a bounded number of links.  Readers and writers of SQLite have one each, so
 * that its one writer never has to poll for the lock; PostgreSQL has one for all.
 */
#ifndef TSI_STORE_SQL_POOL_H
#define TSI_STORE_SQL_POOL_H

#include <pthread.h>

#include "store/sql_driver.h"

typedef struct tsi_sql_waiter tsi_sql_waiter;

typedef struct tsi_sql_lane {
	pthread_mutex_t mutex;
	uint32_t capacity;
	uint32_t taken_count;    /* places given to somebody */
	tsi_sql_link *idle;      /* at most capacity - taken_count */
	tsi_sql_waiter *first;   /* those without a place, oldest first */
	tsi_sql_waiter **p_last; /* where the next one is put */
} tsi_sql_lane;

void tsi_sql_lane_init(tsi_sql_lane *lane, uint32_t capacity);
/** Disconnects what is idle.  Nobody may use it any more. */
void tsi_sql_lane_close(tsi_sql_lane *lane);

/** Wait for a place.
 *  @param out_link  an idle link, or NULL: connect one
 *  @return 0 (then give it back); EBUSY if the deadline passed */
int tsi_sql_lane_take(tsi_sql_lane *lane, int64_t deadline_us, tsi_sql_link **out_link,
                      tstream_error *err);
/** Give the place back, with its link unless that is NULL. */
void tsi_sql_lane_give(tsi_sql_lane *lane, tsi_sql_link *link);
/** Disconnect what is idle: when one link was lost, the others are too. */
void tsi_sql_lane_drop_idle(tsi_sql_lane *lane);

#endif
