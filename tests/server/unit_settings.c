/* Flags and environment. */
#include "settings.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static char message[512];

#define READ(...)                                                                                  \
	read_settings((char *[]){"tstream-server", __VA_ARGS__, NULL},                                 \
	              sizeof((char *[]){"tstream-server", __VA_ARGS__}) / sizeof(char *))

static int read_settings(char **argv, size_t argc)
{
	message[0] = '\0';
	return settings_read(&settings, (int)argc, argv, message, sizeof(message));
}

static void clear_environment(void)
{
	clearenv();
}

START_TEST(without_any_it_listens_on_loopback_only)
{
	char *argv[] = {"tstream-server", NULL};

	ck_assert_int_eq(read_settings(argv, 1), 0);
	ck_assert_str_eq(settings.host, "127.0.0.1");
	ck_assert_uint_eq(settings.port, 8080);
	ck_assert_uint_eq(settings.max_streams, 256);
	ck_assert_str_eq(settings.token, "");
	ck_assert(!settings.no_dht);
}
END_TEST

START_TEST(flags_take_their_value_after_a_space_or_an_equals_sign)
{
	ck_assert_int_eq(READ("--port", "81", "--max-streams=7", "--no-dht"), 0);
	ck_assert_uint_eq(settings.port, 81);
	ck_assert_uint_eq(settings.max_streams, 7);
	ck_assert(settings.no_dht);
}
END_TEST

START_TEST(the_token_of_the_figures_is_another_one)
{
	setenv("METRICS_TOKEN", "figures", 1);
	setenv("LOG_FORMAT", "json", 1);
	ck_assert_int_eq(READ("--accounts"), 0);
	ck_assert_str_eq(settings.metrics_token, "figures");
	ck_assert_str_eq(settings.token, "");
	ck_assert_int_eq(settings.log_format, LOG_FORMAT_JSON);
}
END_TEST

START_TEST(flags_win_over_the_environment)
{
	setenv("PORT", "1", 1);
	setenv("NO_DHT", "yes", 1);
	setenv("MAX_STREAMS", "9", 1);
	setenv("QUOTA", "", 1);
	ck_assert_int_eq(READ("--port", "2", "--no-dht=no"), 0);
	ck_assert_uint_eq(settings.port, 2);
	ck_assert_uint_eq(settings.max_streams, 9);
	ck_assert(!settings.no_dht);
}
END_TEST

START_TEST(what_is_unknown_or_cannot_be_meant_is_refused)
{
	ck_assert_int_eq(READ("--spam"), -1);
	ck_assert_ptr_nonnull(strstr(message, "--spam"));
	ck_assert_int_eq(READ("spam"), -1);
	ck_assert_int_eq(READ("--"), -1);
	ck_assert_int_eq(READ("-p"), -1);
	ck_assert_int_eq(READ("--port"), -1);
	ck_assert_int_eq(READ("--port="), -1);
	ck_assert_int_eq(READ("--port", "65536"), -1);
	ck_assert_int_eq(READ("--port", "-1"), -1);
	ck_assert_int_eq(READ("--port", "8x"), -1);
	ck_assert_int_eq(READ("--max-streams", "0"), -1);
	ck_assert_int_eq(READ("--no-dht=maybe"), -1);
	ck_assert_int_eq(READ("--log", "loud"), -1);
	ck_assert_int_eq(READ("--log-format", "xml"), -1);
	ck_assert_int_eq(READ("--metrics-token-file", "/nothing"), -1);
	ck_assert_int_eq(READ("--token", "secret"), -1);
	ck_assert_int_eq(READ("--public-url", "tv.example"), -1);
	ck_assert_int_eq(READ("--public-url", "https://tv.example/"), -1);
	ck_assert_int_eq(READ("--max-connections", "100", "--max-streams", "200"), -1);
}
END_TEST

START_TEST(a_variable_that_cannot_be_meant_is_named)
{
	setenv("MAX_PEERS", "many", 1);
	ck_assert_int_eq(READ("--port", "1"), -1);
	ck_assert_ptr_nonnull(strstr(message, "MAX_PEERS=many"));
}
END_TEST

