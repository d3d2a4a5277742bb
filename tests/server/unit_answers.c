/* What goes into answers: routes, names in headers and playlists, piece maps, times. */
#include "clock.h"
#include "disposition.h"
#include "locate.h"
#include "playlist.h"
#include "problem.h"
#include "router.h"
#include "stats_json.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HASH "0123456789abcdef0123456789ABCDEF01234567"
#define LOWER_HASH "0123456789abcdef0123456789abcdef01234567"

static char memory[2048];
static struct text text;

static void reset(void)
{
	text_init(&text, memory, sizeof(memory));
}

static const struct route *find(const char *method, const char *path)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	bool is_known;

	return router_find(method, path, &is_known, infohash);
}

START_TEST(a_path_and_a_method_make_a_route)
{
	ck_assert_ptr_nonnull(find("GET", "/"));
	ck_assert_ptr_nonnull(find("GET", "/api/stream"));
	ck_assert_ptr_eq(find("HEAD", "/api/stream"), find("GET", "/api/stream"));
	ck_assert_ptr_ne(find("DELETE", "/api/stream"), find("GET", "/api/stream"));
	ck_assert_ptr_null(find("GET", "/api/stream/"));
	ck_assert_ptr_null(find("GET", "/api"));
	ck_assert_ptr_null(find("GET", ""));
	ck_assert_ptr_null(find("get", "/"));
}
END_TEST

static const char *id_in(const char *method, const char *path)
{
	static char id[TSTREAM_ID_BYTES];
	char infohash[TSTREAM_INFOHASH_BYTES];
	bool is_known;
	const struct route *route = router_find(method, path, &is_known, infohash);

	ck_assert_ptr_nonnull(route);
	router_copy_id(route, path, id);
	return id;
}

START_TEST(an_id_in_the_path_is_at_most_as_long_as_a_uuid)
{
	ck_assert_str_eq(id_in("DELETE", "/api/history/x"), "x");
	ck_assert_str_eq(id_in("PUT", "/api/history/00000000-0000-4000-8000-000000000000/position"),
	                 "00000000-0000-4000-8000-000000000000");
	ck_assert_str_eq(id_in("DELETE", "/api/history/00000000-0000-4000-8000-0000000000001"), "");
	ck_assert_str_eq(id_in("GET", "/api/history"), "");
	ck_assert_str_eq(id_in("GET", "/api/torrents/" HASH), "");
}
END_TEST

START_TEST(an_infohash_in_the_path_is_given_in_lower_case)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	bool is_known;

	ck_assert_ptr_nonnull(router_find("GET", "/api/torrents/" HASH "/stats", &is_known, infohash));
	ck_assert_str_eq(infohash, LOWER_HASH);
	ck_assert_ptr_nonnull(router_find("GET", "/api/torrents/x", &is_known, infohash));
	ck_assert_str_eq(infohash, "");
	ck_assert_ptr_null(router_find("GET", "/api/torrents/", &is_known, infohash));
	ck_assert_ptr_null(router_find("GET", "/api/torrents/x/spam", &is_known, infohash));
	ck_assert_ptr_null(router_find("GET", "/api/torrents/x/stats/", &is_known, infohash));
	ck_assert(!is_known);
}
END_TEST

START_TEST(a_known_path_lists_its_methods)
{
	char allow[ROUTER_ALLOW_BYTES];
	char infohash[TSTREAM_INFOHASH_BYTES];
	bool is_known;

	ck_assert_ptr_null(router_find("PUT", "/api/torrents", &is_known, infohash));
	ck_assert(is_known);
	router_list_methods("/api/torrents", allow);
	ck_assert_str_eq(allow, "GET, HEAD, POST, OPTIONS");
	router_list_methods("/torrent", allow);
	ck_assert_str_eq(allow, "DELETE, OPTIONS");
	router_list_methods("/api/torrents/" HASH, allow);
	ck_assert_str_eq(allow, "GET, HEAD, DELETE, OPTIONS");
}
END_TEST

