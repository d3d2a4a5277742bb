"""Child processes and what they cost."""
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

SAMPLE_S = 0.05


def with_children(pid):
    """The process and those it has started, as long as they live."""
    found = [pid]
    for own in found:
        try:
            tasks = Path(f"/proc/{own}/task").glob("*/children")
            found += [int(child) for task in tasks for child in task.read_text().split()]
        except OSError:
            pass  # it has ended meanwhile
    return found


def anonymous_bytes_of(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no Anonymous line in smaps_rollup")


class Process:
    """A child in its own session, so that ending it ends whatever it started."""

    def __init__(self, command, log_path=None, env=None, **options):
        log = open(log_path, "ab") if log_path else subprocess.DEVNULL
        options.setdefault("stdout", log)
        self.started_ns = time.monotonic_ns()
        self.popen = subprocess.Popen(
            [str(part) for part in command], stderr=log, start_new_session=True,
            env={**os.environ, **(env or {})}, **options)

    @property
    def pid(self):
        return self.popen.pid

    def cpu_s(self):
        """CPU time so far, all threads and children, to the nanosecond."""
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in with_children(self.pid))

    def anonymous_bytes(self):
        return sum(anonymous_bytes_of(pid) for pid in with_children(self.pid))

    def is_running(self):
        return self.popen.poll() is None

    def stop(self, patience_s=10):
        if self.is_running():
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self.popen.wait(patience_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Peak:
    """The largest anonymous size seen between enter and exit."""

    def __init__(self, process):
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.bytes = 0

    def _sample(self):
        while not self._done.wait(SAMPLE_S):
            self.bytes = max(self.bytes, self._process.anonymous_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


def start_and_wait_ready(command, log_path, **options):
    """Start a helper that prints "ready" when it is."""
    process = Process(command, log_path, stdout=subprocess.PIPE, **options)
    line = process.popen.stdout.readline()
    if line.strip() != b"ready":
        process.stop()
        raise RuntimeError(f"{command[0]} did not start: see {log_path}")
    return process


def wait_for_port(port, process, patience_s=30):
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.is_running():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"nothing listens on port {port}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
