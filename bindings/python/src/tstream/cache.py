"""What was found once, kept for the next time it is asked for."""

from __future__ import annotations

from typing import Optional

from tstream import capi
from tstream._object import MAX_S, LibraryObject
from tstream.errors import NotFoundError
from tstream.snapshots import CacheStats, take


def seconds_to_us(seconds: Optional[float]) -> int:
    """0, the library's default, for None."""
    return 0 if seconds is None else int(min(seconds, MAX_S) * 1_000_000)


class Cache(LibraryObject):
    """A cache in memory or in Redis, for searches, sessions and things of your own.

    It is never needed: everything that uses one goes on without it.  A store that cannot be
    reached raises NetworkError at once and is tried again in the background.
    """

    def __init__(self, url: str = "memory:", *, max_bytes: int = 0, max_value_bytes: int = 0,
                 connect_timeout: Optional[float] = None,
                 command_timeout: Optional[float] = None, retry: Optional[float] = None) -> None:
        """Open a cache; 0 and None mean the library's defaults, times are seconds.

        :param url: ``memory:``, ``memory:?bytes=N`` or ``redis://user:password@host:port/db``
        """
        options = capi.tstream_cache_options()
        options.max_bytes = max_bytes
        options.max_value_bytes = max_value_bytes
        options.connect_timeout_us = seconds_to_us(connect_timeout)
        options.command_timeout_us = seconds_to_us(command_timeout)
        options.retry_us = seconds_to_us(retry)
        self._hold(capi.tstream_cache_open(url, options)[1], root=True)

    def get(self, key: str) -> Optional[bytes]:
        """The value, or None if there is none, or its time is over."""
        try:
            return bytes(capi.tstream_cache_get_copy(self._handle, key)[1])
        except NotFoundError:
            return None

    def put(self, key: str, value: bytes, ttl: Optional[float] = None) -> None:
        """Keep a value.

        :param ttl: seconds that it is good for; None: as long as there is room
        """
        capi.tstream_cache_put(self._handle, key, value, seconds_to_us(ttl))

    def remove(self, key: str) -> None:
        """Forget a value, if there is one."""
        capi.tstream_cache_remove(self._handle, key)

    def stats(self) -> CacheStats:
        """A snapshot; does not ask the store."""
        raw = capi.tstream_cache_stats()
        capi.tstream_cache_get_stats(self._handle, raw)
        return take(CacheStats, raw)
