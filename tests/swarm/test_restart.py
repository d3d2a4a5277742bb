"""What a session leaves behind, and what the next one makes of it."""

import os
import random
import socket
import subprocess
import sys
import threading
import time

import pytest

import tstream
from helpers import (SLOWNESS, assert_content, assert_file, assert_same, child, data_files,
                     let_go_of, poll, run_child, stuck_resume, wait_until_settled)
from torrents import KIB, MIB

KINDS = ("v1", "v2", "hybrid")


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_infohash_opens_without_any_peer_and_without_hashing(make_session, content,
                                                                     shared_seeder, kind):
    wanted = content("restart.mkv", 4 * MIB + 7, 64 * KIB, kind)
    first = make_session()
    with first.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_file(torrent, 0, wanted.data)
    first.close()

    second = make_session()
    torrent = second.open(wanted.infohash, wait=0)
    states = set()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and tstream.STATE_COMPLETE not in states:
        states.add(torrent.stats().state)
    assert tstream.STATE_COMPLETE in states
    assert tstream.STATE_CHECKING not in states
    with torrent.reader() as reader:
        assert reader.available == len(wanted.data)
        assert_same(reader.read(timeout=5), wanted.data)
    assert torrent.stats().downloaded_bytes == 0
    torrent.unref()


def test_nothing_that_plays_waits_for_metadata_to_be_kept(make_session, content, make_seeder,
                                                          data_dir):
    wanted = content("slow-disk.bin", 2 * MIB, 64 * KIB)
    stuck = stuck_resume(data_dir, wanted)
    session = make_session()
    with let_go_of(stuck):
        torrent = session.open(wanted.magnet(make_seeder().seed(wanted).limit(4 * MIB).address))
        with torrent.reader() as reader:
            assert_same(reader.read(timeout=10), wanted.data)
    torrent.unref()


def test_half_a_download_goes_on_where_it_was(make_session, content, shared_seeder):
    wanted = content("half.bin", 8 * MIB, 64 * KIB)
    shared_seeder.seed(wanted)
    first = make_session()
    with first.open(wanted.magnet(shared_seeder.address)) as torrent:
        with torrent.reader(end=3 * MIB) as reader:
            reader.read()
    first.close()

    second = make_session()
    with second.open(wanted.infohash) as torrent:
        wait_until_settled(torrent)
        assert torrent.have_count() == 48
        with torrent.reader() as reader:
            begin = reader.read(3 * MIB, timeout=5)
            torrent.add_peer(shared_seeder.address)
            assert_same(begin + reader.read(), wanted.data)
        assert torrent.stats().downloaded_bytes <= 5 * MIB + 256 * KIB


def test_a_torrent_reopened_in_the_same_session_needs_no_peer(session, content, make_seeder):
    wanted = content("reopened.mkv", 2 * MIB, 64 * KIB)
    seeder = make_seeder().seed(wanted)
    with session.open(wanted.magnet(seeder.address)) as torrent:
        assert_file(torrent, 0, wanted.data)
    seeder.kill()
    with session.open(wanted.infohash) as torrent:
        assert_file(torrent, 0, wanted.data)


def test_many_files_survive_a_restart(make_session, content, shared_seeder):
    files = {f"{number:03}.mkv": 1000 * number for number in range(60)}
    wanted = content("many", files, 64 * KIB, "hybrid")
    first = make_session()
    with first.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_content(torrent, wanted)
    first.close()
    with make_session().open(wanted.infohash) as torrent:
        assert_content(torrent, wanted)


def test_data_altered_while_closed_is_found_out(make_session, content, shared_seeder, data_dir):
    wanted = content("altered.bin", 4 * MIB, 64 * KIB)
    first = make_session()
    with first.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_file(torrent, 0, wanted.data)
    first.close()
    with open(data_files(data_dir)[0], "r+b") as data:
        data.seek(MIB)
        data.write(b"somebody else was here")

    with make_session().open(wanted.infohash) as torrent:
        wait_until_settled(torrent)
        assert torrent.have_count() == 63, "only the altered piece is gone"
        with torrent.reader() as reader:
            begin = reader.read(MIB, timeout=5)
            torrent.add_peer(shared_seeder.address)
            assert_same(begin + reader.read(), wanted.data)


@pytest.mark.parametrize("harm", ["truncated", "deleted"])
def test_data_lost_while_closed_is_fetched_again(make_session, content, shared_seeder, data_dir,
                                                 harm):
    wanted = content("lost.mkv", 4 * MIB, 64 * KIB)
    first = make_session()
    with first.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_file(torrent, 0, wanted.data)
    first.close()
    if harm == "truncated":
        os.truncate(data_files(data_dir)[0], MIB + 5)
    else:
        data_files(data_dir)[0].unlink()
    with make_session().open(wanted.magnet(shared_seeder.address)) as torrent:
        assert_file(torrent, 0, wanted.data)


