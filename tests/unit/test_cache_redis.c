/**
 * A Redis server that dies, hangs, lies, is full or does not let us in slows nothing down,
 * is told of in the stats, and is used again by itself when it is well.
 */
#include <tstream/tstream.h>

#include "base/clock.h"
#include "redis_server.h"
#include "store/cache.h"
#include "suite.h"

#define PASSWORD "hunter2"
/* What a dead server may cost many calls, with much room for a busy machine: if each waited
 * for its timeout, they would take ten times as long. */
#define MANY_CALLS 1000
#define MANY_CALLS_US 20000000

static redis_server server;
static false_redis liar;
static tstream_cache *cache;

static void setup(void)
{
	server = (redis_server){.password = PASSWORD};
	liar = (false_redis){.listen_fd = -1};
}

static void teardown(void)
{
	tstream_cache_close(cache);
	cache = NULL;
	redis_kill(&server);
	if (liar.listen_fd >= 0)
		false_redis_stop(&liar);
}

static void open_url(const char *url, int64_t timeout_us)
{
	tstream_cache_options options = TSTREAM_CACHE_OPTIONS_INIT;
	options.connect_timeout_us = timeout_us;
	options.command_timeout_us = timeout_us;
	options.retry_us = 20000;
	options.max_value_bytes = 1 << 20; /* what never ends is refused sooner */
	ck_assert_int_eq(tstream_cache_open(url, &options, &cache, NULL), 0);
}

/** With time for an answer on a busy machine. */
static void open_patient(void)
{
	char url[128];
	redis_url(&server, url);
	open_url(url, 2000000);
}

static void open_liar(false_redis_fn serve, int64_t timeout_us)
{
	char url[128];
	false_redis_start(&liar, serve);
	snprintf(url, sizeof(url), "redis://:" PASSWORD "@127.0.0.1:%u", liar.port);
	open_url(url, timeout_us);
}

static int look(void)
{
	void *value = NULL;
	size_t size = 0;
	int code = tstream_cache_get_copy(cache, "key", &value, &size);
	tstream_free(value);
	return code;
}

static tstream_cache_stats stats(void)
{
	tstream_cache_stats now = TSTREAM_CACHE_STATS_INIT;
	ck_assert_int_eq(tstream_cache_get_stats(cache, &now), 0);
	ck_assert_ptr_null(strstr(now.message, PASSWORD));
	return now;
}

static void assert_many_calls_go_on(void)
{
	int64_t began_us = tsi_now_us();
	for (int i = 0; i < MANY_CALLS; i++) {
		int code = look();
		ck_assert(code == TSTREAM_ENET || code == TSTREAM_ENOENT);
	}
	ck_assert_int_lt(tsi_now_us() - began_us, MANY_CALLS_US);
}

static void assert_unavailable(const char *why)
{
	tstream_cache_stats now = stats();
	ck_assert_int_eq(now.state, TSTREAM_CACHE_UNAVAILABLE);
	ck_assert_msg(strstr(now.message, why) != NULL, "%s", now.message);
	ck_assert_ptr_nonnull(strstr(now.message, "127.0.0.1"));
	ck_assert_uint_gt(now.failure_count, 0);
	ck_assert_int_ge(now.state_us, 0);
}

static void wait_for_state(int state)
{
	for (int waited_ms = 0; stats().state != state && waited_ms < REDIS_PATIENCE_MS; waited_ms += 5)
		redis_nap();
	ck_assert_int_eq(stats().state, state);
}

/* -- dead ----------------------------------------------------------------- */

START_TEST(without_a_server_everything_goes_on)
{
	close(redis_listen(&server.port)); /* a port where nobody listens */
	open_patient();
	assert_unavailable("refused");
	assert_many_calls_go_on();
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), TSTREAM_ENET);
	ck_assert_int_eq(tstream_cache_remove(cache, "key"), TSTREAM_ENET);
	ck_assert_uint_eq(stats().skip_count, MANY_CALLS + 2);
}
END_TEST

