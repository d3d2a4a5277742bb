"""Fixtures: stores of both kinds, and the sanitizer's runtime.

TSTREAM_LIBRARY   the libtstream.so under test
TSTREAM_PRELOAD   a sanitizer runtime that python must preload to load that library
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import capi  # noqa: E402
import stores  # noqa: E402


def pytest_configure(config):
    preload = os.environ.get("TSTREAM_PRELOAD")
    if preload and preload not in os.environ.get("LD_PRELOAD", ""):
        _start_again_with(config, preload)


def _start_again_with(config, preload):
    """A sanitizer's runtime must come first in the process, so the process begins anew."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    # with libstdc++, which the runtime must find at its start to see exceptions thrown
    environment = dict(os.environ, LD_PRELOAD=f"{preload} libstdc++.so.6")
    # python itself leaves memory behind at its end; the tests in C are checked for leaks
    environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    os.execve(sys.executable, sys.orig_argv, environment)


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
