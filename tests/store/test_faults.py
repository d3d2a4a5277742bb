"""What goes wrong with databases: told in a sentence, in time, and without losing anything."""

import os
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import capi
import full_disk
import pytest
import stores
from capi import EACCES, EBUSY, EINVAL, EIO, ENET, ENOENT, ENOSPC, ETIMEDOUT
from films import FILM, MAGNET, film

HERE = Path(__file__).parent
# Errors must come within the time that was set; this is for a machine that is busy.
SLACK_S = 20


def failure(function, *arguments, **options):
    with pytest.raises(capi.TstreamError) as caught:
        function(*arguments, **options)
    assert stores.PASSWORD not in caught.value.message
    assert stores.ENCODED_PASSWORD not in caught.value.message
    return caught.value


# -- opening -------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "", "history.db", "mysql://localhost/a", "sqlite:", "sqlite::memory:", "postgresql:",
    "postgresql://user:a@b@127.0.0.1/x", "postgresql://user:%zz@127.0.0.1/x",
    "postgresql://127.0.0.1:port/x", "postgresql://127.0.0.1/x?unknown=1"])
def test_what_is_no_url_of_a_database_is_refused(url):
    assert failure(capi.History, url, timeout=0.3).code in (EINVAL, ENET)


@pytest.mark.parametrize("password", ["", ":wrong", ":wr%40ng"])
def test_a_wrong_password_is_told_at_once_and_never_repeated(shared_postgres_store, password):
    server = shared_postgres_store.server
    url = f"postgresql://postgres{password}@127.0.0.1:{server.port}/postgres"
    started = time.monotonic()
    error = failure(capi.History, url, timeout=50)
    assert error.code == EACCES and "password" in error.message and "wr" not in error.message
    assert time.monotonic() - started < 40, "it must not have been tried until the time was over"


def test_no_message_holds_the_password(shared_postgres_store):
    port = shared_postgres_store.server.port
    secret = stores.ENCODED_PASSWORD
    for url in (f"postgresql://nobody:{secret}@127.0.0.1:{port}/postgres",
                f"postgresql://postgres:{secret}@127.0.0.1:{port}/missing",
                f"postgresql://postgres:{secret}@127.0.0.1:{stores.free_port()}/postgres",
                f"postgresql://postgres:{secret}@256.256.256.256/postgres",
                f"postgresql://postgres:{secret}@[::g]/postgres",
                f"postgresql://postgres:{secret}@host@127.0.0.1:{port}/postgres",
                f"postgresql://postgres:{secret}%@127.0.0.1:{port}/postgres",
                f"postgresql://postgres@127.0.0.1:{port}/postgres?password={secret}&x={secret}"):
        failure(capi.History, url, timeout=0.5)


def test_a_database_that_is_not_there_is_not_found(shared_postgres_store, tmp_path):
    url = shared_postgres_store.url.rpartition("/")[0] + "/missing"
    assert failure(capi.History, url).code == ENOENT
    error = failure(capi.History, f"sqlite:{tmp_path}/no/such/history.db")
    assert error.code == ENOENT and "no such directory" in error.message


def test_a_server_that_is_not_there_is_told_when_the_time_is_over():
    url = f"postgresql://127.0.0.1:{stores.free_port()}/x"
    started = time.monotonic()
    assert failure(capi.History, url, timeout=0.5).code == ENET
    assert 0.4 < time.monotonic() - started < SLACK_S


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = failure(capi.History, f"postgresql://me@127.0.0.1:{port}/x", timeout=0.5)
        assert error.code == ETIMEDOUT


def test_a_user_without_rights_is_refused(new_store):
    if new_store.kind == "sqlite":
        Path(new_store.path).mkdir()
        assert failure(capi.History, new_store.url).code == EACCES
        return
    new_store.sql("CREATE ROLE guest LOGIN PASSWORD 'guest-pass'")
    url = new_store.url.replace(f"postgres:{stores.ENCODED_PASSWORD}", "guest:guest-pass")
    assert failure(capi.History, url).code == EACCES


def test_a_file_that_is_no_database_is_refused(sqlite_store):
    sqlite_store.path.write_bytes(b"no database" * 1000)
    assert failure(capi.History, sqlite_store.url).code == EIO


def test_only_the_owner_may_read_the_file(sqlite_store):
    old = os.umask(0)
    try:
        with capi.History(sqlite_store.url) as history:
            history.record("me", MAGNET)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in
                     sqlite_store.path.parent.glob("history.db*")}
    finally:
        os.umask(old)
    assert modes == {0o600}


# -- waiting -------------------------------------------------------------------------------


