"""What the library tells, as frozen dataclasses.

Their fields have the names and units of the structs in ``include/tstream/``: bytes,
microseconds (``_us``), bytes per second (``_per_s``).
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, Callable, Dict, Optional, Tuple, Type, TypeVar

from tstream.enums import (
    CacheState,
    EventType,
    MediaKind,
    PeerFlags,
    ProviderStatus,
    State,
    SubtitleFlags,
    WaitingFor,
)

_T = TypeVar("_T")


_Fields = Tuple[Tuple[str, Callable[[Any], Any]], ...]
_known: Dict[Type[Any], _Fields] = {}


def _text_or_none(value: Any) -> Optional[str]:
    return None if value is None else str(value)


def _fields(cls: Type[Any]) -> _Fields:
    """The names of its fields and what makes their values."""
    if cls not in _known:
        hints = typing.get_type_hints(cls)
        _known[cls] = tuple(
            (field.name, _text_or_none if hints[field.name] == Optional[str]
             else hints[field.name])
            for field in dataclasses.fields(cls))
    return _known[cls]


def take(cls: Type[_T], raw: Any) -> _T:
    """Copy a struct of the raw module, whose strings may be lent."""
    return cls(*[kind(getattr(raw, name)) for name, kind in _fields(cls)])


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happened in a session."""

    type: EventType
    code: int
    tag: int
    infohash: str
    message: str


@dataclasses.dataclass(frozen=True)
class SessionStats:
    """A snapshot of a session, at most a second old."""

    torrent_count: int
    reader_count: int
    peer_count: int
    download_bytes_per_s: int
    upload_bytes_per_s: int
    downloaded_bytes: int
    uploaded_bytes: int
    redundant_bytes: int
    failed_bytes: int
    disk_used_bytes: int
    disk_quota_bytes: int
    dht_node_count: int
    listen_port: int
    uptime_us: int


@dataclasses.dataclass(frozen=True)
class TorrentStats:
    """A snapshot of a torrent, at most a second old; ``message`` says it in one sentence."""

    state: State
    code: int
    waiting_for: WaitingFor
    waiting_piece: int
    waiting_peer_count: int
    waiting_estimate_us: int
    peer_count: int
    seed_count: int
    unchoked_count: int
    reader_count: int
    have_piece_count: int
    piece_count: int
    have_bytes: int
    download_bytes_per_s: int
    upload_bytes_per_s: int
    downloaded_bytes: int
    uploaded_bytes: int
    redundant_bytes: int
    failed_bytes: int
    disk_used_bytes: int
    message: str


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a torrent."""

    index: int
    path: str
    name: str
    media_type: str
    media_kind: MediaKind
    kept: bool
    size: int
    have_bytes: int
    first_piece: int
    last_piece: int


@dataclasses.dataclass(frozen=True)
class Peer:
    """A peer that is connected."""

    flags: PeerFlags
    address: str
    client: str
    download_bytes_per_s: int
    upload_bytes_per_s: int
    downloaded_bytes: int
    uploaded_bytes: int
    request_count: int
    rtt_us: int
    have_per_mille: int


@dataclasses.dataclass(frozen=True)
class ReaderStats:
    """A reader, its window and how it has been kept waiting."""

    file_index: int
    tag: int
    offset: int
    window_begin: int
    window_end: int
    available_bytes: int
    read_bytes: int
    read_bytes_per_s: int
    stall_count: int
    stall_us: int
    waiting_us: int
    waiting_piece: int


@dataclasses.dataclass(frozen=True)
class Subtitle:
    """A subtitle file that belongs to a film, and what its name says."""

    flags: SubtitleFlags
    file_index: int
    language: str
    label: str


@dataclasses.dataclass(frozen=True)
class CacheStats:
    """A snapshot of a cache; ``message`` says what failed last."""

    state: CacheState
    store: str
    state_us: int
    hit_count: int
    miss_count: int
    put_count: int
    skip_count: int
    failure_count: int
    evicted_count: int
    entry_count: int
    used_bytes: int
    max_bytes: int
    message: str


@dataclasses.dataclass(frozen=True)
class QueryStats:
    """A snapshot of a query."""

    is_done: bool
    is_complete: bool
    is_cached: bool
    provider_count: int
    waiting_count: int
    result_count: int
    dropped_count: int
    elapsed_us: int


@dataclasses.dataclass(frozen=True)
class ProviderState:
    """A provider, as part of a query or by itself; times are -1 where they are not known."""

    status: ProviderStatus
    name: str
    kind: str
    origin: str
    elapsed_us: int
    retry_after_us: int
    result_count: int
    is_breaker_open: bool
    asked_count: int
    failed_count: int
    message: str


@dataclasses.dataclass(frozen=True)
class Result:
    """A torrent that a search found; numbers that nobody told are -1.

    ``magnet`` is None if it is only known by a link: ``search.resolve(result.id)`` then.
    """

    id: str
    title: str
    category: int
    infohash_v1: str
    infohash_v2: str
    magnet: Optional[str]
    sources: str
    size: int
    seeders: int
    leechers: int
    published_s: int


@dataclasses.dataclass(frozen=True)
class HistoryEntry:
    """One session watching one file without a long pause; times are since 1970 in UTC."""

    id: str
    infohash: str
    file_index: int
    magnet: str
    title: str
    watched_at_us: int
    updated_at_us: int
    position_us: int
    duration_us: int


@dataclasses.dataclass(frozen=True)
class PopularFilm:
    """A film and how many sessions watched it."""

    infohash: str
    session_count: int
    magnet: str
    title: str
    watched_at_us: int


@dataclasses.dataclass(frozen=True)
class Account:
    """An account; if it was found by a login, also that one's id and end."""

    id: str
    name: str
    token_id: str
    created_at_us: int
    expires_at_us: int


@dataclasses.dataclass(frozen=True)
class LoginEntry:
    """A login in a list."""

    token_id: str
    label: str
    created_at_us: int
    expires_at_us: int
