/* What is a watch and what a probe, and where a viewer is. */
#include "suite.h"
#include "watch.h"

#include <check.h>
#include <stdlib.h>

#define MIB ((uint64_t)1024 * 1024)
#define SECOND ((int64_t)1000000)
#define FILM_SIZE (1000 * MIB)
#define FILM_US (5000 * SECOND) /* so 5 seconds a MiB */

static struct watch film;
static int64_t now_us;

static void begin_film(void)
{
	watch_init(&film, FILM_SIZE);
	now_us = SECOND;
}

/* Read on from begin for some seconds, evenly. */
static uint64_t read_for(uint64_t begin, uint64_t bytes, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		uint64_t from = begin + bytes * (uint64_t)i / (uint64_t)seconds;
		uint64_t to = begin + bytes * (uint64_t)(i + 1) / (uint64_t)seconds;
		watch_note(&film, from, to, now_us, now_us + SECOND);
		now_us += SECOND;
	}
	return begin + bytes;
}

static uint64_t read_at_once(uint64_t begin, uint64_t bytes)
{
	watch_note(&film, begin, begin + bytes, now_us, now_us + SECOND / 10);
	now_us += SECOND / 10;
	return begin + bytes;
}

static int64_t position_s(void)
{
	return watch_position_us(&film, FILM_US) / SECOND;
}

START_TEST(reading_head_and_index_is_a_probe)
{
	read_at_once(0, 5 * MIB);
	read_at_once(FILM_SIZE - 12 * MIB, 12 * MIB);
	read_at_once(3 * MIB, 6 * MIB);
	ck_assert(!watch_is_real(&film));
	ck_assert_int_eq(watch_position_us(&film, FILM_US), -1);
}
END_TEST

START_TEST(probing_again_and_again_is_no_watch)
{
	for (int i = 0; i < 20; i++) {
		read_at_once(0, 5 * MIB + (uint64_t)i);
		now_us += 60 * SECOND;
	}
	ck_assert(!watch_is_real(&film));
}
END_TEST

START_TEST(a_large_index_is_no_place_where_a_viewer_is)
{
	read_at_once(FILM_SIZE - 20 * MIB, 20 * MIB);
	ck_assert(!watch_is_real(&film));
}
END_TEST

START_TEST(a_slow_probe_is_no_watch)
{
	read_for(0, 5 * MIB, 60);
	ck_assert(!watch_is_real(&film));
}
END_TEST

START_TEST(much_read_in_one_go_is_a_watch)
{
	read_at_once(0, WATCH_ENOUGH_BYTES - 1);
	ck_assert(!watch_is_real(&film));
	read_at_once(WATCH_ENOUGH_BYTES - 1, 1);
	ck_assert(watch_is_real(&film));
}
END_TEST

START_TEST(steady_reading_is_a_watch_before_that)
{
	uint64_t at = read_for(0, WATCH_SLOW_BYTES, 9);

	ck_assert(!watch_is_real(&film));
	read_for(at, MIB, 1);
	ck_assert(watch_is_real(&film));
}
END_TEST

START_TEST(of_a_small_file_an_eighth_is_enough_if_it_takes_its_time)
{
	watch_init(&film, 8 * MIB);
	read_at_once(0, 8 * MIB);
	ck_assert(!watch_is_real(&film));
	watch_init(&film, 8 * MIB);
	read_for(0, MIB, 10);
	ck_assert(watch_is_real(&film));
}
END_TEST

START_TEST(a_player_that_reads_far_ahead_is_where_its_time_says)
{
	uint64_t at = read_at_once(0, 150 * MIB);

	read_for(at, 6 * MIB, 30);
	ck_assert_int_eq(position_s(), 30);
}
END_TEST

START_TEST(a_player_that_waits_for_bytes_is_no_further_than_those)
{
	read_for(0, 20 * MIB, 600);
	ck_assert_int_eq(position_s(), 100);
}
END_TEST

START_TEST(a_seek_moves_the_position_once_it_is_watched_from_there)
{
	read_for(0, 20 * MIB, 100);
	read_at_once(500 * MIB, 2 * MIB);
	ck_assert_int_eq(position_s(), 100);
	read_for(502 * MIB, 20 * MIB, 100);
	ck_assert_int_eq(position_s(), 2500 + 100);
}
END_TEST

