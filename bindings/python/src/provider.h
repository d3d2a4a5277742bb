/**
 * provider.h - providers of searches that are written in Python.
 *
 * A provider is two callables, which get each request as a capsule.  They run on a thread that
 * the library keeps for this provider (TSTREAM_PROVIDER_BLOCKING), so that waiting for the
 * interpreter's lock holds up nobody else.  A request is finished by tsb_request_finish(), from
 * whatever thread; one that Python loses is finished when its capsule is collected.
 *
 * Its text is put into the wrapper that is made from capi.i.
 */
#ifndef TSTREAM_PYTHON_PROVIDER_H
#define TSTREAM_PYTHON_PROVIDER_H

typedef struct tsb_provider {
	PyObject *search;
	PyObject *resolve;
} tsb_provider;

/* Set when the interpreter is about to end: then nothing may enter it from outside. */
static volatile int tsb_is_ending;

static void tsb_provider_ask(PyObject *function, tstream_request *request)
{
	PyGILState_STATE state;
	PyObject *capsule, *result;
	if (tsb_is_ending) {
		tstream_request_finish(request, TSTREAM_PROVIDER_CANCELLED, 0, "the program ends");
		return;
	}
	state = PyGILState_Ensure();
	capsule = tsb_wrap(&tstream_request_kind, request);
	result = capsule ? PyObject_CallFunctionObjArgs(function, capsule, NULL) : NULL;
	if (!result)
		PyErr_WriteUnraisable(function);
	Py_XDECREF(result);
	Py_XDECREF(capsule);
	PyGILState_Release(state);
}

static void tsb_provider_search(void *user, tstream_request *request)
{
	tsb_provider_ask(((tsb_provider *)user)->search, request);
}

static void tsb_provider_resolve(void *user, tstream_request *request)
{
	tsb_provider_ask(((tsb_provider *)user)->resolve, request);
}

static void tsb_provider_close(void *user)
{
	tsb_provider *provider = user;
	/* At the end the callables are left to the process's own end. */
	if (!tsb_is_ending) {
		PyGILState_STATE state = PyGILState_Ensure();
		Py_XDECREF(provider->search);
		Py_XDECREF(provider->resolve);
		PyGILState_Release(state);
	}
	free(provider);
}

/** Called without the interpreter's lock. */
static int tsb_search_add_provider(tstream_search *search, const char *name, const char *kind,
                                   uint32_t flags, PyObject *search_function,
                                   PyObject *resolve_function, tstream_error *err)
{
	tstream_provider_vtable vtable = {
	    .struct_size = sizeof(vtable),
	    .flags = flags | TSTREAM_PROVIDER_BLOCKING,
	    .kind = kind,
	    .search = tsb_provider_search,
	    .resolve = resolve_function == Py_None ? NULL : tsb_provider_resolve,
	    .close = tsb_provider_close,
	};
	tsb_provider *provider = calloc(1, sizeof(*provider));
	PyGILState_STATE state;
	int code;
	if (!provider)
		return TSTREAM_ENOMEM;
	state = PyGILState_Ensure();
	Py_INCREF(search_function);
	Py_INCREF(resolve_function);
	PyGILState_Release(state);
	provider->search = search_function;
	provider->resolve = resolve_function;
	code = tstream_search_add_provider(search, name, &vtable, provider, err);
	if (code != TSTREAM_OK)
		tsb_provider_close(provider);
	return code;
}

/** Finish a request, once.  @return 0; EINVAL: it is finished already, or in use */
static int tsb_request_finish(tsb_handle *handle, int status, int64_t retry_after_us,
                              const char *message)
{
	tstream_request *request = handle->object;
	if (handle->kind != &tstream_request_kind || !tsb_handle_is_open(handle) ||
	    handle->borrowed_count)
		return TSTREAM_EINVAL;
	tsb_handle_forget(handle);
	Py_BEGIN_ALLOW_THREADS
	tstream_request_finish(request, status, retry_after_us, message);
	Py_END_ALLOW_THREADS
	return TSTREAM_OK;
}

/** Searches are closed; from now on Python is not entered. */
static void tsb_providers_end(void)
{
	tsb_is_ending = 1;
}

#endif
