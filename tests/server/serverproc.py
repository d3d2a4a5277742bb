"""The tstream-server under test, as a process of its own."""
import os
import pathlib
import re
import signal
import socket
import subprocess

import wire

BINARY = os.environ.get("TSTREAM_SERVER", "tstream-server")
# Every setting is also a variable, so the server inherits only what is none.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD", "ASAN_OPTIONS",
             "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
START_TIMEOUT_S = 15


def free_port(host="127.0.0.1"):
    with socket.create_server((host, 0)) as listener:
        return listener.getsockname()[1]


def environment(**extra):
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | extra


class Server:
    """Started by the constructor, answering when it returns."""

    def __init__(self, directory, *flags, data_dir=None, env=None, port=0, under=()):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data_dir = pathlib.Path(data_dir or self.directory / "data")
        self.host = "127.0.0.1"
        self.log = self.directory / "server.log"
        self.process = launch(self.log, "--port", str(port), "--data-dir", str(self.data_dir),
                              *LOOPBACK_ONLY, *flags, env=env, under=under)
        found = wire.poll(self._announced, START_TIMEOUT_S, "server says where it listens")
        self.port = int(found.group(1))

    def _announced(self):
        assert self.process.poll() is None, self.output()
        return re.search(r"listens on http://[^ ]*:(\d+)(?:/\n|\"})", self.output())

    def output(self):
        return self.log.read_text(errors="replace")

    def url(self, target):
        return f"http://{self.host}:{self.port}{target}"

    def stop(self, signum=signal.SIGTERM, timeout_s=10):
        """Ask it to end; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        try:
            return self.process.wait(timeout_s)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


# Nothing may leave the machine: no DHT, no local discovery, no port mapping, no indexers.
LOOPBACK_ONLY = ("--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--no-port-mapping",
                 "--no-archive")


def launch(log, *flags, env=None, under=()):
    """under: a command that becomes the server, as strace -D does."""
    with open(log, "ab") as sink:
        return subprocess.Popen([*under, BINARY, *flags], stdin=subprocess.DEVNULL, stdout=sink,
                                stderr=subprocess.STDOUT, env=environment(**(env or {})))


def run(*flags, env=None, timeout_s=10, input_text=""):
    """Run it to its end; for starts that are expected to fail, and for --help."""
    return subprocess.run([BINARY, *flags], input=input_text, capture_output=True,
                          text=True, timeout=timeout_s, env=environment(**(env or {})),
                          check=False)
