"""One exception for each of the library's error codes; each is also the fitting built-in.

``except TimeoutError`` and ``except tstream.TimedOutError`` catch the same.  All derive from
:class:`Error`, whose ``code`` is the number in ``tstream/base.h``.
"""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import Dict, Tuple, Type

from tstream import capi


class Code(IntEnum):
    """The error codes of the C library."""

    EINVAL = capi.TSTREAM_EINVAL
    ENOMEM = capi.TSTREAM_ENOMEM
    EAGAIN = capi.TSTREAM_EAGAIN
    ETIMEDOUT = capi.TSTREAM_ETIMEDOUT
    ECANCELED = capi.TSTREAM_ECANCELED
    EIO = capi.TSTREAM_EIO
    ENOENT = capi.TSTREAM_ENOENT
    ENOSPC = capi.TSTREAM_ENOSPC
    EACCES = capi.TSTREAM_EACCES
    EBUSY = capi.TSTREAM_EBUSY
    ELIMIT = capi.TSTREAM_ELIMIT
    ENOTSUP = capi.TSTREAM_ENOTSUP
    ENET = capi.TSTREAM_ENET
    EREFUSED = capi.TSTREAM_EREFUSED
    EINTERNAL = capi.TSTREAM_EINTERNAL


class Error(Exception):
    """Base of all errors of this package: one sentence for people, and a code."""

    code: int = Code.EINTERNAL

    def __init__(self, message: str = "") -> None:
        self.message = message or str(capi.tstream_strerror(int(self.code)))
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Tuple[Type[Error], Tuple[str]]:
        return type(self), (self.message,)


class _SystemError(Error, OSError):
    """Those that the operating system also has: ``errno`` and ``strerror`` are set."""

    number = 0

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.errno = self.number
        self.strerror = self.message


class InvalidError(Error, ValueError):
    """An argument, a magnet or a .torrent that cannot be meant."""

    code = Code.EINVAL


class ClosedError(InvalidError):
    """The object was closed, or belongs to the process from which this one was forked."""


class OutOfMemoryError(Error, MemoryError):
    """Out of memory."""

    code = Code.ENOMEM


class NotReadyError(_SystemError, BlockingIOError):
    """Not yet: wait, then ask again."""

    code = Code.EAGAIN
    number = errno.EAGAIN


class TimedOutError(_SystemError, TimeoutError):
    """The time you gave, or the limit you set, has passed."""

    code = Code.ETIMEDOUT
    number = errno.ETIMEDOUT


class CanceledError(_SystemError):
    """Cancelled, closed or removed by you, perhaps in another thread or task."""

    code = Code.ECANCELED
    number = errno.ECANCELED


class DiskError(_SystemError):
    """The disk said no."""

    code = Code.EIO
    number = errno.EIO


class NotFoundError(_SystemError, FileNotFoundError):
    """No such torrent, file or directory."""

    code = Code.ENOENT
    number = errno.ENOENT


class DiskFullError(_SystemError):
    """Disk full, or over the quota with nothing left to evict."""

    code = Code.ENOSPC
    number = errno.ENOSPC


class AccessError(_SystemError, PermissionError):
    """Not permitted: data directory, address, port, password."""

    code = Code.EACCES
    number = errno.EACCES


class BusyError(_SystemError):
    """Held by another process or session."""

    code = Code.EBUSY
    number = errno.EBUSY


class LimitError(Error, RuntimeError):
    """One of the limits that were set is reached."""

    code = Code.ELIMIT


class NotSupportedError(Error, NotImplementedError):
    """This build, or this kind of torrent, cannot do it."""

    code = Code.ENOTSUP


class NetworkError(_SystemError, ConnectionError):
    """The network failed: name, connection, HTTP status."""

    code = Code.ENET
    number = errno.EHOSTUNREACH


class RefusedError(_SystemError, PermissionError):
    """Refused for safety: an address that must not be asked."""

    code = Code.EREFUSED
    number = errno.EPERM


class InternalError(Error, RuntimeError):
    """A fault of the library; the message says where."""

    code = Code.EINTERNAL


_BY_CODE: Dict[int, Type[Error]] = {
    int(error.code): error
    for error in (
        InvalidError, OutOfMemoryError, NotReadyError, TimedOutError, CanceledError, DiskError,
        NotFoundError, DiskFullError, AccessError, BusyError, LimitError, NotSupportedError,
        NetworkError, RefusedError, InternalError,
    )
}


def from_code(code: int, message: str = "") -> Error:
    """The exception for one of the library's codes.  The wrapper in C raises through this."""
    return _BY_CODE.get(code, InternalError)(message)
