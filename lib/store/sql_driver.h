/**
 * store/sql_driver.h - what SQLite and PostgreSQL each do behind store/sql.h.
 */
#ifndef TSI_STORE_SQL_DRIVER_H
#define TSI_STORE_SQL_DRIVER_H

#include "store/sql.h"

/** What a failure means for those who might try again. */
enum tsi_sql_fault {
	TSI_SQL_FINE,
	TSI_SQL_FAILED,   /* trying again would not help */
	TSI_SQL_CONFLICT, /* another transaction was in the way: roll back, try again */
	TSI_SQL_LOST      /* the link is dead: drop it, try again on a new one */
};

typedef struct tsi_sql_driver tsi_sql_driver;

/** Begins each driver's own struct. */
struct tsi_sql_link {
	const tsi_sql_driver *driver;
	struct tsi_sql_link *next_idle;
	int64_t deadline_us; /* of the work it is used for, as tsi_now_us() */
	enum tsi_sql_fault fault;
	bool may_be_done;
	const tsi_sql_statement *statements[TSI_SQL_MAX_STATEMENTS]; /* the slots in use */
	size_t statement_count;
};

/** One statement to run: @p slot is its own in the link, new the first time. */
typedef struct tsi_sql_call {
	const tsi_sql_statement *statement;
	size_t slot;
	bool is_new;
	const tsi_sql_value *values;
	size_t value_count;
	tsi_sql_rows *rows; /* or NULL */
} tsi_sql_call;

struct tsi_sql_driver {
	bool has_one_writer;            /* writers take turns (SQLite) */
	const char *begin;              /* a transaction that writes */
	const char *unbound;            /* lets this transaction take long; or NULL */
	tsi_sql_statement tables_query; /* is there a table tstream_migrations?  A row if so. */

	/** Is this a URL that connect() can take?  @return 0, EINVAL, ENOTSUP */
	int (*check)(const char *url, tstream_error *err);
	/** @param out_fault  what a failure means */
	int (*connect)(const char *url, const tsi_sql_options *options, int64_t deadline_us,
	               tsi_sql_link **out_link, enum tsi_sql_fault *out_fault, tstream_error *err);
	void (*disconnect)(tsi_sql_link *link);
	/* The rest set link->fault when they fail. */
	int (*run)(tsi_sql_link *link, const tsi_sql_call *call, tstream_error *err);
	/** Several statements, without parameters or rows. */
	int (*script)(tsi_sql_link *link, const char *text, tstream_error *err);
	int (*lock)(tsi_sql_link *link, int64_t key, tstream_error *err);
};

extern const tsi_sql_driver tsi_sql_sqlite;
extern const tsi_sql_driver tsi_sql_postgres;

/** Note a failure.  @return @p code */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
int tsi_sql_fail(tsi_sql_link *link, tstream_error *err, enum tsi_sql_fault fault, int code,
                 const char *format, ...);

/** Note that the call's statement has its slot from now on: once it is prepared, whatever
 *  becomes of running it. */
void tsi_sql_keep_slot(tsi_sql_link *link, const tsi_sql_call *call);

/** Milliseconds until the link's deadline, at least 0. */
int tsi_sql_left_ms(const tsi_sql_link *link);

/** Make room for one more row and count it.
 *  @return its first cell, all of them NULL; NULL if out of memory */
char **tsi_sql_rows_add(tsi_sql_rows *rows, size_t column_count);

/** Room for an integer and for a time as text. */
#define TSI_SQL_VALUE_TEXT_BYTES 32
/** A value as text: its own, or written into @p buffer. */
const char *tsi_sql_value_text(const tsi_sql_value *value, char buffer[TSI_SQL_VALUE_TEXT_BYTES]);

/** Are all migrations applied?  For tsi_sql_read(), which finds a link also while others
 *  write.  @return 0; ENOTSUP if there are more than this library knows */
int tsi_sql_check_version(tsi_sql_link *link, void *out_is_current, tstream_error *err);
/** Apply what is missing, on a link in a transaction.  For tsi_sql_write(). */
int tsi_sql_migrate(tsi_sql_link *link, void *unused, tstream_error *err);

/** A file of lib/store/migrations, made into C by cmake/migrations.cmake. */
typedef struct tsi_migration {
	int64_t number;
	const char *name;
	const char *sqlite;
	const char *postgres;
} tsi_migration;

extern const tsi_migration tsi_migrations[];
extern const size_t tsi_migration_count;

#endif
