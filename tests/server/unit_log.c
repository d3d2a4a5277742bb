/* What may be written into a log. */
#include "deep_stack.h"
#include "log.h"
#include "suite.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>

static const struct {
	const char *said;
	const char *written;
} messages[] = {
    {"", ""},
    {"the disk is full", "the disk is full"},
    {"announce http://tracker.example/0123passkey/announce failed",
     "announce http://tracker.example failed"},
    {"https://indexer.example:8443/api?apikey=secret", "https://indexer.example:8443"},
    {"postgresql://anna:secret@db.example/films: refused", "postgresql://db.example refused"},
    {"redis://:secret@127.0.0.1:6379/0", "redis://127.0.0.1:6379"},
    {"http://a.example?key=secret", "http://a.example"},
    {"http://a.example#secret and udp://b.example:6969",
     "http://a.example and udp://b.example:6969"},
    {"http://user:a@secret@host.example/", "http://host.example"},
    {"opened magnet:?xt=urn:btih:00&tr=http%3A%2F%2Fx%2Fsecret now", "opened magnet: now"},
    {"\"MAGNET:?tr=secret\"", "\"MAGNET:\""},
    {"://", "://"},
    {"a:// b", "a:// b"},
};

START_TEST(addresses_and_magnets_lose_what_may_be_a_secret)
{
	char message[256];

	snprintf(message, sizeof(message), "%s", messages[_i].said);
	log_redact(message);
	ck_assert_str_eq(message, messages[_i].written);
}
END_TEST

static void *look(void *unused)
{
	(void)unused;
	return (void *)log_get_request();
}

START_TEST(each_thread_has_a_request_of_its_own)
{
	void *elsewhere = "";
	pthread_t thread;

	log_set_request("mine");
	ck_assert_int_eq(pthread_create(&thread, NULL, look, NULL), 0);
	pthread_join(thread, &elsewhere);
	ck_assert_ptr_null(elsewhere);
	ck_assert_str_eq(log_get_request(), "mine");
	log_set_request(NULL);
	ck_assert_ptr_null(log_get_request());
}
END_TEST

static void *compare(void *request_id)
{
	ck_assert_str_eq(log_get_request(), request_id);
	return NULL;
}

START_TEST(what_is_called_on_a_deep_stack_is_still_about_the_request)
{
	char request_id[] = "mine";

	log_set_request(request_id);
	ck_assert_int_eq(deep_stack_call(compare, request_id), 0);
	log_set_request(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	tcase_add_loop_test(tests, addresses_and_magnets_lose_what_may_be_a_secret, 0,
	                    sizeof(messages) / sizeof(messages[0]));
	tcase_add_test(tests, each_thread_has_a_request_of_its_own);
	tcase_add_test(tests, what_is_called_on_a_deep_stack_is_still_about_the_request);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
