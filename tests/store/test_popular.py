"""The popular list is exactly what counting the slow way gives, whatever happened before."""

import random
import time

import pytest
from films import DAY_US, FILM, HOUR_US, MAGNET, MINUTE_US, expected_popular, film, now_us, ranking

WINDOWS = (1, 2, 3, 7, 8, 14, 15, 30, 31, 90, 100, 180, 365, 366, 3650, 0)


@pytest.fixture
def today():
    """The number of the day, which must not change during a test: shortly before midnight in
    UTC this waits for it."""
    deadline_us = now_us() + 2 * MINUTE_US
    while DAY_US - now_us() % DAY_US < MINUTE_US and now_us() < deadline_us:
        time.sleep(0.1)
    return now_us() // DAY_US


def stored_rows(store):
    """(infohash, session, microseconds of the day it began)"""
    day = ("watched_at::date - DATE '1970-01-01'" if store.kind == "postgres"
           else "CAST(julianday(substr(watched_at, 1, 10)) - 2440587.5 AS INTEGER)")
    return [(infohash, session, int(number) * DAY_US) for infohash, session, number in
            store.sql(f"SELECT infohash, session_id, {day} FROM watched_torrents")]


def agrees(history, store, today, limit=100):
    rows = stored_rows(store)
    for days in WINDOWS:
        assert ranking(history.popular(days, limit)) == expected_popular(rows, days, limit,
                                                                        today), days


def watch_at_random(history, chance, count, films=12, sessions=9, oldest_days=450):
    for _ in range(count):
        # most of it lately, as people do
        age_us = int(oldest_days * DAY_US * chance.random() ** 4)
        history.record(f"session{chance.randrange(sessions)}",
                       film(int(films * chance.random() ** 2)), at=max(now_us() - age_us, 1),
                       file_index=chance.randrange(3))


def test_a_session_counts_once_however_often_it_watched(history):
    for number in range(4):
        history.record("me", MAGNET, file_index=number, at=now_us() - number * DAY_US)
    history.record("you", film(1))
    history.record("me", film(1))
    assert ranking(history.popular(7)) == [(film(1), 2), (FILM, 1)]


def test_days_are_whole_days_and_today_is_one_of_them(history, today):
    midnight = today * DAY_US
    for number, at in enumerate([midnight, midnight - 1, midnight - 6 * DAY_US,
                                 midnight - 6 * DAY_US - 1]):
        history.record("me", film(number), at=at)
    assert {entry.infohash for entry in history.popular(1)} == {film(0)}
    assert {entry.infohash for entry in history.popular(2)} == {film(0), film(1)}
    assert {entry.infohash for entry in history.popular(7)} == {film(0), film(1), film(2)}
    assert {entry.infohash for entry in history.popular(8)} == {film(i) for i in range(4)}


def test_equals_are_in_the_order_of_their_infohashes(history):
    for number in (5, 3, 9, 1, 7):
        history.record("me", film(number))
    assert [entry.infohash for entry in history.popular()] == [film(i) for i in (1, 3, 5, 7, 9)]
    assert [entry.infohash for entry in history.popular(3, 2)] == [film(1), film(3)]


def test_a_film_goes_by_what_it_was_called_last(history):
    history.record("me", MAGNET, "Old name", at=now_us() - DAY_US)
    history.record("you", FILM, "New name")
    [entry] = history.popular(7)
    assert entry.title == "New name" and entry.magnet == f"magnet:?xt=urn:btih:{FILM}"
    assert now_us() - entry.watched_at_us < HOUR_US


def test_others_see_neither_keys_nor_addresses_of_a_magnet(history):
    history.record("me", MAGNET + "&tr=udp%3A%2F%2Fopen.example%3A80%2Fannounce"
                   "&tr=https%3A%2F%2Fclosed.example%2F0123456789abcdef%2Fannounce"
                   "&x.pe=10.0.0.1%3A6881&ws=http%3A%2F%2F10.0.0.1%2F&xs=http%3A%2F%2F10.0.0.1%2Ft")
    for days in (7, 8):
        [entry] = history.popular(days)
        assert entry.magnet.startswith(f"magnet:?xt=urn:btih:{FILM}&dn=Sintel&tr=udp")
        assert "open.example" in entry.magnet
        assert not any(word in entry.magnet for word in ("closed", "x.pe", "ws=", "xs="))


