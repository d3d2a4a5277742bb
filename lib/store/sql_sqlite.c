/**
 * store/sql_sqlite.c - SQLite: a file, its write-ahead log, and one writer at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/sql_driver.h"

#define SCHEME_BYTES (sizeof("sqlite:") - 1)
#define MAX_PATH_BYTES 4000
/* How many steps of its machine SQLite takes before it asks whether the time is over. */
#define STEPS_BETWEEN_CHECKS 4000

/* FULL: what was acknowledged outlives a power cut. */
static const char setup_script[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = ON;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA cache_size = -8000;"
                                   "PRAGMA journal_size_limit = 16777216;"
                                   "PRAGMA trusted_schema = OFF;";

typedef struct sqlite_link {
	tsi_sql_link base;
	sqlite3 *db;
	sqlite3_stmt *prepared[TSI_SQL_MAX_STATEMENTS];
} sqlite_link;

static sqlite_link *of(tsi_sql_link *link)
{
	return (sqlite_link *)link;
}

static int check(const char *url, tstream_error *err)
{
	const char *path = url + SCHEME_BYTES;

	if (!*path || *path == ':' || strlen(path) > MAX_PATH_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "\"sqlite:\" wants the path of a file after it");
	return TSTREAM_OK;
}

/* -- errors ---------------------------------------------------------------- */

static const struct {
	int result;
	int code;
	enum tsi_sql_fault fault;
	const char *message;
} meanings[] = {
    {SQLITE_BUSY, TSTREAM_EBUSY, TSI_SQL_FAILED, "another program holds the database locked"},
    {SQLITE_LOCKED, TSTREAM_EBUSY, TSI_SQL_CONFLICT, "another program holds the database locked"},
    {SQLITE_INTERRUPT, TSTREAM_ETIMEDOUT, TSI_SQL_FAILED, "the database took too long"},
    {SQLITE_FULL, TSTREAM_ENOSPC, TSI_SQL_FAILED,
     "the database cannot be written: free some disk space"},
    {SQLITE_NOMEM, TSTREAM_ENOMEM, TSI_SQL_FAILED, "out of memory"},
    {SQLITE_READONLY, TSTREAM_EACCES, TSI_SQL_FAILED,
     "the database cannot be written: see its rights"},
    {SQLITE_PERM, TSTREAM_EACCES, TSI_SQL_FAILED, "the database cannot be written: see its rights"},
    {SQLITE_CANTOPEN, TSTREAM_EACCES, TSI_SQL_LOST, "the database's files cannot be opened"},
    {SQLITE_CORRUPT, TSTREAM_EIO, TSI_SQL_FAILED,
     "the database is damaged: restore it from a copy"},
    {SQLITE_NOTADB, TSTREAM_EIO, TSI_SQL_FAILED, "the file is no SQLite database"},
    {SQLITE_CONSTRAINT, TSTREAM_EBUSY, TSI_SQL_CONFLICT, "others keep changing the same rows"},
    {SQLITE_IOERR, TSTREAM_EIO, TSI_SQL_FAILED, "the database's disk does not work"},
};

/** SQLite knows a full disk by ENOSPC alone; quotas and limits of a file's size fail as
 *  writes do.  Its memory of errno is not to be had here: the lock it gives up afterwards
 *  changes that. */
static bool is_out_of_room(int result)
{
	return result == SQLITE_IOERR_WRITE || result == SQLITE_IOERR_SHMSIZE;
}

static int fail(tsi_sql_link *link, int result, tstream_error *err)
{
	sqlite3 *db = of(link)->db;

	if (is_out_of_room(result))
		result = SQLITE_FULL;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].result == (result & 0xFF))
			return tsi_sql_fail(link, err, meanings[i].fault, meanings[i].code, "%s",
			                    meanings[i].message);
	}
	return tsi_sql_fail(link, err, TSI_SQL_FAILED, TSTREAM_EINTERNAL, "SQLite: %s (%d)",
	                    sqlite3_errmsg(db), sqlite3_extended_errcode(db));
}

