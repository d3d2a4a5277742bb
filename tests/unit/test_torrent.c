/**
 * Torrents: names, contents, metadata that comes late or never, and what people are told.
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

#define HYBRID_V1 "0303030303030303030303030303030303030303"
#define HYBRID_V2 "0404040404040404040404040404040404040404040404040404040404040404"

static const fake_content hybrid_content = {
    .infohash = {.has_v1 = true, .has_v2 = true, .v1 = V1_OF(3), .v2 = V2_OF(4)},
    .name = "Hybrid",
    .piece_size = PIECE,
    .file_count = 1,
    .files = data_files};

static tstream_torrent *open_bytes(const fake_content *content)
{
	fake_torrent_file file = {FAKE_MAGIC, content};
	tstream_torrent *torrent = NULL;
	ck_assert_int_eq(tstream_torrent_open_bytes(session, &file, sizeof(file), &torrent, NULL), 0);
	return torrent;
}

START_TEST(before_metadata_only_the_magnet_is_known)
{
	tstream_file file = TSTREAM_FILE_INIT;
	tstream_reader *reader = NULL;
	void *bytes = NULL;
	size_t size = 0;
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert_str_eq(tstream_torrent_get_infohash(film), FILM_V1);
	ck_assert_str_eq(tstream_torrent_get_infohash_v1(film), FILM_V1);
	ck_assert_str_eq(tstream_torrent_get_infohash_v2(film), "");
	ck_assert_str_eq(tstream_torrent_get_name(film), "Film");
	ck_assert_uint_eq(tstream_torrent_get_size(film), 0);
	ck_assert_uint_eq(tstream_torrent_get_piece_count(film), 0);
	ck_assert_uint_eq(tstream_torrent_get_piece_size(film), 0);
	ck_assert_uint_eq(tstream_torrent_get_file_count(film), 0);
	ck_assert_uint_eq(tstream_torrent_get_pieces(film, NULL, 0), 0);
	ck_assert_int_eq(tstream_torrent_get_file(film, 0, &file), TSTREAM_EAGAIN);
	ck_assert_int_eq(tstream_torrent_get_default_file(film), TSTREAM_EAGAIN);
	ck_assert_int_eq(tstream_torrent_keep_file(film, 0, 1), TSTREAM_EAGAIN);
	ck_assert_int_eq(tstream_torrent_file_copy(film, &bytes, &size), TSTREAM_EAGAIN);
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, 0, NULL), TSTREAM_EAGAIN);
	ck_assert_int_eq(tstream_reader_open(film, 0, NULL, &reader, NULL), TSTREAM_EAGAIN);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(metadata_is_told_and_settles_what_is_in_it)
{
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert(fake_engine_deliver_metadata(engine_of(film), &film_content));
	tstream_event event = await_event(session, TSTREAM_EVENT_METADATA);
	ck_assert_str_eq(event.infohash, FILM_V1);
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, 0, NULL), 0);
	ck_assert_str_eq(tstream_torrent_get_name(film), "The Film");
	ck_assert_uint_eq(tstream_torrent_get_piece_count(film), FILM_PIECES);
	ck_assert_uint_eq(tstream_torrent_get_piece_size(film), PIECE);
	ck_assert_uint_eq(tstream_torrent_get_size(film), 60 * PIECE + 2000);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(pad_files_are_hidden)
{
	tstream_file file = TSTREAM_FILE_INIT;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 2);
	ck_assert_uint_eq(tstream_torrent_get_file_count(film), FILM_FILE_COUNT);
	for (uint32_t i = 0; i < FILM_FILE_COUNT; i++) {
		ck_assert_int_eq(tstream_torrent_get_file(film, i, &file), 0);
		ck_assert_ptr_null(strstr(file.path, ".pad"));
		ck_assert_uint_eq(file.index, i);
	}
	ck_assert_int_eq(tstream_torrent_get_file(film, FILM, &file), 0);
	ck_assert_str_eq(file.path, "Film/film.mkv");
	ck_assert_str_eq(file.name, "film.mkv");
	ck_assert_int_eq(file.media_kind, TSTREAM_MEDIA_VIDEO);
	ck_assert_uint_eq(file.size, 20 * PIECE + 1000);
	ck_assert_uint_eq(file.have_bytes, PIECE);
	ck_assert_uint_eq(file.first_piece, 1);
	ck_assert_uint_eq(file.last_piece, 21);
	ck_assert_int_eq(tstream_torrent_get_file(film, FILM_FILE_COUNT, &file), TSTREAM_ENOENT);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(the_default_file_is_the_largest_that_can_be_played)
{
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tstream_torrent *data = open_ready(session, DATA_MAGNET, &data_content, 0);
	ck_assert_int_eq(tstream_torrent_get_default_file(film), FILM);
	ck_assert_int_eq(tstream_torrent_get_default_file(data), 0);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(a_torrent_of_nothing_but_pads_has_no_files)
{
	static const fake_file pads[] = {{"Film/.pad/1", PIECE, true}};
	fake_content content = film_content;
	content.file_count = 1;
	content.files = pads;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &content, 0);
	ck_assert_uint_eq(tstream_torrent_get_file_count(film), 0);
	ck_assert_int_eq(tstream_torrent_get_default_file(film), TSTREAM_ENOENT);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(a_hybrid_answers_to_both_names_once_they_are_known)
{
	tstream_torrent *found = NULL;
	tstream_torrent *hybrid = open_torrent(session, "magnet:?xt=urn:btmh:1220" HYBRID_V2);
	ck_assert_str_eq(tstream_torrent_get_infohash(hybrid), HYBRID_V2);
	ck_assert_int_eq(tstream_torrent_find(session, HYBRID_V1, &found), TSTREAM_ENOENT);
	ck_assert(fake_engine_deliver_metadata(engine_of(hybrid), &hybrid_content));
	ck_assert_str_eq(tstream_torrent_get_infohash(hybrid), HYBRID_V2);
	ck_assert_str_eq(tstream_torrent_get_infohash_v1(hybrid), HYBRID_V1);
	ck_assert_str_eq(tstream_torrent_get_infohash_v2(hybrid), HYBRID_V2);
	ck_assert_int_eq(tstream_torrent_find(session, HYBRID_V1, &found), 0);
	ck_assert_ptr_eq(found, hybrid);
	tstream_torrent_unref(found);
	tstream_torrent *again = open_torrent(session, HYBRID_V1);
	ck_assert_ptr_eq(again, hybrid);
	tstream_torrent_unref(again);
	tstream_torrent_unref(hybrid);
	/* It has a directory under its v2 name: that stays its name when it comes back as v1. */
	hybrid = open_torrent(session, HYBRID_V1);
	ck_assert_str_eq(tstream_torrent_get_infohash(hybrid), HYBRID_V2);
	tstream_torrent_unref(hybrid);
}
END_TEST

