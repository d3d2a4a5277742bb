"""Readers: one file of a torrent, read as if it were on disk."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, Any, NoReturn, Optional

from tstream import capi
from tstream._object import SLICE_S, Deadline, LibraryObject, microseconds
from tstream.errors import ClosedError, InvalidError, TimedOutError, from_code
from tstream.snapshots import ReaderStats, take

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

    from tstream.torrent import TorrentBase

#: What one step of reading everything takes.
CHUNK_BYTES = 256 * 1024


class ReaderBase(LibraryObject):
    """What the readers of tstream and of tstream.aio have in common: all that never waits."""

    def __init__(self, torrent: "TorrentBase", file_index: int, *, start: int,
                 end: Optional[int], readahead: int, tag: int) -> None:
        """Made by :meth:`Torrent.reader`; keeps the torrent open."""
        options = capi.tstream_reader_options()
        options.start_offset = start
        options.end_offset = _end_offset(start, end)
        options.readahead_bytes = readahead
        options.tag = tag
        opened = capi.tstream_reader_open(_handle_of(torrent), _checked_index(file_index), options)
        self.torrent = torrent
        self.file_index = file_index
        self.tag = tag
        self._is_empty = end is not None and end <= start
        # The library lets one thread at a time use a reader.
        self._turn = threading.Lock()
        self._hold(opened[1])

    def readinto_nowait(self, buffer: "WriteableBuffer") -> Optional[int]:
        """Read what is here already: the count, 0 at the end, None for not yet."""
        with self._turn:
            return self._readinto_nowait(buffer)

    def _readinto_nowait(self, buffer: "WriteableBuffer") -> Optional[int]:
        if self._is_empty:
            return 0
        count = int(capi.tstream_reader_read(self._handle, buffer))
        if count >= 0:
            return count
        if count == capi.TSTREAM_EAGAIN:
            return None
        raise from_code(count)

    def read_nowait(self, size: int = CHUNK_BYTES) -> Optional[bytes]:
        """At most size bytes that are here already, b"" at the end, None for not yet."""
        with self._turn:
            if self._is_empty:
                return b""
            count, data = capi.tsb_reader_read_bytes(self._handle, size)
        if count == capi.TSTREAM_EAGAIN:
            return None
        if count < 0:
            raise from_code(int(count))
        return bytes(data)

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        return int(capi.tstream_reader_get_size(self._handle))

    @property
    def available(self) -> int:
        """How many bytes from the cursor on could be read without waiting."""
        return int(capi.tstream_reader_get_available(self._handle))

    def tell(self) -> int:
        """The cursor, in bytes from the start of the file."""
        return int(capi.tstream_reader_tell(self._handle))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the cursor; the window of pieces that are fetched follows at once."""
        if whence == os.SEEK_CUR:
            offset += self.tell()
        elif whence == os.SEEK_END:
            offset += self.size
        elif whence != os.SEEK_SET:
            raise InvalidError(f"whence is {whence}")
        if not 0 <= offset < 1 << 63:
            raise InvalidError(f"cannot seek to {offset}")
        with self._turn:
            return int(capi.tstream_reader_seek(self._handle, offset))

    def cancel(self) -> None:
        """From now on reading raises CanceledError, also where it waits now; any thread."""
        capi.tstream_reader_cancel(self._handle)

    def stats(self) -> ReaderStats:
        """How it is doing; any thread."""
        raw = capi.tstream_reader_stats()
        capi.tstream_reader_get_stats(self._handle, raw)
        return take(ReaderStats, raw)


class Reader(ReaderBase, io.RawIOBase):
    """A seekable binary stream over one file of a torrent.

    Reading waits until the bytes are here and verified, at most :attr:`timeout` seconds, with
    the interpreter's lock released.  ``io.BufferedReader``, ``shutil.copyfileobj``, ``zipfile``
    and whatever else takes a binary file take it.
    """

    def __init__(self, torrent: "TorrentBase", file_index: int, *, start: int = 0,
                 end: Optional[int] = None, readahead: int = 0, tag: int = 0,
                 timeout: Optional[float] = None) -> None:
        """Made by :meth:`Torrent.reader`; keeps the torrent open."""
        #: seconds that one read may wait; None: for ever
        self.timeout = timeout
        super().__init__(torrent, file_index, start=start, end=end, readahead=readahead, tag=tag)

    def readable(self) -> bool:
        """True."""
        self._check_open()
        return True

    def seekable(self) -> bool:
        """True."""
        self._check_open()
        return True

    def write(self, buffer: "ReadableBuffer") -> NoReturn:
        """Raises io.UnsupportedOperation."""
        raise io.UnsupportedOperation("a torrent's file cannot be written")

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill at most the buffer, at least one byte; 0 is the end of the file."""
        with self._turn:
            deadline = Deadline(self.timeout)
            while True:
                count = self._readinto_nowait(buffer)
                if count is not None:
                    return count
                self._wait(deadline)

    def read(self, size: Optional[int] = -1) -> bytes:
        """At most size bytes, at least one; b"" is the end.  Without a size: all to the end."""
        if size is None or size < 0:
            return self.readall()
        with self._turn:
            if self._is_empty:
                return b""
            deadline = Deadline(self.timeout)
            while True:
                count, data = capi.tsb_reader_read_bytes(self._handle, size)
                if count >= 0:
                    return bytes(data)
                if count != capi.TSTREAM_EAGAIN:
                    raise from_code(int(count))
                self._wait(deadline)

    def readall(self) -> bytes:
        """All bytes to the end of the file."""
        parts = []
        while part := self.read(CHUNK_BYTES):
            parts.append(part)
        return b"".join(parts)

    def wait(self, timeout: Optional[float] = None) -> None:
        """Wait until a read would not wait.

        :param timeout: seconds; None: for ever
        """
        with self._turn:
            deadline = Deadline(timeout)
            while not self._wait_slice(deadline):
                if deadline.has_passed():
                    raise TimedOutError("the bytes did not come in time")

    def _wait(self, deadline: Deadline) -> None:
        if not self._wait_slice(deadline) and deadline.has_passed():
            raise TimedOutError(f"no bytes at {self.tell()} within {self.timeout} s")

    def _wait_slice(self, deadline: Deadline) -> bool:
        """Not for long in the main thread, because signals' handlers run in between."""
        left = deadline.left()
        if threading.current_thread() is threading.main_thread():
            left = SLICE_S if left is None else min(left, SLICE_S)
        try:
            capi.tstream_reader_wait(self._handle, microseconds(left))
        except TimedOutError:
            return False
        return True

    def close(self) -> None:
        """Drop the window.  A read that waits in another thread raises CanceledError."""
        ReaderBase.close(self)
        io.RawIOBase.close(self)

    @property
    def closed(self) -> bool:
        """True after close()."""
        return self._is_closed()

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedError("the reader is closed")


def _handle_of(torrent: "TorrentBase") -> Any:
    return torrent._handle


def _checked_index(index: int) -> int:
    if not 0 <= index < 1 << 32:
        raise from_code(int(capi.TSTREAM_ENOENT), f"there is no file of index {index}")
    return index


def _end_offset(start: int, end: Optional[int]) -> int:
    """In C 0 means the end of the file, which an empty range at the start is not."""
    if start < 0 or (end is not None and end < start):
        raise InvalidError(f"there are no bytes from {start} to {end}")
    return end or 0
