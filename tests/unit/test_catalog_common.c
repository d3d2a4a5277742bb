/**
 * What very many titles have: it is found as a scan of all titles finds it, after whatever was
 * put, changed, removed, undone or killed.
 */
#include <signal.h>
#include <sys/wait.h>

#include "catalog_fixture.h"
#include "random.h"
#include "suite.h"

/* More than a block of them. */
#define MAX_ENTRIES 6000
#define MAX_TITLE_WORDS 6
#define LIMIT 500

/* -- titles, and a scan of them ------------------------------------------- */

/* Beginnings of each other, in scripts of one, two and three bytes a letter. */
static const char *const vocabulary[] = {
    "the",
    "them",
    "theme",
    "web",
    "webdl",
    "1080p",
    "720p",
    "2160p",
    "commentary",
    "commentaries",
    "a",
    "ab",
    "abc",
    "abcd",
    "кино",
    "кинотеатр",
    "映画",
    "映画祭",
    "documentaryfilm",
    "rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz",
    "rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetze",
};
#define VOCABULARY (sizeof(vocabulary) / sizeof(vocabulary[0]))
/* Besides, w0 to w399, which few titles have. */
#define RARE_WORDS 400

typedef struct model_entry {
	bool is_there;
	char title[256];
} model_entry;

static uint64_t random_state;
static model_entry *model;
static uint32_t entry_count; /**< entry i has infohash i + 1 */

static void add_word(char *text, size_t capacity, const char *word)
{
	size_t size = strlen(text);
	snprintf(text + size, capacity - size, "%s%s", size ? " " : "", word);
}

static void add_any_word(char *text, size_t capacity)
{
	char rare[16];
	uint64_t number = random_below(&random_state, VOCABULARY + 4);
	snprintf(rare, sizeof(rare), "w%u", (unsigned)random_below(&random_state, RARE_WORDS));
	add_word(text, capacity, number < VOCABULARY ? vocabulary[number] : rare);
}

static void make_title(char out_title[256])
{
	uint64_t count = 1 + random_below(&random_state, MAX_TITLE_WORDS);
	out_title[0] = '\0';
	for (uint64_t i = 0; i < count && strlen(out_title) < 120; i++)
		add_any_word(out_title, 256);
}

/** Whether a title has a word, or one that begins so. */
static bool has_word(const char *title, const char *word, size_t size, bool is_beginning)
{
	for (const char *at = title; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		if (length >= size && memcmp(at, word, size) == 0 && (is_beginning || length == size))
			return true;
		at += length;
	}
	return false;
}

/** FTS5 has lists of beginnings of three to eight letters. */
static bool is_listed(const char *word)
{
	size_t letters = 0;
	for (; *word; word++)
		letters += ((unsigned char)*word & 0xc0) != 0x80;
	return letters >= 3 && letters <= 8;
}

static bool has_all(const char *title, const char *query, bool may_begin)
{
	for (const char *at = query; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		bool is_last = at[length] == '\0';
		if (!has_word(title, at, length, is_last && may_begin && length >= 3))
			return false;
		at += length;
	}
	return true;
}

static const char *last_word(const char *query)
{
	const char *space = strrchr(query, ' ');
	return space ? space + 1 : query;
}

/** Numbers of entries, newest first. */
typedef struct found_list {
	uint32_t count;
	uint32_t entries[LIMIT];
} found_list;

static void scan_once(const char *query, bool may_begin, found_list *out_list)
{
	for (uint32_t i = entry_count; i-- > 0 && out_list->count < LIMIT;)
		if (model[i].is_there && has_all(model[i].title, query, may_begin))
			out_list->entries[out_list->count++] = i;
}

static void scan(const char *query, found_list *out_list)
{
	out_list->count = 0;
	scan_once(query, is_listed(last_word(query)), out_list);
	if (out_list->count == 0)
		scan_once(query, true, out_list);
}

