/**
 * engine/disk_have.c - see disk_have.h.
 *
 * Order is everything here.  Against kill -9: a bit is written after its data, and "dirty"
 * before anything else.  Against power cuts: no "clean" is on the platter any more when the
 * first bit is set, cleared bits are before their data goes, "clean" after everything.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "engine/disk_have.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/disk_internal.h"

#define HAVE_VERSION 1u

static const char have_magic[8] = {'T', 'S', 'H', 'A', 'V', 'E', '\r', '\n'};

typedef struct have_header {
	char magic[8];
	uint32_t version;
	uint32_t state;
	uint32_t piece_count;
	uint32_t piece_size;
	uint64_t files_digest;
	uint64_t times_digest;
	uint32_t is_blocks_unreliable;
	uint32_t reserved;
	char boot_id[64];
	uint64_t checksum; /**< of all above */
} have_header;

_Static_assert(sizeof(have_header) == 120, "the header has no padding");

struct tsi_have {
	pthread_mutex_t mutex;
	int fd;
	have_header header;    /**< as in the file */
	char boot_id[64];      /**< of this boot */
	bool is_dirty_durable; /**< nothing on the platter says "clean" */
	atomic_bool is_begun;  /**< lets begin return without the mutex */
	size_t bits_size;
	uint8_t bits[];
};

static uint64_t header_checksum(const have_header *header)
{
	return tsi_fnv(TSI_FNV_START, header, offsetof(have_header, checksum));
}

