#include "uploads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 100
#define HEADER_BYTES 1024
#define PATH_BYTES 4096

/* An entry: what is known, how old it is, and where its bytes begin in its file. */
struct entry {
	struct upload upload;
	int64_t time_us; /* of the file */
	size_t header_size;
};

struct uploads {
	pthread_mutex_t lock;
	int directory;
	uint64_t bytes;
	unsigned count;
	struct entry entries[UPLOADS_MAX_COUNT]; /* oldest first */
};

static void name_of(const struct upload *upload, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%s-%" PRIu32 "-%" PRIu32, upload->infohash, upload->file_index,
	         upload->number);
}

static int code_of(int system_errno)
{
	return system_errno == ENOSPC || system_errno == EDQUOT ? TSTREAM_ENOSPC : TSTREAM_EIO;
}

/* -- files ---------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return code_of(errno);
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

/* As much as there is, up to size. */
static size_t read_at(int fd, char *into, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = pread(fd, into + done, size - done, offset + (off_t)done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		done += (size_t)count;
	}
	return done;
}

/* One line of JSON before the bytes, with its line feed; free() it. */
static char *make_header(const struct upload *upload)
{
	json_t *root = json_pack("{s:s, s:s, s:s}", "label", upload->label, "language",
	                         upload->language, "charset", upload->charset);
	char *line = json_dumps(root, JSON_COMPACT);
	size_t size = line ? strlen(line) : 0;
	char *header = line ? realloc(line, size + 2) : NULL;

	json_decref(root);
	if (!header) {
		free(line);
		return NULL;
	}
	header[size] = '\n';
	header[size + 1] = '\0';
	return header;
}

static int write_contents(int fd, const char *header, const void *bytes, size_t size)
{
	int code = write_all(fd, header, strlen(header));

	if (code == 0)
		code = write_all(fd, bytes, size);
	if (code == 0 && fdatasync(fd) != 0)
		code = code_of(errno);
	return code;
}

