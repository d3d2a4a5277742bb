/**
 * store/sql_migrate.c - bring a database's tables up to date, once, whoever comes first.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/history_adopt.h"
#include "store/sql_driver.h"

/* Any number that nobody else locks. */
#define MIGRATION_LOCK INT64_C(8390891584336884587)

static const char create_table[] =
    "CREATE TABLE tstream_migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "applied_at TIMESTAMP NOT NULL)";

/** @param out_number  the last one that was applied; 0: none */
static int find_version(tsi_sql_link *link, int64_t *out_number, tstream_error *err)
{
	static const tsi_sql_statement query = {"SELECT max(number) FROM tstream_migrations"};
	tsi_sql_rows rows = {0};

	*out_number = 0;
	int code = tsi_sql_run(link, &link->driver->tables_query, NULL, 0, &rows, err);
	if (code == TSTREAM_OK && rows.row_count > 0) {
		code = tsi_sql_run(link, &query, NULL, 0, &rows, err);
		*out_number = tsi_sql_rows_integer(&rows, 0, 0);
	}
	tsi_sql_rows_clear(&rows);
	return code;
}

static int64_t newest_number(void)
{
	return tsi_migrations[tsi_migration_count - 1].number;
}

int tsi_sql_check_version(tsi_sql_link *link, void *out_is_current, tstream_error *err)
{
	int64_t version = 0;
	int code = find_version(link, &version, err);

	*(bool *)out_is_current = version == newest_number();
	if (code == TSTREAM_OK && version > newest_number())
		code = tsi_fail(err, TSTREAM_ENOTSUP,
		                "the database is of a newer version of this library (migration %" PRId64
		                "): update the library",
		                version);
	return code;
}

static int apply(tsi_sql_link *link, const tsi_migration *migration, tstream_error *err)
{
	static const tsi_sql_statement note = {
	    "INSERT INTO tstream_migrations (number, name, applied_at) VALUES ($1, $2, $3)"};
	const tsi_sql_value values[] = {tsi_sql_integer(migration->number),
	                                tsi_sql_text(migration->name), tsi_sql_time(tsi_wall_us())};
	bool is_sqlite = link->driver == &tsi_sql_sqlite;
	int code = link->driver->script(link, is_sqlite ? migration->sqlite : migration->postgres, err);

	if (code == TSTREAM_OK)
		code = tsi_sql_run(link, &note, values, 3, NULL, err);
	if (code == TSTREAM_OK)
		tsi_log(TSTREAM_LOG_INFO, "database: applied migration %" PRId64 ", %s", migration->number,
		        migration->name);
	return code;
}

int tsi_sql_migrate(tsi_sql_link *link, void *unused, tstream_error *err)
{
	int64_t version = 0;
	bool has_other_table = false;
	int code =
	    link->driver->unbound ? link->driver->script(link, link->driver->unbound, err) : TSTREAM_OK;

	(void)unused;
	if (code == TSTREAM_OK)
		code = tsi_sql_lock(link, MIGRATION_LOCK, err);
	if (code == TSTREAM_OK)
		code = find_version(link, &version, err);
	if (code == TSTREAM_OK && version == 0)
		code = tsi_history_set_aside(link, &has_other_table, err);
	if (code == TSTREAM_OK && version == 0)
		code = link->driver->script(link, create_table, err);
	for (size_t i = 0; i < tsi_migration_count && code == TSTREAM_OK; i++) {
		if (tsi_migrations[i].number > version)
			code = apply(link, &tsi_migrations[i], err);
		if (tsi_migrations[i].number == 1 && has_other_table && code == TSTREAM_OK)
			code = tsi_history_adopt(link, err);
	}
	return code;
}
