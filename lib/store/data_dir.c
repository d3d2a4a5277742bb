#include "store/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/disk.h"

#define MAX_FILE_BYTES (64u << 20)
/* Leaves room for everything this module appends. */
#define MAX_DIR_BYTES (TSI_PATH_BYTES - 128)

struct tsi_data_dir {
	char path[TSI_PATH_BYTES];
	int lock_fd;
};

static int code_of(int system_errno)
{
	switch (system_errno) {
	case ENOENT:
		return TSTREAM_ENOENT;
	case ENOSPC:
	case EDQUOT:
		return TSTREAM_ENOSPC;
	case EACCES:
	case EPERM:
	case EROFS:
		return TSTREAM_EACCES;
	case ENOMEM:
		return TSTREAM_ENOMEM;
	default:
		return TSTREAM_EIO;
	}
}

static int make_dir(const char *path, tstream_error *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return TSTREAM_OK;
	return tsi_fail(err, code_of(errno), "cannot make directory %s: %s", path, strerror(errno));
}

/** mkdir -p: the last component is ours alone, those above may be anyone's. */
static int make_dirs(char *path, tstream_error *err)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = mkdir(path, 0755);
		int system_errno = errno;
		*slash = '/';
		if (made != 0 && system_errno != EEXIST && system_errno != EROFS && system_errno != EACCES)
			return tsi_fail(err, code_of(system_errno), "cannot make a directory above %s: %s",
			                path, strerror(system_errno));
	}
	return make_dir(path, err);
}

/** From here on the path means the same wherever the program goes, symbolic links above
 *  the directory included. */
static int make_absolute(tsi_data_dir *dir, tstream_error *err)
{
	char *absolute = realpath(dir->path, NULL);
	if (!absolute)
		return tsi_fail(err, code_of(errno), "data directory %s: %s", dir->path, strerror(errno));
	size_t length = strlen(absolute);
	bool fits = length <= MAX_DIR_BYTES;
	if (fits)
		memcpy(dir->path, absolute, length + 1);
	free(absolute);
	return fits ? TSTREAM_OK
	            : tsi_fail(err, TSTREAM_EINVAL, "data directory: the path is too long");
}

static int take_lock(tsi_data_dir *dir, tstream_error *err)
{
	char path[TSI_PATH_BYTES + 8];
	snprintf(path, sizeof(path), "%s/lock", dir->path);
	dir->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (dir->lock_fd < 0)
		return tsi_fail(err, code_of(errno), "data directory %s cannot be written: %s", dir->path,
		                strerror(errno));
	if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return tsi_fail(err, TSTREAM_EBUSY, "data directory %s is held by another session",
		                dir->path);
	return TSTREAM_OK;
}

static int make_torrents(const tsi_data_dir *dir, tstream_error *err)
{
	char path[TSI_PATH_BYTES + 16];
	snprintf(path, sizeof(path), "%s/torrents", dir->path);
	return make_dir(path, err);
}

int tsi_data_dir_open(const char *path, tsi_data_dir **out_dir, tstream_error *err)
{
	size_t length = strlen(path);
	if (length == 0 || length > MAX_DIR_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "data directory: the path is empty or too long");
	tsi_data_dir *dir = calloc(1, sizeof(*dir));
	if (!dir)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	dir->lock_fd = -1;
	memcpy(dir->path, path, length + 1);
	int code = make_dirs(dir->path, err);
	if (code == TSTREAM_OK)
		code = make_absolute(dir, err);
	if (code == TSTREAM_OK)
		code = take_lock(dir, err);
	if (code == TSTREAM_OK)
		code = make_torrents(dir, err);
	if (code != TSTREAM_OK) {
		tsi_data_dir_close(dir);
		return code;
	}
	*out_dir = dir;
	return TSTREAM_OK;
}

void tsi_data_dir_close(tsi_data_dir *dir)
{
	if (!dir)
		return;
	/* Explicitly: a forked child may hold the same descriptor. */
	if (dir->lock_fd >= 0) {
		flock(dir->lock_fd, LOCK_UN);
		close(dir->lock_fd);
	}
	free(dir);
}

/** @param infohash  NULL for a file of the session */
static int path_of(const tsi_data_dir *dir, const char *infohash, const char *name,
                   char out_path[TSI_PATH_BYTES])
{
	const char *folder = infohash ? "torrents/" : "";
	int length = snprintf(out_path, TSI_PATH_BYTES, "%s/%s%s%s%s", dir->path, folder,
	                      infohash ? infohash : "", infohash && *name ? "/" : "", name);
	return length > 0 && length < TSI_PATH_BYTES ? TSTREAM_OK : TSTREAM_EINVAL;
}

