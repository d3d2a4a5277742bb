/**
 * The way of a block: into memory, hashed, written, read; and what the limits do to it.
 */
#include "disk_fixture.h"

#include <sys/resource.h>

START_TEST(a_piece_can_be_read_once_it_is_verified)
{
	tsi_disk_store *store = open_store();
	uint8_t byte;
	write_piece(store, 3);
	ck_assert(hashes_right(store, 3));
	ck_assert_int_eq(tsi_disk_read(store, 3, 3 * PIECE - PAD_END, &byte, 1), TSTREAM_EAGAIN);
	tsi_disk_mark_have(store, 3, NULL, NULL);
	ck_assert(reads_right(store, 3, 3 * PIECE - PAD_END, PIECE));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(pieces_that_lie_in_several_files_come_back_whole)
{
	tsi_disk_store *store = open_store();
	download_all(store);
	ck_assert(all_reads_right(store));
	have_is(store, "1111111");
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(pads_and_empty_files_are_never_made)
{
	tsi_disk_store *store = open_store();
	download_all(store);
	ck_assert_int_eq(access(path_of("data/0"), F_OK), 0);
	ck_assert_int_ne(access(path_of("data/1"), F_OK), 0);
	ck_assert_int_ne(access(path_of("data/2"), F_OK), 0);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(pad_blocks_that_never_come_hash_as_zeros_in_a_used_buffer)
{
	tsi_disk_store *store = open_store();
	uint8_t block[BLOCK], digest[20];
	/* Leave rubbish in the buffer that piece 1 will get. */
	write_garbage(store, 4, 0);
	write_garbage(store, 4, BLOCK);
	ck_assert_int_eq(hash_piece(store, 4, digest, NULL), 0);
	/* Its second block is cut short where the pad begins. */
	write_block(store, 1, 0);
	content(PIECE + BLOCK, block, PAD_BEGIN - PIECE - BLOCK);
	ck_assert_int_eq(tsi_disk_write(store, 1, BLOCK, block, PAD_BEGIN - PIECE - BLOCK, NULL, NULL),
	                 0);
	ck_assert(hashes_right(store, 1));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(v2_digests_are_one_a_block_and_stop_where_told)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	uint8_t digests[3 * 32], bytes[PIECE], expected[32];
	memset(digests, 0x55, sizeof(digests));
	write_piece(store, 1);
	tsi_disk_hash(store, 1, false, digests, PAD_BEGIN - PIECE, latch_hashed, &l);
	latch_wait(&l, 1);
	ck_assert(is_zero(l.digest, 20));
	content(PIECE, bytes, PIECE);
	digest_of(bytes, BLOCK, expected, 32);
	ck_assert_mem_eq(digests, expected, 32);
	digest_of(bytes + BLOCK, PAD_BEGIN - PIECE - BLOCK, expected, 32);
	ck_assert_mem_eq(digests + 32, expected, 32);
	ck_assert_uint_eq(digests[64], 0x55);
	tsi_disk_store_unref(store);
}
END_TEST

static void block_hashes_right(tsi_disk_store *store, uint32_t piece, uint32_t offset)
{
	latch l = LATCH_INIT;
	uint8_t bytes[BLOCK], expected[32];
	tsi_disk_hash_block(store, piece, offset, BLOCK, latch_hashed2, &l);
	latch_wait(&l, 1);
	content((uint64_t)piece * PIECE + offset, bytes, BLOCK);
	digest_of(bytes, BLOCK, expected, 32);
	ck_assert_int_eq(l.code, 0);
	ck_assert_mem_eq(l.digest, expected, 20);
}

START_TEST(a_block_is_hashed_in_memory_or_from_its_file)
{
	tsi_disk_store *store = open_store();
	write_piece(store, 3);
	block_hashes_right(store, 3, BLOCK);
	ck_assert(hashes_right(store, 3));
	block_hashes_right(store, 3, BLOCK);
	tsi_disk_mark_have(store, 3, NULL, NULL);
	block_hashes_right(store, 3, 0);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(the_first_copy_of_a_block_wins)
{
	tsi_disk_store *store = open_store();
	write_piece(store, 2);
	write_garbage(store, 2, 0);
	ck_assert(hashes_right(store, 2));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(blocks_that_come_while_their_piece_is_hashed_are_ignored)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	write_piece(store, 2);
	gate_set(true);
	tsi_disk_hash(store, 2, true, NULL, 0, latch_hashed, &l);
	gate_wait_for_worker();
	write_garbage(store, 2, 0);
	gate_set(false);
	latch_wait(&l, 1);
	ck_assert(is_right_digest(2, l.digest));
	/* Nor does one between the hash and the verdict start the piece afresh. */
	write_garbage(store, 2, 0);
	ck_assert(hashes_right(store, 2));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_block_that_comes_after_its_piece_was_hashed_without_it_is_ignored)
{
	tsi_disk_store *store = open_store();
	uint8_t digest[20];
	write_block(store, 2, 0);
	ck_assert_int_eq(hash_piece(store, 2, digest, NULL), 0);
	write_block(store, 2, BLOCK);
	tsi_disk_clear(store, 2, NULL, NULL);
	download(store, 2);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(blocks_of_a_verified_piece_are_ignored)
{
	tsi_disk_store *store = open_store();
	download(store, 2);
	write_garbage(store, 2, 0);
	ck_assert(hashes_right(store, 2));
	ck_assert(reads_right(store, 3, 0, PIECE));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_failed_piece_is_cleared_and_fetched_again)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	write_block(store, 5, 0);
	write_garbage(store, 5, BLOCK);
	ck_assert(!hashes_right(store, 5));
	tsi_disk_clear(store, 5, latch_raise, &l);
	/* At once, without waiting for the handler. */
	download(store, 5);
	latch_wait(&l, 1);
	ck_assert(reads_right(store, 3, 5 * PIECE - PAD_END, 100));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_piece_cleared_while_it_is_hashed_does_not_disturb_its_successor)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	write_garbage(store, 5, 0);
	write_garbage(store, 5, BLOCK);
	gate_set(true);
	tsi_disk_hash(store, 5, true, NULL, 0, latch_hashed, &l);
	gate_wait_for_worker();
	tsi_disk_clear(store, 5, latch_raise, &l);
	write_piece(store, 5);
	gate_set(false);
	ck_assert(hashes_right(store, 5));
	ck_assert_uint_eq(latch_count(&l), 2);
	tsi_disk_mark_have(store, 5, NULL, NULL);
	ck_assert(reads_right(store, 3, 5 * PIECE - PAD_END, 100));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_block_that_cannot_be_is_refused)
{
	tsi_disk_store *store = open_store();
	uint8_t block[BLOCK + 1] = {0};
	const struct {
		uint32_t piece, offset, size;
	} wrong[] = {{PIECES, 0, BLOCK}, {0, PIECE, BLOCK},      {0, 1, BLOCK}, {0, 0, BLOCK + 1},
	             {0, 0, 0},          {UINT32_MAX, 0, BLOCK}, {6, 0, BLOCK}, {0, UINT32_MAX, BLOCK}};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(tsi_disk_write(store, wrong[i].piece, wrong[i].offset, block,
		                                wrong[i].size, NULL, NULL),
		                 TSTREAM_EINVAL);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_piece_that_is_not_here_hashes_as_nothing)
{
	tsi_disk_store *store = open_store();
	uint8_t digest[20];
	ck_assert_int_eq(hash_piece(store, 0, digest, NULL), 0);
	ck_assert(is_zero(digest, 20));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(over_the_limit_pieces_go_straight_to_their_files)
{
	stop_disk();
	start_disk(2, 2 * PIECE);
	tsi_disk_store *store = open_store();
	for (uint32_t p = 0; p < PIECES; p++)
		for (uint32_t offset = 0; offset < size_of_piece(p); offset += BLOCK)
			write_block(store, p, offset);
	fence(store);
	/* The first two wait in memory, the third is in its file. */
	ck_assert_int_ne(access(path_of("data/0"), F_OK), 0);
	ck_assert_int_eq(access(path_of("data/3"), F_OK), 0);
	for (uint32_t p = 0; p < PIECES; p++) {
		write_garbage(store, 2, 0);
		block_hashes_right(store, 2, 0);
		ck_assert(hashes_right(store, p));
		tsi_disk_mark_have(store, p, NULL, NULL);
	}
	ck_assert(all_reads_right(store));
	tsi_disk_store_unref(store);
}
END_TEST

typedef struct mark {
	latch told;
	latch *hashed;
	unsigned hashed_before;
	bool is_kept; /**< the bit is in the file */
} mark;

static void mark_told(void *user)
{
	mark *m = user;
	uint8_t bits = 0;
	m->hashed_before = latch_count(m->hashed);
	int fd = open(path_of("have"), O_RDONLY | O_CLOEXEC);
	m->is_kept = fd >= 0 && lseek(fd, -1, SEEK_END) >= 0 && read(fd, &bits, 1) == 1 && (bits & 1);
	close(fd);
	latch_raise(&m->told);
}

START_TEST(a_verified_piece_is_told_when_it_is_kept_and_before_what_waits)
{
	stop_disk();
	start_disk(1, 1 << 20);
	tsi_disk_store *store = open_store();
	latch hashed = LATCH_INIT;
	mark m = {.told = LATCH_INIT, .hashed = &hashed};
	write_piece(store, 0);
	ck_assert(hashes_right(store, 0));
	gate_set(true);
	for (uint32_t p = 1; p < 5; p++) {
		write_piece(store, p);
		tsi_disk_hash(store, p, true, NULL, 0, latch_hashed, &hashed);
	}
	gate_wait_for_worker();
	tsi_disk_mark_have(store, 0, mark_told, &m);
	gate_set(false);
	latch_wait(&m.told, 1);
	ck_assert(m.is_kept);
	ck_assert_uint_eq(m.hashed_before, 1);
	latch_wait(&hashed, 4);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_spilled_piece_that_failed_is_fetched_again)
{
	stop_disk();
	start_disk(2, 0);
	tsi_disk_store *store = open_store();
	write_block(store, 4, 0);
	write_garbage(store, 4, BLOCK);
	ck_assert(!hashes_right(store, 4));
	tsi_disk_clear(store, 4, NULL, NULL);
	download(store, 4);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(the_feeder_is_stopped_over_half_the_limit_and_told_to_go_on)
{
	stop_disk();
	start_disk(1, 4 * PIECE);
	tsi_disk_store *store = open_store();
	latch hashed = LATCH_INIT, drained = LATCH_INIT;
	uint8_t block[BLOCK] = {0};
	gate_set(true);
	for (uint32_t p = 0; p < 3; p++) {
		write_piece(store, p);
		tsi_disk_hash(store, p, true, NULL, 0, latch_hashed, &hashed);
	}
	ck_assert_int_eq(tsi_disk_write(store, 3, 0, block, BLOCK, NULL, NULL), 0);
	ck_assert_int_eq(tsi_disk_write(store, 3, BLOCK, block, BLOCK, latch_raise, &drained), 1);
	ck_assert_int_eq(tsi_disk_write(store, 3, BLOCK, block, BLOCK, latch_raise, &drained), 1);
	gate_wait_for_worker();
	ck_assert_uint_eq(latch_count(&drained), 0);
	gate_set(false);
	latch_wait(&drained, 2);
	latch_wait(&hashed, 3);
	fence(store);
	ck_assert_int_eq(tsi_disk_write(store, 4, 0, block, BLOCK, latch_raise, &drained), 0);
	tsi_disk_store_unref(store);
	stop_disk();
	ck_assert_uint_eq(latch_count(&drained), 2);
	start_disk(1, 0);
}
END_TEST

START_TEST(memory_stays_below_the_limit)
{
	stop_disk();
	start_disk(2, 3 * PIECE);
	tsi_disk_store *store = open_store();
	for (int round = 0; round < 3; round++) {
		for (uint32_t p = 0; p < PIECES; p++)
			write_piece(store, p);
		for (uint32_t p = 0; p < PIECES; p++) {
			ck_assert(hashes_right(store, p));
			tsi_disk_clear(store, p, NULL, NULL);
			ck_assert_uint_le(disk->pool.used_bytes + disk->pool.spare_bytes, 3 * PIECE);
		}
		fence(store);
	}
	ck_assert_uint_eq(disk->pool.used_bytes, 0);
	ck_assert_uint_eq(disk->pool.spare_bytes, 3 * PIECE);
	tsi_disk_store_unref(store);
}
END_TEST

static void note_first(void *user)
{
	latch *l = user;
	l->code = (int)latch_count(l);
	latch_raise(l);
}

START_TEST(a_fence_waits_for_what_came_before_and_holds_what_comes_after)
{
	tsi_disk_store *store = open_store();
	latch before = LATCH_INIT, after = LATCH_INIT;
	write_piece(store, 2);
	write_piece(store, 1);
	gate_set(true);
	tsi_disk_hash(store, 2, true, NULL, 0, latch_hashed, &before);
	tsi_disk_fence(store, note_first, &before);
	tsi_disk_clear(store, 1, latch_raise, &after);
	gate_wait_for_worker();
	ck_assert_uint_eq(latch_count(&before), 0);
	ck_assert_uint_eq(latch_count(&after), 0);
	gate_set(false);
	latch_wait(&after, 1);
	ck_assert_uint_eq(latch_count(&before), 2);
	ck_assert_int_eq(before.code, 1);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_store_that_waits_at_a_fence_holds_up_no_other)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT, other_fence = LATCH_INIT;
	write_piece(store, 0);
	gate_set(true);
	tsi_disk_hash(store, 0, true, NULL, 0, latch_hashed, &l);
	tsi_disk_fence(store, latch_raise, &l);
	gate_wait_for_worker();
	snprintf(dir, sizeof(dir), "%s/other", root);
	tsi_disk_store *other = open_store();
	tsi_disk_fence(other, latch_raise, &other_fence);
	latch_wait(&other_fence, 1);
	ck_assert_uint_eq(latch_count(&l), 0);
	gate_set(false);
	latch_wait(&l, 2);
	tsi_disk_store_unref(other);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_peer_is_given_bytes_from_memory_or_from_the_file)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	uint8_t expected[BLOCK];
	content(2 * PIECE + 100, expected, 1000);
	write_piece(store, 2);
	tsi_disk_read_async(store, 2, 100, 1000, latch_read, &l);
	latch_wait(&l, 1);
	ck_assert_int_eq(l.code, 0);
	ck_assert_uint_eq(l.size, 1000);
	ck_assert_mem_eq(l.bytes, expected, 1000);
	download(store, 2);
	memset(l.bytes, 0, 1000);
	tsi_disk_read_async(store, 2, 100, 1000, latch_read, &l);
	latch_wait(&l, 2);
	ck_assert_mem_eq(l.bytes, expected, 1000);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(reads_end_at_the_end_of_the_file)
{
	tsi_disk_store *store = open_store();
	uint8_t bytes[64];
	download_all(store);
	ck_assert_int_eq(tsi_disk_read(store, 0, PAD_BEGIN - 10, bytes, 64), 10);
	ck_assert_int_eq(tsi_disk_read(store, 0, PAD_BEGIN, bytes, 64), 0);
	ck_assert_int_eq(tsi_disk_read(store, 0, UINT64_MAX, bytes, 64), 0);
	ck_assert_int_eq(tsi_disk_read(store, 2, 0, bytes, 64), 0);
	ck_assert_int_eq(tsi_disk_read(store, FILES, 0, bytes, 64), TSTREAM_EIO);
	ck_assert(!tsi_disk_needs_check(store));
	tsi_disk_store_unref(store);
}
END_TEST

typedef struct reading {
	tsi_disk_store *store;
	atomic_uint verified_count; /**< pieces below it may be read */
	atomic_bool is_wrong;
} reading;

static void *read_behind(void *user)
{
	reading *r = user;
	uint8_t bytes[512], expected[512];
	for (unsigned i = 0, n; (n = atomic_load(&r->verified_count)) < PIECES; i++) {
		if (n == 0)
			continue;
		uint64_t position = (uint64_t)(i % n) * PIECE;
		uint32_t file = position < PAD_BEGIN ? 0 : position < layout[4].offset ? 3 : 4;
		uint64_t offset = position - layout[file].offset;
		content(position, expected, sizeof(expected));
		if (tsi_disk_read(r->store, file, offset, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    memcmp(bytes, expected, sizeof(bytes)) != 0)
			atomic_store(&r->is_wrong, true);
	}
	return NULL;
}

START_TEST(readers_beside_the_writer_see_only_what_was_written)
{
	tsi_disk_store *store = open_store();
	reading r = {.store = store};
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_behind, &r), 0);
	for (uint32_t p = 0; p < PIECES; p++) {
		download(store, p);
		atomic_fetch_add(&r.verified_count, 1);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert(!atomic_load(&r.is_wrong));
	tsi_disk_store_unref(store);
}
END_TEST

/** Files may grow to @p bytes and no more: a full disk that everyone can have. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes > limit.rlim_max ? limit.rlim_max : bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_is_told_and_the_bytes_are_kept_until_there_is_room)
{
	tsi_disk_store *store = open_store();
	uint8_t digest[20];
	int system_errno;
	write_piece(store, 4);
	limit_files(BLOCK);
	int code = hash_piece(store, 4, digest, &system_errno);
	limit_files(RLIM_INFINITY);
	ck_assert_int_eq(code, TSTREAM_ENOSPC);
	ck_assert_int_eq(system_errno, EFBIG);
	ck_assert(hashes_right(store, 4));
	tsi_disk_mark_have(store, 4, NULL, NULL);
	ck_assert(reads_right(store, 3, 4 * PIECE - PAD_END, PIECE));
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(a_full_disk_under_a_spilled_piece_is_told_until_it_is_cleared)
{
	stop_disk();
	start_disk(2, 0);
	tsi_disk_store *store = open_store();
	uint8_t digest[20];
	int system_errno;
	limit_files(BLOCK);
	write_piece(store, 4);
	int code = hash_piece(store, 4, digest, &system_errno);
	limit_files(RLIM_INFINITY);
	ck_assert_int_eq(code, TSTREAM_ENOSPC);
	ck_assert_int_eq(system_errno, EFBIG);
	ck_assert_int_eq(hash_piece(store, 4, digest, NULL), TSTREAM_ENOSPC);
	tsi_disk_clear(store, 4, NULL, NULL);
	download(store, 4);
	tsi_disk_store_unref(store);
}
END_TEST

START_TEST(what_is_queued_after_the_stop_is_done_at_once)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	download_all(store);
	tsi_disk_stop(disk);
	tsi_disk_fence(store, latch_raise, &l);
	ck_assert_uint_eq(latch_count(&l), 1);
	tsi_disk_sync(store, latch_raise, &l);
	ck_assert_uint_eq(latch_count(&l), 2);
	stop_disk();
	/* A reader may keep the store a little longer. */
	ck_assert(all_reads_right(store));
	tsi_disk_store_unref(store);
	start_disk(1, 0);
}
END_TEST

START_TEST(stopping_finishes_what_is_queued)
{
	tsi_disk_store *store = open_store();
	latch l = LATCH_INIT;
	for (uint32_t p = 0; p < PIECES; p++) {
		write_piece(store, p);
		tsi_disk_hash(store, p, true, NULL, 0, latch_hashed, &l);
		tsi_disk_fence(store, latch_raise, &l);
		tsi_disk_mark_have(store, p, NULL, NULL);
	}
	tsi_disk_stop(disk);
	ck_assert_uint_eq(latch_count(&l), 2 * PIECES);
	ck_assert(all_reads_right(store));
	tsi_disk_store_unref(store);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_piece_can_be_read_once_it_is_verified);
	tcase_add_test(tcase, pieces_that_lie_in_several_files_come_back_whole);
	tcase_add_test(tcase, pads_and_empty_files_are_never_made);
	tcase_add_test(tcase, pad_blocks_that_never_come_hash_as_zeros_in_a_used_buffer);
	tcase_add_test(tcase, v2_digests_are_one_a_block_and_stop_where_told);
	tcase_add_test(tcase, a_block_is_hashed_in_memory_or_from_its_file);
	tcase_add_test(tcase, the_first_copy_of_a_block_wins);
	tcase_add_test(tcase, blocks_that_come_while_their_piece_is_hashed_are_ignored);
	tcase_add_test(tcase, a_block_that_comes_after_its_piece_was_hashed_without_it_is_ignored);
	tcase_add_test(tcase, blocks_of_a_verified_piece_are_ignored);
	tcase_add_test(tcase, a_failed_piece_is_cleared_and_fetched_again);
	tcase_add_test(tcase, a_piece_cleared_while_it_is_hashed_does_not_disturb_its_successor);
	tcase_add_test(tcase, a_block_that_cannot_be_is_refused);
	tcase_add_test(tcase, a_piece_that_is_not_here_hashes_as_nothing);
	tcase_add_test(tcase, over_the_limit_pieces_go_straight_to_their_files);
	tcase_add_test(tcase, a_verified_piece_is_told_when_it_is_kept_and_before_what_waits);
	tcase_add_test(tcase, a_spilled_piece_that_failed_is_fetched_again);
	tcase_add_test(tcase, the_feeder_is_stopped_over_half_the_limit_and_told_to_go_on);
	tcase_add_test(tcase, memory_stays_below_the_limit);
	tcase_add_test(tcase, a_fence_waits_for_what_came_before_and_holds_what_comes_after);
	tcase_add_test(tcase, a_store_that_waits_at_a_fence_holds_up_no_other);
	tcase_add_test(tcase, a_peer_is_given_bytes_from_memory_or_from_the_file);
	tcase_add_test(tcase, reads_end_at_the_end_of_the_file);
	tcase_add_test(tcase, readers_beside_the_writer_see_only_what_was_written);
	tcase_add_test(tcase, a_full_disk_is_told_and_the_bytes_are_kept_until_there_is_room);
	tcase_add_test(tcase, a_full_disk_under_a_spilled_piece_is_told_until_it_is_cleared);
	tcase_add_test(tcase, what_is_queued_after_the_stop_is_done_at_once);
	tcase_add_test(tcase, stopping_finishes_what_is_queued);
}

int main(void)
{
	return run_suite("disk", add_tests);
}
