"""Searches: many indexers asked at once, one list of torrents back."""

from __future__ import annotations

import functools
import threading
from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

from tstream import capi
from tstream._object import LibraryObject, microseconds, wait_patiently
from tstream.cache import Cache, seconds_to_us
from tstream.catalog import Catalog
from tstream.errors import NotReadyError
from tstream.provider import answer_resolve, answer_search
from tstream.snapshots import ProviderState, QueryStats, Result, take


class Results(NamedTuple):
    """A page of results, best first, and how many there are in all."""

    results: List[Result]
    total: int


def _states(function: Any, handle: Any) -> List[ProviderState]:
    count, raw = function(handle, 64)
    assert count <= 64  # TSTREAM_MAX_PROVIDERS
    return [take(ProviderState, state) for state in raw]


class QueryBase(LibraryObject):
    """What the queries of tstream and of tstream.aio have in common: all that never waits."""

    def __init__(self, search: "SearchBase", handle: Any) -> None:
        """Made by a search, which it keeps open."""
        self.search = search
        self._turn = threading.Lock()
        self._hold(handle)

    def _next(self) -> Tuple[int, Optional[Result]]:
        """1 and a result; TSTREAM_EAGAIN and None: none yet; 0 and None: there are no more."""
        raw = capi.tstream_result()
        # What it gives is lent until the next call.
        with self._turn:
            code = int(capi.tstream_query_next(self._handle, raw))
            return code, take(Result, raw) if code == 1 else None

    def next_nowait(self) -> Optional[Result]:
        """The next torrent that is new, or that another provider has added to; None: none now."""
        return self._next()[1]

    @property
    def done(self) -> bool:
        """True when no more results will come."""
        return bool(capi.tstream_query_is_done(self._handle))

    def results(self, offset: int = 0, limit: int = 0) -> Results:
        """What was found so far, the best first.

        :param limit: most to give; 0: all
        """
        snapshot = capi.tstream_query_get_results(self._handle, offset, limit)[1]
        found = []
        for index in range(capi.tstream_results_get_count(snapshot)):
            raw = capi.tstream_result()
            capi.tstream_results_get(snapshot, index, raw)
            found.append(take(Result, raw))
        return Results(found, int(capi.tstream_results_get_total(snapshot)))

    def providers(self) -> List[ProviderState]:
        """How each provider of this query fares."""
        return _states(capi.tstream_query_get_providers, self._handle)

    def stats(self) -> QueryStats:
        """A snapshot."""
        raw = capi.tstream_query_stats()
        capi.tstream_query_get_stats(self._handle, raw)
        return take(QueryStats, raw)

    def cancel(self) -> None:
        """Stop asking, if nobody else waits for the same; what was found stays."""
        capi.tstream_query_cancel(self._handle)

    def fileno(self) -> int:
        """The wakeup: poll it for input, then take results until there is none."""
        return int(capi.tstream_query_get_wakeup_fd(self._handle))


class Query(QueryBase):
    """A query under way.  Iterating gives results as they come, until all have answered."""

    def wait(self, timeout: Optional[float] = None) -> None:
        """Wait until there is something to take, or the query is done."""
        handle = self._handle
        wait_patiently(lambda left_us: capi.tstream_query_wait(handle, left_us), timeout)

    def wait_done(self, timeout: Optional[float] = None) -> "Query":
        """Wait until every provider has answered or its time is over; gives the query."""
        handle = self._handle
        wait_patiently(lambda left_us: capi.tstream_query_wait_done(handle, left_us), timeout)
        return self

    def __iter__(self) -> Iterator[Result]:
        while True:
            code, result = self._next()
            if result is not None:
                yield result
            elif code == 0:
                return
            else:
                self.wait()


