/**
 * The catalogue's file: private, made whole or not at all, shared with other programs; another
 * program's is left as it is, and a damaged one is an error.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "catalog_fixture.h"
#include "suite.h"

#define FILMS 4

/** @return what another process has of it.  By a pipe: as an exit status valgrind would give its
 *  own, for the catalogue that the child leaves open. */
static int in_a_child(int (*act)(void))
{
	int answer[2];
	int code = 0;
	ck_assert_int_eq(pipe(answer), 0);
	pid_t child = fork();
	if (child == 0) {
		code = act();
		_exit(write(answer[1], &code, sizeof(code)) != sizeof(code));
	}
	close(answer[1]);
	ck_assert_int_eq(read(answer[0], &code, sizeof(code)), sizeof(code));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	close(answer[0]);
	return code;
}

/* -- whose it is ---------------------------------------------------------- */

START_TEST(the_file_is_private)
{
	struct stat status;
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0600);
}
END_TEST

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/** @param out_size  at most that of @p bytes */
static void read_file(char bytes[65536], size_t *out_size)
{
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	*out_size = fread(bytes, 1, 65536, file);
	fclose(file);
}

static void check_that_it_is_left_alone(tstream_error *err)
{
	static char before[65536];
	static char after[65536];
	size_t size_before = 0;
	size_t size_after = 0;
	read_file(before, &size_before);
	ck_assert_int_eq(tstream_catalog_open(path, 0, &catalog, err), TSTREAM_EINVAL);
	ck_assert_ptr_null(catalog);
	read_file(after, &size_after);
	ck_assert_uint_eq(size_after, size_before);
	ck_assert_mem_eq(after, before, size_before);
}

START_TEST(a_file_of_something_else_is_left_alone)
{
	tstream_error err = {0};
	close_file();
	write_file("This is a letter to a friend, and certainly no database at all.\n");
	check_that_it_is_left_alone(&err);
	ck_assert_int_eq(unlink(path), 0);
	run_sql("CREATE TABLE others(id)");
	check_that_it_is_left_alone(&err);
	ck_assert_ptr_nonnull(strstr(err.message, "another program"));
	run_sql("PRAGMA user_version=1");
	check_that_it_is_left_alone(&err);
	run_sql("INSERT INTO others VALUES(1)");
}
END_TEST

START_TEST(a_file_of_a_later_library_is_refused)
{
	tstream_error err = {0};
	close_file();
	run_sql("PRAGMA user_version=3");
	ck_assert_int_eq(tstream_catalog_open(path, 0, &catalog, &err), TSTREAM_ENOTSUP);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_an_error)
{
	tstream_error err = {0};
	close_file();
	ck_assert_int_eq(tstream_catalog_open("/nowhere/at/all", 0, &catalog, &err), TSTREAM_EACCES);
	ck_assert_ptr_nonnull(strstr(err.message, "/nowhere/at/all"));
	ck_assert_int_eq(tstream_catalog_open("", 0, &catalog, &err), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_catalog_open(path, 64, &catalog, &err), TSTREAM_EINVAL);
}
END_TEST

/** As a user who may only read it: root, who may write everything, becomes nobody. */
static int open_as_nobody(void)
{
	if (geteuid() == 0 && setuid(65534) != 0)
		return TSTREAM_EACCES; /* this root may not, and nothing can be seen here */
	return tstream_catalog_open(path, 0, &catalog, NULL);
}

START_TEST(a_file_that_may_only_be_read_is_an_error)
{
	close_file();
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(in_a_child(open_as_nobody), TSTREAM_EACCES);
}
END_TEST

/* -- made by one of many -------------------------------------------------- */

static int is_locked_for_others(void)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(open(path, O_RDWR), F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

START_TEST(opening_it_once_more_drops_no_locks)
{
	tstream_catalog *again = NULL;
	ck_assert_int_eq(in_a_child(is_locked_for_others), 1);
	ck_assert_int_eq(tstream_catalog_open(path, 0, &again, NULL), 0);
	ck_assert_int_eq(in_a_child(is_locked_for_others), 1);
	tstream_catalog_close(again);
	ck_assert_int_eq(in_a_child(is_locked_for_others), 1);
}
END_TEST

/** Begin with no file. */
static void open_new(sqlite3 **out_db)
{
	close_file();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(tsi_catalog_file_open(path, out_db, NULL), 0);
}

/** When this is about to be asked, somebody else makes the file. */
static const char *const moments[] = {"sqlite_schema", "PRAGMA journal_mode", "BEGIN IMMEDIATE"};

static int make_it_first(unsigned kind, void *moment, void *statement, void *text)
{
	(void)kind;
	(void)statement;
	if (!catalog && strstr(text, moment))
		open_file(0);
	return 0;
}

START_TEST(who_comes_second_takes_what_the_first_has_made)
{
	sqlite3 *db = NULL;
	tstream_error err = {0};
	bool is_new = true;
	open_new(&db);
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, make_it_first, (void *)moments[_i]);
	ck_assert_msg(tsi_catalog_file_migrate(db, &is_new, &err) == 0, "%s", err.message);
	ck_assert(!is_new);
	ck_assert_ptr_nonnull(catalog);
	ck_assert_int_eq(tsi_catalog_ask_number(db, "SELECT count(*) FROM entries"), FILMS);
	sqlite3_close(db);
}
END_TEST

