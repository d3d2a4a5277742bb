/*
 * bindings/node/capi.i - libtstream as the private N-API module capi.node.
 *
 * Objects are Externals that hold a tsb_handle.  Errors are what lib/errors.js makes of a code.
 * Any of the functions named under %later below runs in another thread if tsb_later(settle) was
 * called just before; see src/call.h.
 */
%module capi

/* A wrapper is a coroutine: between its conversions the call may be another thread's. */
%fragment("js_global_function", "templates")
%{
static tsb_steps $jswrapper_steps(tsb_call_ptr tsb, const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Napi::Value jsresult;
  $jslocals
  if(static_cast<int>(info.Length()) < $jsargrequired || static_cast<int>(info.Length()) > $jsargcount) {
    SWIG_Error(SWIG_ERROR, "Illegal number of arguments for $jswrapper.");
  }
  $jscode
  tsb->give(jsresult);
  co_return;
  goto fail;
fail:
  tsb->fail();
}
Napi::Value $jswrapper(const Napi::CallbackInfo &info) {
  return tsb_begin(info, $jswrapper_steps);
}
%}
/* A constant goes through the same typemaps, but is no answer of a function. */
%fragment("js_global_getter", "templates")
%{
Napi::Value $jswrapper(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Napi::Value jsresult;
  [[maybe_unused]] tsb_call *const tsb = nullptr;
  $jslocals
  $jscode
  return jsresult;
  goto fail;
fail:
  return Napi::Value();
}
%}

%begin %{
#define NAPI_VERSION 8
%}
%{
#include "log_queue.h"
#include "values.h"
#include "watch.h"

#define TSB_FROM_CODE(number) tsb_number(env, number)
#define TSB_THROW(code, message) tsb_throw(env, code, message)
#define TSB_FAILS(code) (tsb && (code) < 0)
#define TSB_ERROR (tsb->error)
%}

/* ---- numbers ---- */

%define %tsb_integer(TYPE)
%typemap(in) TYPE {
	if (!tsb_integer<$1_ltype>(env, $input, &$1))
		SWIG_fail;
}
%typemap(out) TYPE "$result = tsb_number(env, $1);"
%enddef
%tsb_integer(int)
%tsb_integer(int32_t)
%tsb_integer(uint32_t)
%tsb_integer(int64_t)
%tsb_integer(uint64_t)
%tsb_integer(size_t)

%typemap(in, numinputs=0) size_t *out_count (size_t count = 0) "$1 = &count;"
%typemap(argout) size_t *out_count "tsb->out(tsb_number(env, *$1));"
%typemap(in, numinputs=0) int64_t *OUTPUT_NUMBER (int64_t number = 0) "$1 = &number;"
%typemap(argout) int64_t *OUTPUT_NUMBER "tsb->out(tsb_number(env, *$1));"
%apply int64_t *OUTPUT_NUMBER { int64_t *out_position_us, int64_t *out_duration_us };
%typemap(in, numinputs=0) int32_t *out_is_done (int32_t is_done = 0) "$1 = &is_done;"
%typemap(argout) int32_t *out_is_done "tsb->out(Napi::Boolean::New(env, *$1));"

/* ---- strings: null and undefined are NULL ---- */

%typemap(in) const char * (tsb_text text) {
	if (!text.take(env, $input))
		SWIG_fail;
	$1 = ($1_ltype)text.pointer;
}
%typemap(freearg) const char * "";
%typemap(out) const char *, char * "$result = tsb_string(env, $1);"
%typemap(in, numinputs=0) char out_infohash[ANY] (char text[$1_dim0]) {
	text[0] = 0;
	$1 = text;
}
%typemap(argout) char out_infohash[ANY] "tsb->out(tsb_string(env, $1));"
%typemap(in, numinputs=0) const char **out_magnet (const char *text = NULL) "$1 = ($1_ltype)&text;"
%typemap(argout) const char **out_magnet "tsb->out(tsb_string(env, *$1));"
%typemap(in, numinputs=0) (char **out_text, size_t *out_size) (char *text = NULL, size_t size = 0) {
	$1 = &text;
	$2 = &size;
}
%typemap(argout) (char **out_text, size_t *out_size) {
	tsb->out(Napi::String::New(env, *$1, *$2));
	tstream_free(*$1);
}
%apply (char **out_text, size_t *out_size) { (char **out_json, size_t *out_size) };

/* ---- bytes ---- */

