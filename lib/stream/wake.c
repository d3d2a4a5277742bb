#include "stream/wake.h"

#include <fcntl.h>
#include <unistd.h>

static void prepare(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int tsi_wake_init(tsi_wake *wake)
{
	int fds[2];
	*wake = (tsi_wake){.read_fd = -1, .write_fd = -1};
	if (pipe(fds) != 0)
		return TSTREAM_ENOMEM;
	prepare(fds[0]);
	prepare(fds[1]);
	wake->read_fd = fds[0];
	wake->write_fd = fds[1];
	pthread_mutex_init(&wake->mutex, NULL);
	pthread_mutex_init(&wake->callback_mutex, NULL);
	return TSTREAM_OK;
}

void tsi_wake_destroy(tsi_wake *wake)
{
	if (wake->read_fd < 0)
		return;
	close(wake->read_fd);
	close(wake->write_fd);
	pthread_mutex_destroy(&wake->mutex);
	pthread_mutex_destroy(&wake->callback_mutex);
	wake->read_fd = wake->write_fd = -1;
}

void tsi_wake_raise(tsi_wake *wake)
{
	pthread_mutex_lock(&wake->mutex);
	bool is_first = !wake->is_raised;
	/* At most one byte is ever in the pipe, so this cannot be refused. */
	if (is_first)
		wake->is_raised = write(wake->write_fd, "", 1) == 1;
	pthread_mutex_unlock(&wake->mutex);
	if (!is_first)
		return;
	pthread_mutex_lock(&wake->callback_mutex);
	if (wake->callback)
		wake->callback(wake->user);
	pthread_mutex_unlock(&wake->callback_mutex);
}

void tsi_wake_lower(tsi_wake *wake)
{
	char byte = 0;
	pthread_mutex_lock(&wake->mutex);
	if (wake->is_raised && read(wake->read_fd, &byte, 1) == 1)
		wake->is_raised = false;
	pthread_mutex_unlock(&wake->mutex);
}

void tsi_wake_set_callback(tsi_wake *wake, tstream_wakeup_fn callback, void *user)
{
	pthread_mutex_lock(&wake->callback_mutex);
	wake->callback = callback;
	wake->user = user;
	pthread_mutex_unlock(&wake->callback_mutex);
}
