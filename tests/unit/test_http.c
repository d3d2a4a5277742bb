/**
 * Fetching from strangers: who is asked, where redirects may lead, and that everything
 * ends.
 */
#include <check.h>
#include <stdlib.h>
#include <tstream/torrent.h>

#include "base/clock.h"
#include "local_http.h"
#include "net/http.h"
#include "suite.h"

#define MAGNET "magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c&dn=a b"
#define SECRET "apikey=SECRET"

/* "hello", and 64 KiB of zeros in 96 bytes. */
static const unsigned char gzip_hello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                           0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                           0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
static const unsigned char gzip_zeros[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x01, 0x01, 0x00, 0x00,
    0x00, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6a, 0xeb, 0x8e, 0x97, 0xd7, 0x00, 0x00, 0x01, 0x00};

static local_http server;
static tsi_http_response response;
static tstream_error error;

static void say_status(int fd, const char *status, const char *headers, const char *body)
{
	char text[2048];

	snprintf(text, sizeof(text),
	         "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n%s", status,
	         strlen(body), headers, body);
	local_http_say(fd, text);
}

static void redirect(int fd, const char *target)
{
	char header[512];

	snprintf(header, sizeof(header), "Location: %s\r\n", target);
	say_status(fd, "302 Found", header, "moved");
}

static void answer_ok(int fd, const char *request)
{
	(void)request;
	say_status(fd, "200 OK", "", "hello");
}

static void answer_empty(int fd, const char *request)
{
	(void)request;
	say_status(fd, "200 OK", "", "");
}

static void answer_echo(int fd, const char *request)
{
	say_status(fd, "200 OK", "Set-Cookie: a=b\r\n", request);
}

static void answer_missing(int fd, const char *request)
{
	(void)request;
	say_status(fd, "404 Not Found", "", "no");
}

/* A Location that counts for nothing beside another status. */
static void answer_created(int fd, const char *request)
{
	(void)request;
	say_status(fd, "201 Created", "Location: /ok\r\n", "");
}

static void answer_hints(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 103 Early Hints\r\nLocation: /loop\r\n\r\n");
	say_status(fd, "200 OK", "", "hello");
}

/* What the hints said must not be taken for where this leads. */
static void answer_nowhere(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 103 Early Hints\r\nLocation: /ok\r\n\r\n");
	say_status(fd, "302 Found", "", "");
}

static void answer_gzip(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	local_http_send(fd, gzip_hello, sizeof(gzip_hello));
}

static void answer_bomb(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	local_http_send(fd, gzip_zeros, sizeof(gzip_zeros));
}

static void answer_endless_body(int fd, const char *request)
{
	static const char block[4096];

	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	while (local_http_send(fd, block, sizeof(block)))
		;
}

static void answer_endless_headers(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\n");
	while (local_http_say(fd, "X-More: 0123456789012345678901234567890123456789\r\n"))
		;
}

static void answer_announced(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
	local_http_wait_for_hangup(fd);
}

static void answer_cut_short(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
}

static void answer_silence(int fd, const char *request)
{
	(void)request;
	local_http_wait_for_hangup(fd);
}

static void answer_rubbish(int fd, const char *request)
{
	(void)request;
	local_http_say(fd, "220 mail.example ESMTP\r\n");
}

/* /chain/3 leads to /chain/2 and so on; /chain/0 is there. */
static void answer_chain(int fd, const char *request)
{
	char target[64];
	int left = request[sizeof("GET /chain/") - 1] - '0';

	snprintf(target, sizeof(target), "/chain/%d?" SECRET, left - 1);
	if (left == 0)
		say_status(fd, "200 OK", "", "hello");
	else
		redirect(fd, target);
}

static void answer_to_user(int fd, const char *request)
{
	char target[64];

	(void)request;
	snprintf(target, sizeof(target), "http://me:secret@127.0.0.1:%u/ok", server.port);
	redirect(fd, target);
}

