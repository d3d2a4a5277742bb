"""What breaks: disk, tracker, port, peers, and the people who call the library."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pytest

import tstream
import wirepeer
from helpers import (SLOWNESS, assert_file, assert_same, data_files, holds_for, poll, run_child,
                     wait_until_settled)
from torrents import KIB, MIB


def can_mount():
    with tempfile.TemporaryDirectory() as place:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place],
                          stderr=subprocess.DEVNULL, check=False).returncode:
            return False
        subprocess.run(["umount", place], check=True)
        return True


@pytest.fixture
def movie(content):
    return content("faults.bin", 8 * MIB, 64 * KIB)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MiB: only where this process may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place)], check=True)


def read_until_error(reader, timeout=30):
    """The bytes before it, and its code."""
    parts = []
    with pytest.raises(tstream.TstreamError) as caught:
        while part := reader.read(64 * KIB, timeout):
            parts.append(part)
    return b"".join(parts), caught.value.code


if can_mount():
    def test_a_full_disk_is_told_and_what_is_there_plays_on(small_disk, make_session, tmp_path,
                                                            movie, shared_seeder):
        session = make_session(small_disk / "data")
        with session.open(movie.magnet(shared_seeder.seed(movie).address)) as torrent:
            with torrent.reader() as reader:
                got, code = read_until_error(reader)
                assert code == tstream.ENOSPC
                assert_same(got, movie.data[:len(got)])
                assert len(got) >= MIB
                assert torrent.stats().waiting_for == tstream.WAITING_DISK
                assert torrent.stats().message
                event = session.wait_event(tstream.EVENT_ERROR)
                assert event.code == tstream.ENOSPC and event.message
                reader.seek(0)
                assert_same(reader.read(len(got) // 2, timeout=5), movie.data[:len(got) // 2])
        other = make_session(tmp_path / "roomy")
        with other.open(movie.magnet(shared_seeder.address)) as torrent:
            assert_file(torrent, 0, movie.data)

    def test_a_full_disk_that_gets_room_goes_on(small_disk, make_session, movie, shared_seeder):
        session = make_session(small_disk / "data")
        with session.open(movie.magnet(shared_seeder.seed(movie).address)) as torrent:
            with torrent.reader() as reader:
                read_until_error(reader)
                subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
                session.wait_event(tstream.EVENT_RECOVERED, timeout=40)
                reader.seek(0)
                assert_same(reader.read(), movie.data)

    def test_a_disk_that_is_full_before_the_metadata_gets_room_and_goes_on(
            small_disk, make_session, movie, shared_seeder):
        session = make_session(small_disk / "data")
        torrent = session.open(movie.magnet(), wait=0)
        filler = small_disk / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as out:
            while out.write(bytes(4 * KIB)):
                pass
        with torrent:
            torrent.add_peer(shared_seeder.seed(movie).address)
            assert session.wait_event(tstream.EVENT_ERROR).code == tstream.ENOSPC
            with pytest.raises(tstream.TstreamError) as caught:
                torrent.wait_metadata(30)
            assert caught.value.code == tstream.ENOSPC and caught.value.message
            filler.unlink()
            poll(lambda: torrent.stats().state == tstream.STATE_READY, 40, "it goes on")
            assert_same(torrent.reader().read(MIB), movie.data[:MIB])


def test_a_disk_that_ends_is_an_error_a_person_can_read(data_dir, movie, shared_seeder):
    lines = run_child("file-limit", data_dir, movie.magnet(shared_seeder.seed(movie).address),
                      3 * MIB)
    code, got = map(int, lines[0].split())
    assert code in (tstream.ENOSPC, tstream.EIO)
    assert got > 0
    state, waiting_for, *sentence = lines[1].split()
    assert int(state) == tstream.STATE_ERROR
    assert int(waiting_for) == tstream.WAITING_DISK
    assert len(sentence) > 3
    assert int(lines[2]) == min(got, 64 * KIB), "what is there plays on"


@pytest.fixture
def public_directory():
    """One that every user can reach, as pytest's own cannot."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        yield place


def test_a_data_dir_that_cannot_be_written_is_refused(public_directory):
    place = os.path.join(public_directory, "data")
    os.mkdir(place, 0o555)
    assert run_child("unprivileged", place) == [str(tstream.EACCES)]


def test_a_data_dir_that_cannot_be_made_is_refused(public_directory):
    place = os.path.join(public_directory, "file", "data")
    with open(os.path.join(public_directory, "file"), "wb"):
        pass
    with pytest.raises(tstream.TstreamError) as caught:
        tstream.Session(place)
    assert caught.value.code in (tstream.EIO, tstream.ENOENT, tstream.EACCES)
    assert place in caught.value.message or "file" in caught.value.message