START_TEST(a_server_that_comes_later_is_used)
{
	close(redis_listen(&server.port));
	open_patient();
	ck_assert_int_eq(stats().state, TSTREAM_CACHE_UNAVAILABLE);
	redis_start(&server);
	wait_for_state(TSTREAM_CACHE_OK);
	ck_assert_str_eq(stats().message, "");
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	ck_assert_int_eq(look(), 0);
}
END_TEST

START_TEST(a_server_that_dies_and_comes_back_is_used_again)
{
	redis_start(&server);
	open_patient();
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	for (int i = 0; i < 2; i++) {
		redis_kill(&server);
		ck_assert_int_eq(look(), TSTREAM_ENET);
		assert_many_calls_go_on();
		assert_unavailable("127.0.0.1");
		redis_start(&server);
		wait_for_state(TSTREAM_CACHE_OK);
		ck_assert_int_eq(look(), TSTREAM_ENOENT);
		ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	}
}
END_TEST

/* -- silent --------------------------------------------------------------- */

static void say_nothing(int fd)
{
	while (false_redis_hear(fd))
		;
}

START_TEST(a_server_that_accepts_and_never_answers_costs_one_timeout)
{
	open_liar(say_nothing, 20000);
	wait_for_state(TSTREAM_CACHE_UNAVAILABLE);
	assert_many_calls_go_on();
	for (int waited_ms = 0; stats().failure_count == 0 && waited_ms < REDIS_PATIENCE_MS;
	     waited_ms += 5)
		redis_nap();
	assert_unavailable("no answer in time");
}
END_TEST

START_TEST(a_server_that_stops_answering_is_left_alone_until_it_answers)
{
	redis_start(&server);
	open_patient();
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	kill(server.pid, SIGSTOP);
	ck_assert_int_eq(look(), TSTREAM_ENET);
	assert_unavailable("no answer in time");
	assert_many_calls_go_on();
	kill(server.pid, SIGCONT);
	wait_for_state(TSTREAM_CACHE_OK);
	ck_assert_int_eq(look(), 0);
}
END_TEST

static void *look_once(void *user)
{
	*(int *)user = look();
	return NULL;
}

START_TEST(callers_who_queue_behind_a_silent_server_all_go_on)
{
	pthread_t threads[16];
	int codes[16];
	redis_start(&server);
	open_patient();
	kill(server.pid, SIGSTOP);
	int64_t began_us = tsi_now_us();
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look_once, &codes[i]), 0);
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(codes[i], TSTREAM_ENET);
	}
	/* Not sixteen times the two seconds of one. */
	ck_assert_int_lt(tsi_now_us() - began_us, 16 * INT64_C(2000000) / 2);
	kill(server.pid, SIGCONT);
}
END_TEST

/* -- lying ---------------------------------------------------------------- */

/** Lets anybody in, then goes on as the test wants. */
static bool let_in(int fd)
{
	return false_redis_hear(fd) && false_redis_answer(fd, "+OK\r\n") && /* AUTH */
	       false_redis_hear(fd) && false_redis_answer(fd, "+PONG\r\n");
}

