"""The search half of the C API through ctypes: structs as in include/tstream/search.h.

Times are seconds on this side and microseconds on the other; strings are str.
"""

import ctypes
import os
import sys
from ctypes import CFUNCTYPE, POINTER, byref, c_char, c_char_p, c_int, c_int32, c_int64
from ctypes import c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from clibrary import (  # noqa: E402, F401
    EACCES, EAGAIN, EBUSY, ECANCELED, EINVAL, ELIMIT, ENET, ENOENT, ENOMEM, ENOTSUP, EREFUSED,
    ETIMEDOUT, ErrorStruct, Struct)
from clibrary import TstreamError as Error  # noqa: E402

(WAITING, OK, PARTIAL, TIMEOUT, AUTH, THROTTLED, PARSE, CANCELLED, BREAKER_OPEN, NETWORK,
 REFUSED, UNSUPPORTED) = range(12)
NO_CACHE = 1
BLOCKING, PUBLIC, LOCAL = 1, 2, 4


class SearchOptions(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("cache", c_void_p),
        ("provider_timeout_us", c_int64), ("timeout_us", c_int64), ("complete_ttl_us", c_int64),
        ("partial_ttl_us", c_int64), ("breaker_us", c_int64), ("breaker_failures", c_uint32),
        ("max_queries", c_uint32),
    ]


class ProviderState(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("status", c_int32), ("name", c_char * 64),
        ("kind", c_char * 16), ("origin", c_char * 128), ("elapsed_us", c_int64),
        ("retry_after_us", c_int64), ("result_count", c_uint32), ("is_breaker_open", c_uint32),
        ("asked_count", c_uint64), ("failed_count", c_uint64), ("message", c_char * 256),
    ]


class QueryOptions(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("providers", c_char_p),
        ("categories", c_char_p),
    ]


class ResultStruct(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("category", c_uint32), ("id", c_char_p), ("title", c_char_p),
        ("infohash_v1", c_char_p), ("infohash_v2", c_char_p), ("magnet", c_char_p),
        ("sources", c_char_p), ("size", c_int64), ("seeders", c_int64), ("leechers", c_int64),
        ("published_s", c_int64),
    ]


class QueryStats(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("is_done", c_uint32), ("is_complete", c_uint32),
        ("is_cached", c_uint32), ("provider_count", c_uint32), ("waiting_count", c_uint32),
        ("result_count", c_uint32), ("dropped_count", c_uint32), ("elapsed_us", c_int64),
    ]


class FoundStruct(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("category", c_uint32), ("title", c_char_p),
        ("infohash", c_char_p), ("magnet", c_char_p), ("link", c_char_p), ("reference", c_char_p),
        ("size", c_int64), ("seeders", c_int64), ("leechers", c_int64), ("published_s", c_int64),
    ]


REQUEST_FN = CFUNCTYPE(None, c_void_p, c_void_p)
CLOSE_FN = CFUNCTYPE(None, c_void_p)
LOG_FN = CFUNCTYPE(None, c_void_p, c_int, c_char_p)


class Vtable(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("kind", c_char_p),
        ("search", REQUEST_FN), ("resolve", REQUEST_FN), ("cancel", REQUEST_FN),
        ("close", CLOSE_FN),
    ]


