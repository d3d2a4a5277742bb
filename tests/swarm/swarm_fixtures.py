"""Fixtures that need no library: contents, seeders, peers, and the sanitizer's runtime.

The tests of the bindings use them too, on whom the name tstream is a package.

TSTREAM_PRELOAD   a sanitizer runtime that python must preload to load the library
"""

import os
import sys

import pytest
import seeders
import torrents
import tracker as tracker_module
import wirepeer


def pytest_configure(config):
    preload = os.environ.get("TSTREAM_PRELOAD")
    if preload and preload not in os.environ.get("LD_PRELOAD", ""):
        _start_again_with(config, preload)


def _start_again_with(config, preload):
    """A sanitizer's runtime must come first in the process, so the process begins anew."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    os.execve(sys.executable, sys.orig_argv, preload_environment())


def preload_environment():
    """For an interpreter that loads the library; it need not be built with a sanitizer."""
    preload = os.environ.get("TSTREAM_PRELOAD")
    if not preload:
        return dict(os.environ)
    # with libstdc++, which the runtime must find at its start to see exceptions thrown
    environment = dict(os.environ, LD_PRELOAD=f"{preload} libstdc++.so.6")
    # python itself leaves memory behind at its end; the stress program is checked for leaks.
    # A small quarantine, so that a test can still see memory grow.
    environment["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "")
                                   + ":quarantine_size_mb=16:detect_leaks=0")
    return environment


def closing(factory):
    """A fixture that hands out objects and closes them, the last one first."""
    made = []

    def make(*arguments, **options):
        made.append(factory(*arguments, **options))
        return made[-1]

    yield make
    for item in reversed(made):
        item.close()


@pytest.fixture(scope="session")
def content(tmp_path_factory):
    """content(name, sizes, piece_size, kind): made once, seeded by whom you like."""
    root = tmp_path_factory.mktemp("content")
    made = {}

    def make(name, sizes, piece_size, kind="v1"):
        key = f"{name}-{kind}-{piece_size}"
        if key not in made:
            stem, dot, extension = name.rpartition(".")
            unique = f"{stem}-{kind}-{piece_size}{dot}{extension}" if dot else key
            made[key] = torrents.make(root, unique, sizes, piece_size, kind)
        return made[key]

    return make


@pytest.fixture(scope="session")
def shared_seeder():
    """An unthrottled libtorrent that seeds whatever the tests of a file share."""
    seeder = seeders.LibtorrentSeeder()
    yield seeder
    seeder.close()


@pytest.fixture
def make_seeder():
    yield from closing(seeders.LibtorrentSeeder)


@pytest.fixture
def make_wire_peer():
    yield from closing(wirepeer.WirePeer)


@pytest.fixture
def make_transmission(tmp_path):
    numbers = iter(range(100))
    yield from closing(
        lambda: seeders.TransmissionSeeder(str(tmp_path / f"transmission-{next(numbers)}")))


@pytest.fixture
def make_tracker(tmp_path_factory):
    """make_tracker(infohash, ...)"""
    yield from closing(lambda *infohashes: tracker_module.Tracker(
        str(tmp_path_factory.mktemp("tracker") / "root"), *infohashes))
