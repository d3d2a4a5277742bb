/* Waiting for the session to be open. */
#include "gate.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>

/* Never reached unless a test fails: a gate that is set lets its waiters go at once. */
#define LONG_US ((int64_t)30 * 1000000)

static struct gate gate;

static void set_up(void)
{
	gate_init(&gate);
}

static void tear_down(void)
{
	gate_destroy(&gate);
}

START_TEST(a_shut_gate_is_waited_for_no_longer_than_asked)
{
	ck_assert(!gate_pass(&gate, 0));
	ck_assert(!gate_pass(&gate, 1000));
}
END_TEST

START_TEST(an_open_gate_lets_all_pass)
{
	gate_set(&gate, GATE_OPEN);
	ck_assert(gate_pass(&gate, 0));
	ck_assert(gate_pass(&gate, LONG_US));
}
END_TEST

START_TEST(a_gate_that_is_gone_is_not_waited_for)
{
	gate_set(&gate, GATE_GONE);
	ck_assert(!gate_pass(&gate, LONG_US));
}
END_TEST

static void *pass(void *user)
{
	bool *has_passed = user;

	*has_passed = gate_pass(&gate, LONG_US);
	return NULL;
}

START_TEST(those_that_wait_pass_when_it_opens)
{
	bool has_passed[4] = {false};
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, pass, &has_passed[i]), 0);
	gate_set(&gate, GATE_OPEN);
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(has_passed[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate");
	TCase *tests = tcase_create("gate");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_shut_gate_is_waited_for_no_longer_than_asked);
	tcase_add_test(tests, an_open_gate_lets_all_pass);
	tcase_add_test(tests, a_gate_that_is_gone_is_not_waited_for);
	tcase_add_test(tests, those_that_wait_pass_when_it_opens);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
