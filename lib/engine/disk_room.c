/**
 * engine/disk_room.c - room on disk: giving it back, measuring it, deleting it all.
 *
 * Directories are walked by the layout this module makes and nothing else: links are
 * neither followed nor counted, and what is not ours is left alone.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_internal.h"

#define LARGEST_BLOCK_BYTES (UINT64_C(1) << 20)

/** @return false if this filesystem knows no holes */
static bool punch_hole(int fd, uint64_t begin, uint64_t end)
{
#ifdef FALLOC_FL_PUNCH_HOLE
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)begin,
	                 (off_t)(end - begin)) == 0;
#else
	(void)fd;
	(void)begin;
	(void)end;
	return false;
#endif
}

static void punch_open(tsi_disk_store *store, tsi_open_file *open_file, uint64_t begin,
                       uint64_t end)
{
	struct stat st;
	tsi_store_file *file = open_file->file;
	bool is_whole = begin == 0 && end == file->size;
	atomic_store(&file->is_dirty, true);
	/* The last block, too, which reaches beyond the end of the file. */
	if (end == file->size)
		end += LARGEST_BLOCK_BYTES - end % LARGEST_BLOCK_BYTES;
	/* Without holes the room stays taken until the whole file can go. */
	if (!punch_hole(open_file->fd, begin, end) && is_whole) {
		atomic_store(&file->least_size, 0);
		if (ftruncate(open_file->fd, 0) != 0)
			return;
	}
	if (fstat(open_file->fd, &st) == 0)
		tsi_store_note_used(store, file, (uint64_t)st.st_blocks * 512);
}

/** @param begin,end  in the piece space: pieces that go, without a gap */
static void punch_file(tsi_disk_store *store, uint32_t i, uint64_t begin, uint64_t end)
{
	const tsi_store_file *file = &store->files[i];
	uint64_t file_end = file->offset + file->size;
	tsi_open_file *open_file;
	begin = begin < file->offset ? file->offset : begin;
	end = end > file_end ? file_end : end;
	if (file->is_pad || begin >= end || tsi_fd_acquire(store, i, false, &open_file) != 0)
		return;
	punch_open(store, open_file, begin - file->offset, end - file->offset);
	tsi_fd_release(open_file);
}

void tsi_store_punch(tsi_disk_store *store, const uint8_t *drop)
{
	uint32_t i = 0;
	for (uint32_t p = 0; p < store->piece_count; p++) {
		if (!drop[p])
			continue;
		uint32_t first = p;
		while (p < store->piece_count && drop[p])
			p++;
		uint64_t begin = tsi_store_piece_begin(store, first);
		uint64_t end = (uint64_t)p * store->piece_size;
		while (i < store->file_count && store->files[i].offset + store->files[i].size <= begin)
			i++;
		/* The last of these may go on into the next run: do not pass it for good. */
		for (uint32_t j = i; j < store->file_count && store->files[j].offset < end; j++)
			punch_file(store, j, begin, end);
	}
}

static int open_dir_at(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/** Call @p visit with the name of each entry.  Takes @p fd over. */
static int for_each_entry(int fd, int (*visit)(int dir_fd, const char *name, void *user),
                          void *user)
{
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return errno;
	}
	int error = 0;
	const struct dirent *entry;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			int failed = visit(dirfd(dir), entry->d_name, user);
			error = error ? error : failed;
		}
	closedir(dir);
	return error;
}

static int delete_data(int dir_fd, const char *name, void *user)
{
	uint32_t index;
	(void)user;
	if (!tsi_data_index(name, &index))
		return 0;
	return unlinkat(dir_fd, name, 0) == 0 ? 0 : errno;
}

static int delete_regular(int dir_fd, const char *name, void *user)
{
	struct stat st;
	(void)user;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return 0;
	return unlinkat(dir_fd, name, 0) == 0 ? 0 : errno;
}

static int delete_in(int dir_fd)
{
	int error = 0;
	int data_fd = open_dir_at(dir_fd, "data");
	if (data_fd >= 0) {
		error = for_each_entry(data_fd, delete_data, NULL);
		if (!error && unlinkat(dir_fd, "data", AT_REMOVEDIR) != 0)
			error = errno;
	}
	int list_fd = open_dir_at(dir_fd, ".");
	if (list_fd < 0)
		return errno;
	int failed = for_each_entry(list_fd, delete_regular, NULL);
	return error ? error : failed;
}

int tsi_disk_delete(const char *dir)
{
	int dir_fd = open_dir_at(AT_FDCWD, dir);
	if (dir_fd < 0)
		return errno == ENOENT ? 0 : TSTREAM_EIO;
	int error = delete_in(dir_fd);
	close(dir_fd);
	if (error || rmdir(dir) != 0)
		return TSTREAM_EIO;
	return 0;
}

static int add_regular(int dir_fd, const char *name, void *user)
{
	struct stat st;
	uint64_t *total = user;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		*total += (uint64_t)st.st_blocks * 512;
	return 0;
}

uint64_t tsi_disk_measure(const char *dir)
{
	uint64_t total = 0;
	int dir_fd = open_dir_at(AT_FDCWD, dir);
	if (dir_fd < 0)
		return 0;
	int data_fd = open_dir_at(dir_fd, "data");
	if (data_fd >= 0)
		for_each_entry(data_fd, add_regular, &total);
	for_each_entry(dir_fd, add_regular, &total);
	return total;
}
