"""The disk quota: by least recent use, while playing, and never what is being read."""

import contextlib
import random
import threading
import time

import pytest

import tstream
from helpers import (assert_file, assert_same, disk_bytes, holds_for, let_go_of, poll,
                     stuck_resume, wait_until_closed_to_disk)
from torrents import KIB, MIB

#: pieces under way, metadata and have-bits: what may lie on disk beyond the quota for a moment
SLACK = 2 * MIB


@pytest.fixture
def movies(content):
    return [content(f"movie{number}.bin", 4 * MIB, 64 * KIB) for number in range(4)]


@contextlib.contextmanager
def watched_disk(data_dir, limit):
    """All the while the data directory takes no more than this."""
    worst, stop = [0], threading.Event()

    def watch():
        while not stop.wait(0.02):
            worst[0] = max(worst[0], disk_bytes(data_dir))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert worst[0] <= limit, f"{worst[0]} bytes were on disk, {limit} allowed"
    assert worst[0] > 0


def play(session, movie, seeder):
    with session.open(movie.magnet(seeder.seed(movie).address)) as torrent:
        assert_file(torrent, 0, movie.data)
    wait_until_closed_to_disk(session, movie.infohash)


def have_count(session, movie):
    """What is still on disk of it."""
    with session.open_bytes(movie.torrent) as torrent:
        poll(lambda: torrent.stats().state in (tstream.STATE_READY, tstream.STATE_COMPLETE))
        count = torrent.have_count()
    wait_until_closed_to_disk(session, movie.infohash)
    return count


def test_the_least_recently_used_torrent_makes_way(make_session, movies, shared_seeder, data_dir):
    # room for two of them, with the eighth that is kept free for what is under way
    session = make_session(quota_bytes=12 * MIB)
    with watched_disk(data_dir, 12 * MIB + SLACK):
        for movie in (movies[0], movies[1], movies[0], movies[2]):
            play(session, movie, shared_seeder)
    assert have_count(session, movies[0]) == 64
    assert have_count(session, movies[2]) == 64
    assert have_count(session, movies[1]) < 64


def test_what_is_being_read_is_never_evicted(make_session, movies, shared_seeder, data_dir):
    session = make_session(quota_bytes=12 * MIB)
    with session.open(movies[0].magnet(shared_seeder.seed(movies[0]).address)) as torrent:
        with torrent.reader() as reader:
            assert_same(reader.read(), movies[0].data)
            reader.seek(0)
            with watched_disk(data_dir, 12 * MIB + SLACK):
                for movie in movies[1:]:
                    play(session, movie, shared_seeder)
            assert torrent.have_count() == 64
            downloaded = torrent.stats().downloaded_bytes
            assert_same(reader.read(timeout=5), movies[0].data)
            assert torrent.stats().downloaded_bytes == downloaded


def test_a_torrent_larger_than_the_quota_plays_from_start_to_end(make_session, content,
                                                                 shared_seeder, data_dir):
    wanted = content("larger.bin", 24 * MIB, 64 * KIB)
    session = make_session(quota_bytes=6 * MIB)
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        with watched_disk(data_dir, 6 * MIB + SLACK), torrent.reader() as reader:
            assert_same(reader.read(timeout=40), wanted.data)
            for offset in (0, 12 * MIB, 23 * MIB):
                reader.seek(offset)
                assert_same(reader.read(MIB), wanted.data[offset:offset + MIB])
    assert session.stats().disk_quota_bytes == 6 * MIB


def test_the_quota_holds_while_a_slow_disk_keeps_eviction_waiting(make_session, content,
                                                                 make_seeder, data_dir):
    wanted = content("slow.bin", 24 * MIB, 64 * KIB)
    stuck = stuck_resume(data_dir, wanted)
    session = make_session(quota_bytes=6 * MIB)
    # slow enough that eviction is asked for long before all has come
    seeder = make_seeder().seed(wanted).limit(16 * MIB)
    torrent = session.open(wanted.magnet(seeder.address))

    def read_all():
        with torrent.reader() as reader:
            assert_same(reader.read(timeout=40), wanted.data)

    def watch():
        with let_go_of(stuck):
            session.wait_event(tstream.EVENT_EVICTED)
            holds_for(1, lambda: disk_bytes(data_dir) <= 6 * MIB + SLACK, "the quota holds")

    run_together(read_all, watch)
    torrent.unref()
    session.close()


