"""Sessions: the engine, its data directory, limits and events."""

from __future__ import annotations

import os
from typing import Any, Generic, Iterator, List, Optional, Type, TypeVar, Union

from tstream import capi
from tstream._hub import Hub
from tstream._object import LibraryObject, microseconds, path_bytes
from tstream.cache import Cache
from tstream.errors import ClosedError
from tstream.snapshots import Event, SessionStats, take
from tstream.torrent import Torrent, TorrentBase

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
TorrentType = TypeVar("TorrentType", bound=TorrentBase)


class SessionBase(LibraryObject, Generic[TorrentType]):
    """What the sessions of tstream and of tstream.aio have in common: all that never waits."""

    _torrent_type: Type[TorrentType]

    def __init__(self, data_dir: Path, *, listen: Optional[str] = None, dht: bool = True,
                 lsd: bool = True, port_mapping: bool = True, upload: bool = True,
                 private_sources: bool = False,
                 quota_bytes: int = 0, upload_bytes_per_s: int = 0,
                 download_bytes_per_s: int = 0, max_torrents: int = 0, max_peers: int = 0,
                 max_readers: int = 0, metadata_timeout: Optional[float] = 120.0,
                 cache: Optional[Cache] = None) -> None:
        """Describe a session; numbers that are 0 mean the library's default.

        :param data_dir: made if missing; held by one session at a time
        :param listen: ``"address:port,..."``; default all addresses, port 6881 or the next
            free one; port 0 lets the system choose
        :param dht: use the distributed hash table (BEP 5)
        :param lsd: look for peers on the local network (BEP 14)
        :param port_mapping: ask the router to let peers in (UPnP, NAT-PMP)
        :param upload: give back what others want; without it many swarms are slower
        :param private_sources: a magnet's ``xs=`` may name a host that is not public
        :param quota_bytes: most that torrents' data may take on disk
        :param metadata_timeout: seconds that a magnet may look for its metadata; None: for ever
        :param cache: where the metadata of magnets is looked up and kept
        """
        options = capi.tstream_session_options()
        options.data_dir = path_bytes(data_dir)
        options.listen = listen
        options.flags = (
            (0 if dht else capi.TSTREAM_SESSION_NO_DHT)
            | (0 if lsd else capi.TSTREAM_SESSION_NO_LSD)
            | (0 if port_mapping else capi.TSTREAM_SESSION_NO_PORT_MAPPING)
            | (0 if upload else capi.TSTREAM_SESSION_NO_UPLOAD)
            | (capi.TSTREAM_SESSION_PRIVATE_SOURCES if private_sources else 0)
        )
        options.quota_bytes = quota_bytes
        options.upload_bytes_per_s = upload_bytes_per_s
        options.download_bytes_per_s = download_bytes_per_s
        options.max_torrents = max_torrents
        options.max_peers = max_peers
        options.max_readers = max_readers
        options.metadata_timeout_us = microseconds(metadata_timeout)
        self.metadata_timeout = metadata_timeout
        self._options = options
        self._cache = cache
        self._hub_or_none: Optional[Hub] = None

    def _open(self) -> None:
        cache = None if self._cache is None else self._cache._handle
        self._hold(capi.tsb_session_open(self._options, cache)[1], root=True)
        self._hub_or_none = Hub(self._handle)

    @property
    def _hub(self) -> Hub:
        if self._hub_or_none is None:
            raise ClosedError("the session is not open yet")
        return self._hub_or_none

    def close(self) -> None:
        """Save what must not be lost and stop the engine.

        Readers and torrents that are still open raise CanceledError from now on.
        """
        if self._hub_or_none is not None:
            self._hub_or_none.close()
        super().close()

    def _torrent(self, opened: Any) -> TorrentType:
        return self._torrent_type(self, opened[1])

    def open(self, magnet: str) -> TorrentType:
        """Open a magnet URI or a bare infohash; does not wait for its metadata."""
        return self._torrent(capi.tstream_torrent_open_magnet(self._handle, magnet))

    def open_stored(self, infohash: str) -> TorrentType:
        """Open a torrent whose metadata is on disk from an earlier time."""
        return self._torrent(capi.tstream_torrent_open_stored(self._handle, infohash))

    def find(self, infohash: str) -> TorrentType:
        """A torrent that is open; NotFoundError if it is not."""
        return self._torrent(capi.tstream_torrent_find(self._handle, infohash))

    def torrents(self) -> List[TorrentType]:
        """The torrents that are open now, oldest first."""
        capacity = 64
        while True:
            count, handles = capi.tstream_session_list_torrents(self._handle, capacity)
            if count <= capacity:
                return [self._torrent_type(self, handle) for handle in handles]
            capacity = int(count) + 16

    def stats(self) -> SessionStats:
        """A snapshot, at most a second old."""
        raw = capi.tstream_session_stats()
        capi.tstream_session_get_stats(self._handle, raw)
        return take(SessionStats, raw)

    def fileno(self) -> int:
        """The wakeup: poll it for input, then take events until there is none."""
        return self._hub.fileno()

    def next_event(self) -> Optional[Event]:
        """The oldest event, or None; never waits."""
        return self._hub.next_event()


class Session(SessionBase[Torrent]):
    """The engine with its data directory.  A program opens one and keeps it::

        with tstream.Session("data") as session:
            torrent = session.open(magnet).metadata()
            with torrent.reader() as reader:
                shutil.copyfileobj(reader, sys.stdout.buffer)
    """

    _torrent_type = Torrent

    def __init__(self, data_dir: Path, *, listen: Optional[str] = None, dht: bool = True,
                 lsd: bool = True, port_mapping: bool = True, upload: bool = True,
                 private_sources: bool = False,
                 quota_bytes: int = 0, upload_bytes_per_s: int = 0,
                 download_bytes_per_s: int = 0, max_torrents: int = 0, max_peers: int = 0,
                 max_readers: int = 0, metadata_timeout: Optional[float] = 120.0,
                 cache: Optional[Cache] = None) -> None:
        super().__init__(
            data_dir, listen=listen, dht=dht, lsd=lsd, port_mapping=port_mapping, upload=upload,
            private_sources=private_sources, quota_bytes=quota_bytes,
            upload_bytes_per_s=upload_bytes_per_s,
            download_bytes_per_s=download_bytes_per_s, max_torrents=max_torrents,
            max_peers=max_peers, max_readers=max_readers, metadata_timeout=metadata_timeout,
            cache=cache)
        self._open()

    __init__.__doc__ = SessionBase.__init__.__doc__

    def open_bytes(self, torrent_file: "bytes | bytearray | memoryview") -> Torrent:
        """Open from the bytes of a .torrent file."""
        return self._torrent(capi.tstream_torrent_open_bytes(self._handle, torrent_file))

    def open_url(self, url: str, *, allow_private: bool = False,
                 timeout: float = 30.0) -> Torrent:
        """Fetch a .torrent over http or https and open it.

        :param allow_private: the URL comes from you, not from a stranger: it may lead to
            loopback and private addresses
        """
        flags = capi.TSTREAM_URL_ALLOW_PRIVATE if allow_private else 0
        return self._torrent(capi.tstream_torrent_open_url(self._handle, url, flags,
                                                           microseconds(timeout)))

    def events(self) -> Iterator[Event]:
        """Everything that is queued now; never waits."""
        while (event := self.next_event()) is not None:
            yield event


def magnet_infohash(magnet: str) -> str:
    """Which torrent a magnet URI or a bare infohash names, without opening it."""
    return str(capi.tstream_magnet_get_infohash(magnet)[1])
