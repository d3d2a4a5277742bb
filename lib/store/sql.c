/**
 * store/sql.c - finding a link for a piece of work, and doing it again when that helps.
 */
#include "store/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/text.h"
#include "store/sql_driver.h"
#include "store/sql_pool.h"

/* A migration of millions of rows takes its time. */
#define MIGRATION_TIMEOUT_US (10 * 60 * INT64_C(1000000))
#define FIRST_PAUSE_US 10000
#define LAST_PAUSE_US 200000

struct tsi_sql {
	const tsi_sql_driver *driver;
	char *url; /* holds a password: never shown */
	tsi_sql_options options;
	tsi_sql_lane readers; /* and writers, unless the driver has one writer */
	tsi_sql_lane writer;
};

/** A piece of work on its way. */
typedef struct job {
	tsi_sql *sql;
	tsi_sql_lane *lane;
	tsi_sql_work work;
	void *user;
	bool is_write;
	bool may_be_done;
	int64_t deadline_us;
	int64_t pause_us;
} job;

int tsi_sql_fail(tsi_sql_link *link, tstream_error *err, enum tsi_sql_fault fault, int code,
                 const char *format, ...)
{
	char message[TSTREAM_ERROR_MESSAGE_BYTES];
	va_list arguments;

	/* What ended first counts: a ROLLBACK that fails after it says nothing new. */
	if (link && link->fault < fault)
		link->fault = fault;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return tsi_fail(err, code, "%s", message);
}

int tsi_sql_left_ms(const tsi_sql_link *link)
{
	int64_t left_ms = (link->deadline_us - tsi_now_us() + 999) / 1000;

	return left_ms < 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

void tsi_sql_keep_slot(tsi_sql_link *link, const tsi_sql_call *call)
{
	link->statements[call->slot] = call->statement;
	link->statement_count = call->slot + 1;
}

bool tsi_sql_may_be_done(const tsi_sql_link *link)
{
	return link->may_be_done;
}

int tsi_sql_lock(tsi_sql_link *link, int64_t key, tstream_error *err)
{
	return link->driver->lock(link, key, err);
}

int tsi_sql_run(tsi_sql_link *link, const tsi_sql_statement *statement, const tsi_sql_value *values,
                size_t value_count, tsi_sql_rows *out_rows, tstream_error *err)
{
	tsi_sql_call call = {
	    .statement = statement, .values = values, .value_count = value_count, .rows = out_rows};

	if (out_rows)
		tsi_sql_rows_clear(out_rows);
	while (call.slot < link->statement_count && link->statements[call.slot] != statement)
		call.slot++;
	call.is_new = call.slot == link->statement_count;
	if (call.slot == TSI_SQL_MAX_STATEMENTS || value_count > TSI_SQL_MAX_VALUES)
		return tsi_sql_fail(link, err, TSI_SQL_FAILED, TSTREAM_EINTERNAL,
		                    "too many statements or values");
	return link->driver->run(link, &call, err);
}

/** What is called by a name of its own is a transaction's work; a lone statement needs none. */
static int attempt_on(job *todo, tsi_sql_link *link, tstream_error *err)
{
	int code = todo->is_write ? link->driver->script(link, link->driver->begin, err) : TSTREAM_OK;

	if (code == TSTREAM_OK)
		code = todo->work(link, todo->user, err);
	if (!todo->is_write || link->fault == TSI_SQL_LOST)
		return code;
	if (code == TSTREAM_OK) {
		code = link->driver->script(link, "COMMIT", err);
		/* Whether the server heard it nobody knows. */
		todo->may_be_done |= link->fault == TSI_SQL_LOST;
	}
	if (code != TSTREAM_OK && link->fault != TSI_SQL_LOST)
		link->driver->script(link, "ROLLBACK", NULL);
	return code;
}

static int attempt(job *todo, enum tsi_sql_fault *out_fault, tstream_error *err)
{
	tsi_sql *sql = todo->sql;
	tsi_sql_link *link = NULL;
	int code = tsi_sql_lane_take(todo->lane, todo->deadline_us, &link, err);

	*out_fault = TSI_SQL_FAILED;
	if (code != TSTREAM_OK)
		return code;
	if (!link)
		code =
		    sql->driver->connect(sql->url, &sql->options, todo->deadline_us, &link, out_fault, err);
	if (code == TSTREAM_OK) {
		link->deadline_us = todo->deadline_us;
		link->may_be_done = todo->may_be_done;
		link->fault = TSI_SQL_FINE;
		code = attempt_on(todo, link, err);
		*out_fault = link->fault;
		if (link->fault == TSI_SQL_LOST) {
			sql->driver->disconnect(link);
			link = NULL;
			tsi_sql_lane_drop_idle(&sql->readers);
		}
	}
	tsi_sql_lane_give(todo->lane, link);
	return code;
}

/** A little longer each time.  @return false if the time is over */
static bool pause_before_next(job *todo)
{
	int64_t left_us = todo->deadline_us - tsi_now_us();
	int64_t pause_us = todo->pause_us < left_us ? todo->pause_us : left_us;
	struct timespec until = tsi_deadline(pause_us);

	if (left_us <= 0)
		return false;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	todo->pause_us = todo->pause_us * 2 < LAST_PAUSE_US ? todo->pause_us * 2 : LAST_PAUSE_US;
	return tsi_now_us() < todo->deadline_us;
}

static int run_job(job *todo, int64_t timeout_us, tstream_error *err)
{
	enum tsi_sql_fault fault = TSI_SQL_FINE;
	int code;

	todo->deadline_us = tsi_now_us() + timeout_us;
	todo->pause_us = FIRST_PAUSE_US;
	do {
		code = attempt(todo, &fault, err);
	} while (code != TSTREAM_OK && (fault == TSI_SQL_LOST || fault == TSI_SQL_CONFLICT) &&
	         pause_before_next(todo));
	return code;
}

int tsi_sql_read(tsi_sql *sql, tsi_sql_work work, void *user, tstream_error *err)
{
	job todo = {.sql = sql, .lane = &sql->readers, .work = work, .user = user};

	return run_job(&todo, sql->options.timeout_us, err);
}

static int write_within(tsi_sql *sql, tsi_sql_work work, void *user, int64_t timeout_us,
                        tstream_error *err)
{
	job todo = {.sql = sql,
	            .lane = sql->driver->has_one_writer ? &sql->writer : &sql->readers,
	            .work = work,
	            .user = user,
	            .is_write = true};

	return run_job(&todo, timeout_us, err);
}

int tsi_sql_write(tsi_sql *sql, tsi_sql_work work, void *user, tstream_error *err)
{
	return write_within(sql, work, user, sql->options.timeout_us, err);
}

/* -- opening -------------------------------------------------------------- */

static const tsi_sql_driver *find_driver(const char *url)
{
	if (tsi_text_starts_with(url, "sqlite:"))
		return &tsi_sql_sqlite;
	if (tsi_text_starts_with(url, "postgresql://") || tsi_text_starts_with(url, "postgres://"))
		return &tsi_sql_postgres;
	return NULL;
}

static tsi_sql *new_sql(const tsi_sql_driver *driver, const char *url,
                        const tsi_sql_options *options)
{
	tsi_sql *sql = calloc(1, sizeof(*sql));

	if (!sql)
		return NULL;
	sql->driver = driver;
	sql->options = *options;
	tsi_sql_lane_init(&sql->readers, options->max_connections);
	tsi_sql_lane_init(&sql->writer, 1);
	sql->url = strdup(url);
	if (sql->url)
		return sql;
	tsi_sql_close(sql);
	return NULL;
}

static int ping_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement one = {"SELECT 1"};

	(void)user;
	return tsi_sql_run(link, &one, NULL, 0, NULL, err);
}

