/**
 * Magnets: what names a torrent, what is kept beside it, and what is refused in words.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/torrent.h>

#include "core/magnet.h"
#include "suite.h"

#define V1 "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c"
#define V1_BASE32 "3WBFL3G4PSSV7MF37AJSHWDQMLNR63I4"
#define V2 "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"
#define URI "magnet:?xt=urn:btih:" V1

static tsi_magnet magnet;
static tstream_error error;

static void setup(void)
{
	memset(&magnet, 0, sizeof(magnet));
	memset(&error, 0, sizeof(error));
}

static void teardown(void)
{
	tsi_magnet_clear(&magnet);
}

static void accept(const char *text)
{
	tsi_magnet_clear(&magnet);
	ck_assert_msg(tsi_magnet_parse(text, &magnet, &error) == TSTREAM_OK, "%s: %s", text,
	              error.message);
}

/* Every refusal is a sentence that holds the given words, and leaves out_ alone. */
static void refuse(const char *text, const char *words)
{
	tsi_magnet untouched;

	memset(&untouched, 0x5A, sizeof(untouched));
	memset(&error, 0, sizeof(error));
	ck_assert_int_eq(tsi_magnet_parse(text, &untouched, &error), TSTREAM_EINVAL);
	ck_assert_int_eq(error.code, TSTREAM_EINVAL);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
	ck_assert_int_eq(error.message[strlen(error.message) - 1], '.');
	for (size_t i = 0; i < sizeof(untouched); i++)
		ck_assert_uint_eq(((unsigned char *)&untouched)[i], 0x5A);
}

static void assert_name(const char *infohash)
{
	char text[TSTREAM_INFOHASH_BYTES];

	tsi_infohash_format(&magnet.infohash, text);
	ck_assert_str_eq(text, infohash);
}

START_TEST(a_plain_magnet_names_its_torrent)
{
	accept(URI);
	assert_name(V1);
	ck_assert(magnet.infohash.has_v1);
	ck_assert(!magnet.infohash.has_v2);
	ck_assert_ptr_null(magnet.name);
}
END_TEST

START_TEST(a_hash_may_be_base32_or_in_upper_case)
{
	accept("magnet:?xt=urn:btih:" V1_BASE32);
	assert_name(V1);
	accept("magnet:?xt=urn:btih:3wbfl3g4pssv7mf37ajshwdqmlnr63i4");
	assert_name(V1);
	accept("magnet:?xt=urn:btih:DD8255ECDC7CA55FB0BBF81323D87062DB1F6D1C");
	assert_name(V1);
}
END_TEST

START_TEST(bare_hashes_are_magnets_too)
{
	accept(V1);
	assert_name(V1);
	accept(V1_BASE32);
	assert_name(V1);
	accept(V2);
	assert_name(V2);
	ck_assert(!magnet.infohash.has_v1);
}
END_TEST

START_TEST(a_v2_magnet_holds_a_sha256_multihash)
{
	accept("magnet:?xt=urn:btmh:1220" V2);
	assert_name(V2);
	ck_assert(magnet.infohash.has_v2);
	ck_assert(!magnet.infohash.has_v1);
}
END_TEST

START_TEST(a_hybrid_has_both_names_and_goes_by_the_first)
{
	accept("magnet:?xt=urn:btmh:1220" V2 "&xt=urn:btih:" V1);
	ck_assert(magnet.infohash.has_v1);
	ck_assert(magnet.infohash.has_v2);
	assert_name(V1);
}
END_TEST

START_TEST(keys_and_scheme_may_be_in_any_case)
{
	accept("MAGNET:?XT=URN:BTIH:" V1 "&Dn=Name&TR=udp://t.example:1");
	assert_name(V1);
	ck_assert_str_eq(magnet.name, "Name");
	ck_assert_uint_eq(magnet.tracker_count, 1);
}
END_TEST

START_TEST(values_may_be_percent_encoded)
{
	accept("magnet:?xt=urn%3Abtih%3A" V1 "&tr=udp%3A%2F%2Ftracker.example%3A6969%2Fannounce");
	assert_name(V1);
	ck_assert_str_eq(magnet.trackers[0], "udp://tracker.example:6969/announce");
}
END_TEST

START_TEST(keys_may_be_numbered)
{
	accept("magnet:?xt.1=urn:btih:" V1 "&tr.1=http://a.example/a&tr.2=http://b.example/a");
	ck_assert_uint_eq(magnet.tracker_count, 2);
	ck_assert_str_eq(magnet.trackers[1], "http://b.example/a");
}
END_TEST