static int alias_path(const tsi_data_dir *dir, const char *infohash, char out_path[TSI_PATH_BYTES])
{
	int length = snprintf(out_path, TSI_PATH_BYTES, "%s/torrents/%s.alias", dir->path, infohash);
	return length > 0 && length < TSI_PATH_BYTES ? TSTREAM_OK : TSTREAM_EINVAL;
}

int tsi_data_dir_torrent_path(const tsi_data_dir *dir, const char *infohash,
                              char out_path[TSI_PATH_BYTES])
{
	return path_of(dir, infohash, "", out_path);
}

int tsi_data_dir_make_torrent(const tsi_data_dir *dir, const char *infohash, tstream_error *err)
{
	char path[TSI_PATH_BYTES];
	int code = path_of(dir, infohash, "", path);
	return code == TSTREAM_OK ? make_dir(path, err) : code;
}

/** Calls @p visit for each name in torrents/; stops when it answers non-zero. */
static int each_name(const tsi_data_dir *dir, int (*visit)(void *user, const char *name),
                     void *user)
{
	char path[TSI_PATH_BYTES + 16];
	snprintf(path, sizeof(path), "%s/torrents", dir->path);
	DIR *listing = opendir(path);
	if (!listing)
		return errno == ENOMEM ? TSTREAM_ENOMEM : TSTREAM_EIO;
	int code = TSTREAM_OK;
	for (struct dirent *entry = readdir(listing); entry && code == TSTREAM_OK;
	     entry = readdir(listing))
		if (entry->d_name[0] != '.')
			code = visit(user, entry->d_name);
	closedir(listing);
	return code;
}

typedef struct alias_visit {
	const tsi_data_dir *dir;
	const char *infohash;
} alias_visit;

static int drop_alias(void *user, const char *name)
{
	const alias_visit *visit = user;
	const char *dot = strstr(name, ".alias");
	char other[TSTREAM_INFOHASH_BYTES] = "";
	if (!dot || (size_t)(dot - name) >= sizeof(other))
		return 0;
	memcpy(other, name, (size_t)(dot - name));
	char target[TSTREAM_INFOHASH_BYTES];
	tsi_data_dir_resolve(visit->dir, other, target);
	char path[TSI_PATH_BYTES];
	if (strcmp(target, visit->infohash) == 0 && alias_path(visit->dir, other, path) == 0)
		unlink(path);
	return 0;
}

int tsi_data_dir_delete_torrent(const tsi_data_dir *dir, const char *infohash)
{
	char path[TSI_PATH_BYTES];
	int code = path_of(dir, infohash, "", path);
	if (code != TSTREAM_OK)
		return code;
	each_name(dir, drop_alias, &(alias_visit){dir, infohash});
	return tsi_disk_delete(path);
}

void tsi_data_dir_drop_empty_torrent(const tsi_data_dir *dir, const char *infohash)
{
	char path[TSI_PATH_BYTES];
	if (path_of(dir, infohash, "", path) == TSTREAM_OK)
		rmdir(path); /* fails, as it should, when something is in it */
}

void tsi_data_dir_touch_torrent(const tsi_data_dir *dir, const char *infohash)
{
	char path[TSI_PATH_BYTES];
	if (path_of(dir, infohash, "", path) == TSTREAM_OK)
		utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

static int read_all(int fd, void **out_bytes, size_t *out_size)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES)
		return TSTREAM_EIO;
	size_t size = (size_t)status.st_size;
	char *bytes = malloc(size + 1);
	if (!bytes)
		return TSTREAM_ENOMEM;
	size_t done = 0;
	while (done < size) {
		ssize_t count = read(fd, bytes + done, size - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		done += (size_t)count;
	}
	bytes[done] = '\0';
	*out_bytes = bytes;
	*out_size = done;
	return TSTREAM_OK;
}

static int read_path(const char *path, void **out_bytes, size_t *out_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return code_of(errno);
	int code = read_all(fd, out_bytes, out_size);
	close(fd);
	return code;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = write(fd, bytes, size);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return code_of(errno);
		bytes += count;
		size -= (size_t)count;
	}
	return TSTREAM_OK;
}

static int rename_path(const char *from, const char *to)
{
	return rename(from, to) == 0 ? TSTREAM_OK : code_of(errno);
}

