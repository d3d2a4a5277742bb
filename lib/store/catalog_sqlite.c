/**
 * store/catalog_sqlite.c - the catalogue's file.
 *
 *   entries   one row a torrent
 *   words     FTS5 over their titles, kept in step by triggers
 *
 * detail=none keeps the index small and its lists quick to walk: all that is asked is
 * which titles have all words, newest first, and SQLite stops at the limit.  Ranking
 * by bm25() would read every match, of which a common word has hundreds of thousands.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/catalog.h"
#include "store/catalog_words.h"

#define VERSION 1
#define APPLICATION_ID 0x74737463 /* "tstc" */
#define BUSY_MS 2000

struct tstream_catalog {
	atomic_uint reference_count;
	pthread_mutex_t mutex; /**< the connection and its statements */
	sqlite3 *db;
	tsi_catalog_words *words;
	sqlite3_stmt *put;
	sqlite3_stmt *put_unknown;
	sqlite3_stmt *remove;
	sqlite3_stmt *find;
};

static const char settings[] = "PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=NORMAL;" /* a kill loses nothing */
                               "PRAGMA cache_size=-16384;"  /* KiB */
                               "PRAGMA temp_store=MEMORY;";

/* Beginnings of these lengths have lists of their own (TSI_CATALOG_CHEAP_PREFIX): those of
 * others are gathered in memory for each query, which takes long if the word is common. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
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
    "PRAGMA application_id=0x74737463;"
    "PRAGMA user_version=1;"
    "COMMIT;";

#define INSERT_ENTRY                                                                               \
	"INSERT INTO entries(infohash, title, magnet, size, category, published_s, added_s)"           \
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(infohash) DO "

static const char put_sql[] =
    INSERT_ENTRY "UPDATE SET title=?2, magnet=?3, size=?4, category=?5, published_s=?6";
static const char put_unknown_sql[] = INSERT_ENTRY "NOTHING";
static const char remove_sql[] = "DELETE FROM entries WHERE infohash=?1";
static const char find_sql[] = "SELECT e.infohash, e.title, e.magnet, e.size, e.category,"
                               " e.published_s FROM words JOIN entries e ON e.id=words.rowid"
                               " WHERE words MATCH ?1 ORDER BY words.rowid DESC LIMIT ?2";

/* -- errors --------------------------------------------------------------- */

static int code_of(int sqlite_code)
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

static int fail(const tstream_catalog *catalog, tstream_error *err)
{
	int code = code_of(sqlite3_extended_errcode(catalog->db));
	return tsi_fail(err, code == TSTREAM_OK ? TSTREAM_EIO : code, "catalogue: %s",
	                sqlite3_errmsg(catalog->db));
}

/* -- opening -------------------------------------------------------------- */

