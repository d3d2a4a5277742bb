"""Nothing leaks, nothing dangles: every order of closing, dropping and leaving."""

import gc
import itertools
import os
import random
import resource
import subprocess
import sys
import threading
import time

import pytest
from helpers import SLOWNESS, poll

import tstream

CANCELED = (tstream.CanceledError, tstream.ClosedError)


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def test_ten_thousand_readers_leave_nothing_behind(torrent):
    def cycle(times):
        for number in range(times):
            reader = torrent.reader(start=number)
            reader.read_nowait(100)
            if number % 2:
                reader.close()

    cycle(1000)
    gc.collect()
    before, files = resident_bytes(), descriptors()
    cycle(10_000)
    gc.collect()
    assert torrent.readers() == []
    assert descriptors() <= files + 5  # peers come and go
    assert resident_bytes() - before < 8 * 1024 * 1024 * SLOWNESS


def test_ten_thousand_torrents_leave_nothing_behind(session, movie):
    def cycle(times):
        for _ in range(times):
            with session.find(movie.infohash) as torrent:
                assert torrent.files[0].path and torrent.torrent_file and torrent.magnet
                assert torrent.stats() and session.stats() and torrent.pieces()

    kept = session.open_bytes(movie.torrent)
    cycle(1000)
    gc.collect()
    before = resident_bytes()
    cycle(10_000 // SLOWNESS)
    gc.collect()
    assert not kept.closed
    assert resident_bytes() - before < 8 * 1024 * 1024 * SLOWNESS


def test_sessions_leave_nothing_behind(make_session, movie):
    def cycle(times):
        for _ in range(times):
            with make_session() as session:
                session.open_bytes(movie.torrent).reader().read_nowait(1)

    cycle(3)
    gc.collect()
    files, threads = descriptors(), threading.active_count()
    cycle(20)
    gc.collect()
    assert (descriptors(), threading.active_count()) == (files, threads)


@pytest.mark.parametrize("order", [*itertools.permutations(["session", "torrent", "reader"])])
def test_objects_may_be_closed_and_dropped_in_every_order(make_session, movie, order):
    for drop in (True, False):
        session = make_session()
        torrent = session.open_bytes(movie.torrent)
        objects = {"session": session, "torrent": torrent, "reader": torrent.reader()}
        del session, torrent
        for name in order:
            objects[name].close()
            if drop:
                del objects[name]
                gc.collect()
        # whatever is left of the session must not hold the directory


def test_dropping_a_session_keeps_it_open_for_its_torrents(make_session, movie):
    reader = make_session().open_bytes(movie.torrent).reader()
    gc.collect()
    assert reader.read_nowait() is None
    assert not reader.torrent.session.closed


def test_dropping_everything_lets_go_of_the_directory(data_dir, movie, make_session):
    from python_fixtures import LOCAL

    session = tstream.Session(data_dir, **LOCAL)
    reader = session.open_bytes(movie.torrent).reader()
    cycle = [reader, session]
    cycle.append(cycle)
    del session, reader, cycle
    gc.collect()
    make_session().close()


def test_use_after_close_raises(make_session, movie):
    session = make_session()
    torrent = session.open_bytes(movie.torrent)
    reader = torrent.reader()
    for thing in (reader, torrent, session):
        assert not thing.closed
        thing.close()
        thing.close()
        assert thing.closed
        with pytest.raises(ValueError):
            with thing:
                pass
    uses = [lambda: reader.read(1), lambda: reader.readinto(bytearray(1)), reader.read_nowait,
            reader.tell, lambda: reader.seek(0), reader.cancel, reader.stats, reader.wait,
            reader.readable, lambda: reader.size, lambda: reader.available,
            torrent.metadata, torrent.stats, torrent.pieces, torrent.peers, torrent.readers,
            torrent.reader, torrent.remove, torrent.keep, lambda: torrent.name,
            lambda: torrent.files, lambda: torrent.magnet, lambda: torrent.torrent_file,
            lambda: torrent.add_peer("127.0.0.1:1"), lambda: session.open("0" * 40),
            lambda: session.open_bytes(movie.torrent), lambda: session.find("0" * 40),
            session.stats, session.torrents, session.next_event]
    for use in uses:
        with pytest.raises(tstream.ClosedError):
            use()


def in_thread(job):
    """Its exception, once it has one."""
    outcome = []

    def run():
        try:
            job()
            outcome.append(None)
        except BaseException as error:  # pylint: disable=broad-except
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def end():
        thread.join(20)
        assert not thread.is_alive(), "it still waits"
        return outcome[0]

    return end


def wait_until_stalled(torrent):
    poll(lambda: any(reader.waiting_us > 0 for reader in torrent.readers()), what="it waits")


@pytest.mark.parametrize("how", ["close", "cancel", "remove", "session"])
def test_closing_ends_a_read_that_waits_in_another_thread(session, stalled, how):
    reader = stalled.reader()
    end = in_thread(lambda: reader.read(1))
    wait_until_stalled(stalled)
    {"close": reader.close, "cancel": reader.cancel, "remove": stalled.remove,
     "session": session.close}[how]()
    assert isinstance(end(), CANCELED)


def test_closing_the_session_ends_a_wait_for_metadata(session):
    end = in_thread(session.open("0" * 39 + "1").metadata)
    time.sleep(0.05)
    session.close()
    assert isinstance(end(), CANCELED)


def test_threads_that_close_what_others_use_break_nothing(session, torrent):
    chance = random.Random(3)

    def use(reader):
        try:
            while True:
                reader.seek(chance.randrange(reader.size))
                reader.read(5000)
                reader.stats()
        except CANCELED:
            pass

    for _ in range(30):
        readers = [torrent.reader(timeout=20) for _ in range(4)]
        ends = [in_thread(lambda reader=reader: use(reader)) for reader in readers for _ in "ab"]
        time.sleep(chance.random() * 0.01)
        for reader in readers:
            reader.close()
        assert [end() for end in ends] == [None] * 8
    assert torrent.readers() == []


def run_program(program, *arguments, code=0, timeout=30, environment=()):
    """A program of its own, with the same package; gives its output."""
    environment = dict(os.environ, PYTHONPATH=os.environ["TSTREAM_PYTHON_PACKAGE"],
                       **dict(environment))
    result = subprocess.run([sys.executable, "-c", PRELUDE + program, *map(str, arguments)],
                            env=environment, timeout=timeout, check=False,
                            capture_output=True, text=True)
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    return result


PRELUDE = """
import os, signal, sys, threading, tstream
from tstream import aio
LOCAL = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}
torrent_file = open(sys.argv[2], "rb").read() if len(sys.argv) > 2 else b""
"""


@pytest.mark.parametrize("waiting", ["""
threading.Thread(target=lambda: torrent.reader().read(1), daemon=True).start()
""", """
threading.Thread(target=session.open("0" * 39 + "1").metadata, daemon=True).start()
""", """
reader = torrent.reader(); reader.read_nowait()
"""], ids=["read", "metadata", "nothing"])
def test_a_process_may_end_with_reads_pending(data_dir, torrent_path, waiting):
    begun = time.monotonic()
    result = run_program(f"""
session = tstream.Session(sys.argv[1], **LOCAL)
torrent = session.open_bytes(torrent_file)
{waiting}
import time; time.sleep(0.1)
print("end")
""", data_dir, torrent_path)
    assert result.stdout == "end\n" and "Fatal" not in result.stderr
    assert time.monotonic() - begun < 20


def test_an_asyncio_program_may_end_with_reads_pending(data_dir, torrent_path):
    run_program("""
import asyncio
async def main():
    session = await aio.Session(sys.argv[1], **LOCAL).start()
    torrent = await session.open_bytes(torrent_file)
    asyncio.ensure_future(torrent.reader().read(1))
    await asyncio.sleep(0.05)
asyncio.run(main())
""", data_dir, torrent_path)


def test_ctrl_c_ends_a_read_that_waits_in_the_main_thread(data_dir, torrent_path):
    result = run_program("""
session = tstream.Session(sys.argv[1], **LOCAL)
reader = session.open_bytes(torrent_file).reader()
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    reader.read(1)
except KeyboardInterrupt:
    print("heard")
""", data_dir, torrent_path)
    assert result.stdout == "heard\n"


def test_an_exception_that_holds_a_reader_does_not_hold_the_directory(make_session, movie):
    with pytest.raises(ZeroDivisionError):
        with make_session() as session, session.open_bytes(movie.torrent).reader() as reader:
            assert reader.tell() / 0
    make_session().close()
