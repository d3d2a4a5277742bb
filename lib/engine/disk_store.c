/**
 * engine/disk_store.c - open one torrent's directory, and close it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/disk_internal.h"

uint64_t tsi_fnv(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t tsi_fnv_number(uint64_t hash, uint64_t number)
{
	for (unsigned shift = 0; shift < 64; shift += 8)
		hash = (hash ^ ((number >> shift) & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t files_digest(const tsi_disk_store *store)
{
	uint64_t digest = TSI_FNV_START;
	for (uint32_t i = 0; i < store->file_count; i++) {
		digest = tsi_fnv_number(digest, store->files[i].size);
		digest = tsi_fnv_number(digest, store->files[i].is_pad);
	}
	return digest;
}

/** @return false if there are gaps, or the pieces do not just cover the files */
static bool copy_layout(tsi_disk_store *store, const tsi_disk_file *files)
{
	uint64_t offset = 0;
	for (uint32_t i = 0; i < store->file_count; i++) {
		if (files[i].offset != offset || files[i].size > INT64_MAX - offset)
			return false;
		store->files[i].offset = offset;
		store->files[i].size = files[i].size;
		store->files[i].is_pad = files[i].is_pad;
		offset += files[i].size;
	}
	store->total_bytes = offset;
	return store->piece_size > 0 &&
	       (offset + store->piece_size - 1) / store->piece_size == store->piece_count;
}

/** @return fd, or -1 and errno */
static int make_dir(int at, const char *name)
{
	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_files(tsi_disk_store *store, const char *dir, const char *boot_id_path)
{
	tsi_have_shape shape = {store->piece_count, store->piece_size, files_digest(store)};
	tsi_have_found found;
	store->dir_fd = make_dir(AT_FDCWD, dir);
	if (store->dir_fd < 0)
		return errno;
	store->data_fd = make_dir(store->dir_fd, "data");
	if (store->data_fd < 0)
		return errno;
	int error = tsi_have_open(store->dir_fd, &shape, boot_id_path, &store->have_file, &found);
	return error ? error : tsi_store_judge(store, &found);
}

int tsi_store_enter(tsi_disk_store *store, const char *dir, const char *boot_id_path)
{
	int error = open_files(store, dir, boot_id_path);
	if (error) {
		/* So that nothing is ever noted as clean that was not looked at. */
		tsi_have_close(store->have_file);
		store->have_file = NULL;
	}
	return error;
}

static tsi_disk_store *store_alloc(tsi_disk *disk, uint32_t file_count, uint32_t piece_size,
                                   uint32_t piece_count)
{
	tsi_disk_store *store = calloc(1, sizeof(*store));
	if (!store)
		return NULL;
	store->refs = 1;
	pthread_mutex_init(&store->mutex, NULL);
	store->disk = disk;
	atomic_fetch_add(&disk->refs, 1);
	store->dir_fd = -1;
	store->data_fd = -1;
	store->piece_size = piece_size;
	store->piece_count = piece_count;
	store->file_count = file_count;
	/* One more, so that none of them is empty. */
	store->files = calloc((size_t)file_count + 1, sizeof(*store->files));
	store->have = calloc((size_t)piece_count + 1, 1);
	store->pieces = calloc((size_t)piece_count + 1, sizeof(tsi_piece *));
	if (store->files && store->have && store->pieces)
		return store;
	tsi_disk_store_unref(store);
	return NULL;
}

int tsi_store_enter_code(int system_errno)
{
	if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS)
		return TSTREAM_EACCES;
	return tsi_disk_code(system_errno);
}

tsi_disk_store *tsi_disk_store_new(tsi_disk *disk, const tsi_disk_file *files, uint32_t file_count,
                                   uint32_t piece_size, uint32_t piece_count, tstream_error *err)
{
	tsi_disk_store *store = store_alloc(disk, file_count, piece_size, piece_count);
	if (!store) {
		tsi_fail(err, TSTREAM_ENOMEM, "Out of memory for a torrent of %u pieces and %u files.",
		         (unsigned)piece_count, (unsigned)file_count);
		return NULL;
	}
	if (!copy_layout(store, files)) {
		tsi_fail(err, TSTREAM_EINVAL, "The torrent's files and its %u pieces do not fit together.",
		         (unsigned)piece_count);
		tsi_disk_store_unref(store);
		return NULL;
	}
	return store;
}

tsi_disk_store *tsi_disk_store_open_booted(tsi_disk *disk, const char *dir,
                                           const tsi_disk_file *files, uint32_t file_count,
                                           uint32_t piece_size, uint32_t piece_count,
                                           const char *boot_id_path, tstream_error *err)
{
	tsi_disk_store *store =
	    tsi_disk_store_new(disk, files, file_count, piece_size, piece_count, err);
	int error = store ? tsi_store_enter(store, dir, boot_id_path) : 0;
	if (error) {
		char text[64];
		if (strerror_r(error, text, sizeof(text)) != 0)
			text[0] = '\0';
		tsi_fail(err, tsi_store_enter_code(error),
		         "Cannot open the torrent's directory %s (%s); check its owner and free space.",
		         dir, text);
		tsi_disk_store_unref(store);
		return NULL;
	}
	return store;
}

tsi_disk_store *tsi_disk_store_open(tsi_disk *disk, const char *dir, const tsi_disk_file *files,
                                    uint32_t file_count, uint32_t piece_size, uint32_t piece_count,
                                    tstream_error *err)
{
	return tsi_disk_store_open_booted(disk, dir, files, file_count, piece_size, piece_count,
	                                  TSI_DISK_BOOT_ID_PATH, err);
}

tsi_disk_store *tsi_disk_store_ref(tsi_disk_store *store)
{
	atomic_fetch_add(&store->refs, 1);
	return store;
}

void tsi_disk_store_unref(tsi_disk_store *store)
{
	if (!store || atomic_fetch_sub(&store->refs, 1) > 1)
		return;
	if (store->files)
		tsi_fd_forget_all(store);
	for (uint32_t p = 0; store->pieces && p < store->piece_count; p++)
		tsi_piece_unref(store->pieces[p]);
	tsi_have_close(store->have_file);
	if (store->data_fd >= 0)
		close(store->data_fd);
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	free(store->pieces);
	free(store->have);
	free(store->files);
	tsi_disk_unref(store->disk);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

void tsi_store_damaged(tsi_disk_store *store)
{
	if (atomic_exchange(&store->is_damaged, true))
		return;
	atomic_store(&store->is_doubtful, true);
	/* Before the check: what is cut from now on is damage again. */
	for (uint32_t i = 0; i < store->file_count; i++)
		tsi_store_measure_file(store, i);
	/* If even this cannot be written, the next session will see the damage itself. */
	tsi_have_doubt(store->have_file);
}