START_TEST(a_seek_back_moves_it_back)
{
	read_for(400 * MIB, 20 * MIB, 100);
	ck_assert_int_eq(position_s(), 2100);
	read_for(0, 20 * MIB, 100);
	ck_assert_int_eq(position_s(), 100);
}
END_TEST

START_TEST(a_probe_while_watching_does_not_lose_the_place)
{
	uint64_t at = read_for(400 * MIB, 20 * MIB, 100);

	for (int i = 0; i < 10; i++) {
		read_at_once(0, 5 * MIB);
		read_at_once(FILM_SIZE - 3 * MIB, 3 * MIB);
	}
	ck_assert_int_eq(position_s(), 2100);
	read_for(at, 20 * MIB, 100);
	ck_assert_int_eq(position_s(), 2200);
}
END_TEST

START_TEST(a_connection_that_comes_back_goes_on)
{
	uint64_t at = read_for(0, 40 * MIB, 100);

	now_us += 60 * SECOND; /* the player lives on what it has */
	read_for(at - 4 * MIB, 20 * MIB, 40);
	ck_assert_int_eq(position_s(), 200);
}
END_TEST

START_TEST(a_long_pause_is_not_played)
{
	uint64_t at = read_for(0, 100 * MIB, 100);

	now_us += 3600 * SECOND;
	read_for(at, 20 * MIB, 100);
	ck_assert_int_eq(position_s(), 200);
}
END_TEST

START_TEST(without_a_duration_there_is_no_position)
{
	read_for(0, 20 * MIB, 100);
	ck_assert(watch_is_real(&film));
	ck_assert_int_eq(watch_position_us(&film, 0), -1);
}
END_TEST

START_TEST(a_film_resumes_where_it_was_left_unless_it_was_over)
{
	ck_assert_int_eq(watch_resume_us(10 * SECOND, 100 * SECOND), 10 * SECOND);
	ck_assert_int_eq(watch_resume_us(95 * SECOND, 100 * SECOND), 95 * SECOND);
	ck_assert_int_eq(watch_resume_us(96 * SECOND, 100 * SECOND), 0);
	ck_assert_int_eq(watch_resume_us(200 * SECOND, 100 * SECOND), 0);
	ck_assert_int_eq(watch_resume_us(10 * SECOND, 0), 10 * SECOND);
}
END_TEST

START_TEST(what_lies_outside_of_the_file_is_ignored)
{
	watch_note(&film, 0, FILM_SIZE + 1, now_us, now_us + SECOND);
	watch_note(&film, 5, 5, now_us, now_us + SECOND);
	watch_note(&film, 6, 5, now_us, now_us + SECOND);
	ck_assert(!watch_is_real(&film));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tests = tcase_create("watch");

	tcase_add_checked_fixture(tests, begin_film, NULL);
	tcase_add_test(tests, reading_head_and_index_is_a_probe);
	tcase_add_test(tests, probing_again_and_again_is_no_watch);
	tcase_add_test(tests, a_large_index_is_no_place_where_a_viewer_is);
	tcase_add_test(tests, a_slow_probe_is_no_watch);
	tcase_add_test(tests, much_read_in_one_go_is_a_watch);
	tcase_add_test(tests, steady_reading_is_a_watch_before_that);
	tcase_add_test(tests, of_a_small_file_an_eighth_is_enough_if_it_takes_its_time);
	tcase_add_test(tests, a_player_that_reads_far_ahead_is_where_its_time_says);
	tcase_add_test(tests, a_player_that_waits_for_bytes_is_no_further_than_those);
	tcase_add_test(tests, a_seek_moves_the_position_once_it_is_watched_from_there);
	tcase_add_test(tests, a_seek_back_moves_it_back);
	tcase_add_test(tests, a_probe_while_watching_does_not_lose_the_place);
	tcase_add_test(tests, a_connection_that_comes_back_goes_on);
	tcase_add_test(tests, a_long_pause_is_not_played);
	tcase_add_test(tests, without_a_duration_there_is_no_position);
	tcase_add_test(tests, a_film_resumes_where_it_was_left_unless_it_was_over);
	tcase_add_test(tests, what_lies_outside_of_the_file_is_ignored);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
