"""Several servers that share a Redis: one copy of a film is taken from the swarm, and any of them
can go on where another ended."""
import contextlib
import http.server
import re
import signal
import socket
import subprocess
import threading
import time

import libtorrent as lt
import pytest

import films
import indexers
import seeders
import serverproc
import torrents
import wire
from conftest import MIB, ROOT
from test_http_torrents import post_torrent_bytes

BALANCER = ROOT / "examples" / "server" / "balancer"
# As a home line brings it: servers that are near each other are quicker.
SWARM_BYTES_PER_S = 4 * MIB


class Cluster:
    """Servers with addresses of their own, started when they are asked for."""

    def __init__(self, make_server, redis):
        self.make_server, self.redis = make_server, redis

    def start(self, *flags):
        host = seeders.next_host()
        return self.make_server("--listen", f"{host}:0", "--cluster-address", f"{host}:0", *flags,
                                env={"REDIS_URL": self.redis.url})

    def members(self, torrent):
        """The addresses that Redis holds for it."""
        lines = self.redis.ask("GET", f"peers:{torrent.infohash}").decode().splitlines()
        return [line.split()[0] for line in lines if line]


@pytest.fixture(scope="module")
def redis():
    process = indexers.Redis("r3d1sp4ssw0rd")
    yield process
    process.stop()


@pytest.fixture
def cluster(make_server, redis):
    return Cluster(make_server, redis)


@pytest.fixture
def source():
    """A seeder of one's own, whose bytes are counted."""
    process = seeders.LibtorrentSeeder()
    yield process
    process.close()


def make_content(tmp_path, name, size, **options):
    return torrents.make(tmp_path, name + "".join(c for c in tmp_path.name if c.isalnum()) + ".mp4",
                         size, 64 * 1024, **options)


def peers_of(server, torrent, flag):
    stats = films.torrent_stats(server, torrent.infohash)
    return [peer["address"] for peer in stats["peers"] if flag in peer["flags"]]


def await_member(cluster, torrent, count, timeout_s=15):
    wire.poll(lambda: len(cluster.members(torrent)) == count, timeout_s, "Redis knows who has it")


def settled_upload(source):
    """What it has given, once nothing more comes to its count, which is a second late."""
    seen = []

    def has_settled():
        seen.append((time.monotonic(), source.uploaded_bytes()))
        return seen[-1][0] - next(at for at, count in seen if count == seen[-1][1]) > 1.3

    wire.poll(has_settled, 15, "the seeder's count stands")
    return seen[-1][1]


def test_servers_that_have_the_same_film_open_become_peers(cluster, source, tmp_path):
    content = make_content(tmp_path, "peers", MIB)
    source.seed(content)
    one, two = cluster.start(), cluster.start()
    films.Film(one, content, source.address).fetch()
    await_member(cluster, content, 1)
    films.Film(two, content, source.address).fetch()
    await_member(cluster, content, 2)
    known = wire.poll(lambda: peers_of(two, content, "preferred"), 15, "two knows one")
    assert set(known) <= set(cluster.members(content))
    assert 0 < int(cluster.redis.ask("TTL", f"peers:{content.infohash}")) <= 60
    wire.poll(lambda: wire.get(two, "/api/health").json()["cluster"] ==
              {"torrent_count": 1, "server_count": 1}, 15, "health tells of it")


def test_servers_that_come_at_the_same_moment_find_each_other(cluster, source, tmp_path):
    content = make_content(tmp_path, "moment", MIB)
    source.seed(content)
    servers = [cluster.start() for _ in range(3)]
    for server in servers:
        post_torrent_bytes(server, content.torrent)
    for server in servers:
        wire.poll(lambda: wire.get(server, "/api/health").json()["cluster"]["server_count"] == 2,
                  25, "it knows both others")  # what they wrote at once heals after 15 s at most


def test_a_film_that_two_servers_play_is_taken_from_the_swarm_once(cluster, source, tmp_path):
    content = make_content(tmp_path, "once", 8 * MIB)
    source.limit(SWARM_BYTES_PER_S).seed(content)
    films.Film(cluster.start(), content, source.address).fetch()
    await_member(cluster, content, 1)
    # Two, not three: all connections from this machine come from 127.0.0.1, and an engine keeps
    # one peer an address.
    two = films.Film(cluster.start(), content, source.address)
    two.open()
    # Before that it would take from the swarm, as nobody is to wait.
    wire.poll(lambda: set(peers_of(two.server, content, "preferred")) &
              set(peers_of(two.server, content, "unchoked")), 15, "the other serves it")
    two.fetch()
    # Each on its own they would take two; the rest is for how busy this machine is.
    assert settled_upload(source) < 1.5 * len(content.data)