static int write_path(const char *path, const void *bytes, size_t size)
{
	char fresh[TSI_PATH_BYTES + 8];
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return code_of(errno);
	/* The first of its name goes there at once, lest kill -9 finds none. */
	bool is_first = access(path, F_OK) != 0;
	int code = write_all(fd, bytes, size);
	if (code == TSTREAM_OK && is_first)
		code = rename_path(fresh, path);
	/* A later one must be whole, or a power cut could leave its name with nothing behind it. */
	if (code == TSTREAM_OK && fdatasync(fd) != 0)
		code = code_of(errno);
	if (close(fd) != 0 && code == TSTREAM_OK)
		code = code_of(errno);
	if (code == TSTREAM_OK && !is_first)
		code = rename_path(fresh, path);
	if (code != TSTREAM_OK) {
		unlink(fresh);
		if (is_first)
			unlink(path);
	}
	return code;
}

static int is_infohash(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");
	return (length == 40 || length == 64) && text[length] == '\0';
}

void tsi_data_dir_resolve(const tsi_data_dir *dir, const char *infohash,
                          char out_infohash[TSTREAM_INFOHASH_BYTES])
{
	char path[TSI_PATH_BYTES];
	void *bytes = NULL;
	size_t size = 0;
	snprintf(out_infohash, TSTREAM_INFOHASH_BYTES, "%s", infohash);
	if (alias_path(dir, infohash, path) != TSTREAM_OK || read_path(path, &bytes, &size) != 0)
		return;
	/* Whatever is in there becomes a path: only an infohash will do. */
	if (is_infohash(bytes))
		snprintf(out_infohash, TSTREAM_INFOHASH_BYTES, "%s", (const char *)bytes);
	free(bytes);
}

int tsi_data_dir_alias(const tsi_data_dir *dir, const char *other, const char *infohash)
{
	char path[TSI_PATH_BYTES];
	int code = alias_path(dir, other, path);
	return code == TSTREAM_OK ? write_path(path, infohash, strlen(infohash)) : code;
}

int tsi_data_dir_read(const tsi_data_dir *dir, const char *infohash, const char *name,
                      void **out_bytes, size_t *out_size)
{
	char path[TSI_PATH_BYTES];
	int code = path_of(dir, infohash, name, path);
	return code == TSTREAM_OK ? read_path(path, out_bytes, out_size) : code;
}

bool tsi_data_dir_has(const tsi_data_dir *dir, const char *infohash, const char *name)
{
	char path[TSI_PATH_BYTES];
	return path_of(dir, infohash, name, path) == TSTREAM_OK && access(path, R_OK) == 0;
}

int tsi_data_dir_write(const tsi_data_dir *dir, const char *infohash, const char *name,
                       const void *bytes, size_t size)
{
	char path[TSI_PATH_BYTES];
	int code = path_of(dir, infohash, name, path);
	return code == TSTREAM_OK ? write_path(path, bytes, size) : code;
}

typedef struct list_visit {
	const tsi_data_dir *dir;
	tsi_stored_torrent *torrents;
	size_t count;
	size_t capacity;
} list_visit;

static int list_one(void *user, const char *name)
{
	list_visit *visit = user;
	char path[TSI_PATH_BYTES];
	struct stat status;
	if (!is_infohash(name) || path_of(visit->dir, name, "", path) != TSTREAM_OK ||
	    lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return 0;
	if (visit->count == visit->capacity) {
		size_t capacity = visit->capacity ? visit->capacity * 2 : 16;
		tsi_stored_torrent *torrents = realloc(visit->torrents, capacity * sizeof(*torrents));
		if (!torrents)
			return TSTREAM_ENOMEM;
		visit->torrents = torrents;
		visit->capacity = capacity;
	}
	tsi_stored_torrent *torrent = &visit->torrents[visit->count++];
	snprintf(torrent->infohash, sizeof(torrent->infohash), "%s", name);
	torrent->used_s = (int64_t)status.st_mtime;
	torrent->bytes = tsi_disk_measure(path);
	return 0;
}

int tsi_data_dir_list(const tsi_data_dir *dir, tsi_stored_torrent **out_torrents, size_t *out_count)
{
	list_visit visit = {.dir = dir};
	int code = each_name(dir, list_one, &visit);
	if (code != TSTREAM_OK) {
		free(visit.torrents);
		return code;
	}
	*out_torrents = visit.torrents;
	*out_count = visit.count;
	return TSTREAM_OK;
}
