/* gate.h - where requests wait until the session is open.
 *
 * HTTP and the session take about as long to start, so they do it side by side; a request that
 * comes in between is better kept waiting for a moment than refused.
 */
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum gate_state {
	GATE_SHUT, /* wait */
	GATE_OPEN, /* come in */
	GATE_GONE, /* it will not open (any more) */
};

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum gate_state state;
};

void gate_init(struct gate *gate);
void gate_destroy(struct gate *gate);

/* Let all that wait know. */
void gate_set(struct gate *gate, enum gate_state state);

/* Wait while it is shut, but not for longer than that.  Whether it is open. */
bool gate_pass(struct gate *gate, int64_t timeout_us);

#endif
