"""Fixtures that need no library: contents, seeders, peers.

The tests of the bindings use them too, on whom the name tstream is a package.
"""

import pathlib
import sys

import pytest
import seeders
import torrents
import tracker as tracker_module
import wirepeer

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from fixtures import closing, preload_environment, pytest_configure  # noqa: E402, F401


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
