"""The core's swarm tests through the package: magnet -> metadata -> every byte."""

import random
import threading
import time

import pytest
import wirepeer
from seeders import poll

import tstream

KIB, MIB = 1024, 1024 * 1024
FILES = {"movie.mkv": MIB + 17, "sub/movie.en.srt": 20_001, "sub/empty.nfo": 0, "b.mp4": 70_000}
KINDS = ("v1", "v2", "hybrid")


def assert_every_byte(torrent, wanted):
    assert len(torrent.files) == len(wanted.files)
    for file, expected in zip(torrent.files, wanted.files):
        assert file.size == len(expected)
        with torrent.reader(file, timeout=20) as reader:
            assert reader.size == len(expected)
            assert reader.read() == expected, file.path


@pytest.mark.parametrize("kind", KINDS)
def test_a_magnet_gives_every_byte_of_every_file(session, content, shared_seeder, kind):
    wanted = content("season", FILES, 16 * KIB, kind)
    seeder = shared_seeder.seed(wanted)
    with session.open(wanted.magnet(seeder.address)) as torrent:
        assert torrent.metadata(20) is torrent
        assert (torrent.infohash_v1, torrent.infohash_v2) == (wanted.v1, wanted.v2)
        assert torrent.size == sum(FILES.values())
        assert (torrent.piece_size, torrent.piece_count) == (16 * KIB, wanted.piece_count)
        assert_every_byte(torrent, wanted)
        poll(lambda: set(torrent.pieces()) == {tstream.Piece.HAVE}, what="every piece is here")


def test_torrent_bytes_and_a_peer_give_every_byte(session, content, shared_seeder):
    wanted = content("season", FILES, 16 * KIB, "v1")
    torrent = session.open_bytes(wanted.torrent)
    assert torrent.name == wanted.name
    torrent.add_peer(shared_seeder.seed(wanted).address)
    assert_every_byte(torrent, wanted)


def test_random_seeks_give_the_bytes_of_that_place(torrent, movie):
    chance = random.Random(7)
    with torrent.reader(timeout=20) as reader:
        for _ in range(30):
            offset = chance.randrange(len(movie.data) + 1)
            size = chance.choice([1, 1000, 70_000])
            assert reader.seek(offset) == reader.tell() == offset
            got = bytearray()
            while len(got) < size and (part := reader.read(size - len(got))):
                got += part
            assert got == movie.data[offset:offset + size]


def test_start_and_end_bound_what_is_read_and_fetched(session, content, make_wire_peer):
    wanted = content("bounded.bin", 4 * MIB, 64 * KIB)
    peer = make_wire_peer(wanted)
    torrent = session.open(wanted.magnet(peer.address)).metadata(20)
    with torrent.reader(start=MIB, end=2 * MIB, timeout=20) as reader:
        assert reader.read() == wanted.data[MIB:2 * MIB]
        assert reader.read(1) == b""
    assert peer.requested_pieces() <= set(range(16, 32))
    with torrent.reader(start=5, end=5) as reader:
        assert reader.read() == b"" and reader.read_nowait() == b""
    with torrent.reader(end=0) as reader:
        assert reader.read() == b""


def test_corrupt_pieces_never_come_out(session, content, make_wire_peer, shared_seeder):
    wanted = content("corrupt.mkv", 512 * KIB, 16 * KIB)
    liar = make_wire_peer(wanted, wirepeer.Corrupt())
    torrent = session.open_bytes(wanted.torrent)
    torrent.add_peer(liar.address)
    with torrent.reader(timeout=0.5) as reader:
        with pytest.raises(TimeoutError):
            reader.read(1)
    torrent.add_peer(shared_seeder.seed(wanted).address)
    assert_every_byte(torrent, wanted)


def test_threads_read_one_file_each_at_its_own_place(torrent, movie):
    results = {}

    def watch(number):
        offset = number * 300_000
        with torrent.reader(start=offset, end=offset + 300_000, timeout=20) as reader:
            results[number] = reader.read() == movie.data[offset:offset + 300_000]

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), True)


def test_a_restart_needs_no_peer(make_session, data_dir, movie, make_seeder):
    seeder = make_seeder().seed(movie)
    with make_session() as first:
        opened = first.open(movie.magnet(seeder.address)).metadata(20)
        assert_every_byte(opened, movie)
    seeder.kill()
    with make_session() as second:
        torrent = second.open_stored(movie.infohash).metadata(20)
        assert_every_byte(torrent, movie)


def test_events_tell_the_story_of_a_torrent(session, movie, shared_seeder):
    torrent = session.open(movie.magnet(shared_seeder.seed(movie).address))
    seen = []

    def has_seen(wanted):
        seen.extend(session.events())
        return any(event.type == wanted and event.infohash == movie.infohash for event in seen)

    poll(lambda: has_seen(tstream.EventType.METADATA), what="metadata")
    torrent.keep()
    poll(lambda: has_seen(tstream.EventType.COMPLETE), what="complete")
    assert torrent.file(0).kept and torrent.file(0).have_bytes == len(movie.data)
    assert torrent.stats().state == tstream.State.COMPLETE
    torrent.remove()
    poll(lambda: has_seen(tstream.EventType.REMOVED), what="removed")
    assert torrent.stats().state == tstream.State.REMOVED


def test_a_reader_without_bytes_wakes_the_session_when_they_come(session, stalled, movie,
                                                                 shared_seeder):
    with stalled.reader(tag=77) as reader:
        assert reader.read_nowait() is None
        assert reader.readinto_nowait(bytearray(10)) is None
        stalled.add_peer(shared_seeder.seed(movie).address)
        deadline = time.monotonic() + 20
        while not any(event.type == tstream.EventType.READABLE and event.tag == 77
                      for event in session.events()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        part = reader.read_nowait(1000)
        assert part and movie.data.startswith(part)


def test_everything_that_can_be_asked_of_a_torrent_is_answered(session, torrent, movie):
    with torrent.reader(timeout=20) as reader:
        assert reader.read(100) == movie.data[:100]
        poll(lambda: reader.available > 0 or reader.tell() == reader.size, what="read ahead")
        (stats,) = torrent.readers()
        assert stats == reader.stats() or stats.file_index == 0
        assert stats.read_bytes == 100 and stats.offset == 100
    assert session.torrents() == [torrent] and session.find(movie.infohash) == torrent
    peers = poll(torrent.peers, what="a peer")
    assert peers[0].flags & tstream.PeerFlags.SEED and "libtorrent" in peers[0].client
    assert_every_byte(torrent, movie)  # or its file's have_bytes would still grow
    assert torrent.default_file == torrent.file(0) == torrent.files[0]
    assert torrent.default_file.media_kind == tstream.MediaKind.VIDEO
    assert torrent.file_index("movie-v1-65536.mkv") == 0 == torrent.file_index(torrent.file(0))
    assert session.stats().torrent_count == 1 and session.stats().listen_port > 0
    assert tstream.magnet_infohash(torrent.magnet) == movie.infohash
    again = session.open_bytes(torrent.torrent_file)
    assert again == torrent and hash(again) == hash(torrent) and again != "a torrent"
    assert movie.infohash in repr(torrent)


def test_many_torrents_are_listed(session):
    opened = [session.open(f"{number:040x}") for number in range(1, 81)]
    assert session.torrents() == opened
