/**
 * base/signals.h - threads of ours leave the program's signals to its own threads.
 */
#ifndef TSI_BASE_SIGNALS_H
#define TSI_BASE_SIGNALS_H

#include <pthread.h>
#include <signal.h>

/** Until tsi_signals_restore(): threads made meanwhile are born with every signal blocked. */
static inline void tsi_signals_block(sigset_t *out_before)
{
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, out_before);
}

static inline void tsi_signals_restore(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

#endif
