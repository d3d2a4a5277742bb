/**
 * A large answer is read beside the search's thread: whoever else has answered is heard, and
 * a search can be cancelled and closed meanwhile.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "search/reading.h"
#include "search/search.h"
#include "suite.h"

#define LARGE_BYTES ((size_t)1 << 20)
#define PATIENCE_US INT64_C(20000000)

/* Reading ends when the test says so. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_open;
static bool is_begun;
static bool is_whole;

static tstream_search *search;
static tstream_query *query;

static void say(bool *what)
{
	pthread_mutex_lock(&mutex);
	*what = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void wait_for(const bool *what)
{
	pthread_mutex_lock(&mutex);
	while (!*what)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void give(tstream_request *request, const char *infohash)
{
	tstream_found found = TSTREAM_FOUND_INIT;

	found.title = "film";
	found.infohash = infohash;
	tstream_request_add(request, &found);
}

static void read_slowly(tstream_request *request, const tsi_http_outcome *outcome)
{
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_OK};

	/* Assertions are for the thread of the test. */
	is_whole = outcome->body_size == LARGE_BYTES && !strcmp(outcome->content_type, "text/xml");
	say(&is_begun);
	wait_for(&is_open);
	give(request, "1111111111111111111111111111111111111111");
	tsi_web_finish(request, &verdict);
}

static void search_large(void *user, tstream_request *request)
{
	char *body = calloc(1, LARGE_BYTES);
	tsi_http_outcome outcome = {
	    .status = 200, .content_type = "text/xml", .body = body, .body_size = LARGE_BYTES};

	(void)user;
	tsi_reading_start(request, tsi_reading_make(&outcome), read_slowly);
	free(body);
}

static void search_small(void *user, tstream_request *request)
{
	(void)user;
	give(request, "2222222222222222222222222222222222222222");
	tstream_request_finish(request, TSTREAM_PROVIDER_OK, 0, NULL);
}

static void setup(void)
{
	const tstream_provider_vtable large = {
	    .struct_size = sizeof(large), .search = search_large, .cancel = tsi_web_cancel};
	const tstream_provider_vtable small = {.struct_size = sizeof(small), .search = search_small};
	tstream_search_options options = TSTREAM_SEARCH_OPTIONS_INIT;

	is_open = is_begun = false;
	options.provider_timeout_us = options.timeout_us = PATIENCE_US;
	ck_assert_int_eq(tstream_search_open(&options, &search, NULL), 0);
	ck_assert_int_eq(tstream_search_add_provider(search, "large", &large, NULL, NULL), 0);
	ck_assert_int_eq(tstream_search_add_provider(search, "small", &small, NULL, NULL), 0);
	ck_assert_int_eq(tstream_search_start(search, "film", NULL, &query, NULL), 0);
}

static void teardown(void)
{
	say(&is_open);
	tstream_query_close(query);
	tstream_search_close(search);
}

START_TEST(others_are_heard_while_a_large_answer_is_read)
{
	tstream_result result = TSTREAM_RESULT_INIT;
	int code;

	wait_for(&is_begun);
	ck_assert(is_whole);
	while ((code = tstream_query_next(query, &result)) == TSTREAM_EAGAIN)
		ck_assert_int_eq(tstream_query_wait(query, PATIENCE_US), 0);
	ck_assert_int_eq(code, 1);
	ck_assert_int_eq(result.infohash_v1[0], '2');
	say(&is_open);
	ck_assert_int_eq(tstream_query_wait_done(query, PATIENCE_US), 0);
	ck_assert_int_eq(tstream_query_next(query, &result), 1);
	ck_assert_int_eq(result.infohash_v1[0], '1');
}
END_TEST

START_TEST(a_query_can_be_cancelled_while_its_answer_is_read)
{
	tstream_provider_state states[2] = {{.struct_size = sizeof(states[0])}};

	wait_for(&is_begun);
	tstream_query_cancel(query);
	ck_assert_int_eq(tstream_query_wait_done(query, PATIENCE_US), 0);
	ck_assert_uint_eq(tstream_query_get_providers(query, states, 2), 2);
	ck_assert_int_eq(states[0].status, TSTREAM_PROVIDER_CANCELLED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reading");
	TCase *tests = tcase_create("reading");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, others_are_heard_while_a_large_answer_is_read);
	tcase_add_test(tests, a_query_can_be_cancelled_while_its_answer_is_read);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