static bool note_found(void *user, const tsi_catalog_row *row)
{
	found_list *list = user;
	const uint8_t *v1 = row->infohash.v1;
	uint32_t number = (uint32_t)v1[17] << 16 | (uint32_t)v1[18] << 8 | v1[19];
	ck_assert_uint_lt(list->count, LIMIT);
	ck_assert_str_eq(row->title, model[number - 1].title);
	list->entries[list->count++] = number - 1;
	return true;
}

static void make_query(char out_query[512])
{
	uint64_t count =
	    1 + random_below(&random_state, 3 + 12 * (random_next(&random_state) % 8 == 0));
	out_query[0] = '\0';
	for (uint64_t i = 0; i < count; i++)
		add_any_word(out_query, 400);
	/* The last word is cut, between letters. */
	size_t size = strlen(out_query);
	for (uint64_t cut = random_below(&random_state, 8); cut > 0 && strlen(last_word(out_query)) > 3;
	     cut--) {
		do
			size--;
		while (((unsigned char)out_query[size] & 0xc0) == 0x80);
		out_query[size] = '\0';
	}
}

static void compare_with_scan(const char *query)
{
	static found_list expected;
	static found_list found;
	scan(query, &expected);
	found.count = 0;
	ck_assert_int_eq(tsi_catalog_find(catalog, query, LIMIT, note_found, &found), 0);
	ck_assert_msg(found.count == expected.count, "%s: %u, not %u", query, found.count,
	              expected.count);
	ck_assert_mem_eq(found.entries, expected.entries, found.count * sizeof(uint32_t));
}

static void compare_some(int count)
{
	char query[512];
	for (int i = 0; i < count; i++) {
		make_query(query);
		compare_with_scan(query);
	}
}

/* -- random changes ------------------------------------------------------- */

static int put_held(uint32_t number, const char *title)
{
	tsi_catalog_row row = {.title = title, .size = -1, .published_s = -1};
	row.infohash.has_v1 = true;
	row.infohash.v1[17] = (uint8_t)((number + 1) >> 16);
	row.infohash.v1[18] = (uint8_t)((number + 1) >> 8);
	row.infohash.v1[19] = (uint8_t)(number + 1);
	return tsi_catalog_put_held(catalog, &row, false, NULL);
}

/** A new one, or another title for one that is there. */
static void change_one(bool is_kept)
{
	char title[256];
	bool is_new = entry_count < MAX_ENTRIES && random_below(&random_state, 4) != 0;
	uint32_t number = is_new ? entry_count : (uint32_t)random_below(&random_state, entry_count);
	if (!is_new && !model[number].is_there)
		return;
	make_title(title);
	ck_assert_int_eq(put_held(number, title), 0);
	if (!is_kept)
		return;
	entry_count += is_new;
	model[number].is_there = true;
	strcpy(model[number].title, title);
}

static void change_many(int count, bool is_kept)
{
	ck_assert_int_eq(tsi_catalog_begin(catalog, NULL), 0);
	for (int i = 0; i < count; i++)
		change_one(is_kept);
	ck_assert_int_eq(tsi_catalog_end(catalog, is_kept ? 0 : TSTREAM_EIO, NULL),
	                 is_kept ? 0 : TSTREAM_EIO);
}

/** Never the newest, whose id SQLite would give to the next one: the model counts on ids. */
static void remove_some(int count)
{
	char digits[TSTREAM_INFOHASH_BYTES];
	for (int i = 0; i < count; i++) {
		uint32_t number = (uint32_t)random_below(&random_state, entry_count - 1);
		snprintf(digits, sizeof(digits), "%040x", number + 1);
		ck_assert_int_eq(tstream_catalog_remove(catalog, digits),
		                 model[number].is_there ? 0 : TSTREAM_ENOENT);
		model[number].is_there = false;
	}
}

