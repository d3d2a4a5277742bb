#include "stream/keeper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "stream/quota.h"
#include "stream/torrent.h"

/* A disk that was full is tried again this often while somebody waits. */
#define RETRY_US 5000000
/* How often it looks while something is amiss, and how often when nothing is. */
#define TROUBLED_US 1000000
#define IDLE_US 60000000
#define SAVE_STATE_US 300000000

struct tsi_keeper {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t woken;
	bool is_needed;
	bool is_stopping;
	int64_t saved_us;
};

void tsi_keeper_save_state(tstream_session *session)
{
	void *bytes = NULL;
	size_t size = 0;
	if (session->ops->save_state(session->engine, &bytes, &size) != TSTREAM_OK)
		return;
	if (tsi_data_dir_write(session->data_dir, NULL, "dht", bytes, size) != TSTREAM_OK)
		tsi_log(TSTREAM_LOG_WARNING, "the DHT's state cannot be saved");
	free(bytes);
}

/** @return true if it is in trouble that time may cure */
static bool retry_torrent(tstream_torrent *torrent, int64_t now_us)
{
	pthread_mutex_lock(&torrent->mutex);
	/* Somebody reads, or waits to learn what there is to read. */
	bool is_troubled =
	    torrent->state == TSTREAM_STATE_ERROR && (torrent->readers || !torrent->metadata);
	if (is_troubled && torrent->engine_torrent && now_us - torrent->retried_us >= RETRY_US) {
		torrent->retried_us = now_us;
		torrent->session->ops->retry(torrent->engine_torrent);
	}
	pthread_mutex_unlock(&torrent->mutex);
	return is_troubled;
}

static bool retry_torrents(tstream_session *session)
{
	bool is_troubled = atomic_load(&session->is_quota_full);
	int64_t now_us = tsi_now_us();
	pthread_mutex_lock(&session->mutex);
	for (size_t i = 0; i < session->torrent_count; i++)
		is_troubled |= retry_torrent(session->torrents[i], now_us);
	pthread_mutex_unlock(&session->mutex);
	return is_troubled;
}

/** @return false when it is time to end */
static bool wait_for_work(struct tsi_keeper *keeper, int64_t patience_us)
{
	struct timespec deadline = tsi_deadline(patience_us);
	int waited = 0;
	pthread_mutex_lock(&keeper->mutex);
	while (!keeper->is_needed && !keeper->is_stopping && waited == 0)
		waited = pthread_cond_timedwait(&keeper->woken, &keeper->mutex, &deadline);
	keeper->is_needed = false;
	bool goes_on = !keeper->is_stopping;
	pthread_mutex_unlock(&keeper->mutex);
	return goes_on;
}

static void *keep_house(void *user)
{
	tstream_session *session = user;
	struct tsi_keeper *keeper = session->keeper;
	int64_t patience_us = IDLE_US;
	while (wait_for_work(keeper, patience_us)) {
		tsi_quota_enforce(session);
		patience_us = retry_torrents(session) ? TROUBLED_US : IDLE_US;
		if (tsi_now_us() - keeper->saved_us >= SAVE_STATE_US) {
			tsi_keeper_save_state(session);
			keeper->saved_us = tsi_now_us();
		}
	}
	return NULL;
}

int tsi_keeper_start(tstream_session *session, tstream_error *err)
{
	struct tsi_keeper *keeper = calloc(1, sizeof(*keeper));
	if (!keeper)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	pthread_mutex_init(&keeper->mutex, NULL);
	tsi_cond_init(&keeper->woken);
	keeper->saved_us = tsi_now_us();
	keeper->is_needed = true; /* the quota may be smaller than last time */
	session->keeper = keeper;
	sigset_t before;
	tsi_signals_block(&before);
	int created = pthread_create(&keeper->thread, NULL, keep_house, session);
	tsi_signals_restore(&before);
	if (created == 0)
		return TSTREAM_OK;
	session->keeper = NULL;
	pthread_cond_destroy(&keeper->woken);
	pthread_mutex_destroy(&keeper->mutex);
	free(keeper);
	return tsi_fail(err, TSTREAM_ENOMEM, "no thread can be had");
}

void tsi_keeper_wake(tstream_session *session)
{
	struct tsi_keeper *keeper = session->keeper;
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->mutex);
	keeper->is_needed = true;
	pthread_cond_signal(&keeper->woken);
	pthread_mutex_unlock(&keeper->mutex);
}

void tsi_keeper_stop(tstream_session *session)
{
	struct tsi_keeper *keeper = session->keeper;
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->mutex);
	keeper->is_stopping = true;
	pthread_cond_signal(&keeper->woken);
	pthread_mutex_unlock(&keeper->mutex);
	pthread_join(keeper->thread, NULL);
}

void tsi_keeper_free(tstream_session *session)
{
	struct tsi_keeper *keeper = session->keeper;
	if (!keeper)
		return;
	session->keeper = NULL;
	pthread_cond_destroy(&keeper->woken);
	pthread_mutex_destroy(&keeper->mutex);
	free(keeper);
}
