"""Histories and accounts through ctypes: structs as in include/tstream, and thin wrappers.

Nothing here is clever on purpose: a test that fails must point at the library.
"""

import ctypes
import sys
from collections import namedtuple
from ctypes import byref, c_char, c_char_p, c_int, c_int32, c_int64
from ctypes import c_size_t, c_uint32, c_void_p
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import clibrary  # noqa: E402
from clibrary import (  # noqa: E402, F401
    EACCES, EBUSY, EINVAL, EIO, ELIMIT, ENET, ENOENT, ENOMEM, ENOSPC, ENOTSUP, ETIMEDOUT,
    ErrorStruct, Struct, TstreamError)

LATEST = 1

_ERR = c_void_p
_ID = c_char * 37


class HistoryOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("timeout_us", c_int64),
                ("sitting_gap_us", c_int64), ("max_connections", c_uint32),
                ("max_rows_per_session", c_uint32)]


class Watch(Struct):
    _fields_ = [("struct_size", c_uint32), ("file_index", c_uint32), ("session_id", c_char_p),
                ("magnet", c_char_p), ("title", c_char_p), ("position_us", c_int64),
                ("duration_us", c_int64), ("watched_at_us", c_int64)]


class Query(Struct):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("session_id", c_char_p),
                ("cursor", c_char_p), ("limit", c_uint32), ("reserved", c_uint32)]


class EntryStruct(Struct):
    _fields_ = [("struct_size", c_uint32), ("file_index", c_uint32), ("id", c_char * 37),
                ("infohash", c_char * 65), ("reserved", c_char * 2), ("magnet", c_char_p),
                ("title", c_char_p), ("watched_at_us", c_int64), ("updated_at_us", c_int64),
                ("position_us", c_int64), ("duration_us", c_int64)]


class FilmStruct(Struct):
    _fields_ = [("struct_size", c_uint32), ("session_count", c_uint32), ("infohash", c_char * 65),
                ("reserved", c_char * 7), ("magnet", c_char_p), ("title", c_char_p),
                ("watched_at_us", c_int64)]


class AccountsOptions(Struct):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("timeout_us", c_int64),
                ("token_lifetime_us", c_int64), ("lockout_us", c_int64),
                ("max_failures", c_uint32), ("max_accounts", c_uint32), ("max_tokens", c_uint32),
                ("max_connections", c_uint32), ("max_hashes", c_uint32),
                ("hash_memory_kib", c_uint32), ("hash_passes", c_uint32), ("reserved", c_uint32)]


class AccountStruct(Struct):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("id", c_char * 37),
                ("name", c_char * 65), ("token_id", c_char * 37), ("reserved_2", c_char * 5),
                ("created_at_us", c_int64), ("expires_at_us", c_int64)]


class LoginStruct(Struct):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("token_id", c_char * 37),
                ("reserved_2", c_char * 3), ("label", c_char_p), ("created_at_us", c_int64),
                ("expires_at_us", c_int64)]


