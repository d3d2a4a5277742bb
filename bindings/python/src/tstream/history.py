"""What was watched, how far, and what is popular."""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

from tstream import capi
from tstream._object import LibraryObject
from tstream.cache import seconds_to_us
from tstream.errors import NotFoundError
from tstream.snapshots import HistoryEntry, PopularFilm, take


class HistoryPage(NamedTuple):
    """Sittings, newest first, and where the next page begins ("" after the last)."""

    entries: List[HistoryEntry]
    cursor: str


class History(LibraryObject):
    """A database of what was watched: a file that needs nothing, or a PostgreSQL server.

    A session, that is whoever watches, goes by a name that you choose; rows of another are
    never seen.  Every call may wait for a disk or a network, at most ``timeout`` seconds; with
    asyncio hand it to ``asyncio.to_thread``.
    """

    def __init__(self, url: str, *, timeout: Optional[float] = None,
                 sitting_gap: Optional[float] = None, max_connections: int = 0,
                 max_rows_per_session: int = 0) -> None:
        """Connect, and bring the tables up to date; None and 0 mean the library's defaults.

        :param url: ``sqlite:PATH`` or ``postgresql://user:password@host:5432/name``
        :param sitting_gap: seconds of pause after which watching again is another sitting
        """
        options = capi.tstream_history_options()
        options.timeout_us = seconds_to_us(timeout)
        options.sitting_gap_us = seconds_to_us(sitting_gap)
        options.max_connections = max_connections
        options.max_rows_per_session = max_rows_per_session
        self._hold(capi.tstream_history_open(url, options)[1], root=True)

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        capi.tstream_history_ping(self._handle)

    def record(self, session_id: str, magnet: str, *, file_index: int = 0,
               title: Optional[str] = None, position_us: int = 0, duration_us: int = 0,
               watched_at_us: int = 0) -> str:
        """Record that a session watches a file now; gives the id of the sitting.

        :param title: None: the magnet's name
        :param position_us: 0: not known; then the one stored stays; likewise the duration
        :param watched_at_us: microseconds since 1970; 0: now
        """
        watch = capi.tstream_watch()
        watch.session_id = session_id
        watch.magnet = magnet
        watch.file_index = file_index
        watch.title = title
        watch.position_us = position_us
        watch.duration_us = duration_us
        watch.watched_at_us = watched_at_us
        return str(capi.tstream_history_record(self._handle, watch)[1])

    def set_position(self, session_id: str, id: str, position_us: int,
                     duration_us: int = 0) -> None:
        """Where a sitting is; NotFoundError if the session has no such row."""
        capi.tstream_history_set_position(self._handle, session_id, id, position_us, duration_us)

    def set_file_position(self, session_id: str, infohash: str, file_index: int,
                          position_us: int, duration_us: int = 0) -> None:
        """The same for the newest sitting of a file."""
        capi.tstream_history_set_file_position(self._handle, session_id, infohash, file_index,
                                               position_us, duration_us)

    def file_position(self, session_id: str, infohash: str,
                      file_index: int) -> Optional[Tuple[int, int]]:
        """Position and duration of the newest sitting of a file; None if it was not watched."""
        try:
            _, position_us, duration_us = capi.tstream_history_get_file_position(
                self._handle, session_id, infohash, file_index)
        except NotFoundError:
            return None
        return int(position_us), int(duration_us)

    def page(self, session_id: str, *, latest: bool = False, cursor: str = "",
             limit: int = 0) -> HistoryPage:
        """A session's sittings, newest first, a page at a time.

        :param latest: only the newest sitting of each file
        :param cursor: of the page before
        """
        query = capi.tstream_history_query()
        query.session_id = session_id
        query.flags = capi.TSTREAM_HISTORY_LATEST if latest else 0
        query.cursor = cursor
        query.limit = limit
        return _page(capi.tstream_history_list(self._handle, query)[1])

    def entries(self, session_id: str, *, latest: bool = False) -> Iterator[HistoryEntry]:
        """All of a session's sittings, newest first, asked for as you go."""
        cursor = ""
        while True:
            page = self.page(session_id, latest=latest, cursor=cursor)
            yield from page.entries
            cursor = page.cursor
            if not cursor:
                return

    def find(self, session_id: str, id: str) -> HistoryEntry:
        """One sitting; NotFoundError if the session has no such row."""
        return _page(capi.tstream_history_find(self._handle, session_id, id)[1]).entries[0]

    def export_json(self, session_id: str) -> str:
        """All of a session's sittings as a JSON document."""
        return str(capi.tstream_history_export_json(self._handle, session_id)[1])

    def remove(self, session_id: str, id: str) -> None:
        """Forget one sitting; NotFoundError if the session has no such row."""
        capi.tstream_history_remove(self._handle, session_id, id)

    def clear(self, session_id: str) -> None:
        """Forget everything of a session."""
        capi.tstream_history_clear(self._handle, session_id)

    def claim(self, from_session_id: str, to_session_id: str) -> None:
        """Let the rows of one session be those of another, as when somebody logs in."""
        capi.tstream_history_claim(self._handle, from_session_id, to_session_id)

    def prune(self, before_us: int) -> bool:
        """Forget, of all sessions, what began before a time; False if something is left."""
        return bool(capi.tstream_history_prune(self._handle, before_us)[1])

    def popular(self, days: int = 0, limit: int = 0) -> List[PopularFilm]:
        """The films that most sessions watched.

        :param days: whole days in UTC, today included; 0: all time
        :param limit: 0: 20
        """
        films = capi.tstream_history_popular(self._handle, days, limit)[1]
        return [_copied(PopularFilm, capi.tstream_popular_film(), capi.tstream_popular_get_film,
                        films, index)
                for index in range(capi.tstream_popular_get_count(films))]


def _copied(kind: Any, raw: Any, get: Any, holder: Any, index: int) -> Any:
    get(holder, index, raw)
    return take(kind, raw)


def _page(handle: Any) -> HistoryPage:
    entries = [_copied(HistoryEntry, capi.tstream_history_entry(),
                       capi.tstream_history_page_get_entry, handle, index)
               for index in range(capi.tstream_history_page_get_count(handle))]
    return HistoryPage(entries, str(capi.tstream_history_page_get_cursor(handle)))
