"""The C API through ctypes: structs as in include/tstream, and thin wrappers.

Nothing here is clever on purpose: a test that fails must point at the library.
Times are seconds on this side and microseconds on the other.
"""

import ctypes
import os
import sys
import time
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_int32, c_int64
from ctypes import c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import clibrary  # noqa: E402
from clibrary import (  # noqa: E402, F401
    CODES, EACCES, EAGAIN, EBUSY, ECANCELED, EINVAL, EIO, ELIMIT, ENOENT, ENOSPC, ETIMEDOUT,
    ErrorStruct, Struct, TstreamError)

NO_DHT, NO_LSD, NO_PORT_MAPPING, NO_UPLOAD = 1, 2, 4, 8
LOOPBACK_ONLY = NO_DHT | NO_LSD | NO_PORT_MAPPING
ALLOW_PRIVATE_SOURCES = 0x10

(EVENT_NONE, EVENT_METADATA, EVENT_READABLE, EVENT_ERROR, EVENT_RECOVERED, EVENT_COMPLETE,
 EVENT_EVICTED, EVENT_REMOVED, EVENT_WARNING, EVENT_OVERFLOW) = range(10)

(STATE_METADATA, STATE_CHECKING, STATE_READY, STATE_COMPLETE, STATE_ERROR,
 STATE_REMOVED) = range(6)

(WAITING_NOTHING, WAITING_PEERS, WAITING_METADATA, WAITING_CHECK, WAITING_UNCHOKE,
 WAITING_PIECE, WAITING_SOURCE, WAITING_DISK) = range(8)

PIECE_MISSING, PIECE_WANTED, PIECE_PARTIAL, PIECE_HAVE = range(4)
PEER_SEED, PEER_UNCHOKED, PEER_WEB_SEED = 0x01, 0x02, 0x40


class SessionOptions(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("data_dir", c_char_p),
        ("listen", c_char_p), ("quota_bytes", c_uint64), ("upload_bytes_per_s", c_uint64),
        ("download_bytes_per_s", c_uint64), ("max_torrents", c_uint32), ("max_peers", c_uint32),
        ("max_readers", c_uint32), ("reserved", c_uint32), ("metadata_timeout_us", c_int64),
        ("cache", c_void_p),
    ]


class Event(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("type", c_int32), ("code", c_int32), ("reserved", c_uint32),
        ("tag", c_uint64), ("infohash", c_char * 65), ("message", c_char * 256),
    ]


class SessionStats(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("torrent_count", c_uint32), ("reader_count", c_uint32),
        ("peer_count", c_uint32), ("download_bytes_per_s", c_uint64),
        ("upload_bytes_per_s", c_uint64), ("downloaded_bytes", c_uint64),
        ("uploaded_bytes", c_uint64), ("redundant_bytes", c_uint64), ("failed_bytes", c_uint64),
        ("disk_used_bytes", c_uint64), ("disk_quota_bytes", c_uint64),
        ("dht_node_count", c_uint32), ("listen_port", c_uint32), ("uptime_us", c_int64),
    ]


class File(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("index", c_uint32), ("path", c_char_p), ("name", c_char_p),
        ("media_type", c_char_p), ("media_kind", c_int32), ("kept", c_uint32),
        ("size", c_uint64), ("have_bytes", c_uint64), ("first_piece", c_uint32),
        ("last_piece", c_uint32),
    ]


class TorrentStats(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("state", c_int32), ("code", c_int32),
        ("waiting_for", c_int32), ("waiting_piece", c_uint32), ("waiting_peer_count", c_uint32),
        ("waiting_estimate_us", c_int64), ("peer_count", c_uint32), ("seed_count", c_uint32),
        ("unchoked_count", c_uint32), ("reader_count", c_uint32), ("have_piece_count", c_uint32),
        ("piece_count", c_uint32), ("have_bytes", c_uint64), ("download_bytes_per_s", c_uint64),
        ("upload_bytes_per_s", c_uint64), ("downloaded_bytes", c_uint64),
        ("uploaded_bytes", c_uint64), ("redundant_bytes", c_uint64), ("failed_bytes", c_uint64),
        ("disk_used_bytes", c_uint64), ("message", c_char * 256),
    ]


class Peer(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("address", c_char * 72),
        ("client", c_char * 64), ("download_bytes_per_s", c_uint64),
        ("upload_bytes_per_s", c_uint64), ("downloaded_bytes", c_uint64),
        ("uploaded_bytes", c_uint64), ("request_count", c_uint32), ("rtt_us", c_int32),
        ("have_per_mille", c_uint32), ("reserved", c_uint32),
    ]


