"""The same for asyncio: nothing blocks the event loop, and no thread waits for bytes.

::

    from tstream import aio

    async with aio.Session("data") as session:
        torrent = await session.open(magnet).metadata()
        async with torrent.reader() as reader:
            async for chunk in reader:
                ...

A coroutine that waits is woken through the session's pipe, which the event loop watches while
anybody waits.  Calls that may wait for a disk or a name server (opening and closing a session,
fetching a .torrent, removing a torrent) run in the loop's default executor for that long.
Cancelling a task leaves its reader as it was: no bytes are lost.
"""

from tstream.aio.reader import Reader
from tstream.aio.search import Query, Search
from tstream.aio.session import Session
from tstream.aio.torrent import Torrent

__all__ = ["Query", "Reader", "Search", "Session", "Torrent"]
