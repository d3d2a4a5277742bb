/*
 * bindings/python/capi.i - libtstream as the private module tstream.capi.
 *
 * Objects are capsules that hold a tsb_handle.  Errors are raised as the classes of
 * tstream/errors.py.  The interpreter's lock is let go of in every call that may wait, for the
 * network, a disk or a lock of the library; see %thread below.
 */
%module(package="tstream", threads="1") capi
%nothread;

%begin %{
#define PY_SSIZE_T_CLEAN
%}

%{
#include <Python.h>
#include <tstream/tstream.h>
%}
/* Their text, so that the wrapper needs no file but the public headers. */
%insert("header") "handle.h"
%insert("header") "src/glue.h"
%insert("header") "src/log_queue.h"
%{
/* What one read gives at most, so that asking for more does not take memory in vain. */
#define TSB_MAX_READ_BYTES ((size_t)4 << 20)
#define TSB_FROM_CODE(number) PyLong_FromLongLong((long long)(number))
#define TSB_THROW(code, message) tsb_raise(code, message)
#define TSB_FAILS(code) ((code) < 0)
#define TSB_ERROR tsb_error

/* The `err` of the call that this thread is in; its code is 0 between calls. */
static _Thread_local tstream_error tsb_error;
%}

/* ---- strings: str or bytes, without NUL inside; None is NULL ---- */

%typemap(in) const char * {
	if (!tsb_text($input, (const char **)&$1))
		SWIG_fail;
}
%typemap(freearg) const char * "";
%typemap(in, numinputs=0) char out_infohash[ANY] (char text[$1_dim0]) {
	text[0] = 0;
	$1 = text;
}
%typemap(argout) char out_infohash[ANY] {
	$result = tsb_append($result, PyUnicode_FromString($1));
}

/* ---- bytes ---- */

%typemap(in) (const void *bytes, size_t size) (Py_buffer view = {0}) {
	if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0)
		SWIG_fail;
	$1 = view.buf;
	$2 = (size_t)view.len;
}
%typemap(freearg) (const void *bytes, size_t size) {
	if (view$argnum.obj)
		PyBuffer_Release(&view$argnum);
}
%typemap(in) (void *buffer, size_t size) (Py_buffer view = {0}) {
	if (PyObject_GetBuffer($input, &view, PyBUF_WRITABLE) < 0)
		SWIG_fail;
	$1 = view.buf;
	$2 = (size_t)view.len;
}
%typemap(freearg) (void *buffer, size_t size) {
	if (view$argnum.obj)
		PyBuffer_Release(&view$argnum);
}
%typemap(in, numinputs=0) (void **out_bytes, size_t *out_size) (void *bytes = NULL, size_t size = 0) {
	$1 = &bytes;
	$2 = &size;
}
%typemap(argout) (void **out_bytes, size_t *out_size) {
	$result = tsb_append($result, PyBytes_FromStringAndSize(*$1, (Py_ssize_t)*$2));
	tstream_free(*$1);
}
%typemap(in) (uint8_t *out_pieces, size_t capacity) (PyObject *pieces = NULL) {
	$2 = PyLong_AsSize_t($input);
	if (PyErr_Occurred())
		SWIG_fail;
	pieces = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)$2);
	if (!pieces)
		SWIG_fail;
	$1 = (uint8_t *)PyBytes_AsString(pieces);
	memset($1, 0, $2);
}
%typemap(argout) (uint8_t *out_pieces, size_t capacity) {
	$result = tsb_append($result, pieces$argnum);
	pieces$argnum = NULL;
}
%typemap(freearg) (uint8_t *out_pieces, size_t capacity) "Py_XDECREF(pieces$argnum);"

%apply (const void *bytes, size_t size) {
	(const void *value, size_t size), (const char *text, size_t size)
};
%apply (void **out_bytes, size_t *out_size) { (void **out_value, size_t *out_size) };
%typemap(in, numinputs=0) (char **out_text, size_t *out_size) (char *text = NULL, size_t size = 0) {
	$1 = &text;
	$2 = &size;
}
%typemap(argout) (char **out_text, size_t *out_size) {
	$result = tsb_append($result, PyUnicode_DecodeUTF8(*$1, (Py_ssize_t)*$2, NULL));
	tstream_free(*$1);
}
%typemap(in, numinputs=0) (const void **out_bytes, size_t *out_size)
		(const void *bytes = NULL, size_t size = 0) {
	$1 = ($1_ltype)&bytes;
	$2 = &size;
}
%typemap(argout) (const void **out_bytes, size_t *out_size) {
	$result = tsb_append($result, *$1 ? PyBytes_FromStringAndSize(*$1, (Py_ssize_t)*$2) : tsb_none());
}
%typemap(in, numinputs=0) const char **out_magnet (const char *text = NULL) "$1 = ($1_ltype)&text;"
%typemap(argout) const char **out_magnet {
	$result = tsb_append($result, *$1 ? PyUnicode_FromString(*$1) : tsb_none());
}
%typemap(in, numinputs=0) size_t *out_count (size_t count = 0) "$1 = &count;"
%typemap(argout) size_t *out_count {
	$result = tsb_append($result, PyLong_FromSize_t(*$1));
}