/* A copy: while another thread reads them the program may change them, or give them away. */
%typemap(in) (const void *bytes, size_t size) (void *given = NULL, std::string copy) {
	if (!tsb_bytes(env, $input, &given, &$2))
		SWIG_fail;
	copy.assign((const char *)given, $2);
	$1 = ($1_ltype)copy.data();
}
%typemap(in) (void *buffer, size_t size) {
	if (!tsb_bytes(env, $input, &$1, &$2))
		SWIG_fail;
}
%apply (const void *bytes, size_t size) {
	(const void *value, size_t size), (const char *text, size_t size)
};
%typemap(in, numinputs=0) (void **out_bytes, size_t *out_size) (void *bytes = NULL, size_t size = 0) {
	$1 = &bytes;
	$2 = &size;
}
%typemap(argout) (void **out_bytes, size_t *out_size) {
	tsb->out(tsb_buffer(env, *$1, *$2));
	tstream_free(*$1);
}
%apply (void **out_bytes, size_t *out_size) { (void **out_value, size_t *out_size) };
%typemap(in, numinputs=0) (const void **out_bytes, size_t *out_size)
		(const void *bytes = NULL, size_t size = 0) {
	$1 = ($1_ltype)&bytes;
	$2 = &size;
}
%typemap(argout) (const void **out_bytes, size_t *out_size) "tsb->out(tsb_buffer(env, *$1, *$2));"
%typemap(in) (uint8_t *out_pieces, size_t capacity) (tsb_room<uint8_t> room) {
	if (!room.make(env, $input))
		SWIG_fail;
	$1 = room.items.data();
	$2 = room.size;
}
%typemap(argout) (uint8_t *out_pieces, size_t capacity) "tsb->out(tsb_buffer(env, $1, $2));"

/* ---- objects ---- */

