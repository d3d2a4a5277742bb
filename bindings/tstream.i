/*
 * bindings/tstream.i - what every language takes from the public headers, and how.
 *
 * A language's own file includes this one after it has defined
 *
 *   handle.h                   the text of it: %insert("header") "handle.h"
 *   TSB_FROM_CODE(n)           a number of the language from a C int64_t
 *   TSB_THROW(code, message)   raise an error; the wrapper fails right after it
 *   TSB_FAILS(code)            is this answer of a function a failure?  code < 0
 *   TSB_ERROR                  the tstream_error of the call that is being made
 *   %tsb_handle(TYPE)          how TYPE * comes in (borrowed from a tsb_handle), TYPE *or_null
 *                              likewise or as NULL, and how TYPE **out_... goes out (a new
 *                              tsb_handle)
 *   %tsb_list(TYPE, PARAMETER)    (TYPE **PARAMETER, size_t capacity): in goes the capacity,
 *                              out comes a list of handles, appended to the result
 *   %tsb_snapshots(TYPE, PARAMETER)  the same for structs
 *
 * and typemaps for byte buffers, strings and 64-bit integers, which it knows best.
 *
 * The modules made from it are private: flat functions under their C names.  What raises and
 * what answers is decided here, so that it is the same in all languages:
 *
 *   - A function whose int or int64_t is a code raises when that is negative.
 *   - tstream_reader_read gives negative codes as they are, and tstream_query_next gives
 *     TSTREAM_EAGAIN: it is their daily bread.
 *   - `err` is no argument: its sentence is in what is raised.
 *   - Closing, freeing and unref are one function, tsb_close(handle).
 */

%include <stdint.i>

%{
#include <string.h>
#include <tstream/tstream.h>

/* The library's sentence if it gave one, else what the code says by itself. */
static const char *tsb_message(const tstream_error *error, int code)
{
	return error->code == code ? error->message : tstream_strerror(code);
}

static void tsb_replace(const char **field, const char *text)
{
	free((void *)*field);
	*field = text ? strdup(text) : NULL;
}
%}

/* ---- errors ---- */

%typemap(in, numinputs=0) tstream_error *err {
	TSB_ERROR.code = 0;
	$1 = &TSB_ERROR;
}
%typemap(argout) tstream_error *err "";

%typemap(out) int, int64_t CODE {
	if (TSB_FAILS($1)) {
		TSB_THROW((int)$1, tsb_message(&TSB_ERROR, (int)$1));
		TSB_ERROR.code = 0;
		SWIG_fail;
	}
	$result = TSB_FROM_CODE($1);
}
/* Fields are told, not judged. */
%typemap(out) int32_t "$result = TSB_FROM_CODE($1);"
%typemap(out) int tstream_query_next {
	if (TSB_FAILS($1) && $1 != TSTREAM_EAGAIN) {
		TSB_THROW((int)$1, tsb_message(&TSB_ERROR, (int)$1));
		SWIG_fail;
	}
	$result = TSB_FROM_CODE($1);
}
%apply int64_t CODE {
	int64_t tstream_reader_seek, int64_t tstream_reader_tell, int64_t tstream_reader_get_size,
	int64_t tstream_reader_get_available, int64_t tstream_torrent_get_default_file,
	int64_t tstream_catalog_get_count
}

/* ---- objects ---- */

