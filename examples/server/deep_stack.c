#include "deep_stack.h"

#include "log.h"

#include <pthread.h>
#include <stddef.h>

#define STACK_BYTES ((size_t)4 * 1024 * 1024)

struct call {
	void *(*function)(void *);
	void *argument;
	const char *request_id;
};

/* What is logged there is still about the caller's request. */
static void *run(void *argument)
{
	const struct call *call = argument;

	log_set_request(call->request_id);
	return call->function(call->argument);
}

int deep_stack_call(void *(*function)(void *), void *argument)
{
	struct call call = {function, argument, log_get_request()};
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	int failed = pthread_attr_setstacksize(&attributes, STACK_BYTES) ||
	             pthread_create(&thread, &attributes, run, &call);
	pthread_attr_destroy(&attributes);
	if (failed)
		return -1;
	pthread_join(thread, NULL);
	return 0;
}