def test_a_damaged_memory_of_pieces_never_gives_a_wrong_byte(make_session, content, shared_seeder,
                                                            data_dir):
    wanted = content("bits.mkv", 2 * MIB, 64 * KIB)
    shared_seeder.seed(wanted)
    for harm in (b"", b"\xff" * 8, b"\xff" * 100_000):
        session = make_session()
        with session.open(wanted.magnet(shared_seeder.address)) as torrent:
            with torrent.reader(end=MIB) as reader:
                assert_same(reader.read(), wanted.data[:MIB])
        session.close()
        for path in data_dir.rglob("have"):
            path.write_bytes(harm)
        session = make_session()
        with session.open(wanted.magnet(shared_seeder.address)) as torrent:
            assert_file(torrent, 0, wanted.data)
            torrent.remove()
        session.close()


def output_until_killed(process, delay):
    """Its whole lines, split; it is killed that long after its first report."""
    lines, timer = [], None
    for line in process.stdout:
        if line.endswith("\n"):
            lines.append(line.split())
        if timer is None and line.startswith("have"):
            timer = threading.Timer(delay, process.kill)
            timer.start()
    process.wait()
    process.stdout.close()
    assert timer is not None, ("it ended before it was killed", lines)
    timer.join()
    return lines


@pytest.mark.timeout(60 * SLOWNESS)
def test_kill_9_at_any_moment_loses_nothing_verified(content, make_seeder, data_dir):
    """A child downloads and reports; it is killed at a random moment; the next one must
    find at least what was reported, without a peer, and every byte of it right."""
    wanted = content("killed.bin", 24 * MIB, 64 * KIB)
    seeder = make_seeder().seed(wanted).limit(6 * MIB)
    path = os.path.join(wanted.directory, wanted.name)
    chance, reported = random.Random(9), 0
    for number in range(20):
        process = child("download", data_dir, wanted.infohash, seeder.address, path,
                        "known" if number else "unknown")
        for word, value, *_ in output_until_killed(process, chance.uniform(0.0, 0.35)):
            assert word != "wrong", f"run {number}: piece or offset {value}"
            if word == "found":
                assert int(value) >= reported, f"run {number} lost verified pieces"
            if word == "have":
                reported = max(reported, int(value))
    assert reported > 0


def test_a_data_dir_belongs_to_one_session(session, make_session, data_dir):
    assert session.fd >= 0
    with pytest.raises(tstream.TstreamError) as caught:
        make_session()
    assert caught.value.code == tstream.EBUSY
    assert caught.value.message
    lines = run_child("open", data_dir)
    assert lines == [str(tstream.EBUSY)]


def test_a_data_dir_is_free_after_close_and_after_kill_9(make_session, data_dir):
    make_session().close()
    process = child("hold", data_dir)
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    process.stdout.close()
    make_session()


def test_the_data_dir_is_private(session, data_dir):
    assert session.fd >= 0
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_two_torrents_share_a_data_dir_over_restarts(make_session, content, shared_seeder):
    wanted = [content(f"{name}.mkv", MIB + 5, 64 * KIB, kind)
              for name, kind in (("one", "v1"), ("two", "v2"))]
    for _ in range(3):
        session = make_session()
        for one in wanted:
            with session.open(one.magnet(shared_seeder.seed(one).address)) as torrent:
                assert_file(torrent, 0, one.data)
        session.close()


def test_the_dht_remembers_its_nodes(data_dir):
    """In a network of its own, where nothing but loopback exists."""
    before = subprocess.run(
        ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-n", sys.executable,
         os.path.join(os.path.dirname(__file__), "children.py"), "dht", str(data_dir)],
        stdout=subprocess.PIPE, text=True, timeout=50, check=True)
    assert before.stdout.splitlines() == ["dht opened", "dht opened again"]
    names = [path.name for path in data_dir.rglob("*") if path.is_file()]
    assert any("state" in name or "dht" in name for name in names), names


@pytest.mark.parametrize("junk", [b"", b"d", b"junk", b"d9:dht statei1ee"])
def test_a_damaged_memory_of_nodes_keeps_no_session_from_opening(make_session, data_dir, junk):
    make_session().close()
    (data_dir / "dht").write_bytes(junk)
    assert make_session().stats().torrent_count == 0


def test_a_closed_session_leaves_its_port(make_session):
    session = make_session()
    port = poll(lambda: session.stats().listen_port, what="a listening port")
    session.close()
    with socket.create_server(("127.0.0.1", port)):
        pass
