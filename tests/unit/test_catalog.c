/**
 * The catalogue: titles are found by their words, nothing typed is an operator, and what
 * was kept is there the next time.
 */
#include "catalog_fixture.h"
#include "suite.h"

#define V1_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define V1_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define V1_C "cccccccccccccccccccccccccccccccccccccccc"
#define V2_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define SINTEL "08ada5a7a6183aae1e09d831df6748d566095a10"

static int add(const char *title, const char *magnet)
{
	tstream_catalog_entry entry = TSTREAM_CATALOG_ENTRY_INIT;
	entry.title = title;
	entry.magnet = magnet;
	return tstream_catalog_add(catalog, &entry, NULL);
}

static bool note_title(void *user, const tsi_catalog_row *row)
{
	char *titles = user;
	size_t size = strlen(titles);
	snprintf(titles + size, 512 - size, "%s%s", size ? "|" : "", row->title);
	return true;
}

/** Titles with bars between, newest first. */
static const char *find(const char *text)
{
	static char titles[512];
	titles[0] = '\0';
	ck_assert_int_eq(tsi_catalog_find(catalog, text, 100, note_title, titles), 0);
	return titles;
}

/* -- finding -------------------------------------------------------------- */

static const struct {
	const char *query;
	bool is_found;
} queries[] = {
    {"big buck bunny", true},
    {"BIG BUNNY", true},
    {"bunny    big", true},
    {"buck", true},
    {"bun", true},
    {"big bun", true},
    {"1080", true},
    {"buck.bunny-2008", true},
    {"\"big\" +buck", true},
    {"bu", false},      /* too short to be a beginning */
    {"bun big", false}, /* only the last word may be one */
    {"unny", false},
    {"big bunny sintel", false},
    {"", false},
    {"!?*", false},
};

START_TEST(a_title_is_found_by_its_words)
{
	ck_assert_int_eq(add("Big.Buck.Bunny.(2008)_1080p Preservation", V1_A), 0);
	ck_assert_str_eq(find(queries[_i].query),
	                 queries[_i].is_found ? "Big.Buck.Bunny.(2008)_1080p Preservation" : "");
}
END_TEST

START_TEST(accents_and_case_do_not_matter)
{
	ck_assert_int_eq(add("Le Fabuleux Destin d'Amélie Poulain", V1_A), 0);
	ck_assert_int_eq(add("ДЕРСУ УЗАЛА", V1_B), 0);
	ck_assert_int_eq(add("Đường về nhà", V1_C), 0);
	ck_assert_str_ne(find("amelie"), "");
	ck_assert_str_ne(find("AMÉLIE POULAIN"), "");
	ck_assert_str_ne(find("дерсу узала"), "");
	ck_assert_str_eq(find("duong ve nha"), ""); /* a stroke is no accent */
	ck_assert_str_ne(find("đuong ve nha"), "");
}
END_TEST

START_TEST(beginnings_are_counted_in_letters)
{
	ck_assert_int_eq(add("Кинот", V1_A), 0);
	ck_assert_int_eq(add("Кинотеатр", V1_B), 0);
	ck_assert_int_eq(add("映画祭", V1_C), 0);
	ck_assert_str_eq(find("кинот"), "Кинотеатр|Кинот"); /* ten bytes */
	ck_assert_str_eq(find("кинотеатр"), "Кинотеатр");
	/* The index has no list of these: they are beginnings if they are no words. */
	ck_assert_str_eq(find("映画"), "映画祭");
	ck_assert_str_eq(find("映"), "映画祭");
	ck_assert_int_eq(add("映画", V2_D), 0);
	ck_assert_str_eq(find("映画"), "映画");
}
END_TEST

static const char *const operators[] = {
    "\"",
    "\"\"",
    "big OR sintel",
    "NOT big",
    "NEAR(big buck)",
    "title:big",
    "big*",
    "^big",
    "big AND",
    "(big",
    "big)",
    "{title} : big",
    "- title",
    "big + buck",
    "'; DROP TABLE entries; --",
    "\\",
    "%",
    "\x01\x02",
    "\xff\xfe",
    "\xf0\x9f\x98\x80",
    "big\" OR \"sintel",
    "a\"b*",
    "big NOT buck",
};

START_TEST(nothing_typed_is_an_operator)
{
	ck_assert_int_eq(add("Big Buck Bunny", V1_A), 0);
	ck_assert_int_eq(add("Sintel", V1_B), 0);
	ck_assert_ptr_null(strstr(find(operators[_i]), "Sintel"));
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 2);
}
END_TEST

