"""Fixtures: stores of both kinds.

TSTREAM_LIBRARY   the libtstream.so under test
TSTREAM_PRELOAD   see fixtures
"""

import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import capi  # noqa: E402
import stores  # noqa: E402
from fixtures import pytest_configure  # noqa: E402, F401


@pytest.fixture(scope="session")
def postgres_server():
    # Nothing here outlives the test, so nothing need reach the disk.
    server = stores.PostgresServer("fsync=off", "full_page_writes=off")
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_postgres_store(postgres_server):
    made = postgres_server.make_store()
    capi.History(made.url).close()
    return made


@pytest.fixture
def postgres_store(shared_postgres_store):
    """Nothing in it but what the migrations made."""
    shared_postgres_store.empty()
    return shared_postgres_store


@pytest.fixture
def sqlite_store(tmp_path):
    return stores.SqliteStore(tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request):
    return request.getfixturevalue(f"{request.param}_store")


@pytest.fixture(params=["sqlite", "postgres"])
def new_store(request):
    """One that nothing was done to: for tests of migrations, and those that leave traps."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_store")
    return request.getfixturevalue("postgres_server").make_store()


@pytest.fixture
def open_history(store):
    """open_history(...): on the test's store, closed at its end."""
    made = []

    def make(**options):
        made.append(capi.History(store.url, **options))
        return made[-1]

    yield make
    for history in reversed(made):
        history.close()


@pytest.fixture
def history(open_history):
    return open_history()