/* Under another name first, so that a kill leaves all of it or nothing. */
static int write_file(const struct uploads *uploads, const char *name, const char *header,
                      const void *bytes, size_t size)
{
	static const char fresh[] = "new";
	int fd = openat(uploads->directory, fresh,
	                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return code_of(errno);
	int code = write_contents(fd, header, bytes, size);
	if (close(fd) != 0 && code == 0)
		code = code_of(errno);
	if (code == 0 && renameat(uploads->directory, fresh, uploads->directory, name) != 0)
		code = code_of(errno);
	if (code)
		unlinkat(uploads->directory, fresh, 0);
	return code;
}

static bool copy_string(const json_t *root, const char *key, char *out, size_t capacity)
{
	const char *text = json_string_value(json_object_get(root, key));

	if (!text || strlen(text) >= capacity)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool read_header(struct entry *entry, const char *header, size_t size)
{
	struct upload *upload = &entry->upload;
	const char *end = memchr(header, '\n', size);
	json_t *root = end ? json_loadb(header, (size_t)(end - header), 0, NULL) : NULL;
	bool is_good = copy_string(root, "label", upload->label, sizeof(upload->label)) &&
	               copy_string(root, "language", upload->language, sizeof(upload->language)) &&
	               copy_string(root, "charset", upload->charset, sizeof(upload->charset));

	json_decref(root);
	entry->header_size = is_good ? (size_t)(end + 1 - header) : 0;
	return is_good;
}

static bool read_entry(int fd, struct entry *entry)
{
	char header[HEADER_BYTES];
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	if (!read_header(entry, header, read_at(fd, header, sizeof(header), 0)))
		return false;
	uint64_t size = (uint64_t)status.st_size - entry->header_size;
	entry->upload.size = (size_t)size;
	entry->time_us = (int64_t)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
	return size > 0 && size <= TSTREAM_MAX_SUBTITLE_BYTES;
}

/* -- the list; with the lock held ----------------------------------------- */

static bool is_same(const struct upload *a, const struct upload *b)
{
	return a->number == b->number && a->file_index == b->file_index &&
	       strcmp(a->infohash, b->infohash) == 0;
}

/* Its index, or count. */
static unsigned find(const struct uploads *uploads, const struct upload *wanted)
{
	unsigned i = 0;

	while (i < uploads->count && !is_same(&uploads->entries[i].upload, wanted))
		i++;
	return i;
}

static void drop(struct uploads *uploads, unsigned index)
{
	char name[NAME_BYTES];
	struct entry *entry = &uploads->entries[index];

	name_of(&entry->upload, name);
	unlinkat(uploads->directory, name, 0);
	uploads->bytes -= entry->upload.size;
	uploads->count--;
	memmove(entry, entry + 1, (uploads->count - index) * sizeof(*entry));
}

static void make_room(struct uploads *uploads, size_t size)
{
	while (uploads->count > 0 &&
	       (uploads->count == UPLOADS_MAX_COUNT || uploads->bytes + size > UPLOADS_MAX_BYTES))
		drop(uploads, 0);
}

static void append(struct uploads *uploads, const struct entry *entry)
{
	uploads->entries[uploads->count++] = *entry;
	uploads->bytes += entry->upload.size;
}

static size_t list(const struct uploads *uploads, const char *infohash, uint32_t file_index,
                   struct upload out[UPLOADS_MAX_PER_FILE])
{
	size_t count = 0;

	for (unsigned i = 0; i < uploads->count && count < UPLOADS_MAX_PER_FILE; i++) {
		const struct upload *upload = &uploads->entries[i].upload;
		if (upload->file_index == file_index && strcmp(upload->infohash, infohash) == 0)
			out[count++] = *upload;
	}
	return count;
}

/* -- opening -------------------------------------------------------------- */

/* "<infohash>-<file>-<number>", and no other spelling of the same. */
static bool parse_name(const char *name, struct upload *out)
{
	char again[NAME_BYTES];
	size_t digits = strspn(name, "0123456789abcdef");

	*out = (struct upload){0};
	if (digits != 40 && digits != 64)
		return false;
	memcpy(out->infohash, name, digits);
	if (sscanf(name + digits, "-%9" SCNu32 "-%9" SCNu32, &out->file_index, &out->number) != 2)
		return false;
	name_of(out, again);
	return strcmp(again, name) == 0 && out->number >= UPLOADS_FIRST_NUMBER;
}

static void load(struct uploads *uploads, const char *name)
{
	struct entry entry = {.time_us = 0};
	int fd = -1;

	if (uploads->count < UPLOADS_MAX_COUNT && parse_name(name, &entry.upload))
		fd = openat(uploads->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	if (read_entry(fd, &entry))
		append(uploads, &entry);
	close(fd);
}

static int compare_age(const void *a, const void *b)
{
	const struct entry *one = a;
	const struct entry *other = b;

	if (one->time_us != other->time_us)
		return one->time_us < other->time_us ? -1 : 1;
	return one->upload.number < other->upload.number ? -1 : 1;
}

static bool load_all(struct uploads *uploads)
{
	int fd = dup(uploads->directory);
	DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;

	if (!listing) {
		close(fd);
		return false;
	}
	for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
		load(uploads, entry->d_name);
	closedir(listing);
	qsort(uploads->entries, uploads->count, sizeof(uploads->entries[0]), compare_age);
	return true;
}

static int open_directory(const char *data_dir)
{
	char path[PATH_BYTES];

	if (snprintf(path, sizeof(path), "%s/subtitles", data_dir) >= (int)sizeof(path))
		return -1;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

struct uploads *uploads_open(const char *data_dir)
{
	struct uploads *uploads = calloc(1, sizeof(*uploads));

	if (!uploads)
		return NULL;
	pthread_mutex_init(&uploads->lock, NULL);
	uploads->directory = open_directory(data_dir);
	if (uploads->directory < 0 || !load_all(uploads)) {
		uploads_close(uploads);
		return NULL;
	}
	return uploads;
}

void uploads_close(struct uploads *uploads)
{
	if (!uploads)
		return;
	if (uploads->directory >= 0)
		close(uploads->directory);
	pthread_mutex_destroy(&uploads->lock);
	free(uploads);
}

/* -- what others call ----------------------------------------------------- */

/* With the lock held. */
static int add(struct uploads *uploads, struct upload *upload, const char *header,
               const void *bytes)
{
	struct upload others[UPLOADS_MAX_PER_FILE];
	char name[NAME_BYTES];
	size_t count = list(uploads, upload->infohash, upload->file_index, others);

	if (count == UPLOADS_MAX_PER_FILE)
		return TSTREAM_ELIMIT;
	/* Added in the order of their numbers, so the last one has the highest. */
	upload->number = count > 0 ? others[count - 1].number + 1 : UPLOADS_FIRST_NUMBER;
	make_room(uploads, upload->size);
	name_of(upload, name);
	int code = write_file(uploads, name, header, bytes, upload->size);
	if (code == 0)
		append(uploads, &(struct entry){.upload = *upload, .header_size = strlen(header)});
	return code;
}

int uploads_add(struct uploads *uploads, struct upload *upload, const void *bytes)
{
	char *header = make_header(upload);

	if (!header)
		return TSTREAM_ENOMEM;
	pthread_mutex_lock(&uploads->lock);
	int code = add(uploads, upload, header, bytes);
	pthread_mutex_unlock(&uploads->lock);
	free(header);
	return code;
}

size_t uploads_list(struct uploads *uploads, const char *infohash, uint32_t file_index,
                    struct upload out[UPLOADS_MAX_PER_FILE])
{
	pthread_mutex_lock(&uploads->lock);
	size_t count = list(uploads, infohash, file_index, out);
	pthread_mutex_unlock(&uploads->lock);
	return count;
}

/* With the lock held. */
static int read_bytes(const struct uploads *uploads, const struct entry *entry, char **out_bytes)
{
	char name[NAME_BYTES];

	name_of(&entry->upload, name);
	int fd = openat(uploads->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return TSTREAM_EIO;
	char *bytes = malloc(entry->upload.size);
	size_t count = bytes ? read_at(fd, bytes, entry->upload.size, (off_t)entry->header_size) : 0;
	close(fd);
	if (bytes && count == entry->upload.size) {
		*out_bytes = bytes;
		return 0;
	}
	free(bytes);
	return bytes ? TSTREAM_EIO : TSTREAM_ENOMEM;
}

int uploads_read(struct uploads *uploads, const struct upload *wanted, struct upload *out,
                 char **out_bytes)
{
	int code = TSTREAM_ENOENT;

	pthread_mutex_lock(&uploads->lock);
	unsigned index = find(uploads, wanted);
	if (index < uploads->count) {
		*out = uploads->entries[index].upload;
		code = read_bytes(uploads, &uploads->entries[index], out_bytes);
	}
	pthread_mutex_unlock(&uploads->lock);
	return code;
}

int uploads_remove(struct uploads *uploads, const struct upload *wanted)
{
	pthread_mutex_lock(&uploads->lock);
	unsigned index = find(uploads, wanted);
	bool is_there = index < uploads->count;
	if (is_there)
		drop(uploads, index);
	pthread_mutex_unlock(&uploads->lock);
	return is_there ? 0 : TSTREAM_ENOENT;
}

void uploads_remove_torrent(struct uploads *uploads, const char *infohash)
{
	pthread_mutex_lock(&uploads->lock);
	for (unsigned i = uploads->count; i > 0; i--) {
		if (strcmp(uploads->entries[i - 1].upload.infohash, infohash) == 0)
			drop(uploads, i - 1);
	}
	pthread_mutex_unlock(&uploads->lock);
}
