#include "deep_stack.h"

#include <pthread.h>
#include <stddef.h>

#define STACK_BYTES ((size_t)4 * 1024 * 1024)

int deep_stack_call(void *(*function)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	int failed = pthread_attr_setstacksize(&attributes, STACK_BYTES) ||
	             pthread_create(&thread, &attributes, function, argument);
	pthread_attr_destroy(&attributes);
	if (failed)
		return -1;
	pthread_join(thread, NULL);
	return 0;
}
