"""Which library this is."""

from __future__ import annotations

from tstream import capi

#: of the headers that this package was built with
__version__ = str(capi.TSTREAM_VERSION_STRING)


def library_version() -> str:
    """Of the library that is loaded."""
    return str(capi.tstream_version())


def library_version_number() -> int:
    """Of the library that is loaded: major << 16 | minor << 8 | patch."""
    return int(capi.tstream_version_number())


def engine_version() -> str:
    """The engine's name and version, as ``libtorrent 2.0.8.0``."""
    return str(capi.tstream_engine_version())
