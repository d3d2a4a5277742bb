#include "original.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beyond it the pages come as they are compared: a sparse file would fill the memory. */
#define MAX_POPULATED_BYTES (4ULL << 30)

bool original_open(struct original *original, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int flags = MAP_SHARED;
	void *bytes;

	if (fd < 0 || fstat(fd, &status) < 0)
		return false;
	original->size = (uint64_t)status.st_size;
	if (original->size <= MAX_POPULATED_BYTES)
		flags |= MAP_POPULATE;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, flags, fd, 0);
	close(fd);
	original->bytes = bytes;
	return bytes != MAP_FAILED;
}

bool original_has(const struct original *original, uint64_t offset, const void *bytes, size_t size)
{
	return offset <= original->size && size <= original->size - offset &&
	       memcmp(bytes, original->bytes + offset, size) == 0;
}
