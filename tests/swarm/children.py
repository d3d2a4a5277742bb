"""Programs that tests run in a process of their own, to kill or to confine it."""

import fcntl
import os
import resource
import signal
import socket
import struct
import sys
import time

import tstream


def say(*words):
    print(*words, flush=True)


def open_or_code(data_dir):
    """The code with which a session on this directory fails, or 0."""
    try:
        tstream.Session(data_dir).close()
        say(0)
    except tstream.TstreamError as error:
        say(error.code)


def hold(data_dir):
    session = tstream.Session(data_dir)
    say("held")
    signal.pause()
    session.close()


def found_pieces(torrent, expected):
    """How many pieces are here, each of them compared; none may need a peer."""
    while torrent.stats().state not in (tstream.STATE_READY, tstream.STATE_COMPLETE):
        time.sleep(0.002)
    have = [index for index, piece in enumerate(torrent.pieces()) if piece == tstream.PIECE_HAVE]
    size = torrent.piece_size
    with torrent.reader(readahead=1) as reader:
        for index in have:
            reader.seek(index * size)
            if reader.read(size, timeout=5) != expected[index * size:(index + 1) * size]:
                say("wrong", index)
    return len(have)


def download(data_dir, infohash, peer, path, knowledge):
    """Report what was found without a peer, then each growth of what is verified."""
    with open(path, "rb") as content:
        expected = content.read()
    session = tstream.Session(data_dir)
    torrent = session.open(infohash, wait=20 if knowledge == "known" else 0)
    if knowledge == "known":
        say("found", found_pieces(torrent, expected))
    torrent.add_peer(peer)
    torrent.wait_metadata(20)
    with torrent.reader() as reader:
        read_and_report(torrent, reader, expected)
    say("done", 0)
    signal.pause()


def read_and_report(torrent, reader, expected):
    offset, have = 0, -1
    while (part := reader.try_read()) != b"":
        if torrent.have_count() != have:
            have = torrent.have_count()
            say("have", have)
        if part is None:
            wait_a_little(reader)
            continue
        if part != expected[offset:offset + len(part)]:
            say("wrong", offset)
        offset += len(part)


def wait_a_little(reader):
    try:
        reader.wait(0.02)
    except tstream.TstreamError as error:
        if error.code != tstream.ETIMEDOUT:
            raise


def unprivileged(data_dir):
    """As open_or_code, without root's right to write everywhere."""
    tstream.library()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    open_or_code(data_dir)


def file_limit(data_dir, magnet, limit_bytes):
    """A disk that ends: no file may grow beyond the limit."""
    session = tstream.Session(data_dir)
    torrent = session.open(magnet)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit_bytes), resource.RLIM_INFINITY))
    with torrent.reader() as reader:
        got = 0
        try:
            while part := reader.read(65536, timeout=20):
                got += len(part)
        except tstream.TstreamError as error:
            say(error.code, got)
        stats = torrent.stats()
        say(stats.state, stats.waiting_for, stats.message.decode())
    with torrent.reader() as again:
        say(len(again.read(min(got, 65536), timeout=5)))
    torrent.unref()
    session.close()


def dht(data_dir):
    bring_loopback_up()
    for words in ("dht opened", "dht opened again"):
        session = tstream.Session(data_dir, flags=tstream.NO_LSD | tstream.NO_PORT_MAPPING)
        deadline = time.monotonic() + 10
        while not session.stats().listen_port and time.monotonic() < deadline:
            time.sleep(0.01)
        session.close()
        say(words)


def bring_loopback_up():
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, get_flags, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


PROGRAMS = {"open": open_or_code, "hold": hold, "download": download,
            "unprivileged": unprivileged, "file-limit": file_limit, "dht": dht}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
