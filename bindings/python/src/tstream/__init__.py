"""Stream a video out of a torrent while it downloads.

::

    import shutil, sys, tstream

    with tstream.Session("data") as session:
        torrent = session.open(magnet).metadata()
        with torrent.reader() as reader:            # the largest playable file
            shutil.copyfileobj(reader, sys.stdout.buffer)

:mod:`tstream.aio` has the same for asyncio.  Every byte that you read has passed its hash
check.  All classes may be used from any thread; a child process after a fork must open its own.
"""

from tstream.enums import EventType, MediaKind, PeerFlags, Piece, State, WaitingFor
from tstream.errors import (
    AccessError,
    BusyError,
    CanceledError,
    ClosedError,
    Code,
    DiskError,
    DiskFullError,
    Error,
    InternalError,
    InvalidError,
    LimitError,
    NetworkError,
    NotFoundError,
    NotReadyError,
    NotSupportedError,
    OutOfMemoryError,
    RefusedError,
    TimedOutError,
)
from tstream.log import log_to
from tstream.media import is_playable, media_kind, media_type
from tstream.reader import Reader
from tstream.session import Session, magnet_infohash
from tstream.snapshots import Event, File, Peer, ReaderStats, SessionStats, TorrentStats
from tstream.torrent import Torrent
from tstream.version import __version__, engine_version, library_version, library_version_number

__all__ = [
    "AccessError", "BusyError", "CanceledError", "ClosedError", "Code", "DiskError",
    "DiskFullError", "Error", "Event", "EventType", "File", "InternalError", "InvalidError",
    "LimitError", "MediaKind", "NetworkError", "NotFoundError", "NotReadyError",
    "NotSupportedError", "OutOfMemoryError", "Peer", "PeerFlags", "Piece", "Reader",
    "ReaderStats", "RefusedError", "Session", "SessionStats", "State", "TimedOutError",
    "Torrent", "TorrentStats", "WaitingFor", "__version__", "engine_version", "is_playable",
    "library_version", "library_version_number", "log_to", "magnet_infohash", "media_kind", "media_type",
]
