/**
 * store/sql_postgres.c - PostgreSQL through libpq, never waiting beyond the deadline.
 *
 * libpq's own blocking calls wait for ever when a server neither answers nor goes away, so
 * everything here is sent and then polled for.  No text of libpq's reaches the caller
 * before there is a connection: what it says of a URL may hold a part of a password.
 */
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/sql_driver.h"

#define SQLSTATE_DIGITS 5
#define NAME_BYTES 16

typedef struct postgres_link {
	tsi_sql_link base;
	PGconn *connection;
} postgres_link;

static PGconn *of(tsi_sql_link *link)
{
	return ((postgres_link *)link)->connection;
}

/** Two '@' mean one in a password that is not encoded, whose rest would be taken for the
 *  server's name. */
static int check(const char *url, tstream_error *err)
{
	const char *authority = strstr(url, "://") + 3;
	size_t size = strcspn(authority, "/?");
	const char *at = memchr(authority, '@', size);
	char *message = NULL;
	PQconninfoOption *options = NULL;

	if (!at || !memchr(at + 1, '@', size - (size_t)(at + 1 - authority)))
		options = PQconninfoParse(url, &message);
	PQfreemem(message);
	if (!options)
		return tsi_fail(err, TSTREAM_EINVAL,
		                "the database's URL is not valid: special characters of a user or "
		                "password must be percent-encoded");
	PQconninfoFree(options);
	return TSTREAM_OK;
}

/* -- errors ---------------------------------------------------------------- */

/* By SQLSTATE, or the class that is its beginning; the first that fits. */
static const struct {
	const char *state;
	int code;
	enum tsi_sql_fault fault;
	const char *message;
} meanings[] = {
    {"57014", TSTREAM_ETIMEDOUT, TSI_SQL_FAILED, "the database took too long"},
    {"55P03", TSTREAM_EBUSY, TSI_SQL_FAILED, "another program holds the database locked"},
    {"57P04", TSTREAM_ENOENT, TSI_SQL_LOST, "the database was dropped"},
    {"57P", TSTREAM_ENET, TSI_SQL_LOST, "the database's server is starting or stopping"},
    {"08", TSTREAM_ENET, TSI_SQL_LOST, "the connection to the database is broken"},
    {"25P03", TSTREAM_ETIMEDOUT, TSI_SQL_LOST, "the database took too long"},
    {"53300", TSTREAM_EBUSY, TSI_SQL_LOST, "the database's server has too many connections"},
    {"53100", TSTREAM_ENOSPC, TSI_SQL_FAILED, "the disk of the database's server is full"},
    {"53200", TSTREAM_ENOMEM, TSI_SQL_FAILED, "the database's server is out of memory"},
    {"40", TSTREAM_EBUSY, TSI_SQL_CONFLICT, "others keep changing the same rows"},
    {"23", TSTREAM_EBUSY, TSI_SQL_CONFLICT, "others keep changing the same rows"},
    {"28", TSTREAM_EACCES, TSI_SQL_FAILED, "the database refuses this user or password"},
    {"42501", TSTREAM_EACCES, TSI_SQL_FAILED, "the database refuses this user what it needs"},
    {"25006", TSTREAM_EACCES, TSI_SQL_FAILED, "the database can only be read"},
    {"3D", TSTREAM_ENOENT, TSI_SQL_FAILED, "the server has no database of this name"},
    {"58", TSTREAM_EIO, TSI_SQL_FAILED, "the disk of the database's server does not work"},
    {"XX", TSTREAM_EIO, TSI_SQL_FAILED, "the database is damaged: restore it from a copy"},
};

static int fail_by_state(tsi_sql_link *link, const char *state, const char *detail,
                         tstream_error *err)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
			return tsi_sql_fail(link, err, meanings[i].fault, meanings[i].code, "%s",
			                    meanings[i].message);
	}
	return tsi_sql_fail(link, err, TSI_SQL_FAILED, TSTREAM_EINTERNAL, "PostgreSQL: %s (%s)", detail,
	                    state);
}

static int fail_lost(tsi_sql_link *link, tstream_error *err)
{
	return tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_ENET,
	                    "the connection to the database is broken");
}

/** The connection is given up: an answer that comes later would be taken for the next. */
static int fail_late(tsi_sql_link *link, tstream_error *err)
{
	return tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_ETIMEDOUT, "the database took too long");
}

static int fail_result(tsi_sql_link *link, const PGresult *result, tstream_error *err)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	/* Without a state it is libpq that speaks, and it does when a server has gone. */
	if (!state || PQstatus(of(link)) == CONNECTION_BAD)
		return fail_lost(link, err);
	return fail_by_state(link, state, detail ? detail : "no details", err);
}

