#include "recorder.h"

#include "clock.h"
#include "film.h"
#include "stores.h"
#include "watch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUEUE_CAPACITY = 1024, BATCH_CAPACITY = 64, SITTING_CAPACITY = 1024 };

/* Of the queue, for those who want to be forgotten: what players do must not drown them out. */
enum { FORGET_CAPACITY = 128 };

/* Its file may say it at an end that is not here yet. */
enum { DURATION_TRIES = 5 };

/* As in the database (tstream/history.h): after such a pause it is another sitting, and what was
 * enough to begin the last one is not for this. */
#define SITTING_GAP_US (1800 * (int64_t)1000000)
/* How often one sitting is written at most, and how often at least while it goes on. */
#define WRITE_PERIOD_US (4 * (int64_t)1000000)
#define TOUCH_PERIOD_US (300 * (int64_t)1000000)
/* How long a position that a player told is better than one inferred. */
#define TOLD_US (60 * (int64_t)1000000)
#define TICK_S 1

enum { DISMISSED_CAPACITY = 256 };

enum news_kind { NEWS_SIGHTING, NEWS_POSITION, NEWS_FORGET, NEWS_DISMISS };

struct news {
	enum news_kind kind;
	struct sighting sighting;
	int64_t duration_us;
};

/* A viewer and a file. */
struct sitting {
	char viewer[LINK_VIEWER_BYTES]; /* "": a free place */
	char infohash[TSTREAM_INFOHASH_BYTES];
	uint32_t file_index;
	struct watch watch;
	int64_t duration_us; /* 0: not known */
	unsigned duration_tries;
	bool is_written;
	bool has_news; /* since it was last written */
	int64_t written_us;
	int64_t written_position_us;
	int64_t due_us; /* not to be written before */
	int64_t told_us;
	int64_t seen_us;
};

struct recorder {
	struct stores *stores;
	tstream_session *session;
	pthread_t thread;
	pthread_mutex_t lock; /* of what stands before the thread's own */
	pthread_cond_t changed;
	bool is_stopping;
	unsigned first;
	unsigned count;
	struct news queue[QUEUE_CAPACITY];
	/* The rest is the thread's own. */
	struct sitting sittings[SITTING_CAPACITY];
	char dismissed[DISMISSED_CAPACITY][LINK_VIEWER_BYTES]; /* the newest take the oldest's place */
	unsigned dismissed_count;
};

/* With the lock held.  false: it is full. */
static bool push(struct recorder *recorder, const struct news *news)
{
	bool is_seen = news->kind == NEWS_SIGHTING || news->kind == NEWS_POSITION;
	unsigned capacity = is_seen ? QUEUE_CAPACITY - FORGET_CAPACITY : QUEUE_CAPACITY;

	if (recorder->count >= capacity)
		return false;
	recorder->queue[(recorder->first + recorder->count++) % QUEUE_CAPACITY] = *news;
	pthread_cond_signal(&recorder->changed);
	return true;
}