class ReaderOptions(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("flags", c_uint32), ("start_offset", c_uint64),
        ("end_offset", c_uint64), ("readahead_bytes", c_uint64), ("tag", c_uint64),
    ]


class ReaderStats(Struct):
    _fields_ = [
        ("struct_size", c_uint32), ("file_index", c_uint32), ("tag", c_uint64),
        ("offset", c_uint64), ("window_begin", c_uint64), ("window_end", c_uint64),
        ("available_bytes", c_uint64), ("read_bytes", c_uint64), ("read_bytes_per_s", c_uint64),
        ("stall_count", c_uint64), ("stall_us", c_int64), ("waiting_us", c_int64),
        ("waiting_piece", c_uint32), ("reserved", c_uint32),
    ]


STRUCTS = {
    "tstream_error": ErrorStruct, "tstream_session_options": SessionOptions,
    "tstream_event": Event, "tstream_session_stats": SessionStats, "tstream_file": File,
    "tstream_torrent_stats": TorrentStats, "tstream_peer": Peer,
    "tstream_reader_options": ReaderOptions, "tstream_reader_stats": ReaderStats,
}

_ERR = POINTER(ErrorStruct)
_OUT = POINTER(c_void_p)
_PROTOTYPES = {
    "tstream_version": (c_char_p, []),
    "tstream_free": (None, [c_void_p]),
    "tstream_strerror": (c_char_p, [c_int]),
    "tstream_session_options_init": (None, [POINTER(SessionOptions)]),
    "tstream_session_open": (c_int, [POINTER(SessionOptions), _OUT, _ERR]),
    "tstream_session_close": (None, [c_void_p]),
    "tstream_session_next_event": (c_int, [c_void_p, POINTER(Event)]),
    "tstream_session_get_wakeup_fd": (c_int, [c_void_p]),
    "tstream_session_get_stats": (c_int, [c_void_p, POINTER(SessionStats)]),
    "tstream_session_list_torrents": (c_size_t, [c_void_p, _OUT, c_size_t]),
    "tstream_torrent_open_magnet": (c_int, [c_void_p, c_char_p, _OUT, _ERR]),
    "tstream_torrent_open_bytes": (c_int, [c_void_p, c_char_p, c_size_t, _OUT, _ERR]),
    "tstream_torrent_find": (c_int, [c_void_p, c_char_p, _OUT]),
    "tstream_torrent_ref": (c_void_p, [c_void_p]),
    "tstream_torrent_unref": (None, [c_void_p]),
    "tstream_torrent_remove": (c_int, [c_void_p]),
    "tstream_torrent_wait_metadata": (c_int, [c_void_p, c_int64, _ERR]),
    "tstream_torrent_get_infohash": (c_char_p, [c_void_p]),
    "tstream_torrent_get_infohash_v1": (c_char_p, [c_void_p]),
    "tstream_torrent_get_infohash_v2": (c_char_p, [c_void_p]),
    "tstream_torrent_get_name": (c_char_p, [c_void_p]),
    "tstream_torrent_magnet_copy": (c_void_p, [c_void_p]),
    "tstream_torrent_file_copy": (c_int, [c_void_p, _OUT, POINTER(c_size_t)]),
    "tstream_torrent_get_size": (c_uint64, [c_void_p]),
    "tstream_torrent_get_piece_count": (c_uint32, [c_void_p]),
    "tstream_torrent_get_piece_size": (c_uint32, [c_void_p]),
    "tstream_torrent_get_file_count": (c_uint32, [c_void_p]),
    "tstream_torrent_get_file": (c_int, [c_void_p, c_uint32, POINTER(File)]),
    "tstream_torrent_get_default_file": (c_int64, [c_void_p]),
    "tstream_torrent_keep_file": (c_int, [c_void_p, c_uint32, c_int]),
    "tstream_torrent_get_stats": (c_int, [c_void_p, POINTER(TorrentStats)]),
    "tstream_torrent_get_pieces": (c_size_t, [c_void_p, POINTER(c_uint8), c_size_t]),
    "tstream_torrent_get_peers": (c_size_t, [c_void_p, POINTER(Peer), c_size_t]),
    "tstream_torrent_get_readers": (c_size_t, [c_void_p, POINTER(ReaderStats), c_size_t]),
    "tstream_torrent_add_peer": (c_int, [c_void_p, c_char_p]),
    "tstream_reader_options_init": (None, [POINTER(ReaderOptions)]),
    "tstream_reader_open": (c_int, [c_void_p, c_uint32, POINTER(ReaderOptions), _OUT, _ERR]),
    "tstream_reader_close": (None, [c_void_p]),
    "tstream_reader_read": (c_int64, [c_void_p, c_void_p, c_size_t]),
    "tstream_reader_wait": (c_int, [c_void_p, c_int64]),
    "tstream_reader_seek": (c_int64, [c_void_p, c_uint64]),
    "tstream_reader_tell": (c_int64, [c_void_p]),
    "tstream_reader_get_size": (c_int64, [c_void_p]),
    "tstream_reader_get_available": (c_int64, [c_void_p]),
    "tstream_reader_cancel": (None, [c_void_p]),
    "tstream_reader_get_stats": (c_int, [c_void_p, POINTER(ReaderStats)]),
}


