/**
 * The queue of events: in order, bounded, and the wakeup up while there is one.
 */
#include "session_fixture.h"
#include "suite.h"

static char dir[64];
static tstream_session *session;

static void setup(void)
{
	make_dir(dir);
	session = open_plain(dir);
}

static void teardown(void)
{
	tstream_session_close(session);
	remove_dir(dir);
}

static void warn(unsigned number)
{
	char text[32];
	snprintf(text, sizeof(text), "number %u", number);
	fake_engine_warn(session->engine, text);
}

START_TEST(there_is_none_at_first)
{
	tstream_event event;
	ck_assert(!is_awake(session));
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_NONE);
}
END_TEST

START_TEST(they_come_in_order_and_the_fd_is_up_until_all_are_taken)
{
	tstream_event event;
	warn(1);
	warn(2);
	ck_assert(is_awake(session));
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_WARNING);
	ck_assert_str_eq(event.message, "number 1");
	ck_assert(is_awake(session));
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_WARNING);
	ck_assert_str_eq(event.message, "number 2");
	ck_assert(is_awake(session));
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_NONE);
	ck_assert(!is_awake(session));
}
END_TEST

START_TEST(a_full_queue_drops_the_oldest_and_says_so_first)
{
	tstream_event event;
	for (unsigned i = 0; i < TSI_EVENTS_CAPACITY + 10; i++)
		warn(i);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_OVERFLOW);
	ck_assert_int_eq(event.code, TSTREAM_ELIMIT);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_WARNING);
	ck_assert_str_eq(event.message, "number 10");
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_WARNING), TSI_EVENTS_CAPACITY - 1);
	warn(5);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_WARNING);
}
END_TEST

START_TEST(a_long_message_is_cut_and_ends)
{
	char text[2 * TSTREAM_ERROR_MESSAGE_BYTES];
	tstream_event event;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fake_engine_warn(session->engine, text);
	next_event(session, &event);
	ck_assert_uint_eq(strlen(event.message), TSTREAM_ERROR_MESSAGE_BYTES - 1);
}
END_TEST

START_TEST(an_older_caller_gets_the_fields_it_knows)
{
	struct {
		uint32_t struct_size;
		int32_t type;
		int32_t guard;
	} old = {.struct_size = 8, .guard = 1234};
	warn(1);
	ck_assert_int_eq(tstream_session_next_event(session, (tstream_event *)&old), 1);
	ck_assert_int_eq(old.type, TSTREAM_EVENT_WARNING);
	ck_assert_uint_eq(old.struct_size, 8);
	ck_assert_int_eq(old.guard, 1234);
}
END_TEST

START_TEST(a_newer_caller_keeps_what_we_do_not_know)
{
	struct {
		tstream_event event;
		uint64_t newer;
	} new = {.event = {.struct_size = sizeof(new)}, .newer = 99};
	warn(1);
	ck_assert_int_eq(tstream_session_next_event(session, &new.event), 1);
	ck_assert_uint_eq(new.event.struct_size, sizeof(new));
	ck_assert_uint_eq(new.newer, 99);
}
END_TEST

START_TEST(a_struct_without_a_size_is_refused_and_nothing_is_lost)
{
	tstream_event event = {0};
	warn(1);
	ck_assert_int_eq(tstream_session_next_event(session, &event), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_session_next_event(session, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_session_next_event(NULL, &event), TSTREAM_EINVAL);
	ck_assert_int_eq(next_event(session, &event), TSTREAM_EVENT_WARNING);
}
END_TEST

static void *warn_often(void *user)
{
	(void)user;
	for (unsigned i = 0; i < 2000; i++)
		warn(i);
	return NULL;
}

START_TEST(no_wakeup_is_lost_while_others_push)
{
	pthread_t threads[2];
	unsigned got_count = 0;
	bool has_overflowed = false;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, warn_often, NULL), 0);
	while (got_count < 4000 && !has_overflowed) {
		tstream_event event;
		struct pollfd poller = {.fd = tstream_session_get_wakeup_fd(session), .events = POLLIN};
		ck_assert_int_eq(poll(&poller, 1, PATIENCE_MS), 1);
		for (int type = next_event(session, &event); type; type = next_event(session, &event)) {
			got_count += type == TSTREAM_EVENT_WARNING;
			has_overflowed |= type == TSTREAM_EVENT_OVERFLOW;
		}
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	drain(session, TSTREAM_EVENT_NONE);
	ck_assert(!is_awake(session));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("events");
	TCase *tcase = tcase_create("events");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, there_is_none_at_first);
	tcase_add_test(tcase, they_come_in_order_and_the_fd_is_up_until_all_are_taken);
	tcase_add_test(tcase, a_full_queue_drops_the_oldest_and_says_so_first);
	tcase_add_test(tcase, a_long_message_is_cut_and_ends);
	tcase_add_test(tcase, an_older_caller_gets_the_fields_it_knows);
	tcase_add_test(tcase, a_newer_caller_keeps_what_we_do_not_know);
	tcase_add_test(tcase, a_struct_without_a_size_is_refused_and_nothing_is_lost);
	tcase_add_test(tcase, no_wakeup_is_lost_while_others_push);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
