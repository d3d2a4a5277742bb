"""Fixtures: sessions that end; the rest is in swarm_fixtures.py.

TSTREAM_LIBRARY   the libtstream.so under test
TSTREAM_STRESS    the program built from stress.c (made here if it is not given)
"""

import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import tstream  # noqa: E402
from swarm_fixtures import (  # noqa: E402, F401  pylint: disable=unused-import
    closing, content, make_seeder, make_tracker, make_transmission, make_wire_peer,
    pytest_configure, shared_seeder)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def make_session(data_dir):
    """make_session(...): on the test's data directory unless told otherwise."""
    yield from closing(lambda directory=data_dir, **options: tstream.Session(directory, **options))


@pytest.fixture
def session(make_session):
    return make_session()