/** Somebody else begins to write when the log is about to be set, and ends before the next try. */
static int write_meanwhile(unsigned kind, void *writer, void *statement, void *text)
{
	(void)kind;
	(void)statement;
	if (strcmp(text, "PRAGMA journal_mode=WAL") == 0)
		sqlite3_exec(writer, sqlite3_get_autocommit(writer) ? "BEGIN IMMEDIATE" : "COMMIT", NULL,
		             NULL, NULL);
	return 0;
}

START_TEST(who_finds_a_new_one_locked_tries_again)
{
	sqlite3 *db = NULL;
	sqlite3 *writer = NULL;
	bool is_new = false;
	open_new(&db);
	ck_assert_int_eq(sqlite3_open(path, &writer), SQLITE_OK);
	sqlite3_busy_timeout(db, 0);
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, write_meanwhile, writer);
	ck_assert_int_eq(tsi_catalog_file_migrate(db, &is_new, NULL), 0);
	ck_assert(is_new);
	sqlite3_close(writer);
	sqlite3_close(db);
}
END_TEST

START_TEST(a_new_one_is_new_until_the_films_are_in_it)
{
	sqlite3 *db = NULL;
	bool is_new = false;
	open_new(&db);
	ck_assert_int_eq(tsi_catalog_file_migrate(db, &is_new, NULL), 0);
	ck_assert(is_new);
	sqlite3_close(db);
	open_file(0);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), FILMS);
}
END_TEST

static void refuse(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
	(void)argument_count;
	(void)arguments;
	sqlite3_result_error(context, "no such function", -1);
}

/** As SQLite is when it was built without it. */
static int take_fts5_away(sqlite3 *db, char **out_message, const void *api)
{
	(void)out_message;
	(void)api;
	sqlite3_drop_modules(db, NULL);
	return sqlite3_create_function(db, "fts5", 1, SQLITE_UTF8, NULL, refuse, NULL, NULL);
}

START_TEST(without_fts5_there_is_no_catalogue)
{
	tstream_error err = {0};
	struct stat status;
	close_file();
	ck_assert_int_eq(unlink(path), 0);
	sqlite3_auto_extension((void (*)(void))take_fts5_away);
	int code = tstream_catalog_open(path, 0, &catalog, &err);
	sqlite3_reset_auto_extension();
	ck_assert_int_eq(code, TSTREAM_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.message, "FTS5"));
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_size, 0);
}
END_TEST

/* -- damaged -------------------------------------------------------------- */

static bool count_row(void *user, const tsi_catalog_row *row)
{
	*(int *)user += row->title != NULL;
	return true;
}

START_TEST(what_cannot_be_read_is_an_error)
{
	static const char damage[512] = {'\x7f'};
	int count = 0;
	import_titles(1, 3, "Film");
	int64_t page = ask("SELECT rootpage FROM sqlite_schema WHERE name='entries'");
	int64_t page_size = ask("PRAGMA page_size");
	close_file();
	int fd = open(path, O_RDWR);
	ck_assert_int_eq(pwrite(fd, damage, sizeof(damage), (page - 1) * page_size), sizeof(damage));
	close(fd);
	open_file(0);
	ck_assert_int_eq(tsi_catalog_find(catalog, "film", 9, count_row, &count), TSTREAM_EIO);
	ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(entries_of_nobody_take_no_place)
{
	int count = 0;
	import_titles(1, 3, "Film");
	run_sql("UPDATE entries SET infohash=x'00' WHERE id=3");
	ck_assert_int_eq(tsi_catalog_find(catalog, "film", 2, count_row, &count), 0);
	ck_assert_int_eq(count, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalog_file");
	TCase *cases = tcase_create("file");
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, the_file_is_private);
	tcase_add_test(cases, a_file_of_something_else_is_left_alone);
	tcase_add_test(cases, a_file_of_a_later_library_is_refused);
	tcase_add_test(cases, a_directory_that_is_not_there_is_an_error);
	tcase_add_test(cases, a_file_that_may_only_be_read_is_an_error);
	tcase_add_test(cases, opening_it_once_more_drops_no_locks);
	tcase_add_loop_test(cases, who_comes_second_takes_what_the_first_has_made, 0,
	                    sizeof(moments) / sizeof(moments[0]));
	tcase_add_test(cases, who_finds_a_new_one_locked_tries_again);
	tcase_add_test(cases, a_new_one_is_new_until_the_films_are_in_it);
	tcase_add_test(cases, without_fts5_there_is_no_catalogue);
	tcase_add_test(cases, what_cannot_be_read_is_an_error);
	tcase_add_test(cases, entries_of_nobody_take_no_place);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
