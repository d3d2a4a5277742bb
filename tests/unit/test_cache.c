/**
 * Caches: the same behaviours over both stores, and what only the one in memory promises.
 */
#include <stdint.h>
#include <tstream/tstream.h>

#include "base/siphash.h"
#include "redis_server.h"
#include "store/cache.h"
#include "suite.h"

#define PATIENCE_MS 20000

static redis_server server;
static tstream_cache *cache;

enum { MEMORY, REDIS, STORE_COUNT };

static void start_server(void)
{
	server = (redis_server){0};
	redis_start(&server);
}

static void stop_server(void)
{
	redis_kill(&server);
}

/** One of both stores, empty. */
static void open_store(int store)
{
	char url[128] = "memory:";
	tstream_error err = {0};
	tstream_cache_options options = TSTREAM_CACHE_OPTIONS_INIT;
	options.max_value_bytes = 1 << 20;
	options.command_timeout_us = 10000000; /* this machine may be busy */
	options.connect_timeout_us = 10000000;
	if (store == REDIS) {
		redis_url(&server, url);
		redis_tell(&server, (const char *[]){"FLUSHALL", NULL});
	}
	ck_assert_msg(tstream_cache_open(url, &options, &cache, &err) == 0, "%s", err.message);
}

static void close_cache(void)
{
	tstream_cache_close(cache);
	cache = NULL;
}

static void put_text(const char *key, const char *text)
{
	ck_assert_int_eq(tstream_cache_put(cache, key, text, strlen(text), 0), 0);
}

static void assert_text(const char *key, const char *text)
{
	void *value = NULL;
	size_t size = 0;
	ck_assert_int_eq(tstream_cache_get_copy(cache, key, &value, &size), 0);
	ck_assert_uint_eq(size, strlen(text));
	ck_assert_str_eq(value, text);
	tstream_free(value);
}

static int look(const char *key)
{
	void *value = NULL;
	size_t size = 0;
	int code = tstream_cache_get_copy(cache, key, &value, &size);
	tstream_free(value);
	return code;
}

static tstream_cache_stats stats(void)
{
	tstream_cache_stats now = TSTREAM_CACHE_STATS_INIT;
	ck_assert_int_eq(tstream_cache_get_stats(cache, &now), 0);
	return now;
}

/* -- over both stores ----------------------------------------------------- */

START_TEST(what_is_put_is_got)
{
	static const char bytes[] = {0, 1, '\r', '\n', 0, (char)0xff};
	void *value = NULL;
	size_t size = 0;
	open_store(_i);
	ck_assert_int_eq(tstream_cache_put(cache, "search:big buck bunny", bytes, sizeof(bytes), 0), 0);
	ck_assert_int_eq(tstream_cache_get_copy(cache, "search:big buck bunny", &value, &size), 0);
	ck_assert_uint_eq(size, sizeof(bytes));
	ck_assert_mem_eq(value, bytes, size);
	ck_assert_int_eq(((char *)value)[size], '\0');
	tstream_free(value);
}
END_TEST

START_TEST(an_empty_value_is_a_value)
{
	open_store(_i);
	ck_assert_int_eq(tstream_cache_put(cache, "key", NULL, 0, 1000000), 0);
	assert_text("key", "");
}
END_TEST

START_TEST(a_value_takes_the_place_of_the_one_before)
{
	open_store(_i);
	put_text("key", "before, and longer");
	put_text("key", "after");
	put_text("other", "other");
	assert_text("key", "after");
	assert_text("other", "other");
}
END_TEST

START_TEST(a_key_that_was_never_put_is_not_there)
{
	open_store(_i);
	put_text("key", "value");
	ck_assert_int_eq(look("ke"), TSTREAM_ENOENT);
	ck_assert_int_eq(look("key2"), TSTREAM_ENOENT);
	ck_assert_int_eq(look("KEY"), TSTREAM_ENOENT);
}
END_TEST

START_TEST(what_is_removed_is_gone)
{
	open_store(_i);
	put_text("key", "value");
	ck_assert_int_eq(tstream_cache_remove(cache, "key"), 0);
	ck_assert_int_eq(look("key"), TSTREAM_ENOENT);
	ck_assert_int_eq(tstream_cache_remove(cache, "key"), 0);
}
END_TEST

START_TEST(a_value_goes_when_its_time_is_over)
{
	open_store(_i);
	ck_assert_int_eq(tstream_cache_put(cache, "soon", "v", 1, 1), 0);
	ck_assert_int_eq(tstream_cache_put(cache, "late", "v", 1, INT64_C(3600000000)), 0);
	int code = TSTREAM_OK;
	for (int waited_ms = 0; code == TSTREAM_OK && waited_ms < PATIENCE_MS; waited_ms += 5) {
		code = look("soon");
		redis_nap();
	}
	ck_assert_int_eq(code, TSTREAM_ENOENT);
	ck_assert_int_eq(look("late"), 0);
}
END_TEST

