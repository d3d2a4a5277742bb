"""The one place where a session's events are taken, and coroutines wait for them.

A session has one pipe that turns readable when there is an event.  While coroutines wait, their
event loop watches that pipe; nothing else does, and no thread is involved.  Loops in several
threads may share a session: whichever sees the pipe first wakes the coroutines of all.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from typing import Any, Deque, Dict, Optional, Set, Tuple

from tstream import capi
from tstream.enums import EventType
from tstream.snapshots import Event, take

#: Tags with this bit belong to the readers of tstream.aio, whose events are nobody else's.
ASYNC_TAG = 1 << 63
MAX_EVENTS = 1024

Key = Tuple[str, object]


def reader_key(tag: int) -> Key:
    return ("reader", tag)


def torrent_key(infohash: str) -> Key:
    return ("torrent", infohash)


EVENT_KEY: Key = ("event", None)


class Hub:
    """Events of one session."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._fd = int(capi.tstream_session_get_wakeup_fd(handle))
        # May be entered again by the thread that holds it: where garbage is collected, a coroutine
        # may end that stands in these lists.
        self._lock = threading.RLock()
        self._events: Deque[Event] = deque(maxlen=MAX_EVENTS)
        self._waiters: Dict[Key, Set[asyncio.Future[None]]] = {}
        self._loops: Dict[asyncio.AbstractEventLoop, Dict[asyncio.Future[None], Key]] = {}
        self._is_closed = False
        self._pid = os.getpid()
        self._last_tag = 0

    def next_tag(self) -> int:
        with self._lock:
            self._last_tag += 1
            return ASYNC_TAG | self._last_tag

    def fileno(self) -> int:
        return self._fd

    def next_event(self) -> Optional[Event]:
        """The oldest event that nobody has taken yet."""
        with self._lock:
            self._drain()
            return self._events.popleft() if self._events else None

    def drain(self) -> None:
        """Take what is queued and wake those whom it concerns."""
        with self._lock:
            if not self._is_closed:
                self._drain()

    def _drain(self) -> None:
        raw = capi.tstream_event()
        while capi.tstream_session_next_event(self._handle, raw):
            event = take(Event, raw)
            if event.type == EventType.OVERFLOW:
                self._wake_all()
            elif event.type == EventType.READABLE:
                self._wake(reader_key(event.tag))
            else:
                self._wake(torrent_key(event.infohash))
            if event.type != EventType.READABLE or not event.tag & ASYNC_TAG:
                self._events.append(event)
                self._wake(EVENT_KEY)

    def _wake(self, key: Key) -> None:
        for future in self._waiters.get(key, set()).copy():
            settle(future)

    def _wake_all(self) -> None:
        for key in self._waiters.copy():
            self._wake(key)

    def expect(self, key: Key) -> "Expectation":
        """``with hub.expect(key) as future``: what happens from now on settles the future."""
        return Expectation(self, key)

    def add(self, key: Key, future: "asyncio.Future[None]") -> None:
        loop = future.get_loop()
        with self._lock:
            if self._is_closed:
                settle(future)
                return
            self._forget_closed_loops()
            waiting = self._waiters.setdefault(key, set())
            waiting.add(future)
            watching = self._loops.setdefault(loop, {})
            watching[future] = key
            # Once more: a coroutine that was collected meanwhile may have taken them out as empty.
            self._waiters[key], self._loops[loop] = waiting, watching
            if len(watching) == 1:
                loop.add_reader(self._fd, self.drain)

    def discard(self, key: Key, future: "asyncio.Future[None]") -> None:
        loop = future.get_loop()
        with self._lock:
            self._forget(key, future)
            watching = self._loops.get(loop, {})
            watching.pop(future, None)
            if watching or self._loops.pop(loop, None) is None:
                return
            # After a fork the child has the parent's epoll: what it removes there, the parent misses.
            if os.getpid() == self._pid:
                loop.remove_reader(self._fd)

    def _forget(self, key: Key, future: "asyncio.Future[None]") -> None:
        waiting = self._waiters.get(key, set())
        waiting.discard(future)
        if not waiting:
            self._waiters.pop(key, None)

    def _forget_closed_loops(self) -> None:
        for loop in [known for known in self._loops.copy() if known.is_closed()]:
            for future, key in self._loops.pop(loop, {}).items():
                self._forget(key, future)

    def wake(self, key: Key) -> None:
        """For what this side does itself, such as closing a reader."""
        with self._lock:
            self._wake(key)

    def close(self) -> None:
        """Before the session is: afterwards the pipe's number may be another file's."""
        if os.getpid() != self._pid:  # nothing in here is the child's, nor is the lock
            return
        with self._lock:
            self._is_closed = True
            self._wake_all()
            loops, self._loops = list(self._loops), {}
        for loop in loops:
            if loop.is_closed():
                continue
            if loop is _running_loop():
                loop.remove_reader(self._fd)
            else:
                _remove_elsewhere(loop, self._fd)


class Expectation:
    """A future that stands in a hub's list while it is being waited for."""

    def __init__(self, hub: Hub, key: Key) -> None:
        self._hub, self._key = hub, key
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> "asyncio.Future[None]":
        self._hub.add(self._key, self._future)
        return self._future

    def __exit__(self, *_: object) -> None:
        self._hub.discard(self._key, self._future)


def _running_loop() -> Optional[asyncio.AbstractEventLoop]:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def settle(future: "asyncio.Future[None]") -> None:
    """Let go on who waits for it, in whatever thread that is."""
    loop = future.get_loop()
    if loop is _running_loop():
        _set_result(future)
    elif not loop.is_closed():
        try:
            loop.call_soon_threadsafe(_set_result, future)
        except RuntimeError:  # closed in between: nobody waits any more
            pass


def _set_result(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _remove_elsewhere(loop: asyncio.AbstractEventLoop, fd: int) -> None:
    """Another thread's loop must stop watching before the pipe is closed."""
    done = threading.Event()

    def remove() -> None:
        loop.remove_reader(fd)
        done.set()

    try:
        loop.call_soon_threadsafe(remove)
    except RuntimeError:  # closed in between
        return
    while loop.is_running() and not done.wait(0.05):
        pass