START_TEST(infohashes_have_40_or_64_digits)
{
	char out[TSTREAM_INFOHASH_BYTES];

	ck_assert(locate_parse_infohash(HASH, out));
	ck_assert_str_eq(out, LOWER_HASH);
	ck_assert(locate_parse_infohash(
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", out));
	ck_assert(!locate_parse_infohash("", out));
	ck_assert(!locate_parse_infohash(HASH "0", out));
	ck_assert(!locate_parse_infohash("g123456789abcdef0123456789ABCDEF01234567", out));
	ck_assert(!locate_parse_infohash(
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", out));
}
END_TEST

START_TEST(a_plain_name_needs_no_second_form)
{
	disposition_add(&text, "film (1).mp4", false);
	ck_assert_str_eq(memory, "Content-Disposition: inline; filename=\"film (1).mp4\"\r\n");
}
END_TEST

START_TEST(any_other_name_is_given_in_both_forms)
{
	disposition_add(&text, "\xC3\xBC \"x\"\r\n.mp4", true);
	ck_assert_str_eq(memory, "Content-Disposition: attachment; filename=\"_ _x___.mp4\"; "
	                         "filename*=UTF-8''%C3%BC%20%22x%22%0D%0A.mp4\r\n");
}
END_TEST

START_TEST(text_that_does_not_fit_is_left_out_and_remembered)
{
	char small[8];

	text_init(&text, small, sizeof(small));
	text_add(&text, "1234567");
	ck_assert(!text.is_truncated);
	text_add(&text, "8");
	ck_assert(text.is_truncated);
	ck_assert_str_eq(small, "1234567");
	text_init(&text, small, sizeof(small));
	text_addf(&text, "%s", "12345678");
	ck_assert(text.is_truncated);
	ck_assert_str_eq(small, "");
}
END_TEST

static tstream_file file_named(const char *path, int kind)
{
	tstream_file file = TSTREAM_FILE_INIT;

	file.path = file.name = path;
	file.media_kind = kind;
	file.index = 3;
	return file;
}

START_TEST(a_playlist_names_what_can_be_played)
{
	tstream_file film = file_named("a/film.mp4", TSTREAM_MEDIA_VIDEO);
	tstream_file notes = file_named("notes.txt", TSTREAM_MEDIA_OTHER);

	playlist_begin(&text);
	playlist_add(&text, "http://h:1", LOWER_HASH, &(struct playlist_entry){&film, "", 0});
	playlist_add(&text, "http://h:1", LOWER_HASH, &(struct playlist_entry){&notes, "", 9});
	ck_assert_str_eq(memory,
	                 "#EXTM3U\n#EXTINF:-1,a/film.mp4\nhttp://h:1/api/stream?infohash=" LOWER_HASH
	                 "&file_index=3\n");
}
END_TEST

START_TEST(a_name_adds_no_line_to_a_playlist_and_an_entry_has_room)
{
	tstream_file film = file_named("a\r\nhttp://evil.example/\n.mp4", TSTREAM_MEDIA_VIDEO);

	playlist_add(&text, "http://h:1", LOWER_HASH, &(struct playlist_entry){&film, "1.s-0.A_-", 0});
	ck_assert_str_eq(memory, "#EXTINF:-1,a  http://evil.example/ .mp4\nhttp://h:1/api/stream"
	                         "?infohash=" LOWER_HASH "&file_index=3&link=1.s-0.A_-\n");
	ck_assert_uint_le(text.size, playlist_entry_bytes("http://h:1", 9, &film));
}
END_TEST

START_TEST(an_entry_of_a_playlist_says_where_it_resumes)
{
	tstream_file film = file_named("film.mp4", TSTREAM_MEDIA_VIDEO);

	playlist_add(&text, "http://h:1", LOWER_HASH, &(struct playlist_entry){&film, "", 754});
	ck_assert_str_eq(memory, "#EXTINF:-1,film.mp4\n#EXTVLCOPT:start-time=754\n"
	                         "http://h:1/api/stream?infohash=" LOWER_HASH "&file_index=3\n");
}
END_TEST

START_TEST(a_small_piece_map_has_a_digit_a_piece)
{
	static const uint8_t pieces[] = {3, 0, 1, 2, 3};
	char map[STATS_JSON_MAP_BYTES + 1];

	ck_assert_uint_eq(stats_json_draw_map(pieces, 5, map), 1);
	ck_assert_str_eq(map, "30123");
	ck_assert_uint_eq(stats_json_draw_map(pieces, 0, map), 1);
	ck_assert_str_eq(map, "");
}
END_TEST

START_TEST(a_large_piece_map_is_3_only_where_all_is_here)
{
	size_t count = STATS_JSON_MAP_BYTES * 3 - 1;
	uint8_t *pieces = malloc(count);
	char map[STATS_JSON_MAP_BYTES + 1];

	memset(pieces, TSTREAM_PIECE_HAVE, count);
	pieces[0] = TSTREAM_PIECE_MISSING;
	pieces[4] = TSTREAM_PIECE_WANTED;
	pieces[count - 1] = TSTREAM_PIECE_PARTIAL;
	ck_assert_uint_eq(stats_json_draw_map(pieces, count, map), 3);
	ck_assert_uint_eq(strlen(map), STATS_JSON_MAP_BYTES);
	ck_assert_mem_eq(map, "013", 3);
	ck_assert_int_eq(map[STATS_JSON_MAP_BYTES - 1], '2');
	free(pieces);
}
END_TEST

START_TEST(every_code_has_an_error_status_with_a_title)
{
	for (int code = TSTREAM_EINTERNAL; code < 0; code++) {
		ck_assert_int_ge(problem_status(code), 400);
		ck_assert_ptr_nonnull(problem_title(problem_status(code)));
	}
	ck_assert_int_eq(problem_status(TSTREAM_ENOENT), 404);
	ck_assert_int_eq(problem_status(TSTREAM_ETIMEDOUT), 504);
}
END_TEST

START_TEST(times_are_rfc_3339)
{
	char out[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(0, out);
	ck_assert_str_eq(out, "1970-01-01T00:00:00Z");
	clock_format_rfc3339(1767268805, out);
	ck_assert_str_eq(out, "2026-01-01T12:00:05Z");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answers");
	TCase *tests = tcase_create("answers");

	tcase_add_checked_fixture(tests, reset, NULL);
	tcase_add_test(tests, a_path_and_a_method_make_a_route);
	tcase_add_test(tests, an_id_in_the_path_is_at_most_as_long_as_a_uuid);
	tcase_add_test(tests, an_infohash_in_the_path_is_given_in_lower_case);
	tcase_add_test(tests, a_known_path_lists_its_methods);
	tcase_add_test(tests, infohashes_have_40_or_64_digits);
	tcase_add_test(tests, a_plain_name_needs_no_second_form);
	tcase_add_test(tests, any_other_name_is_given_in_both_forms);
	tcase_add_test(tests, text_that_does_not_fit_is_left_out_and_remembered);
	tcase_add_test(tests, a_playlist_names_what_can_be_played);
	tcase_add_test(tests, a_name_adds_no_line_to_a_playlist_and_an_entry_has_room);
	tcase_add_test(tests, an_entry_of_a_playlist_says_where_it_resumes);
	tcase_add_test(tests, a_small_piece_map_has_a_digit_a_piece);
	tcase_add_test(tests, a_large_piece_map_is_3_only_where_all_is_here);
	tcase_add_test(tests, every_code_has_an_error_status_with_a_title);
	tcase_add_test(tests, times_are_rfc_3339);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
