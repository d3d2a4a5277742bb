"""Many readers, seeks, windows and the two ways to wait."""

import random
import select
import threading
import time

import pytest

import tstream
import wirepeer
from helpers import SLOWNESS, assert_same, holds_for, poll
from torrents import KIB, MIB


@pytest.fixture
def movie(content):
    return content("readers.mkv", 16 * MIB + 333, 256 * KIB)


@pytest.fixture
def torrent(session, movie, shared_seeder):
    shared_seeder.seed(movie)
    with session.open(movie.magnet(shared_seeder.address)) as opened:
        yield opened


def in_threads(jobs, timeout=40):
    """Run them all at once; the first failure is raised here."""
    failures = []

    def run(job):
        try:
            job()
        except BaseException as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if failures:
        raise failures[0]


def test_random_seeks_give_the_bytes_of_that_place(torrent, movie):
    chance = random.Random(7)
    with torrent.reader() as reader:
        for _ in range(40):
            offset = chance.randrange(len(movie.data) + 1)
            size = chance.choice([1, 1000, 70_000, 600_000])
            assert reader.seek(offset) == offset
            assert_same(reader.read(size), movie.data[offset:offset + size], f"at {offset}")
            assert reader.tell() == min(offset + size, len(movie.data))


def test_eight_threads_read_and_seek_in_one_file(torrent, movie):
    def watch(number):
        chance = random.Random(number)
        with torrent.reader() as reader:
            for _ in range(12):
                offset = chance.randrange(len(movie.data))
                reader.seek(offset)
                assert_same(reader.read(300_000), movie.data[offset:offset + 300_000])

    in_threads([lambda number=number: watch(number) for number in range(8)])


def test_threads_read_whole_files_of_several_torrents(session, content, shared_seeder):
    files = {"a.mkv": 2 * MIB + 1, "b.mkv": MIB, "c.srt": 3000}
    wanted = [content("left", files, 64 * KIB, "v1"), content("right", files, 64 * KIB, "v2"),
              content("both", files, 64 * KIB, "hybrid")]
    opened = [session.open(one.magnet(shared_seeder.seed(one).address)) for one in wanted]

    def watch(torrent, index, expected):
        with torrent.reader(index) as reader:
            assert_same(reader.read(), expected)

    in_threads([lambda t=torrent, i=index, e=expected: watch(t, i, e)
                for torrent, one in zip(opened, wanted)
                for index, expected in enumerate(one.files) for _ in range(2)])
    for torrent in opened:
        torrent.unref()


def test_one_thread_pulls_many_readers_over_the_wakeup_fd(session, torrent, movie):
    starts = [0, 5 * MIB, 10 * MIB + 1, 15 * MIB, 3]
    readers = {tag: torrent.reader(start=start, tag=tag) for tag, start in enumerate(starts, 100)}
    got = {tag: [] for tag in readers}
    ready, open_tags = set(readers), set(readers)
    deadline = time.monotonic() + 40
    while open_tags:
        for tag in ready & open_tags:
            while part := readers[tag].try_read():
                got[tag].append(part)
            if part == b"":
                open_tags.remove(tag)
        ready = set()
        while open_tags and not ready:
            assert select.select([session.fd], [], [], deadline - time.monotonic())[0], "no wakeup"
            ready = {event.tag for event in session.events()
                     if event.type == tstream.EVENT_READABLE}
    for tag, start in enumerate(starts, 100):
        assert_same(b"".join(got[tag]), movie.data[start:], f"reader {tag}")
        readers[tag].close()


def test_the_wakeup_fd_rests_when_the_events_are_drained(session, torrent):
    assert torrent.file_count == 1
    poll(lambda: not list(session.events()), what="the queue is empty")
    holds_for(0.3, lambda: list(session.events()) or not select.select([session.fd], [], [], 0)[0],
              "the fd is readable although the queue is empty")


def test_end_offset_is_the_end(torrent, movie):
    with torrent.reader(start=1000, end=3 * MIB + 1) as reader:
        assert_same(reader.read(), movie.data[1000:3 * MIB + 1])
        assert reader.try_read() == b""
        reader.seek(3 * MIB)
        assert_same(reader.read(), movie.data[3 * MIB:3 * MIB + 1])


def test_an_end_offset_beyond_the_file_is_the_files_end(torrent, movie):
    with torrent.reader(start=len(movie.data) - 5, end=2 ** 63) as reader:
        assert_same(reader.read(), movie.data[-5:])


def test_nothing_beyond_end_offset_is_fetched(session, content, make_wire_peer):
    wanted = content("bounded.bin", 8 * MIB, 64 * KIB)
    peer = make_wire_peer(wanted)
    with session.open(wanted.magnet(peer.address)) as torrent:
        with torrent.reader(start=MIB, end=2 * MIB) as reader:
            assert_same(reader.read(), wanted.data[MIB:2 * MIB])
            holds_for(0.5, lambda: peer.requested_pieces() <= set(range(16, 32)),
                      "a piece beyond the end was asked for")


