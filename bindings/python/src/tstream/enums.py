"""The constants of the C API, as enumerations."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Optional

from tstream import capi


class _Known(IntEnum):
    """Those that were known when this was written: a newer library may have more of them."""

    @classmethod
    def _missing_(cls, value: object) -> Optional[_Known]:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = f"UNKNOWN_{value}", value
        return member


class EventType(_Known):
    """What an :class:`~tstream.snapshots.Event` tells."""

    NONE = capi.TSTREAM_EVENT_NONE
    METADATA = capi.TSTREAM_EVENT_METADATA
    READABLE = capi.TSTREAM_EVENT_READABLE
    ERROR = capi.TSTREAM_EVENT_ERROR
    RECOVERED = capi.TSTREAM_EVENT_RECOVERED
    COMPLETE = capi.TSTREAM_EVENT_COMPLETE
    EVICTED = capi.TSTREAM_EVENT_EVICTED
    REMOVED = capi.TSTREAM_EVENT_REMOVED
    WARNING = capi.TSTREAM_EVENT_WARNING
    OVERFLOW = capi.TSTREAM_EVENT_OVERFLOW


class State(_Known):
    """What a torrent is doing."""

    METADATA = capi.TSTREAM_STATE_METADATA
    CHECKING = capi.TSTREAM_STATE_CHECKING
    READY = capi.TSTREAM_STATE_READY
    COMPLETE = capi.TSTREAM_STATE_COMPLETE
    ERROR = capi.TSTREAM_STATE_ERROR
    REMOVED = capi.TSTREAM_STATE_REMOVED


class WaitingFor(_Known):
    """What a viewer is being kept waiting for."""

    NOTHING = capi.TSTREAM_WAITING_NOTHING
    PEERS = capi.TSTREAM_WAITING_PEERS
    METADATA = capi.TSTREAM_WAITING_METADATA
    CHECK = capi.TSTREAM_WAITING_CHECK
    UNCHOKE = capi.TSTREAM_WAITING_UNCHOKE
    PIECE = capi.TSTREAM_WAITING_PIECE
    SOURCE = capi.TSTREAM_WAITING_SOURCE
    DISK = capi.TSTREAM_WAITING_DISK


class Piece(_Known):
    """One byte of a piece map."""

    MISSING = capi.TSTREAM_PIECE_MISSING
    WANTED = capi.TSTREAM_PIECE_WANTED
    PARTIAL = capi.TSTREAM_PIECE_PARTIAL
    HAVE = capi.TSTREAM_PIECE_HAVE


class PeerFlags(IntFlag):
    """What is known about a peer."""

    SEED = capi.TSTREAM_PEER_SEED
    UNCHOKED = capi.TSTREAM_PEER_UNCHOKED
    INTERESTED = capi.TSTREAM_PEER_INTERESTED
    INCOMING = capi.TSTREAM_PEER_INCOMING
    UTP = capi.TSTREAM_PEER_UTP
    ENCRYPTED = capi.TSTREAM_PEER_ENCRYPTED
    WEB_SEED = capi.TSTREAM_PEER_WEB_SEED
    STALLED = capi.TSTREAM_PEER_STALLED
    PREFERRED = capi.TSTREAM_PEER_PREFERRED


class MediaKind(_Known):
    """What a file's name promises."""

    OTHER = capi.TSTREAM_MEDIA_OTHER
    VIDEO = capi.TSTREAM_MEDIA_VIDEO
    AUDIO = capi.TSTREAM_MEDIA_AUDIO
    SUBTITLE = capi.TSTREAM_MEDIA_SUBTITLE
    IMAGE = capi.TSTREAM_MEDIA_IMAGE


class SubtitleFlags(IntFlag):
    """What a subtitle file's name says about whom it is for."""

    FORCED = capi.TSTREAM_SUBTITLE_FORCED
    HEARING = capi.TSTREAM_SUBTITLE_HEARING


class CacheState(_Known):
    """Whether a cache's store can be asked."""

    OK = capi.TSTREAM_CACHE_OK
    UNAVAILABLE = capi.TSTREAM_CACHE_UNAVAILABLE
    REFUSING = capi.TSTREAM_CACHE_REFUSING


class ProviderStatus(_Known):
    """How a provider fared."""

    WAITING = capi.TSTREAM_PROVIDER_WAITING
    OK = capi.TSTREAM_PROVIDER_OK
    PARTIAL = capi.TSTREAM_PROVIDER_PARTIAL
    TIMEOUT = capi.TSTREAM_PROVIDER_TIMEOUT
    AUTH = capi.TSTREAM_PROVIDER_AUTH
    THROTTLED = capi.TSTREAM_PROVIDER_THROTTLED
    PARSE = capi.TSTREAM_PROVIDER_PARSE
    CANCELLED = capi.TSTREAM_PROVIDER_CANCELLED
    BREAKER_OPEN = capi.TSTREAM_PROVIDER_BREAKER_OPEN
    NETWORK = capi.TSTREAM_PROVIDER_NETWORK
    REFUSED = capi.TSTREAM_PROVIDER_REFUSED
    UNSUPPORTED = capi.TSTREAM_PROVIDER_UNSUPPORTED

    def __str__(self) -> str:
        return str(capi.tstream_provider_status_name(int(self)))