START_TEST(what_is_found_is_what_a_scan_finds)
{
	random_state = (uint64_t)_i;
	model = calloc(MAX_ENTRIES, sizeof(*model));
	entry_count = 0;
	ck_assert_ptr_nonnull(model);
	change_many(3000, true);
	for (int round = 0; round < 3; round++) {
		learn_elsewhere();
		change_many(900, true);
		change_many(50, false);
		remove_some(60);
		compare_some(30);
	}
	ck_assert_int_gt(check_bits(), 20);
	tstream_catalog_close(catalog);
	open_file(TSTREAM_CATALOG_EMPTY);
	compare_some(20);
	free(model);
}
END_TEST

/* -- terms and their rows ------------------------------------------------- */

/** When the terms are about to be read, there are more of them than were counted. */
static int add_terms(unsigned kind, void *user, void *statement, void *text)
{
	(void)kind;
	(void)user;
	(void)statement;
	if (strncmp(text, "SELECT number", strlen("SELECT number")) == 0)
		run_sql("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM numbers"
		        " WHERE n<100) INSERT INTO common_terms(term) SELECT 'word'||n FROM numbers");
	return 0;
}

START_TEST(no_more_terms_are_read_than_there_is_room_for)
{
	other own = open_other();
	sqlite3_trace_v2(own.db, SQLITE_TRACE_STMT, add_terms, NULL);
	run_sql("INSERT INTO common_terms(term) VALUES('first')");
	ck_assert_int_eq(tsi_catalog_common_refresh(own.common, NULL), 0);
	ck_assert_uint_eq(tsi_catalog_common_find(own.common, "first", 5), 1);
	ck_assert_uint_eq(tsi_catalog_common_find(own.common, "none", 4), 0);
	close_other(&own);
}
END_TEST

START_TEST(no_terms_are_read_outside_of_a_transaction)
{
	run_sql("INSERT INTO common_terms(term) VALUES('first')");
	other own = open_other();
	ck_assert_uint_eq(tsi_catalog_common_find(own.common, "first", 5), 0);
	close_other(&own);
}
END_TEST

START_TEST(blocks_without_titles_take_no_room)
{
	char digits[TSTREAM_INFOHASH_BYTES];
	import_titles(1, 200, "every title");
	learn_elsewhere();
	ck_assert_int_gt(ask("SELECT count(*) FROM common_bits"), 0);
	for (unsigned i = 1; i <= 200; i++) {
		snprintf(digits, sizeof(digits), "%040x", i);
		ck_assert_int_eq(tstream_catalog_remove(catalog, digits), 0);
	}
	ck_assert_int_eq(ask("SELECT count(*) FROM common_bits"), 0);
	import_titles(1, 1, "every title");
	ck_assert_int_gt(check_bits(), 0);
}
END_TEST

/* -- files ---------------------------------------------------------------- */

/* As the first version of the library made it, with two films. */
static const char first_version[] =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE entries(id INTEGER PRIMARY KEY, infohash BLOB NOT NULL UNIQUE,"
    " title TEXT NOT NULL, magnet TEXT, size INTEGER NOT NULL, category INTEGER NOT NULL,"
    " published_s INTEGER NOT NULL, added_s INTEGER NOT NULL);"
    "CREATE VIRTUAL TABLE words USING fts5(title, content='entries', content_rowid='id',"
    " detail=none, columnsize=0, prefix='3 4 5 6 7 8',"
    " tokenize=\"unicode61 remove_diacritics 2\");"
    "CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title); END;"
    "CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title); END;"
    "CREATE TRIGGER entry_changed AFTER UPDATE OF title ON entries BEGIN"
    " INSERT INTO words(words, rowid, title) VALUES('delete', old.id, old.title);"
    " INSERT INTO words(rowid, title) VALUES(new.id, new.title); END;"
    "PRAGMA application_id=0x74737463;"
    "PRAGMA user_version=1;"
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM numbers WHERE n<%d)"
    " INSERT INTO entries(infohash, title, size, category, published_s, added_s)"
    " SELECT CAST(printf('%%020d', n) AS BLOB), 'Old Film number '||n, -1, 0, -1, 0 FROM numbers;";

