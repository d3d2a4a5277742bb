/**
 * A small torrent, workers and handlers that can be waited for; for the disk's tests.
 *
 * Seven pieces of 32 KiB over files that begin and end inside pieces, with a pad file and
 * an empty file among them.  Digests are FNV spread out: who hashed what is all we ask.
 */
#ifndef TEST_DISK_FIXTURE_H
#define TEST_DISK_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/disk_internal.h"
#include "suite.h"
#include "temporary_dir.h"

#define PIECE 32768u
#define BLOCK 16384u
#define PIECES 7u
#define FILES 5u
#define TOTAL 200000u
#define PAD_BEGIN 50000u
#define PAD_END 65536u
#define WAIT_S 30

static const tsi_disk_file layout[FILES] = {
    {0, PAD_BEGIN, false},
    {PAD_BEGIN, PAD_END - PAD_BEGIN, true},
    {PAD_END, 0, false},
    {PAD_END, 100000, false},
    {PAD_END + 100000, TOTAL - PAD_END - 100000, false},
};

/** @name Waiting for handlers
 *  @{ */
typedef struct latch {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned count;
	int code;
	int system_errno;
	uint8_t digest[32];
	uint8_t bytes[PIECE];
	uint32_t size;
} latch;

#define LATCH_INIT                                                                                 \
	{                                                                                              \
		.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                    \
	}

static inline void latch_raise(void *user)
{
	latch *l = user;
	pthread_mutex_lock(&l->mutex);
	l->count++;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->mutex);
}

static inline void latch_wait(latch *l, unsigned count)
{
	struct timespec end;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	pthread_mutex_lock(&l->mutex);
	while (l->count < count && !error)
		error = pthread_cond_timedwait(&l->changed, &l->mutex, &end);
	pthread_mutex_unlock(&l->mutex);
	ck_assert_msg(!error, "waited %d s for a handler", WAIT_S);
}

static inline unsigned latch_count(latch *l)
{
	pthread_mutex_lock(&l->mutex);
	unsigned count = l->count;
	pthread_mutex_unlock(&l->mutex);
	return count;
}

static inline void latch_hashed(void *user, int code, int system_errno, const uint8_t *digest)
{
	latch *l = user;
	l->code = code;
	l->system_errno = system_errno;
	memcpy(l->digest, digest, 20);
	latch_raise(user);
}

static inline void latch_hashed2(void *user, int code, int system_errno, const uint8_t *digest)
{
	latch *l = user;
	memcpy(l->digest, digest, 32);
	latch_hashed(user, code, system_errno, l->digest);
}

static inline void latch_read(void *user, int code, int system_errno, const void *data,
                              uint32_t size)
{
	latch *l = user;
	l->code = code;
	l->system_errno = system_errno;
	l->size = size;
	if (size)
		memcpy(l->bytes, data, size);
	latch_raise(user);
}
/** @} */

/** @name Hashing, which can be held up
 *  @{ */
typedef struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool is_closed;
	unsigned waiting_count;
} gate;

static gate hash_gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline void gate_set(bool is_closed)
{
	pthread_mutex_lock(&hash_gate.mutex);
	hash_gate.is_closed = is_closed;
	pthread_cond_broadcast(&hash_gate.changed);
	pthread_mutex_unlock(&hash_gate.mutex);
}

/** Until a worker stands before the closed gate. */
static inline void gate_wait_for_worker(void)
{
	pthread_mutex_lock(&hash_gate.mutex);
	while (hash_gate.waiting_count == 0)
		pthread_cond_wait(&hash_gate.changed, &hash_gate.mutex);
	pthread_mutex_unlock(&hash_gate.mutex);
}

static inline void digest_of(const void *data, size_t size, uint8_t *out, size_t out_size)
{
	uint64_t hash = tsi_fnv(TSI_FNV_START, data, size);
	for (size_t i = 0; i < out_size; i++)
		out[i] = (uint8_t)(hash >> (i % 8 * 8));
}

static inline void fake_sha1(const void *data, size_t size, uint8_t out[20])
{
	pthread_mutex_lock(&hash_gate.mutex);
	hash_gate.waiting_count++;
	pthread_cond_broadcast(&hash_gate.changed);
	while (hash_gate.is_closed)
		pthread_cond_wait(&hash_gate.changed, &hash_gate.mutex);
	hash_gate.waiting_count--;
	pthread_mutex_unlock(&hash_gate.mutex);
	digest_of(data, size, out, 20);
}

static inline void fake_sha256(const void *data, size_t size, uint8_t out[32])
{
	digest_of(data, size, out, 32);
}

static const tsi_disk_hasher fake_hasher = {fake_sha1, fake_sha256};
/** @} */

/** @name The torrent
 *  @{ */
static inline uint8_t byte_at(uint64_t position)
{
	if (position >= PAD_BEGIN && position < PAD_END)
		return 0;
	return (uint8_t)(1 + ((position * UINT64_C(2654435761)) >> 13) % 255);
}

static inline void content(uint64_t position, void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)out)[i] = byte_at(position + i);
}

static inline uint32_t size_of_piece(uint32_t piece)
{
	return piece + 1 < PIECES ? PIECE : TOTAL - piece * PIECE;
}

static inline bool is_right_digest(uint32_t piece, const uint8_t digest[20])
{
	static uint8_t bytes[PIECE];
	uint8_t expected[20];
	content((uint64_t)piece * PIECE, bytes, size_of_piece(piece));
	digest_of(bytes, size_of_piece(piece), expected, 20);
	return memcmp(digest, expected, 20) == 0;
}

static inline bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static char root[64];      /**< made for each test */
static char dir[80];       /**< the torrent's, in root */
static char boot_path[96]; /**< what stands in for the kernel's boot id */
static tsi_disk *disk;