def torrent_directory(data_dir, torrent):
    return data_files(data_dir, torrent.infohash)[0].parent.parent


@pytest.mark.parametrize("harm", ["truncated", "deleted", "directory deleted"])
def test_data_that_vanishes_underneath_never_gives_a_wrong_byte(session, content, make_seeder,
                                                                data_dir, harm):
    wanted = content("underneath.bin", 4 * MIB, 64 * KIB)
    other = content("bystander.bin", 4 * MIB, 64 * KIB)
    seeder = make_seeder().seed(wanted).seed(other)
    with session.open(wanted.magnet(seeder.address)) as torrent, \
            session.open(other.magnet(seeder.address)) as bystander, \
            bystander.reader() as bystanding:
        assert_file(torrent, 0, wanted.data)
        assert_same(bystanding.read(MIB), other.data[:MIB])
        path = data_files(data_dir, wanted.infohash)[0]
        match harm:
            case "truncated":
                os.truncate(path, 100_000)
            case "deleted":
                path.unlink()
            case "directory deleted":
                shutil.rmtree(torrent_directory(data_dir, wanted))

        assert_same(bystanding.read(), other.data[MIB:])
        recovered = read_with_patience(torrent, wanted.data)
        assert_same(recovered, wanted.data)


@pytest.mark.parametrize("harm", ["truncated", "deleted"])
def test_data_that_vanishes_while_more_comes_never_gives_a_wrong_byte(session, content,
                                                                     shared_seeder, data_dir,
                                                                     harm):
    wanted = content("meanwhile.bin", 24 * MIB, 256 * KIB)
    dice, end = random.Random(harm), time.monotonic() + 4
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        with torrent.reader() as reader:
            assert_same(reader.read(KIB), wanted.data[:KIB])
            while time.monotonic() < end:
                path = data_files(data_dir, wanted.infohash)[0]
                if harm == "deleted":
                    path.unlink()
                else:
                    os.truncate(path, dice.randrange(path.stat().st_size))
                for _ in range(20):
                    offset = dice.randrange(23 * MIB)
                    reader.seek(offset)
                    assert_same(reader.read(512 * KIB), wanted.data[offset:offset + 512 * KIB])
        assert_same(read_with_patience(torrent, wanted.data), wanted.data)


def test_a_directory_that_vanishes_before_its_files_are_begun_is_made_again(
        session, content, shared_seeder, data_dir):
    wanted = content("early.bin", {"first.bin": MIB, "second.bin": MIB}, 64 * KIB)
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_file(torrent, 0, wanted.files[0])
        shutil.rmtree(torrent_directory(data_dir, wanted))
        assert_file(torrent, 1, wanted.files[1])


def test_no_peer_is_blamed_for_what_the_disk_lost(session, content, make_seeder, data_dir):
    """Of large pieces much lies in the file before they are hashed."""
    wanted = content("blame.bin", 96 * MIB, 16 * MIB)
    seeder = make_seeder().seed(wanted).limit(40 * MIB)
    with session.open(wanted.magnet(seeder.address)) as torrent:
        torrent.keep(0)
        path = poll(lambda: data_files(data_dir, wanted.infohash), what="the file is begun")[0]
        poll(lambda: path.stat().st_blocks * 512 > 24 * MIB, what="much has come")
        path.unlink()
        seeder.limit(0)
        with torrent.reader() as reader:
            assert_same(reader.read(timeout=40), wanted.data)


def is_broken(torrent):
    """Files that are open are read on for a moment after they have gone."""
    with torrent.reader() as reader:
        try:
            reader.read()
        except tstream.TstreamError:
            return True
    return False


def test_a_directory_that_cannot_be_opened_again_is_tried_until_it_can(session, content,
                                                                       shared_seeder, data_dir):
    wanted = content("blocked.bin", MIB, 64 * KIB)
    with session.open(wanted.magnet(shared_seeder.seed(wanted).address)) as torrent:
        assert_file(torrent, 0, wanted.data)
        place = torrent_directory(data_dir, wanted)
        shutil.rmtree(place)
        place.write_bytes(b"in the way")
        poll(lambda: is_broken(torrent), what="reading finds it out")
        poll(lambda: torrent.stats().state == tstream.STATE_ERROR, what="the error is told")
        assert torrent.stats().message
        place.unlink()
        assert_same(read_with_patience(torrent, wanted.data), wanted.data)


def read_with_patience(torrent, expected, timeout=40):
    """Errors are allowed, wrong bytes are not; in the end all must come."""
    deadline = time.monotonic() + timeout
    while True:
        got = b""
        try:
            with torrent.reader() as reader:
                while part := reader.read(64 * KIB, timeout=10):
                    assert_same(part, expected[len(got):len(got) + len(part)])
                    got += part
            return got
        except tstream.TstreamError as error:
            assert error.code in (tstream.EIO, tstream.ETIMEDOUT, tstream.ENOSPC), error
            assert time.monotonic() < deadline, "it does not recover"
            time.sleep(0.05)