static void answer_to_long(int fd, const char *request)
{
	static char name[TSI_HTTP_MAX_URL_BYTES + 1];

	(void)request;
	memset(name, 'a', sizeof(name) - 1);
	local_http_say(fd, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /");
	local_http_say(fd, name);
	local_http_say(fd, "\r\n\r\n");
}

static void answer_redirect(int fd, const char *request)
{
	static const struct {
		const char *name;
		const char *target;
	} targets[] = {
	    {"/loop", "/loop?" SECRET},
	    {"/to-magnet", MAGNET},
	    {"/to-MAGNET", "MAGNET:?xt=x"},
	    {"/dir/to-sibling", "ok"},
	    {"/to-space", "/ok with space"},
	    {"/to-ftp", "ftp://127.0.0.1/a"},
	    {"/to-file", "file:///etc/passwd"},
	    {"/to-script", "javascript:alert(1)"},
	    {"/to-nothing", ""},
	    {"/to-rubbish", "http://"},
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const char *name = targets[i].name;

		if (strncmp(request + 4, name, strlen(name)) == 0) {
			redirect(fd, targets[i].target);
			return;
		}
	}
	say_status(fd, "500 Internal Server Error", "", "the test asks for what is not there");
}

static void answer(int fd, const char *request)
{
	static const struct {
		const char *name;
		local_http_fn answer;
	} routes[] = {
	    {"/ok", answer_ok},
	    {"/dir/ok", answer_ok},
	    {"/empty", answer_empty},
	    {"/echo", answer_echo},
	    {"/missing", answer_missing},
	    {"/created", answer_created},
	    {"/hints", answer_hints},
	    {"/nowhere", answer_nowhere},
	    {"/gzip", answer_gzip},
	    {"/bomb", answer_bomb},
	    {"/endless-body", answer_endless_body},
	    {"/endless-headers", answer_endless_headers},
	    {"/announced", answer_announced},
	    {"/cut-short", answer_cut_short},
	    {"/silence", answer_silence},
	    {"/rubbish", answer_rubbish},
	    {"/chain/", answer_chain},
	    {"/to-user", answer_to_user},
	    {"/to-long", answer_to_long},
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strncmp(request + 4, routes[i].name, strlen(routes[i].name)) == 0) {
			routes[i].answer(fd, request);
			return;
		}
	}
	answer_redirect(fd, request);
}

static void setup(void)
{
	memset(&response, 0, sizeof(response));
	memset(&error, 0, sizeof(error));
	local_http_start(&server, answer);
}

static void teardown(void)
{
	tsi_http_response_clear(&response);
	local_http_stop(&server);
}

static int get_url(const char *url, uint32_t flags, int64_t timeout_us, size_t max_body_bytes)
{
	tsi_http_request request = {
	    .url = url, .flags = flags, .timeout_us = timeout_us, .max_body_bytes = max_body_bytes};

	tsi_http_response_clear(&response);
	memset(&error, 0, sizeof(error));
	return tsi_http_get(&request, &response, &error);
}

/* From the local server, which the guard must be told to allow. */
static int get(const char *path, size_t max_body_bytes)
{
	char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s?" SECRET, server.port, path);
	return get_url(url, TSTREAM_URL_ALLOW_PRIVATE, 10 * INT64_C(1000000), max_body_bytes);
}

static void assert_body(const char *text)
{
	ck_assert_ptr_null(response.magnet);
	ck_assert_uint_eq(response.body_size, strlen(text));
	ck_assert_int_eq(memcmp(response.body, text, strlen(text)), 0);
}

/* A sentence with the words in it; nothing of the URL but scheme and host. */
static void assert_error(int code, const char *words)
{
	ck_assert_int_eq(error.code, code);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
	ck_assert_int_eq(error.message[strlen(error.message) - 1], '.');
	ck_assert_msg(strstr(error.message, "SECRET") == NULL, "%s", error.message);
	ck_assert_msg(strstr(error.message, "secret") == NULL, "%s", error.message);
	ck_assert_ptr_null(response.body);
	ck_assert_ptr_null(response.magnet);
}

START_TEST(a_body_is_given_whole)
{
	ck_assert_int_eq(get("/ok", 5), TSTREAM_OK);
	assert_body("hello");
	ck_assert_int_eq(get("/empty", 5), TSTREAM_OK);
	assert_body("");
	ck_assert_ptr_nonnull(response.body);
}
END_TEST

START_TEST(a_compressed_body_is_given_decoded)
{
	ck_assert_int_eq(get("/gzip", 5), TSTREAM_OK);
	assert_body("hello");
}
END_TEST

START_TEST(by_default_the_local_machine_is_not_asked)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost",          "2130706433",
	                                    "0x7f.1",    "0177.0.0.1",         "0.0.0.0",
	                                    "[::1]",     "[::ffff:127.0.0.1]", "127.1"};
	char url[128];

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(url, sizeof(url), "http://%s:%u/ok?" SECRET, hosts[i], server.port);
		ck_assert_msg(get_url(url, 0, 5000000, 5) == TSTREAM_EREFUSED, "%s: %s", url,
		              error.message);
		assert_error(TSTREAM_EREFUSED, "not on the public internet");
	}
	ck_assert_uint_eq(atomic_load(&server.request_count), 0);
}
END_TEST