static int write_all(int fd, const void *data, size_t size, uint64_t offset)
{
	const uint8_t *bytes = data;
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		bytes += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static bool read_all(int fd, void *data, size_t size, uint64_t offset)
{
	uint8_t *bytes = data;
	while (size > 0) {
		ssize_t n = pread(fd, bytes, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

static int write_header(tsi_have *have, tsi_have_state state)
{
	have_header header = have->header;
	header.state = state;
	memcpy(header.boot_id, have->boot_id, sizeof(header.boot_id));
	header.checksum = header_checksum(&header);
	int error = write_all(have->fd, &header, sizeof(header), 0);
	if (!error)
		have->header = header;
	return error;
}

static int write_bits(tsi_have *have, size_t begin, size_t end)
{
	return write_all(have->fd, have->bits + begin, end - begin, sizeof(have_header) + begin);
}

static int flush(tsi_have *have)
{
	return fdatasync(have->fd) == 0 ? 0 : errno;
}

/** An unreadable boot id is empty, and an empty one equals nothing: see same_boot. */
static void read_boot_id(const char *path, char out_boot_id[64])
{
	memset(out_boot_id, 0, 64);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, out_boot_id, 63);
	if (n < 0)
		out_boot_id[0] = '\0';
	close(fd);
}

static bool same_boot(const tsi_have *have)
{
	return have->boot_id[0] != '\0' &&
	       memcmp(have->boot_id, have->header.boot_id, sizeof(have->boot_id)) == 0;
}

static bool load(tsi_have *have, const tsi_have_shape *shape)
{
	have_header header;
	struct stat st;
	if (fstat(have->fd, &st) != 0 || (uint64_t)st.st_size != sizeof(header) + have->bits_size)
		return false;
	if (!read_all(have->fd, &header, sizeof(header), 0) ||
	    memcmp(header.magic, have_magic, sizeof(have_magic)) != 0 ||
	    header.version != HAVE_VERSION || header.checksum != header_checksum(&header) ||
	    header.state > TSI_HAVE_DOUBTFUL || header.piece_count != shape->piece_count ||
	    header.piece_size != shape->piece_size || header.files_digest != shape->files_digest)
		return false;
	if (!read_all(have->fd, have->bits, have->bits_size, sizeof(header)))
		return false;
	have->header = header;
	return true;
}

static int open_file(tsi_have *have, int dir_fd)
{
	struct stat st;
	/* O_NONBLOCK: a FIFO put in its place must not hang us. */
	have->fd = openat(dir_fd, "have", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (have->fd < 0)
		return errno;
	if (fstat(have->fd, &st) != 0)
		return errno;
	have->is_dirty_durable = st.st_size == 0;
	return S_ISREG(st.st_mode) ? 0 : EACCES;
}

int tsi_have_open(int dir_fd, const tsi_have_shape *shape, const char *boot_id_path,
                  tsi_have **out_have, tsi_have_found *out_found)
{
	size_t bits_size = ((size_t)shape->piece_count + 7) / 8;
	tsi_have *have = calloc(1, sizeof(*have) + bits_size);
	if (!have)
		return ENOMEM;
	have->bits_size = bits_size;
	pthread_mutex_init(&have->mutex, NULL);
	int error = open_file(have, dir_fd);
	if (error) {
		tsi_have_close(have);
		return error;
	}
	read_boot_id(boot_id_path, have->boot_id);
	memset(out_found, 0, sizeof(*out_found));
	out_found->is_readable = load(have, shape);
	if (out_found->is_readable) {
		out_found->state = (tsi_have_state)have->header.state;
		out_found->is_same_boot = same_boot(have);
		out_found->times_digest = have->header.times_digest;
		out_found->is_blocks_unreliable = have->header.is_blocks_unreliable != 0;
		have->is_begun = have->header.state != TSI_HAVE_CLEAN;
	} else {
		memcpy(have->header.magic, have_magic, sizeof(have_magic));
		have->header.version = HAVE_VERSION;
		have->header.state = TSI_HAVE_DOUBTFUL;
		have->header.piece_count = shape->piece_count;
		have->header.piece_size = shape->piece_size;
		have->header.files_digest = shape->files_digest;
	}
	*out_have = have;
	return 0;
}

void tsi_have_close(tsi_have *have)
{
	if (!have)
		return;
	if (have->fd >= 0)
		close(have->fd);
	pthread_mutex_destroy(&have->mutex);
	free(have);
}

void tsi_have_get(tsi_have *have, uint8_t *out_bits)
{
	pthread_mutex_lock(&have->mutex);
	for (uint32_t p = 0; p < have->header.piece_count; p++)
		out_bits[p] = (have->bits[p / 8] >> (p % 8)) & 1;
	pthread_mutex_unlock(&have->mutex);
}

static void pack(tsi_have *have, const uint8_t *bits)
{
	memset(have->bits, 0, have->bits_size);
	for (uint32_t p = 0; p < have->header.piece_count; p++)
		if (bits[p])
			have->bits[p / 8] |= (uint8_t)(1u << (p % 8));
}

/** The doubt goes last: until the new bits are all there the old ones are hints. */
static int reset_locked(tsi_have *have, const uint8_t *bits, tsi_have_state state)
{
	off_t size = (off_t)(sizeof(have_header) + have->bits_size);
	pack(have, bits);
	int error = write_header(have, TSI_HAVE_DOUBTFUL);
	if (!error)
		error = write_bits(have, 0, have->bits_size);
	if (!error && ftruncate(have->fd, size) != 0)
		error = errno;
	if (!error && state != TSI_HAVE_DOUBTFUL)
		error = write_header(have, state);
	return error;
}

int tsi_have_reset(tsi_have *have, const uint8_t *bits, tsi_have_state state)
{
	pthread_mutex_lock(&have->mutex);
	int error = reset_locked(have, bits, state);
	if (!error) {
		have->is_dirty_durable = have->is_dirty_durable && state != TSI_HAVE_CLEAN;
		have->is_begun = state != TSI_HAVE_CLEAN;
	}
	pthread_mutex_unlock(&have->mutex);
	return error;
}

static int begin_locked(tsi_have *have)
{
	if (have->is_begun)
		return 0;
	tsi_have_state state =
	    have->header.state == TSI_HAVE_DOUBTFUL ? TSI_HAVE_DOUBTFUL : TSI_HAVE_DIRTY;
	int error = write_header(have, state);
	if (!error)
		have->is_begun = true;
	return error;
}

int tsi_have_begin(tsi_have *have)
{
	if (atomic_load(&have->is_begun))
		return 0;
	pthread_mutex_lock(&have->mutex);
	int error = begin_locked(have);
	pthread_mutex_unlock(&have->mutex);
	return error;
}

/** Without this a power cut could leave a new bit beside an old "clean". */
static int begin_durably(tsi_have *have)
{
	int error = begin_locked(have);
	if (!error && !have->is_dirty_durable) {
		error = flush(have);
		have->is_dirty_durable = !error;
	}
	return error;
}

int tsi_have_set(tsi_have *have, uint32_t piece)
{
	pthread_mutex_lock(&have->mutex);
	int error = begin_durably(have);
	if (!error) {
		have->bits[piece / 8] |= (uint8_t)(1u << (piece % 8));
		error = write_bits(have, piece / 8, piece / 8 + 1);
	}
	pthread_mutex_unlock(&have->mutex);
	return error;
}

int tsi_have_drop(tsi_have *have, const uint8_t *drop)
{
	pthread_mutex_lock(&have->mutex);
	int error = begin_durably(have);
	if (!error) {
		for (uint32_t p = 0; p < have->header.piece_count; p++)
			if (drop[p])
				have->bits[p / 8] &= (uint8_t) ~(1u << (p % 8));
		error = write_bits(have, 0, have->bits_size);
	}
	if (!error)
		error = flush(have);
	pthread_mutex_unlock(&have->mutex);
	return error;
}

int tsi_have_doubt(tsi_have *have)
{
	int error = 0;
	pthread_mutex_lock(&have->mutex);
	if (have->header.state != TSI_HAVE_DOUBTFUL)
		error = write_header(have, TSI_HAVE_DOUBTFUL);
	if (!error)
		have->is_begun = true;
	pthread_mutex_unlock(&have->mutex);
	return error;
}

int tsi_have_finish(tsi_have *have, uint64_t times_digest, bool is_blocks_unreliable)
{
	int error = 0;
	pthread_mutex_lock(&have->mutex);
	if (have->header.state != TSI_HAVE_DOUBTFUL) {
		error = flush(have);
		have->header.times_digest = times_digest;
		have->header.is_blocks_unreliable = is_blocks_unreliable;
		if (!error)
			error = write_header(have, TSI_HAVE_CLEAN);
		if (!error)
			error = flush(have);
	}
	/* Whether or not that reached the platter: what comes next must say "dirty" first. */
	if (have->header.state == TSI_HAVE_CLEAN) {
		have->is_begun = false;
		have->is_dirty_durable = false;
	}
	pthread_mutex_unlock(&have->mutex);
	return error;
}

bool tsi_have_is_clean(tsi_have *have)
{
	pthread_mutex_lock(&have->mutex);
	bool is_clean = have->header.state == TSI_HAVE_CLEAN;
	pthread_mutex_unlock(&have->mutex);
	return is_clean;
}
