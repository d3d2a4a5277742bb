/**
 * What the disk makes of files that someone had a hand in: between two sessions, while they
 * are read, and where links and worse lie in the way.
 */
#include "disk_fixture.h"

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

START_TEST(hints_name_only_pieces_of_files_that_are_there)
{
	tsi_disk_store *store = open_store();
	download(store, 0);
	fence(store);
	ck_assert_int_eq(truncate(path_of("have"), 50), 0);
	store = reopen(store);
	have_is(store, "1100000");
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
	store = reopen(store);
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
	store = reopen(store);
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
	tsi_disk_mark_have(store, 2, NULL, NULL);
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

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_truncated_file_is_noticed);
	tcase_add_test(tcase, a_missing_file_is_noticed);
	tcase_add_test(tcase, a_file_with_holes_is_noticed);
	tcase_add_test(tcase, a_file_changed_after_a_clean_end_is_noticed);
	tcase_add_test(tcase, a_lost_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, a_corrupt_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, a_short_have_file_is_made_up_for_by_hashing);
	tcase_add_test(tcase, hints_name_only_pieces_of_files_that_are_there);
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
}

int main(void)
{
	return run_suite("disk_damage", add_tests);
}