def _library():
    library = ctypes.CDLL(os.environ["TSTREAM_LIBRARY"])
    err = POINTER(ErrorStruct)

    def declare(name, result, *arguments):
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)

    declare("tstream_search_open", c_int, POINTER(SearchOptions), POINTER(c_void_p), err)
    declare("tstream_search_close", None, c_void_p)
    declare("tstream_search_add_torznab", c_int, c_void_p, c_char_p, c_char_p, c_char_p, err)
    declare("tstream_search_add_archive", c_int, c_void_p, c_char_p, c_char_p, err)
    declare("tstream_search_add_feed", c_int, c_void_p, c_char_p, c_char_p, err)
    declare("tstream_search_add_provider", c_int, c_void_p, c_char_p, POINTER(Vtable), c_void_p, err)
    declare("tstream_search_remove_provider", c_int, c_void_p, c_char_p)
    declare("tstream_search_get_providers", c_size_t, c_void_p, POINTER(ProviderState), c_size_t)
    declare("tstream_provider_status_name", c_char_p, c_int)
    declare("tstream_search_start", c_int, c_void_p, c_char_p, POINTER(QueryOptions),
            POINTER(c_void_p), err)
    for name in ("cancel", "close"):
        declare(f"tstream_query_{name}", None, c_void_p)
    declare("tstream_query_next", c_int, c_void_p, POINTER(ResultStruct))
    declare("tstream_query_get_wakeup_fd", c_int, c_void_p)
    declare("tstream_query_wait", c_int, c_void_p, c_int64)
    declare("tstream_query_wait_done", c_int, c_void_p, c_int64)
    declare("tstream_query_is_done", c_int, c_void_p)
    declare("tstream_query_get_stats", c_int, c_void_p, POINTER(QueryStats))
    declare("tstream_query_get_providers", c_size_t, c_void_p, POINTER(ProviderState), c_size_t)
    declare("tstream_query_get_results", c_int, c_void_p, c_size_t, c_size_t, POINTER(c_void_p))
    declare("tstream_results_get_count", c_size_t, c_void_p)
    declare("tstream_results_get_total", c_size_t, c_void_p)
    declare("tstream_results_get", c_int, c_void_p, c_size_t, POINTER(ResultStruct))
    declare("tstream_results_free", None, c_void_p)
    declare("tstream_search_resolve", c_int, c_void_p, c_char_p, c_int64, POINTER(c_void_p), err)
    declare("tstream_resolution_wait", c_int, c_void_p, c_int64)
    declare("tstream_resolution_get_wakeup_fd", c_int, c_void_p)
    declare("tstream_resolution_get", c_int, c_void_p, POINTER(c_char_p), POINTER(c_void_p),
            POINTER(c_size_t), err)
    declare("tstream_resolution_close", None, c_void_p)
    declare("tstream_request_get_text", c_char_p, c_void_p)
    declare("tstream_request_get_reference", c_char_p, c_void_p)
    declare("tstream_request_get_remaining_us", c_int64, c_void_p)
    declare("tstream_request_is_cancelled", c_int, c_void_p)
    declare("tstream_request_add", c_int, c_void_p, POINTER(FoundStruct))
    declare("tstream_request_give_magnet", c_int, c_void_p, c_char_p)
    declare("tstream_request_finish", None, c_void_p, c_int, c_int64, c_char_p)
    declare("tstream_cache_open", c_int, c_char_p, c_void_p, POINTER(c_void_p), err)
    declare("tstream_cache_close", None, c_void_p)
    declare("tstream_cache_get_copy", c_int, c_void_p, c_char_p, POINTER(c_void_p),
            POINTER(c_size_t))
    declare("tstream_free", None, c_void_p)
    declare("tstream_set_log", None, LOG_FN, c_void_p)
    return library


lib = _library()


def _check(code, err):
    if code < 0:
        raise Error(code, err.message.decode())


def _bytes(text):
    return text.encode() if isinstance(text, str) else text


def _us(seconds):
    return -1 if seconds is None else round(seconds * 1_000_000)


class Result:
    """One torrent, copied."""

    def __init__(self, raw):
        for name in ("id", "title", "infohash_v1", "infohash_v2", "magnet", "sources"):
            value = getattr(raw, name)
            setattr(self, name, value if value is None else value.decode())
        self.sources = self.sources.split(",")
        for name in ("category", "size", "seeders", "leechers", "published_s"):
            setattr(self, name, getattr(raw, name))

    def __repr__(self):
        return f"Result({vars(self)})"


class State:
    """How one provider fared, copied."""

    def __init__(self, raw):
        for name, _ in ProviderState._fields_[1:]:
            value = getattr(raw, name)
            setattr(self, name, value.decode() if isinstance(value, bytes) else value)

    def __repr__(self):
        return f"State({vars(self)})"


