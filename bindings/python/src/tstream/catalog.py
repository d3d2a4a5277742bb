"""Torrents known here, found by the words of their titles at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Union

from tstream import capi
from tstream._object import LibraryObject, path_bytes

if TYPE_CHECKING:
    from tstream.torrent import TorrentBase


class Catalog(LibraryObject):
    """One SQLite file with a full-text index.  A new one begins with a few free films."""

    def __init__(self, path: "Union[str, bytes, os.PathLike[str]]" = ":memory:", *,
                 empty: bool = False) -> None:
        """Open a catalogue, or make it.

        :param path: of the file; ``:memory:`` for one that lives as long as it is open
        :param empty: a new one begins without the films
        """
        flags = capi.TSTREAM_CATALOG_EMPTY if empty else 0
        self._hold(capi.tstream_catalog_open(path_bytes(path), flags)[1], root=True)

    def add(self, title: str, magnet: str, *, size: int = -1, category: int = 0,
            published_s: int = -1) -> None:
        """Add an entry, or put it in the place of the one with the same infohash.

        :param magnet: a magnet, or a bare infohash
        :param size: bytes; -1: unknown
        :param category: a Newznab number, such as 2000 for films; 0: unknown
        :param published_s: seconds since 1970; -1: unknown
        """
        entry = capi.tstream_catalog_entry()
        entry.title = title
        entry.magnet = magnet
        entry.size = size
        entry.category = category
        entry.published_s = published_s
        capi.tstream_catalog_add(self._handle, entry)

    def add_torrent(self, torrent: "TorrentBase") -> None:
        """Add a torrent whose metadata is known; an entry that is there stays as it is."""
        capi.tstream_catalog_add_torrent(self._handle, torrent._handle)

    def import_list(self, text: "Union[str, bytes]") -> int:
        """Add a list, one entry a line; see ``tstream_catalog_import()``.  Gives their count."""
        data = text.encode() if isinstance(text, str) else text
        return int(capi.tstream_catalog_import(self._handle, data)[1])

    def remove(self, infohash: str) -> None:
        """Take an entry out; NotFoundError if there is none."""
        capi.tstream_catalog_remove(self._handle, infohash)

    def __len__(self) -> int:
        return int(capi.tstream_catalog_get_count(self._handle))
