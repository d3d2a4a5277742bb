#include "store/catalog_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/catalog_words.h"

#define VERSION 2
#define APPLICATION_ID 0x74737463 /* "tstc" */
#define BUSY_MS 2000
#define BUSY_STEP_MS 10

/* Of this connection: they leave the file as it is. */
static const char settings[] = "PRAGMA synchronous=NORMAL;" /* a kill loses nothing */
                               "PRAGMA cache_size=-16384;"  /* KiB */
                               "PRAGMA temp_store=MEMORY;";

/* Beginnings of these lengths have lists of their own: those of others are gathered in memory
 * for each query, which takes long if the word is common. */
static const char version_1[] =
    "CREATE TABLE entries(id INTEGER PRIMARY KEY, infohash BLOB NOT NULL UNIQUE,"
    " title TEXT NOT NULL, magnet TEXT, size INTEGER NOT NULL, category INTEGER NOT NULL,"
    " published_s INTEGER NOT NULL, added_s INTEGER NOT NULL);"
    "CREATE VIRTUAL TABLE words USING fts5(title, content='entries', content_rowid='id',"
    " detail=none, columnsize=0, prefix='3 4 5 6 7 8',"
    " tokenize=\"" TSI_CATALOG_TOKENIZER " " TSI_CATALOG_TOKENIZER_ARGUMENT
    " " TSI_CATALOG_TOKENIZER_VALUE "\");"
    "CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title); END;"
    "CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title); END;"
    "CREATE TRIGGER entry_changed AFTER UPDATE OF title ON entries BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title);"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title); END;"
    "PRAGMA application_id=0x74737463;";

/* The terms that very many titles have, and which entries have them (catalog_common.h).
 * learned_id is the greatest id when they were last looked for. */
static const char version_2[] =
    "CREATE TABLE common_terms(number INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);"
    "CREATE TABLE common_bits(term INTEGER NOT NULL, block INTEGER NOT NULL, bits BLOB NOT NULL,"
    " PRIMARY KEY(term, block)) WITHOUT ROWID;"
    "CREATE TABLE common_state(learned_id INTEGER NOT NULL);"
    "INSERT INTO common_state VALUES(0);"
    "DROP TRIGGER entry_added;"
    "DROP TRIGGER entry_removed;"
    "DROP TRIGGER entry_changed;"
    "CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title);"
    " SELECT " TSI_CATALOG_NOTE_FUNCTION "(new.id, new.title, 1); END;"
    "CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title);"
    " SELECT " TSI_CATALOG_NOTE_FUNCTION "(old.id, old.title, 0); END;"
    "CREATE TRIGGER entry_changed AFTER UPDATE OF title ON entries"
    " WHEN old.title IS NOT new.title BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title);"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title);"
    " SELECT " TSI_CATALOG_NOTE_FUNCTION "(old.id, old.title, 0);"
    " SELECT " TSI_CATALOG_NOTE_FUNCTION "(new.id, new.title, 1); END;"
    "PRAGMA user_version=2;";

/* -- asking --------------------------------------------------------------- */

int tsi_catalog_code_of(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return TSTREAM_OK;
	case SQLITE_NOMEM:
		return TSTREAM_ENOMEM;
	case SQLITE_FULL:
		return TSTREAM_ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return TSTREAM_EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return TSTREAM_EACCES;
	case SQLITE_NOTADB:
		return TSTREAM_EINVAL;
	default:
		return TSTREAM_EIO;
	}
}

int tsi_catalog_fail(sqlite3 *db, tstream_error *err)
{
	int code = tsi_catalog_code_of(sqlite3_extended_errcode(db));
	return tsi_fail(err, code == TSTREAM_OK ? TSTREAM_EIO : code, "catalogue: %s",
	                sqlite3_errmsg(db));
}

int tsi_catalog_run(sqlite3 *db, const char *sql, tstream_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return TSTREAM_OK;
	return tsi_catalog_fail(db, err);
}

int tsi_catalog_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out_statement,
                        tstream_error *err)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out_statement, NULL) ==
	    SQLITE_OK)
		return TSTREAM_OK;
	return tsi_catalog_fail(db, err);
}

int tsi_catalog_finish(sqlite3 *db, sqlite3_stmt *statement, tstream_error *err)
{
	int code = sqlite3_step(statement) == SQLITE_DONE ? TSTREAM_OK : tsi_catalog_fail(db, err);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code;
}

int64_t tsi_catalog_ask_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* -- opening -------------------------------------------------------------- */

/** SQLite would make it readable for all.  One that is there is not touched: closing any
 *  descriptor of it would drop the locks that this process holds on it by other connections
 *  (fcntl(2)), and the next program to leave would then take the log away from under them. */