START_TEST(words_of_operators_are_words)
{
	ck_assert_int_eq(add("Now OR Never", V1_A), 0);
	ck_assert_int_eq(add("So Near AND Yet So Far", V1_B), 0);
	ck_assert_str_eq(find("or never"), "Now OR Never");
	ck_assert_str_eq(find("near and far"), "So Near AND Yet So Far");
	ck_assert_str_eq(find("not never"), "");
}
END_TEST

START_TEST(the_newest_come_first_up_to_the_limit)
{
	char titles[512] = "";
	ck_assert_int_eq(add("film one", V1_A), 0);
	ck_assert_int_eq(add("film two", V1_B), 0);
	ck_assert_int_eq(add("film three", V1_C), 0);
	ck_assert_str_eq(find("film"), "film three|film two|film one");
	ck_assert_int_eq(tsi_catalog_find(catalog, "film", 2, note_title, titles), 0);
	ck_assert_str_eq(titles, "film three|film two");
}
END_TEST

START_TEST(very_many_words_are_as_good_as_the_first_ones)
{
	char text[2048] = "";
	for (int i = 0; i < 200; i++)
		strncat(text, i < 16 ? "word " : "other ", sizeof(text) - strlen(text) - 1);
	ck_assert_int_eq(add("word", V1_A), 0);
	ck_assert_str_eq(find(text), "word");
}
END_TEST

static bool keep_row(void *user, const tsi_catalog_row *row)
{
	*(tsi_catalog_row *)user = *row;
	ck_assert_str_eq(row->title, "Film");
	ck_assert_pstr_eq(row->magnet, "magnet:?xt=urn:btmh:1220" V2_D "&tr=udp://t.example:1");
	return true;
}

START_TEST(an_entry_comes_back_as_it_was_put)
{
	tsi_catalog_row row = {0};
	tstream_catalog_entry entry;
	tstream_catalog_entry_init(&entry);
	entry.title = "Film";
	entry.magnet = "magnet:?xt=urn:btmh:1220" V2_D "&tr=udp://t.example:1";
	entry.size = INT64_C(5000000000);
	entry.category = 2040;
	entry.published_s = 1700000000;
	ck_assert_int_eq(tstream_catalog_add(catalog, &entry, NULL), 0);
	ck_assert_int_eq(tsi_catalog_find(catalog, "film", 1, keep_row, &row), 0);
	ck_assert(row.infohash.has_v2 && !row.infohash.has_v1);
	ck_assert_int_eq(row.infohash.v2[31], 0xdd);
	ck_assert_int_eq(row.size, INT64_C(5000000000));
	ck_assert_uint_eq(row.category, 2040);
	ck_assert_int_eq(row.published_s, 1700000000);
}
END_TEST

/* -- keeping -------------------------------------------------------------- */

START_TEST(the_same_torrent_is_one_entry)
{
	ck_assert_int_eq(add("Old Name", V1_A), 0);
	ck_assert_int_eq(add("New Name", "magnet:?xt=urn:btih:" V1_A "&dn=x"), 0);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 1);
	ck_assert_str_eq(find("old"), "");
	ck_assert_str_eq(find("name"), "New Name");
}
END_TEST

START_TEST(what_is_removed_is_not_found)
{
	ck_assert_int_eq(add("Film One", V1_A), 0);
	ck_assert_int_eq(add("Film Two", V2_D), 0);
	ck_assert_int_eq(tstream_catalog_remove(catalog, V1_A), 0);
	ck_assert_int_eq(tstream_catalog_remove(catalog, V1_A), TSTREAM_ENOENT);
	ck_assert_str_eq(find("film"), "Film Two");
	ck_assert_int_eq(tstream_catalog_remove(catalog, V2_D), 0);
	ck_assert_int_eq(tstream_catalog_remove(catalog, "nonsense"), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 0);
}
END_TEST

START_TEST(a_new_catalogue_knows_some_films)
{
	close_file();
	ck_assert_int_eq(unlink(path), 0);
	open_file(0);
	ck_assert_str_eq(find("sintel"), "Sintel");
	ck_assert_str_eq(find("tears steel"), "Tears of Steel");
	ck_assert_str_eq(find("big buck"), "Big Buck Bunny");
	ck_assert_str_eq(find("cosmos"), "Cosmos Laundromat");
}
END_TEST

START_TEST(a_film_that_was_removed_stays_away)
{
	close_file();
	ck_assert_int_eq(unlink(path), 0);
	open_file(0);
	ck_assert_int_eq(tstream_catalog_remove(catalog, SINTEL), 0);
	close_file();
	open_file(0);
	ck_assert_str_eq(find("sintel"), "");
	ck_assert_str_ne(find("cosmos"), "");
}
END_TEST

START_TEST(entries_are_there_the_next_time)
{
	ck_assert_int_eq(add("Film", V1_A), 0);
	close_file();
	open_file(0);
	ck_assert_str_eq(find("film"), "Film");
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 1);
}
END_TEST

