"""Torrents: what is in them and what they are doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, TypeVar, Union

from tstream import capi
from tstream._object import LibraryObject, wait_patiently
from tstream.errors import NotFoundError
from tstream.reader import Reader
from tstream.snapshots import File, Peer, ReaderStats, Subtitle, TorrentStats, take

if TYPE_CHECKING:
    from tstream.session import SessionBase

_T = TypeVar("_T")

#: A file, its index, or its path within the torrent.
FileLike = Union[File, int, str]


class TorrentBase(LibraryObject):
    """What the torrents of tstream and of tstream.aio have in common: all that never waits."""

    def __init__(self, session: "SessionBase[Any]", handle: Any) -> None:
        """Made by a session, which it keeps open."""
        self.session = session
        self._hold(handle)
        #: the v1 infohash in hexadecimal, or the v2 one if there is no other
        self.infohash = str(capi.tstream_torrent_get_infohash(handle))

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} {self.infohash}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TorrentBase):
            return NotImplemented
        return self.session is other.session and self.infohash == other.infohash

    def __hash__(self) -> int:
        return hash((id(self.session), self.infohash))

    @property
    def infohash_v1(self) -> str:
        """40 hexadecimal digits, or "" if none is known."""
        return str(capi.tstream_torrent_get_infohash_v1(self._handle))

    @property
    def infohash_v2(self) -> str:
        """64 hexadecimal digits, or "" if none is known."""
        return str(capi.tstream_torrent_get_infohash_v2(self._handle))

    @property
    def name(self) -> str:
        """Before the metadata is known the magnet's dn, or the infohash."""
        return str(capi.tstream_torrent_get_name(self._handle))

    @property
    def magnet(self) -> str:
        """A magnet URI with hashes, name, trackers and web seeds, for others to open."""
        return str(capi.tstream_torrent_magnet_copy(self._handle))

    @property
    def torrent_file(self) -> bytes:
        """The .torrent file; NotReadyError before the metadata is known."""
        return bytes(capi.tstream_torrent_file_copy(self._handle)[1])

    @property
    def size(self) -> int:
        """All files together, in bytes; 0 before the metadata is known."""
        return int(capi.tstream_torrent_get_size(self._handle))

    @property
    def is_private(self) -> bool:
        """Its peers come from its tracker only (BEP 27); False before the metadata is known."""
        return bool(capi.tstream_torrent_is_private(self._handle))

    @property
    def piece_count(self) -> int:
        """0 before the metadata is known."""
        return int(capi.tstream_torrent_get_piece_count(self._handle))

    @property
    def piece_size(self) -> int:
        """In bytes; 0 before the metadata is known."""
        return int(capi.tstream_torrent_get_piece_size(self._handle))

    @property
    def files(self) -> List[File]:
        """Empty before the metadata is known."""
        count = int(capi.tstream_torrent_get_file_count(self._handle))
        return [self.file(index) for index in range(count)]

    def file(self, index: int) -> File:
        """One file; NotReadyError before the metadata is known."""
        raw = capi.tstream_file()
        capi.tstream_torrent_get_file(self._handle, _index(index), raw)
        return take(File, raw)

    @property
    def default_file(self) -> File:
        """The largest file that can be played, or the largest file if none can."""
        return self.file(int(capi.tstream_torrent_get_default_file(self._handle)))

    def file_index(self, file: Optional[FileLike] = None) -> int:
        """The index of a file given in any of the ways that are allowed; None: the default."""
        if file is None:
            return int(capi.tstream_torrent_get_default_file(self._handle))
        if isinstance(file, File):
            return file.index
        if isinstance(file, int):
            return file
        for known in self.files:
            if known.path == file:
                return known.index
        raise NotFoundError(f"the torrent has no file {file!r}")

    def subtitles(self, film: Optional[FileLike] = None) -> List[Subtitle]:
        """The subtitle files that belong to a film; default: ``default_file``.

        Read one with a reader and give it to :func:`tstream.subtitle_to_webvtt`.
        """
        index = _index(self.file_index(film))
        return [take(Subtitle, raw)
                for raw in self._all(capi.tstream_torrent_get_subtitles, index)]

    def keep(self, file: Optional[FileLike] = None, keep: bool = True) -> None:
        """Fetch the whole file in the background, after what readers want, or stop doing so."""
        capi.tstream_torrent_keep_file(self._handle, _index(self.file_index(file)), int(keep))

    def stats(self) -> TorrentStats:
        """A snapshot, at most a second old."""
        raw = capi.tstream_torrent_stats()
        capi.tstream_torrent_get_stats(self._handle, raw)
        return take(TorrentStats, raw)

    def pieces(self) -> bytes:
        """One :class:`~tstream.enums.Piece` a byte, for a piece map."""
        count, pieces = capi.tstream_torrent_get_pieces(self._handle, self.piece_count)
        return bytes(pieces[:count])

    def peers(self) -> List[Peer]:
        """The peers that are connected."""
        return [take(Peer, raw) for raw in self._all(capi.tstream_torrent_get_peers)]

    def readers(self) -> List[ReaderStats]:
        """The readers that are open on this torrent, yours and others'."""
        return [take(ReaderStats, raw) for raw in self._all(capi.tstream_torrent_get_readers)]

    def _all(self, function: Any, *arguments: object) -> List[Any]:
        """A list of which the library says how long it is."""
        capacity = 64
        while True:
            count, found = function(self._handle, *arguments, capacity)
            if count <= capacity:
                return list(found)
            capacity = int(count) + 16

    def add_peer(self, address: str) -> None:
        """Connect to a peer you know of: ``192.0.2.1:6881`` or ``[2001:db8::1]:6881``."""
        capi.tstream_torrent_add_peer(self._handle, address)

    def prefer_peer(self, address: str) -> None:
        """A peer of your own: asked before the others, which are asked only while one waits."""
        capi.tstream_torrent_prefer_peer(self._handle, address)


class Torrent(TorrentBase):
    """A torrent that is open.  Closing it, or losing the last reference, leaves the swarm;
    its data stays on disk for the next time."""

    def metadata(self: _T, timeout: Optional[float] = None) -> _T:
        """Wait until files and sizes are known; gives the torrent itself.

        :param timeout: seconds; None: until the session's metadata_timeout
        """
        handle = getattr(self, "_handle")
        wait_patiently(lambda left_us: capi.tstream_torrent_wait_metadata(handle, left_us),
                       timeout)
        return self

    def reader(self, file: Optional[FileLike] = None, *, start: int = 0,
               end: Optional[int] = None, readahead: int = 0, tag: int = 0,
               timeout: Optional[float] = None) -> Reader:
        """Open a file for reading.  Fetching starts at once.

        :param file: a File, its index or its path; default: ``default_file``
        :param start: where the cursor begins
        :param end: nothing is fetched or read beyond; None: the end of the file
        :param readahead: bytes wanted beyond the cursor; 0: the library's default
        :param tag: yours; comes back in this reader's events, below 2**63
        :param timeout: seconds that one read may wait; None: for ever
        """
        return Reader(self, self.file_index(file), start=start, end=end, readahead=readahead,
                      tag=tag, timeout=timeout)

    def remove(self) -> None:
        """Leave the swarm and delete the data.  Its readers raise CanceledError."""
        capi.tstream_torrent_remove(self._handle)


def _index(index: int) -> int:
    if not 0 <= index < 1 << 32:
        raise NotFoundError(f"there is no file of index {index}")
    return index
