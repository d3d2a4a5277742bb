/**
 * store/catalog_sqlite.c - the catalogue's file.
 *
 *   entries   one row a torrent
 *   words     FTS5 over their titles, kept in step by triggers
 *   common_*  which entries have the words that very many titles have (catalog_common.h)
 *
 * detail=none keeps the index small and its lists quick to walk: all that is asked is
 * which titles have all words, newest first, and SQLite stops at the limit.  Ranking
 * by bm25() would read every match, of which a common word has hundreds of thousands.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "store/catalog.h"
#include "store/catalog_common.h"
#include "store/catalog_file.h"
#include "store/catalog_learn.h"
#include "store/catalog_walk.h"
#include "store/catalog_words.h"

struct tstream_catalog {
	atomic_uint reference_count;
	pthread_mutex_t mutex; /**< the connection and its statements */
	sqlite3 *db;
	tsi_catalog_words *words;
	tsi_catalog_common *common;
	sqlite3_stmt *put;
	sqlite3_stmt *put_unknown;
	sqlite3_stmt *remove;
	sqlite3_stmt *list; /**< ids that FTS5 has for an expression */
	sqlite3_stmt *get;
};

#define INSERT_ENTRY                                                                               \
	"INSERT INTO entries(infohash, title, magnet, size, category, published_s, added_s)"           \
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(infohash) DO "

static const char put_sql[] =
    INSERT_ENTRY "UPDATE SET title=?2, magnet=?3, size=?4, category=?5, published_s=?6";
static const char put_unknown_sql[] = INSERT_ENTRY "NOTHING";
static const char remove_sql[] = "DELETE FROM entries WHERE infohash=?1";
static const char list_sql[] = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";
static const char get_sql[] = "SELECT infohash, title, magnet, size, category, published_s"
                              " FROM entries WHERE id=?1";

/* -- opening -------------------------------------------------------------- */

static int prepare(tstream_catalog *catalog, tstream_error *err)
{
	const struct {
		const char *sql;
		sqlite3_stmt **statement;
	} all[] = {{put_sql, &catalog->put},
	           {put_unknown_sql, &catalog->put_unknown},
	           {remove_sql, &catalog->remove},
	           {list_sql, &catalog->list},
	           {get_sql, &catalog->get}};
	int code = TSTREAM_OK;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == TSTREAM_OK; i++)
		code = tsi_catalog_prepare(catalog->db, all[i].sql, all[i].statement, err);
	return code;
}

/** Without it queries are slower, so that a failure is none of the caller's. */
static void learn_if_due(tstream_catalog *catalog)
{
	tstream_error why = {0};
	if (!tsi_catalog_learn_is_due(catalog->db))
		return;
	if (tsi_catalog_learn(catalog->db, catalog->words, catalog->common, &why) != TSTREAM_OK)
		tsi_log(TSTREAM_LOG_WARNING, "%s; queries are slower until it can be written", why.message);
}