class Locked:
    """Another program that holds the table, or the whole file."""

    def __init__(self, store):
        if store.kind == "sqlite":
            self.connection = sqlite3.connect(store.path, isolation_level=None,
                                              check_same_thread=False)
            self.connection.execute("BEGIN IMMEDIATE")
        else:
            self.shell = store.server.psql_shell(store.name)
            self.shell.stdin.write("BEGIN; LOCK TABLE watched_torrents;\n\\echo locked\n")
            self.shell.stdin.flush()
            assert self.shell.stdout.readline() == "locked\n"

    def release(self):
        if hasattr(self, "connection"):
            self.connection.close()
        else:
            self.shell.communicate("ROLLBACK;\n")


def test_a_database_that_others_lock_is_busy_and_then_is_not(open_history, store):
    history = open_history(timeout=0.6)
    history.record("me", MAGNET)
    locked = Locked(store)
    started = time.monotonic()
    error = failure(history.record, "me", film(1))
    assert error.code == EBUSY and time.monotonic() - started < SLACK_S
    locked.release()
    history.record("me", film(1))
    assert len(history.all("me")) == 2


def test_who_waits_for_a_lock_goes_on_when_it_is_released(open_history, store):
    history = open_history(timeout=40)
    history.ping()
    locked = Locked(store)
    writer = threading.Thread(target=history.record, args=("me", MAGNET))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    locked.release()
    writer.join(30)
    assert len(history.all("me")) == 1


def test_a_locked_file_can_still_be_opened_and_read(sqlite_store):
    with capi.History(sqlite_store.url) as history:
        history.record("me", MAGNET)
    locked = Locked(sqlite_store)
    with capi.History(sqlite_store.url, timeout=1) as history:
        assert len(history.all("me")) == 1
    locked.release()


SLOW = {"postgres": ["CREATE FUNCTION crawl() RETURNS trigger LANGUAGE plpgsql AS "
                     "$$ BEGIN PERFORM pg_sleep(100); RETURN NEW; END $$",
                     "CREATE TRIGGER slow BEFORE INSERT ON watched_torrents FOR EACH ROW "
                     "EXECUTE FUNCTION crawl()"],
        "sqlite": ["CREATE TRIGGER slow BEFORE INSERT ON watched_torrents BEGIN SELECT count(*) "
                   "FROM (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) "
                   "SELECT n FROM n LIMIT 1000000000000); END"]}


def test_a_query_that_takes_too_long_is_ended(new_store):
    with capi.History(new_store.url, timeout=0.6) as history:
        for statement in SLOW[new_store.kind]:
            new_store.sql(statement)
        started = time.monotonic()
        assert failure(history.record, "me", MAGNET).code == ETIMEDOUT
        assert time.monotonic() - started < SLACK_S
        new_store.sql("DROP TRIGGER slow" + (" ON watched_torrents"
                                             if new_store.kind == "postgres" else ""))
        history.record("me", MAGNET)
        assert len(history.all("me")) == 1


def test_the_server_gives_up_a_slow_query_too(new_store):
    """Nothing goes on burning in the database when its caller is gone."""
    if new_store.kind == "sqlite":
        return
    with capi.History(new_store.url, timeout=0.6) as history:
        for statement in SLOW["postgres"]:
            new_store.sql(statement)
        assert failure(history.record, "me", MAGNET).code == ETIMEDOUT
        deadline = time.monotonic() + SLACK_S
        while new_store.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%' "
                            "AND state = 'active'") != [["0"]]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_server_that_stands_still_does_not_hold_us(new_store):
    if new_store.kind == "sqlite":
        return
    with capi.History(new_store.url, timeout=0.6, max_connections=1) as history:
        history.record("me", MAGNET)
        [[backend]] = new_store.sql("SELECT pid FROM pg_stat_activity WHERE state = 'idle' "
                                    f"AND datname = '{new_store.name}' "
                                    "AND pid <> pg_backend_pid()")
        os.kill(int(backend), signal.SIGSTOP)
        try:
            assert failure(history.ping).code == ETIMEDOUT
        finally:
            os.kill(int(backend), signal.SIGCONT)
        history.ping()