START_TEST(the_same_torrent_twice_is_one_object_that_learns)
{
	tstream_torrent *film = open_torrent(session, FILM_MAGNET "&tr=udp://127.0.0.1:1");
	tstream_torrent *again =
	    open_torrent(session, FILM_MAGNET "&tr=udp://127.0.0.1:2&tr=udp://127.0.0.1:3");
	ck_assert_ptr_eq(again, film);
	tstream_torrent *third = open_bytes(&film_content);
	ck_assert_ptr_eq(third, film);
	fake_record record = fake_engine_record(engine_of(film));
	ck_assert_uint_eq(record.merge_count, 2);
	ck_assert_uint_eq(record.tracker_count, 3);
	ck_assert_uint_eq(fake_engine_torrent_count(session->engine), 1);
	tstream_torrent_unref(again);
	tstream_torrent_unref(third);
	ck_assert_uint_eq(fake_engine_torrent_count(session->engine), 1);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(what_is_no_torrent_is_refused_in_words)
{
	tstream_torrent *none = NULL;
	tstream_error err = {0};
	ck_assert_int_eq(tstream_torrent_open_magnet(session, "magnet:?dn=x", &none, &err),
	                 TSTREAM_EINVAL);
	ck_assert_int_eq(err.code, TSTREAM_EINVAL);
	ck_assert_uint_gt(strlen(err.message), 0);
	ck_assert_int_eq(tstream_torrent_open_bytes(session, "d4:", 3, &none, &err), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_find(session, "xyz", &none), TSTREAM_EINVAL);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(what_is_stored_is_opened_and_what_is_not_joins_no_swarm)
{
	tstream_torrent *film = NULL;
	tstream_error err;
	ck_assert_int_eq(tstream_torrent_open_stored(session, FILM_V1, &film, &err), TSTREAM_ENOENT);
	ck_assert_ptr_null(film);
	ck_assert_uint_eq(tstream_session_list_torrents(session, NULL, 0), 0);
	ck_assert_int_eq(tstream_torrent_open_stored(session, "nonsense", &film, &err), TSTREAM_EINVAL);

	film = open_ready(session, FILM_MAGNET, &film_content, 2);
	fake_engine_deliver_resume_data(engine_of(film), "metadata");
	tstream_torrent *again = NULL;
	ck_assert_int_eq(tstream_torrent_open_stored(session, FILM_V1, &again, NULL), 0);
	ck_assert_ptr_eq(again, film);
	tstream_torrent_unref(again);
	tstream_torrent_unref(film);
	ck_assert_int_eq(tstream_torrent_open_stored(session, FILM_V1, &film, NULL), 0);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(a_magnet_tells_its_infohash_without_being_opened)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	tstream_error err;
	ck_assert_int_eq(tstream_magnet_get_infohash(FILM_MAGNET, infohash, NULL), 0);
	ck_assert_str_eq(infohash, FILM_V1);
	ck_assert_int_eq(tstream_magnet_get_infohash("magnet:?dn=x", infohash, &err), TSTREAM_EINVAL);
	ck_assert_uint_gt(strlen(err.message), 10);
	ck_assert_int_eq(tstream_magnet_get_infohash(NULL, infohash, NULL), TSTREAM_EINVAL);
	ck_assert_uint_eq(tstream_session_list_torrents(session, NULL, 0), 0);
}
END_TEST

START_TEST(metadata_that_never_comes_times_out)
{
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_error err = {0};
	tstream_session_close(session);
	options.data_dir = dir;
	options.metadata_timeout_us = 20000;
	ck_assert_int_eq(tsi_session_open(&options, &fake_engine_ops, &session, NULL), 0);
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, -1, &err), TSTREAM_ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(err.message, FILM_V1));
	/* It may still come, and then is good. */
	ck_assert(fake_engine_deliver_metadata(engine_of(film), &film_content));
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, -1, &err), 0);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(the_callers_own_time_counts_too)
{
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, 1000, NULL), TSTREAM_ETIMEDOUT);
	tstream_torrent_unref(film);
}
END_TEST

