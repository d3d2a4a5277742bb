/**
 * base/log.c - the one global: where messages for people go.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 1024

static struct {
	/* Readers call the hook; so that it never runs after tsi_log_set_hook() returned. */
	pthread_rwlock_t lock;
	/* Asked before the lock is: a silent log costs one load. */
	atomic_bool is_set;
	tstream_log_fn hook;
	void *user;
	pthread_once_t rooms_once;
	unsigned rooms;
} sink = {.lock = PTHREAD_RWLOCK_INITIALIZER, .rooms_once = PTHREAD_ONCE_INIT};

static const struct {
	const char *name;
	unsigned bits;
} room_names[] = {
    {"api", TSI_ROOM_API},   {"stream", TSI_ROOM_STREAM}, {"engine", TSI_ROOM_ENGINE},
    {"disk", TSI_ROOM_DISK}, {"net", TSI_ROOM_NET},       {"all", ~0u},
};

static unsigned room_bits(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(room_names) / sizeof(room_names[0]); i++) {
		if (strlen(room_names[i].name) == size && memcmp(room_names[i].name, name, size) == 0)
			return room_names[i].bits;
	}
	return 0;
}

static void read_rooms(void)
{
	const char *names = getenv("TSTREAM_TRACE");

	while (names && *names) {
		size_t size = strcspn(names, ",");

		sink.rooms |= room_bits(names, size);
		names += size;
		names += *names == ',';
	}
}

int tsi_log_traces(unsigned room)
{
	if (!atomic_load_explicit(&sink.is_set, memory_order_relaxed))
		return 0;
	pthread_once(&sink.rooms_once, read_rooms);
	return (sink.rooms & room) != 0;
}

void tsi_log_set_hook(tstream_log_fn hook, void *user)
{
	pthread_rwlock_wrlock(&sink.lock);
	sink.hook = hook;
	sink.user = user;
	atomic_store_explicit(&sink.is_set, hook != NULL, memory_order_relaxed);
	pthread_rwlock_unlock(&sink.lock);
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* vsnprintf cuts at a byte; a message that was cut must still be UTF-8. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 0)))
#endif
static void
format_message(char *out, size_t capacity, const char *format, va_list arguments)
{
	int length = vsnprintf(out, capacity, format, arguments);
	size_t end = capacity - 1;

	if (length < 0)
		out[0] = '\0';
	if (length < 0 || (size_t)length < capacity)
		return;
	while (end > 0 && is_continuation(out[end - 1]))
		end--;
	/* Drops the last character whole even where it just fitted: simpler, and unseen. */
	if (end > 0 && ((unsigned char)out[end - 1] & 0x80))
		end--;
	out[end] = '\0';
}

void tsi_log(int level, const char *format, ...)
{
	char message[MESSAGE_BYTES];
	va_list arguments;

	if (!atomic_load_explicit(&sink.is_set, memory_order_relaxed))
		return;
	va_start(arguments, format);
	format_message(message, sizeof(message), format, arguments);
	va_end(arguments);

	pthread_rwlock_rdlock(&sink.lock);
	if (sink.hook)
		sink.hook(sink.user, level, message);
	pthread_rwlock_unlock(&sink.lock);
}

int tsi_fail(tstream_error *err, int code, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return code;
	err->code = code;
	va_start(arguments, format);
	format_message(err->message, sizeof(err->message), format, arguments);
	va_end(arguments);
	return code;
}