static void make_first_version(int entries)
{
	sqlite3 *db = NULL;
	char *sql = sqlite3_mprintf(first_version, entries);
	tstream_catalog_close(catalog);
	catalog = NULL;
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	sqlite3_free(sql);
}

static bool count_row(void *user, const tsi_catalog_row *row)
{
	*(int *)user += row->title != NULL;
	return true;
}

static int count_found(const char *query)
{
	int count = 0;
	ck_assert_int_eq(tsi_catalog_find(catalog, query, LIMIT, count_row, &count), 0);
	return count;
}

START_TEST(a_file_of_the_first_version_goes_on)
{
	make_first_version(100);
	open_file(TSTREAM_CATALOG_EMPTY);
	ck_assert_int_eq(ask("PRAGMA user_version"), 2);
	ck_assert_int_eq(ask("SELECT count(*) FROM common_terms"), 0);
	import_titles(1, 1, "New Film");
	ck_assert_int_eq(count_found("film"), 101);
	learn_elsewhere();
	ck_assert_int_eq(count_found("film"), 101);
	ck_assert_int_eq(count_found("old film"), 100);
	ck_assert_int_gt(check_bits(), 0);
	tstream_catalog_close(catalog);
	open_file(TSTREAM_CATALOG_EMPTY);
	ck_assert_int_eq(count_found("film new"), 1);
}
END_TEST

START_TEST(a_large_file_of_the_first_version_learns_when_it_is_opened)
{
	make_first_version(TSI_CATALOG_LEARN_ENTRIES);
	open_file(TSTREAM_CATALOG_EMPTY);
	ck_assert_int_ge(check_bits(), 8);
	ck_assert_int_eq(count_found("film old"), LIMIT);
}
END_TEST

START_TEST(who_does_not_know_of_the_bits_cannot_write)
{
	sqlite3 *db = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_ne(sqlite3_exec(db,
	                              "INSERT INTO entries(infohash, title, size, category,"
	                              " published_s, added_s)"
	                              " VALUES(zeroblob(20), 'Film', -1, 0, -1, 0)",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 0);
}
END_TEST

/** Puts and learns until it is killed. */
static void write_for_ever(int ready)
{
	open_file(TSTREAM_CATALOG_EMPTY);
	const uint32_t count = 400;
	for (uint32_t i = 1;; i++) {
		import_titles(i * count, count, i % 2 ? "every title of" : "these titles for");
		learn_elsewhere();
		if (write(ready, "", 1) != 1)
			_exit(1);
	}
}

START_TEST(a_kill_leaves_the_bits_as_the_titles_are)
{
	int ready[2];
	char byte;
	tstream_catalog_close(catalog);
	catalog = NULL;
	ck_assert_int_eq(pipe(ready), 0);
	pid_t writer = fork();
	if (writer == 0) {
		close(ready[0]);
		write_for_ever(ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i <= _i; i++)
		ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	/* In the midst of something. */
	nanosleep(&(struct timespec){.tv_nsec = 2700000L * _i}, NULL);
	kill(writer, SIGKILL);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
	close(ready[0]);
	open_file(TSTREAM_CATALOG_EMPTY);
	ck_assert_int_gt(check_bits(), 0);
	import_titles(1, 100, "every title");
	check_bits();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalog_common");
	TCase *cases = tcase_create("common");
	tcase_set_timeout(cases, 120);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, what_is_found_is_what_a_scan_finds, 1, 2);
	tcase_add_test(cases, no_more_terms_are_read_than_there_is_room_for);
	tcase_add_test(cases, no_terms_are_read_outside_of_a_transaction);
	tcase_add_test(cases, blocks_without_titles_take_no_room);
	tcase_add_test(cases, a_file_of_the_first_version_goes_on);
	tcase_add_test(cases, a_large_file_of_the_first_version_learns_when_it_is_opened);
	tcase_add_test(cases, who_does_not_know_of_the_bits_cannot_write);
	tcase_add_loop_test(cases, a_kill_leaves_the_bits_as_the_titles_are, 0, 2);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
