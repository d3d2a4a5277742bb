/**
 * What a search is made of, without threads and sockets: words, sizes, dates, secrets,
 * merging, the breaker, and answers as they lie in a cache.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/answer.h"
#include "core/breaker.h"
#include "core/lenient.h"
#include "core/secrets.h"
#include "core/words.h"
#include "search/search.h"
#include "suite.h"

#define NOW_S INT64_C(1700000000)
#define HASH "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c"

static const tsi_secrets no_secrets;

static void check_key(const char *typed, const char *text, const char *key)
{
	char *tidy_text = NULL;
	char *tidy_key = NULL;

	ck_assert_int_eq(tsi_query_tidy(typed, &tidy_text, &tidy_key, NULL), TSTREAM_OK);
	ck_assert_str_eq(tidy_text, text);
	ck_assert_str_eq(tidy_key, key);
	free(tidy_text);
	free(tidy_key);
}

START_TEST(queries_that_mean_the_same_have_one_key)
{
	check_key("  Big \t Buck\nBunny ", "Big Buck Bunny", "big buck bunny");
	check_key("CAFE\xCC\x81", "CAF\xC3\x89", "caf\xC3\xA9");
	check_key("Stra\xC3\x9F"
	          "e",
	          "Stra\xC3\x9F"
	          "e",
	          "strasse");
}
END_TEST

START_TEST(queries_that_are_nothing_are_refused)
{
	static const char *const bad[] = {"", "   ", "\x01\x02", "\xFF", "\xC0\x80"};
	char *text = NULL;
	char *key = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(tsi_query_tidy(bad[i], &text, &key, NULL), TSTREAM_EINVAL);
}
END_TEST

static int relevance(const char *query, const char *title)
{
	char *a = tsi_words_of(query);
	char *b = tsi_words_of(title);
	int points = tsi_words_relevance(a, b);

	free(a);
	free(b);
	return points;
}

START_TEST(a_title_that_fits_better_is_worth_more)
{
	static const char *const titles[] = {"Big Buck Bunny",
	                                     "big.buck.bunny.1080p",
	                                     "The big buck bunny",
	                                     "Bunny, Buck & Big",
	                                     "Big Buck",
	                                     "bigger things",
	                                     "Sintel"};

	for (size_t i = 1; i < sizeof(titles) / sizeof(titles[0]); i++)
		ck_assert_int_gt(relevance("big buck bunny", titles[i - 1]),
		                 relevance("big buck bunny", titles[i]));
	ck_assert_int_eq(relevance("big buck bunny", titles[0]), TSI_MAX_RELEVANCE);
	ck_assert_int_eq(relevance("amelie", "Am\xC3\xA9lie"), TSI_MAX_RELEVANCE);
	ck_assert_int_gt(relevance("\xE6\x98\xA0", "\xE6\x97\xA5\xE6\x98\xA0\xE7\x94\xBB"), 0);
}
END_TEST

START_TEST(sizes_are_read_as_people_write_them)
{
	ck_assert_int_eq(tsi_lenient_size("1.4 GiB"), 1503238553);
	ck_assert_int_eq(tsi_lenient_size("1,4 GB"), 1503238553);
	ck_assert_int_eq(tsi_lenient_size("1,400.5 MB"), 1468530688);
	ck_assert_int_eq(tsi_lenient_size("17 bytes"), 17);
	ck_assert_int_eq(tsi_lenient_size("700"), 700);
	ck_assert_int_eq(tsi_lenient_size("999999 PB"), -1);
	ck_assert_int_eq(tsi_lenient_size("-1"), -1);
	ck_assert_int_eq(tsi_lenient_size("GB"), -1);
	ck_assert_int_eq(tsi_lenient_size_within("At 2 MB/s; size 3 GB, 4 files"), INT64_C(3) << 30);
	ck_assert_int_eq(tsi_lenient_size_within("2024, 3 files"), -1);
}
END_TEST

START_TEST(dates_are_read_as_people_write_them)
{
	static const struct {
		const char *text;
		int64_t stamp;
	} dates[] = {{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	             {"29 Feb 2016 12:00 +0000", 1456747200},
	             {"2015-02-06T13:32:26.123-05:00", 1423247546},
	             {"Fri, 06 Feb 2015 13:32:26 PST", 1423258346},
	             {"2015/02/06 13:32", 1423229520},
	             {"31 Dec 1969", -1},
	             {"1 Foo 2015", -1},
	             {"Nov 2023", -1},
	             {"2023-11-16", -1}};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		ck_assert_int_eq(tsi_lenient_date(dates[i].text, NOW_S), dates[i].stamp);
}
END_TEST

START_TEST(character_references_are_undone_once)
{
	char text[] = "a &amp;amp; &eacute;&#233;&#xE9;&unknown; & &#; &;";

	tsi_lenient_unescape(text);
	ck_assert_str_eq(text, "a &amp; \xC3\xA9\xC3\xA9\xC3\xA9&unknown; & &#; &;");
}
END_TEST

START_TEST(secrets_are_hidden_however_they_are_written)
{
	tsi_secrets secrets = {0};
	char text[] = "key a+b/c= KEY A+B/C= a%2Bb%2Fc%3D rss 0123456789abcdef end";

	ck_assert(tsi_secrets_add(&secrets, "a+b/c="));
	ck_assert(tsi_secrets_add_url(&secrets, "https://x.example/rss/0123456789abcdef?q=film"));
	tsi_secrets_hide(&secrets, text);
	ck_assert_str_eq(text, "key ****** KEY ****** ************ rss **************** end");
	tsi_secrets_clear(&secrets);
}
END_TEST

START_TEST(only_what_looks_like_a_key_is_taken_for_one)
{
	tsi_secrets secrets = {0};
	char text[] = "television passkey verylongwordwithoutdigits tok";

	ck_assert(tsi_secrets_add_url(
	    &secrets, "http://x/television/verylongwordwithoutdigits?cat=television&token=tok"));
	tsi_secrets_hide(&secrets, text);
	ck_assert_str_eq(text, "television passkey verylongwordwithoutdigits tok");
	tsi_secrets_clear(&secrets);
}
END_TEST

static uint32_t add(tsi_merge *merge, const char *infohash, const char *magnet)
{
	tstream_found found = TSTREAM_FOUND_INIT;
	tsi_finding finding;
	uint32_t index = UINT32_MAX;

	found.title = "film";
	found.infohash = infohash;
	found.magnet = magnet;
	ck_assert_int_eq(tsi_finding_make(&found, "own", &no_secrets, &finding), TSTREAM_OK);
	ck_assert_int_eq(tsi_merge_add(merge, &finding, &index), TSTREAM_OK);
	return index;
}

START_TEST(torrents_are_merged_by_either_infohash)
{
	tsi_merge merge = {0};
	char v2[65];

	memset(v2, 'a', 64);
	v2[64] = '\0';
	ck_assert_uint_eq(add(&merge, HASH, NULL), 0);
	ck_assert_uint_eq(add(&merge, v2, NULL), 1);
	ck_assert_uint_eq(add(&merge, HASH, NULL), 0);
	ck_assert_uint_eq(merge.live_count, 2);
	ck_assert_uint_eq(add(&merge, NULL,
	                      "magnet:?xt=urn:btih:" HASH "&xt=urn:btmh:1220aaaaaaaaaaaaaaaa"
	                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	                  0);
	ck_assert_uint_eq(merge.live_count, 1);
	ck_assert_uint_eq(add(&merge, v2, NULL), 0);
	tsi_merge_clear(&merge);
}
END_TEST

START_TEST(a_list_has_an_end)
{
	tsi_merge merge = {0};
	char infohash[41];
	tstream_found found = TSTREAM_FOUND_INIT;
	tsi_finding finding;
	uint32_t index;

	for (int i = 1; i <= TSI_MERGE_MAX; i++) {
		snprintf(infohash, sizeof(infohash), "%040d", i);
		add(&merge, infohash, NULL);
	}
	found.title = "film";
	found.infohash = HASH;
	ck_assert_int_eq(tsi_finding_make(&found, "own", &no_secrets, &finding), TSTREAM_OK);
	ck_assert_int_eq(tsi_merge_add(&merge, &finding, &index), TSTREAM_ELIMIT);
	ck_assert_uint_eq(merge.live_count, TSI_MERGE_MAX);
	tsi_merge_clear(&merge);
}
END_TEST

START_TEST(an_answer_is_read_as_it_was_written)
{
	tsi_answer *answer = calloc(1, sizeof(*answer));
	tsi_answer *again = calloc(1, sizeof(*again));
	size_t size = 0;
	char *text;

	answer->provider_count = 1;
	snprintf(answer->providers[0].name, sizeof(answer->providers[0].name), "own");
	answer->providers[0].status = TSTREAM_PROVIDER_PARTIAL;
	add(&answer->merge, HASH, NULL);
	text = tsi_answer_write(answer, &answer->merge, &size);
	ck_assert_int_eq(tsi_answer_read(text, size, again), TSTREAM_OK);
	ck_assert_int_eq(again->providers[0].status, TSTREAM_PROVIDER_PARTIAL);
	ck_assert_str_eq(again->merge.items[0].finding.id, HASH);
	tsi_answer_clear(again);
	/* Nothing shorter is one. */
	for (size_t cut = 0; cut < size; cut++) {
		memset(again, 0, sizeof(*again));
		ck_assert_int_eq(tsi_answer_read(text, cut, again), TSTREAM_EINVAL);
		tsi_answer_clear(again);
	}
	tsi_answer_clear(answer);
	free(answer);
	free(again);
	free(text);
}
END_TEST