static int run(const tstream_catalog *catalog, const char *sql, tstream_error *err)
{
	if (sqlite3_exec(catalog->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return TSTREAM_OK;
	return fail(catalog, err);
}

/** @return the number that a PRAGMA answers; -1 if it answers none */
static int64_t ask_number(const tstream_catalog *catalog, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = -1;
	if (sqlite3_prepare_v2(catalog->db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static int make_schema(tstream_catalog *catalog, tstream_error *err)
{
	if (ask_number(catalog, "SELECT count(*) FROM sqlite_schema") != 0)
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: the file is another program's database");
	int code = run(catalog, schema, err);
	if (code != TSTREAM_OK)
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static int check_schema(tstream_catalog *catalog, bool *out_is_new, tstream_error *err)
{
	int64_t version = ask_number(catalog, "PRAGMA user_version");
	int64_t application = ask_number(catalog, "PRAGMA application_id");
	if (version < 0)
		return fail(catalog, err);
	*out_is_new = version == 0;
	if (version == 0)
		return make_schema(catalog, err);
	if (application != APPLICATION_ID)
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: the file is another program's database");
	if (version > VERSION)
		return tsi_fail(err, TSTREAM_ENOTSUP,
		                "catalogue: the file is of version %d, which a later library made",
		                (int)version);
	return TSTREAM_OK;
}

static int prepare(tstream_catalog *catalog, tstream_error *err)
{
	const struct {
		const char *sql;
		sqlite3_stmt **statement;
	} all[] = {{put_sql, &catalog->put},
	           {put_unknown_sql, &catalog->put_unknown},
	           {remove_sql, &catalog->remove},
	           {find_sql, &catalog->find}};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sqlite3_prepare_v3(catalog->db, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
		                       all[i].statement, NULL) != SQLITE_OK)
			return fail(catalog, err);
	return TSTREAM_OK;
}

/** SQLite would make it readable for all. */
static int make_file(const char *path, tstream_error *err)
{
	if (strcmp(path, ":memory:") == 0)
		return TSTREAM_OK;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		int code = errno == ENOSPC ? TSTREAM_ENOSPC : TSTREAM_EACCES;
		return tsi_fail(err, code, "catalogue: %s cannot be opened: %s", path, strerror(errno));
	}
	close(fd);
	return TSTREAM_OK;
}

static int open_file(tstream_catalog *catalog, const char *path, tstream_error *err)
{
	int code = make_file(path, err);
	if (code != TSTREAM_OK)
		return code;
	/* Our mutex guards it: SQLite's own need not. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &catalog->db, flags, NULL) != SQLITE_OK)
		return fail(catalog, err);
	sqlite3_busy_timeout(catalog->db, BUSY_MS);
	sqlite3_db_config(catalog->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return run(catalog, settings, err);
}

static int fill(tstream_catalog *catalog, const char *path, uint32_t flags, tstream_error *err)
{
	bool is_new = false;
	int code = open_file(catalog, path, err);
	if (code == TSTREAM_OK)
		code = check_schema(catalog, &is_new, err);
	if (code == TSTREAM_OK && tsi_catalog_words_open(catalog->db, &catalog->words) != TSTREAM_OK)
		code = tsi_fail(err, TSTREAM_ENOTSUP, "catalogue: this SQLite has no FTS5");
	if (code == TSTREAM_OK)
		code = prepare(catalog, err);
	if (code == TSTREAM_OK && is_new && !(flags & TSTREAM_CATALOG_EMPTY))
		code = tsi_catalog_import(catalog, tsi_catalog_films, strlen(tsi_catalog_films), NULL, err);
	return code;
}

int tsi_catalog_open(const char *path, uint32_t flags, tstream_catalog **out_catalog,
                     tstream_error *err)
{
	tstream_catalog *catalog = calloc(1, sizeof(*catalog));
	if (!catalog)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	atomic_init(&catalog->reference_count, 1);
	pthread_mutex_init(&catalog->mutex, NULL);
	int code = fill(catalog, path, flags, err);
	if (code == TSTREAM_OK)
		*out_catalog = catalog;
	else
		tsi_catalog_unref(catalog);
	return code;
}

tstream_catalog *tsi_catalog_ref(tstream_catalog *catalog)
{
	atomic_fetch_add(&catalog->reference_count, 1);
	return catalog;
}

void tsi_catalog_unref(tstream_catalog *catalog)
{
	if (atomic_fetch_sub(&catalog->reference_count, 1) != 1)
		return;
	tsi_catalog_words_close(catalog->words);
	sqlite3_finalize(catalog->put);
	sqlite3_finalize(catalog->put_unknown);
	sqlite3_finalize(catalog->remove);
	sqlite3_finalize(catalog->find);
	sqlite3_close(catalog->db);
	pthread_mutex_destroy(&catalog->mutex);
	free(catalog);
}

/* -- writing -------------------------------------------------------------- */

static void bind_infohash(sqlite3_stmt *statement, const tsi_infohash *infohash)
{
	if (infohash->has_v1)
		sqlite3_bind_blob(statement, 1, infohash->v1, sizeof(infohash->v1), SQLITE_STATIC);
	else
		sqlite3_bind_blob(statement, 1, infohash->v2, sizeof(infohash->v2), SQLITE_STATIC);
}

/** Run it to its end and make it ready for the next time. */
static int finish(tstream_catalog *catalog, sqlite3_stmt *statement, tstream_error *err)
{
	int code = sqlite3_step(statement) == SQLITE_DONE ? TSTREAM_OK : fail(catalog, err);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code;
}

int tsi_catalog_put_held(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                         tstream_error *err)
{
	sqlite3_stmt *put = keep_known ? catalog->put_unknown : catalog->put;
	bind_infohash(put, &row->infohash);
	sqlite3_bind_text(put, 2, row->title, -1, SQLITE_STATIC);
	sqlite3_bind_text(put, 3, row->magnet, -1, SQLITE_STATIC);
	sqlite3_bind_int64(put, 4, row->size);
	sqlite3_bind_int64(put, 5, row->category);
	sqlite3_bind_int64(put, 6, row->published_s);
	sqlite3_bind_int64(put, 7, (int64_t)time(NULL));
	return finish(catalog, put, err);
}

int tsi_catalog_put(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                    tstream_error *err)
{
	pthread_mutex_lock(&catalog->mutex);
	int code = tsi_catalog_put_held(catalog, row, keep_known, err);
	pthread_mutex_unlock(&catalog->mutex);
	return code;
}

int tsi_catalog_begin(tstream_catalog *catalog, tstream_error *err)
{
	pthread_mutex_lock(&catalog->mutex);
	int code = run(catalog, "BEGIN IMMEDIATE", err);
	if (code != TSTREAM_OK)
		pthread_mutex_unlock(&catalog->mutex);
	return code;
}

int tsi_catalog_end(tstream_catalog *catalog, int code, tstream_error *err)
{
	if (code == TSTREAM_OK)
		code = run(catalog, "COMMIT", err);
	if (code != TSTREAM_OK)
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
	pthread_mutex_unlock(&catalog->mutex);
	return code;
}

void tsi_catalog_tidy(tstream_catalog *catalog)
{
	pthread_mutex_lock(&catalog->mutex);
	/* Merges the many pieces of index that a long list has left; without it all is well, too. */
	sqlite3_exec(catalog->db, "INSERT INTO words(words) VALUES('optimize')", NULL, NULL, NULL);
	pthread_mutex_unlock(&catalog->mutex);
}

int tsi_catalog_remove(tstream_catalog *catalog, const tsi_infohash *infohash)
{
	pthread_mutex_lock(&catalog->mutex);
	bind_infohash(catalog->remove, infohash);
	int code = finish(catalog, catalog->remove, NULL);
	if (code == TSTREAM_OK && sqlite3_changes(catalog->db) == 0)
		code = TSTREAM_ENOENT;
	pthread_mutex_unlock(&catalog->mutex);
	return code;
}

int64_t tsi_catalog_count(tstream_catalog *catalog)
{
	pthread_mutex_lock(&catalog->mutex);
	int64_t count = ask_number(catalog, "SELECT count(*) FROM entries");
	pthread_mutex_unlock(&catalog->mutex);
	return count < 0 ? TSTREAM_EIO : count;
}

/* -- finding -------------------------------------------------------------- */

/** @return false if somebody else wrote into the file what cannot be meant */
static bool read_row(sqlite3_stmt *statement, tsi_catalog_row *out_row)
{
	const void *hash = sqlite3_column_blob(statement, 0);
	int size = sqlite3_column_bytes(statement, 0);
	*out_row = (tsi_catalog_row){
	    .infohash = {.has_v1 = size == 20, .has_v2 = size == 32},
	    .title = (const char *)sqlite3_column_text(statement, 1),
	    .magnet = (const char *)sqlite3_column_text(statement, 2),
	    .size = sqlite3_column_int64(statement, 3),
	    .category = (uint32_t)sqlite3_column_int64(statement, 4),
	    .published_s = sqlite3_column_int64(statement, 5),
	};
	if (!hash || !out_row->title || (size != 20 && size != 32))
		return false;
	memcpy(size == 20 ? out_row->infohash.v1 : out_row->infohash.v2, hash, (size_t)size);
	return true;
}

/** @return how many were found; negative: EIO, ENOMEM */
static int64_t find_matches(tstream_catalog *catalog, const char *expression, uint32_t limit,
                            tsi_catalog_found_fn found, void *user)
{
	int64_t count = 0;
	int step = SQLITE_ROW;
	bool goes_on = true;
	sqlite3_bind_text(catalog->find, 1, expression, -1, SQLITE_STATIC);
	sqlite3_bind_int64(catalog->find, 2, limit);
	while (goes_on && (step = sqlite3_step(catalog->find)) == SQLITE_ROW) {
		tsi_catalog_row row;
		if (read_row(catalog->find, &row))
			goes_on = found(user, &row);
		count++;
	}
	int code = code_of(step);
	sqlite3_reset(catalog->find);
	sqlite3_clear_bindings(catalog->find);
	return code == TSTREAM_OK ? count : code;
}

/** One attempt.  @return as find_matches() */
static int64_t try_words(tstream_catalog *catalog, const char *text, int last_word, uint32_t limit,
                         tsi_catalog_found_fn found, void *user)
{
	char *expression = NULL;
	int code = tsi_catalog_words_match(catalog->words, text, last_word, &expression);
	int64_t count = expression ? find_matches(catalog, expression, limit, found, user) : code;
	sqlite3_free(expression);
	return count;
}

int tsi_catalog_find(tstream_catalog *catalog, const char *text, uint32_t limit,
                     tsi_catalog_found_fn found, void *user)
{
	pthread_mutex_lock(&catalog->mutex);
	int64_t count = try_words(catalog, text, TSI_CATALOG_CHEAP_PREFIX, limit, found, user);
	if (count == 0)
		count = try_words(catalog, text, TSI_CATALOG_ANY_PREFIX, limit, found, user);
	pthread_mutex_unlock(&catalog->mutex);
	return count < 0 ? (int)count : TSTREAM_OK;
}
