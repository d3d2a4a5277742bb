/**
 * engine/disk_fd.c - at most 64 data files are open, whatever the torrents hold.
 *
 * The cache holds one reference to an open file and each user another, so a file that
 * loses its slot while it is being read is closed by its last reader.
 *
 * Names are numbers relative to an open directory and links are refused, so no path of
 * a stranger and no link put in our way leads anywhere else.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_internal.h"

void tsi_fds_init(tsi_fds *fds)
{
	pthread_mutex_init(&fds->mutex, NULL);
}

void tsi_fds_destroy(tsi_fds *fds)
{
	pthread_mutex_destroy(&fds->mutex);
}

void tsi_data_name(uint32_t file_index, char out_name[12])
{
	snprintf(out_name, 12, "%u", (unsigned)file_index);
}

bool tsi_data_index(const char *name, uint32_t *out_file_index)
{
	char canonical[12];
	unsigned long index = 0;
	for (const char *c = name; *c; c++) {
		if (*c < '0' || *c > '9' || index > UINT32_MAX / 10)
			return false;
		index = index * 10 + (unsigned long)(*c - '0');
	}
	if (index > UINT32_MAX)
		return false;
	/* "", "007" and the like are not ours. */
	tsi_data_name((uint32_t)index, canonical);
	if (strcmp(name, canonical) != 0)
		return false;
	*out_file_index = (uint32_t)index;
	return true;
}

void tsi_fd_release(tsi_open_file *open_file)
{
	if (!open_file || atomic_fetch_sub(&open_file->refs, 1) > 1)
		return;
	close(open_file->fd);
	free(open_file);
}

/** With the mutex held.  @return the cache's reference, to be released without it */
static tsi_open_file *empty_slot(tsi_fds *fds, size_t slot)
{
	tsi_open_file *open_file = fds->slots[slot];
	fds->slots[slot] = NULL;
	if (open_file)
		open_file->file->open = NULL;
	return open_file;
}

static size_t oldest_slot(const tsi_fds *fds)
{
	size_t oldest = 0;
	for (size_t i = 0; i < TSI_DISK_OPEN_FILES; i++) {
		if (!fds->slots[i])
			return i;
		if (fds->slots[i]->last_use < fds->slots[oldest]->last_use)
			oldest = i;
	}
	return oldest;
}

static tsi_open_file *find_open(tsi_fds *fds, tsi_store_file *file)
{
	pthread_mutex_lock(&fds->mutex);
	tsi_open_file *open_file = file->open;
	if (open_file) {
		atomic_fetch_add(&open_file->refs, 1);
		open_file->last_use = ++fds->use_count;
	}
	pthread_mutex_unlock(&fds->mutex);
	return open_file;
}

/** @return the one to use: another thread may have opened the same file meanwhile */
static tsi_open_file *put_open(tsi_fds *fds, tsi_open_file *fresh)
{
	tsi_open_file *winner = fresh;
	tsi_open_file *unwanted = fresh;
	pthread_mutex_lock(&fds->mutex);
	if (fresh->file->open) {
		winner = fresh->file->open;
		atomic_fetch_add(&winner->refs, 1);
	} else {
		size_t slot = oldest_slot(fds);
		unwanted = empty_slot(fds, slot);
		fds->slots[slot] = fresh;
		fresh->file->open = fresh;
		atomic_fetch_add(&fresh->refs, 1);
	}
	winner->last_use = ++fds->use_count;
	pthread_mutex_unlock(&fds->mutex);
	tsi_fd_release(unwanted);
	return winner;
}

static int open_at(int dir_fd, const char *name, int flags)
{
	/* O_NONBLOCK: a FIFO put in its place must not hang us. */
	flags |= O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd;
	do
		fd = openat(dir_fd, name, flags, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/** @return fd, or -1 and errno */
static int open_data(tsi_disk_store *store, uint32_t file_index, bool create)
{
	tsi_store_file *file = &store->files[file_index];
	char name[12];
	tsi_data_name(file_index, name);
	int fd = open_at(store->data_fd, name, 0);
	if (fd >= 0 || errno != ENOENT || !create)
		return fd;
	fd = open_at(store->data_fd, name, O_CREAT | O_EXCL);
	if (fd < 0 && errno == EEXIST) /* another worker was quicker */
		return open_at(store->data_fd, name, 0);
	/* It was there before: what it held is lost, and its place must not read as zeros. */
	if (fd >= 0 && atomic_exchange(&file->is_present, true))
		tsi_store_damaged(store);
	return fd;
}

static int check_regular(int fd, struct stat *out_st)
{
	if (fstat(fd, out_st) != 0)
		return errno;
	return S_ISREG(out_st->st_mode) ? 0 : EACCES;
}

/** Takes @p fd over. */
static int wrap(tsi_store_file *file, int fd, tsi_open_file **out_file)
{
	struct stat st;
	int error = check_regular(fd, &st);
	tsi_open_file *fresh = error ? NULL : calloc(1, sizeof(*fresh));
	if (!fresh) {
		close(fd);
		return error ? error : ENOMEM;
	}
	fresh->refs = 1;
	fresh->fd = fd;
	fresh->had_links = st.st_nlink > 0;
	fresh->file = file;
	*out_file = fresh;
	return 0;
}

int tsi_fd_acquire(tsi_disk_store *store, uint32_t file_index, bool create,
                   tsi_open_file **out_file)
{
	tsi_store_file *file = &store->files[file_index];
	tsi_fds *fds = &store->disk->fds;
	*out_file = find_open(fds, file);
	if (*out_file)
		return 0;
	int fd = open_data(store, file_index, create);
	if (fd < 0)
		return errno;
	tsi_open_file *fresh;
	int error = wrap(file, fd, &fresh);
	if (!error)
		*out_file = put_open(fds, fresh);
	return error;
}

void tsi_fd_forget(tsi_disk_store *store, uint32_t file_index)
{
	tsi_fds *fds = &store->disk->fds;
	tsi_open_file *unwanted = NULL;
	pthread_mutex_lock(&fds->mutex);
	tsi_open_file *open_file = store->files[file_index].open;
	for (size_t i = 0; open_file && i < TSI_DISK_OPEN_FILES; i++)
		if (fds->slots[i] == open_file)
			unwanted = empty_slot(fds, i);
	pthread_mutex_unlock(&fds->mutex);
	tsi_fd_release(unwanted);
}

void tsi_fd_forget_all(tsi_disk_store *store)
{
	const tsi_store_file *first = store->files;
	const tsi_store_file *end = store->files + store->file_count;
	tsi_fds *fds = &store->disk->fds;
	for (size_t i = 0; i < TSI_DISK_OPEN_FILES; i++) {
		tsi_open_file *unwanted = NULL;
		pthread_mutex_lock(&fds->mutex);
		if (fds->slots[i] && fds->slots[i]->file >= first && fds->slots[i]->file < end)
			unwanted = empty_slot(fds, i);
		pthread_mutex_unlock(&fds->mutex);
		tsi_fd_release(unwanted);
	}
}