def _states(function, pointer):
    array = (ProviderState * 64)()
    array[0].struct_size = ctypes.sizeof(ProviderState)
    count = function(pointer, array, 64)
    return [State(array[i]) for i in range(min(count, 64))]


class Cache:
    def __init__(self, url="memory:"):
        err, pointer = ErrorStruct(), c_void_p()
        _check(lib.tstream_cache_open(url.encode(), None, byref(pointer), byref(err)), err)
        self.pointer = pointer

    def get(self, key):
        value, size = c_void_p(), c_size_t()
        if lib.tstream_cache_get_copy(self.pointer, key.encode(), byref(value), byref(size)):
            return None
        copy = ctypes.string_at(value, size.value)
        lib.tstream_free(value)
        return copy

    def close(self):
        pointer, self.pointer = self.pointer, None
        lib.tstream_cache_close(pointer)


class Search:
    def __init__(self, cache=None, provider_timeout=3, timeout=5, **options):
        err, pointer = ErrorStruct(), c_void_p()
        raw = SearchOptions(cache=cache.pointer if cache else None,
                            provider_timeout_us=_us(provider_timeout), timeout_us=_us(timeout),
                            **options)
        _check(lib.tstream_search_open(byref(raw), byref(pointer), byref(err)), err)
        self.pointer = pointer
        self._kept = []

    def close(self):
        pointer, self.pointer = self.pointer, None
        lib.tstream_search_close(pointer)

    def add_torznab(self, name, url, key=None):
        err = ErrorStruct()
        _check(lib.tstream_search_add_torznab(self.pointer, _bytes(name), _bytes(url), _bytes(key),
                                              byref(err)), err)

    def add_archive(self, name, url):
        err = ErrorStruct()
        _check(lib.tstream_search_add_archive(self.pointer, _bytes(name), _bytes(url), byref(err)),
               err)

    def add_feed(self, name, url):
        err = ErrorStruct()
        _check(lib.tstream_search_add_feed(self.pointer, _bytes(name), _bytes(url), byref(err)),
               err)

    def add_provider(self, name, provider, flags=0):
        """provider: an object with search(request) and maybe resolve, cancel, close."""
        def wrap(method, kind):
            function = getattr(provider, method, None)
            if function is None:
                return kind()
            return kind((lambda _: function()) if kind is CLOSE_FN
                        else (lambda _, request: function(Request(request))))

        err = ErrorStruct()
        table = Vtable(flags=flags, kind=b"test", search=wrap("search", REQUEST_FN),
                       resolve=wrap("resolve", REQUEST_FN), cancel=wrap("cancel", REQUEST_FN),
                       close=wrap("close", CLOSE_FN))
        self._kept.append(table)
        _check(lib.tstream_search_add_provider(self.pointer, _bytes(name), byref(table), None,
                                               byref(err)), err)

    def remove(self, name):
        return lib.tstream_search_remove_provider(self.pointer, _bytes(name))

    def providers(self):
        return _states(lib.tstream_search_get_providers, self.pointer)

    def start(self, text, flags=0, providers=None, categories=None):
        err, pointer = ErrorStruct(), c_void_p()
        options = QueryOptions(flags=flags, providers=_bytes(providers),
                               categories=_bytes(categories))
        _check(lib.tstream_search_start(self.pointer, _bytes(text), byref(options), byref(pointer),
                                        byref(err)), err)
        return Query(pointer)

    def ask(self, text, **options):
        """Ask and wait; the query, done."""
        query = self.start(text, **options)
        query.wait_done(30)
        return query

    def resolve(self, identifier, timeout=10):
        """A magnet as str or a .torrent as bytes."""
        resolution = self.start_resolving(identifier, timeout)
        try:
            resolution.wait(timeout + 20)
            return resolution.get()
        finally:
            resolution.close()

    def start_resolving(self, identifier, timeout=10):
        err, pointer = ErrorStruct(), c_void_p()
        _check(lib.tstream_search_resolve(self.pointer, _bytes(identifier), _us(timeout),
                                          byref(pointer), byref(err)), err)
        return Resolution(pointer)


