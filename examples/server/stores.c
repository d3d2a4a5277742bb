#include "stores.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Players wait for a playlist; nobody should for a database. */
#define CALL_TIMEOUT_US (3 * (int64_t)1000000)
/* Passwords take their time, and only a few are hashed at once. */
#define ACCOUNT_TIMEOUT_US (6 * (int64_t)1000000)
#define FIRST_OPEN_WAIT_S 4
/* How long the server's start may wait to hear that it makes no sense. */
#define FAULT_WAIT_S 1
/* Between two tries to open, or two signs of life. */
#define RETRY_PERIOD_S 3
#define PING_PERIOD_S 15

enum state { STATE_OPENING, STATE_OK, STATE_FAILING };

struct stores {
	const struct settings *settings;
	const struct log *log;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	enum state state;
	bool is_stopping;
	tstream_history *history;
	tstream_accounts *accounts;
	tstream_error err; /* why it is failing */
	bool accounts_are_away;
};

static struct timespec seconds_from_now(int seconds)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += seconds;
	return at;
}

/* With the lock held. */
static void set_state(struct stores *stores, int code, const tstream_error *err)
{
	bool is_news = code && stores->state != STATE_FAILING;

	stores->state = code ? STATE_FAILING : STATE_OK;
	stores->err.code = code;
	snprintf(stores->err.message, sizeof(stores->err.message), "%s",
	         !code                    ? ""
	         : err && err->message[0] ? err->message
	                                  : tstream_strerror(code));
	if (is_news)
		log_line(stores->log, LOG_LEVEL_WARNING, "%s", stores->err.message);
	pthread_cond_broadcast(&stores->changed);
}

int stores_make_url(const struct settings *settings, char out[STORES_URL_BYTES], tstream_error *err)
{
	int size = settings->database_url
	               ? snprintf(out, STORES_URL_BYTES, "%s", settings->database_url)
	               : snprintf(out, STORES_URL_BYTES, "sqlite:%s/history.db", settings->data_dir);

	if (size < STORES_URL_BYTES)
		return 0;
	err->code = TSTREAM_EINVAL;
	snprintf(err->message, sizeof(err->message), "The database's address is too long.");
	return TSTREAM_EINVAL;
}

static int open_history(struct stores *stores, const char *url, tstream_error *err)
{
	tstream_history_options options = TSTREAM_HISTORY_OPTIONS_INIT;
	tstream_history *history = NULL;

	if (stores->history)
		return 0;
	options.timeout_us = CALL_TIMEOUT_US;
	int code = tstream_history_open(url, &options, &history, err);
	pthread_mutex_lock(&stores->lock);
	stores->history = history;
	pthread_mutex_unlock(&stores->lock);
	return code;
}

static int open_accounts(struct stores *stores, const char *url, tstream_error *err)
{
	tstream_accounts_options options = TSTREAM_ACCOUNTS_OPTIONS_INIT;
	tstream_accounts *accounts = NULL;

	if (stores->accounts || !stores->settings->accounts)
		return 0;
	options.timeout_us = ACCOUNT_TIMEOUT_US;
	options.lockout_us = STORES_LOCKOUT_S * (int64_t)1000000;
	options.token_lifetime_us = (int64_t)stores->settings->login_lifetime_s * 1000000;
	int code = tstream_accounts_open(url, &options, &accounts, err);
	pthread_mutex_lock(&stores->lock);
	stores->accounts = accounts;
	pthread_mutex_unlock(&stores->lock);
	return code;
}

static int open_or_ping(struct stores *stores, tstream_error *err)
{
	char url[STORES_URL_BYTES];

	if (stores->history && (stores->accounts || !stores->settings->accounts))
		return tstream_history_ping(stores->history, err);
	int code = stores_make_url(stores->settings, url, err);
	if (code == 0)
		code = open_history(stores, url, err);
	return code ? code : open_accounts(stores, url, err);
}

/* Opens, then looks now and then whether all is well. */
static void *keep(void *argument)
{
	struct stores *stores = argument;

	pthread_mutex_lock(&stores->lock);
	while (!stores->is_stopping) {
		tstream_error err = {0};
		pthread_mutex_unlock(&stores->lock);
		int code = open_or_ping(stores, &err);
		pthread_mutex_lock(&stores->lock);
		set_state(stores, code, &err);
		stores->accounts_are_away = stores->accounts_are_away && code;
		struct timespec until = seconds_from_now(code ? RETRY_PERIOD_S : PING_PERIOD_S);
		int failed = 0;
		while (!stores->is_stopping && !failed &&
		       (code || stores->state == STATE_OK)) /* a failure that was noted is looked into */
			failed = pthread_cond_timedwait(&stores->changed, &stores->lock, &until);
	}
	pthread_mutex_unlock(&stores->lock);
	return NULL;
}

struct stores *stores_new(const struct settings *settings, const struct log *log)
{
	struct stores *stores = calloc(1, sizeof(*stores));
	pthread_condattr_t attributes;

