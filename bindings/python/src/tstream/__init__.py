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

from tstream.accounts import Accounts, Login
from tstream.cache import Cache
from tstream.catalog import Catalog
from tstream.enums import (
    CacheState,
    EventType,
    MediaKind,
    PeerFlags,
    Piece,
    ProviderStatus,
    State,
    SubtitleFlags,
    WaitingFor,
)
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
from tstream.history import History, HistoryPage
from tstream.log import log_to
from tstream.media import (
    describe_subtitle,
    is_playable,
    is_subtitle_charset,
    is_subtitle_convertible,
    media_kind,
    media_type,
    subtitle_to_webvtt,
)
from tstream.provider import Found, Request, Throttled
from tstream.reader import Reader
from tstream.search import Query, Results, Search
from tstream.session import Session, magnet_infohash
from tstream.snapshots import (
    Account,
    CacheStats,
    Event,
    File,
    HistoryEntry,
    LoginEntry,
    Peer,
    PopularFilm,
    ProviderState,
    QueryStats,
    ReaderStats,
    Result,
    SessionStats,
    Subtitle,
    TorrentStats,
)
from tstream.torrent import Torrent
from tstream.version import __version__, engine_version, library_version, library_version_number

__all__ = [
    "AccessError", "Account", "Accounts", "BusyError", "Cache", "CacheState", "CacheStats",
    "CanceledError", "Catalog", "ClosedError", "Code", "DiskError", "DiskFullError",
    "Error", "Event", "EventType", "File", "Found", "History", "HistoryEntry",
    "HistoryPage", "InternalError", "InvalidError", "LimitError", "Login", "LoginEntry",
    "MediaKind", "NetworkError", "NotFoundError", "NotReadyError", "NotSupportedError",
    "OutOfMemoryError", "Peer", "PeerFlags", "Piece", "PopularFilm", "ProviderState",
    "ProviderStatus", "Query", "QueryStats", "Reader", "ReaderStats", "RefusedError",
    "Request", "Result", "Results", "Search", "Session", "SessionStats", "State",
    "Subtitle", "SubtitleFlags", "Throttled", "TimedOutError", "Torrent", "TorrentStats",
    "WaitingFor", "__version__", "describe_subtitle", "engine_version", "is_playable",
    "is_subtitle_charset", "is_subtitle_convertible", "library_version",
    "library_version_number", "log_to", "magnet_infohash", "media_kind", "media_type",
    "subtitle_to_webvtt",
]
