/**
 * log_queue.h - the library's log on its way to Python.
 *
 * The log hook runs on engine threads, which must never wait for the interpreter's lock.  So it
 * only appends to this bounded queue, and a thread of Python's takes from it.  When that one is
 * too slow, the newest messages are dropped and counted.
 *
 * Its text is put into the wrapper that is made from capi.i.
 */
#ifndef TSTREAM_PYTHON_LOG_QUEUE_H
#define TSTREAM_PYTHON_LOG_QUEUE_H

#include <pthread.h>
#include <stdio.h>
#include <tstream/base.h>

#define TSB_LOG_LINES 256
#define TSB_LOG_LINE_BYTES 512

typedef struct tsb_log_line {
	int level;
	char text[TSB_LOG_LINE_BYTES];
} tsb_log_line;

typedef struct tsb_log_queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	tsb_log_line lines[TSB_LOG_LINES];
	unsigned first;
	unsigned count;
	unsigned dropped_count;
	int is_on;
} tsb_log_queue;

static tsb_log_queue tsb_log = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                                .filled = PTHREAD_COND_INITIALIZER};

static void tsb_log_append(tsb_log_queue *queue, int level, const char *message)
{
	if (queue->count == TSB_LOG_LINES) {
		queue->dropped_count++;
		return;
	}
	tsb_log_line *line = &queue->lines[(queue->first + queue->count++) % TSB_LOG_LINES];
	line->level = level;
	snprintf(line->text, sizeof(line->text), "%s", message);
	pthread_cond_signal(&queue->filled);
}

/** The hook; any thread. */
static void tsb_log_hook(void *user, int level, const char *message)
{
	tsb_log_queue *queue = user;
	pthread_mutex_lock(&queue->mutex);
	if (queue->is_on)
		tsb_log_append(queue, level, message);
	pthread_mutex_unlock(&queue->mutex);
}

/** Turn it on or off; off ends a tsb_log_take() that waits, once it has given what was queued. */
static void tsb_log_turn(int is_on)
{
	tstream_set_log(is_on ? tsb_log_hook : NULL, &tsb_log);
	pthread_mutex_lock(&tsb_log.mutex);
	tsb_log.is_on = is_on;
	if (is_on)
		tsb_log.count = 0;
	pthread_cond_broadcast(&tsb_log.filled);
	pthread_mutex_unlock(&tsb_log.mutex);
}

/** Wait for the next message.
 *  @return its level; 100: no message, and the log is off */
static int tsb_log_take(char out_text[TSB_LOG_LINE_BYTES])
{
	int level = 100;
	pthread_mutex_lock(&tsb_log.mutex);
	while (tsb_log.is_on && tsb_log.count == 0)
		pthread_cond_wait(&tsb_log.filled, &tsb_log.mutex);
	if (tsb_log.dropped_count) {
		level = TSTREAM_LOG_WARNING;
		snprintf(out_text, TSB_LOG_LINE_BYTES, "%u messages were dropped", tsb_log.dropped_count);
		tsb_log.dropped_count = 0;
	} else if (tsb_log.count) {
		const tsb_log_line *line = &tsb_log.lines[tsb_log.first];
		level = line->level;
		memcpy(out_text, line->text, sizeof(line->text));
		tsb_log.first = (tsb_log.first + 1) % TSB_LOG_LINES;
		tsb_log.count--;
	}
	pthread_mutex_unlock(&tsb_log.mutex);
	return level;
}

/** In a child process after fork, whose other threads are gone with what they had locked. */
static void tsb_log_forget(void)
{
	pthread_mutex_init(&tsb_log.mutex, NULL);
	pthread_cond_init(&tsb_log.filled, NULL);
	tsb_log.is_on = 0;
	tsb_log.count = 0;
}

#endif
