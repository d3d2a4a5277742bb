/**
 * What the next session finds: after a clean end, a kill, a power cut, and after someone
 * had a hand in the files.  And giving room back.
 */
#include "disk_fixture.h"

#include <signal.h>
#include <sys/wait.h>

/** Close, and open as the next session does. */
static tsi_disk_store *reopen(tsi_disk_store *store)
{
	fence(store);
	tsi_disk_store_unref(store);
	stop_disk();
	start_disk(2, 1u << 20);
	return open_store();
}

static tsi_disk_store *open_full(void)
{
	tsi_disk_store *store = open_store();
	download_all(store);
	return store;
}

/** As the engine does: hash every piece, then say which passed. */
static void check_all(tsi_disk_store *store)
{
	uint8_t have[PIECES];
	for (uint32_t p = 0; p < PIECES; p++)
		have[p] = hashes_right(store, p);
	tsi_disk_checked(store, have);
	fence(store);
}

START_TEST(a_new_store_has_nothing_and_needs_no_check)
{
	tsi_disk_store *store = open_store();
	have_is(store, "0000000");
	ck_assert(!tsi_disk_needs_check(store));
	ck_assert_uint_eq(tsi_disk_used_bytes(store), 0);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_clean_end_is_believed_in_the_next_boot)
{
	tsi_disk_store *store = open_full();
	sync_store(store);
	set_boot("boot two\n");
	store = reopen(store);
	have_is(store, "1111111");
	ck_assert(!tsi_disk_needs_check(store));
	ck_assert(all_reads_right(store));
	/* Reading alone does not spoil it. */
	set_boot("boot three\n");
	store = reopen(store);
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(writing_after_a_clean_end_makes_it_unclean)
{
	tsi_disk_store *store = open_store();
	download(store, 0);
	sync_store(store);
	store = reopen(store);
	download(store, 1);
	store = reopen(store);
	have_is(store, "1100000");
	ck_assert(!tsi_disk_needs_check(store));
	set_boot("boot two\n");
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

/** In the child: no sync, no close, no goodbye. */
static void download_and_die(void)
{
	start_disk(2, 1u << 20);
	tsi_disk_store *store = open_store();
	download(store, 0);
	download(store, 1);
	download(store, 4);
	fence(store);
	write_block(store, 5, 0);
	raise(SIGKILL);
}

START_TEST(a_kill_loses_nothing_verified_and_needs_no_check)
{
	int status;
	make_root();
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		download_and_die();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	start_disk(2, 1u << 20);
	tsi_disk_store *store = open_store();
	have_is(store, "1100100");
	ck_assert(!tsi_disk_needs_check(store));
	ck_assert(reads_right(store, 0, 0, PAD_BEGIN));
	tsi_disk_store_unref(store);
	stop_disk();
	remove_root();
}
END_TEST

START_TEST(an_unclean_end_is_doubted_in_the_next_boot)
{
	tsi_disk_store *store = open_full();
	set_boot("boot two\n");
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	have_is(store, "1111111");
	check_all(store);
	ck_assert(!tsi_disk_needs_check(store));
	store = reopen(store);
	ck_assert(!tsi_disk_needs_check(store));
	have_is(store, "1111111");
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_boot_that_cannot_be_told_is_doubted)
{
	tsi_disk_store *store = open_full();
	set_boot("");
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_doubt_outlives_a_kill_during_the_check)
{
	tsi_disk_store *store = open_full();
	set_boot("boot two\n");
	store = reopen(store);
	sync_store(store);
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_doubt_about_nothing_is_none)
{
	tsi_disk_store *store = open_store();
	write_piece(store, 0);
	set_boot("boot two\n");
	store = reopen(store);
	ck_assert(!tsi_disk_needs_check(store));
	download(store, 0);
	store = reopen(store);
	have_is(store, "1000000");
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_check_asks_the_disk_only_for_pieces_whose_bit_is_set)
{
	tsi_disk_store *store = open_store();
	uint8_t digest[20];
	download(store, 0);
	/* Its data is there, its bit is not. */
	write_piece(store, 4);
	ck_assert(hashes_right(store, 4));
	set_boot("boot two\n");
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	ck_assert(hashes_right(store, 0));
	ck_assert_int_eq(hash_piece(store, 4, digest, NULL), 0);
	ck_assert(is_zero(digest, 20));
	tsi_disk_store_unref(store);
}
END_TEST

/** @name Hands in the files, between two sessions: each finds what is left by checking
 *  @{ */
static void found_by_check(tsi_disk_store *store, const char *expected)
{
	store = reopen(store);
	ck_assert(tsi_disk_needs_check(store));
	check_all(store);
	have_is(store, expected);
	store = reopen(store);
	have_is(store, expected);
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}

START_TEST(a_truncated_file_is_noticed)
{
	tsi_disk_store *store = open_full();
	fence(store);
	ck_assert_int_eq(truncate(path_of("data/3"), 3 * PIECE - PAD_END + 1), 0);
	found_by_check(store, "1110001");
}
END_TEST

START_TEST(a_missing_file_is_noticed)
{
	tsi_disk_store *store = open_full();
	sync_store(store);
	ck_assert_int_eq(unlink(path_of("data/4")), 0);
	found_by_check(store, "1111100");
}
END_TEST

START_TEST(a_file_with_holes_is_noticed)
{
	tsi_disk_store *store = open_full();
	ck_assert_int_eq(truncate(path_of("data/3"), 0), 0);
	ck_assert_int_eq(truncate(path_of("data/3"), (off_t)layout[3].size), 0);
	found_by_check(store, "1100001");
}
END_TEST

START_TEST(a_file_changed_after_a_clean_end_is_noticed)
{
	tsi_disk_store *store = open_full();
	sync_store(store);
	int fd = open(path_of("data/0"), O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), 1);
	const struct timespec times[2] = {{1, 0}, {1, 0}};
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
	found_by_check(store, "0111111");
}
END_TEST

START_TEST(a_lost_have_file_is_made_up_for_by_hashing)
{
	tsi_disk_store *store = open_full();
	fence(store);
	ck_assert_int_eq(unlink(path_of("have")), 0);
	found_by_check(store, "1111111");
}
END_TEST

START_TEST(a_corrupt_have_file_is_made_up_for_by_hashing)
{
	tsi_disk_store *store = open_full();
	fence(store);
	int fd = open(path_of("have"), O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "\xff\xff\xff", 3, 20), 3);
	close(fd);
	found_by_check(store, "1111111");
}
END_TEST

