"""Where things are, and fresh directories for every run."""
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from .processes import Process, free_port, wait_for_port
from .swarm import Content

MIN_FREE_BYTES = 6 << 30
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
        self.tools = Path(tools)
        self.server = Path(server)
        self.work_dir = Path(work_dir) if work_dir else default_work_dir()
        self.work_dir.mkdir(parents=True, exist_ok=True)
        self._content = None
        self._numbers = itertools.count()

    def content(self):
        if self._content is None:
            self._content = Content(self.work_dir)
        return self._content

    def clean(self):
        """Give the memory back; the content is made again in seconds."""
        for path in self.work_dir.iterdir():
            if path.name != "logs":
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
    def server_of(self, contender, data_dir, content, wait=True):
        """A contender's server, up and listening; gives (process, port)."""
        port = free_port()
        command, env = contender.command(self, port, data_dir, content)
        with Process(command, self.log(contender.name), env) as process:
            if wait:
                wait_for_port(port, process)
            yield process, port

    def probe(self, mode, port, path, content, **options):
        """Run the measuring client; gives what it printed."""
        command = [self.tools / "probe", mode, "--port", port, "--path", path,
                   "--expect", content.path]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", value]
        output = subprocess.run([str(part) for part in command], check=True, timeout=600,
                                stdout=subprocess.PIPE).stdout
        return json.loads(output)
