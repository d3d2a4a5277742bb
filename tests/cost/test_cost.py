"""What the main jobs cost, in counts that do not depend on the machine.

A bound is about twice what was measured: it does not fail by chance, and it fails when something
is done per block that was done per piece, or per tick that was done when something happened.
docs/costs.md has the figures that were measured.
"""
import collections
import random
import time

import counters
import pytest
import torrents
import wire

KIB, MIB = 1024, 1024 * 1024
GIB = 1024 * MIB


@pytest.fixture
def calls_of(make_server, tmp_path):
    """calls_of(work, …): the system calls of a server that did work(server), but for those with
    which every server begins and ends."""

    def count(name, work, **options):
        summary = tmp_path / name
        server = make_server(under=counters.counting_calls(summary), **options)
        work(server)
        assert server.stop() == 0, server.output()
        return collections.Counter(wire.poll(
            lambda: summary.exists() and counters.calls_in(summary), 10, "strace has counted"))

    def of(work, **options):
        idle = count("idle", lambda server: wire.get(server, "/api/health"))
        return count("work", work, **options) - idle

    return of


def assert_at_most(bounds, calls, size):
    """Of each name so many for each GiB, and in all."""
    per_gib = {name: round(count * GIB / size) for name, count in calls.most_common()}
    per_gib["in all"] = sum(per_gib.values())
    over = {name: (per_gib.get(name, 0), bound) for name, bound in bounds.items()
            if per_gib.get(name, 0) > bound}
    assert not over, f"a GiB took (had, at most): {over}; all: {per_gib}"


def test_a_download_asks_for_each_byte_once(make_server, make_film):
    film = make_film(make_server(), 96 * MIB, 1 * MIB, 1)
    film.fetch()
    stats = film.stats()
    assert stats["redundant_bytes"] == 0
    assert stats["failed_bytes"] == 0


def test_several_seeders_bring_hardly_a_byte_twice(make_server, make_film):
    film = make_film(make_server(), 96 * MIB, 1 * MIB, 4)
    film.fetch()
    assert film.stats()["redundant_bytes"] <= film.size * 0.02


def test_system_calls_of_a_download(calls_of, make_film):
    size = 96 * MIB
    calls = calls_of(lambda server: make_film(server, size, 1 * MIB, 1).fetch())
    # One write a piece or so, and one flush for several.
    assert_at_most({"in all": 100_000, "pwrite64": 5_000, "pread64": 8_500, "sendto": 8_500,
                    "recvfrom": 20_000, "fdatasync": 300}, calls, size)


def test_system_calls_of_serving_what_is_here(calls_of, make_server, make_film):
    size, rounds = 96 * MIB, 5
    first = make_server()
    film = make_film(first, size, 1 * MIB, 1).fetch()
    assert first.stop() == 0, first.output()

    def read(server):
        film.server = server
        for _ in range(rounds):
            film.fetch()

    calls = calls_of(read, data_dir=first.data_dir)
    # One read and one send each 256 KiB; two sends where the client is the slower one, as the kernel
    # keeps less than that for it.
    assert_at_most({"in all": 28_000, "pread64": 4_500, "sendto": 8_500, "futex": 5_000},
                   calls, rounds * size)


def test_an_idle_server_sleeps(make_server, tmp_path):
    """A hundred torrents open, none of them read, nobody there."""
    server = make_server()
    for number in range(100):
        content = torrents.make(tmp_path, f"film{number}.mp4", 64 * KIB, 16 * KIB)
        answer = wire.request(server, "POST", "/api/torrents",
                              {"Content-Type": "application/x-bittorrent"}, content.torrent)
        assert answer.status == 201, answer
    time.sleep(2)  # what opening began may still be going on
    idle_s = 10
    before = counters.times_woken(server.process.pid)
    time.sleep(idle_s)
    woken = counters.times_woken(server.process.pid) - before
    assert woken <= idle_s * 20


@pytest.fixture
def viewed(make_server, make_film):
    """A server, and a film that is here: what follows is seeking only."""
    film = make_film(make_server(), 96 * MIB, 256 * KIB, 1)
    return film.fetch()


def growth(film, work, warm_up, times):
    """Anonymous memory that `times` of work take when `warm_up` have been done, bytes."""
    def size_after(count):
        for _ in range(count):
            work()
        return counters.anonymous_bytes(film.server.process.pid)

    warm = size_after(warm_up)
    return size_after(times) - warm


def test_memory_stays_while_a_viewer_seeks(viewed):
    chance = random.Random(20260101)

    def seek():
        at = chance.randrange(viewed.size - 64 * KIB)
        assert viewed.part(at, at + 64 * KIB - 1).body == viewed.content[at:at + 64 * KIB]

    # Threads that meet otherwise leave other gaps in the heap; a reader that leaked is larger.
    assert growth(viewed, seek, 1_000, 3_000) < 3_000 * KIB


def test_memory_stays_while_a_film_is_dropped_and_opened_again(viewed):
    def open_again():
        answer = wire.request(viewed.server, "DELETE", f"/api/torrents/{viewed.infohash}")
        assert answer.status in (200, 204), answer
        viewed.open()

    # The heap's gaps fill with ever fewer new pages; what leaked would grow as fast as ever.
    assert growth(viewed, open_again, 600, 600) < 600 * 20 * KIB
