/**
 * Each allocation made to fail in turn, while a session, a torrent and a reader are opened:
 * the answer is ENOMEM, or all is well without it; nothing leaks and nothing is torn.
 *
 * This program's own malloc, calloc and realloc stand before the C library's; they fail
 * for the thread that asked for it.
 */
#include <errno.h>

#include <tstream/media.h>

#include "session_fixture.h"
#include "suite.h"

/* The real ones: a sanitizer's, if there is one, else the C library's. */
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *memory, size_t size) __attribute__((weak));
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

/* These run before the sanitizer is ready to watch them. */
#define UNWATCHED __attribute__((no_sanitize("address", "thread", "undefined")))

/* Allocations until one fails; negative: none does.  One only, those after it succeed. */
static _Thread_local long countdown = -1;

UNWATCHED static bool is_to_fail(void)
{
	if (countdown < 0 || countdown-- > 0)
		return false;
	errno = ENOMEM;
	return true;
}

UNWATCHED void *malloc(size_t size)
{
	if (is_to_fail())
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

UNWATCHED void *calloc(size_t count, size_t size)
{
	if (is_to_fail())
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(count, size) : __libc_calloc(count, size);
}

UNWATCHED void *realloc(void *memory, size_t size)
{
	if (is_to_fail())
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(memory, size)
	                             : __libc_realloc(memory, size);
}

#define MOST_ALLOCATIONS 500

static char dir[64];

static void setup(void)
{
	make_dir(dir);
}

static void teardown(void)
{
	countdown = -1;
	remove_dir(dir);
}

/** @return true if the allocation that was to fail was never asked for: we are done */
static bool was_spared(void)
{
	bool is_spared = countdown >= 0;
	countdown = -1;
	return is_spared;
}

START_TEST(opening_a_session_fails_cleanly)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	options.data_dir = dir;
	bool is_done = false;
	for (long i = 0; i < MOST_ALLOCATIONS && !is_done; i++) {
		tstream_session *session = NULL;
		countdown = i;
		int code = tsi_session_open(&options, &fake_engine_ops, &session, NULL);
		is_done = was_spared();
		ck_assert(code == TSTREAM_OK || code == TSTREAM_ENOMEM);
		ck_assert((code == TSTREAM_OK) == (session != NULL));
		tstream_session_close(session);
	}
	ck_assert(is_done);
}
END_TEST

START_TEST(opening_a_torrent_fails_cleanly)
{
	tstream_session *session = open_plain(dir);
	bool is_done = false;
	for (long i = 0; i < MOST_ALLOCATIONS && !is_done; i++) {
		tstream_torrent *torrent = NULL;
		countdown = i;
		int code = tstream_torrent_open_magnet(session, FILM_MAGNET "&tr=udp://127.0.0.1:1",
		                                       &torrent, NULL);
		is_done = was_spared();
		ck_assert(code == TSTREAM_OK || code == TSTREAM_ENOMEM);
		ck_assert((code == TSTREAM_OK) == (torrent != NULL));
		tstream_torrent_unref(torrent);
		ck_assert_uint_eq(fake_engine_torrent_count(session->engine), 0);
	}
	ck_assert(is_done);
	tstream_session_close(session);
}
END_TEST

START_TEST(learning_metadata_fails_cleanly)
{
	tstream_session *session = open_plain(dir);
	bool is_done = false;
	for (long i = 0; i < MOST_ALLOCATIONS && !is_done; i++) {
		tstream_torrent *torrent = open_torrent(session, FILM_MAGNET);
		tsi_engine_torrent *engine = engine_of(torrent);
		countdown = i;
		bool is_told = fake_engine_deliver_metadata(engine, &film_content);
		is_done = was_spared();
		int code = tstream_torrent_wait_metadata(torrent, 0, NULL);
		ck_assert(code == TSTREAM_OK || code == (is_told ? TSTREAM_ENOMEM : TSTREAM_EAGAIN));
		tstream_torrent_unref(torrent);
	}
	ck_assert(is_done);
	tstream_session_close(session);
}
END_TEST

START_TEST(opening_a_reader_fails_cleanly)
{
	uint8_t bytes[100];
	tstream_session *session = open_plain(dir);
	tstream_torrent *torrent = open_ready(session, FILM_MAGNET, &film_content, 3);
	bool is_done = false;
	for (long i = 0; i < MOST_ALLOCATIONS && !is_done; i++) {
		tstream_reader *reader = NULL;
		countdown = i;
		int code = tstream_reader_open(torrent, FILM, NULL, &reader, NULL);
		is_done = was_spared();
		ck_assert(code == TSTREAM_OK || code == TSTREAM_ENOMEM);
		ck_assert((code == TSTREAM_OK) == (reader != NULL));
		if (reader) {
			ck_assert_int_eq(tstream_reader_read(reader, bytes, sizeof(bytes)), sizeof(bytes));
			assert_bytes(bytes, sizeof(bytes), &film_content, 2, 0);
		}
		tstream_reader_close(reader);
	}
	ck_assert(is_done);
	tstream_torrent_unref(torrent);
	tstream_session_close(session);
}
END_TEST

static void convert_subtitles(const char *charset)
{
	static const char utf8[] = "0:0:1->0:0:2\nA";
	char utf16[2 * sizeof(utf8)] = {0};
	tstream_subtitle_options options = TSTREAM_SUBTITLE_OPTIONS_INIT;
	bool is_utf16 = strcmp(charset, "UTF-16LE") == 0;
	bool is_done = false;
	options.charset = charset;
	for (size_t i = 0; i < sizeof(utf8) - 1; i++)
		utf16[2 * i] = utf8[i];
	for (long i = 0; i < MOST_ALLOCATIONS && !is_done; i++) {
		char *text = NULL;
		countdown = i;
		int code = tstream_subtitle_to_webvtt(is_utf16 ? utf16 : utf8,
		                                      (sizeof(utf8) - 1) * (is_utf16 ? 2 : 1), &options,
		                                      &text, NULL, NULL);
		is_done = was_spared();
		/* Where memory lacks for a converter, the C library says that there is none. */
		ck_assert(code == TSTREAM_OK || code == TSTREAM_ENOMEM ||
		          (is_utf16 && code == TSTREAM_EINVAL));
		ck_assert((code == TSTREAM_OK) == (text != NULL));
		tstream_free(text);
	}
	ck_assert(is_done);
}

START_TEST(converting_subtitles_fails_cleanly)
{
	convert_subtitles("UTF-8");
	convert_subtitles("UTF-16LE");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("out_of_memory");
	TCase *tcase = tcase_create("out_of_memory");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, opening_a_session_fails_cleanly);
	tcase_add_test(tcase, opening_a_torrent_fails_cleanly);
	tcase_add_test(tcase, learning_metadata_fails_cleanly);
	tcase_add_test(tcase, opening_a_reader_fails_cleanly);
	tcase_add_test(tcase, converting_subtitles_fails_cleanly);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