START_TEST(a_second_put_sets_the_time_anew)
{
	open_store(_i);
	ck_assert_int_eq(tstream_cache_put(cache, "key", "first", 5, 1000), 0);
	put_text("key", "for ever");
	ck_assert_int_eq(tstream_cache_put(cache, "probe", "v", 1, 1000), 0);
	for (int waited_ms = 0; look("probe") == 0 && waited_ms < PATIENCE_MS; waited_ms += 5)
		redis_nap();
	assert_text("key", "for ever");
}
END_TEST

START_TEST(what_is_too_large_is_refused)
{
	static char bytes[(1 << 20) + 1];
	open_store(_i);
	ck_assert_int_eq(tstream_cache_put(cache, "key", bytes, sizeof(bytes), 0), TSTREAM_ENOSPC);
	ck_assert_int_eq(tstream_cache_put(cache, "key", bytes, sizeof(bytes) - 1, 0), 0);
	ck_assert_int_eq(look("key"), 0);
}
END_TEST

START_TEST(keys_have_bounds)
{
	char key[TSTREAM_MAX_CACHE_KEY_BYTES + 2];
	open_store(_i);
	memset(key, 'k', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	ck_assert_int_eq(tstream_cache_put(cache, key, "v", 1, 0), TSTREAM_EINVAL);
	ck_assert_int_eq(look(key), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_remove(cache, key), TSTREAM_EINVAL);
	ck_assert_int_eq(look(""), TSTREAM_EINVAL);
	key[sizeof(key) - 2] = '\0';
	put_text(key, "value");
	assert_text(key, "value");
}
END_TEST

START_TEST(hits_misses_and_puts_are_counted)
{
	open_store(_i);
	put_text("key", "value");
	look("key");
	look("key");
	look("other");
	ck_assert_uint_eq(stats().put_count, 1);
	ck_assert_uint_eq(stats().hit_count, 2);
	ck_assert_uint_eq(stats().miss_count, 1);
	ck_assert_uint_eq(stats().skip_count, 0);
	ck_assert_int_eq(stats().state, TSTREAM_CACHE_OK);
	ck_assert_str_eq(stats().store, _i == MEMORY ? "memory" : "redis");
	ck_assert_str_eq(stats().message, "");
}
END_TEST

static void *use_it(void *user)
{
	char key[32];
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "%d:%d", *(int *)user, i % 20);
		put_text(key, key);
		assert_text(key, key);
	}
	return NULL;
}

START_TEST(many_threads_use_it_at_once)
{
	pthread_t threads[8];
	int numbers[8];
	open_store(_i);
	for (int i = 0; i < 8; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_it, &numbers[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(stats().hit_count, 8 * 200);
}
END_TEST

START_TEST(who_holds_it_has_it_after_it_was_closed)
{
	open_store(_i);
	tstream_cache *held = tsi_cache_ref(cache);
	put_text("key", "value");
	tstream_cache_close(held);
	assert_text("key", "value");
}
END_TEST

START_TEST(nonsense_is_refused)
{
	tstream_cache_stats now = {0};
	void *value = NULL;
	size_t size = 0;
	open_store(_i);
	ck_assert_int_eq(tstream_cache_get_stats(cache, &now), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_get_stats(NULL, &now), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_put(cache, "key", NULL, 1, 0), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_put(NULL, "key", "v", 1, 0), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_get_copy(cache, NULL, &value, &size), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_get_copy(cache, "key", NULL, &size), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_remove(NULL, "key"), TSTREAM_EINVAL);
	tstream_cache_close(NULL);
}
END_TEST

/* -- memory only ---------------------------------------------------------- */

static void open_memory(const char *url)
{
	ck_assert_int_eq(tstream_cache_open(url, NULL, &cache, NULL), 0);
}

START_TEST(memory_stays_within_its_bound)
{
	static char value[1000];
	char key[32];
	open_memory("memory:?bytes=100000");
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		ck_assert_int_eq(tstream_cache_put(cache, key, value, (size_t)(i % 1000), 0), 0);
		ck_assert_uint_le(stats().used_bytes, 100000);
	}
	ck_assert_uint_eq(stats().entry_count + stats().evicted_count, 10000);
	ck_assert_uint_gt(stats().entry_count, 50);
	ck_assert_uint_eq(stats().max_bytes, 100000);
}
END_TEST

START_TEST(the_least_recently_used_goes_first)
{
	static char value[30000];
	open_memory("memory:?bytes=100000");
	tstream_cache_put(cache, "a", value, sizeof(value), 0);
	tstream_cache_put(cache, "b", value, sizeof(value), 0);
	tstream_cache_put(cache, "c", value, sizeof(value), 0);
	look("a");
	tstream_cache_put(cache, "d", value, sizeof(value), 0);
	ck_assert_int_eq(look("a"), 0);
	ck_assert_int_eq(look("b"), TSTREAM_ENOENT);
	ck_assert_int_eq(look("c"), 0);
	ck_assert_int_eq(look("d"), 0);
	ck_assert_uint_eq(stats().evicted_count, 1);
}
END_TEST

START_TEST(a_value_that_can_never_fit_evicts_nothing)
{
	static char value[200000];
	open_memory("memory:?bytes=100000");
	put_text("key", "value");
	ck_assert_int_eq(tstream_cache_put(cache, "huge", value, sizeof(value), 0), TSTREAM_ENOSPC);
	assert_text("key", "value");
	/* What the key had would be wrong now. */
	ck_assert_int_eq(tstream_cache_put(cache, "key", value, sizeof(value), 0), TSTREAM_ENOSPC);
	ck_assert_int_eq(look("key"), TSTREAM_ENOENT);
}
END_TEST

START_TEST(a_table_that_grows_loses_nothing)
{
	char key[32];
	open_memory("memory:");
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		put_text(key, key);
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_text(key, key);
	}
	ck_assert_uint_eq(stats().entry_count, 20000);
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		tstream_cache_remove(cache, key);
	}
	ck_assert_uint_eq(stats().entry_count, 0);
	/* Only the table is left. */
	ck_assert_uint_eq(stats().used_bytes, 32768 * sizeof(void *));
}
END_TEST