START_TEST(a_short_have_file_is_made_up_for_by_hashing)
{
	tsi_disk_store *store = open_full();
	fence(store);
	ck_assert_int_eq(truncate(path_of("have"), 50), 0);
	found_by_check(store, "1111111");
}
END_TEST

START_TEST(hints_name_only_pieces_that_the_files_could_hold)
{
	tsi_disk_store *store = open_store();
	download(store, 0);
	fence(store);
	ck_assert_int_eq(truncate(path_of("have"), 50), 0);
	store = reopen(store);
	have_is(store, "1000000");
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(the_have_file_of_another_torrent_counts_for_nothing)
{
	static const tsi_disk_file other[] = {{0, 50000, false}, {50000, TOTAL - 50000, false}};
	tsi_disk_store *store = open_full();
	sync_store(store);
	tsi_disk_store_unref(store);
	store = tsi_disk_store_open_booted(disk, dir, other, 2, PIECE, PIECES, boot_path, NULL);
	ck_assert_ptr_nonnull(store);
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST
/** @} */

/** @name Hands in the files, while they are read
 *  @{ */
START_TEST(a_file_truncated_underneath_is_an_error_until_it_is_checked)
{
	tsi_disk_store *store = open_full();
	uint8_t bytes[16];
	ck_assert_int_eq(truncate(path_of("data/3"), 100), 0);
	ck_assert_int_eq(tsi_disk_read(store, 3, 95, bytes, 16), TSTREAM_EIO);
	ck_assert(tsi_disk_needs_check(store));
	ck_assert_int_eq(tsi_disk_read(store, 0, 0, bytes, 16), TSTREAM_EIO);
	check_all(store);
	ck_assert(!tsi_disk_needs_check(store));
	have_is(store, "1100001");
	ck_assert(reads_right(store, 0, 0, PAD_BEGIN));
	for (uint32_t p = 2; p < 6; p++)
		download(store, p);
	ck_assert(all_reads_right(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_peer_is_not_given_what_is_missing)
{
	tsi_disk_store *store = open_full();
	latch l = LATCH_INIT;
	ck_assert_int_eq(truncate(path_of("data/3"), 100), 0);
	tsi_disk_read_async(store, 3, 0, 1000, latch_read, &l);
	latch_wait(&l, 1);
	ck_assert_int_eq(l.code, TSTREAM_EIO);
	ck_assert_uint_eq(l.size, 0);
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_file_deleted_underneath_is_noticed_by_the_next_write)
{
	tsi_disk_store *store = open_store();
	uint8_t bytes[16];
	download(store, 2);
	ck_assert_int_eq(unlink(path_of("data/3")), 0);
	download(store, 4);
	ck_assert(tsi_disk_needs_check(store));
	/* The new file has a hole where piece 2 was: it must not be served. */
	ck_assert_int_eq(tsi_disk_read(store, 3, 0, bytes, 16), TSTREAM_EIO);
	check_all(store);
	have_is(store, "0000100");
	ck_assert(reads_right(store, 3, 4 * PIECE - PAD_END, PIECE));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_file_deleted_underneath_is_noticed_by_readers_within_seconds)
{
	tsi_disk_store *store = open_full();
	uint8_t bytes[16];
	time_t end = time(NULL) + WAIT_S;
	ck_assert(all_reads_right(store));
	ck_assert_int_eq(unlink(path_of("data/3")), 0);
	while (tsi_disk_read(store, 3, 0, bytes, 16) > 0 && time(NULL) < end)
		sched_yield();
	ck_assert(tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(damage_seen_is_remembered_even_if_the_file_looks_well_again)
{
	tsi_disk_store *store = open_full();
	uint8_t bytes[16];
	ck_assert_int_eq(truncate(path_of("data/4"), 0), 0);
	ck_assert_int_eq(tsi_disk_read(store, 4, 0, bytes, 16), TSTREAM_EIO);
	int fd = open(path_of("data/4"), O_WRONLY);
	for (uint64_t at = 0; at < layout[4].size; at++)
		ck_assert_int_eq(pwrite(fd, "z", 1, (off_t)at), 1);
	close(fd);
	found_by_check(store, "1111100");
}
END_TEST
/** @} */

/** @name Links, and what else is in the way
 *  @{ */
START_TEST(a_link_in_the_place_of_a_data_file_is_not_followed)
{
	char victim[100];
	uint8_t digest[20];
	int system_errno;
	snprintf(victim, sizeof(victim), "%s/victim", root);
	tsi_disk_store *store = open_store();
	ck_assert_int_eq(symlink(victim, path_of("data/3")), 0);
	write_piece(store, 3);
	ck_assert_int_eq(hash_piece(store, 3, digest, &system_errno), TSTREAM_EIO);
	ck_assert_int_eq(system_errno, ELOOP);
	ck_assert_int_ne(access(victim, F_OK), 0);
	ck_assert_int_eq(tsi_disk_read(store, 3, 0, digest, 1), TSTREAM_EIO);
	tsi_disk_store_unref(store);
}
END_TEST

static void open_fails(int code)
{
	tstream_error err = {0, ""};
	ck_assert_ptr_null(tsi_disk_store_open(disk, dir, layout, FILES, PIECE, PIECES, &err));
	ck_assert_int_eq(err.code, code);
	ck_assert_int_gt((int)strlen(err.message), 20);
}

START_TEST(a_link_in_the_place_of_the_directories_or_the_have_file_is_refused)
{
	ck_assert_int_eq(symlink(root, dir), 0);
	open_fails(TSTREAM_EIO);
	ck_assert_int_eq(unlink(dir), 0);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(symlink(root, path_of("data")), 0);
	open_fails(TSTREAM_EIO);
	ck_assert_int_eq(unlink(path_of("data")), 0);
	ck_assert_int_eq(symlink("/dev/null", path_of("have")), 0);
	open_fails(TSTREAM_EIO);
}
END_TEST

START_TEST(a_fifo_in_the_place_of_a_file_neither_hangs_nor_serves)
{
	uint8_t digest[20];
	tsi_disk_store *store = open_store();
	ck_assert_int_eq(mkfifo(path_of("data/3"), 0600), 0);
	write_piece(store, 3);
	ck_assert_int_eq(hash_piece(store, 3, digest, NULL), TSTREAM_EIO);
	tsi_disk_store_unref(store);
	ck_assert_int_eq(unlink(path_of("have")), 0);
	ck_assert_int_eq(mkfifo(path_of("have"), 0600), 0);
	open_fails(TSTREAM_EACCES);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_told)
{
	snprintf(dir, sizeof(dir), "%s/none/torrent", root);
	open_fails(TSTREAM_EIO);
}
END_TEST

START_TEST(files_and_pieces_that_do_not_fit_are_refused)
{
	static const tsi_disk_file gap[] = {{0, 10, false}, {11, 10, false}};
	static const tsi_disk_file huge[] = {{0, 10, false}, {10, UINT64_MAX, false}};
	tstream_error err;
	ck_assert_ptr_null(tsi_disk_store_open(disk, dir, gap, 2, PIECE, 1, &err));
	ck_assert_int_eq(err.code, TSTREAM_EINVAL);
	ck_assert_ptr_null(tsi_disk_store_open(disk, dir, huge, 2, PIECE, 1, &err));
	ck_assert_int_eq(err.code, TSTREAM_EINVAL);
	ck_assert_ptr_null(tsi_disk_store_open(disk, dir, layout, FILES, PIECE, 6, &err));
	ck_assert_int_eq(err.code, TSTREAM_EINVAL);
	ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST
/** @} */

/** @name Room
 *  @{ */
static void evict(tsi_disk_store *store, const char *pieces)
{
	uint8_t drop[PIECES];
	latch l = LATCH_INIT;
	for (uint32_t p = 0; p < PIECES; p++)
		drop[p] = pieces[p] == '1';
	tsi_disk_evict(store, drop, latch_raise, &l);
	latch_wait(&l, 1);
}

START_TEST(eviction_gives_room_back_and_leaves_the_neighbours)
{
	tsi_disk_store *store = open_full();
	uint64_t before = tsi_disk_used_bytes(store);
	evict(store, "0011010");
	have_is(store, "1100101");
	ck_assert_uint_lt(tsi_disk_used_bytes(store), before);
	ck_assert(reads_right(store, 0, 0, PAD_BEGIN));
	ck_assert(reads_right(store, 3, 4 * PIECE - PAD_END, PIECE));
	ck_assert(reads_right(store, 4, 6 * PIECE - layout[4].offset, 3000));
	store = reopen(store);
	have_is(store, "1100101");
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(evicted_pieces_can_be_fetched_again)
{
	tsi_disk_store *store = open_full();
	evict(store, "1111111");
	ck_assert_uint_eq(tsi_disk_used_bytes(store), 0);
	download_all(store);
	ck_assert(all_reads_right(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(eviction_after_a_clean_end_survives_a_kill)
{
	tsi_disk_store *store = open_full();
	sync_store(store);
	evict(store, "0001000");
	store = reopen(store);
	have_is(store, "1110111");
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(used_bytes_are_what_the_files_take)
{
	tsi_disk_store *store = open_full();
	struct stat st;
	uint64_t sum = 0;
	static const char *const names[] = {"data/0", "data/3", "data/4"};
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(stat(path_of(names[i]), &st), 0);
		sum += (uint64_t)st.st_blocks * 512;
	}
	ck_assert_uint_ge(sum, TOTAL - (PAD_END - PAD_BEGIN));
	ck_assert_uint_eq(tsi_disk_used_bytes(store), sum);
	store = reopen(store);
	ck_assert_uint_eq(tsi_disk_used_bytes(store), sum);
	ck_assert_int_eq(stat(path_of("have"), &st), 0);
	ck_assert_uint_eq(tsi_disk_measure(dir), sum + (uint64_t)st.st_blocks * 512);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(measuring_follows_no_links)
{
	tsi_disk_store *store = open_full();
	tsi_disk_store_unref(store);
	uint64_t before = tsi_disk_measure(dir);
	ck_assert_int_eq(symlink("3", path_of("data/9")), 0);
	ck_assert_uint_eq(tsi_disk_measure(dir), before);
	ck_assert_uint_eq(tsi_disk_measure(path_of("data/9")), 0);
	ck_assert_uint_eq(tsi_disk_measure(path_of("none")), 0);
}
END_TEST

START_TEST(deleting_removes_what_is_ours)
{
	tsi_disk_store *store = open_full();
	tsi_disk_store_unref(store);
	set_boot("elsewhere\n");
	FILE *resume = fopen(path_of("resume"), "w");
	ck_assert_ptr_nonnull(resume);
	fclose(resume);
	ck_assert_int_eq(symlink(boot_path, path_of("data/9")), 0);
	ck_assert_int_eq(tsi_disk_delete(dir), 0);
	ck_assert_int_ne(access(dir, F_OK), 0);
	ck_assert_int_eq(access(boot_path, F_OK), 0);
	ck_assert_int_eq(tsi_disk_delete(dir), 0);
}
END_TEST

START_TEST(deleting_leaves_what_is_not_ours)
{
	tsi_disk_store *store = open_full();
	char link[100];
	tsi_disk_store_unref(store);
	snprintf(link, sizeof(link), "%s/link", root);
	ck_assert_int_eq(symlink(dir, link), 0);
	ck_assert_int_eq(tsi_disk_delete(link), TSTREAM_EIO);
	ck_assert_int_eq(access(path_of("data/3"), F_OK), 0);
	ck_assert_int_eq(mkdir(path_of("data/007"), 0700), 0);
	ck_assert_int_eq(tsi_disk_delete(dir), TSTREAM_EIO);
	ck_assert_int_eq(access(path_of("data/007"), F_OK), 0);
}
END_TEST
/** @} */

/** @name Many files
 *  @{ */
#define MANY 10000u
#define SMALL 3000u

static tsi_disk_file many[MANY];

static tsi_disk_store *open_many(void)
{
	for (uint32_t i = 0; i < MANY; i++)
		many[i] = (tsi_disk_file){(uint64_t)i * SMALL, SMALL, false};
	uint32_t piece_count = (MANY * SMALL + PIECE - 1) / PIECE;
	tsi_disk_store *store =
	    tsi_disk_store_open_booted(disk, dir, many, MANY, PIECE, piece_count, boot_path, NULL);
	ck_assert_ptr_nonnull(store);
	return store;
}

static void download_many(tsi_disk_store *store, uint32_t piece_count)
{
	uint8_t block[BLOCK], digest[20];
	for (uint32_t p = 0; p < piece_count; p++) {
		for (uint32_t offset = 0; offset < PIECE; offset += BLOCK) {
			content((uint64_t)p * PIECE + offset, block, BLOCK);
			ck_assert_int_eq(tsi_disk_write(store, p, offset, block, BLOCK, NULL, NULL), 0);
		}
		ck_assert_int_eq(hash_piece(store, p, digest, NULL), 0);
		tsi_disk_mark_have(store, p);
	}
	fence(store);
}

START_TEST(ten_thousand_files_are_opened_quickly_and_few_at_a_time)
{
	struct timespec begin, end;
	unsigned open_before = open_file_count();
	tsi_disk_store *store = open_many();
	download_many(store, 30);
	ck_assert_uint_le(open_file_count(), open_before + TSI_DISK_OPEN_FILES + 8);
	uint8_t bytes[SMALL], expected[SMALL];
	for (uint32_t i = 0; i < 300; i++) {
		content((uint64_t)i * SMALL, expected, SMALL);
		ck_assert_int_eq(tsi_disk_read(store, i, 0, bytes, SMALL), SMALL);
		ck_assert_mem_eq(bytes, expected, SMALL);
	}
	ck_assert_uint_le(open_file_count(), open_before + TSI_DISK_OPEN_FILES + 8);
	sync_store(store);
	tsi_disk_store_unref(store);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	store = open_many();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	ck_assert(!tsi_disk_needs_check(store));
	/* A millisecond as a rule; a second would be felt, and valgrind needs some of it. */
	double seconds =
	    (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	ck_assert_double_lt(seconds, 1.0);
	tsi_disk_store_unref(store);
	/* A worker may hold its reference a moment longer than its handler runs. */
	tsi_disk_stop(disk);
	ck_assert_uint_le(open_file_count(), open_before);
}
END_TEST
/** @} */

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_new_store_has_nothing_and_needs_no_check);
	tcase_add_test(tcase, a_clean_end_is_believed_in_the_next_boot);
	tcase_add_test(tcase, writing_after_a_clean_end_makes_it_unclean);
	tcase_add_test(tcase, an_unclean_end_is_doubted_in_the_next_boot);
	tcase_add_test(tcase, a_boot_that_cannot_be_told_is_doubted);
	tcase_add_test(tcase, a_doubt_outlives_a_kill_during_the_check);
	tcase_add_test(tcase, a_doubt_about_nothing_is_none);
	tcase_add_test(tcase, a_check_asks_the_disk_only_for_pieces_whose_bit_is_set);
	tcase_add_test(tcase, a_truncated_file_is_noticed);
	tcase_add_test(tcase, a_missing_file_is_noticed);
	tcase_add_test(tcase, a_file_with_holes_is_noticed);
	tcase_add_test(tcase, a_file_changed_after_a_clean_end_is_noticed);
	tcase_add_test(tcase, a_lost_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, a_corrupt_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, a_short_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, hints_name_only_pieces_that_the_files_could_hold);
	tcase_add_test(tcase, the_have_file_of_another_torrent_counts_for_nothing);
	tcase_add_test(tcase, a_file_truncated_underneath_is_an_error_until_it_is_checked);
	tcase_add_test(tcase, a_peer_is_not_given_what_is_missing);
	tcase_add_test(tcase, a_file_deleted_underneath_is_noticed_by_the_next_write);
	tcase_add_test(tcase, a_file_deleted_underneath_is_noticed_by_readers_within_seconds);
	tcase_add_test(tcase, damage_seen_is_remembered_even_if_the_file_looks_well_again);
	tcase_add_test(tcase, a_link_in_the_place_of_a_data_file_is_not_followed);
	tcase_add_test(tcase, a_link_in_the_place_of_the_directories_or_the_have_file_is_refused);
	tcase_add_test(tcase, a_fifo_in_the_place_of_a_file_neither_hangs_nor_serves);
	tcase_add_test(tcase, a_directory_that_cannot_be_made_is_told);
	tcase_add_test(tcase, files_and_pieces_that_do_not_fit_are_refused);
	tcase_add_test(tcase, eviction_gives_room_back_and_leaves_the_neighbours);
	tcase_add_test(tcase, evicted_pieces_can_be_fetched_again);
	tcase_add_test(tcase, eviction_after_a_clean_end_survives_a_kill);
	tcase_add_test(tcase, used_bytes_are_what_the_files_take);
	tcase_add_test(tcase, measuring_follows_no_links);
	tcase_add_test(tcase, deleting_removes_what_is_ours);
	tcase_add_test(tcase, deleting_leaves_what_is_not_ours);
	tcase_add_test(tcase, ten_thousand_files_are_opened_quickly_and_few_at_a_time);
}

/** Before any thread of ours: only the calling one survives a fork. */
static void add_unthreaded_tests(TCase *tcase)
{
	tcase_add_test(tcase, a_kill_loses_nothing_verified_and_needs_no_check);
}

int main(void)
{
	int unthreaded = run_suite("disk_kill", add_unthreaded_tests);
	int threaded = run_suite("disk_restart", add_tests);
	return unthreaded ? unthreaded : threaded;
}