/* -- waiting --------------------------------------------------------------- */

/** @return true if the socket is ready before the deadline */
static bool wait_for(tsi_sql_link *link, short events)
{
	int rc;

	do {
		int left_ms = tsi_sql_left_ms(link);
		struct pollfd socket = {.fd = PQsocket(of(link)), .events = events};
		rc = left_ms > 0 ? poll(&socket, 1, left_ms) : 0;
	} while (rc < 0 && errno == EINTR);
	return rc > 0;
}

static int send_all(tsi_sql_link *link, tstream_error *err)
{
	int rc;

	while ((rc = PQflush(of(link))) == 1) {
		if (!wait_for(link, POLLIN | POLLOUT))
			return fail_late(link, err);
		/* A server that cannot send does not read either. */
		if (!PQconsumeInput(of(link)))
			return fail_lost(link, err);
	}
	return rc == 0 ? TSTREAM_OK : fail_lost(link, err);
}

/** The next result.  @param out_result  NULL: there are no more */
static int next_result(tsi_sql_link *link, PGresult **out_result, tstream_error *err)
{
	while (PQisBusy(of(link))) {
		if (!wait_for(link, POLLIN))
			return fail_late(link, err);
		if (!PQconsumeInput(of(link)))
			return fail_lost(link, err);
	}
	*out_result = PQgetResult(of(link));
	return TSTREAM_OK;
}

static bool is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/** What was sent goes out and its results come in: the last one, or the first failure.
 *  @param out_result  yours to PQclear(); may be NULL */
static int finish(tsi_sql_link *link, int was_sent, PGresult **out_result, tstream_error *err)
{
	PGresult *last = NULL;
	PGresult *result = NULL;
	int code = was_sent ? send_all(link, err) : fail_lost(link, err);

	if (code == TSTREAM_OK)
		code = next_result(link, &result, err);
	while (code == TSTREAM_OK && result) {
		if (!last || is_good(last)) {
			PQclear(last);
			last = result;
		} else {
			PQclear(result);
		}
		code = next_result(link, &result, err);
	}
	if (code == TSTREAM_OK && (!last || !is_good(last)))
		code = fail_result(link, last, err);
	if (code == TSTREAM_OK && out_result)
		*out_result = last;
	else
		PQclear(last);
	return code;
}

static int run_script(tsi_sql_link *link, const char *text, tstream_error *err)
{
	return finish(link, PQsendQuery(of(link), text), NULL, err);
}

/* -- connecting ------------------------------------------------------------ */

static void be_silent(void *user, const PGresult *notice)
{
	(void)user;
	(void)notice;
}

static void disconnect_postgres(tsi_sql_link *link)
{
	PQfinish(of(link));
	free(link);
}

/** With PQERRORS_SQLSTATE the message of a server that refuses ends in its SQLSTATE. */
static int fail_to_connect(tsi_sql_link *link, tstream_error *err)
{
	const char *message = PQerrorMessage(of(link));
	size_t size = strlen(message);

	while (size > 0 && message[size - 1] == '\n')
		size--;
	if (size > SQLSTATE_DIGITS && message[size - SQLSTATE_DIGITS - 1] == ' ' &&
	    strspn(message + size - SQLSTATE_DIGITS, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") >=
	        SQLSTATE_DIGITS)
		return fail_by_state(link, message + size - SQLSTATE_DIGITS, "it refuses", err);
	if (PQconnectionNeedsPassword(of(link)))
		return fail_by_state(link, "28P01", "", err);
	return tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_ENET,
	                    "no connection to the database: see host, port and whether it runs");
}

static int shake_hands(tsi_sql_link *link, tstream_error *err)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		if (!wait_for(link, state == PGRES_POLLING_READING ? POLLIN : POLLOUT))
			return tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_ETIMEDOUT,
			                    "the database's server does not answer");
		state = PQconnectPoll(of(link));
	}
	return state == PGRES_POLLING_OK ? TSTREAM_OK : fail_to_connect(link, err);
}

/** The server gives up a little before we do, so that the connection can go on. */
static int set_up(tsi_sql_link *link, const tsi_sql_options *options, tstream_error *err)
{
	char script[512];
	int64_t timeout_ms = options->timeout_us / 1000;

	snprintf(script, sizeof(script),
	         "SET statement_timeout = %" PRId64 "; SET lock_timeout = %" PRId64 ";"
	         "SET idle_in_transaction_session_timeout = %" PRId64 ";"
	         "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET client_encoding = 'UTF8';"
	         "SET standard_conforming_strings = on; SET client_min_messages = error",
	         timeout_ms * 9 / 10 + 1, timeout_ms / 2 + 1, timeout_ms * 4 + 1000);
	return run_script(link, script, err);
}

