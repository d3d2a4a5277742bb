/**
 * A session with a cache: metadata that came once is there for the next session, whoever
 * vouches for it is the infohash, and a cache that is away keeps nobody waiting.
 */
#include "session_fixture.h"
#include "store/cache.h"
#include "suite.h"

static char dir[64];
static tstream_cache *cache;
static tstream_session *session;

static void open_session(void)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	options.data_dir = dir;
	options.cache = cache;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops, &session, NULL), 0);
}

static void setup(void)
{
	make_dir(dir);
	ck_assert_int_eq(tstream_cache_open("memory:", NULL, &cache, NULL), 0);
	open_session();
}

static void teardown(void)
{
	tstream_session_close(session);
	tstream_cache_close(cache);
	remove_dir(dir);
}

static uint64_t look_count(void)
{
	tstream_cache_stats stats = TSTREAM_CACHE_STATS_INIT;
	ck_assert_int_eq(tstream_cache_get_stats(cache, &stats), 0);
	return stats.hit_count + stats.miss_count;
}

/** @return the value; NULL if it does not come */
static void *wait_for_value(const char *key, size_t *out_size)
{
	void *value = NULL;
	for (int waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms += 2) {
		if (tstream_cache_get_copy(cache, key, &value, out_size) == 0)
			return value;
		usleep(2000);
	}
	return NULL;
}

static unsigned merge_count(tstream_torrent *torrent)
{
	return fake_engine_record(engine_of(torrent)).merge_count;
}

static void put_file(const char *key, const fake_content *content)
{
	fake_torrent_file file = {FAKE_MAGIC, content};
	ck_assert_int_eq(tstream_cache_put(cache, key, &file, sizeof(file), 0), 0);
}

static void wait_for_looks(uint64_t count)
{
	for (int waited_ms = 0; look_count() < count && waited_ms < PATIENCE_MS; waited_ms += 2)
		usleep(2000);
	ck_assert_uint_ge(look_count(), count);
}

START_TEST(metadata_that_came_is_kept_without_keys)
{
	size_t size = 0;
	tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
	ck_assert(fake_engine_deliver_metadata(engine_of(torrent), &film_content));
	void *value = wait_for_value("magnet:" FILM_V1, &size);
	ck_assert_ptr_nonnull(value);
	ck_assert_ptr_null(memmem(value, size, "passkey", 7));
	ck_assert_ptr_nonnull(memmem(value, size, FAKE_INFO, strlen(FAKE_INFO)));
	tstream_free(value);
	tstream_torrent_unref(torrent);
}
END_TEST

START_TEST(metadata_of_the_cache_is_used)
{
	put_file("magnet:" FILM_V1, &film_content);
	tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
	for (int waited_ms = 0; merge_count(torrent) == 0 && waited_ms < PATIENCE_MS; waited_ms += 2)
		usleep(2000);
	ck_assert_uint_eq(merge_count(torrent), 1);
	tstream_torrent_unref(torrent);
}
END_TEST

/* A store that is away the first time it is asked. */
static atomic_bool was_asked;

static int get_later(void *store, const char *key, void **out_value, size_t *out_size)
{
	if (!atomic_exchange(&was_asked, true))
		return TSTREAM_ENET;
	return tsi_cache_memory_ops.get(store, key, out_value, out_size);
}

START_TEST(a_store_that_is_away_is_asked_again)
{
	tsi_cache_ops away = tsi_cache_memory_ops;
	away.get = get_later;
	put_file("magnet:" FILM_V1, &film_content);
	cache->ops = &away;
	tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
	for (int waited_ms = 0; merge_count(torrent) == 0 && waited_ms < PATIENCE_MS; waited_ms += 2)
		usleep(2000);
	ck_assert_uint_eq(merge_count(torrent), 1);
	ck_assert(atomic_load(&was_asked));
	cache->ops = &tsi_cache_memory_ops;
	tstream_torrent_unref(torrent);
}
END_TEST

START_TEST(what_the_infohash_does_not_vouch_for_is_not_used)
{
	put_file("magnet:" FILM_V1, &data_content);
	tstream_cache_put(cache, "magnet:" DATA_V1, "rubbish", 7, 0);
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	tstream_torrent *data = open_torrent(session, DATA_MAGNET);
	/* One more, so that the two before it are done with. */
	tstream_torrent *last =
	    open_torrent(session, "magnet:?xt=urn:btih:0303030303030303030303030303030303030303");
	wait_for_looks(3);
	ck_assert_uint_eq(merge_count(film), 0);
	ck_assert_uint_eq(merge_count(data), 0);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
	tstream_torrent_unref(last);
}
END_TEST

START_TEST(a_torrent_of_bytes_asks_nobody)
{
	fake_torrent_file file = {FAKE_MAGIC, &film_content};
	tstream_torrent *torrent = NULL;
	ck_assert_int_eq(tstream_torrent_open_bytes(session, &file, sizeof(file), &torrent, NULL), 0);
	tstream_torrent *other = open_torrent(session, DATA_MAGNET);
	wait_for_looks(1);
	ck_assert_uint_eq(look_count(), 1);
	tstream_torrent_unref(torrent);
	tstream_torrent_unref(other);
}
END_TEST

START_TEST(a_session_holds_its_cache)
{
	tstream_cache *held = tsi_cache_ref(cache);
	tstream_cache_close(cache); /* the program's own */
	tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
	wait_for_looks(1);
	tstream_torrent_unref(torrent);
	cache = held;
}
END_TEST

START_TEST(torrents_that_are_gone_are_no_trouble)
{
	char magnet[128];
	for (int i = 1; i <= 300; i++) {
		snprintf(magnet, sizeof(magnet), "magnet:?xt=urn:btih:%040x", i);
		tstream_torrent_unref(open_torrent(session, magnet));
	}
	tstream_session_close(session);
	open_session();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metadata_cache");
	TCase *tcase = tcase_create("metadata_cache");
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, metadata_that_came_is_kept_without_keys);
	tcase_add_test(tcase, metadata_of_the_cache_is_used);
	tcase_add_test(tcase, a_store_that_is_away_is_asked_again);
	tcase_add_test(tcase, what_the_infohash_does_not_vouch_for_is_not_used);
	tcase_add_test(tcase, a_torrent_of_bytes_asks_nobody);
	tcase_add_test(tcase, a_session_holds_its_cache);
	tcase_add_test(tcase, torrents_that_are_gone_are_no_trouble);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