_library = []


def library():
    """Loaded at first use, so that tests of programs need no loadable library."""
    if not _library:
        _library.append(clibrary.load(_PROTOTYPES))
    return _library[0]


def check(code, err=None):
    """The code itself if it is no error."""
    if code < 0:
        raise TstreamError(code, err.message.decode() if err is not None else "")
    return code


def microseconds(seconds):
    return -1 if seconds is None else int(seconds * 1_000_000)


class Session:
    def __init__(self, data_dir, listen="127.0.0.1:0", flags=LOOPBACK_ONLY,
                 metadata_timeout=None, **options):
        self.c = library()
        settings = SessionOptions(data_dir=os.fsencode(data_dir), listen=listen.encode(),
                                  flags=flags, **options)
        if metadata_timeout is not None:
            settings.metadata_timeout_us = microseconds(metadata_timeout)
        err, out = ErrorStruct(), c_void_p()
        check(self.c.tstream_session_open(byref(settings), byref(out), byref(err)), err)
        self.handle = out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        handle, self.handle = self.handle, None
        if handle is not None:
            self.c.tstream_session_close(handle)

    @property
    def fd(self):
        return self.c.tstream_session_get_wakeup_fd(self.handle)

    def open(self, magnet, wait=30):
        """Open a magnet or an infohash; wait=0 does not wait for metadata."""
        err, out = ErrorStruct(), c_void_p()
        check(self.c.tstream_torrent_open_magnet(self.handle, magnet.encode(), byref(out),
                                                 byref(err)), err)
        return self._opened(out, wait)

    def open_bytes(self, data, wait=30):
        err, out = ErrorStruct(), c_void_p()
        check(self.c.tstream_torrent_open_bytes(self.handle, data, len(data), byref(out),
                                                byref(err)), err)
        return self._opened(out, wait)

    def _opened(self, out, wait):
        torrent = Torrent(self.c, out)
        if wait:
            torrent.wait_metadata(wait)
        return torrent

    def find(self, infohash):
        out = c_void_p()
        check(self.c.tstream_torrent_find(self.handle, infohash.encode(), byref(out)))
        return Torrent(self.c, out)

    def torrents(self):
        room = (c_void_p * 600)()
        count = self.c.tstream_session_list_torrents(self.handle, room, len(room))
        return [Torrent(self.c, c_void_p(room[i])) for i in range(count)]

    def next_event(self):
        event = Event()
        found = check(self.c.tstream_session_next_event(self.handle, byref(event)))
        return event if found else None

    def events(self):
        """Everything queued now."""
        while (event := self.next_event()) is not None:
            yield event

    def wait_event(self, wanted, timeout=20):
        """The next event of this type; those before it are dropped."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for event in self.events():
                if event.type == wanted:
                    return event
            time.sleep(0.005)
        raise AssertionError(f"no event of type {wanted} within {timeout} s")

    def stats(self):
        stats = SessionStats()
        check(self.c.tstream_session_get_stats(self.handle, byref(stats)))
        return stats


class Torrent:
    def __init__(self, c, handle):
        self.c, self.handle = c, handle

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unref()

    def unref(self):
        handle, self.handle = self.handle, None
        if handle is not None:
            self.c.tstream_torrent_unref(handle)

    def wait_metadata(self, timeout):
        err = ErrorStruct()
        check(self.c.tstream_torrent_wait_metadata(self.handle, microseconds(timeout),
                                                   byref(err)), err)

    @property
    def infohash(self):
        return self.c.tstream_torrent_get_infohash(self.handle).decode()

    @property
    def infohash_v1(self):
        return self.c.tstream_torrent_get_infohash_v1(self.handle).decode()

    @property
    def infohash_v2(self):
        return self.c.tstream_torrent_get_infohash_v2(self.handle).decode()

    @property
    def name(self):
        return self.c.tstream_torrent_get_name(self.handle).decode()

    @property
    def size(self):
        return self.c.tstream_torrent_get_size(self.handle)

    @property
    def piece_count(self):
        return self.c.tstream_torrent_get_piece_count(self.handle)

    @property
    def piece_size(self):
        return self.c.tstream_torrent_get_piece_size(self.handle)

    @property
    def file_count(self):
        return self.c.tstream_torrent_get_file_count(self.handle)

    def file(self, index):
        out = File()
        check(self.c.tstream_torrent_get_file(self.handle, index, byref(out)))
        return out

    def default_file(self):
        return check(self.c.tstream_torrent_get_default_file(self.handle))

    def keep(self, index, keep=True):
        check(self.c.tstream_torrent_keep_file(self.handle, index, int(keep)))

    def stats(self):
        stats = TorrentStats()
        check(self.c.tstream_torrent_get_stats(self.handle, byref(stats)))
        return stats

    def pieces(self):
        count = self.c.tstream_torrent_get_pieces(self.handle, None, 0)
        room = (c_uint8 * count)()
        assert self.c.tstream_torrent_get_pieces(self.handle, room, count) == count
        return list(room)

    def have_count(self):
        return self.pieces().count(PIECE_HAVE)

    def peers(self, capacity=64):
        return self._list(Peer, self.c.tstream_torrent_get_peers, capacity)

    def readers(self, capacity=64):
        return self._list(ReaderStats, self.c.tstream_torrent_get_readers, capacity)

    def _list(self, struct, function, capacity):
        room = (struct * capacity)()
        room[0].struct_size = ctypes.sizeof(struct)
        return room[:min(function(self.handle, room, capacity), capacity)]

    def add_peer(self, address):
        check(self.c.tstream_torrent_add_peer(self.handle, address.encode()))

    def remove(self):
        check(self.c.tstream_torrent_remove(self.handle))

    def magnet(self):
        text = self.c.tstream_torrent_magnet_copy(self.handle)
        try:
            return ctypes.string_at(text).decode()
        finally:
            self.c.tstream_free(text)

    def torrent_bytes(self):
        out, size = c_void_p(), c_size_t()
        check(self.c.tstream_torrent_file_copy(self.handle, byref(out), byref(size)))
        try:
            return ctypes.string_at(out, size.value)
        finally:
            self.c.tstream_free(out)

    def reader(self, index=0, start=0, end=0, readahead=0, tag=0):
        settings = ReaderOptions(start_offset=start, end_offset=end, readahead_bytes=readahead,
                                 tag=tag)
        err, out = ErrorStruct(), c_void_p()
        check(self.c.tstream_reader_open(self.handle, index, byref(settings), byref(out),
                                         byref(err)), err)
        return Reader(self.c, out)


class Reader:
    BUFFER_BYTES = 256 * 1024

    def __init__(self, c, handle):
        self.c, self.handle = c, handle
        self.buffer = ctypes.create_string_buffer(self.BUFFER_BYTES)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        handle, self.handle = self.handle, None
        if handle is not None:
            self.c.tstream_reader_close(handle)

    def try_read(self, size=BUFFER_BYTES):
        """Bytes, b"" at the end, or None for not yet."""
        count = self.c.tstream_reader_read(self.handle, self.buffer, min(size, self.BUFFER_BYTES))
        if count == EAGAIN:
            return None
        return self.buffer.raw[:check(count)] if count != 0 else b""

    def wait(self, timeout=30):
        check(self.c.tstream_reader_wait(self.handle, microseconds(timeout)))

    def read(self, size=-1, timeout=30):
        """This many bytes or, with -1, all until the end."""
        parts, got = [], 0
        deadline = time.monotonic() + timeout
        while size < 0 or got < size:
            part = self.try_read(size - got if size >= 0 else self.BUFFER_BYTES)
            if part is None:
                self.wait(max(0.0, deadline - time.monotonic()))
                continue
            if not part:
                break
            parts.append(part)
            got += len(part)
        return b"".join(parts)

    def seek(self, offset):
        return check(self.c.tstream_reader_seek(self.handle, offset))

    def tell(self):
        return self.c.tstream_reader_tell(self.handle)

    @property
    def size(self):
        return self.c.tstream_reader_get_size(self.handle)

    @property
    def available(self):
        return check(self.c.tstream_reader_get_available(self.handle))

    def cancel(self):
        self.c.tstream_reader_cancel(self.handle)

    def stats(self):
        stats = ReaderStats()
        check(self.c.tstream_reader_get_stats(self.handle, byref(stats)))
        return stats
