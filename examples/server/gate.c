#include "gate.h"

#include <time.h>

void gate_init(struct gate *gate)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&gate->lock, NULL);
	pthread_condattr_init(&attributes);
	/* The wall clock may jump. */
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	gate->state = GATE_SHUT;
}

void gate_destroy(struct gate *gate)
{
	pthread_cond_destroy(&gate->changed);
	pthread_mutex_destroy(&gate->lock);
}

void gate_set(struct gate *gate, enum gate_state state)
{
	pthread_mutex_lock(&gate->lock);
	gate->state = state;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

static struct timespec deadline_after(int64_t timeout_us)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	int64_t nanoseconds = at.tv_nsec + timeout_us % 1000000 * 1000;
	at.tv_sec += (time_t)(timeout_us / 1000000 + nanoseconds / 1000000000);
	at.tv_nsec = (long)(nanoseconds % 1000000000);
	return at;
}

bool gate_pass(struct gate *gate, int64_t timeout_us)
{
	struct timespec deadline = deadline_after(timeout_us);
	int failed = 0;

	pthread_mutex_lock(&gate->lock);
	while (gate->state == GATE_SHUT && !failed)
		failed = pthread_cond_timedwait(&gate->changed, &gate->lock, &deadline);
	bool is_open = gate->state == GATE_OPEN;
	pthread_mutex_unlock(&gate->lock);
	return is_open;
}