static void tell(struct recorder *recorder, const struct news *news)
{
	if (!recorder)
		return;
	pthread_mutex_lock(&recorder->lock);
	(void)push(recorder, news); /* a sighting that is lost makes a position less exact, no more */
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_note(struct recorder *recorder, const struct sighting *sighting)
{
	tell(recorder, &(struct news){.kind = NEWS_SIGHTING, .sighting = *sighting});
}

void recorder_note_position(struct recorder *recorder, const char *viewer, const char *infohash,
                            uint32_t file_index, int64_t duration_us)
{
	struct news news = {.kind = NEWS_POSITION, .duration_us = duration_us};

	snprintf(news.sighting.viewer, sizeof(news.sighting.viewer), "%s", viewer);
	snprintf(news.sighting.infohash, sizeof(news.sighting.infohash), "%s", infohash);
	news.sighting.file_index = file_index;
	news.sighting.ended_us = clock_now_us();
	tell(recorder, &news);
}

static void tell_of_viewer(struct recorder *recorder, enum news_kind kind, const char *viewer)
{
	struct news news = {.kind = kind};

	snprintf(news.sighting.viewer, sizeof(news.sighting.viewer), "%s", viewer);
	tell(recorder, &news);
}

void recorder_forget(struct recorder *recorder, const char *viewer)
{
	tell_of_viewer(recorder, NEWS_FORGET, viewer);
}

void recorder_dismiss(struct recorder *recorder, const char *account_id)
{
	tell_of_viewer(recorder, NEWS_DISMISS, account_id);
}

static struct sitting *find(struct recorder *recorder, const struct sighting *sighting)
{
	for (unsigned i = 0; i < SITTING_CAPACITY; i++) {
		struct sitting *sitting = &recorder->sittings[i];
		if (sitting->file_index == sighting->file_index &&
		    strcmp(sitting->viewer, sighting->viewer) == 0 &&
		    strcmp(sitting->infohash, sighting->infohash) == 0)
			return sitting;
	}
	return NULL;
}

/* A free place, or that of whom nothing was heard for longest. */
static struct sitting *take_place(struct recorder *recorder)
{
	struct sitting *oldest = &recorder->sittings[0];

	for (unsigned i = 0; i < SITTING_CAPACITY && oldest->viewer[0]; i++) {
		struct sitting *sitting = &recorder->sittings[i];
		if (!sitting->viewer[0] || sitting->seen_us < oldest->seen_us)
			oldest = sitting;
	}
	return oldest;
}

static void begin_sitting(struct sitting *sitting, const struct sighting *sighting)
{
	*sitting = (struct sitting){.file_index = sighting->file_index};
	memcpy(sitting->viewer, sighting->viewer, sizeof(sitting->viewer));
	memcpy(sitting->infohash, sighting->infohash, sizeof(sitting->infohash));
	watch_init(&sitting->watch, sighting->file_size);
}

static struct sitting *find_or_begin(struct recorder *recorder, const struct sighting *sighting)
{
	struct sitting *sitting = find(recorder, sighting);
	bool is_stale = sitting && sighting->ended_us - sitting->seen_us > SITTING_GAP_US;

	if (!sitting)
		sitting = take_place(recorder);
	if (is_stale || strcmp(sitting->viewer, sighting->viewer) != 0 ||
	    strcmp(sitting->infohash, sighting->infohash) != 0 ||
	    sitting->file_index != sighting->file_index)
		begin_sitting(sitting, sighting);
	/* One that began with a position that was told. */
	if (sitting->watch.size == 0)
		watch_init(&sitting->watch, sighting->file_size);
	sitting->seen_us = sighting->ended_us;
	return sitting;
}

static void forget(struct recorder *recorder, const char *viewer)
{
	for (unsigned i = 0; i < SITTING_CAPACITY; i++) {
		if (strcmp(recorder->sittings[i].viewer, viewer) == 0)
			recorder->sittings[i] = (struct sitting){0};
	}
}

static void dismiss(struct recorder *recorder, const char *viewer)
{
	char *place = recorder->dismissed[recorder->dismissed_count++ % DISMISSED_CAPACITY];

	snprintf(place, LINK_VIEWER_BYTES, "%s", viewer);
	forget(recorder, viewer);
}

static bool is_dismissed(const struct recorder *recorder, const char *viewer)
{
	for (unsigned i = 0; i < DISMISSED_CAPACITY && i < recorder->dismissed_count; i++) {
		if (strcmp(recorder->dismissed[i], viewer) == 0)
			return true;
	}
	return false;
}

static void note(struct recorder *recorder, const struct news *news)
{
	const struct sighting *sighting = &news->sighting;
	struct sitting *sitting = find_or_begin(recorder, sighting);
	if (news->kind == NEWS_POSITION) {
		sitting->told_us = sighting->ended_us;
		if (news->duration_us > 0)
			sitting->duration_us = news->duration_us;
		return;
	}
	watch_note(&sitting->watch, sighting->begin, sighting->end, sighting->began_us,
	           sighting->ended_us);
	sitting->has_news = true;
}

static void take_in(struct recorder *recorder, const struct news *news)
{
	const char *viewer = news->sighting.viewer;

	if (news->kind == NEWS_FORGET)
		forget(recorder, viewer);
	else if (news->kind == NEWS_DISMISS)
		dismiss(recorder, viewer);
	else if (!is_dismissed(recorder, viewer))
		note(recorder, news);
}

static bool is_due(const struct sitting *sitting, int64_t now_us)
{
	if (!sitting->viewer[0] || !sitting->has_news || !watch_is_real(&sitting->watch) ||
	    now_us < sitting->due_us)
		return false;
	return sitting->told_us == 0 || now_us - sitting->told_us > TOLD_US;
}

/* How long the film is: someone may have told before, or the file says it. */
static void seek_duration(struct recorder *recorder, tstream_history *history,
                          struct sitting *sitting)
{
	tstream_error err;

	if (sitting->duration_us > 0 || sitting->duration_tries++ >= DURATION_TRIES)
		return;
	if (tstream_history_get_file_position(history, sitting->viewer, sitting->infohash,
	                                      sitting->file_index, NULL, &sitting->duration_us, &err))
		sitting->duration_us = 0;
	if (sitting->duration_us == 0)
		sitting->duration_us =
		    film_duration_us(recorder->session, sitting->infohash, sitting->file_index);
}

static int write_down(struct recorder *recorder, tstream_history *history,
                      const struct sitting *sitting, int64_t position_us, tstream_error *err)
{
	tstream_watch watch = TSTREAM_WATCH_INIT;
	tstream_torrent *torrent = NULL;
	char *magnet = NULL;

	watch.session_id = sitting->viewer;
	watch.file_index = sitting->file_index;
	watch.position_us = position_us > 0 ? position_us : 0;
	watch.duration_us = sitting->duration_us;
	/* No title: a new entry takes the torrent's name from the magnet, one that a client gave a
	 * title keeps it. */
	if (tstream_torrent_find(recorder->session, sitting->infohash, &torrent) == 0)
		magnet = tstream_torrent_magnet_copy(torrent);
	watch.magnet = magnet ? magnet : sitting->infohash;
	int code = tstream_history_record(history, &watch, NULL, err);
	tstream_free(magnet);
	tstream_torrent_unref(torrent);
	return code;
}

static void write_sitting(struct recorder *recorder, tstream_history *history,
                          struct sitting *sitting)
{
	tstream_error err = {0};

	seek_duration(recorder, history, sitting);
	int64_t position_us = watch_position_us(&sitting->watch, sitting->duration_us);
	int64_t now_us = clock_now_us();
	sitting->has_news = false;
	sitting->due_us = now_us + WRITE_PERIOD_US;
	if (sitting->is_written && position_us == sitting->written_position_us &&
	    now_us - sitting->written_us < TOUCH_PERIOD_US)
		return;
	int code = write_down(recorder, history, sitting, position_us, &err);
	stores_note(recorder->stores, code, &err);
	sitting->is_written = sitting->is_written || code == 0;
	sitting->has_news = code != 0 && code != TSTREAM_EINVAL;
	if (code)
		return;
	sitting->written_us = now_us;
	sitting->written_position_us = position_us;
}

static void write_due(struct recorder *recorder, int64_t now_us)
{
	tstream_history *history;
	tstream_error err;

	for (unsigned i = 0; i < SITTING_CAPACITY; i++) {
		struct sitting *sitting = &recorder->sittings[i];
		if (!is_due(sitting, now_us))
			continue;
		if (!stores_is_well(recorder->stores) || stores_history(recorder->stores, &history, &err))
			return;
		write_sitting(recorder, history, sitting);
	}
}

/* The next of the queue, waiting a tick for the first.  The lock is held by nobody meanwhile. */
static unsigned take_batch(struct recorder *recorder, struct news *batch, bool *out_is_stopping)
{
	struct timespec until;
	unsigned count = 0;
	int failed = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_S;
	pthread_mutex_lock(&recorder->lock);
	while (recorder->count == 0 && !recorder->is_stopping && !failed)
		failed = pthread_cond_timedwait(&recorder->changed, &recorder->lock, &until);
	for (; recorder->count > 0 && count < BATCH_CAPACITY; recorder->count--) {
		batch[count++] = recorder->queue[recorder->first];
		recorder->first = (recorder->first + 1) % QUEUE_CAPACITY;
	}
	*out_is_stopping = recorder->is_stopping;
	pthread_mutex_unlock(&recorder->lock);
	return count;
}

static void *record(void *argument)
{
	struct recorder *recorder = argument;
	struct news batch[BATCH_CAPACITY];
	bool is_stopping = false;
	unsigned count;

	do {
		count = take_batch(recorder, batch, &is_stopping);
		for (unsigned i = 0; i < count; i++)
			take_in(recorder, &batch[i]);
		if (count < BATCH_CAPACITY)
			write_due(recorder, is_stopping ? INT64_MAX : clock_now_us());
	} while (!is_stopping || count > 0);
	return NULL;
}

struct recorder *recorder_new(struct stores *stores, tstream_session *session)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	pthread_condattr_t attributes;

	if (!recorder)
		return NULL;
	recorder->stores = stores;
	recorder->session = session;
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&recorder->thread, NULL, record, recorder) == 0)
		return recorder;
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
	return NULL;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	pthread_mutex_lock(&recorder->lock);
	recorder->is_stopping = true;
	pthread_cond_signal(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
}
