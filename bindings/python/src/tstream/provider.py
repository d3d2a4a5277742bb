"""Providers of searches that are written in Python.

A provider is an object with a method ``search(request)`` that gives :class:`Found` things, as a
list or a generator, and, if some of them have only a reference, a method ``resolve(request)``
that gives a magnet or the bytes of a .torrent::

    class Mine:
        kind = "mine"

        def search(self, request):
            for row in database.find(request.text):
                yield tstream.Found(title=row.title, infohash=row.infohash)

    search.add_provider("mine", Mine())

Each provider has a thread of the library's for itself.  What it raises says how it fared: a
TimeoutError, a PermissionError (wants another key), a ConnectionError, a ValueError (the answer
is no answer), a NotImplementedError, or :class:`Throttled`.  With :mod:`tstream.aio` the methods
may be coroutines and asynchronous generators, which run on the event loop.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import Any, Callable, Iterable, Optional, Union

from tstream import capi
from tstream._object import MAX_S
from tstream.enums import ProviderStatus
from tstream.errors import CanceledError, ClosedError, LimitError, RefusedError


@dataclasses.dataclass
class Found:
    """What a provider has found.  One of infohash, magnet, link and reference must be there."""

    title: str
    infohash: Optional[str] = None
    magnet: Optional[str] = None
    #: URL of a .torrent, or of what redirects to it or to a magnet; never shown
    link: Optional[str] = None
    #: your own word for it, given back to ``resolve``; never shown
    reference: Optional[str] = None
    #: Newznab number, such as 2000 for films; 0: unknown
    category: int = 0
    #: bytes; -1: unknown
    size: int = -1
    seeders: int = -1
    leechers: int = -1
    #: seconds since 1970; -1: unknown
    published_s: int = -1

    def _to_raw(self) -> Any:
        raw = capi.tstream_found()
        for field in dataclasses.fields(self):
            setattr(raw, field.name, getattr(self, field.name))
        return raw


class Throttled(Exception):
    """Raised by a provider: ask again after so many seconds."""

    def __init__(self, retry_after: float, message: str = "asks for a pause") -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Request:
    """What a provider is asked.  It stays valid until the provider has answered."""

    def __init__(self, handle: Any) -> None:
        """Made by the library."""
        self._handle = handle
        self._turn = threading.Lock()
        #: what the user typed, tidied; "" when resolving
        self.text = str(capi.tstream_request_get_text(handle))
        #: the wanted categories, as Newznab numbers with commas between; "" for all
        self.categories = str(capi.tstream_request_get_categories(handle))
        #: when resolving: the reference that was given with the result; else ""
        self.reference = str(capi.tstream_request_get_reference(handle))
        #: more results than this are dropped
        self.limit = int(capi.tstream_request_get_limit(handle))

    @property
    def remaining(self) -> float:
        """Seconds until nobody waits any more; 0 when that is so."""
        return int(capi.tstream_request_get_remaining_us(self._handle)) / 1_000_000

    @property
    def cancelled(self) -> bool:
        """True when nobody waits any more: cancelled, or too late."""
        return bool(capi.tstream_request_is_cancelled(self._handle))

    def _add(self, found: Found) -> None:
        with self._turn:
            capi.tstream_request_add(self._handle, found._to_raw())

    def _give(self, answer: Union[str, bytes]) -> None:
        with self._turn:
            if isinstance(answer, str):
                capi.tstream_request_give_magnet(self._handle, answer)
            else:
                capi.tstream_request_give_torrent(self._handle, answer)

    def _finish(self, status: ProviderStatus = ProviderStatus.OK, retry_after: float = 0,
                message: Optional[str] = None) -> None:
        with self._turn:
            capi.tsb_request_finish(self._handle, int(status), int(retry_after * 1_000_000),
                                    message)

    def _fail(self, error: BaseException) -> None:
        """Finish with the status that an exception stands for."""
        if isinstance(error, Throttled):
            self._finish(ProviderStatus.THROTTLED, _seconds(error.retry_after), _sentence(error))
        elif isinstance(error, LimitError):  # it has given more than was wanted
            self._finish(ProviderStatus.OK)
        else:
            self._finish(_status_of(error), message=f"{type(error).__name__}: {_sentence(error)}")


def _sentence(error: BaseException) -> str:
    """What it says, as far as C can say it: a provider's exceptions may be anything."""
    try:
        text = str(error)
    except Exception:  # pylint: disable=broad-except
        return "it cannot say why"
    return text.encode(errors="replace").decode().replace("\0", " ")


def _seconds(given: Any) -> float:
    """A time to wait; 0 for what is none."""
    try:
        return min(max(0.0, float(given)), MAX_S)
    except (TypeError, ValueError, OverflowError):
        return 0.0


#: The first that fits.
_STATUS = (
    ((CanceledError, ClosedError), ProviderStatus.CANCELLED),
    ((RefusedError,), ProviderStatus.REFUSED),
    ((TimeoutError,), ProviderStatus.TIMEOUT),
    ((PermissionError,), ProviderStatus.AUTH),
    ((ConnectionError,), ProviderStatus.NETWORK),
    ((NotImplementedError,), ProviderStatus.UNSUPPORTED),
    ((ValueError, LookupError, TypeError, AttributeError), ProviderStatus.PARSE),
)


def _status_of(error: BaseException) -> ProviderStatus:
    for kinds, status in _STATUS:
        if isinstance(error, kinds):
            return status
    return ProviderStatus.NETWORK


def answer_search(search: Callable[[Request], Iterable[Found]], handle: Any) -> None:
    """Let a provider's function answer; never raises what belongs into the request."""
    request = Request(handle)
    try:
        for found in search(request):
            request._add(found)
    except Exception as error:  # pylint: disable=broad-except
        request._fail(error)
    except BaseException:
        request._finish(ProviderStatus.CANCELLED, message="the program ends")
        raise
    else:
        request._finish()


def answer_resolve(resolve: Callable[[Request], Union[str, bytes]], handle: Any) -> None:
    """As answer_search()."""
    request = Request(handle)
    try:
        request._give(resolve(request))
    except Exception as error:  # pylint: disable=broad-except
        request._fail(error)
    except BaseException:
        request._finish(ProviderStatus.CANCELLED, message="the program ends")
        raise
    else:
        request._finish()
