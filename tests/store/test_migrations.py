"""A database of any earlier version becomes today's, with all it holds."""

from datetime import datetime, timezone

import capi
import pytest
from films import DAY_US, FILM, expected_popular, film, now_us, ranking
from stores import migration_files

COUNT = len(migration_files("sqlite"))


def make_old(store, version):
    """As a library that knew only so many migrations left it."""
    for path in migration_files(store.kind)[:version]:
        store.script(path)
    store.sql("CREATE TABLE tstream_migrations (number BIGINT NOT NULL PRIMARY KEY, "
              "name TEXT NOT NULL, applied_at TIMESTAMP NOT NULL)")
    for number in range(1, version + 1):
        store.sql(f"INSERT INTO tstream_migrations VALUES ({number}, 'old', "
                  "'2026-01-01 00:00:00.000000')")


def timestamp(at_us):
    return datetime.fromtimestamp(at_us // 1_000_000, timezone.utc).strftime(
        "%Y-%m-%d %H:%M:%S.000000")


def watch(store, number, session, infohash, at_us):
    store.sql("INSERT INTO watched_torrents VALUES "
              f"('00000000-0000-7000-8000-{number:012x}', 'magnet:?xt=urn:btih:{infohash}', "
              f"'Title {number}', '{timestamp(at_us)}', '{session}', '{infohash}', 0, 5, 9, "
              f"'{timestamp(at_us)}', TRUE)")


def test_both_dialects_have_the_same_migrations_and_there_are_several():
    names = [[path.name.split(".")[0] for path in migration_files(dialect)]
             for dialect in ("sqlite", "postgres")]
    assert names[0] == names[1] and len(names[0]) >= 2
    assert [int(name[:4]) for name in names[0]] == list(range(1, COUNT + 1))


@pytest.mark.parametrize("version", range(1, COUNT))
def test_what_an_earlier_version_stored_is_there_and_counted(new_store, version):
    make_old(new_store, version)
    rows = [(FILM, "me", now_us() - 40 * DAY_US), (FILM, "you", now_us() - 3 * DAY_US),
            (film(1), "me", now_us() - DAY_US), (film(2), "they", now_us() - 500 * DAY_US)]
    for number, (infohash, session, at_us) in enumerate(rows, 1):
        watch(new_store, number, session, infohash, at_us)
    with capi.History(new_store.url) as history:
        assert [(entry.infohash, entry.title) for entry in history.all("me")] == [
            (film(1), "Title 3"), (FILM, "Title 1")]
        assert history.position("me", FILM) == (5, 9)
        history.record("me", FILM)
        rows.append((FILM, "me", now_us()))
        for days in (1, 7, 10, 30, 365, 0):
            assert ranking(history.popular(days)) == expected_popular(rows, days, 20,
                                                                     now_us() // DAY_US)
    with capi.Accounts(new_store.url) as accounts:
        assert accounts.count() == 0
    numbers = new_store.sql("SELECT number FROM tstream_migrations ORDER BY number")
    assert numbers == [[str(number)] for number in range(1, COUNT + 1)]


def test_migrations_are_applied_once(new_store):
    for _ in range(3):
        capi.History(new_store.url).close()
    assert new_store.sql("SELECT count(*) FROM tstream_migrations") == [[str(COUNT)]]


def test_a_migration_that_fails_leaves_the_database_as_it_was(new_store):
    make_old(new_store, 1)
    new_store.sql("CREATE TABLE popular_days (in_the_way INTEGER)")
    with pytest.raises(capi.TstreamError):
        capi.History(new_store.url, timeout=2)
    assert new_store.sql("SELECT number FROM tstream_migrations") == [["1"]]
    new_store.sql("DROP TABLE popular_days")
    capi.History(new_store.url).close()


FIVE_COLUMNS = {
    "postgres": "CREATE TABLE watched_torrents (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), "
                "magnet TEXT, title TEXT, watched_at TIMESTAMPTZ DEFAULT now(), session_id TEXT)",
    "sqlite": "CREATE TABLE watched_torrents (id UUID PRIMARY KEY, magnet TEXT, title TEXT, "
              "watched_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, session_id TEXT)"}


def watch_before(store, number, magnet, title, at, session="'somebody'"):
    store.sql("INSERT INTO watched_torrents (id, magnet, title, watched_at, session_id) VALUES "
              f"('{number:08X}-0000-4000-8000-00000000ABCD', {magnet}, {title}, {at}, {session})")


def test_a_table_that_another_program_made_is_taken_over(new_store):
    """It has the five columns that programs rely on, and what programs put there."""
    new_store.sql(FIVE_COLUMNS[new_store.kind])
    new_store.sql("CREATE INDEX watched_torrents_page ON watched_torrents (session_id)"
                  if new_store.kind == "postgres" else "SELECT 1")
    magnet = f"'magnet:?xt=urn:btih:{FILM.upper()}&dn=Named'"
    watch_before(new_store, 1, magnet, "'Old'", "'2025-01-01 10:00:00'")
    watch_before(new_store, 2, magnet, "NULL", "'2025-01-02 10:00:00.5+00:00'")
    watch_before(new_store, 3, magnet, "'Another'", "'2025-01-02 10:00:00'", "'another'")
    watch_before(new_store, 4, "'no magnet'", "'x'", "'2025-01-02 10:00:00'")
    watch_before(new_store, 5, "NULL", "NULL", "NULL", "NULL")
    watch_before(new_store, 6, magnet, "'x'", "'2025-01-02 10:00:00'", "'a b'")
    with capi.History(new_store.url) as history:
        newest, oldest = history.all("somebody")
        assert (newest.title, oldest.title) == ("Named", "Old")
        assert newest.infohash == FILM and newest.file_index == 0
        assert newest.watched_at_us == 1735812000_500000
        assert oldest.id == "00000001-0000-4000-8000-00000000abcd"
        assert history.all("somebody", flags=capi.LATEST) == [newest]
        assert ranking(history.popular()) == [(FILM, 2)]
        history.record("somebody", FILM, position=7)
        assert history.position("somebody", FILM) == (7, 0) and len(history.all("somebody")) == 3
    assert new_store.sql("SELECT count(*) FROM watched_torrents_before") == [["6"]]


def test_a_large_table_is_taken_over_whole(new_store):
    new_store.sql(FIVE_COLUMNS[new_store.kind])
    count = 1201
    if new_store.kind == "postgres":
        numbers, row_id = f"generate_series(1, {count}) AS value", "gen_random_uuid()"
    else:
        numbers = ("(WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
                   f"WHERE value < {count}) SELECT value FROM n)")
        row_id = "printf('%08x-0000-4000-8000-000000000000', (value * 7919) % 1000003)"
    new_store.sql(f"INSERT INTO watched_torrents SELECT {row_id}, 'magnet:?xt=urn:btih:{FILM}', 't', "
                  f"'2025-01-01 00:00:00', 's' || value FROM {numbers}")
    with capi.History(new_store.url) as history:
        assert ranking(history.popular()) == [(FILM, count)]


def test_a_database_of_a_newer_version_is_refused(new_store):
    capi.History(new_store.url).close()
    new_store.sql("INSERT INTO tstream_migrations VALUES (9999, 'to come', "
                  "'2036-01-01 00:00:00.000000')")
    with pytest.raises(capi.TstreamError) as caught:
        capi.History(new_store.url)
    assert caught.value.code == capi.ENOTSUP and "newer" in caught.value.message
