/* deep_stack.h - room for calls that need more stack than CivetWeb's threads have.
 *
 * Those have 100 KiB, as CivetWeb is usually built.  Parsers that recurse over a stranger's
 * input, TLS and name resolution can need more.
 */
#ifndef SERVER_DEEP_STACK_H
#define SERVER_DEEP_STACK_H

/* Call it on a thread with a large stack, and wait for its return.
 * 0, or -1 if it was not called as no thread could be had. */
int deep_stack_call(void *(*function)(void *), void *argument);

#endif
