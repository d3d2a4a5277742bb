/**
 * The wakeup: level triggered, one byte in the pipe at most, one call of the callback for
 * each time it turns from low to high.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream/wake.h"
#include "suite.h"

static tsi_wake wake;
static unsigned call_count;

static void setup(void)
{
	call_count = 0;
	ck_assert_int_eq(tsi_wake_init(&wake), TSTREAM_OK);
}

static void teardown(void)
{
	tsi_wake_destroy(&wake);
}

static int is_readable(void)
{
	struct pollfd poller = {.fd = wake.read_fd, .events = POLLIN};
	return poll(&poller, 1, 0);
}

static void count_call(void *user)
{
	ck_assert_ptr_eq(user, &call_count);
	call_count++;
}

START_TEST(it_is_low_at_first)
{
	ck_assert_int_eq(is_readable(), 0);
}
END_TEST

START_TEST(raised_stays_raised_until_lowered)
{
	tsi_wake_raise(&wake);
	ck_assert_int_eq(is_readable(), 1);
	ck_assert_int_eq(is_readable(), 1);
	tsi_wake_lower(&wake);
	ck_assert_int_eq(is_readable(), 0);
}
END_TEST

START_TEST(raising_often_is_raising_once)
{
	for (int i = 0; i < 200000; i++)
		tsi_wake_raise(&wake); /* more than a pipe holds */
	tsi_wake_lower(&wake);
	ck_assert_int_eq(is_readable(), 0);
	tsi_wake_lower(&wake);
	tsi_wake_raise(&wake);
	ck_assert_int_eq(is_readable(), 1);
}
END_TEST

START_TEST(the_callback_runs_once_for_each_rise)
{
	tsi_wake_set_callback(&wake, count_call, &call_count);
	tsi_wake_raise(&wake);
	tsi_wake_raise(&wake);
	ck_assert_uint_eq(call_count, 1);
	tsi_wake_lower(&wake);
	tsi_wake_raise(&wake);
	ck_assert_uint_eq(call_count, 2);
}
END_TEST

START_TEST(a_callback_taken_away_is_not_called)
{
	tsi_wake_set_callback(&wake, count_call, &call_count);
	tsi_wake_set_callback(&wake, NULL, NULL);
	tsi_wake_raise(&wake);
	ck_assert_uint_eq(call_count, 0);
}
END_TEST

START_TEST(children_do_not_inherit_the_pipe)
{
	ck_assert_int_ne(fcntl(wake.read_fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_ne(fcntl(wake.write_fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_ne(fcntl(wake.read_fd, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(destroying_twice_is_harmless)
{
	tsi_wake_destroy(&wake);
	tsi_wake_destroy(&wake);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("wake");
	TCase *tcase = tcase_create("wake");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, it_is_low_at_first);
	tcase_add_test(tcase, raised_stays_raised_until_lowered);
	tcase_add_test(tcase, raising_often_is_raising_once);
	tcase_add_test(tcase, the_callback_runs_once_for_each_rise);
	tcase_add_test(tcase, a_callback_taken_away_is_not_called);
	tcase_add_test(tcase, children_do_not_inherit_the_pipe);
	tcase_add_test(tcase, destroying_twice_is_harmless);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
