"""Waiting with a time limit, and letting a thread do what may block."""

from __future__ import annotations

import asyncio
import functools
import os
from typing import Any, Callable, Optional, TypeVar

from tstream._hub import settle
from tstream._object import Deadline
from tstream.errors import TimedOutError

_T = TypeVar("_T")


async def wait_for(future: "asyncio.Future[None]", deadline: Deadline, what: str) -> None:
    """Wait for a future of a hub; TimedOutError when the time is over."""
    left = deadline.left()
    if left is None:
        await future
        return
    done, _ = await asyncio.wait((future,), timeout=left)
    if not done:
        raise TimedOutError(what)


async def in_thread(function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
    """For calls that may take a while but never wait for the swarm."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(function, *arguments, **options))


def sooner(one: Optional[float], other: Optional[float]) -> Optional[float]:
    """The shorter of two times, None being for ever."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


class PipeWait:
    """Waits once until a pipe is readable, or somebody settles it."""

    def __init__(self, fd: int) -> None:
        # Its own, because the pipe may be closed first, and its number be another file's then.
        self._fd = os.dup(fd)
        self._pid = os.getpid()
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    async def wait(self, deadline: Optional[Deadline] = None) -> None:
        try:
            self._loop.add_reader(self._fd, self.settle)
            await wait_for(self._future, deadline or Deadline(None), "not done in time")
        finally:
            # After a fork the child has the parent's epoll; see Hub.discard().
            if os.getpid() == self._pid:
                self._loop.remove_reader(self._fd)
            os.close(self._fd)

    def settle(self) -> None:
        """Let go on who waits; any thread."""
        settle(self._future)
