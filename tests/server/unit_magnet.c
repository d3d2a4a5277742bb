/* Which torrent a magnet names, told without opening it. */
#include "magnet.h"

#include <check.h>
#include <stdlib.h>

#define HEX "0123456789abcdef0123456789abcdef01234567"
#define UPPER_HEX "0123456789ABCDEF0123456789ABCDEF01234567"
#define BASE32 "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"
#define V2 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char infohash[TSTREAM_INFOHASH_BYTES];

static void check_names(const char *magnet, const char *expected)
{
	ck_assert_msg(magnet_parse_infohash(magnet, infohash), "%s", magnet);
	ck_assert_str_eq(infohash, expected);
}

static void check_names_none(const char *magnet)
{
	ck_assert_msg(!magnet_parse_infohash(magnet, infohash), "%s", magnet);
}

START_TEST(hexadecimal_is_given_in_lower_case)
{
	check_names("magnet:?xt=urn:btih:" HEX, HEX);
	check_names("magnet:?xt=urn:btih:" UPPER_HEX, HEX);
	check_names("MAGNET:?XT=URN:BTIH:" UPPER_HEX, HEX);
	check_names(UPPER_HEX, HEX);
	check_names(V2, V2);
}
END_TEST

START_TEST(base32_is_turned_to_hexadecimal)
{
	check_names("magnet:?xt=urn:btih:" BASE32, HEX);
	check_names("magnet:?xt=urn:btih:aerukz4jvpg66ajdivtytk6n54asgrlh", HEX);
	check_names(BASE32, HEX);
	check_names_none("magnet:?xt=urn:btih:1ERUKZ4JVPG66AJDIVTYTK6N54ASGRLH");
}
END_TEST

START_TEST(a_multihash_is_the_v2_infohash)
{
	check_names("magnet:?xt=urn:btmh:1220" V2, V2);
	check_names_none("magnet:?xt=urn:btmh:1220" HEX);
	check_names_none("magnet:?xt=urn:btmh:1114" V2);
}
END_TEST

START_TEST(the_topic_may_stand_anywhere_be_numbered_and_escaped)
{
	check_names("magnet:?dn=film&xt=urn:btih:" HEX "&tr=http://a.example", HEX);
	check_names("magnet:?xt.1=urn:btih:" HEX, HEX);
	check_names("magnet:?xt=urn%3Abtih%3a" HEX, HEX);
	check_names("magnet:?xt=urn:sha1:x&xt=urn:btmh:1220" V2 "&xt=urn:btih:" HEX, V2);
}
END_TEST

START_TEST(a_hash_elsewhere_names_nothing)
{
	check_names_none("");
	check_names_none("magnet:");
	check_names_none("magnet:?");
	check_names_none("magnet:?dn=xt=urn:btih:" HEX);
	check_names_none("magnet:?tr=http://a.example/?xt=urn:btih:" HEX);
	check_names_none("http://a.example/?xt=urn:btih:" HEX);
	check_names_none("magnet:?xt=urn:btih:" HEX "0");
	check_names_none("magnet:?xt=urn:btih:" HEX "%00");
	check_names_none("magnet:?xt=urn:btih");
	check_names_none("magnet:?xt.=");
	check_names_none("magnet:?x");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("magnet");
	TCase *tests = tcase_create("magnet");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, hexadecimal_is_given_in_lower_case);
	tcase_add_test(tests, base32_is_turned_to_hexadecimal);
	tcase_add_test(tests, a_multihash_is_the_v2_infohash);
	tcase_add_test(tests, the_topic_may_stand_anywhere_be_numbered_and_escaped);
	tcase_add_test(tests, a_hash_elsewhere_names_nothing);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