START_TEST(ampersands_copied_out_of_html_are_understood)
{
	accept(URI "&amp;dn=Name&amp;tr=http://a.example/a");
	ck_assert_str_eq(magnet.name, "Name");
	ck_assert_uint_eq(magnet.tracker_count, 1);
}
END_TEST

START_TEST(trackers_web_seeds_sources_and_peers_are_kept_in_order)
{
	accept(URI "&tr=udp://a.example:1&tr=wss://b.example&ws=http://w.example/f/"
	           "&ws=https://x.example/&xs=https://x.example/a.torrent&as=http://y.example/a.torrent"
	           "&x.pe=192.0.2.1:6881&x.pe=%5B2001:db8::1%5D:51413&so=0,2-4");
	ck_assert_uint_eq(magnet.tracker_count, 2);
	ck_assert_str_eq(magnet.trackers[1], "wss://b.example");
	ck_assert_uint_eq(magnet.web_seed_count, 2);
	ck_assert_str_eq(magnet.web_seeds[0], "http://w.example/f/");
	ck_assert_uint_eq(magnet.source_count, 2);
	ck_assert_str_eq(magnet.sources[1], "http://y.example/a.torrent");
	ck_assert_uint_eq(magnet.peer_count, 2);
	ck_assert_str_eq(magnet.peers[0], "192.0.2.1:6881");
	ck_assert_str_eq(magnet.peers[1], "[2001:db8::1]:51413");
}
END_TEST

START_TEST(what_is_no_tracker_is_dropped_without_a_word)
{
	accept(URI "&tr=&tr=nonsense&tr=ftp://a.example/&tr=udp://&tr=http:///a&tr=http://a%20b/"
	           "&tr=http://a.example/%0d%0aX:1&tr=http://a.example/%00&tr=javascript:alert(1)"
	           "&tr=udp://good.example:1");
	ck_assert_uint_eq(magnet.tracker_count, 1);
	ck_assert_str_eq(magnet.trackers[0], "udp://good.example:1");
}
END_TEST

START_TEST(what_is_no_peer_is_dropped_without_a_word)
{
	accept(URI "&x.pe=host.example:6881&x.pe=192.0.2.1&x.pe=192.0.2.1:0&x.pe=192.0.2.1:65536"
	           "&x.pe=192.0.2.1:+1&x.pe=2001:db8::1:6881&x.pe=[192.0.2.1]:1&x.pe=[2001:db8::1]"
	           "&x.pe=192.0.2.999:1&x.pe=[::1&x.pe=[]:1&x.pe=:1&x.pe=192.0.2.1:1%00&x.pe=");
	ck_assert_uint_eq(magnet.peer_count, 0);
}
END_TEST

START_TEST(a_file_or_another_magnet_is_no_source)
{
	accept(URI "&xs=file:///etc/passwd&xs=urn:btpk:00&as=magnet:?xt=a&ws=ftp://a.example/");
	ck_assert_uint_eq(magnet.source_count, 0);
	ck_assert_uint_eq(magnet.web_seed_count, 0);
}
END_TEST

START_TEST(the_same_item_is_kept_once)
{
	accept(URI "&tr=udp://a.example:1&tr=udp://a.example:1");
	ck_assert_uint_eq(magnet.tracker_count, 1);
}
END_TEST

START_TEST(lists_are_bounded)
{
	char text[TSTREAM_MAX_MAGNET_BYTES + 1];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s", URI);

	for (int i = 0; i < 2 * TSI_MAGNET_MAX_ITEMS; i++)
		length +=
		    (size_t)snprintf(text + length, sizeof(text) - length, "&tr=udp://%d.example:1", i);
	accept(text);
	ck_assert_uint_eq(magnet.tracker_count, TSI_MAGNET_MAX_ITEMS);
	ck_assert_str_eq(magnet.trackers[TSI_MAGNET_MAX_ITEMS - 1], "udp://63.example:1");
}
END_TEST

START_TEST(names_are_decoded)
{
	accept(URI "&dn=Big+Buck%20Bunny+%2B+more");
	ck_assert_str_eq(magnet.name, "Big Buck Bunny + more");
	accept(URI "&dn=Big Buck Bunny");
	ck_assert_str_eq(magnet.name, "Big Buck Bunny");
	accept(URI "&dn=%E5%A4%A7%E9%9B%84&dn=second");
	ck_assert_str_eq(magnet.name, "\xE5\xA4\xA7\xE9\x9B\x84");
	accept(URI "&dn=100%&tr=udp://a.example:1");
	ck_assert_str_eq(magnet.name, "100%");
	accept(URI "&dn=50%zz%4");
	ck_assert_str_eq(magnet.name, "50%zz%4");
}
END_TEST

