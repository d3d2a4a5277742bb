/**
 * Which terms are common: those of all titles that are there, however they came and went.
 */
#include "catalog_fixture.h"
#include "suite.h"

START_TEST(a_catalogue_that_grows_learns_what_is_common)
{
	import_titles(1, TSI_CATALOG_LEARN_ENTRIES - 1, "every title");
	ck_assert_int_eq(ask("SELECT count(*) FROM common_terms"), 0);
	import_titles(TSI_CATALOG_LEARN_ENTRIES, 1, "every title");
	/* every, eve*, ever*, every*, title, tit*, titl*, title*, and some of n1234* */
	ck_assert_int_ge(check_bits(), 8);
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), TSI_CATALOG_LEARN_ENTRIES);
	import_titles(TSI_CATALOG_LEARN_ENTRIES + 1, 10, "every title");
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), TSI_CATALOG_LEARN_ENTRIES);
	check_bits();
}
END_TEST

START_TEST(what_few_titles_have_any_more_is_common_no_longer)
{
	import_titles(1, 1000, "old fashion");
	learn_elsewhere();
	ck_assert_int_eq(ask("SELECT count(*) FROM common_terms WHERE term='fashion'"), 1);
	import_titles(1, 1000, "new style");
	learn_elsewhere();
	ck_assert_int_eq(ask("SELECT count(*) FROM common_terms WHERE term='fashion'"), 0);
	ck_assert_int_eq(ask("SELECT count(*) FROM common_terms WHERE term='style'"), 1);
	ck_assert_int_gt(check_bits(), 0);
}
END_TEST

START_TEST(an_empty_catalogue_may_be_learned_from)
{
	learn_elsewhere();
	ck_assert_int_eq(check_bits(), 0);
	import_titles(1, 1, "lonely");
	learn_elsewhere();
	ck_assert_int_gt(check_bits(), 0);
}
END_TEST

static bool is_common(const char *term)
{
	char sql[128];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM common_terms WHERE term='%s'", term);
	return ask(sql) == 1;
}

static void learned_until(int64_t id)
{
	char sql[64];
	snprintf(sql, sizeof(sql), "UPDATE common_state SET learned_id=%lld", (long long)id);
	run_sql(sql);
}

/** What is put next has the next id. */
static void go_on_from(int64_t id)
{
	char sql[192];
	other own = open_other();
	snprintf(sql, sizeof(sql),
	         "INSERT INTO entries(id, infohash, title, size, category, published_s, added_s)"
	         " VALUES(%lld, zeroblob(32), 'Somewhere', -1, 0, -1, 0)",
	         (long long)id);
	ck_assert_int_eq(tsi_catalog_run(own.db, sql, NULL), 0);
	close_other(&own);
}

START_TEST(ids_that_begin_anew_are_learned_from)
{
	learned_until(1000000);
	import_titles(1, 1, "a few");
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), 1);
	/* Fewer than have gone since are no reason. */
	learned_until(TSI_CATALOG_LEARN_ENTRIES);
	import_titles(2, 1, "a few");
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), TSI_CATALOG_LEARN_ENTRIES);
}
END_TEST

START_TEST(high_ids_do_not_keep_it_from_learning)
{
	learned_until(10000000);
	go_on_from(10000000 + 65535);
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), 10000000);
	import_titles(1, 1, "a few");
	ck_assert_int_eq(ask("SELECT learned_id FROM common_state"), 10000000 + 65536);
}
END_TEST

START_TEST(titles_on_both_sides_of_missing_ids_are_learned_from)
{
	import_titles(1, 4, "stays here");
	go_on_from(10000000);
	import_titles(5, 2500, "earlier ones");
	import_titles(3000, 2500, "later ones");
	learn_elsewhere();
	ck_assert(is_common("earlier"));
	ck_assert(is_common("later"));
	ck_assert_int_gt(check_bits(), 0);
}
END_TEST

START_TEST(long_titles_leave_room_for_later_ones)
{
	char words[900];
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	memcpy(words, "earlier ", 8);
	import_titles(1, 3000, words);
	memcpy(words, "later ", 6);
	import_titles(3001, 3000, words);
	learn_elsewhere();
	ck_assert(is_common("earlier"));
	ck_assert(is_common("later"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalog_learn");
	TCase *cases = tcase_create("learn");
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_catalogue_that_grows_learns_what_is_common);
	tcase_add_test(cases, what_few_titles_have_any_more_is_common_no_longer);
	tcase_add_test(cases, an_empty_catalogue_may_be_learned_from);
	tcase_add_test(cases, ids_that_begin_anew_are_learned_from);
	tcase_add_test(cases, high_ids_do_not_keep_it_from_learning);
	tcase_add_test(cases, titles_on_both_sides_of_missing_ids_are_learned_from);
	tcase_add_test(cases, long_titles_leave_room_for_later_ones);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
