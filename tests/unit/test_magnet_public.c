/**
 * A magnet for everybody: trackers that may hold a user's key are left out.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/magnet_public.h"
#include "suite.h"

#define V1 "0101010101010101010101010101010101010101"
#define V2 "0202020202020202020202020202020202020202020202020202020202020202"

static const struct {
	const char *url;
	bool is_public;
} trackers[] = {
    {"udp://tracker.example:6969", true},
    {"udp://tracker.example:6969/announce", true},
    {"https://tracker.example/announce", true},
    {"http://tracker.example/", true},
    {"wss://[2001:db8::1]:443/announce", true},
    {"https://tracker.example/0123456789abcdef/announce", false},
    {"https://tracker.example/announce/0123456789abcdef", false},
    {"https://tracker.example/announce?passkey=secret", false},
    {"https://tracker.example?passkey=secret", false},
    {"https://user:secret@tracker.example/announce", false},
    {"https://tracker.example/announce.php", false},
    {"https://tracker.example/announce#secret", false},
    {"https:///announce", false},
    {"tracker.example", false},
    {"", false},
};

START_TEST(trackers_with_room_for_a_key_are_not_public)
{
	ck_assert_int_eq(tsi_tracker_is_public(trackers[_i].url), trackers[_i].is_public);
}
END_TEST

START_TEST(what_is_public_is_kept)
{
	tsi_magnet magnet;
	const char *text =
	    "magnet:?xt=urn:btih:" V1 "&xt=urn:btmh:1220" V2
	    "&tr=udp%3A%2F%2Ft.example%3A1&tr=https%3A%2F%2Fp.example%2Fsecret%2Fannounce"
	    "&ws=https%3A%2F%2Fw.example%2Fsecret&x.pe=192.0.2.1:1";
	ck_assert_int_eq(tsi_magnet_parse(text, &magnet, NULL), 0);
	char *made = tsi_magnet_public(&magnet, "A & B \xc3\xa9");
	ck_assert_str_eq(made, "magnet:?xt=urn:btih:" V1 "&xt=urn:btmh:1220" V2
	                       "&dn=A%20%26%20B%20%C3%A9&tr=udp%3A%2F%2Ft.example%3A1");
	free(made);
	tsi_magnet_clear(&magnet);
}
END_TEST

START_TEST(what_is_made_is_a_magnet_again)
{
	tsi_magnet magnet;
	tsi_magnet again;
	ck_assert_int_eq(tsi_magnet_parse("magnet:?xt=urn:btmh:1220" V2, &magnet, NULL), 0);
	char *made = tsi_magnet_public(&magnet, NULL);
	ck_assert_int_eq(tsi_magnet_parse(made, &again, NULL), 0);
	ck_assert(again.infohash.has_v2 && !again.infohash.has_v1);
	free(made);
	tsi_magnet_clear(&magnet);
	tsi_magnet_clear(&again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("magnet_public");
	TCase *tcase = tcase_create("magnet_public");
	tcase_add_loop_test(tcase, trackers_with_room_for_a_key_are_not_public, 0,
	                    sizeof(trackers) / sizeof(trackers[0]));
	tcase_add_test(tcase, what_is_public_is_kept);
	tcase_add_test(tcase, what_is_made_is_a_magnet_again);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
