/**
 * engine/disk_judge.c - can the have-bits be trusted?
 *
 * They are doubted, if any is set, when
 *   - they were left dirty in another boot: a power cut may have taken data from them
 *   - they were left clean, but a file's size or time has changed since
 *   - a verified piece reaches beyond the end of its file, or its file is missing
 *   - a file takes less room than its verified pieces need, less a block for each: it
 *     has holes.  Not asked where that did not hold at the last clean end either, for
 *     some filesystems compress
 *   - the last session doubted them and did not get round to checking
 *   - the have file is unreadable while data is there: then every piece that the files'
 *     sizes allow is worth a try
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_internal.h"

#define SMALLEST_BLOCK_BYTES 4096

typedef struct survey_file {
	bool is_present;
	uint64_t size;
	uint64_t used_bytes;
	int64_t mtime_s;
	int64_t mtime_ns;
} survey_file;

static void note_file(const tsi_disk_store *store, survey_file *survey, const char *name)
{
	struct stat st;
	uint32_t i;
	if (!tsi_data_index(name, &i) || i >= store->file_count || store->files[i].is_pad)
		return;
	if (fstatat(store->data_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	survey[i].is_present = true;
	survey[i].size = (uint64_t)st.st_size;
	survey[i].used_bytes = (uint64_t)st.st_blocks * 512;
	survey[i].mtime_s = st.st_mtim.tv_sec;
	survey[i].mtime_ns = st.st_mtim.tv_nsec;
}

/** By what is there, not by what might be: most of 10,000 files are not.
 *  @return one a file, yours to free; NULL and errno */
static survey_file *survey_new(const tsi_disk_store *store)
{
	int fd = openat(store->data_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return NULL;
	}
	survey_file *survey = calloc((size_t)store->file_count + 1, sizeof(*survey));
	const struct dirent *entry;
	while (survey && (entry = readdir(dir)))
		note_file(store, survey, entry->d_name);
	closedir(dir);
	if (!survey)
		errno = ENOMEM;
	return survey;
}

static uint64_t times_digest(const tsi_disk_store *store, const survey_file *survey)
{
	uint64_t digest = TSI_FNV_START;
	for (uint32_t i = 0; i < store->file_count; i++) {
		if (!survey[i].is_present)
			continue;
		digest = tsi_fnv_number(digest, i);
		digest = tsi_fnv_number(digest, survey[i].size);
		digest = tsi_fnv_number(digest, (uint64_t)survey[i].mtime_s);
		digest = tsi_fnv_number(digest, (uint64_t)survey[i].mtime_ns);
	}
	return digest;
}

/** Are the files long enough to hold this piece? */
static bool is_plausible(const tsi_disk_store *store, const survey_file *survey, uint32_t piece)
{
	uint64_t position = tsi_store_piece_begin(store, piece);
	uint64_t end = position + tsi_store_piece_size(store, piece);
	tsi_segment segment;
	while (tsi_segment_next(store, &position, end, &segment)) {
		const survey_file *file = &survey[segment.file_index];
		if (!segment.is_pad && (!file->is_present || file->size < segment.offset + segment.size))
			return false;
	}
	return true;
}

/** Does the file take about as much room as its verified pieces need? */
static bool is_allocated(const tsi_disk_store *store, const survey_file *survey, uint32_t i,
                         const uint8_t *have)
{
	const tsi_store_file *file = &store->files[i];
	uint64_t end = file->offset + file->size;
	uint64_t needed = 0;
	for (uint64_t p = file->offset / store->piece_size; p * store->piece_size < end; p++) {
		uint64_t from = p * store->piece_size;
		uint64_t to = from + store->piece_size;
		from = from < file->offset ? file->offset : from;
		to = to > end ? end : to;
		if (have[p] && to - from > SMALLEST_BLOCK_BYTES)
			needed += to - from - SMALLEST_BLOCK_BYTES;
	}
	return survey[i].used_bytes >= needed;
}

static bool all_allocated(const tsi_disk_store *store, const survey_file *survey,
                          const uint8_t *have)
{
	for (uint32_t i = 0; i < store->file_count; i++)
		if (!store->files[i].is_pad && !is_allocated(store, survey, i, have))
			return false;
	return true;
}

