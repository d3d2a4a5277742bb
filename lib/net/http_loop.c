/**
 * net/http_loop.c - net/http_loop.h without libcurl: nothing to fetch, but a thread to wake.
 */
#include "net/http_loop.h"

#if !defined(TSI_WITH_CURL) || !TSI_WITH_CURL
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define US_PER_MS 1000
#define MAX_WAIT_US (60 * INT64_C(1000000))

struct tsi_http_loop {
	int fds[2];
};

tsi_http_loop *tsi_http_loop_open(void)
{
	tsi_http_loop *loop = calloc(1, sizeof(*loop));

	if (loop && pipe2(loop->fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

void tsi_http_loop_close(tsi_http_loop *loop)
{
	close(loop->fds[0]);
	close(loop->fds[1]);
	free(loop);
}

tsi_http_job *tsi_http_loop_get(tsi_http_loop *loop, const tsi_http_ask *ask, tsi_http_done_fn done,
                                void *user, tstream_error *err)
{
	(void)loop;
	(void)ask;
	(void)done;
	(void)user;
	tsi_fail(err, TSTREAM_ENOTSUP,
	         "This build of the library cannot fetch URLs; build it with libcurl.");
	return NULL;
}

void tsi_http_loop_cancel(tsi_http_loop *loop, tsi_http_job *job)
{
	(void)loop;
	(void)job;
}

void tsi_http_loop_run(tsi_http_loop *loop, int64_t until_us)
{
	struct pollfd waiting = {.fd = loop->fds[0], .events = POLLIN};
	int64_t wait_us = until_us - tsi_now_us();
	char bytes[64];

	if (wait_us > MAX_WAIT_US)
		wait_us = MAX_WAIT_US;
	if (wait_us > 0)
		poll(&waiting, 1, (int)((wait_us + US_PER_MS - 1) / US_PER_MS));
	while (read(loop->fds[0], bytes, sizeof(bytes)) > 0)
		;
}

void tsi_http_loop_wake(tsi_http_loop *loop)
{
	ssize_t written = write(loop->fds[1], "", 1);

	/* A full pipe wakes as well. */
	(void)written;
}
#endif