START_TEST(one_in_memory_needs_no_file)
{
	tstream_catalog *brief = NULL;
	ck_assert_int_eq(tstream_catalog_open(":memory:", 0, &brief, NULL), 0);
	ck_assert_int_eq(tstream_catalog_get_count(brief), 4);
	tstream_catalog_close(brief);
}
END_TEST

/* -- what may be put ------------------------------------------------------ */

START_TEST(titles_are_made_printable)
{
	ck_assert_int_eq(add("Line\nbreak\x07 \xe2\x80\xae"
	                     "gpj.exe",
	                     V1_A),
	                 0);
	ck_assert_ptr_null(strchr(find("gpj"), '\n'));
	ck_assert_ptr_null(strstr(find("gpj"), "\xe2\x80\xae"));
}
END_TEST

static bool copy_title(void *user, const tsi_catalog_row *row)
{
	snprintf(user, 4000, "%s", row->title);
	return true;
}

START_TEST(long_titles_are_cut_between_letters)
{
	char title[4000] = "of ";
	char found[4000] = "";
	for (size_t i = 3; i + 2 < sizeof(title); i += 2)
		memcpy(title + i, "\xc3\xa9", 3);
	ck_assert_int_eq(add(title, V1_A), 0);
	ck_assert_int_eq(tsi_catalog_find(catalog, "of", 1, copy_title, found), 0);
	/* The last byte there is room for would be the first of a letter. */
	ck_assert_uint_eq(strlen(found), TSTREAM_MAX_TITLE_BYTES - 1);
	ck_assert_mem_eq(found, title, TSTREAM_MAX_TITLE_BYTES - 1);
}
END_TEST

START_TEST(what_names_no_torrent_is_refused)
{
	tstream_catalog_entry entry = {0};
	ck_assert_int_eq(add("Film", "magnet:?dn=Film"), TSTREAM_EINVAL);
	ck_assert_int_eq(add("Film", "http://example/film.torrent"), TSTREAM_EINVAL);
	ck_assert_int_eq(add("", V1_A), TSTREAM_EINVAL);
	ck_assert_int_eq(add("\n", V1_A), TSTREAM_EINVAL);
	ck_assert_int_eq(add(NULL, V1_A), TSTREAM_EINVAL);
	ck_assert_int_eq(add("Film", NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_catalog_add(catalog, &entry, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 0);
}
END_TEST

static int import(const char *text, size_t *out_count, tstream_error *err)
{
	return tstream_catalog_import(catalog, text, strlen(text), out_count, err);
}

START_TEST(a_list_is_taken_line_by_line)
{
	size_t count = 99;
	ck_assert_int_eq(import("# a comment\n\nOne\t" V1_A "\n"
	                        "Two\t" V1_B "\t1000\t2000\t1700000000\r\n"
	                        "Three\tmagnet:?xt=urn:btih:" V1_C "\t-1\t0",
	                        &count, NULL),
	                 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(find("two"), "Two");
	ck_assert_int_eq(import("", &count, NULL), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

static const char *const bad_lines[] = {
    "Two",
    "Two\t",
    "Two\tnonsense",
    "Two\t" V1_B "\tlarge",
    "\t" V1_B,
    "Two\t" V1_B "\t-2",
    "Two\t" V1_B "\t1\t-1",
    "Two\t" V1_B "\t1\t2\t3\t4",
    "Two\t" V1_B "\t99999999999999999999",
};

START_TEST(a_bad_line_is_named_and_what_came_before_stays)
{
	char text[256];
	size_t count = 0;
	tstream_error err = {0};
	snprintf(text, sizeof(text), "One\t" V1_A "\n%s\nThree\t" V1_C "\n", bad_lines[_i]);
	ck_assert_int_eq(import(text, &count, &err), TSTREAM_EINVAL);
	ck_assert_uint_eq(count, 1);
	ck_assert_ptr_nonnull(strstr(err.message, "line 2"));
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 1);
	ck_assert_str_eq(find("one"), "One");
}
END_TEST

START_TEST(a_long_list_is_taken_whole)
{
	enum { LINES = 2500, ROOM = 80 };
	char *text = malloc((size_t)LINES * ROOM);
	size_t size = 0;
	size_t count = 0;
	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < LINES; i++)
		size += (size_t)snprintf(text + size, ROOM, "Film number %d\t%040x\n", i, i + 1);
	ck_assert_int_eq(tstream_catalog_import(catalog, text, size, &count, NULL), 0);
	free(text);
	ck_assert_uint_eq(count, LINES);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), LINES);
	ck_assert_str_eq(find("number 1234"), "Film number 1234");
}
END_TEST

/* -- torrents ------------------------------------------------------------- */

static bool see_no_key(void *user, const tsi_catalog_row *row)
{
	*(int *)user += 1;
	ck_assert_ptr_null(strstr(row->magnet, "passkey"));
	return true;
}

START_TEST(a_torrent_that_was_opened_is_found)
{
	char data_dir[64];
	make_dir(data_dir);
	tstream_session *session = open_plain(data_dir);
	tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
	ck_assert_int_eq(tstream_catalog_add_torrent(catalog, torrent, NULL), TSTREAM_EAGAIN);
	fake_engine_deliver_metadata(engine_of(torrent), &film_content);
	ck_assert_int_eq(tstream_catalog_add_torrent(catalog, torrent, NULL), 0);
	ck_assert_str_eq(find("the film"), "The Film");
	int count = 0;
	ck_assert_int_eq(tsi_catalog_find(catalog, "film", 9, see_no_key, &count), 0);
	ck_assert_int_eq(count, 1);
	/* Once more changes nothing, not even a name that was given to it. */
	ck_assert_int_eq(add("My Name for It", FILM_V1), 0);
	ck_assert_int_eq(tstream_catalog_add_torrent(catalog, torrent, NULL), 0);
	ck_assert_str_eq(find("my name"), "My Name for It");
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 1);
	tstream_session_close(session);
	ck_assert_int_eq(tstream_catalog_add_torrent(catalog, torrent, NULL), TSTREAM_ECANCELED);
	tstream_torrent_unref(torrent);
	remove_dir(data_dir);
}
END_TEST

