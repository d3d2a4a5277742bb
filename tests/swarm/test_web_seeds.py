"""Torrents that have no peer but an HTTP server: web seeds (BEP 19), and magnets with xs=."""

import libtorrent as lt
import pytest

import tstream
from helpers import assert_same, holds_for, poll
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


@pytest.fixture
def trusting_session(make_session):
    return make_session(flags=tstream.LOOPBACK_ONLY | tstream.ALLOW_PRIVATE_SOURCES)


def test_a_magnet_that_says_where_its_torrent_lies_needs_no_peer(trusting_session, movie, web_seed):
    link = web_seed.serve_file("web.torrent", movie.torrent)
    magnet = f"{movie.magnet()}&xs={link}&ws={web_seed.serve(movie)}"
    with trusting_session.open(magnet, wait=20) as torrent, torrent.reader() as reader:
        assert_same(reader.read(MIB, timeout=20), movie.data[:MIB])


def test_a_torrent_that_is_another_is_not_believed_and_the_next_link_is_tried(
        trusting_session, movie, content, web_seed):
    other = content("other.bin", MIB, 64 * KIB)
    links = [web_seed.serve_file(name, data) for name, data in
             (("other.torrent", other.torrent), ("page.html", b"<html>"),
              ("web.torrent", movie.torrent))]
    magnet = movie.magnet() + "".join(f"&xs={link}" for link in links)
    with trusting_session.open(magnet, wait=20) as torrent:
        assert torrent.name == movie.name
    assert len(web_seed.requests) == 3


def test_a_stranger_s_magnet_reaches_no_private_address(session, movie, web_seed):
    link = web_seed.serve_file("web.torrent", movie.torrent)
    with session.open(f"{movie.magnet()}&xs={link}", wait=0):
        holds_for(0.5, lambda: not web_seed.requests, "nobody asks")
