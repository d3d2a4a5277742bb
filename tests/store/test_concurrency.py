"""Many threads and several programs at once: nothing lost, nothing doubled."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import capi
from films import MAGNET, expected_popular, film, now_us, ranking

THREADS = 50


def in_threads(work, count=THREADS):
    """work(number) in each; what they return, and the first exception is raised."""
    results, errors = [None] * count, []
    start = threading.Barrier(count)

    def run(number):
        try:
            start.wait(30)
            results[number] = work(number)
        except Exception as error:  # shown by the test that waits
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def latest_counts(store):
    rows = store.sql("SELECT session_id, infohash, file_index FROM watched_torrents "
                     "WHERE is_latest")
    return Counter(map(tuple, rows))


def test_fifty_threads_that_record_one_file_make_one_row(open_history, store):
    history = open_history(timeout=60)
    ids = in_threads(lambda number: history.record("me", MAGNET, position=number + 1))
    assert len(set(ids)) == 1
    assert store.sql("SELECT count(*) FROM watched_torrents") == [["1"]]
    assert ranking(history.popular()) == [(history.all("me")[0].infohash, 1)]


def test_fifty_threads_of_many_sessions_lose_and_double_nothing(open_history, store):
    history = open_history(timeout=60)

    def work(number):
        session = f"session{number % 10}"
        return [(session, film(step), number % 2, history.record(session, film(step),
                                                                 file_index=number % 2))
                for step in range(6)]

    told = [row for rows in in_threads(work) for row in rows]
    by_file = {}
    for session, infohash, file_index, row_id in told:
        by_file.setdefault((session, infohash, str(file_index)), set()).add(row_id)
    assert all(len(ids) == 1 for ids in by_file.values())
    stored = store.sql("SELECT session_id, infohash, file_index, id FROM watched_torrents")
    assert Counter(map(tuple, stored)) == Counter((*key, *ids) for key, ids in by_file.items())
    assert set(latest_counts(store).values()) == {1}


def test_what_threads_do_to_the_same_rows_ends_in_order(open_history, store):
    """Record, claim, remove, clear and ask, all at once and all of the same few sessions."""
    history = open_history(timeout=60)

    def work(number):
        session, other = f"session{number % 3}", f"session{(number + 1) % 3}"
        for step in range(4):
            row_id = history.record(session, film(step % 3), position=number + 1)
            if number % 5 == 1:
                history.claim(session, other)
            elif number % 5 == 2:
                try:
                    history.remove(session, row_id)
                except capi.TstreamError as error:
                    assert error.code == capi.ENOENT
            elif number % 5 == 3:
                history.popular(7)
                history.page(session)
            elif number % 25 == 4:
                history.clear(session)

    in_threads(work)
    assert all(count == 1 for count in latest_counts(store).values())
    rows = [(infohash, session, now_us()) for infohash, session in
            store.sql("SELECT infohash, session_id FROM watched_torrents")]
    assert ranking(history.popular(1)) == expected_popular(rows, 0, 20, 0)
    groups = store.sql("SELECT DISTINCT session_id, infohash, file_index FROM watched_torrents")
    assert len(groups) == len(latest_counts(store))


def test_a_few_connections_serve_many_threads(open_history):
    history = open_history(timeout=60, max_connections=1)
    in_threads(lambda number: history.record(f"session{number}", MAGNET))
    in_threads(lambda number: history.page(f"session{number}"))
    assert history.popular()[0].session_count == THREADS


def test_several_programs_may_begin_on_a_new_database_at_once(new_store):
    script = ("import capi, sys\n"
              "with capi.History(sys.argv[1], timeout=60) as history:\n"
              "    history.record('me', 'dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c')\n")
    programs = [subprocess.Popen([sys.executable, "-c", script, new_store.url],
                                 cwd=Path(__file__).parent, stderr=subprocess.PIPE)
                for _ in range(5)]
    for program in programs:
        _, said = program.communicate(timeout=60)
        assert program.returncode == 0, said.decode()
    assert new_store.sql("SELECT count(*) FROM watched_torrents") == [["1"]]
    numbers = new_store.sql("SELECT number FROM tstream_migrations ORDER BY number")
    assert numbers == [[str(number)] for number in range(1, len(numbers) + 1)]


def test_threads_may_open_a_new_database_at_once(new_store):
    for opened in in_threads(lambda _: capi.History(new_store.url, timeout=60), 8):
        opened.ping()
        opened.close()