START_TEST(no_query_names_the_answer_to_another)
{
	const tsi_provider provider = {.name = "own"};
	const tsi_provider *const providers[] = {&provider};
	char *films = tsi_cache_key("film", "2000", providers, 1, false);
	char *text = NULL;
	char *folded = NULL;
	char *key;

	ck_assert_int_eq(strncmp(films, "search:film", 11), 0);
	ck_assert_int_eq(tsi_query_tidy(films + strlen("search:"), &text, &folded, NULL), TSTREAM_OK);
	key = tsi_cache_key(folded, "", providers, 1, true);
	ck_assert_str_ne(key, films);
	free(key);
	free(folded);
	free(text);
	free(films);
}
END_TEST

START_TEST(only_trackers_without_room_for_a_key_are_kept_in_caches)
{
	char *kept = tsi_params_without_secrets(
	    "&tr=udp%3a%2f%2fopen.example%3a1337%2fannounce&tr=http%3a%2f%2ft.example%2fkey%2fannounce"
	    "&tr=http%3a%2f%2ft.example%2fannounce%3fpasskey%3dx&ws=http%3a%2f%2fw.example%2f");

	ck_assert_str_eq(kept, "&tr=udp%3a%2f%2fopen.example%3a1337%2fannounce");
	free(kept);
}
END_TEST

