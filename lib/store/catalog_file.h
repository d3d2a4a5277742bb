/**
 * store/catalog_file.h - the catalogue's database: opened, brought to this version, asked.
 */
#ifndef TSI_STORE_CATALOG_FILE_H
#define TSI_STORE_CATALOG_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <tstream/base.h>

/** SQL function that the triggers call for each entry: its id, its title, and 1 if that is
 *  there from now on or 0 if no more.  Who writes without it, as an older library, fails. */
#define TSI_CATALOG_NOTE_FUNCTION "tstream_note_title"

/** @param out_db  sqlite3_close() it, also after an error
 *  @return 0; EACCES, ENOSPC, EINVAL, EIO, ENOMEM */
int tsi_catalog_file_open(const char *path, sqlite3 **out_db, tstream_error *err);

/** Make the tables, or those that an older version has not.  All or nothing, together with what
 *  a new file begins with: if there was something to make, a transaction is open, which
 *  tsi_catalog_file_keep() ends, and closing the connection undoes.
 *  @return 0; EINVAL (another program's file), ENOTSUP (a later version's), EIO and the like.
 *          After an error the connection is good for nothing but to be closed */
int tsi_catalog_file_migrate(sqlite3 *db, bool *out_is_new, tstream_error *err);
int tsi_catalog_file_keep(sqlite3 *db, tstream_error *err);

/** What a SQLite code means: 0 for a row or the end. */
int tsi_catalog_code_of(int sqlite_code);
/** Why the last call failed.  @return a TSTREAM_E code */
int tsi_catalog_fail(sqlite3 *db, tstream_error *err);
int tsi_catalog_run(sqlite3 *db, const char *sql, tstream_error *err);
/** A statement for the life of the connection. */
int tsi_catalog_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out_statement,
                        tstream_error *err);
/** Run it to its end and make it ready for the next time. */
int tsi_catalog_finish(sqlite3 *db, sqlite3_stmt *statement, tstream_error *err);
/** @return the number that is asked for; -1 if there is none */
int64_t tsi_catalog_ask_number(sqlite3 *db, const char *sql);

#endif
