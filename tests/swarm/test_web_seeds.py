"""Web seeds (BEP 19): torrents that have no peer but an HTTP server."""

import libtorrent as lt
import pytest

import tstream
from helpers import assert_same, poll
from torrents import KIB, MIB
from webseed import WebSeed


@pytest.fixture
def web_seed():
    made = WebSeed()
    yield made
    made.close()


@pytest.fixture
def movie(content):
    return content("web.bin", 6 * MIB, 64 * KIB)


def torrent_with(movie, url):
    """The same .torrent, with a url-list."""
    entry = lt.bdecode(movie.torrent)
    entry[b"url-list"] = url.encode()
    return lt.bencode(entry)


def test_a_torrent_without_peers_plays_from_its_web_seed(session, movie, web_seed):
    with session.open_bytes(torrent_with(movie, web_seed.serve(movie))) as torrent:
        with torrent.reader() as reader:
            reader.seek(4 * MIB)
            assert_same(reader.read(MIB, timeout=20), movie.data[4 * MIB:5 * MIB])
            reader.seek(0)
            assert_same(reader.read(MIB, timeout=20), movie.data[:MIB])
        poll(lambda: any(peer.flags & tstream.PEER_WEB_SEED for peer in torrent.peers()),
             what="the web seed is among the peers")


def test_what_no_reader_wants_is_not_fetched_from_a_web_seed(session, movie, web_seed):
    with session.open_bytes(torrent_with(movie, web_seed.serve(movie))) as torrent:
        with torrent.reader(start=2 * MIB, end=2 * MIB + 100 * KIB) as reader:
            assert_same(reader.read(timeout=20), movie.data[2 * MIB:2 * MIB + 100 * KIB])
        assert torrent.have_count() <= 24


def test_a_magnet_with_a_web_seed_and_a_peer_plays_when_the_peer_goes(session, movie, web_seed,
                                                                      make_seeder):
    seeder = make_seeder().seed(movie).limit(500_000)
    magnet = f"{movie.magnet(seeder.address)}&ws={web_seed.serve(movie)}"
    with session.open(magnet) as torrent, torrent.reader() as reader:
        assert_same(reader.read(256 * KIB), movie.data[:256 * KIB])
        seeder.kill()
        assert_same(reader.read(timeout=30), movie.data[256 * KIB:])


@pytest.mark.parametrize("harm", ["is_lying", "is_broken"])
def test_a_bad_web_seed_spoils_nothing(session, movie, web_seed, shared_seeder, harm):
    setattr(web_seed, harm, True)
    with session.open_bytes(torrent_with(movie, web_seed.serve(movie))) as torrent:
        with torrent.reader() as reader:
            poll(lambda: web_seed.requests, what="the web seed was asked")
            torrent.add_peer(shared_seeder.seed(movie).address)
            assert_same(reader.read(timeout=40), movie.data)