START_TEST(a_breaker_opens_for_longer_each_time)
{
	tsi_breaker breaker = {.max_failures = 2, .base_pause_us = 10};

	tsi_breaker_fail(&breaker, false, 0, 100);
	ck_assert(!tsi_breaker_is_open(&breaker, 100));
	tsi_breaker_fail(&breaker, false, 0, 100);
	ck_assert(tsi_breaker_is_open(&breaker, 109) && !tsi_breaker_is_open(&breaker, 110));
	tsi_breaker_fail(&breaker, false, 0, 110);
	ck_assert(tsi_breaker_is_open(&breaker, 129) && !tsi_breaker_is_open(&breaker, 130));
	tsi_breaker_succeed(&breaker);
	tsi_breaker_fail(&breaker, true, 500, 200);
	ck_assert(tsi_breaker_is_open(&breaker, 699) && !tsi_breaker_is_open(&breaker, 700));
}
END_TEST

START_TEST(the_oldest_links_are_forgotten_first)
{
	tsi_links links = {0};
	char id[32];

	for (int i = 0; i < TSI_MAX_LINKS + 10; i++) {
		snprintf(id, sizeof(id), "own:%d", i);
		ck_assert_int_eq(tsi_links_put(&links, id, "http://example.org/", false, 1), TSTREAM_OK);
	}
	ck_assert_ptr_null(tsi_links_find(&links, "own:9"));
	ck_assert_ptr_nonnull(tsi_links_find(&links, "own:10"));
	ck_assert_int_eq(tsi_links_put(&links, "own:10", "again", true, 2), TSTREAM_OK);
	ck_assert_str_eq(tsi_links_find(&links, "own:10")->text, "again");
	tsi_links_clear(&links);
}
END_TEST

START_TEST(categories_hold_their_subcategories)
{
	ck_assert(tsi_category_matches(2040, "5000,2000"));
	ck_assert(tsi_category_matches(2040, "2040"));
	ck_assert(!tsi_category_matches(2030, "2040"));
	ck_assert(!tsi_category_matches(5000, "2000"));
	ck_assert(tsi_category_matches(0, "2000"));
	ck_assert(tsi_category_matches(5000, ""));
	ck_assert(!tsi_category_matches(100005, "100000"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search_core");
	TCase *tests = tcase_create("core");

	tcase_add_test(tests, queries_that_mean_the_same_have_one_key);
	tcase_add_test(tests, queries_that_are_nothing_are_refused);
	tcase_add_test(tests, a_title_that_fits_better_is_worth_more);
	tcase_add_test(tests, sizes_are_read_as_people_write_them);
	tcase_add_test(tests, dates_are_read_as_people_write_them);
	tcase_add_test(tests, character_references_are_undone_once);
	tcase_add_test(tests, secrets_are_hidden_however_they_are_written);
	tcase_add_test(tests, only_what_looks_like_a_key_is_taken_for_one);
	tcase_add_test(tests, torrents_are_merged_by_either_infohash);
	tcase_add_test(tests, a_list_has_an_end);
	tcase_add_test(tests, an_answer_is_read_as_it_was_written);
	tcase_add_test(tests, no_query_names_the_answer_to_another);
	tcase_add_test(tests, only_trackers_without_room_for_a_key_are_kept_in_caches);
	tcase_add_test(tests, a_breaker_opens_for_longer_each_time);
	tcase_add_test(tests, the_oldest_links_are_forgotten_first);
	tcase_add_test(tests, categories_hold_their_subcategories);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
