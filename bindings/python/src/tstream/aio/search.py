"""Searches for asyncio."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any, Iterable, Optional, Union

from tstream import capi
from tstream._object import Deadline
from tstream.aio._closing import AsyncObject
from tstream.aio._waiting import PipeWait, in_thread
from tstream.enums import ProviderStatus
from tstream.provider import Request, answer_resolve, answer_search
from tstream.search import QueryBase, SearchBase, resolved, start_resolution
from tstream.snapshots import Result


class Query(AsyncObject, QueryBase):
    """A query under way.  ``async for`` gives results as they come, until all have answered."""

    def __init__(self, search: "Search", handle: Any) -> None:
        """Made by a search, which it keeps open."""
        super().__init__(search, handle)
        self._waiting: Optional[PipeWait] = None

    def __aiter__(self) -> "Query":
        return self

    async def __anext__(self) -> Result:
        """The next torrent that is new, or that another provider has added to."""
        while True:
            code, result = self._next()
            if result is not None:
                return result
            if code == 0:
                raise StopAsyncIteration
            await self._wait(None)

    async def wait_done(self, timeout: Optional[float] = None) -> "Query":
        """Wait until every provider has answered or its time is over; gives the query.

        What has not been taken by then is in :meth:`results` only.
        """
        deadline = Deadline(timeout)
        while not self.done:
            await self._wait(deadline)
            # The wakeup rests only when there is nothing to take.
            while not self.done and self.next_nowait() is not None:
                pass
        return self

    async def _wait(self, deadline: Optional[Deadline]) -> None:
        if self._waiting is not None:
            raise RuntimeError("another task waits for this query")
        self._waiting = PipeWait(self.fileno())
        try:
            await self._waiting.wait(deadline)
        finally:
            self._waiting = None

    def close(self) -> None:
        """Cancel and forget.  A task that waits gets ClosedError."""
        if self._waiting is not None:
            self._waiting.settle()
        super().close()


class Search(AsyncObject, SearchBase):
    """Providers and a cache; see :class:`tstream.Search`::

        async with aio.Search() as search:
            search.add_archive()
            async for result in search("sintel"):
                print(result.title, result.magnet)
    """

    def add_provider(self, name: str, provider: Any, *, public: bool = False,
                     local: bool = False) -> None:
        """A provider of your own, whose methods may be coroutines; see :mod:`tstream.provider`.

        Coroutines run on the event loop that is running now.
        """
        resolve = getattr(provider, "resolve", None)
        self._add_functions(name, provider, public, local, _searcher(provider.search),
                            None if resolve is None else _resolver(resolve))

    def query(self, text: str, *, providers: Optional[Iterable[str]] = None,
              categories: Optional[Iterable[int]] = None, use_cache: bool = True) -> Query:
        """Ask all providers at the same time; see :meth:`tstream.Search.query`."""
        return Query(self, self._start(text, providers, categories, use_cache))

    __call__ = query

    async def resolve(self, result_id: str, timeout: Optional[float] = None) -> Union[str, bytes]:
        """What a result stands for: a magnet, or the bytes of a .torrent."""
        resolution = start_resolution(self, result_id, timeout)
        try:
            fd = int(capi.tstream_resolution_get_wakeup_fd(resolution))
            await PipeWait(fd).wait()
            return resolved(resolution)
        finally:
            capi.tsb_close(resolution)

    async def aclose(self) -> None:
        """As close(), without holding up the event loop."""
        await in_thread(self.close)


def _searcher(search: Any) -> Any:
    if not (inspect.isasyncgenfunction(search) or inspect.iscoroutinefunction(search)):
        return functools.partial(answer_search, search)
    return functools.partial(_hand_over, asyncio.get_running_loop(), _search_on_loop, search)


def _resolver(resolve: Any) -> Any:
    if not inspect.iscoroutinefunction(resolve):
        return functools.partial(answer_resolve, resolve)
    return functools.partial(_hand_over, asyncio.get_running_loop(), _resolve_on_loop, resolve)


#: The loop holds its tasks weakly.
_tasks: "set[asyncio.Task[None]]" = set()


def _hand_over(loop: asyncio.AbstractEventLoop, answer: Any, function: Any, handle: Any) -> None:
    """From the provider's thread to the loop; the thread is free at once."""
    request = Request(handle)

    def begin() -> None:
        task = loop.create_task(_finished(request, answer(request, function)))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    try:
        loop.call_soon_threadsafe(begin)
    except RuntimeError:  # the loop is closed
        request._finish(ProviderStatus.CANCELLED, message="the event loop has ended")


async def _finished(request: Request, answering: Any) -> None:
    try:
        await answering
    except asyncio.CancelledError:
        request._finish(ProviderStatus.CANCELLED)
        raise
    except Exception as error:  # pylint: disable=broad-except
        request._fail(error)
    else:
        request._finish()


async def _search_on_loop(request: Request, search: Any) -> None:
    if inspect.iscoroutinefunction(search):
        for found in await search(request):
            request._add(found)
        return
    async for found in search(request):
        request._add(found)


async def _resolve_on_loop(request: Request, resolve: Any) -> None:
    request._give(await resolve(request))