def test_nothing_watched_is_nothing_popular(history):
    assert history.popular() == [] == history.popular(5)


def test_it_agrees_with_counting_whatever_is_done_to_the_rows(history, store, today):
    chance = random.Random(4)
    watch_at_random(history, chance, 150)
    agrees(history, store, today)
    for session in range(3):
        entries = history.all(f"session{session}")
        for entry in chance.sample(entries, len(entries) // 2):
            history.remove(f"session{session}", entry.id)
    agrees(history, store, today)
    history.claim("session4", "session5")
    history.claim("session6", "newcomer")
    agrees(history, store, today)
    history.clear("session7")
    history.prune(now_us() - 100 * DAY_US)
    agrees(history, store, today)
    store.sql("UPDATE watched_torrents SET infohash = '" + film(0) + "', is_latest = FALSE "
              "WHERE infohash = '" + film(1) + "'")
    agrees(history, store, today)
    for session in range(9):
        history.clear(f"session{session}")
    history.clear("newcomer")
    assert all(store.sql(f"SELECT count(*) FROM popular_{name}") == [["0"]]
               for name in ("sessions", "days", "windows"))


@pytest.mark.parametrize("behind", [1, 5, 29, 400])
def test_windows_move_on_with_the_days(open_history, store, today, behind):
    """The database was last asked some days ago; its rows were counted for that day."""
    history = open_history()
    store.sql(f"UPDATE popular_clock SET through_day = {today - behind}")
    watch_at_random(history, random.Random(behind), 100)
    agrees(history, store, today)
    assert store.sql("SELECT DISTINCT through_day FROM popular_clock") == [[str(today)]]


def test_only_the_window_that_is_asked_for_moves_on(history, store, today):
    """All at once would take too long where there is much, and then never come to an end."""
    store.sql(f"UPDATE popular_clock SET through_day = {today - 40}")
    watch_at_random(history, random.Random(3), 60)
    history.popular(30)
    assert store.sql(f"SELECT days FROM popular_clock WHERE through_day = {today}") == [["30"]]
    watch_at_random(history, random.Random(4), 60)
    agrees(history, store, today)


def test_a_clock_that_was_wrong_does_no_lasting_harm(history, store, today):
    store.sql(f"UPDATE popular_clock SET through_day = {today + 5000}")
    watch_at_random(history, random.Random(7), 60)
    agrees(history, store, today)


def test_a_long_tail_of_films_is_searched_to_its_end(history, store, today):
    """A window that is not kept counted goes through its films in batches of 500."""
    insert_many(store, 1300, today)
    history.record("late", film(1299))
    history.record("later", film(1299))
    agrees(history, store, today, limit=3)
    assert ranking(history.popular(2, 2)) == [(film(1299), 2)]


def insert_many(store, count, today):
    """Films of five sessions each, all of them last watched twenty days ago."""
    if store.kind == "postgres":
        numbers = f"(SELECT n FROM generate_series(1, {count}) AS n) AS films"
        infohash, row_id = "lpad(to_hex(n), 40, '0')", "gen_random_uuid()"
        at = f"TIMESTAMP '1970-01-01' + INTERVAL '{today - 20} days'"
    else:
        numbers = ("(WITH RECURSIVE all_numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
                   f"FROM all_numbers WHERE n < {count}) SELECT n FROM all_numbers) AS films")
        infohash, row_id = "printf('%040x', n)", "printf('%08x-0000-0000-0000-%012x', n, column1)"
        at = f"strftime('%Y-%m-%d %H:%M:%S.000000', {(today - 20) * 86400}, 'unixepoch')"
    store.sql(f"INSERT INTO watched_torrents SELECT {row_id}, 'm', 't', {at}, 's' || column1, "
              f"{infohash}, 0, 0, 0, {at}, TRUE FROM {numbers} "
              "CROSS JOIN (VALUES (1), (2), (3), (4), (5)) AS watchers")
