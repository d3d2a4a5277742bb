#include "hangups.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { END_ID = 0, EVENT_COUNT = 16 };

struct hangups {
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows */
	struct hangup_watch *watches;
	uint64_t last_id;
	int epoll;
	int end; /* readable: the thread shall end */
};

/* By its id: what epoll reported may have been unwatched meanwhile, and its memory be another's. */
static void cancel(struct hangups *hangups, uint64_t id)
{
	pthread_mutex_lock(&hangups->lock);
	for (struct hangup_watch *watch = hangups->watches; watch; watch = watch->next) {
		if (watch->id == id)
			tstream_reader_cancel(watch->reader);
	}
	pthread_mutex_unlock(&hangups->lock);
}

static void *run(void *user)
{
	struct hangups *hangups = user;
	struct epoll_event events[EVENT_COUNT];

	for (;;) {
		int count = epoll_wait(hangups->epoll, events, EVENT_COUNT, -1);
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 == END_ID)
				return NULL;
			cancel(hangups, events[i].data.u64);
		}
	}
}

static int add(struct hangups *hangups, int descriptor, uint32_t wanted, uint64_t id)
{
	struct epoll_event event = {.events = wanted, .data.u64 = id};

	return epoll_ctl(hangups->epoll, EPOLL_CTL_ADD, descriptor, &event);
}

struct hangups *hangups_new(void)
{
	struct hangups *hangups = calloc(1, sizeof(*hangups));

	if (!hangups)
		return NULL;
	hangups->epoll = epoll_create1(EPOLL_CLOEXEC);
	hangups->end = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&hangups->lock, NULL);
	if (hangups->epoll >= 0 && hangups->end >= 0 &&
	    add(hangups, hangups->end, EPOLLIN, END_ID) == 0 &&
	    pthread_create(&hangups->thread, NULL, run, hangups) == 0)
		return hangups;
	pthread_mutex_destroy(&hangups->lock);
	close(hangups->epoll);
	close(hangups->end);
	free(hangups);
	return NULL;
}

void hangups_free(struct hangups *hangups)
{
	if (!hangups)
		return;
	eventfd_write(hangups->end, 1);
	pthread_join(hangups->thread, NULL);
	pthread_mutex_destroy(&hangups->lock);
	close(hangups->epoll);
	close(hangups->end);
	free(hangups);
}

void hangups_watch(struct hangups *hangups, struct hangup_watch *watch, int descriptor,
                   tstream_reader *reader)
{
	watch->id = 0;
	watch->descriptor = descriptor;
	watch->reader = reader;
	pthread_mutex_lock(&hangups->lock);
	uint64_t id = ++hangups->last_id;
	/* Once only: a connection that ended would be reported for ever. */
	if (add(hangups, descriptor, EPOLLRDHUP | EPOLLONESHOT, id) == 0) {
		watch->id = id;
		watch->next = hangups->watches;
		hangups->watches = watch;
	}
	pthread_mutex_unlock(&hangups->lock);
}

void hangups_unwatch(struct hangups *hangups, struct hangup_watch *watch)
{
	if (watch->id == 0)
		return;
	pthread_mutex_lock(&hangups->lock);
	epoll_ctl(hangups->epoll, EPOLL_CTL_DEL, watch->descriptor, NULL);
	struct hangup_watch **link = &hangups->watches;
	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	pthread_mutex_unlock(&hangups->lock);
}
