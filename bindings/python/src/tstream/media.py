"""What a file's name promises, and subtitles that browsers show."""

from __future__ import annotations

from typing import Optional, Tuple, Union

from tstream import capi
from tstream.enums import MediaKind, SubtitleFlags


def media_kind(path: str) -> MediaKind:
    """By the last extension only, in any case."""
    return MediaKind(capi.tstream_media_kind(path))


def media_type(path: str) -> str:
    """The media type (RFC 6838), ``application/octet-stream`` if the name says nothing."""
    return str(capi.tstream_media_type(path))


def is_playable(path: str) -> bool:
    """True if people would press play on it: video or audio."""
    return bool(capi.tstream_media_is_playable(path))


def subtitle_to_webvtt(data: Union[bytes, bytearray, memoryview], *,
                       charset: Optional[str] = None, delay_ms: int = 0) -> str:
    """Convert SubRip or WebVTT in any charset to WebVTT, the only one that browsers show.

    :param charset: of the data, as in ``windows-1251``; None: find out
    :param delay_ms: shown so much later, or earlier if negative
    """
    options = capi.tstream_subtitle_options()
    options.charset = charset
    options.delay_ms = delay_ms
    return str(capi.tstream_subtitle_to_webvtt(data, options)[1])


def is_subtitle_charset(charset: str) -> bool:
    """True if :func:`subtitle_to_webvtt` knows it."""
    return bool(capi.tstream_subtitle_is_charset(charset))


def is_subtitle_convertible(path: str) -> bool:
    """True if :func:`subtitle_to_webvtt` reads files of this name."""
    return bool(capi.tstream_subtitle_is_convertible(path))


def describe_subtitle(film_name: str, name: str) -> Tuple[str, str, SubtitleFlags]:
    """What a subtitle file's name says beside a film's: language, label and flags."""
    raw = capi.tstream_subtitle()
    capi.tstream_subtitle_describe(film_name, name, raw)
    return str(raw.language), str(raw.label), SubtitleFlags(raw.flags)
