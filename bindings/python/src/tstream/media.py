"""What a file's name promises.  Nothing is opened, nothing can fail."""

from __future__ import annotations

from tstream import capi
from tstream.enums import MediaKind


def media_kind(path: str) -> MediaKind:
    """By the last extension only, in any case."""
    return MediaKind(capi.tstream_media_kind(path))


def media_type(path: str) -> str:
    """The media type (RFC 6838), ``application/octet-stream`` if the name says nothing."""
    return str(capi.tstream_media_type(path))


def is_playable(path: str) -> bool:
    """True if people would press play on it: video or audio."""
    return bool(capi.tstream_media_is_playable(path))
