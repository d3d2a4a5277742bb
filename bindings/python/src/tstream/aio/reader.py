"""Readers for asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Callable, Optional, TypeVar

from tstream._hub import Hub, reader_key
from tstream._object import Deadline
from tstream.aio._closing import AsyncObject
from tstream.aio._waiting import wait_for
from tstream.reader import CHUNK_BYTES, ReaderBase

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from tstream.aio.torrent import Torrent

_T = TypeVar("_T")


class Reader(AsyncObject, ReaderBase):
    """One file of a torrent, read as if it were on disk.  One task at a time reads."""

    def __init__(self, torrent: "Torrent", file_index: int, *, hub: Hub, start: int = 0,
                 end: Optional[int] = None, readahead: int = 0,
                 timeout: Optional[float] = None) -> None:
        """Made by :meth:`Torrent.reader`; keeps the torrent open."""
        #: seconds that one read may wait; None: for ever
        self.timeout = timeout
        self._hub = hub
        super().__init__(torrent, file_index, start=start, end=end, readahead=readahead,
                         tag=hub.next_tag())

    async def read(self, size: int = -1) -> bytes:
        """At most size bytes, at least one; b"" is the end.  Without a size: all to the end."""
        if size is None or size < 0:
            return await self._read_all()
        return await self._until(lambda: self.read_nowait(size))

    async def _read_all(self) -> bytes:
        begin = self.tell()
        try:
            return b"".join([part async for part in self])
        except asyncio.CancelledError:
            if not self.closed:
                self.seek(begin)
            raise

    async def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill at most the buffer, at least one byte; 0 is the end of the file."""
        return await self._until(lambda: self.readinto_nowait(buffer))

    async def _until(self, attempt: Callable[[], Optional[_T]]) -> _T:
        # A file that is all here must not keep the loop from everybody else.  Before the attempt,
        # because what was read would be lost with a task that is cancelled here.
        await asyncio.sleep(0)
        result = attempt()
        deadline = Deadline(self.timeout)
        while result is None:
            with self._hub.expect(reader_key(self.tag)) as future:
                # Once more: it may have turned readable before it stood in the list.
                result = attempt()
                if result is None:
                    await wait_for(future, deadline, f"no bytes within {self.timeout} s")
                    result = attempt()
        return result

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> bytes:
        """Parts of at most 256 KiB, to the end."""
        if data := await self.read(CHUNK_BYTES):
            return data
        raise StopAsyncIteration

    def close(self) -> None:
        """Drop the window.  Tasks that wait for it get ClosedError."""
        super().close()
        self._hub.wake(reader_key(self.tag))
