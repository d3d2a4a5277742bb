"""The demo from its one command to a picture in Chromium (tests/browser)."""
import json
import os
import pathlib
import signal
import subprocess

import pytest

import serverproc
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
BROWSER = ROOT / "tests" / "browser"


def run_node(test, screenshots, **env):
    """Runs one file of tests/browser; its output is ours."""
    screenshots.mkdir(exist_ok=True)
    done = subprocess.run(["node", "--test", test], cwd=BROWSER, timeout=180, text=True,
                          capture_output=True, check=False,
                          env=os.environ | env | {"SCREENSHOT_DIR": str(screenshots)})
    assert done.returncode == 0, done.stdout + done.stderr


class Demo:
    """examples/demo/run with the binary under test, and what it printed."""

    def __init__(self, directory, cache, web):
        self.log = directory / "demo.log"
        self.port = serverproc.free_port()
        env = serverproc.environment(XDG_CACHE_HOME=str(cache), TMPDIR=str(directory),
                                     WEB_DIR=str(web))
        with open(self.log, "wb") as sink:
            self.process = subprocess.Popen(
                [ROOT / "examples" / "demo" / "run", serverproc.BINARY, "--port", str(self.port),
                 *serverproc.LOOPBACK_ONLY], stdin=subprocess.DEVNULL, stdout=sink,
                stderr=subprocess.STDOUT, env=env, start_new_session=True,
                # Started from a shell's background we would hand down that it is ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        wire.poll(lambda: len(self.direct) == 2 or self.process.poll() is not None, 60, "URLs")
        assert self.process.poll() is None, self.output()

    def output(self):
        return self.log.read_text(errors="replace")

    def _urls(self, beginning):
        return [line.strip() for line in self.output().splitlines()
                if line.strip().startswith(f"http://127.0.0.1:{self.port}{beginning}")]

    @property
    def pages(self):
        return self._urls("/watch?")

    @property
    def direct(self):
        return self._urls("/api/stream?")

    def members(self):
        """The processes of its session that are still there."""
        sessions = subprocess.run(["ps", "-o", "pid=", "-g", str(self.process.pid)],
                                  capture_output=True, text=True, check=False)
        return sessions.stdout.split()

    def stop(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.process.wait(10)


@pytest.fixture
def demo(tmp_path, demo_cache, web):
    process = Demo(tmp_path, demo_cache, web)
    yield process
    if process.process.poll() is None:
        process.stop()


def test_the_demo_plays_and_seeks_in_chromium(demo, tmp_path, node_modules):
    assert len(demo.pages) == len(demo.direct) == 2
    run_node("demo.test.js", tmp_path / "screenshots", DEMO_PAGES=json.dumps(demo.pages))


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_serves_its_direct_urls_and_leaves_nothing_behind(demo, tmp_path, signum):
    for url in demo.direct:
        head = subprocess.run(["curl", "-sS", "--fail", "--range", "4-7", url], check=True,
                              capture_output=True, timeout=20)
        assert head.stdout == b"ftyp"
    demo.stop(signum)
    wire.poll(lambda: not demo.members(), 5, "all its processes have ended")
    assert not list(tmp_path.glob("libtstream-demo.*"))


def test_the_demo_says_what_is_wrong_when_its_port_is_taken(server, demo_cache):
    env = serverproc.environment(XDG_CACHE_HOME=str(demo_cache))
    done = subprocess.run([ROOT / "examples" / "demo" / "run", serverproc.BINARY, "--port",
                           str(server.port)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, env=env, check=False)
    assert done.returncode != 0
    assert "in use" in done.stderr
    assert "/api/stream" not in done.stdout