static bool all_plausible(const tsi_disk_store *store, const survey_file *survey)
{
	for (uint32_t p = 0; p < store->piece_count; p++)
		if (store->have[p] && !is_plausible(store, survey, p))
			return false;
	return true;
}

static bool is_doubtful(const tsi_disk_store *store, const survey_file *survey,
                        const tsi_have_found *found)
{
	if (found->state == TSI_HAVE_DOUBTFUL)
		return true;
	if (found->state == TSI_HAVE_DIRTY && !found->is_same_boot)
		return true;
	if (found->state == TSI_HAVE_CLEAN && found->times_digest != times_digest(store, survey))
		return true;
	if (!all_plausible(store, survey))
		return true;
	bool is_unreliable = found->state == TSI_HAVE_CLEAN && found->is_blocks_unreliable;
	return !is_unreliable && !all_allocated(store, survey, store->have);
}

static bool adopt(tsi_disk_store *store, const survey_file *survey)
{
	bool any = false;
	for (uint32_t i = 0; i < store->file_count; i++) {
		atomic_store(&store->files[i].is_present, survey[i].is_present);
		tsi_store_note_size(&store->files[i], survey[i].size);
		tsi_store_note_used(store, &store->files[i], survey[i].used_bytes);
		any = any || survey[i].is_present;
	}
	return any;
}

static int judge(tsi_disk_store *store, const survey_file *survey, const tsi_have_found *found)
{
	bool has_data = adopt(store, survey);
	if (found->is_readable)
		tsi_have_get(store->have_file, store->have);
	else
		for (uint32_t p = 0; has_data && p < store->piece_count; p++)
			store->have[p] = is_plausible(store, survey, p);
	bool has_bits = memchr(store->have, 1, store->piece_count) != NULL;
	bool doubt = has_bits && (!found->is_readable || is_doubtful(store, survey, found));
	atomic_store(&store->is_doubtful, doubt);
	if (!found->is_readable || (!has_bits && found->state != TSI_HAVE_CLEAN))
		return tsi_have_reset(store->have_file, store->have,
		                      doubt ? TSI_HAVE_DOUBTFUL : TSI_HAVE_DIRTY);
	/* At once, or a kill would leave the doubt of this boot unknown to the next session. */
	return doubt ? tsi_have_doubt(store->have_file) : 0;
}

int tsi_store_judge(tsi_disk_store *store, const tsi_have_found *found)
{
	survey_file *survey = survey_new(store);
	if (!survey)
		return errno;
	int error = judge(store, survey, found);
	free(survey);
	return error;
}

static int flush_file(tsi_disk_store *store, uint32_t file_index)
{
	tsi_store_file *file = &store->files[file_index];
	tsi_open_file *open_file;
	if (!atomic_exchange(&file->is_dirty, false))
		return 0;
	int error = tsi_fd_acquire(store, file_index, false, &open_file);
	if (!error) {
		error = fdatasync(open_file->fd) == 0 ? 0 : errno;
		tsi_fd_release(open_file);
	}
	if (error)
		atomic_store(&file->is_dirty, true);
	return error;
}

static int flush_files(tsi_disk_store *store)
{
	int error = 0;
	for (uint32_t i = 0; i < store->file_count && !error; i++)
		error = flush_file(store, i);
	/* The directories, too: a file without a name is lost. */
	if (!error && (fsync(store->data_fd) != 0 || fsync(store->dir_fd) != 0))
		error = errno;
	return error;
}

static int note_clean(tsi_disk_store *store)
{
	int error = 0;
	survey_file *survey = survey_new(store);
	uint8_t *have = calloc((size_t)store->piece_count + 1, 1);
	if (survey && have) {
		tsi_have_get(store->have_file, have);
		bool is_unreliable = !all_allocated(store, survey, have);
		error = tsi_have_finish(store->have_file, times_digest(store, survey), is_unreliable);
	} else {
		error = ENOMEM;
	}
	free(have);
	free(survey);
	return error;
}

int tsi_store_sync(tsi_disk_store *store)
{
	if (tsi_have_is_clean(store->have_file))
		return 0;
	int error = flush_files(store);
	return error ? error : note_clean(store);
}
