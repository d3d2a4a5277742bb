"""What all classes share that hold an object of the library."""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
import weakref
from types import TracebackType
from typing import Any, Callable, Optional, Type, TypeVar

from tstream import capi
from tstream.errors import ClosedError, TimedOutError

_Self = TypeVar("_Self", bound="LibraryObject")

#: No wait in the main thread is longer, so that Ctrl-C is heard.
SLICE_S = 0.1
#: Nothing is longer than that in C, where microseconds are counted: 300 years.
MAX_S = 1e10

#: What must be closed while the interpreter still works: these have threads of their own.
_roots: "weakref.WeakSet[LibraryObject]" = weakref.WeakSet()


class LibraryObject:
    """Holds one object of the library.

    Every method may be called from any thread, also while another thread is closing it: the
    raw module counts the calls under way and destroys the object after the last of them.
    """

    _handle: Any = None

    def _hold(self, handle: Any, root: bool = False) -> None:
        self._handle = handle
        if root:
            _roots.add(self)

    @property
    def closed(self) -> bool:
        """True after close(), and in a child process after a fork."""
        return self._is_closed()

    def _is_closed(self) -> bool:
        return self._handle is None or not capi.tsb_is_open(self._handle)

    def close(self) -> None:
        """Let go of it now rather than when the last reference is gone.  Twice is fine."""
        if self._handle is not None:
            capi.tsb_close(self._handle)

    def __enter__(self: _Self) -> _Self:
        if self.closed:
            raise ClosedError(f"{type(self).__name__} is closed")
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()


def _close_roots() -> None:
    for root in list(_roots):
        root.close()
    capi.tsb_providers_end()


# After threading has joined its threads, before modules are torn down.
atexit.register(_close_roots)


def microseconds(seconds: Optional[float]) -> int:
    """None and infinity are for ever, which is negative in C."""
    if seconds is None or seconds == math.inf:
        return -1
    return max(0, int(min(seconds, MAX_S) * 1_000_000))


def path_bytes(path: "str | bytes | os.PathLike[Any]") -> bytes:
    """A path as the library takes it, names that are no UTF-8 included."""
    return os.fsencode(path)


class Deadline:
    """How much of a timeout is left; None never ends."""

    def __init__(self, timeout: Optional[float]) -> None:
        self._end = None if timeout is None else time.monotonic() + min(timeout, MAX_S)

    def left(self) -> Optional[float]:
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def has_passed(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end


def wait_patiently(wait: Callable[[int], Any], timeout: Optional[float]) -> None:
    """Call wait(microseconds) until it returns or the time is over.

    In the main thread in slices, because a signal's handler runs between two of them.
    """
    deadline = Deadline(timeout)
    if threading.current_thread() is not threading.main_thread():
        wait(microseconds(timeout))
        return
    while True:
        left = deadline.left()
        slice_s = SLICE_S if left is None else min(left, SLICE_S)
        begun = time.monotonic()
        try:
            wait(microseconds(slice_s))
            return
        except TimedOutError:
            # Sooner than asked for: a limit of the library's own has passed.
            if deadline.has_passed() or time.monotonic() - begun < slice_s * 0.9:
                raise