class SearchBase(LibraryObject):
    """What the searches of tstream and of tstream.aio have in common: all that never waits."""

    def __init__(self, *, cache: Optional[Cache] = None,
                 provider_timeout: Optional[float] = None, timeout: Optional[float] = None,
                 complete_ttl: Optional[float] = None, partial_ttl: Optional[float] = None,
                 breaker: Optional[float] = None, breaker_failures: int = 0,
                 max_queries: int = 0) -> None:
        """A search without providers; None and 0 mean the library's defaults, times are seconds.

        :param cache: where answers are kept
        :param provider_timeout: for one provider's answer
        :param timeout: for a whole query
        :param complete_ttl: how long an answer of all providers is cached
        :param partial_ttl: how long one that some are missing from is cached
        :param breaker: how long a provider that keeps failing is left alone at first
        """
        options = capi.tstream_search_options()
        options.provider_timeout_us = seconds_to_us(provider_timeout)
        options.timeout_us = seconds_to_us(timeout)
        options.complete_ttl_us = seconds_to_us(complete_ttl)
        options.partial_ttl_us = seconds_to_us(partial_ttl)
        options.breaker_us = seconds_to_us(breaker)
        options.breaker_failures = breaker_failures
        options.max_queries = max_queries
        opened = capi.tsb_search_open(options, None if cache is None else cache._handle)
        self._hold(opened[1], root=True)

    def add_torznab(self, name: str, url: str, api_key: Optional[str] = None) -> None:
        """A Torznab indexer: Jackett, Prowlarr, NZBHydra2, bitmagnet."""
        capi.tstream_search_add_torznab(self._handle, name, url, api_key)

    def add_archive(self, name: str = "archive", url: Optional[str] = None) -> None:
        """The Internet Archive."""
        capi.tstream_search_add_archive(self._handle, name, url)

    def add_feed(self, name: str, url: str) -> None:
        """An RSS or Atom feed; where ``{searchTerms}`` stands, the query goes."""
        capi.tstream_search_add_feed(self._handle, name, url)

    def add_catalog(self, name: str, catalog: Catalog) -> None:
        """A catalogue, which the search holds open."""
        capi.tstream_search_add_catalog(self._handle, name, catalog._handle)

    def remove_provider(self, name: str) -> None:
        """Take a provider out; queries that asked it get it as cancelled."""
        capi.tstream_search_remove_provider(self._handle, name)

    def providers(self) -> List[ProviderState]:
        """All providers by themselves, in the order they were added."""
        return _states(capi.tstream_search_get_providers, self._handle)

    def _add_functions(self, name: str, provider: Any, public: bool, local: bool, search: Any,
                       resolve: Any) -> None:
        flags = capi.TSTREAM_PROVIDER_BLOCKING
        if public:
            flags |= capi.TSTREAM_PROVIDER_PUBLIC
        if local:
            flags |= capi.TSTREAM_PROVIDER_LOCAL
        capi.tsb_search_add_provider(self._handle, name, getattr(provider, "kind", "python"),
                                     flags, search, resolve)

    def _start(self, text: str, providers: Optional[Iterable[str]],
               categories: Optional[Iterable[int]], use_cache: bool) -> Any:
        options = capi.tstream_query_options()
        options.flags = 0 if use_cache else capi.TSTREAM_QUERY_NO_CACHE
        options.providers = None if providers is None else ",".join(providers)
        options.categories = None if categories is None else ",".join(map(str, categories))
        return capi.tstream_search_start(self._handle, text, options)[1]


class Search(SearchBase):
    """Providers and a cache::

        with tstream.Search() as search:
            search.add_archive()
            for result in search("sintel"):
                print(result.title, result.magnet)
    """

    def add_provider(self, name: str, provider: Any, *, public: bool = False,
                     local: bool = False) -> None:
        """A provider of your own; see :mod:`tstream.provider`.

        :param public: its magnets hold no secrets and may be cached
        :param local: it answers at once, of what this process knows, and is not cached
        """
        resolve = getattr(provider, "resolve", None)
        self._add_functions(
            name, provider, public, local, functools.partial(answer_search, provider.search),
            None if resolve is None else functools.partial(answer_resolve, resolve))

    def query(self, text: str, *, providers: Optional[Iterable[str]] = None,
              categories: Optional[Iterable[int]] = None, use_cache: bool = True) -> Query:
        """Ask all providers at the same time; never waits.

        :param providers: only these, by name
        :param categories: only these, as Newznab numbers; one holds its subcategories
        :param use_cache: False asks anew
        """
        return Query(self, self._start(text, providers, categories, use_cache))

    __call__ = query

    def resolve(self, result_id: str, timeout: Optional[float] = None) -> Union[str, bytes]:
        """What a result stands for: a magnet, or the bytes of a .torrent.

        :param result_id: the ``id`` of a result of this search
        :param timeout: seconds; None: the library's default
        """
        resolution = start_resolution(self, result_id, timeout)
        wait_patiently(lambda left_us: capi.tstream_resolution_wait(resolution, left_us), None)
        return resolved(resolution)


def start_resolution(search: SearchBase, result_id: str, timeout: Optional[float]) -> Any:
    """The handle of a resolution under way."""
    timeout_us = 0 if timeout is None else microseconds(timeout)
    return capi.tstream_search_resolve(search._handle, result_id, timeout_us)[1]


def resolved(resolution: Any) -> Union[str, bytes]:
    """What a resolution that is done gave; raises why it failed."""
    _, magnet, data = capi.tstream_resolution_get(resolution)
    if magnet is None and data is None:
        raise NotReadyError
    return bytes(data) if magnet is None else str(magnet)