def test_more_threads_than_connections_wait_no_longer_than_the_time_set(open_history, store):
    history = open_history(timeout=0.6, max_connections=1)
    history.ping()
    locked = Locked(store)
    errors = []
    threads = [threading.Thread(target=lambda: errors.append(
        failure(history.record, "me", MAGNET).code)) for _ in range(5)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    locked.release()
    assert time.monotonic() - started < SLACK_S
    assert len(errors) == 5 and set(errors) <= {EBUSY, ETIMEDOUT}


# -- room ----------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_what_was_there_stays(sqlite_store):
    """A limit on the size of files is the disk that is full here: the same failed write."""
    with capi.History(sqlite_store.url, timeout=20) as history:
        history.record("me", MAGNET)
        size = sqlite_store.path.stat().st_size + 64 * 1024
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        stored = 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(capi.TstreamError) as caught:
                for number in range(1, 1000):
                    history.record("me", film(number), "x" * 1000)
                    stored += 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert caught.value.code == ENOSPC and "disk" in caught.value.message
        assert len(history.all("me")) == stored
        history.record("me", film(1000))
        assert len(history.all("me")) == stored + 1
    assert sqlite_store.sql("PRAGMA integrity_check") == [["ok"]]


def test_a_full_disk_of_the_server_is_told_and_what_was_there_stays(new_store):
    """What the server answers when its disk is full, raised where it would be."""
    if new_store.kind == "sqlite":
        return
    with capi.History(new_store.url, timeout=20) as history:
        history.record("me", MAGNET)
        new_store.sql("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                      "EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$")
        new_store.sql("CREATE TRIGGER full_disk BEFORE INSERT ON watched_torrents FOR EACH ROW "
                      "EXECUTE FUNCTION fill()")
        assert failure(history.record, "me", film(1)).code == ENOSPC
        new_store.sql("DROP TRIGGER full_disk ON watched_torrents")
        history.record("me", film(1))
        assert len(history.all("me")) == 2


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_small_disk_fills_up_and_has_room_again(kind, tmp_path_factory):
    """A file system of the test's own, where it may have one.  Where it may not, the two tests
    above are what there is."""
    directory = tmp_path_factory.mktemp("disk")
    if full_disk.may_mount(directory):
        done = subprocess.run(full_disk.command(sys.executable, HERE / "full_disk.py", kind,
                                                directory),
                              capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr


# -- restarts ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def durable_server():
    """As PostgreSQL is when nobody set anything: what it acknowledged is on disk."""
    server = stores.PostgresServer()
    yield server
    server.close()


def counts(store):
    return Counter(session for [session] in store.sql("SELECT session_id FROM watched_torrents"))


def test_writes_go_on_through_restarts_and_none_that_was_acknowledged_is_lost(durable_server):
    store = durable_server.make_store()
    acknowledged = [[] for _ in range(8)]
    errors = []
    is_over = threading.Event()

    def write(history, number):
        step = 0
        try:
            while not is_over.is_set():
                session = f"thread{number}-{step}"
                history.record(session, film(step % 5))
                acknowledged[number].append(session)
                step += 1
        except capi.TstreamError as error:
            errors.append(error)

    def wait_for_more(count):
        wanted = sum(map(len, acknowledged)) + count
        deadline = time.monotonic() + 30
        while sum(map(len, acknowledged)) < wanted and not errors:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    with capi.History(store.url, timeout=50) as history:
        threads = [threading.Thread(target=write, args=(history, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT):
            wait_for_more(40)
            durable_server.stop(how)
            durable_server.start()
        wait_for_more(40)
        is_over.set()
        for thread in threads:
            thread.join()
    assert not errors, errors
    stored = counts(store)
    assert set(sum(acknowledged, [])) <= set(stored)
    assert set(stored.values()) == {1}, "a write that was repeated must not be there twice"


def test_a_history_finds_the_server_again(durable_server):
    store = durable_server.make_store()
    with capi.History(store.url, timeout=0.5) as history:
        row_id = history.record("me", MAGNET)
        durable_server.stop(signal.SIGINT)
        assert failure(history.set_position, "me", row_id, 5).code == ENET
        assert failure(history.page, "me").code == ENET
        durable_server.start()
    with capi.History(store.url, timeout=50) as history:
        history.set_position("me", row_id, 5)
        durable_server.stop(signal.SIGINT)
        durable_server.start()
        history.remove("me", row_id)
        assert history.all("me") == []


def test_a_program_killed_while_it_writes_loses_nothing_acknowledged(store):
    for _ in range(3):
        with subprocess.Popen([sys.executable, HERE / "writer.py", store.url],
                              stdout=subprocess.PIPE, text=True, cwd=HERE) as writer:
            said = [writer.stdout.readline().strip() for _ in range(30)]
            writer.kill()
            said += writer.stdout.read().splitlines()
        assert said and all(said)
        stored = counts(store)
        assert set(said) <= set(stored) and set(stored.values()) == {1}
    with capi.History(store.url, timeout=30) as history:
        assert history.popular()[0].session_count > 0
        assert history.position("session0", film(0)) == (0, 0)
    if store.kind == "sqlite":
        assert store.sql("PRAGMA integrity_check") == [["ok"]]


def test_a_connection_that_the_server_ends_is_replaced(postgres_store):
    with capi.History(postgres_store.url, timeout=30) as history:
        history.record("me", MAGNET)
        postgres_store.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           f"WHERE datname = '{postgres_store.name}' AND pid <> pg_backend_pid()")
        history.record("you", FILM)
        assert history.popular()[0].session_count == 2