static int fill(tstream_catalog *catalog, const char *path, uint32_t flags, tstream_error *err)
{
	bool is_new = false;
	int code = tsi_catalog_file_open(path, &catalog->db, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_words_open(catalog->db, &catalog->words, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_file_migrate(catalog->db, &is_new, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_common_open(catalog->db, catalog->words, &catalog->common, err);
	if (code == TSTREAM_OK)
		code = prepare(catalog, err);
	if (code == TSTREAM_OK && is_new && !(flags & TSTREAM_CATALOG_EMPTY))
		code = tsi_catalog_put_films_held(catalog, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_file_keep(catalog->db, err);
	if (code == TSTREAM_OK)
		learn_if_due(catalog);
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
	tsi_catalog_common_close(catalog->common);
	tsi_catalog_words_close(catalog->words);
	sqlite3_finalize(catalog->put);
	sqlite3_finalize(catalog->put_unknown);
	sqlite3_finalize(catalog->remove);
	sqlite3_finalize(catalog->list);
	sqlite3_finalize(catalog->get);
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
	int code = tsi_catalog_finish(catalog->db, put, err);
	return code == TSTREAM_OK ? tsi_catalog_common_spill(catalog->common, err) : code;
}

int tsi_catalog_begin(tstream_catalog *catalog, tstream_error *err)
{
	pthread_mutex_lock(&catalog->mutex);
	int code = tsi_catalog_run(catalog->db, "BEGIN IMMEDIATE", err);
	if (code == TSTREAM_OK) {
		code = tsi_catalog_common_refresh(catalog->common, err);
		if (code == TSTREAM_OK)
			return code;
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
	}
	pthread_mutex_unlock(&catalog->mutex);
	return code;
}

int tsi_catalog_end(tstream_catalog *catalog, int code, tstream_error *err)
{
	if (code == TSTREAM_OK)
		code = tsi_catalog_common_flush(catalog->common, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_run(catalog->db, "COMMIT", err);
	if (code != TSTREAM_OK) {
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
		tsi_catalog_common_drop(catalog->common);
	} else {
		learn_if_due(catalog);
	}
	pthread_mutex_unlock(&catalog->mutex);
	return code;
}

int tsi_catalog_put(tstream_catalog *catalog, const tsi_catalog_row *row, bool keep_known,
                    tstream_error *err)
{
	int code = tsi_catalog_begin(catalog, err);
	if (code != TSTREAM_OK)
		return code;
	return tsi_catalog_end(catalog, tsi_catalog_put_held(catalog, row, keep_known, err), err);
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
	int code = tsi_catalog_begin(catalog, NULL);
	if (code != TSTREAM_OK)
		return code;
	bind_infohash(catalog->remove, infohash);
	code = tsi_catalog_finish(catalog->db, catalog->remove, NULL);
	if (code == TSTREAM_OK && sqlite3_changes(catalog->db) == 0)
		code = TSTREAM_ENOENT;
	return tsi_catalog_end(catalog, code, NULL);
}

int64_t tsi_catalog_count(tstream_catalog *catalog)
{
	pthread_mutex_lock(&catalog->mutex);
	int64_t count = tsi_catalog_ask_number(catalog->db, "SELECT count(*) FROM entries");
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

/** What is asked of the file. */
typedef struct asking {
	tsi_catalog_walk walk; /**< of the terms that are common */
	char *expression;      /**< of the others; NULL: all are common */
	uint32_t limit;
	uint32_t count; /**< that were shown */
	tsi_catalog_found_fn found;
	void *user;
} asking;

/** The common ones, of which it is known who has them, and the others, which FTS5 finds. */
static int part_terms(tstream_catalog *catalog, const tsi_catalog_terms *terms, asking *out)
{
	sqlite3_str *expression = sqlite3_str_new(NULL);
	for (size_t i = 0; i < terms->count; i++) {
		const char *term = terms->terms[i];
		uint32_t number = tsi_catalog_common_find(catalog->common, term, strlen(term));
		if (number != 0)
			out->walk.terms[out->walk.term_count++] = number;
		else
			tsi_catalog_words_add_term(expression, term);
	}
	bool is_lost = sqlite3_str_errcode(expression) != SQLITE_OK;
	out->expression = sqlite3_str_finish(expression);
	tsi_catalog_walk_start(&out->walk, catalog->common);
	return is_lost ? TSTREAM_ENOMEM : TSTREAM_OK;
}

/** @return 1; 0: there is no more; EIO, ENOMEM */
static int next_id(tstream_catalog *catalog, asking *own, int64_t *out_id)
{
	int has = 0;
	if (!own->expression)
		return tsi_catalog_walk_next(&own->walk, out_id);
	while (has == 0) {
		int step = sqlite3_step(catalog->list);
		if (step != SQLITE_ROW)
			return tsi_catalog_code_of(step);
		*out_id = sqlite3_column_int64(catalog->list, 0);
		has = tsi_catalog_walk_has(&own->walk, *out_id);
	}
	return has;
}

/** @return 1; 0: no more is wanted; EIO, ENOMEM */
static int show(tstream_catalog *catalog, asking *own, int64_t id)
{
	tsi_catalog_row row;
	int goes_on = 1;
	sqlite3_bind_int64(catalog->get, 1, id);
	int step = sqlite3_step(catalog->get);
	if (step == SQLITE_ROW && read_row(catalog->get, &row)) {
		own->count++;
		goes_on = own->found(own->user, &row) && own->count < own->limit;
	}
	sqlite3_reset(catalog->get);
	int code = tsi_catalog_code_of(step);
	return code == TSTREAM_OK ? goes_on : code;
}

/** @return how many were found; negative: EIO, ENOMEM */
static int64_t find_terms(tstream_catalog *catalog, const tsi_catalog_terms *terms, asking *own)
{
	int64_t id = 0;
	int code = part_terms(catalog, terms, own);
	int goes_on = code == TSTREAM_OK && own->limit > 0 ? 1 : code;
	if (own->expression)
		sqlite3_bind_text(catalog->list, 1, own->expression, -1, SQLITE_STATIC);
	while (goes_on == 1) {
		goes_on = next_id(catalog, own, &id);
		if (goes_on == 1)
			goes_on = show(catalog, own, id);
	}
	sqlite3_reset(catalog->list);
	sqlite3_clear_bindings(catalog->list);
	sqlite3_free(own->expression);
	return goes_on < 0 ? goes_on : (int64_t)own->count;
}

/** One attempt.  @return as find_terms() */
static int64_t try_words(tstream_catalog *catalog, const char *text, int last_word, asking own)
{
	tsi_catalog_terms terms;
	int64_t count = tsi_catalog_words_of_query(catalog->words, text, last_word, &terms);
	if (count == TSTREAM_OK && terms.count > 0)
		count = find_terms(catalog, &terms, &own);
	sqlite3_free(terms.text);
	return count;
}

int tsi_catalog_find(tstream_catalog *catalog, const char *text, uint32_t limit,
                     tsi_catalog_found_fn found, void *user)
{
	const asking own = {.limit = limit, .found = found, .user = user};
	pthread_mutex_lock(&catalog->mutex);
	/* What is read of several tables is of one moment. */
	int64_t count = tsi_catalog_run(catalog->db, "BEGIN", NULL);
	if (count == TSTREAM_OK)
		count = tsi_catalog_common_refresh(catalog->common, NULL);
	if (count == TSTREAM_OK)
		count = try_words(catalog, text, TSI_CATALOG_CHEAP_PREFIX, own);
	if (count == 0)
		count = try_words(catalog, text, TSI_CATALOG_ANY_PREFIX, own);
	sqlite3_exec(catalog->db, "COMMIT", NULL, NULL, NULL);
	pthread_mutex_unlock(&catalog->mutex);
	return count < 0 ? (int)count : TSTREAM_OK;
}