def test_a_server_that_is_asked_for_a_torrent_of_another_opens_it(cluster, source, tmp_path):
    content = make_content(tmp_path, "posted", MIB)
    source.seed(content)
    one, two = cluster.start(), cluster.start()
    assert wire.get(two, f"/api/torrents/{content.infohash}").status == 404
    films.Film(one, content, source.address).fetch()
    await_member(cluster, content, 1)
    known = wire.get(two, f"/api/torrents/{content.infohash}")
    assert known.status == 200
    answer = wire.get(two, f"/api/stream?infohash={content.infohash}")
    assert answer.status == 200 and answer.body == content.data


def test_nobody_is_told_of_private_torrents(cluster, source, tmp_path):
    public = make_content(tmp_path, "public", MIB)
    source.seed(public)
    server = cluster.start()
    assert post_torrent_bytes(server, private_torrent(tmp_path)).status == 201
    films.Film(server, public, source.address).fetch()
    await_member(cluster, public, 1)
    assert b"peers:" + public.infohash.encode() in cluster.redis.everything()
    told = [key for key in cluster.redis.keys() if key.startswith("peers:")]
    infohash = str(lt.torrent_info(lt.bdecode(private_torrent(tmp_path))).info_hash())
    assert f"peers:{infohash}" not in told
    assert wire.get(server, "/api/health").json()["cluster"]["torrent_count"] == 1


def private_torrent(tmp_path):
    path = tmp_path / "private" / "secret.mp4"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"private" * 5000)
    storage = lt.file_storage()
    lt.add_files(storage, str(path))
    maker = lt.create_torrent(storage, 16 * 1024, lt.create_torrent.v1_only)
    maker.set_priv(True)
    lt.set_piece_hashes(maker, str(path.parent))
    return lt.bencode(maker.generate())


def test_what_others_wrote_is_dialled_only_if_it_is_an_address(cluster, source, tmp_path):
    content = make_content(tmp_path, "junk", MIB)
    source.seed(content)
    host = seeders.next_host()
    until = int(time.time()) + 50
    with socket.create_server((host, 0)) as listener:
        listener.settimeout(15)
        cluster.redis.ask("SET", f"peers:{content.infohash}",
                          f"localhost:6881 {until}\nGET / HTTP/1.1\n169.254.169.254:8080 {until}\n"
                          f"{host}:{listener.getsockname()[1]} {until}\n")
        films.Film(cluster.start(), content, source.address).fetch()
        listener.accept()[0].close()
    wire.poll(lambda: len(cluster.members(content)) == 2, 15, "what was no address is gone")
    assert "localhost:6881" not in cluster.members(content)


def test_films_play_without_redis_and_the_cluster_finds_together_again(cluster, source, tmp_path):
    redis = cluster.redis
    first = make_content(tmp_path, "before", MIB)
    second = make_content(tmp_path, "after", MIB)
    source.seed(first).seed(second)
    one, two = cluster.start(), cluster.start()
    films.Film(one, first, source.address).fetch()
    await_member(cluster, first, 1)
    redis.stop()
    try:
        films.Film(one, second, source.address).fetch()
        films.Film(two, second, source.address).fetch()
    finally:
        redis.start()
    # A Redis that was away is tried again after pauses of up to 16 s.
    await_member(cluster, second, 2, timeout_s=60)
    await_member(cluster, first, 1, timeout_s=60)


# -- balancers -----------------------------------------------------------------


def with_addresses(text, servers):
    """A balancer's file as it is shipped, with our addresses in it."""
    for number, server in enumerate(servers):
        text = text.replace(f"10.0.0.{11 + number}:8080", f"127.0.0.1:{server.port}")
    return text


class Nginx:
    def __init__(self, directory, servers):
        self.host, self.port = "127.0.0.1", serverproc.free_port()
        site = with_addresses((BALANCER / "nginx.conf").read_text(), servers)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        temporary = "".join(f"{name}_temp_path {directory}/{name};\n" for name in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        main = directory / "nginx.conf"
        main.write_text(f"daemon off;\nworker_processes 1;\npid {directory}/pid;\n"
                        f"error_log {directory}/error.log;\nevents {{}}\n"
                        f"http {{\naccess_log off;\n{temporary}{site}}}\n")
        self.process = subprocess.Popen(["nginx", "-p", str(directory), "-c", str(main),
                                         "-e", str(directory / "error.log")])
        await_listener(self)

    def stop(self):
        seeders.stop(self.process)


class HAProxy:
    def __init__(self, directory, servers):
        self.host, self.port = "127.0.0.1", serverproc.free_port()
        text = with_addresses((BALANCER / "haproxy.cfg").read_text(), servers)
        text = text.replace("bind :80", f"bind 127.0.0.1:{self.port}")
        path = directory / "haproxy.cfg"
        path.write_text(text.replace("tv.example", "127.0.0.1"))
        self.process = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(path)])
        await_listener(self)

    def stop(self):
        seeders.stop(self.process)