_PROTOTYPES = {
    "tstream_free": (None, [c_void_p]),
    "tstream_history_open": (c_int, [c_char_p, c_void_p, c_void_p, _ERR]),
    "tstream_history_close": (None, [c_void_p]),
    "tstream_history_ping": (c_int, [c_void_p, _ERR]),
    "tstream_history_record": (c_int, [c_void_p, c_void_p, c_void_p, _ERR]),
    "tstream_history_set_position": (c_int, [c_void_p, c_char_p, c_char_p, c_int64, c_int64,
                                             _ERR]),
    "tstream_history_set_file_position": (c_int, [c_void_p, c_char_p, c_char_p, c_uint32, c_int64,
                                                  c_int64, _ERR]),
    "tstream_history_get_file_position": (c_int, [c_void_p, c_char_p, c_char_p, c_uint32,
                                                  c_void_p, c_void_p, _ERR]),
    "tstream_history_list": (c_int, [c_void_p, c_void_p, c_void_p, _ERR]),
    "tstream_history_find": (c_int, [c_void_p, c_char_p, c_char_p, c_void_p, _ERR]),
    "tstream_history_page_get_count": (c_uint32, [c_void_p]),
    "tstream_history_page_get_entry": (c_int, [c_void_p, c_uint32, c_void_p]),
    "tstream_history_page_get_cursor": (c_char_p, [c_void_p]),
    "tstream_history_page_free": (None, [c_void_p]),
    "tstream_history_export_json": (c_int, [c_void_p, c_char_p, c_void_p, c_void_p, _ERR]),
    "tstream_history_remove": (c_int, [c_void_p, c_char_p, c_char_p, _ERR]),
    "tstream_history_clear": (c_int, [c_void_p, c_char_p, _ERR]),
    "tstream_history_claim": (c_int, [c_void_p, c_char_p, c_char_p, _ERR]),
    "tstream_history_prune": (c_int, [c_void_p, c_int64, c_void_p, _ERR]),
    "tstream_history_popular": (c_int, [c_void_p, c_uint32, c_uint32, c_void_p, _ERR]),
    "tstream_popular_get_count": (c_uint32, [c_void_p]),
    "tstream_popular_get_film": (c_int, [c_void_p, c_uint32, c_void_p]),
    "tstream_popular_free": (None, [c_void_p]),
    "tstream_accounts_open": (c_int, [c_char_p, c_void_p, c_void_p, _ERR]),
    "tstream_accounts_close": (None, [c_void_p]),
    "tstream_accounts_count": (c_int64, [c_void_p, _ERR]),
    "tstream_accounts_create": (c_int, [c_void_p, c_char_p, c_char_p, c_void_p, _ERR]),
    "tstream_accounts_verify": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, c_void_p, _ERR]),
    "tstream_accounts_change_password": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, c_char_p,
                                                 c_char_p, _ERR]),
    "tstream_accounts_reset_password": (c_int, [c_void_p, c_char_p, c_char_p, _ERR]),
    "tstream_accounts_delete": (c_int, [c_void_p, c_char_p, _ERR]),
    "tstream_accounts_login": (c_int, [c_void_p, c_char_p, c_char_p, c_void_p, c_void_p, _ERR]),
    "tstream_accounts_find_token": (c_int, [c_void_p, c_char_p, c_void_p, _ERR]),
    "tstream_accounts_revoke": (c_int, [c_void_p, c_char_p, c_char_p, _ERR]),
    "tstream_accounts_revoke_all": (c_int, [c_void_p, c_char_p, c_char_p, _ERR]),
    "tstream_accounts_list_logins": (c_int, [c_void_p, c_char_p, c_void_p, _ERR]),
    "tstream_logins_get_count": (c_uint32, [c_void_p]),
    "tstream_logins_get_login": (c_int, [c_void_p, c_uint32, c_void_p]),
    "tstream_logins_free": (None, [c_void_p]),
}

Entry = namedtuple("Entry", "id infohash file_index magnet title watched_at_us updated_at_us "
                            "position_us duration_us")
Film = namedtuple("Film", "infohash session_count magnet title watched_at_us")
Account = namedtuple("Account", "id name token_id created_at_us expires_at_us")
Login = namedtuple("Login", "token_id label created_at_us expires_at_us")


_library = []


def library():
    if not _library:
        _library.append(clibrary.load(_PROTOTYPES))
    return _library[0]


def encoded(text):
    return text.encode() if isinstance(text, str) else text


def call(name, *arguments):
    """One whose last argument is the error; the result if it is none."""
    err = ErrorStruct()
    result = getattr(library(), name)(*map(encoded, arguments), byref(err))
    if result < 0:
        assert err.code == result, "the error must be filled in"
        assert err.message, "an error has a sentence"
        raise TstreamError(result, err.message.decode())
    return result


def plain(kind, struct):
    """A named tuple of what a struct holds."""
    values = (getattr(struct, name) for name in kind._fields)
    return kind(*(value.decode() if isinstance(value, bytes) else value for value in values))


def microseconds(seconds):
    return int(seconds * 1_000_000)


def items(noun, item, struct, kind, handle):
    """All that a list holds, as named tuples."""
    found = []
    for index in range(getattr(library(), f"tstream_{noun}_get_count")(handle)):
        one = struct()
        assert getattr(library(), f"tstream_{noun}_get_{item}")(handle, index, byref(one)) == 0
        found.append(plain(kind, one))
    return found


