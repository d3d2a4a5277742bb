"""Where things are, and fresh directories for every run."""
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from .content import MIB, Content
from .processes import Process, free_port, wait_for_port

MIN_FREE_BYTES = 8 << 30
QUIET_CPU_S = 0.002


def default_work_dir():
    """Memory if there is enough of it: then no contender waits for the disk."""
    shm = Path("/dev/shm")
    if shm.is_dir() and shutil.disk_usage(shm).free > MIN_FREE_BYTES:
        return shm / "tstream-bench"
    return Path("/var/tmp/tstream-bench")


def settle(process, patience_s=5):
    """Wait until a server that has just started no longer computes."""
    deadline = time.monotonic() + patience_s
    before = process.cpu_s()
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = process.cpu_s()
        if now - before < QUIET_CPU_S:
            return
        before = now


class Workshop:
    def __init__(self, source, tools, server, work_dir=None):
        self.source = Path(source)
        self.builds = Path(tools).parent
        self.tools = Path(tools)
        self.server = Path(server)
        self.work_dir = Path(work_dir) if work_dir else default_work_dir()
        self.work_dir.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count()

    def content(self, size_bytes, piece_bytes=MIB, **options):
        return Content(self.work_dir, size_bytes, piece_bytes, **options)

    def clean(self):
        """Give the memory back; the content is made again in seconds."""
        for path in self.work_dir.iterdir():
            if path.name not in ("logs", "small"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def log(self, name):
        (self.work_dir / "logs").mkdir(exist_ok=True)
        return self.work_dir / "logs" / f"{name}.log"

    @contextlib.contextmanager
    def data_dir(self):
        path = self.work_dir / f"data-{os.getpid()}-{next(self._numbers)}"
        path.mkdir()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def server_of(self, contender, data_dir, content, wait=True, crowd=False):
        """A contender's server, up and listening."""
        port = free_port()
        command, env = contender.command(self, port, data_dir, content)
        if crowd:
            command += contender.for_crowds
        with Process(command, self.log(contender.name), env) as process:
            if wait:
                wait_for_port(port, process)
            yield Server(self, contender, process, port)

    @contextlib.contextmanager
    def fresh_server(self, contender, content, crowd=False):
        """The same with an empty directory, and at rest."""
        with self.data_dir() as data_dir, \
                self.server_of(contender, data_dir, content, crowd=crowd) as server:
            settle(server.process)
            yield server

    def run(self, tool, patience_s, **options):
        """Run a measuring client; gives the lines of JSON that it printed."""
        name, *mode = tool.split()
        command = [self.tools / name, *mode]
        for name, value in options.items():
            for each in value if isinstance(value, list) else [value]:
                command += [f"--{name.replace('_', '-')}", each]
        output = subprocess.run([str(part) for part in command], check=True,
                                timeout=patience_s + 60, stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in output.splitlines()]


class Server:
    """A contender at work."""

    def __init__(self, workshop, contender, process, port):
        self.workshop, self.contender = workshop, contender
        self.process, self.port = process, port

    def open(self, content, peers):
        """Gives the path to ask for; some contenders want to be told of a torrent first."""
        return self.contender.open(self.port, content, peers)

    def get(self, content, path, timeout_s=120, **options):
        """One measured request."""
        return self.workshop.run("probe get", timeout_s, port=self.port, path=path,
                                 expect=content.path, timeout_s=timeout_s, **options)[0]

    def first(self, content, peers, **options):
        """The first request for a magnet; the time to open it counts."""
        start = time.perf_counter()
        path = self.open(content, peers)
        opened_ms = (time.perf_counter() - start) * 1000
        outcome = self.get(content, path, **options)
        return {**outcome, "first_byte_ms": outcome["first_byte_ms"] + opened_ms,
                "total_ms": outcome["total_ms"] + opened_ms}

    def latency(self, content, path, count):
        return self.workshop.run("probe latency", 120, port=self.port, path=path,
                                 expect=content.path, count=count)[0]

    def watch(self, content, path, viewers, timeout_s=600, **options):
        """People who watch, each (offset, comes after ms); see player/player.c."""
        return self.workshop.run("player", timeout_s, port=self.port, path=path,
                                 expect=content.path, timeout_s=timeout_s,
                                 viewer=[f"{offset}@{round(ms)}" for offset, ms in viewers],
                                 **options)