%define %tsb_object(TYPE, DESTROY, INTERRUPT)
%ignore DESTROY;
%{
static void TYPE##_destroy(void *object)
{
	DESTROY((TYPE *)object);
}
static void (*const TYPE##_interrupt)(TYPE *) = INTERRUPT;
static void TYPE##_interrupt_any(void *object)
{
	TYPE##_interrupt((TYPE *)object);
}
static const tsb_kind TYPE##_kind = {#TYPE, TYPE##_destroy, TYPE##_interrupt_any};
%}
%tsb_handle(TYPE)
%enddef

%{
/* For objects whose calls do not wait, or that end their waits themselves. */
#define TSB_NO_INTERRUPT(TYPE)                                                                     \
	static void TYPE##_let_be(TYPE *object)                                                        \
	{                                                                                              \
		(void)object;                                                                              \
	}
TSB_NO_INTERRUPT(tstream_session)
TSB_NO_INTERRUPT(tstream_torrent)
TSB_NO_INTERRUPT(tstream_cache)
TSB_NO_INTERRUPT(tstream_catalog)
TSB_NO_INTERRUPT(tstream_search)
TSB_NO_INTERRUPT(tstream_results)
TSB_NO_INTERRUPT(tstream_resolution)
TSB_NO_INTERRUPT(tstream_request)

/* A request that is dropped must be finished all the same. */
static void tsb_request_drop(tstream_request *request)
{
	tstream_request_finish(request, TSTREAM_PROVIDER_NETWORK, 0, "the provider gave no answer");
}
%}

%tsb_object(tstream_session, tstream_session_close, tstream_session_let_be)
%tsb_object(tstream_torrent, tstream_torrent_unref, tstream_torrent_let_be)
%tsb_object(tstream_reader, tstream_reader_close, tstream_reader_cancel)

%tsb_object(tstream_cache, tstream_cache_close, tstream_cache_let_be)
%tsb_object(tstream_catalog, tstream_catalog_close, tstream_catalog_let_be)
%tsb_object(tstream_search, tstream_search_close, tstream_search_let_be)
%tsb_object(tstream_query, tstream_query_close, tstream_query_cancel)
%tsb_object(tstream_results, tstream_results_free, tstream_results_let_be)
%tsb_object(tstream_resolution, tstream_resolution_close, tstream_resolution_let_be)
%tsb_object(tstream_request, tsb_request_drop, tstream_request_let_be)

%tsb_list(tstream_torrent, out_torrents)

/* A second handle does what a second reference is for. */
%ignore tstream_torrent_ref;
%ignore tstream_free;

/* ---- structs ---- */

/* What a program fills in.  Its strings are copies, which it owns. */
%typemap(memberin) const char * {
	tsb_replace((const char **)&$1, $input);
}
%define %tsb_options(TYPE, INIT)
%ignore INIT;
%ignore TYPE::struct_size;
%ignore TYPE::reserved;
%extend TYPE {
	TYPE(void)
	{
		TYPE *made = (TYPE *)calloc(1, sizeof(TYPE));
		if (made)
			INIT(made);
		return made;
	}
	~TYPE(void)
	{
		TYPE##_free_strings($self);
		free($self);
	}
}
%enddef

/* What the library fills in.  Strings that it lends cannot be set. */
%define %tsb_snapshot(TYPE)
%ignore TYPE::struct_size;
%ignore TYPE::reserved;
%extend TYPE {
	TYPE(void)
	{
		TYPE *made = (TYPE *)calloc(1, sizeof(TYPE));
		if (made)
			made->struct_size = sizeof(TYPE);
		return made;
	}
	~TYPE(void)
	{
		free($self);
	}
}
%enddef

%{
static void tstream_session_options_free_strings(tstream_session_options *options)
{
	tsb_replace(&options->data_dir, NULL);
	tsb_replace(&options->listen, NULL);
}

#define TSB_NO_STRINGS(TYPE)                                                                       \
	static void TYPE##_free_strings(TYPE *options)                                                 \
	{                                                                                              \
		(void)options;                                                                             \
	}
TSB_NO_STRINGS(tstream_reader_options)
TSB_NO_STRINGS(tstream_cache_options)
TSB_NO_STRINGS(tstream_search_options)

static void tstream_query_options_free_strings(tstream_query_options *options)
{
	tsb_replace(&options->providers, NULL);
	tsb_replace(&options->categories, NULL);
}

static void tstream_subtitle_options_free_strings(tstream_subtitle_options *options)
{
	tsb_replace(&options->charset, NULL);
}

static void tstream_catalog_entry_free_strings(tstream_catalog_entry *entry)
{
	tsb_replace(&entry->title, NULL);
	tsb_replace(&entry->magnet, NULL);
}

static void tstream_found_free_strings(tstream_found *found)
{
	tsb_replace(&found->title, NULL);
	tsb_replace(&found->infohash, NULL);
	tsb_replace(&found->magnet, NULL);
	tsb_replace(&found->link, NULL);
	tsb_replace(&found->reference, NULL);
}
%}
%tsb_options(tstream_session_options, tstream_session_options_init)
%tsb_options(tstream_reader_options, tstream_reader_options_init)
%tsb_options(tstream_subtitle_options, tstream_subtitle_options_init)
%tsb_options(tstream_cache_options, tstream_cache_options_init)
%tsb_options(tstream_search_options, tstream_search_options_init)
%tsb_options(tstream_query_options, tstream_query_options_init)
%tsb_options(tstream_catalog_entry, tstream_catalog_entry_init)
%tsb_options(tstream_found, tstream_found_init)

%tsb_snapshot(tstream_event)
%tsb_snapshot(tstream_session_stats)
%tsb_snapshot(tstream_torrent_stats)
%tsb_snapshot(tstream_reader_stats)
%tsb_snapshot(tstream_peer)
%tsb_snapshot(tstream_file)
%immutable tstream_file::path;
%immutable tstream_file::name;
%immutable tstream_file::media_type;
%tsb_snapshot(tstream_subtitle)
%tsb_snapshots(tstream_subtitle, out_subtitles)
%tsb_snapshots(tstream_peer, out_peers)
%tsb_snapshots(tstream_reader_stats, out_readers)

%tsb_snapshot(tstream_cache_stats)
%tsb_snapshot(tstream_query_stats)
%tsb_snapshot(tstream_provider_state)
%tsb_snapshots(tstream_provider_state, out_states)
%tsb_snapshot(tstream_result)
%immutable tstream_result::id;
%immutable tstream_result::title;
%immutable tstream_result::infohash_v1;
%immutable tstream_result::infohash_v2;
%immutable tstream_result::magnet;
%immutable tstream_result::sources;

/* A cache in a struct could be closed before it is used; as an argument it cannot. */
%ignore tstream_session_options::cache;
%ignore tstream_search_options::cache;
%ignore tstream_session_open;
%ignore tstream_search_open;
%inline %{
static int tsb_session_open(const tstream_session_options *options, tstream_cache *or_null,
                            tstream_session **out_session, tstream_error *err)
{
	tstream_session_options own = *options;
	own.cache = or_null;
	return tstream_session_open(&own, out_session, err);
}

static int tsb_search_open(const tstream_search_options *options, tstream_cache *or_null,
                           tstream_search **out_search, tstream_error *err)
{
	tstream_search_options own = *options;
	own.cache = or_null;
	return tstream_search_open(&own, out_search, err);
}
%}

/* `err` is internal, see above. */
%ignore tstream_error;

/* ---- callbacks: each language has its own way, if any ---- */

%ignore tstream_set_log;
%ignore tstream_log_fn;
%ignore tstream_session_set_wakeup;
%ignore tstream_wakeup_fn;
%ignore tstream_query_set_wakeup;
%ignore tstream_resolution_set_wakeup;
%ignore tstream_search_add_provider;
%ignore tstream_provider_vtable;
%ignore tstream_request_finish; /* ends the request: a language's own code does that */

%newobject tstream_torrent_magnet_copy;
%typemap(newfree) char *tstream_torrent_magnet_copy "tstream_free($1);";

#define TSTREAM_API
%include "tstream/base.h"
%include "tstream/version.h"
%include "tstream/cache.h"
%include "tstream/session.h"
%include "tstream/torrent.h"
%include "tstream/reader.h"
%include "tstream/media.h"
%include "tstream/search.h"
%include "tstream/catalog.h"
%include "history.i"
