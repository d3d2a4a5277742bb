"""Films, times, and what the popular list must be, counted the slow way."""

import time

FILM = "dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c"
OTHER_FILM = "08ada5a7a6183aae1e09d831df6748d566095a10"
V2_FILM = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"
MAGNET = f"magnet:?xt=urn:btih:{FILM}&dn=Sintel"
OTHER_MAGNET = f"magnet:?xt=urn:btih:{OTHER_FILM}&dn=Big%20Buck%20Bunny"

MINUTE_US = 60 * 1_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def now_us():
    return time.time_ns() // 1000


def film(number):
    return f"{number + 1:040x}"


def expected_popular(rows, days, limit, today):
    """rows: (infohash, session, watched_at_us) of every sitting"""
    sessions = {}
    for infohash, session, at in rows:
        if days == 0 or at // DAY_US > today - days:
            sessions.setdefault(infohash, set()).add(session)
    ranked = sorted(sessions.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(infohash, len(who)) for infohash, who in ranked[:limit]]


def ranking(films):
    return [(entry.infohash, entry.session_count) for entry in films]
