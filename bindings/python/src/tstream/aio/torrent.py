"""Torrents for asyncio."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Optional

from tstream import capi
from tstream._hub import torrent_key
from tstream._object import Deadline
from tstream.aio._closing import AsyncObject
from tstream.aio._waiting import in_thread, sooner, wait_for
from tstream.aio.reader import Reader
from tstream.errors import NotReadyError
from tstream.torrent import FileLike, TorrentBase

if TYPE_CHECKING:
    from tstream.aio.session import Session


class Torrent(AsyncObject, TorrentBase):
    """A torrent that is open; see :class:`tstream.Torrent`."""

    def __init__(self, session: "Session", handle: Any) -> None:
        """Made by a session, which it keeps open."""
        super().__init__(session, handle)
        self._hub = session._hub
        self._opened_s = time.monotonic()

    async def metadata(self, timeout: Optional[float] = None) -> "Torrent":
        """Wait until files and sizes are known; gives the torrent itself.

        :param timeout: seconds; None: until the session's metadata_timeout
        """
        limit = self.session.metadata_timeout
        left = None if limit is None else max(0.0, limit - (time.monotonic() - self._opened_s))
        deadline = Deadline(sooner(timeout, left))
        while not self._has_metadata():
            with self._hub.expect(torrent_key(self.infohash)) as future:
                if not self._has_metadata():
                    await wait_for(future, deadline,
                                   f"no peer gave the metadata of {self.infohash} in time")
        return self

    def _has_metadata(self) -> bool:
        try:
            capi.tstream_torrent_wait_metadata(self._handle, 0)
        except NotReadyError:
            return False
        return True

    def reader(self, file: Optional[FileLike] = None, *, start: int = 0,
               end: Optional[int] = None, readahead: int = 0,
               timeout: Optional[float] = None) -> Reader:
        """Open a file for reading; see :meth:`tstream.Torrent.reader`."""
        return Reader(self, self.file_index(file), hub=self._hub, start=start, end=end,
                      readahead=readahead, timeout=timeout)

    async def remove(self) -> None:
        """Leave the swarm and delete the data.  Its readers raise CanceledError."""
        await in_thread(capi.tstream_torrent_remove, self._handle)
