/* Logins that count while the database is away. */
#include "known_logins.h"
#include "suite.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000
#define ANNA "01a20644-2731-703a-a124-982b06a1b024"
#define BERT "01a20644-2731-703a-a124-982b06a1b025"

static struct known_logins *known;

static void set_up(void)
{
	static const unsigned char secret[SECRET_BYTES] = {1};

	ck_assert_int_ge(sodium_init(), 0);
	known = known_logins_new(secret);
	ck_assert_ptr_nonnull(known);
}

static void tear_down(void)
{
	known_logins_free(known);
}

static uint64_t round_now(void)
{
	tstream_account account;
	uint64_t round;

	(void)known_logins_find(known, "nobody's", NOW, &account, &round);
	return round;
}

static void remember(const char *token, const char *id, int64_t expires_at_s, int64_t now_s)
{
	tstream_account account = TSTREAM_ACCOUNT_INIT;

	strcpy(account.id, id);
	account.expires_at_us = expires_at_s * 1000000;
	known_logins_remember(known, token, &account, now_s, round_now());
}

/* Whose it is; "" if nobody's */
static const char *owner(const char *token, int64_t now_s)
{
	static tstream_account account;
	uint64_t round;

	return known_logins_find(known, token, now_s, &account, &round) ? account.id : "";
}

START_TEST(a_login_is_found_by_its_token_alone)
{
	remember("one", ANNA, 0, NOW);
	remember("two", BERT, 0, NOW);
	ck_assert_str_eq(owner("one", NOW), ANNA);
	ck_assert_str_eq(owner("two", NOW), BERT);
	ck_assert_str_eq(owner("three", NOW), "");
	ck_assert_str_eq(owner("", NOW), "");
}
END_TEST

START_TEST(it_counts_for_some_time_after_it_was_last_confirmed)
{
	remember("one", ANNA, 0, NOW);
	ck_assert_str_eq(owner("one", NOW + KNOWN_LOGINS_LIFETIME_S - 1), ANNA);
	ck_assert_str_eq(owner("one", NOW + KNOWN_LOGINS_LIFETIME_S), "");
	remember("one", ANNA, 0, NOW + 10);
	ck_assert_str_eq(owner("one", NOW + KNOWN_LOGINS_LIFETIME_S), ANNA);
}
END_TEST

START_TEST(it_ends_when_it_would_have_ended_anyway)
{
	remember("one", ANNA, NOW + 5, NOW);
	ck_assert_str_eq(owner("one", NOW + 4), ANNA);
	ck_assert_str_eq(owner("one", NOW + 5), "");
}
END_TEST

START_TEST(an_accounts_logins_are_forgotten_together)
{
	remember("one", ANNA, 0, NOW);
	remember("two", BERT, 0, NOW);
	remember("three", ANNA, 0, NOW);
	known_logins_forget_account(known, ANNA);
	ck_assert_str_eq(owner("one", NOW), "");
	ck_assert_str_eq(owner("two", NOW), BERT);
	ck_assert_str_eq(owner("three", NOW), "");
}
END_TEST

START_TEST(what_the_database_refuses_is_forgotten_alone)
{
	remember("one", ANNA, 0, NOW);
	remember("two", ANNA, 0, NOW);
	known_logins_forget(known, "one");
	known_logins_forget(known, "three");
	ck_assert_str_eq(owner("one", NOW), "");
	ck_assert_str_eq(owner("two", NOW), ANNA);
}
END_TEST

START_TEST(an_answer_from_before_it_was_ended_brings_no_login_back)
{
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	uint64_t before = round_now();

	strcpy(account.id, ANNA);
	known_logins_forget_account(known, ANNA);
	known_logins_remember(known, "one", &account, NOW, before);
	ck_assert_str_eq(owner("one", NOW), "");
	remember("one", ANNA, 0, NOW);
	before = round_now();
	known_logins_forget(known, "one");
	known_logins_remember(known, "one", &account, NOW, before);
	ck_assert_str_eq(owner("one", NOW), "");
}
END_TEST

START_TEST(of_too_many_the_last_ones_are_kept)
{
	char token[16];

	for (int i = 0; i <= KNOWN_LOGINS_MAX; i++) {
		snprintf(token, sizeof(token), "token %d", i);
		remember(token, ANNA, 0, NOW + i);
	}
	ck_assert_str_eq(owner("token 0", NOW), "");
	for (int i = 1; i <= KNOWN_LOGINS_MAX; i++) {
		snprintf(token, sizeof(token), "token %d", i);
		ck_assert_str_eq(owner(token, NOW), ANNA);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("known logins");
	TCase *tests = tcase_create("known logins");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_login_is_found_by_its_token_alone);
	tcase_add_test(tests, it_counts_for_some_time_after_it_was_last_confirmed);
	tcase_add_test(tests, it_ends_when_it_would_have_ended_anyway);
	tcase_add_test(tests, an_accounts_logins_are_forgotten_together);
	tcase_add_test(tests, what_the_database_refuses_is_forgotten_alone);
	tcase_add_test(tests, an_answer_from_before_it_was_ended_brings_no_login_back);
	tcase_add_test(tests, of_too_many_the_last_ones_are_kept);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