def test_an_idle_reader_fetches_its_window_and_no_more(session, content, make_wire_peer):
    wanted = content("window.bin", 16 * MIB, 64 * KIB)
    peer = make_wire_peer(wanted)
    with session.open(wanted.magnet(peer.address)) as torrent:
        with torrent.reader(start=4 * MIB, readahead=2 * MIB):
            poll(lambda: torrent.have_count() >= 32, what="the window is here")
            window = set(range(64, 64 + 32 + 2))
            holds_for(1.0, lambda: torrent.have_count() <= len(window), "more than the window")
            assert peer.requested_pieces() <= window
        holds_for(0.3, lambda: torrent.have_count() <= len(window), "it goes on after close")


def test_a_torrent_without_readers_fetches_nothing(session, content, make_wire_peer):
    wanted = content("nobody.mkv", 4 * MIB, 64 * KIB)
    peer = make_wire_peer(wanted)
    with session.open(wanted.magnet(peer.address)) as torrent:
        poll(lambda: torrent.stats().peer_count == 1, what="the peer is connected")
        holds_for(0.8, lambda: not peer.requested_pieces() and torrent.have_count() == 0,
                  "pieces were asked for")


def test_a_seek_moves_only_its_own_window(session, content, make_wire_peer):
    wanted = content("two-windows.bin", 32 * MIB, 64 * KIB)
    peer = make_wire_peer(wanted)
    with session.open(wanted.magnet(peer.address)) as torrent:
        with torrent.reader(readahead=MIB) as stays, torrent.reader(readahead=MIB) as moves:
            moves.seek(24 * MIB)
            assert_same(moves.read(100), wanted.data[24 * MIB:24 * MIB + 100])
            assert stays.stats().window_begin == 0
            assert moves.stats().window_begin >= 24 * MIB
            assert_same(stays.read(MIB), wanted.data[:MIB])
            middle = set(range(64, 300))
            assert not peer.requested_pieces() & middle


def test_cancel_from_another_thread_ends_a_wait_at_once(session, content, make_wire_peer):
    wanted = content("cancelled.mkv", 4 * MIB, 256 * KIB)
    peer = make_wire_peer(wanted, wirepeer.Silent(after_blocks=0))
    with session.open(wanted.magnet(peer.address)) as torrent, torrent.reader() as reader:
        def cancel():
            poll(lambda: reader.stats().waiting_us > 0, what="the reader waits")
            cancelled_at.append(time.monotonic())
            reader.cancel()

        cancelled_at = []
        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(tstream.TstreamError) as caught:
            reader.wait(30)
        thread.join()
        assert caught.value.code == tstream.ECANCELED
        assert time.monotonic() - cancelled_at[0] < 0.5 * SLOWNESS
        with pytest.raises(tstream.TstreamError):
            reader.try_read()
        with torrent.reader(start=100) as other:
            assert other.try_read() is None, "cancel is this reader's own"


def test_a_wait_ends_when_its_time_is_over(session, content, make_wire_peer):
    wanted = content("patience.mkv", 4 * MIB, 256 * KIB)
    peer = make_wire_peer(wanted, wirepeer.Silent(after_blocks=0))
    with session.open(wanted.magnet(peer.address)) as torrent, torrent.reader() as reader:
        began = time.monotonic()
        with pytest.raises(tstream.TstreamError) as caught:
            reader.wait(0.2)
        assert caught.value.code == tstream.ETIMEDOUT
        assert 0.19 < time.monotonic() - began < 1.0 * SLOWNESS
        with pytest.raises(tstream.TstreamError):
            reader.wait(0)


def test_readers_stand_on_their_own_after_others_close(torrent, movie):
    keeper = torrent.reader(start=2 * MIB)
    for number in range(10):
        torrent.reader(start=number * MIB).close()
    assert_same(keeper.read(MIB), movie.data[2 * MIB:3 * MIB])
    keeper.close()


def test_a_reader_keeps_its_torrent(session, movie, shared_seeder):
    shared_seeder.seed(movie)
    torrent = session.open(movie.magnet(shared_seeder.address))
    reader = torrent.reader()
    torrent.unref()
    assert_same(reader.read(2 * MIB), movie.data[:2 * MIB])
    reader.close()


def test_opening_and_closing_readers_takes_no_memory(torrent):
    def rss_bytes():
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096

    def cycle(number):
        with torrent.reader(start=number % 16 * MIB, readahead=64 * KIB, tag=number) as reader:
            reader.try_read(1000)

    def drained_rss(cycles):
        for number in range(cycles):
            cycle(number)
        poll(lambda: torrent.stats().reader_count == 0, what="all are closed")
        return rss_bytes()

    with torrent.reader(readahead=32 * MIB) as reader:
        reader.read()  # all data is here: only readers come and go from now on
    before = drained_rss(60)
    after = drained_rss(200)
    assert after - before < (2 * MIB if SLOWNESS == 1 else 64 * MIB)


def test_arguments_that_cannot_be_meant_are_refused(torrent, movie):
    for code, options in [(tstream.ENOENT, {"index": 1}),
                          (tstream.EINVAL, {"start": len(movie.data) + 1}),
                          (tstream.EINVAL, {"start": 10, "end": 5})]:
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.reader(**options)
        assert caught.value.code == code, options
        assert caught.value.message
    with torrent.reader() as reader:
        with pytest.raises(tstream.TstreamError) as caught:
            reader.seek(len(movie.data) + 1)
        assert caught.value.code == tstream.EINVAL
        assert reader.seek(len(movie.data)) == len(movie.data)
        assert reader.try_read() == b""
