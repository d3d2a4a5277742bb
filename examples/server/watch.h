/* watch.h - from the bytes a player read of a file to what its viewer saw.  Pure: time is an
 * argument.
 *
 * Players that are no browsers tell us nothing but their ranges.  Reads that go on from each other
 * are a run.  A run is long enough to be a viewer's once it took more than a probe takes: programs
 * that look what a file is read its head (ffprobe 5 MB of it) and its index at the end, and what
 * their sockets hold comes on top.  Only such runs make a watch, and only they move its position.
 *
 * Players read ahead, some of them minutes.  So the position is the lesser of two: how far the run
 * read, as a part of the duration; and its beginning plus the time it has been going on, for films
 * play no faster than they last.  What errs then errs towards seeing a bit twice.
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* So many bytes in a run are a viewer's at once ... */
#define WATCH_ENOUGH_BYTES ((uint64_t)16 * 1024 * 1024)
/* ... and so many, or this part of a smaller file, are if they took this long. */
#define WATCH_SLOW_BYTES ((uint64_t)6 * 1024 * 1024)
#define WATCH_SLOW_PARTS 8
#define WATCH_SLOW_US (10 * (int64_t)1000000)

/* Players read from several places at once: streams of a file, and its index. */
#define WATCH_RUNS 4

struct watch_run {
	uint64_t begin;
	uint64_t end;
	int64_t seen_us; /* when it last grew; 0: it never did */
	int64_t read_us; /* how long it has been read, long pauses left out */
};

struct watch {
	uint64_t size; /* of the file */
	struct watch_run runs[WATCH_RUNS];
	int current; /* the run that tells the position, or -1: nobody watches yet */
};

void watch_init(struct watch *watch, uint64_t size);

/* [begin, end) was sent from began_us to now_us, which are monotonic and above 0. */
void watch_note(struct watch *watch, uint64_t begin, uint64_t end, int64_t began_us,
                int64_t now_us);

/* Whether it was more than a probe. */
bool watch_is_real(const struct watch *watch);

/* How far the viewer is, in a film that lasts duration_us; -1 if that is not known. */
int64_t watch_position_us(const struct watch *watch, int64_t duration_us);

/* Where to begin the next time: anew, if the film was seen to about its end.
 * duration_us  0: not known */
int64_t watch_resume_us(int64_t position_us, int64_t duration_us);

#endif
