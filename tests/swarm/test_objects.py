"""One torrent, one object; and what the objects say about themselves."""

import ctypes
import os
import subprocess
import time

import pytest

import tstream
import wirepeer
from helpers import assert_file, assert_same, poll, wait_until_closed_to_disk, wait_until_settled
from torrents import KIB, MIB

HEADERS = os.path.join(os.path.dirname(__file__), "..", "..", "include")


@pytest.fixture
def movie(content):
    return content("objects.mkv", 4 * MIB, 64 * KIB)


def test_the_structs_here_are_laid_out_as_the_headers_say(tmp_path):
    lines = []
    for name, struct in tstream.STRUCTS.items():
        lines.append((f"sizeof({name})", ctypes.sizeof(struct)))
        lines += [(f"offsetof({name}, {field})", getattr(struct, field).offset)
                  for field, _ in struct._fields_]
    source, program = tmp_path / "layout.c", tmp_path / "layout"
    prints = "".join(f'printf("%zu\\n", {expression});' for expression, _ in lines)
    source.write_text("#include <stdio.h>\n#include <tstream/tstream.h>\n"
                      f"int main(void) {{ {prints} }}\n")
    subprocess.run(["cc", "-I", HEADERS, str(source), "-o", str(program)], check=True,
                   env={"PATH": os.environ["PATH"]})
    said = subprocess.run([str(program)], check=True, stdout=subprocess.PIPE, text=True,
                          env={}).stdout.split()
    assert [(expression, int(value)) for (expression, _), value in zip(lines, said)] == lines


def test_the_same_magnet_twice_is_the_same_torrent(session, movie, shared_seeder):
    with session.open(movie.magnet(), wait=0) as first:
        with session.open(movie.magnet(shared_seeder.seed(movie).address)) as second:
            assert first.handle.value == second.handle.value
            first.wait_metadata(1)
            assert_file(first, 0, movie.data)
        assert session.stats().torrent_count == 1
        assert_file(first, 0, movie.data)
    wait_until_closed_to_disk(session, movie.infohash)


def test_bytes_after_a_magnet_give_the_same_torrent_its_metadata(session, movie):
    with session.open(movie.magnet(), wait=0) as first:
        with session.open_bytes(movie.torrent, wait=10) as second:
            assert first.handle.value == second.handle.value
            assert first.file_count == 1


@pytest.mark.parametrize("order", [("v1", "v2"), ("v2", "v1")])
def test_a_hybrid_is_one_torrent_under_both_names(session, content, shared_seeder, order):
    wanted = content("hybrid.mkv", 2 * MIB, 64 * KIB, "hybrid")
    shared_seeder.seed(wanted)
    first_magnet, second_magnet = (wanted.magnet(shared_seeder.address, names=[name])
                                   for name in order)
    with session.open(first_magnet) as first:
        assert (first.infohash_v1, first.infohash_v2) == (wanted.v1, wanted.v2)
        with session.open(second_magnet) as second:
            assert first.handle.value == second.handle.value
            assert session.stats().torrent_count == 1
            assert_file(second, 0, wanted.data)
        for name in (wanted.v1, wanted.v2):
            with session.find(name) as found:
                assert found.handle.value == first.handle.value


@pytest.mark.parametrize("order", [("v1", "v2"), ("v2", "v1")])
def test_a_hybrid_is_found_on_disk_under_both_names(make_session, content, make_seeder, order):
    wanted = content("hybrid.mkv", 2 * MIB, 64 * KIB, "hybrid")
    seeder = make_seeder().seed(wanted)
    first = make_session()
    with first.open(wanted.magnet(seeder.address, names=[order[0]])) as torrent:
        assert_file(torrent, 0, wanted.data)
    first.close()
    seeder.kill()
    second = make_session()
    with second.open(wanted.magnet(names=[order[1]]), wait=10) as torrent:
        assert_file(torrent, 0, wanted.data)


@pytest.mark.parametrize("number", range(4))
def test_a_hybrid_opened_twice_before_its_metadata_becomes_one(session, content, shared_seeder,
                                                               number):
    wanted = content(f"twice{number}.mkv", MIB, 64 * KIB, "hybrid")
    address = shared_seeder.seed(wanted).address
    names = ["v1", "v2"] if number % 2 else ["v2", "v1"]
    first, second = (session.open(wanted.magnet(address, names=[name]), wait=0) for name in names)
    with first, second:
        first.wait_metadata(20)
        assert_file(first, 0, wanted.data)
        try:
            second.wait_metadata(20)
        except tstream.TstreamError as error:
            assert error.code == tstream.EBUSY, error
        # By either name the first is found from now on.
        for name in ("v1", "v2"):
            with session.open(wanted.magnet(names=[name]), wait=0) as again:
                assert again.handle.value == first.handle.value


