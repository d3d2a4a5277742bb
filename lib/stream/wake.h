/**
 * stream/wake.h - the one wakeup of a session: a pipe, and a callback for those without poll.
 *
 * Level triggered: raised stays raised until lowered.  A pipe and not an eventfd, since
 * some event loops (Node's among them) take only what looks like a stream.
 */
#ifndef TSI_STREAM_WAKE_H
#define TSI_STREAM_WAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <tstream/session.h>

typedef struct tsi_wake {
	pthread_mutex_t mutex; /**< guards the pipe's state */
	int read_fd;
	int write_fd;
	bool is_raised;
	pthread_mutex_t callback_mutex; /**< held while the callback runs */
	tstream_wakeup_fn callback;
	void *user;
} tsi_wake;

/** @return 0, or ENOMEM when no pipe can be had */
int tsi_wake_init(tsi_wake *wake);
void tsi_wake_destroy(tsi_wake *wake);
void tsi_wake_raise(tsi_wake *wake);
void tsi_wake_lower(tsi_wake *wake);
/** On return the callback before is not running and will not run again. */
void tsi_wake_set_callback(tsi_wake *wake, tstream_wakeup_fn callback, void *user);

#endif