	if (!stores)
		return NULL;
	stores->settings = settings;
	stores->log = log;
	pthread_mutex_init(&stores->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&stores->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&stores->thread, NULL, keep, stores) == 0)
		return stores;
	pthread_cond_destroy(&stores->changed);
	pthread_mutex_destroy(&stores->lock);
	free(stores);
	return NULL;
}

void stores_free(struct stores *stores)
{
	if (!stores)
		return;
	pthread_mutex_lock(&stores->lock);
	stores->is_stopping = true;
	pthread_cond_broadcast(&stores->changed);
	pthread_mutex_unlock(&stores->lock);
	pthread_join(stores->thread, NULL);
	tstream_accounts_close(stores->accounts);
	tstream_history_close(stores->history);
	pthread_cond_destroy(&stores->changed);
	pthread_mutex_destroy(&stores->lock);
	free(stores);
}

/* With the lock held: until the first try to open is over. */
static void await_first_try(struct stores *stores, int timeout_s)
{
	struct timespec until = seconds_from_now(timeout_s);
	int failed = 0;

	while (stores->state == STATE_OPENING && !failed)
		failed = pthread_cond_timedwait(&stores->changed, &stores->lock, &until);
}

/* With the lock held: why there is no handle. */
static int explain(const struct stores *stores, tstream_error *err)
{
	if (stores->state == STATE_FAILING) {
		*err = stores->err;
		return err->code;
	}
	err->code = TSTREAM_EBUSY;
	snprintf(err->message, sizeof(err->message), "The database is being opened.");
	return err->code;
}

int stores_history(struct stores *stores, tstream_history **out_history, tstream_error *err)
{
	pthread_mutex_lock(&stores->lock);
	if (!stores->history)
		await_first_try(stores, FIRST_OPEN_WAIT_S);
	*out_history = stores->history;
	int code = stores->history ? 0 : explain(stores, err);
	pthread_mutex_unlock(&stores->lock);
	return code;
}

int stores_accounts(struct stores *stores, tstream_accounts **out_accounts, tstream_error *err)
{
	pthread_mutex_lock(&stores->lock);
	if (!stores->accounts)
		await_first_try(stores, FIRST_OPEN_WAIT_S);
	*out_accounts = stores->accounts;
	int code = stores->accounts ? 0 : explain(stores, err);
	pthread_mutex_unlock(&stores->lock);
	return code;
}

/* Whether a code says something about the database rather than about what was asked. */
static bool is_illness(int code)
{
	return code == TSTREAM_ENET || code == TSTREAM_EIO || code == TSTREAM_ENOSPC ||
	       code == TSTREAM_ETIMEDOUT || code == TSTREAM_EACCES;
}

void stores_note(struct stores *stores, int code, const tstream_error *err)
{
	if (code && !is_illness(code))
		return;
	pthread_mutex_lock(&stores->lock);
	bool is_change = stores->state != (code ? STATE_FAILING : STATE_OK);
	if (stores->state != STATE_OPENING && is_change)
		set_state(stores, code, err);
	pthread_mutex_unlock(&stores->lock);
}

bool stores_is_well(struct stores *stores)
{
	pthread_mutex_lock(&stores->lock);
	bool is_well = stores->state == STATE_OK;
	pthread_mutex_unlock(&stores->lock);
	return is_well;
}

int stores_get_fault(struct stores *stores, tstream_error *err)
{
	pthread_mutex_lock(&stores->lock);
	await_first_try(stores, FAULT_WAIT_S);
	*err = stores->err;
	pthread_mutex_unlock(&stores->lock);
	return err->code == TSTREAM_EINVAL || err->code == TSTREAM_ENOTSUP ? err->code : 0;
}

void stores_note_accounts(struct stores *stores, int code, const tstream_error *err)
{
	bool are_away = code == TSTREAM_ENET || code == TSTREAM_ETIMEDOUT || code == TSTREAM_EIO;

	pthread_mutex_lock(&stores->lock);
	stores->accounts_are_away = are_away;
	pthread_mutex_unlock(&stores->lock);
	if (are_away)
		stores_note(stores, code, err);
}

bool stores_accounts_are_away(struct stores *stores)
{
	pthread_mutex_lock(&stores->lock);
	bool are_away = stores->accounts_are_away;
	pthread_mutex_unlock(&stores->lock);
	return are_away;
}

static const char *store_name(const struct settings *settings)
{
	const char *url = settings->database_url;

	return url && strncmp(url, "postgres", 8) == 0 ? "postgresql" : "sqlite";
}

json_t *stores_to_json(struct stores *stores)
{
	static const char *const states[] = {"opening", "ok", "failing"};

	pthread_mutex_lock(&stores->lock);
	/* Anybody may see it, so it does not say why. */
	json_t *object = json_pack("{s:s, s:s}", "store", store_name(stores->settings), "state",
	                           states[stores->state]);
	pthread_mutex_unlock(&stores->lock);
	return object;
}
