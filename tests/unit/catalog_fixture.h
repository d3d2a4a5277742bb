/**
 * unit/catalog_fixture.h - an empty catalogue in a directory of its own, and its file as another
 * connection, of this process or not, sees it.
 */
#ifndef TEST_UNIT_CATALOG_FIXTURE_H
#define TEST_UNIT_CATALOG_FIXTURE_H

#include <sqlite3.h>

#include "session_fixture.h"
#include "store/catalog.h"
#include "store/catalog_common.h"
#include "store/catalog_file.h"
#include "store/catalog_learn.h"
#include "store/catalog_walk.h"

static char dir[64];
static char path[96];
static tstream_catalog *catalog;

static inline void open_file(uint32_t flags)
{
	tstream_error err = {0};
	ck_assert_msg(tstream_catalog_open(path, flags, &catalog, &err) == 0, "%s", err.message);
}

static inline void close_file(void)
{
	tstream_catalog_close(catalog);
	catalog = NULL;
}

static inline void setup(void)
{
	make_dir(dir);
	snprintf(path, sizeof(path), "%s/catalog.db", dir);
	open_file(TSTREAM_CATALOG_EMPTY);
}

static inline void teardown(void)
{
	close_file();
	remove_dir(dir);
}

/* -- the file, by another connection -------------------------------------- */

typedef struct other {
	sqlite3 *db;
	tsi_catalog_words *words;
	tsi_catalog_common *common;
} other;

static inline other open_other(void)
{
	other own = {0};
	ck_assert_int_eq(tsi_catalog_file_open(path, &own.db, NULL), 0);
	ck_assert_int_eq(tsi_catalog_words_open(own.db, &own.words, NULL), 0);
	ck_assert_int_eq(tsi_catalog_common_open(own.db, own.words, &own.common, NULL), 0);
	return own;
}

static inline void close_other(other *own)
{
	tsi_catalog_common_close(own->common);
	tsi_catalog_words_close(own->words);
	sqlite3_close(own->db);
}

/** As another process may do it. */
static inline void learn_elsewhere(void)
{
	other own = open_other();
	ck_assert_int_eq(tsi_catalog_learn(own.db, own.words, own.common, NULL), 0);
	close_other(&own);
}

/** The bits of a term are the list that FTS5 has of it.  @return how many entries have it */
static inline int64_t check_term(other *own, sqlite3_stmt *list, const char *term, uint32_t number)
{
	tsi_catalog_walk walk = {.term_count = 1, .terms = {number}};
	sqlite3_str *expression = sqlite3_str_new(NULL);
	int64_t id = 0;
	int64_t count = 0;
	tsi_catalog_words_add_term(expression, term);
	char *text = sqlite3_str_finish(expression);
	sqlite3_bind_text(list, 1, text, -1, SQLITE_STATIC);
	tsi_catalog_walk_start(&walk, own->common);
	for (; sqlite3_step(list) == SQLITE_ROW; count++) {
		ck_assert_int_eq(tsi_catalog_walk_next(&walk, &id), 1);
		ck_assert_int_eq(id, sqlite3_column_int64(list, 0));
	}
	ck_assert_int_eq(tsi_catalog_walk_next(&walk, &id), 0);
	sqlite3_reset(list);
	sqlite3_free(text);
	return count;
}

/** @return how many terms are common */
static inline int check_bits(void)
{
	static const char list_sql[] =
	    "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";
	other own = open_other();
	sqlite3_stmt *terms = NULL;
	sqlite3_stmt *list = NULL;
	int count = 0;
	ck_assert_int_eq(
	    tsi_catalog_prepare(own.db, "SELECT number, term FROM common_terms", &terms, NULL), 0);
	ck_assert_int_eq(tsi_catalog_prepare(own.db, list_sql, &list, NULL), 0);
	for (; sqlite3_step(terms) == SQLITE_ROW; count++)
		check_term(&own, list, (const char *)sqlite3_column_text(terms, 1),
		           (uint32_t)sqlite3_column_int64(terms, 0));
	sqlite3_finalize(terms);
	sqlite3_finalize(list);
	ck_assert_int_eq(tsi_catalog_ask_number(own.db, "SELECT count(*) FROM common_bits"
	                                                " WHERE term NOT IN"
	                                                " (SELECT number FROM common_terms)"),
	                 0);
	close_other(&own);
	return count;
}

/** Titles of these words and a number each.  @param first  of the infohashes */
static inline void import_titles(uint32_t first, uint32_t count, const char *words)
{
	size_t room = strlen(words) + 64;
	char *text = malloc(count * room);
	size_t size = 0;
	ck_assert_ptr_nonnull(text);
	for (uint32_t i = first; i < first + count; i++)
		size += (size_t)snprintf(text + size, room, "%s n%u\t%040x\n", words, i, i);
	ck_assert_int_eq(tstream_catalog_import(catalog, text, size, NULL, NULL), 0);
	free(text);
}

/** By who knows nothing of the library. */
static inline void run_sql(const char *sql)
{
	sqlite3 *db = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static inline int64_t ask(const char *sql)
{
	sqlite3 *db = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	int64_t number = tsi_catalog_ask_number(db, sql);
	sqlite3_close(db);
	return number;
}

#endif
