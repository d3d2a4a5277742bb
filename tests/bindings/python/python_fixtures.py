"""Fixtures: the package from the build tree, sessions that end, and the swarm tests' seeders.

TSTREAM_PYTHON_PACKAGE   the folder that has the package tstream
"""

import os
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ["TSTREAM_SOURCE_DIR"])
# Last, because a module there has the package's name.
sys.path[:0] = [os.environ["TSTREAM_PYTHON_PACKAGE"]]
sys.path.append(str(SOURCE / "tests/swarm"))

from swarm_fixtures import (  # noqa: E402, F401  pylint: disable=unused-import
    closing, content, make_seeder, make_wire_peer, pytest_configure, shared_seeder)

#: what keeps a session on this machine
LOCAL = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def make_session(data_dir):
    """make_session(directory, ...): on the test's data directory unless told otherwise."""
    import tstream  # only now, because a sanitizer must be in the process before it

    yield from closing(
        lambda directory=data_dir, **options: tstream.Session(directory, **{**LOCAL, **options}))


@pytest.fixture
def session(make_session):
    return make_session()


@pytest.fixture
def opened(data_dir):
    """async with opened() as session"""
    from tstream import aio

    return lambda directory=data_dir, **options: aio.Session(directory, **{**LOCAL, **options})


@pytest.fixture(scope="module")
def movie(content):
    return content("movie.mkv", 3 * 1024 * 1024 + 333, 64 * 1024)


@pytest.fixture
def torrent(session, movie, shared_seeder):
    """A torrent that a seeder serves at full speed."""
    return session.open(movie.magnet(shared_seeder.seed(movie).address)).metadata(20)


@pytest.fixture
def stalled(session, movie):
    """A torrent whose files are known and which nobody has: every read waits."""
    return session.open_bytes(movie.torrent)


@pytest.fixture
def torrent_path(movie, tmp_path):
    path = tmp_path / "movie.torrent"
    path.write_bytes(movie.torrent)
    return path
