"""Sessions for asyncio."""

from __future__ import annotations

from typing import AsyncIterator

from tstream import capi
from tstream._hub import EVENT_KEY
from tstream._object import microseconds
from tstream.aio._closing import AsyncObject
from tstream.aio._waiting import in_thread
from tstream.aio.torrent import Torrent
from tstream.errors import ClosedError
from tstream.session import SessionBase
from tstream.snapshots import Event


class Session(AsyncObject, SessionBase[Torrent]):
    """The engine with its data directory; opened by ``async with`` or by :meth:`start`."""

    _torrent_type = Torrent

    async def start(self) -> "Session":
        """Start the engine, unless it runs; gives the session itself."""
        if self.closed:
            await in_thread(self._open)
        return self

    async def aclose(self) -> None:
        """As close(), without holding up the event loop.  Tasks that wait are woken first."""
        if self._hub_or_none is not None:
            self._hub_or_none.close()
        await in_thread(self.close)

    async def __aenter__(self) -> "Session":
        return await self.start()

    async def open_bytes(self, torrent_file: bytes) -> Torrent:
        """Open from the bytes of a .torrent file."""
        return self._torrent(await in_thread(capi.tstream_torrent_open_bytes, self._handle,
                                             torrent_file))

    async def open_url(self, url: str, *, allow_private: bool = False,
                       timeout: float = 30.0) -> Torrent:
        """Fetch a .torrent over http or https and open it; see :meth:`tstream.Session.open_url`."""
        flags = capi.TSTREAM_URL_ALLOW_PRIVATE if allow_private else 0
        return self._torrent(await in_thread(capi.tstream_torrent_open_url, self._handle, url,
                                             flags, microseconds(timeout)))

    async def events(self) -> AsyncIterator[Event]:
        """Events as they come, until the session is closed."""
        while True:
            try:
                event = self.next_event()
                if event is None:
                    with self._hub.expect(EVENT_KEY) as future:
                        event = self.next_event()
                        if event is None:
                            await future
            except ClosedError:
                return
            if event is not None:
                yield event