static inline const char *path_of(const char *name)
{
	static char path[200];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static inline void set_boot(const char *boot_id)
{
	FILE *file = fopen(boot_path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(boot_id, file);
	fclose(file);
}

static inline void start_disk(unsigned worker_count, size_t buffer_limit_bytes)
{
	disk = tsi_disk_new(worker_count, buffer_limit_bytes, &fake_hasher);
	ck_assert_ptr_nonnull(disk);
}

static inline void stop_disk(void)
{
	tsi_disk_stop(disk);
	tsi_disk_free(disk);
	disk = NULL;
}

static inline void make_root(void)
{
	const char *base = getenv("TMPDIR");
	snprintf(root, sizeof(root), "%.40s/disk-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/torrent", root);
	snprintf(boot_path, sizeof(boot_path), "%s/boot_id", root);
	set_boot("boot one\n");
}

static inline void setup(void)
{
	make_root();
	start_disk(2, 1u << 20);
}

static inline void teardown(void)
{
	gate_set(false);
	stop_disk();
	remove_dir(root);
}

static inline tsi_disk_store *open_store(void)
{
	tstream_error err = {0, ""};
	tsi_disk_store *store =
	    tsi_disk_store_open_booted(disk, dir, layout, FILES, PIECE, PIECES, boot_path, &err);
	ck_assert_msg(store != NULL, "%s", err.message);
	return store;
}

static inline void fence(tsi_disk_store *store)
{
	latch l = LATCH_INIT;
	tsi_disk_fence(store, latch_raise, &l);
	latch_wait(&l, 1);
}

static inline void sync_store(tsi_disk_store *store)
{
	latch l = LATCH_INIT;
	tsi_disk_sync(store, latch_raise, &l);
	latch_wait(&l, 1);
}

static inline void write_block(tsi_disk_store *store, uint32_t piece, uint32_t offset)
{
	uint8_t block[BLOCK];
	uint32_t left = size_of_piece(piece) - offset;
	uint32_t size = left < BLOCK ? left : BLOCK;
	content((uint64_t)piece * PIECE + offset, block, size);
	ck_assert_int_eq(tsi_disk_write(store, piece, offset, block, size, NULL, NULL), 0);
}

static inline void write_garbage(tsi_disk_store *store, uint32_t piece, uint32_t offset)
{
	uint8_t block[BLOCK];
	memset(block, 0xee, sizeof(block));
	ck_assert_int_eq(tsi_disk_write(store, piece, offset, block, BLOCK, NULL, NULL), 0);
}

static inline void write_piece(tsi_disk_store *store, uint32_t piece)
{
	for (uint32_t offset = 0; offset < size_of_piece(piece); offset += BLOCK)
		write_block(store, piece, offset);
}

static inline int hash_piece(tsi_disk_store *store, uint32_t piece, uint8_t out_digest[20],
                             int *out_errno)
{
	latch l = LATCH_INIT;
	tsi_disk_hash(store, piece, true, NULL, 0, latch_hashed, &l);
	latch_wait(&l, 1);
	memcpy(out_digest, l.digest, 20);
	if (out_errno)
		*out_errno = l.system_errno;
	return l.code;
}

static inline bool hashes_right(tsi_disk_store *store, uint32_t piece)
{
	uint8_t digest[20];
	ck_assert_int_eq(hash_piece(store, piece, digest, NULL), 0);
	return is_right_digest(piece, digest);
}

static inline void download(tsi_disk_store *store, uint32_t piece)
{
	write_piece(store, piece);
	ck_assert_msg(hashes_right(store, piece), "piece %u", (unsigned)piece);
	tsi_disk_mark_have(store, piece, NULL, NULL);
}

static inline void download_all(tsi_disk_store *store)
{
	for (uint32_t p = 0; p < PIECES; p++)
		download(store, p);
	fence(store);
}

/** Of one file, as a reader sees it. */
static inline bool reads_right(tsi_disk_store *store, uint32_t file, uint64_t offset, size_t size)
{
	static uint8_t bytes[TOTAL], expected[TOTAL];
	if (tsi_disk_read(store, file, offset, bytes, size) != (int64_t)size)
		return false;
	content(layout[file].offset + offset, expected, size);
	return memcmp(bytes, expected, size) == 0;
}

static inline bool all_reads_right(tsi_disk_store *store)
{
	for (uint32_t i = 0; i < FILES; i++)
		if (!reads_right(store, i, 0, (size_t)layout[i].size))
			return false;
	return true;
}

static inline void have_is(tsi_disk_store *store, const char *expected)
{
	uint8_t have[PIECES];
	char text[PIECES + 1] = {0};
	tsi_disk_store_have(store, have);
	for (uint32_t p = 0; p < PIECES; p++)
		text[p] = have[p] ? '1' : '0';
	ck_assert_str_eq(text, expected);
}

/** Close, and open as the next session does. */
static inline tsi_disk_store *reopen(tsi_disk_store *store)
{
	fence(store);
	tsi_disk_store_unref(store);
	stop_disk();
	start_disk(2, 1u << 20);
	return open_store();
}

static inline tsi_disk_store *open_full(void)
{
	tsi_disk_store *store = open_store();
	download_all(store);
	return store;
}

/** As the engine does: hash every piece, then say which passed. */
static inline void check_all(tsi_disk_store *store)
{
	uint8_t have[PIECES];
	for (uint32_t p = 0; p < PIECES; p++)
		have[p] = hashes_right(store, p);
	tsi_disk_checked(store, have);
	fence(store);
}

static inline unsigned open_file_count(void)
{
	unsigned count = 0;
	DIR *fds = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(fds);
	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}
/** @} */

static inline int run_suite(const char *name, void (*add_tests)(TCase *tcase))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 60);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

#endif
