/**
 * engine/disk_io.c - bytes of the piece space to and from the files they lie in.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_internal.h"

int tsi_disk_code(int system_errno)
{
	switch (system_errno) {
	case 0:
		return TSTREAM_OK;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* RLIMIT_FSIZE, or more than the filesystem can: no room either */
		return TSTREAM_ENOSPC;
	case ENOMEM:
		return TSTREAM_ENOMEM;
	default:
		return TSTREAM_EIO;
	}
}

/** The last file that begins at or before @p position. */
static uint32_t find_file(const tsi_disk_store *store, uint64_t position)
{
	uint32_t low = 0;
	uint32_t high = store->file_count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (store->files[middle].offset <= position)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool tsi_segment_next(const tsi_disk_store *store, uint64_t *position, uint64_t end,
                      tsi_segment *out_segment)
{
	if (end > store->total_bytes)
		end = store->total_bytes;
	if (*position >= end)
		return false;
	uint32_t index = find_file(store, *position);
	const tsi_store_file *file = &store->files[index];
	uint64_t file_end = file->offset + file->size;
	out_segment->file_index = index;
	out_segment->offset = *position - file->offset;
	out_segment->size = (size_t)((file_end < end ? file_end : end) - *position);
	out_segment->is_pad = file->is_pad;
	*position += out_segment->size;
	return true;
}

static int write_all(int fd, const uint8_t *data, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, data, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		data += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int read_all(int fd, uint8_t *out, size_t size, uint64_t offset, size_t *out_got)
{
	*out_got = 0;
	while (*out_got < size) {
		ssize_t n = pread(fd, out + *out_got, size - *out_got, (off_t)(offset + *out_got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			return 0;
		*out_got += (size_t)n;
	}
	return 0;
}

void tsi_store_note_used(tsi_disk_store *store, tsi_store_file *file, uint64_t used_bytes)
{
	/* Two workers at one file may note in the wrong order: right again at the next write. */
	uint64_t before = atomic_exchange(&file->used_bytes, used_bytes);
	atomic_fetch_add(&store->used_bytes, used_bytes - before);
}

void tsi_store_note_size(tsi_store_file *file, uint64_t size)
{
	uint64_t before = atomic_load(&file->least_size);
	while (before < size && !atomic_compare_exchange_weak(&file->least_size, &before, size))
		;
}

void tsi_store_measure_file(tsi_disk_store *store, uint32_t file_index)
{
	char name[12];
	struct stat st;
	tsi_data_name(file_index, name);
	bool is_there = fstatat(store->data_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	atomic_store(&store->files[file_index].least_size, is_there ? (uint64_t)st.st_size : 0);
}

/** Somebody deleted the file, or cut it: what it held is lost, and must not read as zeros.
 *  @param least_size  taken before the file was used */
static bool is_harmed(const tsi_open_file *open_file, uint64_t least_size, struct stat *out_st)
{
	if (fstat(open_file->fd, out_st) != 0)
		return true;
	return (open_file->had_links && out_st->st_nlink == 0) ||
	       (uint64_t)out_st->st_size < least_size;
}

/** A file that is as long as it will ever be shows at once if somebody cuts it. */
static void stretch(const tsi_open_file *open_file)
{
	tsi_store_file *file = open_file->file;
	if (atomic_load(&file->least_size) < file->size &&
	    ftruncate(open_file->fd, (off_t)file->size) == 0)
		tsi_store_note_size(file, file->size);
}

/** @return ESTALE if what was in the file is lost */
static int write_open(tsi_disk_store *store, tsi_open_file *open_file, const uint8_t *data,
                      const tsi_segment *segment)
{
	struct stat st;
	uint64_t least_size = atomic_load(&open_file->file->least_size);
	if (is_harmed(open_file, least_size, &st))
		return ESTALE;
	atomic_store(&open_file->file->is_dirty, true);
	stretch(open_file);
	int error = write_all(open_file->fd, data, segment->size, segment->offset);
	/* Cut meanwhile, and lengthened by us. */
	if (is_harmed(open_file, least_size, &st))
		return ESTALE;
	if (!error)
		tsi_store_note_size(open_file->file, segment->offset + segment->size);
	tsi_store_note_used(store, open_file->file, (uint64_t)st.st_blocks * 512);
	return error;
}

/** What is written now belongs to a file that begins anew; the check that damage asks for will
 *  find it there. */
static void begin_anew(tsi_disk_store *store, uint32_t file_index)
{
	tsi_store_damaged(store);
	tsi_store_measure_file(store, file_index);
	tsi_fd_forget(store, file_index);
}

static int write_segment(tsi_disk_store *store, const uint8_t *data, const tsi_segment *segment)
{
	int error = ESTALE;
	for (int attempt = 0; attempt < 2 && error == ESTALE; attempt++) {
		tsi_open_file *open_file;
		error = tsi_fd_acquire(store, segment->file_index, true, &open_file);
		if (error == ENOENT) /* not even the directory is there any more */
			tsi_store_damaged(store);
		if (error)
			return error;
		error = write_open(store, open_file, data, segment);
		if (error == ESTALE)
			begin_anew(store, segment->file_index);
		tsi_fd_release(open_file);
	}
	return error;
}

int tsi_store_write(tsi_disk_store *store, uint64_t position, const uint8_t *data, size_t size)
{
	uint64_t end = position + size;
	tsi_segment segment;
	int error = tsi_have_begin(store->have_file);
	while (!error && tsi_segment_next(store, &position, end, &segment)) {
		if (!segment.is_pad)
			error = write_segment(store, data, &segment);
		data += segment.size;
	}
	return error;
}

int tsi_store_read_file(tsi_disk_store *store, uint32_t file_index, uint64_t offset, void *out,
                        size_t size, size_t *out_got)
{
	tsi_open_file *open_file;
	struct stat st;
	uint64_t least_size = atomic_load(&store->files[file_index].least_size);
	*out_got = 0;
	int error = tsi_fd_acquire(store, file_index, false, &open_file);
	if (error)
		return error == ENOENT ? 0 : error;
	error = read_all(open_file->fd, out, size, offset, out_got);
	if (is_harmed(open_file, least_size, &st))
		*out_got = 0;
	if (*out_got < size)
		tsi_fd_forget(store, file_index);
	tsi_fd_release(open_file);
	return error;
}

static int read_segment(tsi_disk_store *store, uint8_t *out, const tsi_segment *segment,
                        size_t *out_got)
{
	*out_got = segment->size;
	if (!segment->is_pad)
		return tsi_store_read_file(store, segment->file_index, segment->offset, out, segment->size,
		                           out_got);
	memset(out, 0, segment->size);
	return 0;
}

int tsi_store_read_found(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size)
{
	uint64_t end = position + size;
	tsi_segment segment;
	int error = 0;
	while (!error && tsi_segment_next(store, &position, end, &segment)) {
		size_t got;
		error = read_segment(store, out, &segment, &got);
		memset(out + got, 0, segment.size - got);
		out += segment.size;
	}
	return error;
}

int tsi_store_read_verified(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size)
{
	uint64_t end = position + size;
	tsi_segment segment;
	int error = 0;
	while (!error && tsi_segment_next(store, &position, end, &segment)) {
		size_t got;
		error = read_segment(store, out, &segment, &got);
		if (!error && got < segment.size) {
			tsi_store_damaged(store);
			error = EIO;
		}
		out += segment.size;
	}
	return error;
}
