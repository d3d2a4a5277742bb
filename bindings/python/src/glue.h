/**
 * glue.h - what the wrapper made from capi.i needs of Python: capsules, errors, results.
 *
 * Its text is put into that wrapper, after handle.h.  Everything here runs under the interpreter's
 * lock.
 */
#ifndef TSTREAM_PYTHON_GLUE_H
#define TSTREAM_PYTHON_GLUE_H

#include <Python.h>
#include <string.h>

/** Raise the class of tstream.errors that belongs to the code. */
static void tsb_raise(int code, const char *message)
{
	PyObject *module = PyImport_ImportModule("tstream.errors");
	PyObject *error = module ? PyObject_CallMethod(module, "from_code", "is", code, message) : NULL;
	if (error)
		PyErr_SetObject((PyObject *)Py_TYPE(error), error);
	Py_XDECREF(error);
	Py_XDECREF(module);
}

static void tsb_raise_closed(const tsb_handle *handle)
{
	PyObject *module = PyImport_ImportModule("tstream.errors");
	PyObject *type = module ? PyObject_GetAttrString(module, "ClosedError") : NULL;
	if (type && handle->pid != getpid())
		PyErr_Format(type, "%s was opened before the fork", handle->kind->name);
	else if (type)
		PyErr_Format(type, "%s is closed", handle->kind->name);
	Py_XDECREF(type);
	Py_XDECREF(module);
}

/** None stands for what was never opened. */
static void tsb_raise_unopened(const tsb_kind *kind)
{
	PyObject *module = PyImport_ImportModule("tstream.errors");
	PyObject *type = module ? PyObject_GetAttrString(module, "ClosedError") : NULL;
	if (type)
		PyErr_Format(type, "%s is not open", kind->name);
	Py_XDECREF(type);
	Py_XDECREF(module);
}

/** str (as UTF-8) or bytes, which must not have a NUL inside; None is NULL.
 *  @return 0 with an exception */
static int tsb_text(PyObject *object, const char **out_text)
{
	Py_ssize_t size = 0;
	*out_text = NULL;
	if (object == Py_None)
		return 1;
	if (PyBytes_Check(object)) {
		*out_text = PyBytes_AsString(object);
		size = PyBytes_Size(object);
	} else {
		*out_text = PyUnicode_AsUTF8AndSize(object, &size);
	}
	if (*out_text && strlen(*out_text) != (size_t)size) {
		PyErr_SetString(PyExc_ValueError, "embedded null character");
		*out_text = NULL;
	}
	return *out_text != NULL;
}

/** Destroy what nobody uses any more.  That may take long, or wait for a callback that wants
 *  the interpreter's lock. */
static void tsb_destroy(const tsb_handle *handle, void *object)
{
	if (!object)
		return;
	Py_BEGIN_ALLOW_THREADS
	handle->kind->destroy(object);
	Py_END_ALLOW_THREADS
}

static void tsb_drop_capsule(PyObject *capsule)
{
	tsb_handle *handle = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
	PyObject *type, *value, *traceback;
	/* An exception may be on its way while this is collected. */
	PyErr_Fetch(&type, &value, &traceback);
	tsb_destroy(handle, tsb_handle_close(handle));
	PyErr_Restore(type, value, traceback);
	free(handle);
}

/** @return a capsule that owns the object, or NULL with an exception */
static PyObject *tsb_wrap(const tsb_kind *kind, void *object)
{
	tsb_handle *handle = tsb_handle_new(kind, object);
	PyObject *capsule = handle ? PyCapsule_New(handle, kind->name, tsb_drop_capsule) : NULL;
	if (capsule)
		return capsule;
	free(handle);
	kind->destroy(object);
	return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

/** @return the handle in any of our capsules, or NULL with an exception */
static tsb_handle *tsb_handle_of(PyObject *capsule)
{
	const char *name = PyCapsule_CheckExact(capsule) ? PyCapsule_GetName(capsule) : NULL;
	if (name && strncmp(name, "tstream_", 8) == 0)
		return PyCapsule_GetPointer(capsule, name);
	PyErr_Format(PyExc_TypeError, "expected an object of libtstream, not %.100s",
	             Py_TYPE(capsule)->tp_name);
	return NULL;
}

/** @return a handle whose object is borrowed, or NULL with an exception */
static tsb_handle *tsb_borrow(PyObject *capsule, const tsb_kind *kind)
{
	tsb_handle *handle;
	if (capsule == Py_None) {
		tsb_raise_unopened(kind);
		return NULL;
	}
	handle = tsb_handle_of(capsule);
	if (!handle)
		return NULL;
	if (handle->kind != kind) {
		PyErr_Format(PyExc_TypeError, "expected %s, not %s", kind->name, handle->kind->name);
		return NULL;
	}
	if (!tsb_handle_borrow(handle)) {
		tsb_raise_closed(handle);
		return NULL;
	}
	return handle;
}

static void tsb_give_back(tsb_handle *handle)
{
	if (handle)
		tsb_destroy(handle, tsb_handle_give_back(handle));
}

/** A new reference to None. */
static PyObject *tsb_none(void)
{
	Py_INCREF(Py_None);
	return Py_None;
}

/** Append to a list in the making; a failure frees it and leaves NULL. */
static void tsb_push(PyObject **list, PyObject *item)
{
	if (*list && (!item || PyList_Append(*list, item) < 0))
		Py_CLEAR(*list);
	Py_XDECREF(item);
}

/** All handles; if one cannot be made, the rest is destroyed. */
static PyObject *tsb_wrap_all(const tsb_kind *kind, void **objects, size_t count, size_t capacity)
{
	PyObject *all = PyList_New(0);
	for (size_t i = 0; i < count && i < capacity; i++) {
		if (all)
			tsb_push(&all, tsb_wrap(kind, objects[i]));
		else
			kind->destroy(objects[i]);
	}
	return all;
}

/** One more value in what a function gives: (result, out, ...).  Takes both; NULL is passed on
 *  as the failure it is. */
static PyObject *tsb_append(PyObject *result, PyObject *value)
{
	PyObject *joined = NULL;
	if (result && value) {
		PyObject *head = PyTuple_Check(result) ? PySequence_Tuple(result) : PyTuple_Pack(1, result);
		PyObject *tail = PyTuple_Pack(1, value);
		if (head && tail)
			joined = PySequence_Concat(head, tail);
		Py_XDECREF(head);
		Py_XDECREF(tail);
	}
	Py_XDECREF(result);
	Py_XDECREF(value);
	return joined;
}

/** Room for a list that a program sizes, never of no size.  @return 0 with an exception */
static int tsb_allocate(void **out_list, size_t capacity, size_t item_size)
{
	if (capacity > 65536) {
		PyErr_SetString(PyExc_ValueError, "capacity is beyond 65536");
		return 0;
	}
	*out_list = calloc(capacity + 1, item_size);
	if (!*out_list)
		PyErr_NoMemory();
	return *out_list != NULL;
}

#endif