%apply (char **out_text, size_t *out_size) { (char **out_json, size_t *out_size) };
%typemap(in, numinputs=0) int64_t *OUTPUT_NUMBER (int64_t number = 0) "$1 = &number;"
%typemap(argout) int64_t *OUTPUT_NUMBER {
	$result = tsb_append($result, PyLong_FromLongLong(*$1));
}
%apply int64_t *OUTPUT_NUMBER { int64_t *out_position_us, int64_t *out_duration_us };
%typemap(in, numinputs=0) int32_t *out_is_done (int32_t is_done = 0) "$1 = &is_done;"
%typemap(argout) int32_t *out_is_done {
	$result = tsb_append($result, PyBool_FromLong(*$1));
}

/* ---- objects ---- */

%define %tsb_handle(TYPE)
%typemap(in) TYPE * (tsb_handle *handle = NULL) {
	handle = tsb_borrow($input, &TYPE##_kind);
	if (!handle)
		SWIG_fail;
	$1 = ($1_ltype)handle->object;
}
%typemap(freearg) TYPE * "tsb_give_back(handle$argnum);"
%typemap(in) TYPE *or_null (tsb_handle *handle = NULL) {
	handle = $input == Py_None ? NULL : tsb_borrow($input, &TYPE##_kind);
	if (!handle && $input != Py_None)
		SWIG_fail;
	$1 = handle ? ($1_ltype)handle->object : NULL;
}
%typemap(freearg) TYPE *or_null "tsb_give_back(handle$argnum);"
%typemap(in, numinputs=0) TYPE ** (TYPE *made = NULL) "$1 = &made;"
%typemap(argout) TYPE ** {
	$result = tsb_append($result, tsb_wrap(&TYPE##_kind, *$1));
}
%apply TYPE *{const TYPE *};
%enddef
%define %tsb_list(TYPE, PARAMETER)
%typemap(in) (TYPE **PARAMETER, size_t capacity) (TYPE **list = NULL) {
	$2 = PyLong_AsSize_t($input);
	if (PyErr_Occurred() || !tsb_allocate((void **)&list, $2, sizeof(*list)))
		SWIG_fail;
	$1 = list;
}
%typemap(argout) (TYPE **PARAMETER, size_t capacity) {
	$result = tsb_append($result, tsb_wrap_all(&TYPE##_kind, (void **)$1, (size_t)result, $2));
}
%typemap(freearg) (TYPE **PARAMETER, size_t capacity) "free(list$argnum);"
%enddef

%define %tsb_snapshots(TYPE, PARAMETER)
%typemap(in) (TYPE *PARAMETER, size_t capacity) (TYPE *list = NULL) {
	$2 = PyLong_AsSize_t($input);
	if (PyErr_Occurred() || !tsb_allocate((void **)&list, $2, sizeof(*list)))
		SWIG_fail;
	$1 = list;
	list[0].struct_size = sizeof(*list);
}
%typemap(argout) (TYPE *PARAMETER, size_t capacity) {
	size_t count = (size_t)result < $2 ? (size_t)result : $2;
	PyObject *all = PyList_New(0);
	for (size_t i = 0; all && i < count; i++) {
		TYPE *copy = (TYPE *)malloc(sizeof(*copy));
		if (copy)
			memcpy(copy, &$1[i], sizeof(*copy));
		tsb_push(&all, copy ? SWIG_NewPointerObj(copy, $descriptor(TYPE *), SWIG_POINTER_OWN)
		                    : PyErr_NoMemory());
	}
	$result = tsb_append($result, all);
}
%typemap(freearg) (TYPE *PARAMETER, size_t capacity) "free(list$argnum);"
%apply (TYPE *PARAMETER, size_t capacity) { (struct TYPE *PARAMETER, size_t capacity) };
%enddef

/* ---- which calls may wait ---- */

%thread tsb_session_open;
%thread tstream_session_next_event;
%thread tstream_session_get_stats;
%thread tstream_session_list_torrents;
%thread tstream_torrent_open_magnet;
%thread tstream_torrent_open_bytes;
%thread tstream_torrent_open_url;
%thread tstream_torrent_open_stored;
%thread tstream_torrent_find;
%thread tstream_torrent_remove;
%thread tstream_torrent_wait_metadata;
%thread tstream_torrent_keep_file;
%thread tstream_torrent_get_stats;
%thread tstream_torrent_get_pieces;
%thread tstream_torrent_get_peers;
%thread tstream_torrent_get_readers;
%thread tstream_torrent_add_peer;
%thread tstream_torrent_prefer_peer;
%thread tstream_torrent_get_subtitles;
%thread tstream_subtitle_to_webvtt;
%thread tstream_reader_open;
%thread tstream_reader_read;
%thread tstream_reader_wait;
%thread tstream_reader_seek;
%thread tstream_cache_open;
%thread tstream_cache_get_copy;
%thread tstream_cache_put;
%thread tstream_cache_remove;
%thread tstream_cache_get_stats;
%thread tstream_catalog_open;
%thread tstream_catalog_add;
%thread tstream_catalog_add_torrent;
%thread tstream_catalog_import;
%thread tstream_catalog_remove;
%thread tstream_catalog_get_count;
/* All of a search: its threads call providers that are written in Python. */
%thread tsb_search_open;
%thread tstream_search_add_torznab;
%thread tstream_search_add_archive;
%thread tstream_search_add_feed;
%thread tstream_search_add_catalog;
%thread tstream_search_remove_provider;
%thread tstream_search_get_providers;
%thread tstream_search_start;
%thread tstream_search_resolve;
%thread tstream_query_cancel;
%thread tstream_query_next;
%thread tstream_query_wait;
%thread tstream_query_wait_done;
%thread tstream_query_is_done;
%thread tstream_query_get_stats;
%thread tstream_query_get_providers;
%thread tstream_query_get_results;
%thread tstream_resolution_wait;
%thread tstream_resolution_get;
%thread tstream_request_get_remaining_us;
%thread tstream_request_is_cancelled;
%thread tstream_request_add;
%thread tstream_request_give_magnet;
%thread tstream_request_give_torrent;

/* Whatever asks a database. */
%thread tstream_history_open;
%thread tstream_history_ping;
%thread tstream_history_record;
%thread tstream_history_set_position;
%thread tstream_history_set_file_position;
%thread tstream_history_get_file_position;
%thread tstream_history_list;
%thread tstream_history_find;
%thread tstream_history_export_json;
%thread tstream_history_remove;
%thread tstream_history_clear;
%thread tstream_history_claim;
%thread tstream_history_prune;
%thread tstream_history_popular;
%thread tstream_accounts_open;
%thread tstream_accounts_count;
%thread tstream_accounts_create;
%thread tstream_accounts_verify;
%thread tstream_accounts_change_password;
%thread tstream_accounts_reset_password;
%thread tstream_accounts_delete;
%thread tstream_accounts_login;
%thread tstream_accounts_find_token;
%thread tstream_accounts_revoke;
%thread tstream_accounts_revoke_all;
%thread tstream_accounts_list_logins;

%include "tstream.i"

%typemap(in) tsb_handle *handle {
	$1 = tsb_handle_of($input);
	if (!$1)
		SWIG_fail;
}

/* Providers in Python: see src/provider.h. */
%insert("header") "src/provider.h"
%typemap(in) PyObject * "$1 = $input;"
%thread tsb_search_add_provider;
int tsb_search_add_provider(tstream_search *search, const char *name, const char *kind,
                            uint32_t flags, PyObject *search_function, PyObject *resolve_function,
                            tstream_error *err);
int tsb_request_finish(tsb_handle *handle, int status, int64_t retry_after_us,
                       const char *message);
void tsb_providers_end(void);

/* The log: see src/log_queue.h. */
%apply char out_infohash[ANY] { char out_text[ANY] };
%thread tsb_log_turn;
%thread tsb_log_take;
void tsb_log_turn(int is_on);
int tsb_log_take(char out_text[512]);
void tsb_log_forget(void);

/* Reading into new bytes: without this they would be copied once more. */
%typemap(in) (void *out_data, size_t size) (PyObject *data = NULL) {
	$2 = PyLong_AsSize_t($input);
	if (PyErr_Occurred())
		SWIG_fail;
	if ($2 > TSB_MAX_READ_BYTES)
		$2 = TSB_MAX_READ_BYTES;
	data = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)$2);
	if (!data)
		SWIG_fail;
	$1 = PyBytes_AsString(data);
}
%typemap(argout) (void *out_data, size_t size) {
	if (result != (int64_t)$2 && _PyBytes_Resize(&data$argnum, result > 0 ? (Py_ssize_t)result : 0))
		Py_CLEAR($result);
	$result = tsb_append($result, data$argnum);
	data$argnum = NULL;
}
%typemap(freearg) (void *out_data, size_t size) "Py_XDECREF(data$argnum);"
%thread tsb_reader_read_bytes;
%inline %{
static int64_t tsb_reader_read_bytes(tstream_reader *reader, void *out_data, size_t size)
{
	return tstream_reader_read(reader, out_data, size);
}
%}

/* Close an object.  Whoever is in a call with it is interrupted, and ends it for good. */
%inline %{
static void tsb_close(tsb_handle *handle)
{
	tsb_destroy(handle, tsb_handle_close(handle));
}

static int tsb_is_open(tsb_handle *handle)
{
	return tsb_handle_is_open(handle);
}
%}