START_TEST(the_hash_is_siphash)
{
	/* The vectors of the paper: key 00 01 .. 0f, message 00 01 .. of 0, 8 and 15 bytes. */
	static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t message[15];
	for (uint8_t i = 0; i < 15; i++)
		message[i] = i;
	ck_assert_uint_eq(tsi_siphash(key, message, 0), 0x726fdb47dd0e0e31);
	ck_assert_uint_eq(tsi_siphash(key, message, 8), 0x93f5f5799a932462);
	ck_assert_uint_eq(tsi_siphash(key, message, 15), 0xa129ca6149be45e5);
}
END_TEST

/* -- URLs ----------------------------------------------------------------- */

static const struct {
	const char *text, *host, *port, *user, *password;
	uint32_t database;
} good_urls[] = {
    {"redis://localhost", "localhost", "6379", NULL, NULL, 0},
    {"redis://127.0.0.1:7000/", "127.0.0.1", "7000", NULL, NULL, 0},
    {"redis://:secret@cache.example/3", "cache.example", "6379", NULL, "secret", 3},
    {"redis://me:se%63ret%2F%40@[::1]:1/15", "::1", "1", "me", "secret/@", 15},
    {"redis://me:p@ss@h:65535", "h", "65535", "me", "p@ss", 0},
    {"redis://[2001:db8::1]", "2001:db8::1", "6379", NULL, NULL, 0},
};

START_TEST(urls_say_where_the_server_is)
{
	tsi_cache_url url;
	ck_assert_int_eq(tsi_cache_url_parse(good_urls[_i].text, &url, NULL), 0);
	ck_assert_int_eq(url.store, TSI_CACHE_REDIS);
	ck_assert_str_eq(url.host, good_urls[_i].host);
	ck_assert_str_eq(url.port, good_urls[_i].port);
	ck_assert_pstr_eq(url.user, good_urls[_i].user);
	ck_assert_pstr_eq(url.password, good_urls[_i].password);
	ck_assert_uint_eq(url.database, good_urls[_i].database);
	tsi_cache_url_clear(&url);
}
END_TEST

static const char *const bad_urls[] = {
    "",
    "memory",
    "memory:?bytes=",
    "memory:?bytes=0",
    "memory:?bytes=-1",
    "memory:?bytes=1e6",
    "memory:?size=1",
    "memory:64",
    "redis:hunter2",
    "redis://",
    "redis://:hunter2@",
    "redis://hunter2@host",
    "redis://user:hunter2@host:0",
    "redis://user:hunter2@host:65536",
    "redis://user:hunter2@host:6379x",
    "redis://user:hunter2@host:",
    "redis://user:hunter2@host/db",
    "redis://user:hunter2@host/-1",
    "redis://user:hunter2@host/0/1",
    "redis://user:hunter2@host?db=1",
    "redis://user:hunter2/@host",
    "redis://user:%6hunter2@host",
    "redis://user:hunter2%00@host",
    "redis://user:hunter2@[::1",
    "redis://user:hunter2@[]:1",
    "http://user:hunter2@host",
    "unix:/hunter2",
};

