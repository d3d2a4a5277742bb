"""Real databases for tests: a file, and a PostgreSQL server of our own on 127.0.0.1.

A store has a url, and sql() that goes past the library to see or to change what is there.
"""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

MIGRATIONS = Path(os.environ["TSTREAM_SOURCE_DIR"]) / "lib/store/migrations"
PASSWORD = "s3cret&word"
ENCODED_PASSWORD = "s3cret%26word"
START_TIMEOUT_S = 60
END_MARK = "-- end of the answer --"


def migration_files(dialect):
    return sorted(MIGRATIONS.glob(f"*.{dialect}.sql"))


def environment():
    """Without a sanitizer's runtime, which only our own library needs."""
    return {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"} | {
        "PGPASSWORD": PASSWORD, "LC_ALL": "C.UTF-8"}


class SqliteStore:
    kind = "sqlite"

    def __init__(self, directory):
        self.path = Path(directory) / "history.db"
        self.url = f"sqlite:{self.path}"

    def sql(self, text):
        """Rows as lists of text, as psql prints them."""
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            rows = [connection.execute(part).fetchall() for part in split(text)][-1]
        finally:
            connection.close()
        return [["" if cell is None else str(cell) for cell in row] for row in rows]

    def script(self, path):
        connection = sqlite3.connect(self.path)
        connection.executescript(Path(path).read_text())
        connection.close()


def split(text):
    """Statements, one a line at least; a trigger is one."""
    parts, part = [], ""
    for line in text.splitlines():
        part += line + "\n"
        if sqlite3.complete_statement(part):
            parts.append(part)
            part = ""
    return parts + ([part] if part.strip() else [])


class PostgresServer:
    """Ends with this process, whatever happens to it."""

    def __init__(self, *settings):
        self.programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.directory = Path(tempfile.mkdtemp(prefix="tstream-postgres-"))
        self.settings = settings
        self.port = free_port()
        self.process = None
        self.database_count = 0
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        (self.directory / "password").write_text(PASSWORD)
        (self.directory / "password").chmod(0o644)
        subprocess.run([*self.as_owner(), self.programs / "initdb", "--pgdata", self.data,
                        "--username=postgres", f"--pwfile={self.directory}/password",
                        "--auth=scram-sha-256", "--no-sync", "--locale=C.UTF-8",
                        "--encoding=UTF8"], check=True, stdout=subprocess.DEVNULL,
                       env=environment(), cwd="/")
        self.start()

    @property
    def data(self):
        return self.directory / "data"

    @staticmethod
    def as_owner():
        """PostgreSQL refuses to be root."""
        words = ["setpriv", "--pdeathsig=SIGINT"]
        if os.geteuid() == 0:
            words += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return words

    def start(self):
        options = [f"port={self.port}", "listen_addresses=127.0.0.1",
                   f"unix_socket_directories={self.directory}", "max_connections=120",
                   "shared_buffers=32MB", *self.settings]
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.as_owner(), self.programs / "postgres", "-D", self.data,
                 *(word for option in options for word in ("-c", option))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(), cwd="/")
        deadline = time.monotonic() + START_TIMEOUT_S
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                              str(self.port)], env=environment(), check=False).returncode != 0:
            assert self.process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.02)

    def stop(self, how=signal.SIGQUIT):
        """SIGQUIT is a crash: nothing is flushed, and the next start recovers."""
        self.process.send_signal(how)
        self.process.wait(START_TIMEOUT_S)

    def psql(self, database, *words, **options):
        return subprocess.run(
            [self.programs / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, *words],
            check=True, capture_output=True, text=True, env=environment(), **options).stdout

    def psql_shell(self, database):
        """Reads statements for as long as this process lives.  An error ends what it says."""
        return subprocess.Popen(
            [self.programs / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-h", "127.0.0.1", "-p",
             str(self.port), "-U", "postgres", "-d", database], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())

    def make_store(self):
        """An empty database.  It goes with the server."""
        self.database_count += 1
        name = f"test{self.database_count}"
        self.psql("postgres", "-c", f"CREATE DATABASE {name}")
        return PostgresStore(self, name)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class PostgresStore:
    kind = "postgres"

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.url = (f"postgresql://postgres:{ENCODED_PASSWORD}@127.0.0.1:{server.port}/{name}")
        self.shell = None

    def sql(self, text):
        """By a psql that stays: tests ask much."""
        if self.shell is None or self.shell.poll() is not None:
            self.shell = self.server.psql_shell(self.name)
        self.shell.stdin.write(text + f"\n;\n\\echo {END_MARK}\n")
        self.shell.stdin.flush()
        lines = list(iter(lambda: self.shell.stdout.readline().rstrip("\n"), END_MARK))
        assert not any(line.startswith("ERROR") for line in lines), lines
        return [line.split("\t") for line in lines]

    def script(self, path):
        self.server.psql(self.name, "-f", str(path))

    def empty(self):
        """As it was when its migrations had been applied."""
        self.sql("TRUNCATE watched_torrents, popular_sessions, popular_days, popular_windows, "
                 "accounts CASCADE")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
