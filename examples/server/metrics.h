/* metrics.h - what viewers met with, counted.  Never who they are, nor what they watch: nothing
 * here has a label whose values could grow. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "histogram.h"
#include "text.h"

#include <stdbool.h>

/* A shorter wait between two parts of an answer no player shows. */
#define METRICS_STALL_US ((int64_t)200000)

#define METRICS_STATUS_CLASSES 5 /* 1xx to 5xx */

/* Why a viewer saw nothing at all. */
enum metrics_loss {
	METRICS_LOSS_GONE,    /* the viewer left while waiting */
	METRICS_LOSS_TIMEOUT, /* metadata or first bytes did not come in time */
	METRICS_LOSS_ERROR,   /* a full disk, and other faults of ours */
	METRICS_LOSSES,
};

/* Begins as zeros. */
struct metrics {
	/* Of films and music that are watched; see metrics_note_first_byte(). */
	struct histogram first_byte;
	struct histogram seek;
	struct histogram stall;
	atomic_uint_fast64_t losses[METRICS_LOSSES];
	atomic_uint_fast64_t answers[METRICS_STATUS_CLASSES];
	atomic_uint_fast64_t sent_bytes; /* of files, whatever they are */
	atomic_uint waiting_streams;
};

/* The first bytes of an answer were sent, so long after its request came.  One that begins at the
 * file's beginning is a start; any other is a seek. */
void metrics_note_first_byte(struct metrics *metrics, bool is_seek, int64_t duration_us);

/* An answer that had begun waited for the swarm; whether that was a stall is found out here. */
void metrics_note_wait(struct metrics *metrics, int64_t duration_us);

/* An answer ended before its first byte.  code: a TSTREAM_E code or REQUEST_CLIENT_GONE.  What the
 * client got wrong, or stopped, is no loss. */
void metrics_note_loss(struct metrics *metrics, int code);

void metrics_note_answer(struct metrics *metrics, int status);

/* All of them in the text format. */
void metrics_write(struct metrics *metrics, struct text *out);

/* One number, with HELP and TYPE. */
void metrics_write_number(struct text *out, const char *name, const char *type, const char *help,
                          double value);

#endif
