"""The examples do what they say, on a real swarm."""

import os
import subprocess
import sys
import time

import pytest
import requests
from python_fixtures import SOURCE
from seeders import free_port, stop

EXAMPLES = SOURCE / "examples/python"


def environment(**more):
    return dict(os.environ, PYTHONPATH=os.environ["TSTREAM_PYTHON_PACKAGE"], **more)


def test_download_shows_its_progress_and_writes_the_film(movie, shared_seeder, tmp_path):
    result = subprocess.run(
        [sys.executable, EXAMPLES / "download.py", "--listen", "127.0.0.1:0",
         movie.magnet(shared_seeder.seed(movie).address), tmp_path],
        env=environment(), timeout=50, check=True, capture_output=True, text=True)
    target = result.stdout.strip()
    with open(target, "rb") as file:
        assert file.read() == movie.data
    assert "100%" in result.stderr and movie.name in result.stderr


@pytest.fixture
def server(tmp_path):
    """The URL of a running range server."""
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "warning",
               "range_server:app"]
    with subprocess.Popen(command, cwd=EXAMPLES, env=environment(
            DATA_DIR=str(tmp_path / "data"), LISTEN="127.0.0.1:0")) as process:
        url = f"http://127.0.0.1:{port}/stream"
        deadline = time.monotonic() + 40
        while True:
            assert process.poll() is None and time.monotonic() < deadline
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.02)
        yield url
        stop(process)


def test_the_range_server_answers_ranges(server, movie, shared_seeder):
    magnet = movie.magnet(shared_seeder.seed(movie).address)
    size = len(movie.data)

    def get(header=None, method="GET"):
        headers = {"Range": header} if header else {}
        return requests.request(method, server, params={"magnet": magnet}, headers=headers,
                                timeout=40)

    whole = get()
    assert whole.status_code == 200 and whole.content == movie.data
    assert whole.headers["Content-Type"] == "video/matroska"
    assert whole.headers["Accept-Ranges"] == "bytes"
    for header, start, end in (("bytes=0-99", 0, 100), ("bytes=1000000-", 1_000_000, size),
                               ("bytes=-5", size - 5, size), (f"bytes=7-{size * 2}", 7, size)):
        part = get(header)
        assert part.status_code == 206 and part.content == movie.data[start:end], header
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = get(f"bytes={size}-")
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{size}"
    head = get(method="HEAD")
    assert head.headers["Content-Length"] == str(size) and head.content == b""
    assert requests.get(server, params={"magnet": "nonsense"}, timeout=20).status_code == 400


def test_the_examples_are_short():
    assert (EXAMPLES / "range_server.py").read_text().count("\n") <= 75