/* -- connecting ------------------------------------------------------------ */

/** History is nobody else's business; the log beside it gets the same mode.  A file that is
 *  there is not touched: closing any descriptor of it would drop the locks that this process
 *  holds on it by others (fcntl(2)), and the next program to leave would then take the log away
 *  from under us. */
static int make_private(const char *path, tstream_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return TSTREAM_OK;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return tsi_fail(err, TSTREAM_ENOENT, "%s: there is no such directory", path);
	if (fd < 0 && (errno == ENOSPC || errno == EDQUOT))
		return tsi_fail(err, TSTREAM_ENOSPC, "%s: no room on the disk", path);
	if (fd < 0)
		return tsi_fail(err, TSTREAM_EACCES, "%s: cannot be opened: see its rights", path);
	close(fd);
	return TSTREAM_OK;
}

static int is_late(void *user)
{
	const tsi_sql_link *link = user;

	return tsi_now_us() > link->deadline_us;
}

static int run_script(tsi_sql_link *link, const char *text, tstream_error *err)
{
	sqlite_link *sqlite = of(link);
	sqlite3_busy_timeout(sqlite->db, tsi_sql_left_ms(link));
	int result = sqlite3_exec(sqlite->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? TSTREAM_OK : fail(link, result, err);
}

/** Several programs that begin on a new file at once get in each other's way, and SQLite
 *  does not wait then. */
static int use_log(tsi_sql_link *link, tstream_error *err)
{
	sqlite_link *sqlite = of(link);
	int result = sqlite3_exec(sqlite->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

	if ((result & 0xFF) == SQLITE_BUSY)
		return tsi_sql_fail(link, err, TSI_SQL_LOST, TSTREAM_EBUSY,
		                    "another program holds the database locked");
	return result == SQLITE_OK ? TSTREAM_OK : fail(link, result, err);
}

static void disconnect_sqlite(tsi_sql_link *link)
{
	sqlite_link *sqlite = of(link);

	for (size_t i = 0; i < TSI_SQL_MAX_STATEMENTS; i++)
		sqlite3_finalize(sqlite->prepared[i]);
	sqlite3_close(sqlite->db);
	free(sqlite);
}

static int open_file(sqlite_link *sqlite, const char *path, tstream_error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	            SQLITE_OPEN_EXRESCODE;
	int result = sqlite3_open_v2(path, &sqlite->db, flags, NULL);
	if (!sqlite->db)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	if (result != SQLITE_OK)
		return fail(&sqlite->base, result, err);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_progress_handler(sqlite->db, STEPS_BETWEEN_CHECKS, is_late, &sqlite->base);
	int code = use_log(&sqlite->base, err);
	return code == TSTREAM_OK ? run_script(&sqlite->base, setup_script, err) : code;
}

static int connect_sqlite(const char *url, const tsi_sql_options *options, int64_t deadline_us,
                          tsi_sql_link **out_link, enum tsi_sql_fault *out_fault,
                          tstream_error *err)
{
	const char *path = url + SCHEME_BYTES;
	sqlite_link *sqlite = calloc(1, sizeof(*sqlite));

	(void)options;
	if (!sqlite)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	sqlite->base.driver = &tsi_sql_sqlite;
	sqlite->base.deadline_us = deadline_us;
	int code = make_private(path, err);
	if (code == TSTREAM_OK)
		code = open_file(sqlite, path, err);
	if (code == TSTREAM_OK) {
		*out_link = &sqlite->base;
	} else {
		*out_fault = sqlite->base.fault == TSI_SQL_LOST ? TSI_SQL_LOST : TSI_SQL_FAILED;
		disconnect_sqlite(&sqlite->base);
	}
	return code;
}

/* -- statements ------------------------------------------------------------ */

static int prepare(sqlite_link *sqlite, const tsi_sql_call *call, tstream_error *err)
{
	sqlite3_stmt **statement = &sqlite->prepared[call->slot];
	int result = sqlite3_prepare_v3(sqlite->db, call->statement->text, -1,
	                                SQLITE_PREPARE_PERSISTENT, statement, NULL);

	if (result != SQLITE_OK)
		return fail(&sqlite->base, result, err);
	tsi_sql_keep_slot(&sqlite->base, call);
	return TSTREAM_OK;
}

static int bind_value(sqlite3_stmt *statement, int index, const tsi_sql_value *value)
{
	char buffer[TSI_SQL_VALUE_TEXT_BYTES];

	if (value->kind == TSI_SQL_INTEGER || value->kind == TSI_SQL_BOOLEAN)
		return sqlite3_bind_int64(statement, index, value->number);
	return sqlite3_bind_text(statement, index, tsi_sql_value_text(value, buffer), -1,
	                         SQLITE_TRANSIENT);
}

/** "$2" is a name to SQLite, so its index is asked for. */
static int bind_all(sqlite_link *sqlite, sqlite3_stmt *statement, const tsi_sql_call *call,
                    tstream_error *err)
{
	for (size_t i = 0; i < call->value_count; i++) {
		char name[4] = {'$', (char)('1' + i), '\0', '\0'};
		if (i >= 9) {
			name[1] = '1';
			name[2] = (char)('0' + (i + 1) % 10);
		}
		int index = sqlite3_bind_parameter_index(statement, name);
		int result = index ? bind_value(statement, index, &call->values[i]) : SQLITE_RANGE;
		if (result != SQLITE_OK)
			return fail(&sqlite->base, result, err);
	}
	return TSTREAM_OK;
}

static bool copy_row(sqlite3_stmt *statement, tsi_sql_rows *rows)
{
	int column_count = sqlite3_column_count(statement);
	char **cells = tsi_sql_rows_add(rows, (size_t)column_count);

	for (int i = 0; cells && i < column_count; i++) {
		const char *text = (const char *)sqlite3_column_text(statement, i);
		if (!text)
			continue;
		cells[i] = strdup(text);
		if (!cells[i])
			return false;
	}
	return cells != NULL;
}

static int step_all(sqlite_link *sqlite, sqlite3_stmt *statement, tsi_sql_rows *rows,
                    tstream_error *err)
{
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		if (rows && !copy_row(statement, rows))
			return fail(&sqlite->base, SQLITE_NOMEM, err);
	}
	return result == SQLITE_DONE ? TSTREAM_OK : fail(&sqlite->base, result, err);
}

static int run(tsi_sql_link *link, const tsi_sql_call *call, tstream_error *err)
{
	sqlite_link *sqlite = of(link);
	int code = call->is_new ? prepare(sqlite, call, err) : TSTREAM_OK;
	if (code != TSTREAM_OK)
		return code;
	sqlite3_stmt *statement = sqlite->prepared[call->slot];
	sqlite3_busy_timeout(sqlite->db, tsi_sql_left_ms(link));
	code = bind_all(sqlite, statement, call, err);
	if (code == TSTREAM_OK)
		code = step_all(sqlite, statement, call->rows, err);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code;
}

/** Whoever writes has the database for itself. */
static int lock(tsi_sql_link *link, int64_t key, tstream_error *err)
{
	(void)link;
	(void)key;
	(void)err;
	return TSTREAM_OK;
}

const tsi_sql_driver tsi_sql_sqlite = {
    .has_one_writer = true,
    .begin = "BEGIN IMMEDIATE",
    .tables_query = {"SELECT 1 FROM sqlite_master WHERE name = 'tstream_migrations'"},
    .check = check,
    .connect = connect_sqlite,
    .disconnect = disconnect_sqlite,
    .run = run,
    .script = run_script,
    .lock = lock,
};