static int make_file(const char *path, tstream_error *err)
{
	if (strcmp(path, ":memory:") == 0)
		return TSTREAM_OK;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return TSTREAM_OK;
	if (fd < 0) {
		int code = errno == ENOSPC ? TSTREAM_ENOSPC : TSTREAM_EACCES;
		return tsi_fail(err, code, "catalogue: %s cannot be opened: %s", path, strerror(errno));
	}
	close(fd);
	return TSTREAM_OK;
}

/** SQLite is content to read a file that it may not write. */
static int connect(const char *path, sqlite3 **out_db, tstream_error *err)
{
	/* The catalogue's mutex guards it: SQLite's own need not. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int result = sqlite3_open_v2(path, out_db, flags, NULL);
	if (result == SQLITE_OK && sqlite3_db_readonly(*out_db, "main") == 1)
		result = SQLITE_READONLY;
	if (result == SQLITE_OK)
		return TSTREAM_OK;
	return tsi_fail(err, tsi_catalog_code_of(result), "catalogue: %s cannot be opened: %s", path,
	                sqlite3_errstr(result));
}

int tsi_catalog_file_open(const char *path, sqlite3 **out_db, tstream_error *err)
{
	int code = make_file(path, err);
	if (code == TSTREAM_OK)
		code = connect(path, out_db, err);
	if (code != TSTREAM_OK)
		return code;
	sqlite3_busy_timeout(*out_db, BUSY_MS);
	sqlite3_db_config(*out_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return tsi_catalog_run(*out_db, settings, err);
}

/* -- versions ------------------------------------------------------------- */

/* One statement, so that it is all of one moment: another program may be making the file. */
static const char header_sql[] = "SELECT (SELECT count(*) FROM sqlite_schema), user_version,"
                                 " application_id FROM pragma_user_version, pragma_application_id";

/** @return 0; EINVAL, ENOTSUP: it is not to be touched */
static int judge(bool is_empty, int64_t version, int64_t application_id, tstream_error *err)
{
	if (version == 0 ? !is_empty : application_id != APPLICATION_ID)
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: the file is another program's database");
	if (version > VERSION)
		return tsi_fail(err, TSTREAM_ENOTSUP,
		                "catalogue: the file is of version %d, which a later library made",
		                (int)version);
	return TSTREAM_OK;
}

/** @param out_version  0: the file is new */
static int read_version(sqlite3 *db, int64_t *out_version, tstream_error *err)
{
	sqlite3_stmt *header = NULL;
	int code = tsi_catalog_prepare(db, header_sql, &header, err);
	if (code == TSTREAM_OK && sqlite3_step(header) != SQLITE_ROW)
		code = tsi_catalog_fail(db, err);
	if (code == TSTREAM_OK) {
		*out_version = sqlite3_column_int64(header, 1);
		code = judge(sqlite3_column_int64(header, 0) == 0, *out_version,
		             sqlite3_column_int64(header, 2), err);
	}
	sqlite3_finalize(header);
	return code;
}

/** Within a transaction, so that of two programs that come at once one does it. */
static int make_versions(sqlite3 *db, bool *out_is_new, tstream_error *err)
{
	int64_t version = 0;
	int code = read_version(db, &version, err);
	if (code == TSTREAM_OK && version < 1)
		code = tsi_catalog_run(db, version_1, err);
	if (code == TSTREAM_OK && version < 2)
		code = tsi_catalog_run(db, version_2, err);
	*out_is_new = version == 0;
	return code;
}

/** Several programs that begin on a new file at once get in each other's way, and SQLite does not
 *  wait then by itself. */
static int use_log(sqlite3 *db, tstream_error *err)
{
	static const char sql[] = "PRAGMA journal_mode=WAL";
	int64_t deadline_us = tsi_now_us() + BUSY_MS * INT64_C(1000);
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	while (result == SQLITE_BUSY && tsi_now_us() < deadline_us) {
		sqlite3_sleep(BUSY_STEP_MS);
		result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	}
	return result == SQLITE_OK ? TSTREAM_OK : tsi_catalog_fail(db, err);
}

int tsi_catalog_file_migrate(sqlite3 *db, bool *out_is_new, tstream_error *err)
{
	int64_t version = 0;
	int code = read_version(db, &version, err);
	*out_is_new = false;
	/* Only now that the file is known to be ours: it is written into it. */
	if (code == TSTREAM_OK)
		code = use_log(db, err);
	if (code != TSTREAM_OK || version == VERSION)
		return code;
	code = tsi_catalog_run(db, "BEGIN IMMEDIATE", err);
	return code == TSTREAM_OK ? make_versions(db, out_is_new, err) : code;
}

int tsi_catalog_file_keep(sqlite3 *db, tstream_error *err)
{
	return sqlite3_get_autocommit(db) ? TSTREAM_OK : tsi_catalog_run(db, "COMMIT", err);
}
