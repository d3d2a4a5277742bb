/**
 * store/sql.h - one small door to SQLite and to PostgreSQL.
 *
 * A database is a pool of links (connections).  Work is a function that runs statements on
 * one of them; tsi_sql_read() and tsi_sql_write() find it a link, in a transaction if it
 * writes, and repeat the whole of it when the server was restarted or two transactions got
 * in each other's way, until the time is over.  So work must be fit to be done again, also
 * when an earlier attempt was committed and only the word of it was lost.
 *
 * One text serves both dialects: parameters are $1, $2, ...; where PostgreSQL would guess a
 * type wrongly, CAST says it.
 *
 * Threads: any.  Calls take at most the database's timeout.
 */
#ifndef TSI_STORE_SQL_H
#define TSI_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

typedef struct tsi_sql tsi_sql;
typedef struct tsi_sql_link tsi_sql_link;

typedef struct tsi_sql_options {
	int64_t timeout_us;       /**< of one read or write, waiting for a link included */
	uint32_t max_connections; /**< at least 1 */
} tsi_sql_options;

/** Connect, and apply the migrations that are missing.
 *  @param url  "sqlite:PATH" or what libpq takes
 *  @return 0; EINVAL, ENOTSUP, ENOENT, EACCES, EBUSY, ENET, ETIMEDOUT, ENOSPC, EIO, ENOMEM */
int tsi_sql_open(const char *url, const tsi_sql_options *options, tsi_sql **out_sql,
                 tstream_error *err);
void tsi_sql_close(tsi_sql *sql);

/** A sign of life. */
int tsi_sql_ping(tsi_sql *sql, tstream_error *err);

/** @name Work
 *  @{ */
/** @return 0; or a code of its own or of a function below, which ends the transaction */
typedef int (*tsi_sql_work)(tsi_sql_link *link, void *user, tstream_error *err);

int tsi_sql_read(tsi_sql *sql, tsi_sql_work work, void *user, tstream_error *err);
int tsi_sql_write(tsi_sql *sql, tsi_sql_work work, void *user, tstream_error *err);

/** True if an earlier attempt at this work may have been committed. */
bool tsi_sql_may_be_done(const tsi_sql_link *link);

/** Until the end of the transaction nobody else goes past the same key. */
int tsi_sql_lock(tsi_sql_link *link, int64_t key, tstream_error *err);
/** @} */

/** @name Statements
 *  @{ */
/** Known by its address; prepared once a link.  At most TSI_SQL_MAX_STATEMENTS. */
typedef struct tsi_sql_statement {
	const char *text;
} tsi_sql_statement;

#define TSI_SQL_MAX_STATEMENTS 64
#define TSI_SQL_MAX_VALUES 16

enum tsi_sql_kind {
	TSI_SQL_TEXT,
	TSI_SQL_INTEGER,
	TSI_SQL_BOOLEAN,
	TSI_SQL_TIME /* microseconds since 1970, UTC */
};

typedef struct tsi_sql_value {
	enum tsi_sql_kind kind;
	const char *text; /**< lent for the call */
	int64_t number;
} tsi_sql_value;

static inline tsi_sql_value tsi_sql_text(const char *text)
{
	tsi_sql_value value = {TSI_SQL_TEXT, text, 0};
	return value;
}

static inline tsi_sql_value tsi_sql_integer(int64_t number)
{
	tsi_sql_value value = {TSI_SQL_INTEGER, NULL, number};
	return value;
}

static inline tsi_sql_value tsi_sql_boolean(bool is_true)
{
	tsi_sql_value value = {TSI_SQL_BOOLEAN, NULL, is_true};
	return value;
}

static inline tsi_sql_value tsi_sql_time(int64_t at_us)
{
	tsi_sql_value value = {TSI_SQL_TIME, NULL, at_us};
	return value;
}

/** What a statement gave.  Yours to declare, as {0}. */
typedef struct tsi_sql_rows {
	size_t row_count;
	size_t column_count;
	size_t capacity; /**< of cells */
	char **cells;    /**< row by row; NULL for NULL */
} tsi_sql_rows;

/** @param out_rows  what was in it is freed first; NULL: not wanted */
int tsi_sql_run(tsi_sql_link *link, const tsi_sql_statement *statement, const tsi_sql_value *values,
                size_t value_count, tsi_sql_rows *out_rows, tstream_error *err);

void tsi_sql_rows_clear(tsi_sql_rows *rows);
/** @return never NULL; lent by the rows */
const char *tsi_sql_rows_text(const tsi_sql_rows *rows, size_t row, size_t column);
/** 0 for NULL and what is no number. */
int64_t tsi_sql_rows_integer(const tsi_sql_rows *rows, size_t row, size_t column);
bool tsi_sql_rows_boolean(const tsi_sql_rows *rows, size_t row, size_t column);
int64_t tsi_sql_rows_time(const tsi_sql_rows *rows, size_t row, size_t column);
/** @} */

#endif
