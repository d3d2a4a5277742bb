/**
 * bindings/handle.h - what stands between a garbage collector and an object of the library.
 *
 * A language's object holds a tsb_handle, the handle holds the library's object.  Every call
 * borrows the object for as long as it runs, so that closing in the middle of a call, from
 * another thread or from a callback, is safe: the call is interrupted, and whoever is last
 * destroys the object.  After that, borrowing gives NULL: use after close is an error that
 * can be told, not a crash.  In a child process after fork the parent's objects count as
 * closed, and are never destroyed there (tstream.h, Fork).
 *
 * Threads    None of this locks: call it under the interpreter's lock, or on its one thread.
 *            destroy() may take long, so it is left to the caller, who lets go of that lock.
 */
#ifndef TSTREAM_BINDINGS_HANDLE_H
#define TSTREAM_BINDINGS_HANDLE_H

#include <stdlib.h>
#include <unistd.h>

typedef struct tsb_kind {
	const char *name;          /* the C type, as in "tstream_reader" */
	void (*destroy)(void *);   /* the library's close, free or unref */
	void (*interrupt)(void *); /* makes calls that wait return; may be NULL */
} tsb_kind;

typedef struct tsb_handle {
	void *object;
	const tsb_kind *kind;
	unsigned borrowed_count;
	int is_closed;
	pid_t pid; /* whose it is */
} tsb_handle;

/** @return a handle that owns the object; NULL (out of memory): the object is still yours */
static inline tsb_handle *tsb_handle_new(const tsb_kind *kind, void *object)
{
	tsb_handle *handle = (tsb_handle *)calloc(1, sizeof(*handle));
	if (!handle)
		return NULL;
	handle->object = object;
	handle->kind = kind;
	handle->pid = getpid();
	return handle;
}

/** @return 1 if it can be borrowed */
static inline int tsb_handle_is_open(const tsb_handle *handle)
{
	return !handle->is_closed && handle->pid == getpid();
}

/** Begin a call.  @return the object, or NULL: closed, or the parent process's */
static inline void *tsb_handle_borrow(tsb_handle *handle)
{
	if (!tsb_handle_is_open(handle))
		return NULL;
	handle->borrowed_count++;
	return handle->object;
}

/** The object, if it is nobody's any more: pass it to kind->destroy(). */
static inline void *tsb_handle_take_if_unused(tsb_handle *handle)
{
	void *object = handle->object;
	if (!handle->is_closed || handle->borrowed_count || !object)
		return NULL;
	handle->object = NULL;
	return handle->pid == getpid() ? object : NULL;
}

/** End a call.  @return as tsb_handle_take_if_unused() */
static inline void *tsb_handle_give_back(tsb_handle *handle)
{
	handle->borrowed_count--;
	return tsb_handle_take_if_unused(handle);
}

/** Close it; calls under way are interrupted.  @return as tsb_handle_take_if_unused() */
static inline void *tsb_handle_close(tsb_handle *handle)
{
	int is_first = !handle->is_closed;
	handle->is_closed = 1;
	if (is_first && handle->borrowed_count && handle->kind->interrupt && handle->pid == getpid())
		handle->kind->interrupt(handle->object);
	return tsb_handle_take_if_unused(handle);
}

/** The object went to someone else, who destroys it.  For calls that consume what they are
 *  given, such as tstream_request_finish(). */
static inline void tsb_handle_forget(tsb_handle *handle)
{
	handle->object = NULL;
	handle->is_closed = 1;
}

#endif