class _Store:
    """What is opened by a URL, and closed."""

    noun = None

    def __init__(self, url, settings):
        self.handle = c_void_p()
        call(f"tstream_{self.noun}_open", url, byref(settings), byref(self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        handle, self.handle = self.handle, None
        if handle is not None:
            getattr(library(), f"tstream_{self.noun}_close")(handle)


class History(_Store):
    noun = "history"

    def __init__(self, url, timeout=None, gap=None, **options):
        settings = HistoryOptions(**options)
        if timeout is not None:
            settings.timeout_us = microseconds(timeout)
        if gap is not None:
            settings.sitting_gap_us = microseconds(gap)
        super().__init__(url, settings)

    def ping(self):
        call("tstream_history_ping", self.handle)

    def record(self, session, magnet, title=None, file_index=0, position=0, duration=0, at=0):
        """at: microseconds since 1970, 0 is now.  The row's id."""
        watch = Watch(session_id=encoded(session), magnet=encoded(magnet), title=encoded(title),
                      file_index=file_index, position_us=position, duration_us=duration,
                      watched_at_us=at)
        row_id = _ID()
        call("tstream_history_record", self.handle, byref(watch), row_id)
        return row_id.value.decode()

    def set_position(self, session, row_id, position, duration=0):
        call("tstream_history_set_position", self.handle, session, row_id, position, duration)

    def set_file_position(self, session, infohash, file_index, position, duration=0):
        call("tstream_history_set_file_position", self.handle, session, infohash, file_index,
             position, duration)

    def position(self, session, infohash, file_index=0):
        position, duration = c_int64(), c_int64()
        call("tstream_history_get_file_position", self.handle, session, infohash, file_index,
             byref(position), byref(duration))
        return position.value, duration.value

    @staticmethod
    def _entries(page):
        entries = items("history_page", "entry", EntryStruct, Entry, page)
        cursor = library().tstream_history_page_get_cursor(page).decode()
        library().tstream_history_page_free(page)
        return entries, cursor

    def page(self, session, cursor=None, limit=0, flags=0):
        """(entries, cursor of the next page)"""
        query = Query(session_id=encoded(session), cursor=encoded(cursor), limit=limit,
                      flags=flags)
        page = c_void_p()
        call("tstream_history_list", self.handle, byref(query), byref(page))
        return self._entries(page)

    def all(self, session, limit=1000, flags=0):
        entries, cursor = self.page(session, None, limit, flags)
        while cursor:
            more, cursor = self.page(session, cursor, limit, flags)
            entries += more
        return entries

    def find(self, session, row_id):
        page = c_void_p()
        call("tstream_history_find", self.handle, session, row_id, byref(page))
        return self._entries(page)[0][0]

    def export(self, session):
        text, size = c_void_p(), c_size_t()
        call("tstream_history_export_json", self.handle, session, byref(text), byref(size))
        document = ctypes.string_at(text, size.value)
        library().tstream_free(text)
        return document

    def remove(self, session, row_id):
        call("tstream_history_remove", self.handle, session, row_id)

    def clear(self, session):
        call("tstream_history_clear", self.handle, session)

    def claim(self, old, new):
        call("tstream_history_claim", self.handle, old, new)

    def prune(self, before_us):
        is_done = c_int32()
        call("tstream_history_prune", self.handle, before_us, byref(is_done))
        return bool(is_done.value)

    def popular(self, days=0, limit=0):
        popular = c_void_p()
        call("tstream_history_popular", self.handle, days, limit, byref(popular))
        films = items("popular", "film", FilmStruct, Film, popular)
        library().tstream_popular_free(popular)
        return films


class Accounts(_Store):
    """hash_memory_kib is small unless told otherwise: tests hash many passwords."""

    noun = "accounts"

    def __init__(self, url, hash_memory_kib=1024, hash_passes=1, **options):
        super().__init__(url, AccountsOptions(hash_memory_kib=hash_memory_kib,
                                              hash_passes=hash_passes, **options))

    def count(self):
        return call("tstream_accounts_count", self.handle)

    def _account(self, name, *arguments):
        account = AccountStruct()
        call(name, self.handle, *arguments, byref(account))
        return plain(Account, account)

    def create(self, name, password):
        return self._account("tstream_accounts_create", name, password)

    def verify(self, name, password, client=None):
        return self._account("tstream_accounts_verify", name, password, client)

    def change_password(self, account_id, old, new, client=None, keep=None):
        call("tstream_accounts_change_password", self.handle, account_id, old, new, client, keep)

    def reset_password(self, name, password):
        call("tstream_accounts_reset_password", self.handle, name, password)

    def delete(self, account_id):
        call("tstream_accounts_delete", self.handle, account_id)

    def login(self, account_id, label=None):
        """(token, account)"""
        token = (c_char * 44)()
        account = self._account("tstream_accounts_login", account_id, label, token)
        return token.value.decode(), account

    def find_token(self, token):
        return self._account("tstream_accounts_find_token", token)

    def revoke(self, account_id, token_id):
        call("tstream_accounts_revoke", self.handle, account_id, token_id)

    def revoke_all(self, account_id, keep=None):
        call("tstream_accounts_revoke_all", self.handle, account_id, keep)

    def logins(self, account_id):
        logins = c_void_p()
        call("tstream_accounts_list_logins", self.handle, account_id, byref(logins))
        found = items("logins", "login", LoginStruct, Login, logins)
        library().tstream_logins_free(logins)
        return found