def await_listener(balancer):
    def answers():
        assert balancer.process.poll() is None, "the balancer ended"
        try:
            return wire.get(balancer, "/api/health").status == 200
        except OSError:
            return False

    wire.poll(answers, 15, "the balancer answers")


def who_streams(servers, torrent):
    return [server for server in servers if films.streams_of(server, torrent.infohash)]


@pytest.mark.parametrize("balancer", [Nginx, HAProxy])
def test_the_player_goes_on_when_its_server_dies_in_mid_film(cluster, source, tmp_path, balancer):
    content = make_content(tmp_path, "survivor", 8 * MIB)
    source.limit(SWARM_BYTES_PER_S).seed(content)
    servers = [cluster.start() for _ in range(3)]
    front = balancer(tmp_path, servers)
    try:
        target = films.stream_target(content.magnet(source.address))
        with contextlib.closing(wire.connect(front, 20)) as connection:
            answer = begin_film(connection, target)
            begin = answer.read(MIB)
            dying, = who_streams(servers, content)
            dying.stop(signal.SIGKILL)
            begin += rest_of(answer)
        assert len(begin) < len(content.data)
        # What every player does when it is cut off.
        rest = wire.get(front, target, {"Range": f"bytes={len(begin)}-"})
        assert rest.status == 206
        assert begin + rest.body == content.data
    finally:
        front.stop()


def begin_film(connection, target):
    connection.request("GET", target)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer


def rest_of(answer):
    parts = []
    try:
        while part := answer.read1(1 << 16):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


class Teller(http.server.ThreadingHTTPServer):
    """Answers with what a server would take for its client's address."""

    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = ", ".join(self.headers.get_all("X-Forwarded-For") or []).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.host, self.port = self.server_address
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.mark.parametrize("balancer", [Nginx, HAProxy])
def test_a_server_learns_who_asks_and_not_who_the_client_says_it_is(tmp_path, balancer):
    with Teller() as teller:
        front = balancer(tmp_path, [teller] * 3)
        try:
            answer = wire.get(front, "/api/health", {"X-Forwarded-For": "192.0.2.7"})
            assert answer.body == b"127.0.0.1"
        finally:
            front.stop()
            teller.shutdown()


@pytest.mark.parametrize("balancer", [Nginx, HAProxy])
def test_a_v2_torrent_has_one_server_too(cluster, source, tmp_path, balancer):
    servers = [cluster.start() for _ in range(3)]
    front = balancer(tmp_path, servers)
    try:
        for number in range(4):
            content = make_content(tmp_path, f"two{number}", 100000, kind="v2")
            source.seed(content)
            assert wire.get(front, films.stream_target(content.magnet(source.address))).status == 200
            assert wire.get(front, f"/api/torrents/{content.v2}/stats").status == 200
            with_it = [server for server in servers
                       if content.v2 in wire.get(server, "/api/torrents").body.decode()]
            assert len(with_it) == 1
    finally:
        front.stop()


@pytest.mark.parametrize("balancer", [Nginx, HAProxy])
def test_all_that_names_a_torrent_goes_to_one_server(cluster, source, tmp_path, balancer):
    servers = [cluster.start() for _ in range(3)]
    front = balancer(tmp_path, servers)
    try:
        for number in range(4):
            content = make_content(tmp_path, f"one{number}", 100000)
            source.seed(content)
            magnet = content.magnet(source.address)
            assert wire.get(front, films.stream_target(magnet)).body == content.data
            for target in (f"/api/stream?file_index=0&infohash={content.infohash}",
                           f"/api/torrents/{content.infohash}/stats",
                           films.stream_target(magnet + "&dn=x"),
                           "/api/stream?magnet=magnet:?xt=urn:btih:" + content.infohash):
                assert wire.get(front, target).status == 200, target
            with_it = [server for server in servers
                       if content.infohash in wire.get(server, "/api/torrents").body.decode()]
            assert len(with_it) == 1
    finally:
        front.stop()


def test_the_balancers_files_are_right():
    assert re.search(r"hash \$tstream_torrent consistent;", (BALANCER / "nginx.conf").read_text())
    checked = subprocess.run(["haproxy", "-c", "-q", "-f", BALANCER / "haproxy.cfg"],
                             capture_output=True, text=True, timeout=20, check=False)
    assert checked.returncode == 0, checked.stderr


def test_an_address_where_nobody_could_reach_it_is_refused(tmp_path, redis):
    for address in ("224.0.0.1:6881", "127.0.0.1:80", "no-such-host.invalid:6881"):
        ended = serverproc.run("--data-dir", str(tmp_path), "--port", "0", *serverproc.LOOPBACK_ONLY,
                               "--cluster-address", address, env={"REDIS_URL": redis.url})
        assert ended.returncode == 1 and address in ended.stderr