static void *wait_metadata(void *user)
{
	static int code;
	code = tstream_torrent_wait_metadata(user, PATIENCE_MS * 1000, NULL);
	return &code;
}

START_TEST(waiting_for_metadata_ends_with_it_or_with_removal)
{
	pthread_t thread;
	void *result = NULL;
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_metadata, film), 0);
	ck_assert(fake_engine_deliver_metadata(engine_of(film), &film_content));
	pthread_join(thread, &result);
	ck_assert_int_eq(*(int *)result, 0);
	tstream_torrent *data = open_torrent(session, DATA_MAGNET);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_metadata, data), 0);
	ck_assert_int_eq(tstream_torrent_remove(data), 0);
	pthread_join(thread, &result);
	ck_assert_int_eq(*(int *)result, TSTREAM_ECANCELED);
	tstream_torrent_unref(film);
	tstream_torrent_unref(data);
}
END_TEST

START_TEST(an_error_ends_waiting_for_metadata)
{
	tstream_error err = {0};
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	fake_engine_deliver_error(engine_of(film), TSTREAM_EIO, "the disk is broken");
	ck_assert_int_eq(tstream_torrent_wait_metadata(film, -1, &err), TSTREAM_EIO);
	ck_assert_str_eq(err.message, "the disk is broken");
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(a_removed_torrent_is_gone_with_its_data_and_can_come_back)
{
	char path[128];
	tstream_torrent *found = NULL;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 3);
	snprintf(path, sizeof(path), "%s/torrents/%s", dir, FILM_V1);
	ck_assert_int_eq(tstream_torrent_remove(film), 0);
	tstream_event event = await_event(session, TSTREAM_EVENT_REMOVED);
	ck_assert_str_eq(event.infohash, FILM_V1);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(tstream_torrent_find(session, FILM_V1, &found), TSTREAM_ENOENT);
	ck_assert_int_eq(tstream_torrent_remove(film), TSTREAM_ECANCELED);
	tstream_torrent *fresh = open_torrent(session, FILM_MAGNET);
	ck_assert_ptr_ne(fresh, film);
	ck_assert_uint_eq(tstream_torrent_get_file_count(fresh), 0);
	tstream_torrent_unref(film);
	tstream_torrent_unref(fresh);
}
END_TEST

