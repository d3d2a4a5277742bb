/**
 * base/random.c - bytes that nobody can guess.
 */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/log.h"

int tsi_random(void *out_bytes, size_t size, tstream_error *err)
{
	unsigned char *next = out_bytes;

	while (size > 0) {
		ssize_t given = getrandom(next, size, 0);
		if (given < 0 && errno == EINTR)
			continue;
		if (given <= 0)
			return tsi_fail(err, TSTREAM_EINTERNAL, "the system gives no random numbers");
		next += given;
		size -= (size_t)given;
	}
	return TSTREAM_OK;
}