START_TEST(redirects_are_followed_five_times_at_most)
{
	ck_assert_int_eq(get("/chain/5", 5), TSTREAM_OK);
	assert_body("hello");
	ck_assert_int_eq(get("/chain/6", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "redirects more than 5 times");
	ck_assert_int_eq(get("/loop", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "http://127.0.0.1 redirects");
}
END_TEST

START_TEST(a_redirect_may_be_relative)
{
	ck_assert_int_eq(get("/dir/to-sibling", 5), TSTREAM_OK);
	assert_body("hello");
	ck_assert_int_eq(get("/to-space", 5), TSTREAM_OK);
	assert_body("hello");
}
END_TEST

START_TEST(a_redirect_may_lead_to_a_magnet)
{
	ck_assert_int_eq(get("/to-magnet", 5), TSTREAM_OK);
	ck_assert_str_eq(response.magnet, MAGNET);
	ck_assert_ptr_null(response.body);
	ck_assert_int_eq(get("/to-MAGNET", 5), TSTREAM_OK);
	ck_assert_str_eq(response.magnet, "MAGNET:?xt=x");
}
END_TEST

START_TEST(a_redirect_may_lead_nowhere_else)
{
	static const char *const paths[] = {"/to-ftp", "/to-file", "/to-script", "/to-rubbish",
	                                    "/to-user"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_msg(get(paths[i], 5) == TSTREAM_EINVAL, "%s: %s", paths[i], error.message);
		assert_error(TSTREAM_EINVAL, "URL");
	}
	ck_assert_int_eq(get("/to-nothing", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "302");
	ck_assert_int_eq(get("/to-long", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "302");
}
END_TEST

START_TEST(a_location_counts_only_beside_a_redirect)
{
	ck_assert_int_eq(get("/hints", 5), TSTREAM_OK);
	assert_body("hello");
	ck_assert_int_eq(get("/nowhere", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "302");
	ck_assert_int_eq(get("/created", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "201");
}
END_TEST

START_TEST(a_status_that_is_no_success_is_an_error)
{
	ck_assert_int_eq(get("/missing", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "http://127.0.0.1 answers with HTTP status 404");
}
END_TEST

START_TEST(a_body_over_its_bound_is_an_error)
{
	static const char *const paths[] = {"/ok", "/endless-body", "/announced"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_msg(get(paths[i], 4) == TSTREAM_EINVAL, "%s: %s", paths[i], error.message);
		assert_error(TSTREAM_EINVAL, "more than the 4 bytes");
	}
}
END_TEST

START_TEST(a_compressed_body_is_counted_after_decoding)
{
	ck_assert_int_eq(get("/bomb", 65535), TSTREAM_EINVAL);
	assert_error(TSTREAM_EINVAL, "more than the 65535 bytes");
	ck_assert_int_eq(get("/bomb", 65536), TSTREAM_OK);
	ck_assert_uint_eq(response.body_size, 65536);
}
END_TEST

START_TEST(endless_headers_are_an_error)
{
	ck_assert_int_eq(get("/endless-headers", 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "endless headers");
}
END_TEST

START_TEST(what_is_cut_short_or_no_http_is_an_error)
{
	ck_assert_int_eq(get("/cut-short", 1000), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "http://127.0.0.1");
	ck_assert_int_eq(get("/rubbish", 1000), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "http://127.0.0.1");
}
END_TEST

START_TEST(a_silent_server_is_given_up_when_the_time_is_over)
{
	int64_t begin_us = tsi_now_us();
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/silence?" SECRET, server.port);
	ck_assert_int_eq(get_url(url, TSTREAM_URL_ALLOW_PRIVATE, 200000, 5), TSTREAM_ETIMEDOUT);
	assert_error(TSTREAM_ETIMEDOUT, "in time");
	ck_assert_int_ge(tsi_now_us() - begin_us, 200000);
	ck_assert_int_lt(tsi_now_us() - begin_us, 5000000);
}
END_TEST

START_TEST(nobody_listening_is_a_network_error)
{
	char url[128];
	unsigned port = server.port;

	local_http_stop(&server);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok?" SECRET, port);
	ck_assert_int_eq(get_url(url, TSTREAM_URL_ALLOW_PRIVATE, 5000000, 5), TSTREAM_ENET);
	assert_error(TSTREAM_ENET, "http://127.0.0.1");
	local_http_start(&server, answer);
}
END_TEST

START_TEST(nothing_of_the_users_own_goes_out)
{
	/* A proxy that nobody runs: if it were used, nothing would come back. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(get("/echo", 4096), TSTREAM_OK);
		ck_assert_ptr_null(memmem(response.body, response.body_size, "Cookie", 6));
		ck_assert_ptr_null(memmem(response.body, response.body_size, "Authorization", 13));
		ck_assert_ptr_null(memmem(response.body, response.body_size, "Referer", 7));
		ck_assert_ptr_nonnull(
		    memmem(response.body, response.body_size, "User-Agent: tstream/", 20));
	}
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}
END_TEST

START_TEST(what_is_no_web_url_is_refused_in_words)
{
	static const char *const urls[] = {
	    "",
	    "example",
	    "/etc/passwd",
	    "file:///etc/passwd",
	    "ftp://127.0.0.1/",
	    "gopher://127.0.0.1/",
	    "magnet:?xt=urn:btih:x",
	    "http://",
	    "http://127.0.0.1:99999/",
	    "http://127.0.0.1/a b",
	    "http://127.0.0.1/\r\nX: y",
	    "http://me:secret@127.0.0.1/",
	    "http://me@127.0.0.1/",
	    NULL,
	};

	for (size_t i = 0; i == 0 || urls[i - 1]; i++) {
		ck_assert_msg(get_url(urls[i], TSTREAM_URL_ALLOW_PRIVATE, 1000000, 5) == TSTREAM_EINVAL,
		              "%s: %d %s", urls[i] ? urls[i] : "NULL", error.code, error.message);
		assert_error(TSTREAM_EINVAL, "URL");
	}
	ck_assert_uint_eq(atomic_load(&server.request_count), 0);
}
END_TEST

START_TEST(the_length_of_a_url_is_bounded)
{
	char url[TSI_HTTP_MAX_URL_BYTES + 2];
	int length = snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok?", server.port);

	memset(url + length, 'a', sizeof(url) - (size_t)length);
	url[TSI_HTTP_MAX_URL_BYTES] = '\0';
	ck_assert_int_eq(get_url(url, TSTREAM_URL_ALLOW_PRIVATE, 5000000, 5), TSTREAM_OK);
	url[TSI_HTTP_MAX_URL_BYTES] = 'a';
	url[TSI_HTTP_MAX_URL_BYTES + 1] = '\0';
	ck_assert_int_eq(get_url(url, TSTREAM_URL_ALLOW_PRIVATE, 5000000, 5), TSTREAM_EINVAL);
	assert_error(TSTREAM_EINVAL, "longer than 8192 bytes");
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
	ck_assert_int_eq(get_url("http://127.0.0.1/", 0x80, 1000000, 5), TSTREAM_EINVAL);
	assert_error(TSTREAM_EINVAL, "flags");
}
END_TEST

START_TEST(without_libcurl_every_fetch_is_refused_in_words)
{
	ck_assert_int_eq(get("/ok", 5), TSTREAM_ENOTSUP);
	assert_error(TSTREAM_ENOTSUP, "libcurl");
	ck_assert_uint_eq(atomic_load(&server.request_count), 0);
}
END_TEST

/* For builds that leave libcurl out: the promise of the stub is another one. */
static Suite *make_suite_without_curl(void)
{
	Suite *suite = suite_create("http without libcurl");
	TCase *tcase = tcase_create("http");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, without_libcurl_every_fetch_is_refused_in_words);
	suite_add_tcase(suite, tcase);
	return suite;
}

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &a_body_is_given_whole,
	    &a_compressed_body_is_given_decoded,
	    &by_default_the_local_machine_is_not_asked,
	    &redirects_are_followed_five_times_at_most,
	    &a_redirect_may_be_relative,
	    &a_redirect_may_lead_to_a_magnet,
	    &a_redirect_may_lead_nowhere_else,
	    &a_location_counts_only_beside_a_redirect,
	    &a_status_that_is_no_success_is_an_error,
	    &a_body_over_its_bound_is_an_error,
	    &a_compressed_body_is_counted_after_decoding,
	    &endless_headers_are_an_error,
	    &what_is_cut_short_or_no_http_is_an_error,
	    &a_silent_server_is_given_up_when_the_time_is_over,
	    &nobody_listening_is_a_network_error,
	    &nothing_of_the_users_own_goes_out,
	    &what_is_no_web_url_is_refused_in_words,
	    &the_length_of_a_url_is_bounded,
	    &unknown_flags_are_refused,
	};
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("http");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	bool has_curl = get_url("", 0, 0, 0) != TSTREAM_ENOTSUP;
	return suite_run(has_curl ? make_suite() : make_suite_without_curl());
}