START_TEST(a_kept_file_is_fetched_after_what_readers_want)
{
	tstream_file file = TSTREAM_FILE_INIT;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tsi_engine_torrent *engine = engine_of(film);
	ck_assert_uint_eq(fake_engine_planned_count(engine), 0);
	ck_assert_int_eq(tstream_torrent_keep_file(film, ISO, 1), 0);
	ck_assert_int_eq(fake_engine_urgency(engine, 22), TSI_KEEP);
	ck_assert_int_eq(fake_engine_urgency(engine, 61), TSI_KEEP);
	ck_assert_int_eq(fake_engine_urgency(engine, 1), -1);
	ck_assert_int_eq(tstream_torrent_get_file(film, ISO, &file), 0);
	ck_assert_uint_eq(file.kept, 1);
	tstream_reader *reader = open_reader(film, ISO);
	ck_assert_int_eq(fake_engine_urgency(engine, 22), TSI_URGENT);
	tstream_reader_close(reader);
	ck_assert_int_eq(tstream_torrent_keep_file(film, ISO, 0), 0);
	ck_assert_uint_eq(fake_engine_planned_count(engine), 0);
	ck_assert_int_eq(tstream_torrent_keep_file(film, FILM_FILE_COUNT, 1), TSTREAM_ENOENT);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(stats_explain_what_a_viewer_waits_for)
{
	uint8_t byte;
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	tsi_engine_torrent_stats net = {.waiting_estimate_us = -1};
	tstream_torrent *film = open_torrent(session, FILM_MAGNET);
	tsi_engine_torrent *engine = engine_of(film);
	ck_assert_int_eq(tstream_torrent_get_stats(film, &stats), 0);
	ck_assert_int_eq(stats.state, TSTREAM_STATE_METADATA);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_PEERS);
	net.peer_count = 4;
	fake_engine_set_stats(engine, &net);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_METADATA);
	fake_engine_deliver_metadata(engine, &film_content);
	fake_engine_deliver_checking(engine);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.state, TSTREAM_STATE_CHECKING);
	fake_engine_deliver_ready(engine, 0);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.state, TSTREAM_STATE_READY);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_NOTHING);
	tstream_reader *reader = open_reader(film, FILM);
	tstream_reader_read(reader, &byte, 1);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_UNCHOKE);
	net.unchoked_count = 2;
	net.is_waiting = true;
	net.waiting_piece = 1;
	fake_engine_set_stats(engine, &net);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_SOURCE);
	net.waiting_holder_count = 2;
	net.waiting_asked_count = 2;
	net.waiting_estimate_us = 1500000;
	fake_engine_set_stats(engine, &net);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_PIECE);
	ck_assert_str_eq(stats.message, "waiting for piece 1 from 2 of 4 peers, about 1.5 s");
	fake_engine_deliver_error(engine, TSTREAM_ENOSPC, "the disk is full");
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.waiting_for, TSTREAM_WAITING_DISK);
	ck_assert_str_eq(stats.message, "the disk is full");
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(completion_is_told_once)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, FILM_PIECES - 1);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_COMPLETE), 0);
	fake_engine_deliver(engine_of(film), FILM_PIECES - 1);
	fake_engine_deliver(engine_of(film), FILM_PIECES - 1);
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_COMPLETE), 1);
	fake_engine_deliver_recheck(engine_of(film));
	ck_assert_uint_eq(drain(session, TSTREAM_EVENT_COMPLETE), 0);
	tstream_torrent_get_stats(film, &stats);
	ck_assert_int_eq(stats.state, TSTREAM_STATE_COMPLETE);
	ck_assert_uint_eq(stats.have_piece_count, FILM_PIECES);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(an_error_is_tried_again_for_a_new_reader)
{
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tsi_engine_torrent *engine = engine_of(film);
	tstream_reader *reader = open_reader(film, FILM);
	fake_engine_deliver_error(engine, TSTREAM_EIO, "the disk failed");
	tstream_reader *late = open_reader(film, FILM);
	ck_assert(fake_engine_await_retries(engine, 1));
	fake_engine_deliver_ready(engine, 0);
	tstream_reader_close(late);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(the_piece_map_tells_four_things_apart)
{
	uint8_t pieces[FILM_PIECES];
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 1);
	tstream_reader *reader = open_reader(film, FILM);
	ck_assert_uint_eq(tstream_torrent_get_pieces(film, pieces, FILM_PIECES), FILM_PIECES);
	ck_assert_uint_eq(pieces[0], TSTREAM_PIECE_HAVE);
	ck_assert_uint_eq(pieces[1], TSTREAM_PIECE_PARTIAL);
	ck_assert_uint_eq(pieces[2], TSTREAM_PIECE_WANTED);
	ck_assert_uint_eq(pieces[40], TSTREAM_PIECE_MISSING);
	pieces[1] = 99;
	ck_assert_uint_eq(tstream_torrent_get_pieces(film, pieces, 1), FILM_PIECES);
	ck_assert_uint_eq(pieces[1], 99);
	tstream_reader_close(reader);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(lists_keep_the_callers_stride)
{
	struct {
		tstream_peer peer;
		uint64_t newer;
	} peers[2] = {{.peer = {.struct_size = sizeof(peers[0])}, .newer = 5}, {.newer = 6}};
	tstream_reader_stats stats[2] = {TSTREAM_READER_STATS_INIT};
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	tstream_reader *first = open_reader(film, FILM);
	tstream_reader *second = open_reader(film, ISO);
	ck_assert_uint_eq(tstream_torrent_get_peers(film, &peers[0].peer, 2), 2);
	ck_assert_str_eq(peers[1].peer.address, "127.0.0.2:6881");
	ck_assert_uint_eq(peers[0].newer, 5);
	ck_assert_uint_eq(peers[1].newer, 6);
	ck_assert_uint_eq(tstream_torrent_get_peers(film, NULL, 0), 2);
	ck_assert_uint_eq(tstream_torrent_get_readers(film, stats, 2), 2);
	ck_assert_uint_eq(stats[0].file_index + stats[1].file_index, FILM + ISO);
	ck_assert_uint_eq(tstream_torrent_get_readers(film, NULL, 0), 2);
	tstream_reader_close(first);
	tstream_reader_close(second);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(copies_are_the_callers)
{
	void *bytes = NULL;
	size_t size = 0;
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	char *magnet = tstream_torrent_magnet_copy(film);
	ck_assert_ptr_nonnull(magnet);
	tstream_free(magnet);
	ck_assert_int_eq(tstream_torrent_file_copy(film, &bytes, &size), 0);
	ck_assert_ptr_nonnull(memmem(bytes, size, FAKE_INFO, strlen(FAKE_INFO)));
	tstream_free(bytes);
	ck_assert_int_eq(tstream_torrent_add_peer(film, "127.0.0.1:6881"), 0);
	ck_assert_str_eq(fake_engine_record(engine_of(film)).peer, "127.0.0.1:6881");
	ck_assert_int_eq(tstream_torrent_add_peer(film, "nonsense"), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_prefer_peer(film, "127.0.0.2:6881"), 0);
	ck_assert_str_eq(fake_engine_record(engine_of(film)).preferred, "127.0.0.2:6881");
	ck_assert_int_eq(tstream_torrent_prefer_peer(film, "nonsense"), TSTREAM_EINVAL);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(older_callers_get_the_fields_they_know)
{
	struct {
		uint32_t struct_size;
		int32_t state;
		int32_t guard;
	} old = {.struct_size = 8, .state = 99, .guard = 7};
	tstream_file file = {0};
	tstream_torrent *film = open_ready(session, FILM_MAGNET, &film_content, 0);
	ck_assert_int_eq(tstream_torrent_get_stats(film, (tstream_torrent_stats *)&old), 0);
	ck_assert_int_eq(old.state, TSTREAM_STATE_READY);
	ck_assert_int_eq(old.guard, 7);
	ck_assert_int_eq(tstream_torrent_get_file(film, 0, &file), TSTREAM_EINVAL);
	tstream_torrent_unref(film);
}
END_TEST

START_TEST(nothing_given_is_an_answer_not_a_crash)
{
	tstream_torrent *torrent = NULL;
	tstream_file file = TSTREAM_FILE_INIT;
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	size_t size = 0;
	void *bytes = NULL;
	ck_assert_int_eq(tstream_torrent_open_magnet(NULL, FILM_MAGNET, &torrent, NULL),
	                 TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_open_magnet(session, NULL, &torrent, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_open_magnet(session, FILM_MAGNET, NULL, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_open_bytes(session, NULL, 5, &torrent, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_open_url(session, NULL, 0, 0, &torrent, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_find(session, NULL, &torrent), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_remove(NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_wait_metadata(NULL, 0, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_get_file(NULL, 0, &file), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_get_default_file(NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_keep_file(NULL, 0, 1), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_get_stats(NULL, &stats), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_add_peer(NULL, "127.0.0.1:1"), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_prefer_peer(NULL, "127.0.0.1:1"), TSTREAM_EINVAL);
	ck_assert_int_eq(tstream_torrent_is_private(NULL), 0);
	ck_assert_int_eq(tstream_torrent_file_copy(NULL, &bytes, &size), TSTREAM_EINVAL);
	ck_assert_ptr_null(tstream_torrent_magnet_copy(NULL));
	ck_assert_str_eq(tstream_torrent_get_infohash(NULL), "");
	ck_assert_str_eq(tstream_torrent_get_name(NULL), "");
	ck_assert_uint_eq(tstream_torrent_get_size(NULL), 0);
	ck_assert_uint_eq(tstream_torrent_get_file_count(NULL), 0);
	ck_assert_uint_eq(tstream_torrent_get_pieces(NULL, NULL, 0), 0);
	ck_assert_uint_eq(tstream_torrent_get_peers(NULL, NULL, 0), 0);
	ck_assert_uint_eq(tstream_torrent_get_readers(NULL, NULL, 0), 0);
	ck_assert_ptr_null(tstream_torrent_ref(NULL));
	ck_assert_ptr_null(torrent);
	tstream_torrent_unref(NULL);
	tstream_free(NULL);
}
END_TEST

static Suite *make_suite(void)
{
	static const TTest *const *const tests[] = {
	    &before_metadata_only_the_magnet_is_known,
	    &metadata_is_told_and_settles_what_is_in_it,
	    &pad_files_are_hidden,
	    &the_default_file_is_the_largest_that_can_be_played,
	    &a_torrent_of_nothing_but_pads_has_no_files,
	    &a_hybrid_answers_to_both_names_once_they_are_known,
	    &the_same_torrent_twice_is_one_object_that_learns,
	    &what_is_no_torrent_is_refused_in_words,
	    &what_is_stored_is_opened_and_what_is_not_joins_no_swarm,
	    &a_magnet_tells_its_infohash_without_being_opened,
	    &metadata_that_never_comes_times_out,
	    &the_callers_own_time_counts_too,
	    &waiting_for_metadata_ends_with_it_or_with_removal,
	    &an_error_ends_waiting_for_metadata,
	    &a_removed_torrent_is_gone_with_its_data_and_can_come_back,
	    &a_kept_file_is_fetched_after_what_readers_want,
	    &stats_explain_what_a_viewer_waits_for,
	    &completion_is_told_once,
	    &an_error_is_tried_again_for_a_new_reader,
	    &the_piece_map_tells_four_things_apart,
	    &lists_keep_the_callers_stride,
	    &copies_are_the_callers,
	    &older_callers_get_the_fields_they_know,
	    &nothing_given_is_an_answer_not_a_crash,
	};
	Suite *suite = suite_create("torrent");
	TCase *tcase = tcase_create("torrent");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, *tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
