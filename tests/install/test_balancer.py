"""The balancer's configuration, in HAProxy, before three servers that say who they are."""

import http.server
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import os
from pathlib import Path

import pytest

CONFIG = Path(os.environ["TSTREAM_SOURCE_DIR"]) / "packaging/docker/haproxy.cfg"
HASHES = [f"{number:040x}" for number in range(0xabcdef0, 0xabcdef0 + 40)]


class Named(http.server.BaseHTTPRequestHandler):
    """Answers with its server's name and what it was sent, and keeps no connection."""

    def do_GET(self):
        wanted = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
        body = "\n".join([self.server.name, *(self.headers.get(name, "") for name in wanted)])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Named)
        self.name = name
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02},
                         daemon=True).start()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    def __init__(self, directory):
        self.servers = {name: Server(name) for name in ("server", "server2", "server3")}
        self.port = free_port()
        config = CONFIG.read_text().replace("bind :8080", f"bind 127.0.0.1:{self.port}")
        for name, server in self.servers.items():
            config = config.replace(f" {name}:8080", f" 127.0.0.1:{server.server_port}")
        assert ":8080" not in config
        path = directory / "haproxy.cfg"
        path.write_text(config)
        program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        self.process = subprocess.Popen([program, "-W", "-db", "-f", path])
        deadline = time.monotonic() + 20
        while not self.is_up():
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)

    def is_up(self):
        try:
            return self.get("/balancer") is not None
        except OSError:
            return False

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode().split("\n")

    def who_serves(self, path):
        return self.get(path)[0]

    def stop(self, name):
        server = self.servers.pop(name)
        server.shutdown()
        server.server_close()

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        for name in list(self.servers):
            self.stop(name)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


def test_all_that_is_about_one_torrent_goes_to_one_server(cluster):
    for infohash in HASHES[:10]:
        magnet = urllib.parse.quote(f"magnet:?xt=urn:btih:{infohash}&dn=a", safe="")
        paths = [f"/api/stream?infohash={infohash}", f"/api/stream?file_index=1&infohash={infohash}",
                 f"/api/stream?magnet={magnet}", f"/watch?magnet=magnet:?xt=urn:btih:{infohash}",
                 f"/api/torrents/{infohash}/stats"]
        assert len({cluster.who_serves(path) for path in paths}) == 1


def test_a_v2_torrent_has_one_server_too(cluster):
    for number in range(10):
        infohash = f"{number + 0xabcdef:064x}"
        magnet = urllib.parse.quote(f"magnet:?xt=urn:btmh:1220{infohash}&dn=a", safe="")
        paths = [f"/api/stream?infohash={infohash}", f"/api/stream?magnet={magnet}",
                 f"/watch?magnet=magnet:?xt=urn:btmh:1220{infohash}",
                 f"/api/torrents/{infohash}/stats"]
        assert len({cluster.who_serves(path) for path in paths}) == 1


def test_torrents_are_spread_over_the_servers(cluster):
    homes = [cluster.who_serves(f"/api/stream?infohash={infohash}") for infohash in HASHES]
    assert {homes.count(name) >= 4 for name in cluster.servers} == {True}


def test_when_a_server_dies_only_its_torrents_move(cluster):
    before = {infohash: cluster.who_serves(f"/api/stream?infohash={infohash}")
              for infohash in HASHES}
    cluster.stop("server2")
    after = {infohash: cluster.who_serves(f"/api/stream?infohash={infohash}")
             for infohash in HASHES}
    assert "server2" not in after.values()
    assert {key for key in HASHES if before[key] != after[key]} == \
        {key for key in HASHES if before[key] == "server2"}


def test_long_magnets_pass(cluster):
    magnet = f"magnet:?xt=urn:btih:{HASHES[0]}&tr=" + "x" * 8000
    assert cluster.who_serves("/api/stream?magnet=" + urllib.parse.quote(magnet, safe=""))


def test_a_server_learns_who_asks_and_how(cluster):
    path = f"/api/torrents/{HASHES[0]}"
    host = f"127.0.0.1:{cluster.port}"
    assert cluster.get(path)[1:] == ["127.0.0.1", host, "http"]
    forwarded = {"X-Forwarded-For": "127.0.0.9", "X-Forwarded-Host": "tv.example",
                 "X-Forwarded-Proto": "https"}
    assert cluster.get(path, **forwarded)[1:] == list(forwarded.values())
