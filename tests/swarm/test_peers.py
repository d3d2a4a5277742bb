"""Peers as they are: slow, gone, silent, lying, or with half of it."""

import pytest

import tstream
import wirepeer
from helpers import assert_content, assert_file, assert_same, holds_for, poll
from torrents import KIB, MIB


@pytest.fixture
def movie(content):
    return content("peers.mkv", 8 * MIB + 1, 256 * KIB)


def test_two_slow_peers_and_one_that_vanishes_give_every_byte(session, movie, make_seeder,
                                                              make_wire_peer):
    slow = [make_seeder().seed(movie).limit(2 * MIB) for _ in range(2)]
    vanishing = make_wire_peer(movie, wirepeer.Vanishing(after_blocks=40))
    with session.open(movie.magnet(vanishing.address, *(one.address for one in slow))) as torrent:
        assert_content(torrent, movie)
    assert vanishing.requests, "the vanishing one was never asked"


def test_a_killed_seeder_is_replaced_by_another(session, movie, make_seeder):
    first, second = make_seeder().seed(movie).limit(2 * MIB), make_seeder().seed(movie)
    with session.open(movie.magnet(first.address)) as torrent, torrent.reader() as reader:
        begin = reader.read(MIB)
        first.kill()
        torrent.add_peer(second.address)
        assert_same(begin + reader.read(), movie.data)


@pytest.mark.parametrize("kind", ["v1", "v2", "hybrid"])
def test_no_byte_of_a_lying_peer_is_given(session, content, shared_seeder, make_wire_peer, kind):
    wanted = content("lies.mkv", 4 * MIB, 256 * KIB, kind)
    liar = make_wire_peer(wanted, wirepeer.Corrupt())
    with session.open_bytes(wanted.torrent) as torrent, torrent.reader() as reader:
        torrent.add_peer(liar.address)
        poll(lambda: torrent.stats().failed_bytes > 0, what="a whole piece of lies is counted")
        assert reader.try_read() is None
        torrent.add_peer(shared_seeder.seed(wanted).address)
        assert_same(reader.read(), wanted.data)


def test_a_piece_that_fails_alone_is_fetched_from_others(session, movie, shared_seeder,
                                                         make_wire_peer):
    liar = make_wire_peer(movie, wirepeer.Corrupt(bad_pieces={3, 17}))
    shared_seeder.seed(movie)
    with session.open(movie.magnet(liar.address, shared_seeder.address)) as torrent:
        assert_content(torrent, movie)


def test_a_silent_peer_does_not_stop_the_others(session, movie, shared_seeder, make_wire_peer):
    silent = make_wire_peer(movie, wirepeer.Silent(after_blocks=5))
    with session.open(movie.magnet(silent.address)) as torrent, torrent.reader() as reader:
        poll(lambda: silent.sent_blocks == 5 and len(silent.requests) > 5,
             what="the peer has gone silent")
        assert reader.try_read() is None
        torrent.add_peer(shared_seeder.seed(movie).address)
        assert_same(reader.read(), movie.data)


def test_a_peer_that_falls_silent_in_the_middle_is_overtaken(session, movie, make_wire_peer,
                                                             make_seeder):
    silent = make_wire_peer(movie, wirepeer.Silent(after_blocks=100))
    seeder = make_seeder().seed(movie).limit(4 * MIB)
    with session.open(movie.magnet(silent.address, seeder.address)) as torrent:
        assert_content(torrent, movie)


def test_two_halves_make_a_whole(session, movie, make_wire_peer):
    even = make_wire_peer(movie, wirepeer.Partial(lambda piece: piece % 2 == 0))
    odd = make_wire_peer(movie, wirepeer.Partial(lambda piece: piece % 2 == 1))
    with session.open(movie.magnet(even.address, odd.address)) as torrent:
        assert_content(torrent, movie)
    assert all(piece % 2 == 0 for piece in even.requested_pieces())
    assert all(piece % 2 == 1 for piece in odd.requested_pieces())


def test_a_piece_nobody_has_is_named_until_somebody_comes(session, movie, make_wire_peer):
    half = make_wire_peer(movie, wirepeer.Partial(lambda piece: piece < 4))
    with session.open(movie.magnet(half.address)) as torrent, torrent.reader() as reader:
        assert_same(reader.read(MIB), movie.data[:MIB])
        assert reader.try_read() is None
        poll(lambda: torrent.stats().waiting_for == tstream.WAITING_SOURCE,
             what="it says that no peer has the piece")
        assert torrent.stats().waiting_piece == 4
        torrent.add_peer(make_wire_peer(movie).address)
        assert_same(reader.read(), movie.data[MIB:])


def test_a_peer_that_serves_nobody_is_named(session, movie, make_wire_peer):
    choking = make_wire_peer(movie, wirepeer.Choking())
    with session.open(movie.magnet(choking.address)) as torrent, torrent.reader() as reader:
        assert reader.try_read() is None
        poll(lambda: torrent.stats().waiting_for == tstream.WAITING_UNCHOKE,
             what="it says that none serves us")
        holds_for(0.3, lambda: not choking.requests, "a choking peer was asked")


def test_a_wire_peer_alone_gives_every_kind(session, content, make_wire_peer):
    for kind in ("v1", "v2", "hybrid"):
        wanted = content("alone.mkv", 2 * MIB + 99, 64 * KIB, kind)
        peer = make_wire_peer(wanted)
        with session.open_bytes(wanted.torrent) as torrent:
            torrent.add_peer(peer.address)
            assert_file(torrent, 0, wanted.data)


def test_data_is_given_back_to_the_swarm(session, make_session, tmp_path, movie, make_seeder):
    seeder = make_seeder().seed(movie)
    with session.open(movie.magnet(seeder.address)) as torrent:
        assert_file(torrent, 0, movie.data)
        seeder.kill()
        # a second downloader on an address of its own, as engines keep one peer an address
        other = make_session(tmp_path / "other", listen="127.9.9.9:0")
        with other.open(movie.magnet(f"127.0.0.1:{session.stats().listen_port}")) as copy:
            assert_file(copy, 0, movie.data)
        assert torrent.stats().uploaded_bytes >= len(movie.data)