class Query:
    def __init__(self, pointer):
        self.pointer = pointer

    def close(self):
        pointer, self.pointer = self.pointer, None
        if pointer:
            lib.tstream_query_close(pointer)

    __del__ = close

    def cancel(self):
        lib.tstream_query_cancel(self.pointer)

    def next(self):
        """A Result; None at the end; EAGAIN."""
        raw = ResultStruct()
        code = lib.tstream_query_next(self.pointer, byref(raw))
        if code == 1:
            return Result(raw)
        if code not in (0, EAGAIN):
            raise Error(code)
        return EAGAIN if code else None

    def wait(self, seconds):
        return lib.tstream_query_wait(self.pointer, _us(seconds))

    def wait_done(self, seconds):
        if lib.tstream_query_wait_done(self.pointer, _us(seconds)):
            raise Error(ETIMEDOUT, "the query is not done")

    def fd(self):
        return lib.tstream_query_get_wakeup_fd(self.pointer)

    def is_done(self):
        return lib.tstream_query_is_done(self.pointer) == 1

    def stats(self):
        raw = QueryStats()
        _check(lib.tstream_query_get_stats(self.pointer, byref(raw)), ErrorStruct())
        return raw

    def providers(self):
        return _states(lib.tstream_query_get_providers, self.pointer)

    def status(self, name=None):
        return next(state for state in self.providers() if name in (None, state.name))

    def page(self, offset=0, limit=0):
        pointer = c_void_p()
        _check(lib.tstream_query_get_results(self.pointer, offset, limit, byref(pointer)),
               ErrorStruct())
        found = []
        for index in range(lib.tstream_results_get_count(pointer)):
            raw = ResultStruct()
            assert lib.tstream_results_get(pointer, index, byref(raw)) == 0
            found.append(Result(raw))
        total = lib.tstream_results_get_total(pointer)
        lib.tstream_results_free(pointer)
        return found, total

    def results(self):
        return self.page()[0]


class Resolution:
    def __init__(self, pointer):
        self.pointer = pointer

    def wait(self, seconds):
        if lib.tstream_resolution_wait(self.pointer, _us(seconds)):
            raise Error(ETIMEDOUT, "not resolved")

    def fd(self):
        return lib.tstream_resolution_get_wakeup_fd(self.pointer)

    def get(self):
        err, magnet, data, size = ErrorStruct(), c_char_p(), c_void_p(), c_size_t()
        _check(lib.tstream_resolution_get(self.pointer, byref(magnet), byref(data), byref(size),
                                          byref(err)), err)
        return magnet.value.decode() if magnet else ctypes.string_at(data, size.value)

    def close(self):
        pointer, self.pointer = self.pointer, None
        lib.tstream_resolution_close(pointer)


class Request:
    """A request as a provider of ours gets it."""

    def __init__(self, pointer):
        self.pointer = c_void_p(pointer)

    def text(self):
        return lib.tstream_request_get_text(self.pointer).decode()

    def reference(self):
        return lib.tstream_request_get_reference(self.pointer).decode()

    def is_cancelled(self):
        return lib.tstream_request_is_cancelled(self.pointer) == 1

    def add(self, title, **fields):
        values = {"size": -1, "seeders": -1, "leechers": -1, "published_s": -1}
        values.update({name: _bytes(value) for name, value in fields.items()})
        return lib.tstream_request_add(self.pointer, byref(FoundStruct(title=_bytes(title),
                                                                       **values)))

    def give_magnet(self, magnet):
        return lib.tstream_request_give_magnet(self.pointer, _bytes(magnet))

    def finish(self, status=OK, retry_after=0, message=None):
        lib.tstream_request_finish(self.pointer, status, _us(retry_after), _bytes(message))