START_TEST(sizes_have_units)
{
	uint64_t bytes = 0;

	ck_assert_int_eq(settings_parse_bytes("0", &bytes), 0);
	ck_assert_uint_eq(bytes, 0);
	ck_assert_int_eq(settings_parse_bytes("4096", &bytes), 0);
	ck_assert_uint_eq(bytes, 4096);
	ck_assert_int_eq(settings_parse_bytes("10G", &bytes), 0);
	ck_assert_uint_eq(bytes, (uint64_t)10 << 30);
	ck_assert_int_eq(settings_parse_bytes("1T", &bytes), 0);
	ck_assert_uint_eq(bytes, (uint64_t)1 << 40);
	ck_assert_int_eq(settings_parse_bytes("", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("G", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("1X", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("1GB", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("-1", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("1.5G", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("99999999T", &bytes), -1);
	ck_assert_int_eq(settings_parse_bytes("18446744073709551616", &bytes), -1);
}
END_TEST

START_TEST(beyond_loopback_a_token_is_demanded)
{
	ck_assert_int_eq(READ("--host", "0.0.0.0"), -1);
	ck_assert_ptr_nonnull(strstr(message, "TOKEN"));
	ck_assert_int_eq(READ("--host", "::"), -1);
	ck_assert_int_eq(READ("--host", "127.0.0.3"), 0);
	ck_assert_int_eq(READ("--host", "localhost"), 0);
	setenv("TOKEN", "secret", 1);
	ck_assert_int_eq(READ("--host", "0.0.0.0"), 0);
	ck_assert_str_eq(settings.token, "secret");
}
END_TEST

START_TEST(beyond_loopback_accounts_will_do_too_but_not_both)
{
	ck_assert_int_eq(READ("--host", "0.0.0.0", "--accounts"), 0);
	ck_assert(settings.accounts);
	setenv("TOKEN", "secret", 1);
	ck_assert_int_eq(READ("--accounts"), -1);
	ck_assert_ptr_nonnull(strstr(message, "exclude"));
}
END_TEST

START_TEST(registration_has_three_words)
{
	ck_assert_int_eq(READ("--accounts"), 0);
	ck_assert_int_eq(settings.registration, REGISTRATION_FIRST);
	ck_assert_int_eq(READ("--registration", "open"), 0);
	ck_assert_int_eq(settings.registration, REGISTRATION_OPEN);
	setenv("REGISTRATION", "closed", 1);
	ck_assert_int_eq(READ("--port", "1"), 0);
	ck_assert_int_eq(settings.registration, REGISTRATION_CLOSED);
	ck_assert_int_eq(READ("--registration", "yes"), -1);
}
END_TEST

START_TEST(a_database_with_a_password_is_named_by_the_environment_only)
{
	ck_assert_int_eq(READ("--database-url", "postgresql://me:pw@db/tv"), -1);
	ck_assert_ptr_null(strstr(message, "pw@"));
	ck_assert_int_eq(READ("--database-url", "postgresql://db/tv?password=pw"), -1);
	ck_assert_int_eq(READ("--database-url", "postgresql://me@db:5432/tv"), 0);
	ck_assert_int_eq(READ("--database-url", "sqlite:/var/lib/a:b@c.db"), 0);
	setenv("DATABASE_URL", "postgresql://me:pw@db/tv", 1);
	ck_assert_int_eq(READ("--port", "1"), 0);
	ck_assert_str_eq(settings.database_url, "postgresql://me:pw@db/tv");
}
END_TEST

START_TEST(an_account_is_made_by_a_flag_and_never_by_the_environment)
{
	setenv("CREATE_ACCOUNT", "anna", 1);
	setenv("PASSWORD_FILE", "/x", 1);
	ck_assert_int_eq(READ("--port", "1"), 0);
	ck_assert_ptr_null(settings.create_account);
	ck_assert_ptr_null(settings.password_file);
	ck_assert_int_eq(READ("--create-account", "anna", "--password-file", "/x"), 0);
	ck_assert_str_eq(settings.create_account, "anna");
	ck_assert_int_eq(READ("--password-file", "/x"), -1);
}
END_TEST

START_TEST(names_that_begin_like_loopback_are_not)
{
	ck_assert(!settings_is_loopback("127.0.0.1.evil.example"));
	ck_assert(!settings_is_loopback("localhost.evil.example"));
	ck_assert(!settings_is_loopback("128.0.0.1"));
	ck_assert(settings_is_loopback("127.255.0.9"));
	ck_assert(settings_is_loopback("::1"));
}
END_TEST

START_TEST(a_token_must_fit_into_headers_cookies_and_urls)
{
	char longest[SETTINGS_TOKEN_BYTES + 1];

	setenv("TOKEN", "two words", 1);
	ck_assert_int_eq(READ("--port", "1"), -1);
	setenv("TOKEN", "semi;colon", 1);
	ck_assert_int_eq(READ("--port", "1"), -1);
	memset(longest, 'a', sizeof(longest));
	longest[SETTINGS_TOKEN_BYTES] = '\0';
	setenv("TOKEN", longest, 1);
	ck_assert_int_eq(READ("--port", "1"), -1);
	longest[SETTINGS_TOKEN_BYTES - 1] = '\0';
	setenv("TOKEN", longest, 1);
	ck_assert_int_eq(READ("--port", "1"), 0);
	ck_assert_str_eq(settings.token, longest);
}
END_TEST

START_TEST(a_token_file_is_read_to_the_end_of_its_line)
{
	char path[] = "/tmp/tstream-unit-token.XXXXXX";
	int descriptor = mkstemp(path);
	FILE *file = fdopen(descriptor, "w");

	fputs("from-a-file\n", file);
	fclose(file);
	ck_assert_int_eq(READ("--token-file", path), 0);
	ck_assert_str_eq(settings.token, "from-a-file");
	remove(path);
	ck_assert_int_eq(READ("--token-file", path), -1);
	ck_assert_ptr_nonnull(strstr(message, path));
}
END_TEST

START_TEST(a_cluster_needs_a_redis_and_an_address_with_a_port)
{
	static const char *const refused[] = {
	    "10.0.0.5", ":6881", "10.0.0.5:", "10.0.0.5:65536", "::1:6881", "10.0.0.5:x"};
	static const char *const taken[] = {"10.0.0.5:6881", "[::1]:0", "one.example:6881"};

	ck_assert_int_eq(READ("--cluster-address", "10.0.0.5:6881"), -1);
	ck_assert_ptr_nonnull(strstr(message, "REDIS_URL"));
	setenv("REDIS_URL", "redis://127.0.0.1", 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(READ("--cluster-address", (char *)refused[i]) == -1, "%s", refused[i]);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		ck_assert_msg(READ("--cluster-address", (char *)taken[i]) == 0, "%s", taken[i]);
}
END_TEST

START_TEST(addresses_with_passwords_may_be_in_files)
{
	const char *url = "postgresql://user:password@host/name";
	char path[] = "/tmp/tstream-unit-url.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");

	fputs(url, file);
	fclose(file);
	ck_assert_int_eq(READ("--database-url-file", path, "--redis-url-file", path), 0);
	ck_assert_str_eq(settings.database_url, url);
	ck_assert_str_eq(settings.redis_url, url);
	ck_assert_int_eq(READ("--database-url-file", path, "--database-url", "sqlite:x"), 0);
	ck_assert_str_eq(settings.database_url, "sqlite:x");
	remove(path);
	ck_assert_int_eq(READ("--redis-url-file", path), -1);
	ck_assert_ptr_nonnull(strstr(message, path));
}
END_TEST

START_TEST(an_address_is_never_cut_off)
{
	char path[] = "/tmp/tstream-unit-url.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");

	for (int i = 0; i < SETTINGS_URL_BYTES; i++)
		fputc('x', file);
	fclose(file);
	ck_assert_int_eq(READ("--database-url-file", path), -1);
	remove(path);
}
END_TEST

START_TEST(help_needs_nothing_else_to_be_right)
{
	ck_assert_int_eq(READ("--host", "0.0.0.0", "--help"), 0);
	ck_assert(settings.help);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tests = tcase_create("settings");

	tcase_add_checked_fixture(tests, clear_environment, NULL);
	tcase_add_test(tests, without_any_it_listens_on_loopback_only);
	tcase_add_test(tests, flags_take_their_value_after_a_space_or_an_equals_sign);
	tcase_add_test(tests, the_token_of_the_figures_is_another_one);
	tcase_add_test(tests, flags_win_over_the_environment);
	tcase_add_test(tests, what_is_unknown_or_cannot_be_meant_is_refused);
	tcase_add_test(tests, a_variable_that_cannot_be_meant_is_named);
	tcase_add_test(tests, sizes_have_units);
	tcase_add_test(tests, beyond_loopback_a_token_is_demanded);
	tcase_add_test(tests, beyond_loopback_accounts_will_do_too_but_not_both);
	tcase_add_test(tests, registration_has_three_words);
	tcase_add_test(tests, a_database_with_a_password_is_named_by_the_environment_only);
	tcase_add_test(tests, an_account_is_made_by_a_flag_and_never_by_the_environment);
	tcase_add_test(tests, names_that_begin_like_loopback_are_not);
	tcase_add_test(tests, a_token_must_fit_into_headers_cookies_and_urls);
	tcase_add_test(tests, a_token_file_is_read_to_the_end_of_its_line);
	tcase_add_test(tests, a_cluster_needs_a_redis_and_an_address_with_a_port);
	tcase_add_test(tests, addresses_with_passwords_may_be_in_files);
	tcase_add_test(tests, an_address_is_never_cut_off);
	tcase_add_test(tests, help_needs_nothing_else_to_be_right);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