START_TEST(bad_urls_are_refused_without_repeating_them)
{
	tstream_error err = {0};
	ck_assert_int_eq(tstream_cache_open(bad_urls[_i], NULL, &cache, &err), TSTREAM_EINVAL);
	ck_assert_ptr_null(cache);
	ck_assert_uint_gt(strlen(err.message), 10);
	ck_assert_ptr_null(strstr(err.message, "hunter2"));
}
END_TEST

START_TEST(tls_is_said_to_be_missing)
{
	tstream_error err = {0};
	ck_assert_int_eq(tstream_cache_open("rediss://h", NULL, &cache, &err), TSTREAM_ENOTSUP);
}
END_TEST

START_TEST(options_have_bounds)
{
	tstream_cache_options options;
	tstream_cache_options_init(&options);
	options.flags = 1;
	ck_assert_int_eq(tstream_cache_open("memory:", &options, &cache, NULL), TSTREAM_EINVAL);
	tstream_cache_options_init(&options);
	options.command_timeout_us = -1;
	ck_assert_int_eq(tstream_cache_open("memory:", &options, &cache, NULL), TSTREAM_EINVAL);
	tstream_cache_options_init(&options);
	options.retry_us = INT64_MAX;
	ck_assert_int_eq(tstream_cache_open("memory:", &options, &cache, NULL), TSTREAM_EINVAL);
	tstream_cache_options_init(&options);
	options.struct_size = 0;
	ck_assert_int_eq(tstream_cache_open("memory:", &options, &cache, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_open("memory:", NULL, NULL, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_cache_open(NULL, NULL, &cache, NULL), TSTREAM_EINVAL);
}
END_TEST

static TCase *make_both(void)
{
	TCase *both = tcase_create("both stores");
	tcase_set_timeout(both, 60);
	tcase_add_unchecked_fixture(both, start_server, stop_server);
	tcase_add_checked_fixture(both, NULL, close_cache);
	tcase_add_loop_test(both, what_is_put_is_got, 0, STORE_COUNT);
	tcase_add_loop_test(both, an_empty_value_is_a_value, 0, STORE_COUNT);
	tcase_add_loop_test(both, a_value_takes_the_place_of_the_one_before, 0, STORE_COUNT);
	tcase_add_loop_test(both, a_key_that_was_never_put_is_not_there, 0, STORE_COUNT);
	tcase_add_loop_test(both, what_is_removed_is_gone, 0, STORE_COUNT);
	tcase_add_loop_test(both, a_value_goes_when_its_time_is_over, 0, STORE_COUNT);
	tcase_add_loop_test(both, a_second_put_sets_the_time_anew, 0, STORE_COUNT);
	tcase_add_loop_test(both, what_is_too_large_is_refused, 0, STORE_COUNT);
	tcase_add_loop_test(both, keys_have_bounds, 0, STORE_COUNT);
	tcase_add_loop_test(both, hits_misses_and_puts_are_counted, 0, STORE_COUNT);
	tcase_add_loop_test(both, many_threads_use_it_at_once, 0, STORE_COUNT);
	tcase_add_loop_test(both, who_holds_it_has_it_after_it_was_closed, 0, STORE_COUNT);
	tcase_add_loop_test(both, nonsense_is_refused, 0, STORE_COUNT);
	return both;
}

static Suite *make_suite(void)
{
	Suite *suite = suite_create("cache");
	TCase *memory = tcase_create("memory");
	tcase_set_timeout(memory, 60);
	tcase_add_checked_fixture(memory, NULL, close_cache);
	tcase_add_test(memory, memory_stays_within_its_bound);
	tcase_add_test(memory, the_least_recently_used_goes_first);
	tcase_add_test(memory, a_value_that_can_never_fit_evicts_nothing);
	tcase_add_test(memory, a_table_that_grows_loses_nothing);
	tcase_add_test(memory, the_hash_is_siphash);
	TCase *urls = tcase_create("urls");
	tcase_add_loop_test(urls, urls_say_where_the_server_is, 0,
	                    sizeof(good_urls) / sizeof(good_urls[0]));
	tcase_add_loop_test(urls, bad_urls_are_refused_without_repeating_them, 0,
	                    sizeof(bad_urls) / sizeof(bad_urls[0]));
	tcase_add_test(urls, tls_is_said_to_be_missing);
	tcase_add_test(urls, options_have_bounds);
	suite_add_tcase(suite, make_both());
	suite_add_tcase(suite, memory);
	suite_add_tcase(suite, urls);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
