/**
 * What the next session finds: after a clean end, a kill, a power cut.  And giving room
 * back.
 */
#include "disk_fixture.h"

#include <signal.h>
#include <sys/wait.h>

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
	remove_dir(root);
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
		tsi_disk_mark_have(store, p, NULL, NULL);
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