%define %tsb_handle(TYPE)
%typemap(in) TYPE * (tsb_borrowed borrowed) {
	if (!borrowed.take(env, $input, &TYPE##_kind))
		SWIG_fail;
	$1 = ($1_ltype)borrowed.object();
}
%typemap(in) TYPE *or_null (tsb_borrowed borrowed) {
	if (!$input.IsNull() && !borrowed.take(env, $input, &TYPE##_kind))
		SWIG_fail;
	$1 = ($1_ltype)borrowed.object();
}
%typemap(in, numinputs=0) TYPE ** (tsb_made<TYPE> made) {
	made.kind = &TYPE##_kind;
	$1 = &made.object;
}
%typemap(argout) TYPE ** {
	Napi::Value wrapped = made$argnum.wrap(env);
	if (wrapped.IsEmpty())
		SWIG_fail;
	tsb->out(wrapped);
}
%apply TYPE *{const TYPE *};
%enddef

%define %tsb_list(TYPE, PARAMETER)
%typemap(in) (TYPE **PARAMETER, size_t capacity) (tsb_room<TYPE *> room) {
	if (!room.make(env, $input))
		SWIG_fail;
	$1 = room.items.data();
	$2 = room.size;
}
%typemap(argout) (TYPE **PARAMETER, size_t capacity) {
	Napi::Array all = Napi::Array::New(env);
	for (uint32_t i = 0; i < result && i < $2; i++)
		all.Set(i, tsb_wrap(env, &TYPE##_kind, $1[i]));
	tsb->out(all);
}
%enddef

%define %tsb_snapshots(TYPE, PARAMETER)
%typemap(in) (TYPE *PARAMETER, size_t capacity) (tsb_room<TYPE> room) {
	if (!room.make(env, $input))
		SWIG_fail;
	$1 = room.items.data();
	$2 = room.size;
	$1->struct_size = sizeof(TYPE);
}
%typemap(argout) (TYPE *PARAMETER, size_t capacity) {
	Napi::Array all = Napi::Array::New(env);
	for (uint32_t i = 0; i < result && i < $2; i++) {
		TYPE *copy = (TYPE *)malloc(sizeof(*copy));
		memcpy(copy, &$1[i], sizeof(*copy));
		all.Set(i, SWIG_NewPointerObj(copy, $descriptor(TYPE *), SWIG_POINTER_OWN));
	}
	tsb->out(all);
}
%apply (TYPE *PARAMETER, size_t capacity) { (struct TYPE *PARAMETER, size_t capacity) };
%enddef

/* ---- which calls may wait ---- */

%define %later(FUNCTION)
%exception FUNCTION {
	auto action = [&] { $action };
	co_await tsb->run(action);
}
%enddef
%later(tsb_session_open)
%later(tstream_torrent_open_magnet)
%later(tstream_torrent_open_bytes)
%later(tstream_torrent_open_url)
%later(tstream_torrent_open_stored)
%later(tstream_torrent_remove)
%later(tstream_subtitle_to_webvtt)
%later(tstream_cache_open)
%later(tstream_cache_get_copy)
%later(tstream_cache_put)
%later(tstream_cache_remove)
%later(tstream_catalog_open)
%later(tstream_catalog_add)
%later(tstream_catalog_add_torrent)
%later(tstream_catalog_import)
%later(tstream_catalog_remove)
%later(tstream_catalog_get_count)
/* Whatever asks a database. */
%later(tstream_history_open)
%later(tstream_history_ping)
%later(tstream_history_record)
%later(tstream_history_set_position)
%later(tstream_history_set_file_position)
%later(tstream_history_get_file_position)
%later(tstream_history_list)
%later(tstream_history_find)
%later(tstream_history_export_json)
%later(tstream_history_remove)
%later(tstream_history_clear)
%later(tstream_history_claim)
%later(tstream_history_prune)
%later(tstream_history_popular)
%later(tstream_accounts_open)
%later(tstream_accounts_count)
%later(tstream_accounts_create)
%later(tstream_accounts_verify)
%later(tstream_accounts_change_password)
%later(tstream_accounts_reset_password)
%later(tstream_accounts_delete)
%later(tstream_accounts_login)
%later(tstream_accounts_find_token)
%later(tstream_accounts_revoke)
%later(tstream_accounts_revoke_all)
%later(tstream_accounts_list_logins)
%later(tsb_destroy)
/* Whatever reads a disk. */
%exception tstream_reader_read {
	auto action = [&] { $action };
	co_await tsb->read(action);
}

%include "tstream.i"

%typemap(in) tsb_handle *handle {
	$1 = tsb_handle_of(env, $input);
	if (!$1)
		SWIG_fail;
}
%typemap(in) Napi::Function {
	if (!$input.IsFunction()) {
		tsb_refuse(env, "a function is wanted");
		SWIG_fail;
	}
	$1 = $input.As<Napi::Function>();
}
%typemap(in) tsb_watch * "$1 = $input.As<Napi::External<tsb_watch>>().Data();"
%typemap(out) tsb_watch * {
	if (!$1) {
		tsb_throw(env, TSTREAM_ELIMIT, "there are no more file descriptors");
		SWIG_fail;
	}
	$result = Napi::External<tsb_watch>::New(env, $1, [](Napi::Env, tsb_watch *watch) {
		delete watch;
	});
}

/* Providers in JavaScript: see src/provider.h. */
%{
#include "provider.h"
%}
int tsb_request_finish(tsb_handle *handle, int status, int64_t retry_after_us,
                       const char *message);

%inline %{
static int tsb_search_add_provider(tstream_search *search, const char *name, const char *kind,
                                   uint32_t flags, Napi::Function ask, tstream_error *err)
{
	tstream_provider_vtable vtable = tsb_provider::vtable(kind, flags);
	tsb_provider *provider = new tsb_provider(tsb_loop::here(), ask);
	int code = tstream_search_add_provider(search, name, &vtable, provider, err);
	if (code != TSTREAM_OK)
		provider->close();
	return code;
}

/* The next call answers to settle(error, value), and may run in another thread. */
static void tsb_later(Napi::Function settle)
{
	tsb_loop::here()->settle = Napi::Persistent(settle);
}

/* make(code, message) gives the Error to throw. */
static void tsb_set_errors(Napi::Function make)
{
	tsb_loop::here()->make_error = Napi::Persistent(make);
}

static tsb_watch *tsb_watch_open(int fd, Napi::Function woken)
{
	return tsb_watch::open(tsb_loop::here(), fd, woken);
}

static void tsb_watch_start(tsb_watch *watch, int keeps_alive)
{
	watch->start(keeps_alive != 0);
}

static void tsb_watch_stop(tsb_watch *watch)
{
	watch->stop();
}

static void tsb_watch_close(tsb_watch *watch)
{
	watch->close();
}

static void tsb_log_on(Napi::Function log)
{
	tsb_log::only().turn_on(tsb_loop::here(), log);
}

static void tsb_log_off(void)
{
	tsb_log::only().turn_off(tsb_loop::here());
}

/* From now on it counts as closed; calls that wait are interrupted. */
static void tsb_close(tsb_handle *handle)
{
	if (!handle->is_closed && handle->object && handle->borrowed_count)
		handle->kind->interrupt(handle->object);
	handle->is_closed = 1;
}

/* After tsb_close(), and after every call that was under way. */
static int tsb_destroy(tsb_handle *handle)
{
	void *object = tsb_handle_take_if_unused(handle);
	if (object)
		handle->kind->destroy(object);
	return TSTREAM_OK;
}

static int tsb_is_open(tsb_handle *handle)
{
	return tsb_handle_is_open(handle);
}

/* Close everything: the program, or this worker, ends. */
static void tsb_end(void)
{
	if (tsb_loop::here())
		tsb_loop::here()->end();
}
%}

%init %{
  tsb_loop_start(env);
%}