def test_a_tracker_that_is_down_does_not_stop_a_known_peer(session, movie, shared_seeder):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/announce"
    magnet = movie.magnet(shared_seeder.seed(movie).address, trackers=[url])
    with session.open(magnet) as torrent:
        assert_file(torrent, 0, movie.data)
        event = session.wait_event(tstream.EVENT_WARNING)
        assert event.message


def test_a_tracker_that_never_answers_does_not_stop_a_close(make_session, movie, shared_seeder):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/announce"
        session = make_session()
        magnet = movie.magnet(shared_seeder.seed(movie).address, trackers=[url])
        with session.open(magnet) as torrent:
            assert_file(torrent, 0, movie.data)
        began = time.monotonic()
        session.close()
        assert time.monotonic() - began < 5


def test_metadata_that_never_comes_ends_in_a_timeout(make_session, movie, make_wire_peer):
    session = make_session(metadata_timeout=0.6)
    peer = make_wire_peer(movie, wirepeer.WithoutMetadata())
    began = time.monotonic()
    with session.open(movie.magnet(peer.address), wait=0) as torrent:
        assert torrent.stats().state == tstream.STATE_METADATA
        assert torrent.stats().waiting_for in (tstream.WAITING_PEERS, tstream.WAITING_METADATA)
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.wait_metadata(0)
        assert caught.value.code == tstream.EAGAIN
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.wait_metadata(None)
        assert caught.value.code == tstream.ETIMEDOUT
        assert 0.5 < time.monotonic() - began < 5 * SLOWNESS
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.reader()
        assert caught.value.code in (tstream.EAGAIN, tstream.ETIMEDOUT)


def test_a_wait_for_metadata_has_its_own_end(session, movie):
    with session.open(movie.magnet(), wait=0) as torrent:
        began = time.monotonic()
        with pytest.raises(tstream.TstreamError) as caught:
            torrent.wait_metadata(0.2)
        assert caught.value.code == tstream.ETIMEDOUT
        assert time.monotonic() - began < 2 * SLOWNESS
        poll(lambda: torrent.stats().waiting_for == tstream.WAITING_PEERS,
             what="it says that nobody is connected")


def test_a_peer_without_metadata_is_told_apart_from_no_peer(session, movie, make_wire_peer):
    peer = make_wire_peer(movie, wirepeer.WithoutMetadata())
    with session.open(movie.magnet(peer.address), wait=0) as torrent:
        poll(lambda: torrent.stats().waiting_for == tstream.WAITING_METADATA,
             what="it says that the metadata is missing")


def test_metadata_that_comes_late_is_taken(make_session, movie, shared_seeder):
    session = make_session(metadata_timeout=0.3)
    with session.open(movie.magnet(), wait=0) as torrent:
        with pytest.raises(tstream.TstreamError):
            torrent.wait_metadata(None)
    with session.open(movie.magnet(shared_seeder.seed(movie).address)) as torrent:
        assert_file(torrent, 0, movie.data)


