#!/usr/bin/python3
"""history.py LIBRARY [--rows N] - how long a page of history and the popular list take.

Fills a SQLite file and a PostgreSQL server of its own (in a temporary directory, settings as
Debian has them) with N sittings over 400 days, through SQL so that it takes minutes and not
hours; then calls the library, one thread, and prints a table for README.md.  What the library
counts is compared with what SQL counts the slow way.
"""

import argparse
import os
import random
import sqlite3
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
DAYS, FILMS, SESSIONS = 400, 20_000, 50_000
DAY_US = 86_400_000_000
BUSIEST = 5_000  # sittings of the busiest session
CALLS = 400


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--directory", help="where the SQLite file is made; default: temporary")
    parser.add_argument("--stores", default="sqlite,postgres", help="which to measure")
    parser.add_argument("--plans", action="store_true", help="print query plans, too")
    return parser.parse_args()


def rows(count, now_us):
    """Films by Zipf's law, sessions evenly but for one; a sitting is some time of a day."""
    chance = random.Random(1)
    weights = [1 / (rank + 10) for rank in range(FILMS)]
    films = chance.choices(range(FILMS), weights, k=count)
    seen = set()
    for number, film in enumerate(films):
        session = "busiest" if number % (count // BUSIEST) == 0 else (
            f"session{chance.randrange(SESSIONS)}")
        infohash = f"{film + 1:040x}"
        at_us = now_us - chance.randrange(DAYS * DAY_US)
        is_latest = (session, infohash) not in seen
        seen.add((session, infohash))
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_us // 1_000_000))
        yield (f"{number:08x}-0000-7000-8000-{chance.getrandbits(48):012x}",
               f"magnet:?xt=urn:btih:{infohash}&dn=Film%20{film}&tr=udp%3A%2F%2Ftracker.example"
               "%3A6969%2Fannounce", f"Film {film}", f"{at}.{at_us % 1_000_000:06d}", session,
               infohash, 0, 60_000_000, 7_200_000_000, f"{at}.{at_us % 1_000_000:06d}", is_latest)


COLUMNS = ("id, magnet, title, watched_at, session_id, infohash, file_index, position_us, "
           "duration_us, updated_at, is_latest")


def count_all(store):
    """The tables of counts, filled as their migration fills them."""
    text = next(store.migrations.glob(f"0002_popular.{store.kind}.sql")).read_text()
    fills = [part for part in text.split("INSERT INTO ")[2:5]]
    for name in ("popular_sessions", "popular_days", "popular_windows"):
        store.sql(f"DELETE FROM {name}")
    for part in fills:
        store.sql("INSERT INTO " + part.split(";")[0])


