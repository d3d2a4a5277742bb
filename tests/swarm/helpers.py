"""Comparing, watching and slowing down to what a sanitizer allows."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

import tstream
from seeders import poll

#: sanitizers make everything slower; limits on time and memory stretch by this
SLOWNESS = 4 if os.environ.get("TSTREAM_SANITIZE") or os.environ.get("TSTREAM_PRELOAD") else 1


def assert_same(got, expected, what=""):
    """Every byte; a difference is told by its place, not by a dump of megabytes."""
    if got == expected:
        return
    common = min(len(got), len(expected))
    place = next((i for i in range(common) if got[i] != expected[i]), common)
    raise AssertionError(f"{what} differs at byte {place}: got {len(got)} bytes, "
                         f"expected {len(expected)}; there {got[place:place + 16]!r}, "
                         f"expected {expected[place:place + 16]!r}")


def assert_file(torrent, index, expected, **options):
    """The whole file through a reader of its own."""
    with torrent.reader(index, **options) as reader:
        assert reader.size == len(expected)
        assert_same(reader.read(timeout=40), expected, f"file {index}")


def assert_content(torrent, content, wait=30):
    """Names, sizes and every byte of every file."""
    torrent.wait_metadata(wait)
    assert torrent.file_count == len(content.files)
    for index, expected in enumerate(content.files):
        assert torrent.file(index).size == len(expected)
        assert_file(torrent, index, expected)


def holds_for(seconds, condition, what):
    """The condition is asked again and again and never fails in that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), what
        time.sleep(0.01)


def wait_until_settled(torrent, timeout=20):
    """Have-bits are known: neither looking for metadata nor checking."""
    settled = (tstream.STATE_READY, tstream.STATE_COMPLETE)
    poll(lambda: torrent.stats().state in settled, timeout, "the torrent is ready")


def wait_until_closed_to_disk(session, infohash, timeout=20):
    """The last reference is gone; the session lets the torrent go in its own time."""
    def gone():
        try:
            session.find(infohash).unref()
        except tstream.TstreamError as error:
            assert error.code == tstream.ENOENT
            return True
        return False
    poll(gone, timeout, "the torrent has left")


def data_files(data_dir, infohash=""):
    """The files in which torrents' data lies, largest first."""
    found = [path for path in pathlib.Path(data_dir).rglob("*")
             if path.is_file() and path.parent.name == "data" and infohash in str(path)]
    return sorted(found, key=lambda path: -path.stat().st_size)


def disk_bytes(directory):
    """What everything below takes on disk, holes not counted; it may come and go meanwhile."""
    total = 0
    for root, _, files in os.walk(directory):
        for name in files:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def stuck_resume(data_dir, content):
    """As on a disk that takes its time: keeping this torrent's metadata waits for let_go_of."""
    directory = pathlib.Path(data_dir) / "torrents" / content.infohash
    directory.mkdir(parents=True)
    os.mkfifo(directory / "resume.new")
    return directory / "resume.new"


@contextlib.contextmanager
def let_go_of(stuck):
    """At the end, for good, whether or not anybody is waiting by then."""
    try:
        yield
    finally:
        _held_open.append(os.open(stuck, os.O_RDWR | os.O_NONBLOCK))


#: until the process ends, so that who opens the other end late does not wait
_held_open = []


def listing(directory):
    """Every name below, as bytes: to say that nothing came or went."""
    return sorted(os.fsencode(os.path.join(root, name))
                  for root, directories, files in os.walk(directory)
                  for name in directories + files)


def child(*arguments, **options):
    """children.py in a process of its own, with the same library."""
    script = os.path.join(os.path.dirname(__file__), "children.py")
    return subprocess.Popen([sys.executable, script, *map(str, arguments)],
                            stdout=subprocess.PIPE, text=True, **options)


def run_child(*arguments, timeout=50):
    """Its output lines, once it has ended well."""
    process = child(*arguments)
    output, _ = process.communicate(timeout=timeout)
    assert process.returncode == 0, (process.returncode, output)
    return output.splitlines()