static void speak_http(int fd)
{
	if (false_redis_hear(fd))
		false_redis_answer(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

static void drip(int fd)
{
	if (!let_in(fd) || !false_redis_hear(fd) || !false_redis_answer(fd, "$1000000\r\n"))
		return;
	while (false_redis_answer(fd, "x"))
		redis_nap();
}

static void never_end(int fd)
{
	static char much[65536];
	if (!let_in(fd) || !false_redis_hear(fd) || !false_redis_answer(fd, "$500000000\r\n"))
		return;
	while (send(fd, much, sizeof(much), MSG_NOSIGNAL) > 0)
		;
}

static void hang_up(int fd)
{
	if (let_in(fd) && false_redis_hear(fd))
		false_redis_answer(fd, "$100\r\nhalf of");
}

static void nest(int fd)
{
	if (!let_in(fd) || !false_redis_hear(fd))
		return;
	for (int i = 0; i < 100; i++)
		if (!false_redis_answer(fd, "*1\r\n"))
			return;
}

/** Repeats what it was sent, as old servers do with commands they do not know. */
static void echo(int fd)
{
	if (false_redis_hear(fd))
		false_redis_answer(fd, "-ERR unknown command 'AUTH', with args: '" PASSWORD "'\r\n");
}

static const struct {
	false_redis_fn serve;
	int64_t timeout_us;
	const char *why;
} lies[] = {
    {speak_http, 2000000, "not Redis's"},
    {drip, 200000, "no answer in time"},
    {never_end, 20000000, "longer than a value may be"},
    {hang_up, 2000000, "closed the connection"},
    {nest, 2000000, "not Redis's"},
    {echo, 2000000, "answers ERR"},
};

START_TEST(a_server_that_lies_is_left_alone)
{
	open_liar(lies[_i].serve, lies[_i].timeout_us);
	int code = TSTREAM_ENET;
	for (int waited_ms = 0; !strstr(stats().message, lies[_i].why) && waited_ms < REDIS_PATIENCE_MS;
	     waited_ms += 5) {
		code = look();
		redis_nap();
	}
	ck_assert_int_eq(code, TSTREAM_ENET);
	ck_assert_msg(strstr(stats().message, lies[_i].why) != NULL, "%s", stats().message);
}
END_TEST

/** Answers everything but a GET, time and again. */
static void fail_each_call(int fd)
{
	if (let_in(fd) && false_redis_hear(fd))
		false_redis_answer(fd, "-LOADING Redis is loading the dataset in memory\r\n");
}

START_TEST(one_that_breaks_time_and_again_is_tried_ever_less_often)
{
	open_liar(fail_each_call, 2000000);
	int64_t began_us = tsi_now_us();
	while (tsi_now_us() - began_us < 700000)
		look();
	/* Pauses of 20, 40, 80, 160 and then 320 ms: without them it would be thousands. */
	ck_assert_uint_lt(atomic_load(&liar.connection_count), 12);
	ck_assert_uint_gt(atomic_load(&liar.connection_count), 1);
}
END_TEST

/* -- not letting us in, full ---------------------------------------------- */

static void note_log(void *user, int level, const char *message)
{
	(void)level;
	if (strstr(message, PASSWORD) || strstr(message, "wr0ng"))
		atomic_store((atomic_bool *)user, true);
}

START_TEST(a_wrong_password_is_told_of_and_not_repeated)
{
	atomic_bool is_leaked = false;
	char url[128];
	tstream_set_log(note_log, &is_leaked);
	redis_start(&server);
	snprintf(url, sizeof(url), "redis://:wr0ng@127.0.0.1:%u", server.port);
	open_url(url, 2000000);
	assert_unavailable("answers WRONGPASS");
	ck_assert_ptr_null(strstr(stats().message, "wr0ng"));
	assert_many_calls_go_on();
	/* The right one helps without opening it again. */
	redis_tell(&server, (const char *[]){"CONFIG", "SET", "requirepass", "wr0ng", NULL});
	wait_for_state(TSTREAM_CACHE_OK);
	ck_assert_int_eq(look(), TSTREAM_ENOENT);
	tstream_set_log(NULL, NULL);
	ck_assert(!atomic_load(&is_leaked));
}
END_TEST

START_TEST(a_missing_password_is_told_of)
{
	char url[128];
	redis_start(&server);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%u", server.port);
	open_url(url, 2000000);
	assert_unavailable("answers NOAUTH");
}
END_TEST

START_TEST(a_user_and_a_database_can_be_named)
{
	char url[128];
	redis_start(&server);
	redis_tell(&server,
	           (const char *[]){"ACL", "SETUSER", "film", "on", ">p@ss", "~*", "+@all", NULL});
	snprintf(url, sizeof(url), "redis://film:p%%40ss@127.0.0.1:%u/5", server.port);
	open_url(url, 2000000);
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	redisReply *reply = redis_say(&server, (const char *[]){"INFO", "keyspace", NULL});
	ck_assert_ptr_nonnull(strstr(reply->str, "db5:keys=1"));
	freeReplyObject(reply);
}
END_TEST

START_TEST(a_full_server_still_gives)
{
	static char bytes[100000];
	redis_start(&server);
	redis_tell(&server, (const char *[]){"CONFIG", "SET", "maxmemory-policy", "noeviction", NULL});
	open_patient();
	ck_assert_int_eq(tstream_cache_put(cache, "key", "v", 1, 0), 0);
	redis_tell(&server, (const char *[]){"CONFIG", "SET", "maxmemory", "1", NULL});
	ck_assert_int_eq(tstream_cache_put(cache, "more", bytes, sizeof(bytes), 0), TSTREAM_ENOSPC);
	ck_assert_int_eq(stats().state, TSTREAM_CACHE_REFUSING);
	ck_assert_ptr_nonnull(strstr(stats().message, "answers OOM"));
	ck_assert_int_eq(look(), 0);
	redis_tell(&server, (const char *[]){"CONFIG", "SET", "maxmemory", "0", NULL});
	ck_assert_int_eq(tstream_cache_put(cache, "more", bytes, sizeof(bytes), 0), 0);
	ck_assert_int_eq(stats().state, TSTREAM_CACHE_OK);
}
END_TEST

START_TEST(anothers_list_under_the_key_is_no_value)
{
	redis_start(&server);
	open_patient();
	redis_tell(&server, (const char *[]){"LPUSH", "key", "element", NULL});
	ck_assert_int_eq(look(), TSTREAM_ENOENT);
	ck_assert_int_eq(stats().state, TSTREAM_CACHE_OK);
}
END_TEST

START_TEST(closing_does_not_wait_for_a_pause)
{
	close(redis_listen(&server.port));
	char url[128];
	redis_url(&server, url);
	tstream_cache_options options = TSTREAM_CACHE_OPTIONS_INIT;
	options.retry_us = 60000000;
	ck_assert_int_eq(tstream_cache_open(url, &options, &cache, NULL), 0);
	int64_t began_us = tsi_now_us();
	tstream_cache_close(cache);
	cache = NULL;
	ck_assert_int_lt(tsi_now_us() - began_us, 20000000);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("cache_redis");
	TCase *tcase = tcase_create("cache_redis");
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, without_a_server_everything_goes_on);
	tcase_add_test(tcase, a_server_that_comes_later_is_used);
	tcase_add_test(tcase, a_server_that_dies_and_comes_back_is_used_again);
	tcase_add_test(tcase, a_server_that_accepts_and_never_answers_costs_one_timeout);
	tcase_add_test(tcase, a_server_that_stops_answering_is_left_alone_until_it_answers);
	tcase_add_test(tcase, callers_who_queue_behind_a_silent_server_all_go_on);
	tcase_add_loop_test(tcase, a_server_that_lies_is_left_alone, 0, sizeof(lies) / sizeof(lies[0]));
	tcase_add_test(tcase, one_that_breaks_time_and_again_is_tried_ever_less_often);
	tcase_add_test(tcase, a_wrong_password_is_told_of_and_not_repeated);
	tcase_add_test(tcase, a_missing_password_is_told_of);
	tcase_add_test(tcase, a_user_and_a_database_can_be_named);
	tcase_add_test(tcase, a_full_server_still_gives);
	tcase_add_test(tcase, anothers_list_under_the_key_is_no_value);
	tcase_add_test(tcase, closing_does_not_wait_for_a_pause);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