def fill_sqlite(store, count, now_us):
    connection = sqlite3.connect(store.path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
                                  "AND tbl_name = 'watched_torrents'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO watched_torrents ({COLUMNS}) VALUES "
                           "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows(count, now_us))
    connection.execute("COMMIT")
    count_all(store)
    for _, text in triggers:
        connection.execute(text)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_postgres(store, count, now_us):
    shell = store.server.psql_shell(store.name)
    shell.stdin.write("ALTER TABLE watched_torrents DISABLE TRIGGER USER;\n"
                      f"COPY watched_torrents ({COLUMNS}) FROM STDIN;\n")
    for row in rows(count, now_us):
        shell.stdin.write("\t".join(map(str, row)) + "\n")
    said, _ = shell.communicate("\\.\nALTER TABLE watched_torrents ENABLE TRIGGER USER;\n")
    assert "ERROR" not in said, said
    count_all(store)
    store.sql("VACUUM ANALYZE")


def milliseconds(call, items):
    times = []
    for item in items:
        started = time.perf_counter()
        call(item)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return statistics.median(times), times[len(times) * 95 // 100 - 1], times[-1]


def check_counts(store, history, now_us):
    today = now_us // DAY_US
    for days in (1, 7, 20, 30, 60, 365, 0):
        since = time.strftime("%Y-%m-%d", time.gmtime(max(0, today - days + 1) * 86400))
        expected = store.sql(
            "SELECT infohash, count(DISTINCT session_id) FROM watched_torrents "
            f"WHERE watched_at >= '{since if days else '1970-01-01'}' "
            "GROUP BY infohash ORDER BY 2 DESC, 1 LIMIT 20")
        found = [[film.infohash, str(film.session_count)] for film in history.popular(days)]
        assert found == expected, days


def measure(store, history, now_us):
    chance = random.Random(2)
    sessions = [f"session{chance.randrange(SESSIONS)}" for _ in range(CALLS)]
    deep = []
    cursor = ""
    while len(deep) < BUSIEST // 50 - 1:
        _, cursor = history.page("busiest", cursor)
        deep.append(cursor)
    cursors = chance.choices(deep, k=CALLS)
    yield "first page of 50, any session", milliseconds(history.page, sessions)
    yield "any page of 50 of 5,000 rows", milliseconds(
        lambda cursor: history.page("busiest", cursor), cursors)
    yield "the same, newest of each file", milliseconds(
        lambda _: history.page("busiest", limit=50, flags=1), range(CALLS))
    for days in (1, 7, 30, 365, 0):
        name = f"popular, {days} days" if days else "popular, all time"
        yield name, milliseconds(lambda _, days=days: history.popular(days), range(CALLS))
    for days in (2, 20, 60):
        yield f"popular, {days} days (not kept)", milliseconds(
            lambda _, days=days: history.popular(days), range(CALLS // 4))
    yield "record, a new sitting", milliseconds(
        lambda number: history.record(f"new{number}", f"{number % FILMS + 1:040x}"), range(CALLS))
    row = history.page("busiest", limit=1)[0][0]
    yield "position", milliseconds(
        lambda number: history.set_position("busiest", row.id, number), range(CALLS))


def main():
    options = arguments()
    os.environ["TSTREAM_LIBRARY"] = options.library
    os.environ["TSTREAM_SOURCE_DIR"] = str(ROOT)
    sys.path.insert(0, str(ROOT / "tests/store"))
    import tempfile

    import capi
    import stores
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        server = stores.PostgresServer("shared_buffers=128MB")
        try:
            results = {}
            for store, fill in ((stores.SqliteStore(directory), fill_sqlite),
                                (server.make_store(), fill_postgres)):
                if store.kind not in options.stores:
                    continue
                store.migrations = stores.MIGRATIONS
                now_us = time.time_ns() // 1000
                capi.History(store.url).close()
                started = time.monotonic()
                fill(store, options.rows, now_us)
                print(f"# {store.kind}: filled in {time.monotonic() - started:.0f} s, load "
                      f"{os.getloadavg()[0]:.1f}", flush=True)
                with capi.History(store.url, timeout=60) as history:
                    check_counts(store, history, now_us)
                    for name, figures in measure(store, history, now_us):
                        results.setdefault(name, []).append(figures)
                        print(f"# {store.kind}: {name}: "
                              + " / ".join(f"{figure:.2f}" for figure in figures), flush=True)
                    check_counts(store, history, now_us)
                if options.plans:
                    print_plans(store)
            print_table(results)
        finally:
            server.close()


def print_table(results):
    print("\n| ms: median / p95 / worst | SQLite | PostgreSQL |\n|---|---|---|")
    for name, figures in results.items():
        cells = (" / ".join(f"{number:.2f}" for number in cell) for cell in figures)
        print(f"| {name} | " + " | ".join(cells) + " |")


PLANS = {
    "page": "SELECT id FROM watched_torrents WHERE session_id = 'busiest' AND (watched_at, id) < "
            "('2099-01-01 00:00:00.000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff') "
            "ORDER BY watched_at DESC, id DESC LIMIT 51",
    "page, newest of each file":
            "SELECT id FROM watched_torrents WHERE session_id = 'busiest' AND is_latest AND "
            "(watched_at, id) < ('2099-01-01 00:00:00.000000', "
            "'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY watched_at DESC, id DESC LIMIT 51",
    "resume": "SELECT position_us, duration_us FROM watched_torrents WHERE session_id = 'busiest' "
              "AND infohash = '0000000000000000000000000000000000000001' AND file_index = 0 "
              "AND is_latest",
    "sitting": "SELECT id FROM watched_torrents WHERE session_id = 'busiest' AND infohash = "
               "'0000000000000000000000000000000000000001' AND file_index = 0 AND watched_at <= "
               "'2026-01-01 00:30:00.000000' AND updated_at >= '2026-01-01 00:00:00.000000' "
               "ORDER BY watched_at DESC LIMIT 1",
    "popular, a window that is kept":
            "SELECT infohash, session_count FROM popular_windows WHERE days = 30 "
            "ORDER BY session_count DESC, infohash LIMIT 20",
    "popular, any other":
            "SELECT infohash, session_count, (SELECT sum(d.session_count) FROM popular_days d "
            "WHERE d.infohash = w.infohash AND d.day > 20700 AND d.day <= 20710) "
            "FROM popular_windows w "
            "WHERE days = 30 AND session_count <= 9000 AND (session_count < 9000 OR infohash > '') "
            "ORDER BY session_count DESC, infohash LIMIT 50",
    "a film's title": "SELECT magnet, title, watched_at FROM watched_torrents WHERE infohash = "
                      "'0000000000000000000000000000000000000001' "
                      "ORDER BY watched_at DESC, id DESC LIMIT 1",
}


def print_plans(store):
    prefix = "EXPLAIN (COSTS OFF) " if store.kind == "postgres" else "EXPLAIN QUERY PLAN "
    for name, query in PLANS.items():
        print(f"\n## {store.kind}: {name}")
        for row in store.sql(prefix + query):
            print("   ", row[-1])


if __name__ == "__main__":
    main()
