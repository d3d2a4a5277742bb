"""The examples do what they say, on a real swarm."""

import shutil
import subprocess

import node_home
import pytest
import requests
from node_home import ROOT
from seeders import stop

EXAMPLES = ROOT / "examples/node"


@pytest.fixture(scope="module")
def examples(home):
    for path in EXAMPLES.glob("*.mjs"):
        shutil.copy(path, home)
    return home


def environment(tmp_path, **more):
    return node_home.environment(DATA_DIR=str(tmp_path / "data"), LISTEN="127.0.0.1:0", **more)


@pytest.fixture
def server(examples, tmp_path):
    """The URL of a running range server."""
    with subprocess.Popen(node_home.command(examples / "range-server.mjs"), cwd=examples, text=True,
                          env=environment(tmp_path, PORT="0"), stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().partition("?")[0]
        assert url.startswith("http://127.0.0.1:"), url
        yield url
        stop(process, timeout=20)
        assert process.returncode == 0


def test_the_range_server_answers_ranges(server, movie, shared_seeder):
    magnet = movie.magnet(shared_seeder.seed(movie).address)
    size = len(movie.data)

    def get(header=None, method="GET"):
        return requests.request(method, server, params={"magnet": magnet}, timeout=40,
                                headers={"Range": header} if header else {})

    whole = get()
    assert whole.status_code == 200 and whole.content == movie.data
    assert whole.headers["Content-Type"] == "video/matroska"
    for header, start, end in (("bytes=0-99", 0, 100), ("bytes=1000000-", 1_000_000, size),
                               ("bytes=-77", size - 77, size)):
        part = get(header)
        assert part.status_code == 206 and part.content == movie.data[start:end]
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = get(f"bytes={size}-")
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{size}"
    head = get(method="HEAD")
    assert head.headers["Content-Length"] == str(size) and head.content == b""
    assert requests.get(server, params={"magnet": "nonsense"}, timeout=40).status_code == 400


def test_a_viewer_who_leaves_costs_nothing(server, movie, shared_seeder):
    magnet = movie.magnet(shared_seeder.seed(movie).address)
    for _ in range(5):
        with requests.get(server, params={"magnet": magnet}, stream=True, timeout=40) as response:
            assert next(response.iter_content(1000))
    assert requests.get(server, params={"magnet": magnet}, timeout=40).content == movie.data


def test_a_player_is_fed_every_byte(examples, movie, shared_seeder, tmp_path):
    heard = tmp_path / "heard"
    subprocess.run(
        node_home.command(examples / "play.mjs", movie.magnet(shared_seeder.seed(movie).address),
                          "sh", "-c", f"cat > {heard}"),
        cwd=examples, env=environment(tmp_path), timeout=50, check=True)
    assert heard.read_bytes() == movie.data


def test_a_player_that_is_closed_early_ends_the_program(examples, movie, shared_seeder, tmp_path):
    result = subprocess.run(
        node_home.command(examples / "play.mjs", movie.magnet(shared_seeder.seed(movie).address),
                          "sh", "-c", "head -c 10 >/dev/null; exit 3"),
        cwd=examples, env=environment(tmp_path), timeout=50, check=False)
    assert result.returncode == 3


def test_mpv_plays_it_to_the_end(examples, movie, shared_seeder, tmp_path):
    """Any bytes are sound to a player that is told so."""
    result = subprocess.run(
        node_home.command(examples / "play.mjs", movie.magnet(shared_seeder.seed(movie).address),
                          "mpv", "--no-config", "--vo=null", "--ao=null", "--ao-null-untimed",
                          "--demuxer=rawaudio", "-"),
        cwd=examples, env=environment(tmp_path), timeout=50, check=True, text=True,
        capture_output=True)
    assert "Exiting... (End of file)" in result.stdout, result.stdout