static int connect_postgres(const char *url, const tsi_sql_options *options, int64_t deadline_us,
                            tsi_sql_link **out_link, enum tsi_sql_fault *out_fault,
                            tstream_error *err)
{
	postgres_link *postgres = calloc(1, sizeof(*postgres));
	if (!postgres)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	tsi_sql_link *link = &postgres->base;
	link->driver = &tsi_sql_postgres;
	link->deadline_us = deadline_us;
	postgres->connection = PQconnectStart(url);
	int code = TSTREAM_OK;
	if (!postgres->connection || PQstatus(postgres->connection) == CONNECTION_BAD) {
		code = tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_ENET,
		                    "no connection to the database: see host, port and whether it runs");
	} else {
		PQsetErrorVerbosity(postgres->connection, PQERRORS_SQLSTATE);
		PQsetNoticeReceiver(postgres->connection, be_silent, NULL);
		code = shake_hands(link, err);
	}
	if (code == TSTREAM_OK && PQsetnonblocking(postgres->connection, 1) != 0)
		code = fail_lost(link, err);
	if (code == TSTREAM_OK)
		code = set_up(link, options, err);
	*out_fault = link->fault;
	if (code == TSTREAM_OK)
		*out_link = link;
	else
		disconnect_postgres(link);
	return code;
}

/* -- statements ------------------------------------------------------------ */

static int prepare(tsi_sql_link *link, const tsi_sql_call *call, const char *name,
                   tstream_error *err)
{
	int was_sent = PQsendPrepare(of(link), name, call->statement->text, 0, NULL);
	int code = finish(link, was_sent, NULL, err);

	if (code == TSTREAM_OK)
		tsi_sql_keep_slot(link, call);
	return code;
}

static bool copy_rows(const PGresult *result, tsi_sql_rows *rows)
{
	int column_count = PQnfields(result);

	for (int row = 0; row < PQntuples(result); row++) {
		char **cells = tsi_sql_rows_add(rows, (size_t)column_count);
		if (!cells)
			return false;
		for (int column = 0; column < column_count; column++) {
			if (PQgetisnull(result, row, column))
				continue;
			cells[column] = strdup(PQgetvalue(result, row, column));
			if (!cells[column])
				return false;
		}
	}
	return true;
}

static int run(tsi_sql_link *link, const tsi_sql_call *call, tstream_error *err)
{
	char buffers[TSI_SQL_MAX_VALUES][TSI_SQL_VALUE_TEXT_BYTES];
	const char *texts[TSI_SQL_MAX_VALUES];
	char name[NAME_BYTES];
	PGresult *result = NULL;

	snprintf(name, sizeof(name), "s%zu", call->slot);
	int code = call->is_new ? prepare(link, call, name, err) : TSTREAM_OK;
	if (code != TSTREAM_OK)
		return code;
	for (size_t i = 0; i < call->value_count; i++)
		texts[i] = tsi_sql_value_text(&call->values[i], buffers[i]);
	int was_sent =
	    PQsendQueryPrepared(of(link), name, (int)call->value_count, texts, NULL, NULL, 0);
	code = finish(link, was_sent, &result, err);
	if (code == TSTREAM_OK && call->rows && !copy_rows(result, call->rows))
		code = tsi_sql_fail(link, err, TSI_SQL_FAILED, TSTREAM_ENOMEM, "out of memory");
	PQclear(result);
	return code;
}

static int lock(tsi_sql_link *link, int64_t key, tstream_error *err)
{
	static const tsi_sql_statement statement = {"SELECT pg_advisory_xact_lock($1)"};
	tsi_sql_value value = tsi_sql_integer(key);

	return tsi_sql_run(link, &statement, &value, 1, NULL, err);
}

const tsi_sql_driver tsi_sql_postgres = {
    .begin = "BEGIN ISOLATION LEVEL READ COMMITTED",
    .unbound = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0",
    .tables_query = {"SELECT 1 FROM information_schema.tables WHERE table_name = "
                     "'tstream_migrations' AND table_schema = ANY (current_schemas(false))"},
    .check = check,
    .connect = connect_postgres,
    .disconnect = disconnect_postgres,
    .run = run,
    .script = run_script,
    .lock = lock,
};
