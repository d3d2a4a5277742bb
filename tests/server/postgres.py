"""A PostgreSQL server of the tests' own, on loopback."""
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile

import serverproc
import wire

# It refuses to run as root.
USER = "nobody" if os.geteuid() == 0 else None


def program(name):
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found else name


class Postgres:
    def __init__(self):
        self.password = secrets.token_hex(8)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tstream-postgres-"))
        self.port = serverproc.free_port()
        secret = self.directory / "password"
        secret.write_text(self.password)
        if USER:
            shutil.chown(self.directory, USER)
            shutil.chown(secret, USER)
        self._run("initdb", "-D", self.directory / "data", "-U", "tstream", "-A", "scram-sha-256",
                  "--pwfile", secret, "--no-sync", "-E", "UTF8", "--locale", "C")
        self.start()

    def _run(self, name, *arguments):
        subprocess.run([program(name), *arguments], cwd=self.directory, user=USER, check=True,
                       stdout=subprocess.DEVNULL, timeout=60)

    def start(self):
        with open(self.directory / "log", "ab") as sink:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", self.directory / "data", "-p", str(self.port), "-c",
                 "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
                 "-c", "shared_buffers=16MB"],
                cwd=self.directory, user=USER, stdout=sink, stderr=subprocess.STDOUT)
        wire.poll(self.is_ready, 30, "PostgreSQL answers")

    def is_ready(self):
        return self.sql("SELECT 1", check=False).returncode == 0

    def sql(self, command, check=True):
        return subprocess.run([program("psql"), "-X", "-q", "-c", command, self.url("postgres")],
                              capture_output=True, check=check, timeout=30)

    def create(self, name):
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name):
        return f"postgresql://tstream:{self.password}@127.0.0.1:{self.port}/{name}"

    def stop(self, signum=signal.SIGINT):
        self.process.send_signal(signum)
        self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.directory)