def test_a_taken_port_moves_to_the_next_with_a_warning(make_session, movie, make_seeder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        session = make_session(listen=f"127.0.0.1:{port}")
        moved = poll(lambda: session.stats().listen_port, what="a listening port")
        assert moved != port
        assert session.wait_event(tstream.EVENT_WARNING).message
        with session.open(movie.magnet(make_seeder().seed(movie).address)) as torrent:
            assert_file(torrent, 0, movie.data)


def test_a_listen_address_that_cannot_be_meant_is_refused(data_dir):
    for listen in ("nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x"):
        with pytest.raises(tstream.TstreamError) as caught:
            tstream.Session(data_dir, listen=listen)
        assert caught.value.code == tstream.EINVAL, listen


def stuck_reader(session, movie, make_wire_peer):
    """A torrent and a reader whose bytes never come."""
    peer = make_wire_peer(movie, wirepeer.Silent(after_blocks=0))
    torrent = session.open(movie.magnet(peer.address))
    return torrent, torrent.reader()


def code_of_wait(reader, codes):
    try:
        reader.wait(None)
        codes.append(0)
    except tstream.TstreamError as error:
        codes.append(error.code)


@pytest.mark.parametrize("end", ["removed", "session closed"])
def test_a_waiting_reader_learns_of_the_end(make_session, movie, make_wire_peer, end):
    session = make_session()
    torrent, reader = stuck_reader(session, movie, make_wire_peer)
    codes = []
    thread = threading.Thread(target=code_of_wait, args=(reader, codes), daemon=True)
    thread.start()
    poll(lambda: reader.stats().waiting_us > 0, what="the reader waits")
    torrent.remove() if end == "removed" else session.close()
    thread.join(10)
    assert codes == [tstream.ECANCELED]
    with pytest.raises(tstream.TstreamError) as caught:
        reader.try_read()
    assert caught.value.code == tstream.ECANCELED
    assert torrent.stats().state == tstream.STATE_REMOVED
    with pytest.raises(tstream.TstreamError):
        torrent.remove()
    reader.close()
    torrent.unref()


def test_a_wait_for_metadata_learns_of_the_end(make_session, movie):
    session, codes = make_session(), []
    torrent = session.open(movie.magnet(), wait=0)

    def wait():
        try:
            torrent.wait_metadata(None)
        except tstream.TstreamError as error:
            codes.append(error.code)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    session.close()
    thread.join(10)
    assert codes == [tstream.ECANCELED]
    torrent.unref()


def test_everything_stays_valid_after_the_session_is_closed(make_session, movie, shared_seeder):
    session = make_session()
    torrent = session.open(movie.magnet(shared_seeder.seed(movie).address))
    readers = [torrent.reader(start=number * 1000) for number in range(20)]
    session.close()
    for reader in readers:
        with pytest.raises(tstream.TstreamError) as caught:
            reader.try_read()
        assert caught.value.code == tstream.ECANCELED
        assert reader.size == len(movie.data)
        reader.stats()
    assert torrent.infohash == movie.infohash
    assert torrent.file(0).size == len(movie.data)
    for failing in (lambda: torrent.add_peer("127.0.0.1:1"), torrent.reader):
        with pytest.raises(tstream.TstreamError) as caught:
            failing()
        assert caught.value.code == tstream.ECANCELED
    for reader in readers:
        reader.close()
    torrent.unref()


def test_remove_deletes_the_data_while_others_play_on(session, content, shared_seeder, data_dir):
    gone = content("gone.bin", 4 * MIB, 64 * KIB)
    stays = content("stays.bin", 4 * MIB, 64 * KIB)
    for one in (gone, stays):
        shared_seeder.seed(one)
    with session.open(gone.magnet(shared_seeder.address)) as torrent, \
            session.open(stays.magnet(shared_seeder.address)) as other, other.reader() as reader:
        with torrent.reader() as dying:
            dying.read(MIB)
            torrent.remove()
            with pytest.raises(tstream.TstreamError) as caught:
                dying.read()
            assert caught.value.code == tstream.ECANCELED
        poll(lambda: not data_files(data_dir, gone.infohash), what="its data is deleted")
        event = session.wait_event(tstream.EVENT_REMOVED)
        assert event.infohash.decode() == gone.infohash
        assert_same(reader.read(), stays.data)
    with session.open(gone.magnet(shared_seeder.address)) as again:
        assert_file(again, 0, gone.data)


def test_a_session_closes_in_the_middle_of_everything(make_session, movie, make_seeder):
    seeder = make_seeder().seed(movie).limit(2 * MIB)
    for _ in range(5):
        session = make_session()
        torrent = session.open(movie.magnet(seeder.address))
        readers = [torrent.reader(start=number * MIB) for number in range(8)]
        codes = []
        threads = [threading.Thread(target=code_of_wait, args=(reader, codes), daemon=True)
                   for reader in readers]
        for thread in threads:
            thread.start()
        session.close()
        for thread in threads:
            thread.join(10)
        assert len(codes) == len(readers)
        for reader in readers:
            reader.close()
        torrent.unref()


def test_limits_are_answers(make_session, content, movie):
    session = make_session(max_torrents=1, max_readers=2)
    with session.open_bytes(movie.torrent) as torrent:
        with pytest.raises(tstream.TstreamError) as caught:
            session.open_bytes(content("one-more.bin", 100, 16 * KIB).torrent)
        assert caught.value.code == tstream.ELIMIT
        with torrent.reader(), torrent.reader():
            with pytest.raises(tstream.TstreamError) as caught:
                torrent.reader()
            assert caught.value.code == tstream.ELIMIT
        torrent.reader().close()


def test_events_nobody_drains_are_bounded_and_told(make_session, content):
    session = make_session()
    movie = content("events.bin", 1000, 16 * KIB)
    for _ in range(1100):
        with session.open_bytes(movie.torrent) as torrent:
            torrent.remove()
    kinds = [event.type for event in session.events()]
    assert len(kinds) <= 1025
    assert tstream.EVENT_OVERFLOW in kinds


def test_a_quiet_session_stays_quiet(session, movie):
    with session.open_bytes(movie.torrent) as torrent, torrent.reader():
        wait_until_settled(torrent)
        list(session.events())
        holds_for(0.5, lambda: not list(session.events()), "an event without a cause")