def test_two_readers_of_a_torrent_larger_than_the_quota_both_end(make_session, content,
                                                                shared_seeder):
    wanted = content("larger.bin", 24 * MIB, 64 * KIB)
    session = make_session(quota_bytes=8 * MIB)
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        with torrent.reader(end=8 * MIB) as left, torrent.reader(start=16 * MIB) as right:
            for offset in range(0, 8 * MIB, 256 * KIB):
                assert_same(left.read(256 * KIB), wanted.data[offset:offset + 256 * KIB])
                there = 16 * MIB + offset
                assert_same(right.read(256 * KIB), wanted.data[there:there + 256 * KIB])


def test_a_quota_that_holds_no_two_pieces_is_refused_when_reading_begins(make_session, content,
                                                                        shared_seeder):
    wanted = content("coarse.bin", 4 * MIB, 2 * MIB)
    session = make_session(quota_bytes=3 * MIB)
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.reader()
    assert caught.value.code == tstream.ENOSPC
    assert "quota" in caught.value.message


def test_eviction_is_told_and_counted(make_session, movies, shared_seeder, data_dir):
    session = make_session(quota_bytes=6 * MIB)
    play(session, movies[0], shared_seeder)
    play(session, movies[1], shared_seeder)
    event = session.wait_event(tstream.EVENT_EVICTED)
    assert event.infohash.decode() == movies[0].infohash
    poll(lambda: session.stats().disk_used_bytes <= 6 * MIB, what="the quota holds")
    assert abs(session.stats().disk_used_bytes - disk_bytes(data_dir)) < MIB


def test_the_quota_counts_what_earlier_sessions_left(make_session, movies, shared_seeder,
                                                     data_dir):
    first = make_session()
    for movie in movies[:3]:
        play(first, movie, shared_seeder)
    first.close()
    session = make_session(quota_bytes=6 * MIB)
    play(session, movies[3], shared_seeder)
    poll(lambda: disk_bytes(data_dir) <= 6 * MIB + SLACK, what="older data has made way")
    assert have_count(session, movies[3]) == 64


def run_together(*functions):
    """Each in a thread of its own; what the first of them raised is raised here."""
    raised = []

    def guarded(function):
        try:
            function()
        except BaseException as error:  # pylint: disable=broad-exception-caught
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it hangs"
    if raised:
        raise raised[0]


def test_torrents_that_close_never_stop_those_that_play(make_session, content, shared_seeder):
    movies = [content(f"closing{number}.bin", 4 * MIB, 64 * KIB) for number in range(6)]
    links = [movie.magnet(shared_seeder.seed(movie).address) for movie in movies]
    session = make_session(quota_bytes=12 * MIB)

    def play_some(first):
        for number in range(first, first + 30, 2):
            with session.open(links[number % 6]) as torrent:
                assert_file(torrent, 0, movies[number % 6].data)

    run_together(*(lambda first=first: play_some(first) for first in range(3)))


def test_wild_seeks_under_a_small_quota_never_give_a_wrong_byte(make_session, content,
                                                               shared_seeder):
    movies = [content(f"wild{number}.bin", 24 * MIB, 64 * KIB) for number in range(3)]
    session = make_session(quota_bytes=8 * MIB)
    torrents = [session.open(movie.magnet(shared_seeder.seed(movie).address)) for movie in movies]
    right = [0]
    end = time.monotonic() + 4

    def seek_wildly(seed):
        dice, number = random.Random(seed), seed % 3
        with torrents[number].reader() as reader:
            while time.monotonic() < end:
                offset = dice.randrange(23 * MIB)
                reader.seek(offset)
                # Others' windows may leave no room, and a peer may be a moment away.
                with contextlib.suppress(tstream.TstreamError):
                    got = reader.read(4 * KIB, timeout=0.05)
                    assert_same(got, movies[number].data[offset:offset + 4 * KIB])
                    right[0] += 1

    run_together(*(lambda seed=seed: seek_wildly(seed) for seed in range(6)))
    assert right[0] > 0