static void *add_and_find(void *user)
{
	char magnet[TSTREAM_INFOHASH_BYTES];
	char titles[512];
	for (int i = 0; i < 50; i++) {
		snprintf(magnet, sizeof(magnet), "%040x", *(int *)user * 1000 + i + 1);
		ck_assert_int_eq(add("Shared Film", magnet), 0);
		titles[0] = '\0';
		ck_assert_int_eq(tsi_catalog_find(catalog, "shared", 3, note_title, titles), 0);
		ck_assert_str_ne(titles, "");
	}
	return NULL;
}

START_TEST(many_threads_use_it_at_once)
{
	pthread_t threads[4];
	int numbers[4] = {0, 1, 2, 3};
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, add_and_find, &numbers[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(tstream_catalog_get_count(catalog), 200);
}
END_TEST

static void add_finding(Suite *suite)
{
	TCase *finding = tcase_create("finding");
	tcase_add_checked_fixture(finding, setup, teardown);
	tcase_add_loop_test(finding, a_title_is_found_by_its_words, 0,
	                    sizeof(queries) / sizeof(queries[0]));
	tcase_add_test(finding, accents_and_case_do_not_matter);
	tcase_add_test(finding, beginnings_are_counted_in_letters);
	tcase_add_loop_test(finding, nothing_typed_is_an_operator, 0,
	                    sizeof(operators) / sizeof(operators[0]));
	tcase_add_test(finding, words_of_operators_are_words);
	tcase_add_test(finding, the_newest_come_first_up_to_the_limit);
	tcase_add_test(finding, very_many_words_are_as_good_as_the_first_ones);
	tcase_add_test(finding, an_entry_comes_back_as_it_was_put);
	suite_add_tcase(suite, finding);
}

static void add_keeping(Suite *suite)
{
	TCase *keeping = tcase_create("keeping");
	tcase_set_timeout(keeping, 60);
	tcase_add_checked_fixture(keeping, setup, teardown);
	tcase_add_test(keeping, the_same_torrent_is_one_entry);
	tcase_add_test(keeping, what_is_removed_is_not_found);
	tcase_add_test(keeping, a_new_catalogue_knows_some_films);
	tcase_add_test(keeping, a_film_that_was_removed_stays_away);
	tcase_add_test(keeping, entries_are_there_the_next_time);
	tcase_add_test(keeping, one_in_memory_needs_no_file);
	tcase_add_test(keeping, titles_are_made_printable);
	tcase_add_test(keeping, long_titles_are_cut_between_letters);
	tcase_add_test(keeping, what_names_no_torrent_is_refused);
	tcase_add_test(keeping, a_list_is_taken_line_by_line);
	tcase_add_loop_test(keeping, a_bad_line_is_named_and_what_came_before_stays, 0,
	                    sizeof(bad_lines) / sizeof(bad_lines[0]));
	tcase_add_test(keeping, a_long_list_is_taken_whole);
	tcase_add_test(keeping, a_torrent_that_was_opened_is_found);
	tcase_add_test(keeping, many_threads_use_it_at_once);
	suite_add_tcase(suite, keeping);
}

int main(void)
{
	Suite *suite = suite_create("catalog");
	add_finding(suite);
	add_keeping(suite);
	return suite_run(suite);
}