int tsi_sql_ping(tsi_sql *sql, tstream_error *err)
{
	return tsi_sql_read(sql, ping_work, NULL, err);
}

int tsi_sql_open(const char *url, const tsi_sql_options *options, tsi_sql **out_sql,
                 tstream_error *err)
{
	const tsi_sql_driver *driver = find_driver(url);
	if (!driver)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "a database is \"sqlite:PATH\" or \"postgresql://...\"");
	int code = driver->check(url, err);
	if (code != TSTREAM_OK)
		return code;
	tsi_sql *sql = new_sql(driver, url, options);
	if (!sql)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	bool is_current = false;
	code = tsi_sql_read(sql, tsi_sql_check_version, &is_current, err);
	if (code == TSTREAM_OK && !is_current)
		code = write_within(sql, tsi_sql_migrate, NULL, MIGRATION_TIMEOUT_US, err);
	if (code == TSTREAM_OK)
		*out_sql = sql;
	else
		tsi_sql_close(sql);
	return code;
}

void tsi_sql_close(tsi_sql *sql)
{
	if (!sql)
		return;
	tsi_sql_lane_close(&sql->readers);
	tsi_sql_lane_close(&sql->writer);
	if (sql->url)
		explicit_bzero(sql->url, strlen(sql->url));
	free(sql->url);
	free(sql);
}

/* -- drivers that were left out -------------------------------------------- */

#if !defined(TSI_WITH_SQLITE) || !TSI_WITH_SQLITE
static int check_sqlite(const char *url, tstream_error *err)
{
	(void)url;
	return tsi_fail(err, TSTREAM_ENOTSUP, "this build of the library has no SQLite");
}
const tsi_sql_driver tsi_sql_sqlite = {.check = check_sqlite};
#endif

#if !defined(TSI_WITH_POSTGRES) || !TSI_WITH_POSTGRES
static int check_postgres(const char *url, tstream_error *err)
{
	(void)url;
	return tsi_fail(err, TSTREAM_ENOTSUP, "this build of the library has no PostgreSQL");
}
const tsi_sql_driver tsi_sql_postgres = {.check = check_postgres};
#endif