START_TEST(a_plus_in_a_url_is_a_plus)
{
	accept(URI "&tr=http://a.example/a+b");
	ck_assert_str_eq(magnet.trackers[0], "http://a.example/a+b");
}
END_TEST

START_TEST(names_that_are_no_utf8_get_replacement_characters)
{
	accept(URI "&dn=a%FFb");
	ck_assert_str_eq(magnet.name, "a\xEF\xBF\xBD"
	                              "b");
	/* Cut short, overlong, a surrogate, beyond Unicode. */
	accept(URI "&dn=%E5%A4");
	ck_assert_str_eq(magnet.name, "\xEF\xBF\xBD\xEF\xBF\xBD");
	accept(URI "&dn=%C0%AF");
	ck_assert_str_eq(magnet.name, "\xEF\xBF\xBD\xEF\xBF\xBD");
	accept(URI "&dn=%E0%80%AF");
	ck_assert_str_eq(magnet.name, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	accept(URI "&dn=%ED%A0%80");
	ck_assert_str_eq(magnet.name, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	accept(URI "&dn=%F4%90%80%80x");
	ck_assert_str_eq(magnet.name, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx");
	accept(URI "&dn=%F0%9F%8E%AC");
	ck_assert_str_eq(magnet.name, "\xF0\x9F\x8E\xAC");
}
END_TEST

START_TEST(control_and_direction_characters_are_dropped_from_names)
{
	accept(URI "&dn=a%00b%0A%1B%7F%C2%85c");
	ck_assert_str_eq(magnet.name, "abc");
	accept(URI "&dn=%E2%80%AEexe.gpj%E2%81%A9%E2%80%A8");
	ck_assert_str_eq(magnet.name, "exe.gpj");
	accept(URI "&dn=%00");
	ck_assert_ptr_null(magnet.name);
	accept(URI "&dn=");
	ck_assert_ptr_null(magnet.name);
}
END_TEST

START_TEST(unknown_parameters_and_other_networks_are_skipped)
{
	accept(URI "&xt=urn:ed2k:354b15e68fb8f36d7cd88ff94116cdc1&xl=10826029&kt=a+b&=x&noequals&&");
	assert_name(V1);
}
END_TEST

START_TEST(the_same_hash_twice_is_one_torrent)
{
	accept(URI "&xt=urn:btih:" V1_BASE32);
	assert_name(V1);
}
END_TEST

START_TEST(wrong_hashes_are_refused_in_words)
{
	refuse("magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1", "39 digits");
	refuse("magnet:?xt=urn:btih:", "0 digits");
	refuse("magnet:?xt=urn:btih:" V2, "64 digits");
	refuse("magnet:?xt=urn:btih:xd8255ecdc7ca55fb0bbf81323d87062db1f6d1c",
	       "not a hexadecimal digit");
	refuse("magnet:?xt=urn:btih:1WBFL3G4PSSV7MF37AJSHWDQMLNR63I4", "not a base32 digit");
	refuse("magnet:?xt=urn:btih:" V1 "%00", "NUL");
	refuse("magnet:?xt=urn:btih:0000000000000000000000000000000000000000", "all zeros");
	refuse("0000000000000000000000000000000000000000", "all zeros");
	refuse(URI "&xt=urn:btih:0123456789abcdef0123456789abcdef01234567", "two different");
}
END_TEST

START_TEST(wrong_multihashes_are_refused_in_words)
{
	refuse("magnet:?xt=urn:btmh:1114" V1, "unknown kind");
	refuse("magnet:?xt=urn:btmh:12", "unknown kind");
	refuse("magnet:?xt=urn:btmh:1220" V1, "40 digits");
	refuse("magnet:?xt=urn:btmh:1220z"
	       "af1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e",
	       "not a hexadecimal digit");
}
END_TEST

START_TEST(a_magnet_without_a_hash_is_refused)
{
	refuse("magnet:?dn=name", "names no torrent");
	refuse("magnet:?", "names no torrent");
	refuse("magnet:?xt=urn:btpk:8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e",
	       "names no torrent");
}
END_TEST

START_TEST(stray_white_space_is_refused_in_words)
{
	refuse(" " URI, "space");
	refuse(URI " ", "space");
	refuse(URI "\n", "line break");
	refuse("\t" URI, "line break");
	refuse(V1 "\r\n", "line break");
}
END_TEST

START_TEST(what_is_no_magnet_is_refused)
{
	refuse("", "empty");
	refuse(NULL, "empty");
	refuse("https://example.org/a.torrent", "neither a magnet");
	refuse("magnet:xt=urn:btih:" V1, "neither a magnet");
	refuse("dd8255ecdc7ca55fb0bbf81323d87062db1f6d1", "neither a magnet");
	refuse("gd8255ecdc7ca55fb0bbf81323d87062db1f6d1c", "neither a magnet");
}
END_TEST

START_TEST(length_is_bounded_to_the_byte)
{
	char text[TSTREAM_MAX_MAGNET_BYTES + 2];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s&dn=", URI);

	memset(text + length, 'a', sizeof(text) - length);
	text[TSTREAM_MAX_MAGNET_BYTES] = '\0';
	accept(text);
	ck_assert_uint_eq(strlen(magnet.name), TSTREAM_MAX_MAGNET_BYTES - length);

	text[TSTREAM_MAX_MAGNET_BYTES] = 'a';
	text[TSTREAM_MAX_MAGNET_BYTES + 1] = '\0';
	refuse(text, "longer than 8192");
}
END_TEST

START_TEST(clearing_twice_is_harmless)
{
	accept(URI "&dn=a&tr=udp://a.example:1&ws=http://a.example/&xs=http://a.example/");
	tsi_magnet_clear(&magnet);
	tsi_magnet_clear(&magnet);
	ck_assert_uint_eq(magnet.tracker_count, 0);
}
END_TEST

START_TEST(infohashes_are_digits_and_nothing_else)
{
	tsi_infohash infohash;

	ck_assert_int_eq(tsi_infohash_parse(V1, &infohash), TSTREAM_OK);
	ck_assert(infohash.has_v1 && !infohash.has_v2);
	ck_assert_uint_eq(infohash.v1[0], 0xDD);
	ck_assert_uint_eq(infohash.v1[19], 0x1C);
	ck_assert_int_eq(tsi_infohash_parse(V2, &infohash), TSTREAM_OK);
	ck_assert(!infohash.has_v1 && infohash.has_v2);
	ck_assert_uint_eq(infohash.v2[31], 0x2E);

	ck_assert_int_eq(tsi_infohash_parse("", &infohash), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_infohash_parse(NULL, &infohash), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_infohash_parse(V1 "0", &infohash), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_infohash_parse(V1_BASE32, &infohash), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_infohash_parse(V2 "0", &infohash), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_infohash_parse(" d8255ecdc7ca55fb0bbf81323d87062db1f6d1c", &infohash),
	                 TSTREAM_EINVAL);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &a_plain_magnet_names_its_torrent,
	    &a_hash_may_be_base32_or_in_upper_case,
	    &bare_hashes_are_magnets_too,
	    &a_v2_magnet_holds_a_sha256_multihash,
	    &a_hybrid_has_both_names_and_goes_by_the_first,
	    &keys_and_scheme_may_be_in_any_case,
	    &values_may_be_percent_encoded,
	    &keys_may_be_numbered,
	    &ampersands_copied_out_of_html_are_understood,
	    &trackers_web_seeds_sources_and_peers_are_kept_in_order,
	    &what_is_no_tracker_is_dropped_without_a_word,
	    &what_is_no_peer_is_dropped_without_a_word,
	    &a_file_or_another_magnet_is_no_source,
	    &the_same_item_is_kept_once,
	    &lists_are_bounded,
	    &names_are_decoded,
	    &a_plus_in_a_url_is_a_plus,
	    &names_that_are_no_utf8_get_replacement_characters,
	    &control_and_direction_characters_are_dropped_from_names,
	    &unknown_parameters_and_other_networks_are_skipped,
	    &the_same_hash_twice_is_one_torrent,
	    &wrong_hashes_are_refused_in_words,
	    &wrong_multihashes_are_refused_in_words,
	    &a_magnet_without_a_hash_is_refused,
	    &stray_white_space_is_refused_in_words,
	    &what_is_no_magnet_is_refused,
	    &length_is_bounded_to_the_byte,
	    &clearing_twice_is_harmless,
	    &infohashes_are_digits_and_nothing_else,
	};
	Suite *suite = suite_create("magnet");
	TCase *tcase = tcase_create("magnet");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