@pytest.mark.parametrize("closed", ["first", "second"])
def test_of_a_hybrid_opened_twice_one_may_be_closed_at_any_moment(session, content, shared_seeder,
                                                                 closed):
    for number in range(4):
        wanted = content(f"{closed}{number}.mkv", MIB // 4, 64 * KIB, "hybrid")
        address = shared_seeder.seed(wanted).address
        both = [session.open(wanted.magnet(address, names=[name]), wait=0) for name in ("v1", "v2")]
        time.sleep(0.008 * number)
        both.pop(0 if closed == "first" else 1).unref()
        try:
            both[0].wait_metadata(20)
            assert_file(both[0], 0, wanted.data)
        except tstream.TstreamError as error:
            assert error.code == tstream.EBUSY, error
        both.pop().unref()
        with session.open(wanted.magnet(address, names=["v2"])) as again:
            assert_file(again, 0, wanted.data)


def test_find_and_list_know_what_is_open(session, content):
    wanted = [content(f"list{number}.bin", 1000, 16 * KIB) for number in range(3)]
    opened = [session.open_bytes(one.torrent) for one in wanted]
    listed = session.torrents()
    assert [one.infohash for one in listed] == [one.infohash for one in wanted]
    for torrent in listed:
        torrent.unref()
    opened.pop(1).unref()
    wait_until_closed_to_disk(session, wanted[1].infohash)
    with pytest.raises(tstream.TstreamError) as caught:
        session.find(wanted[1].infohash)
    assert caught.value.code == tstream.ENOENT
    with pytest.raises(tstream.TstreamError) as caught:
        session.find("not an infohash")
    assert caught.value.code == tstream.EINVAL
    for torrent in opened:
        torrent.unref()


def test_stats_count_what_happened(session, movie, make_seeder):
    with session.open(movie.magnet(make_seeder().seed(movie).address)) as torrent:
        with torrent.reader(tag=42) as reader:
            assert_same(reader.read(), movie.data)
            stats = poll(lambda: (now := torrent.stats()).have_piece_count == 64 and now,
                         what="the snapshot has caught up")
            assert stats.state == tstream.STATE_COMPLETE
            assert stats.waiting_for == tstream.WAITING_NOTHING
            assert stats.piece_count == 64
            assert stats.have_bytes == len(movie.data)
            assert stats.reader_count == 1
            poll(lambda: torrent.stats().downloaded_bytes >= len(movie.data),
                 what="payload is counted")
            poll(lambda: session.stats().downloaded_bytes >= len(movie.data),
                 what="the session counts it too")
            assert torrent.stats().downloaded_bytes < len(movie.data) * 1.2
            poll(lambda: torrent.stats().disk_used_bytes >= len(movie.data) * 0.99,
                 what="the disk's use is counted")
            own = reader.stats()
            assert (own.tag, own.offset, own.read_bytes) == (42, len(movie.data), len(movie.data))
            assert own.available_bytes == 0
            assert [one.tag for one in torrent.readers()] == [42]
            assert session.stats().reader_count == 1
    assert session.stats().uptime_us > 0


def test_a_waiting_reader_says_for_which_piece(session, movie, make_wire_peer):
    peer = make_wire_peer(movie, wirepeer.Silent(after_blocks=0))
    with session.open(movie.magnet(peer.address)) as torrent:
        with torrent.reader(start=20 * 64 * KIB) as reader:
            assert reader.try_read() is None
            stats = poll(lambda: (now := torrent.stats()).waiting_for == tstream.WAITING_PIECE
                         and now.waiting_peer_count == 1 and now,
                         what="it says which piece it waits for, and from how many")
            assert stats.waiting_piece == 20
            assert stats.message
            own = reader.stats()
            assert own.waiting_us > 0 and own.waiting_piece == 20
            assert own.window_begin <= 20 * 64 * KIB < own.window_end
            pieces = torrent.pieces()
            assert pieces[20] == tstream.PIECE_PARTIAL
            assert tstream.PIECE_WANTED in pieces[21:]
            assert tstream.PIECE_HAVE not in pieces


def test_a_reader_without_any_peer_says_so(session, movie):
    with session.open_bytes(movie.torrent) as torrent, torrent.reader() as reader:
        assert reader.try_read() is None
        poll(lambda: torrent.stats().waiting_for == tstream.WAITING_PEERS,
             what="it says that nobody is connected")
        assert torrent.stats().message


def test_peers_are_described(session, movie, make_seeder):
    seeder = make_seeder().seed(movie).limit(MIB)
    with session.open(movie.magnet(seeder.address)) as torrent, torrent.reader() as reader:
        reader.read(128 * KIB)
        peer = poll(lambda: next((one for one in torrent.peers() if one.downloaded_bytes), None),
                    what="the peer's bytes are counted")
        assert peer.address.decode() == seeder.address
        assert b"libtorrent" in peer.client.lower()
        assert peer.flags & tstream.PEER_SEED and peer.flags & tstream.PEER_UNCHOKED
        assert peer.have_per_mille == 1000
        poll(lambda: torrent.stats().seed_count == torrent.stats().peer_count == 1,
             what="one seed is counted")
        poll(lambda: session.stats().peer_count == 1, what="the session counts it too")


def test_events_tell_the_story_of_a_torrent(session, movie, shared_seeder):
    with session.open(movie.magnet(shared_seeder.seed(movie).address)) as torrent:
        assert session.wait_event(tstream.EVENT_METADATA).infohash.decode() == movie.infohash
        with torrent.reader(tag=7) as reader:
            while reader.try_read() is not None:
                reader.seek(reader.size // 2)
            assert session.wait_event(tstream.EVENT_READABLE).tag == 7
            reader.read()
            reader.seek(0)
            reader.read()
        assert session.wait_event(tstream.EVENT_COMPLETE).infohash.decode() == movie.infohash
        torrent.remove()
        assert session.wait_event(tstream.EVENT_REMOVED).infohash.decode() == movie.infohash


def test_a_bad_peer_address_is_refused(session, movie):
    with session.open_bytes(movie.torrent) as torrent:
        for address in ("", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "host:x", "[::1:5"):
            with pytest.raises(tstream.TstreamError) as caught:
                torrent.add_peer(address)
            assert caught.value.code == tstream.EINVAL, address
        torrent.add_peer("127.0.0.1:1")
        wait_until_settled(torrent)


def test_an_ipv6_peer_serves(make_session, movie, make_wire_peer):
    peer = make_wire_peer(movie, host="::1")
    session = make_session(listen="127.0.0.1:0,[::1]:0")
    with session.open(movie.magnet(peer.address)) as torrent:
        assert_file(torrent, 0, movie.data)
