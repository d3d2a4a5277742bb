"""Who may ask, from where, and how much: Host, Origin, tokens, limits, hostile names."""
import http.client
import json
import re
import socket
import urllib.parse

import pytest

import films
import serverproc
import torrents
import wire

UNKNOWN = "magnet:?xt=urn:btih:" + "0123456789abcdef0123456789abcdef01234567"


def with_host(server, host, target="/api/health"):
    return wire.get(server, target, {"Host": host})


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example",
                                  "localhost.evil.example", "192.0.2.1:{port}", "[::2]:{port}",
                                  "127.0.0.1@evil.example", "a" * 300])
@pytest.mark.parametrize("target", ["/", "/api/health", "/api/streams", "/stream"])
def test_a_foreign_host_name_is_refused(server, host, target):
    answer = with_host(server, host.format(port=server.port), target)
    wire.assert_problem(answer, 400, 403, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}", "localhost", "LocalHost:{port}",
                                  "[::1]:{port}"])
def test_our_own_names_are_accepted(server, host):
    assert with_host(server, host.format(port=server.port)).status == 200


def test_http_1_1_without_a_host_is_400(server):
    assert wire.raw(server, b"GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n").status == 400


def test_two_hosts_are_400(server):
    lines = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n"
    assert wire.raw(server, lines + b"Connection: close\r\n\r\n").status in (400, 403, 421)


def all_answers(server, data):
    """What comes until the server hangs up."""
    with socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(1 << 16), b""))


SMUGGLED = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize("fields", [
    [b"Content-Length: 0", b"Content-Length: %d" % len(SMUGGLED)],
    [b"Content-Length: %d" % len(SMUGGLED), b"Transfer-Encoding: chunked"],
    [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
    [b"Host: 127.0.0.1"],
], ids=["two lengths", "a length and chunks", "chunks twice", "two hosts"])
def test_what_follows_an_ambiguous_request_is_not_a_request(server, fields):
    fields = [b"POST /api/torrents HTTP/1.1", b"Host: 127.0.0.1", *fields, b"", b"0", b"", b""]
    answer = all_answers(server, b"\r\n".join(fields) + SMUGGLED)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert answer.startswith(b"HTTP/1.1 400 ") and b"Connection: close" in answer, answer


def test_a_field_beyond_those_that_are_read_does_not_escape(server):
    lines = [b"GET /api/health HTTP/1.1", b"Host: 127.0.0.1"]
    lines += [b"X-%d: a" % number for number in range(70)]
    lines += [b"Content-Length: %d" % len(SMUGGLED), b"", b""]
    answer = all_answers(server, b"\r\n".join(lines) + SMUGGLED)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert answer.startswith(b"HTTP/1.1 431 ") and b"Connection: close" in answer, answer


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
]
CHANGES = [("POST", "/api/torrents"), ("DELETE", "/api/torrents/" + "0" * 40),
           ("DELETE", "/api/stream?infohash=" + "0" * 40),
           ("DELETE", "/stream?infohash=" + "0" * 40), ("DELETE", "/torrent?infohash=" + "0" * 40)]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()))
@pytest.mark.parametrize("method, target", CHANGES)
def test_another_site_changes_nothing(server, method, target, headers):
    headers = {"Content-Type": "application/json", **headers}
    body = json.dumps({"magnet": UNKNOWN}).encode() if method == "POST" else None
    wire.assert_problem(wire.request(server, method, target, headers, body), 403)


@pytest.mark.parametrize("target", ["/api/stream?magnet=" + UNKNOWN, "/stream?magnet=" + UNKNOWN])
def test_another_site_cannot_start_a_download_by_a_link(server, target):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
               "Sec-Fetch-Dest": "video", "Origin": "http://evil.example"}
    wire.assert_problem(wire.get(server, target, headers, timeout_s=5), 403)


def test_our_own_page_may_change_things(server, downloaded_film):
    for headers in ({"Origin": server.url("")}, {"Sec-Fetch-Site": "same-origin"},
                    {"Sec-Fetch-Site": "none"}, {}):
        value = {"magnet": downloaded_film.magnet}
        assert wire.post_json(server, "/api/torrents", value, headers).status in (200, 201)


@pytest.mark.parametrize("target", ["/", "/api/health", "/api/streams", "/api/nothing"])
def test_other_sites_are_not_let_in_by_cors(server, target):
    answer = wire.get(server, target, {"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("target", ["/", "/api/health", "/api/nothing", "/nothing"])
def test_nothing_is_sniffed_or_framed(server, target):
    answer = wire.get(server, target)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.media_type == "text/html":
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src" in policy and "frame-ancestors" in policy
        assert "unsafe-inline" not in re.sub(r"style-src[^;]*", "", policy)
        assert "unsafe-eval" not in policy


@pytest.mark.parametrize("target", ["/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/",
                                    "//etc/passwd", "/index.html/../../x", "/%00", "/nothing",
                                    "/api/nothing", "/api/", "/api/torrents/"])
def test_what_is_not_a_route_is_a_client_error(server, target):
    answer = wire.get(server, target)
    wire.assert_problem(answer, 400, 404)
    assert b"root:" not in answer.body


def test_a_magnet_of_eight_kib_passes(server, downloaded_film):
    magnet = downloaded_film.magnet
    while len(magnet) < 8150:
        magnet += "&tr=" + urllib.parse.quote(f"http://127.0.0.1:9/{len(magnet)}", safe="")
    assert 8150 <= len(magnet) <= 8192
    answer = wire.get(server, films.stream_target(magnet), {"Range": "bytes=0-9"})
    assert answer.status == 206
    assert answer.body == downloaded_film.content[:10]


@pytest.mark.parametrize("size", [9_000, 17_000, 100_000])
def test_a_longer_one_is_a_client_error(server, size):
    magnet = urllib.parse.quote(UNKNOWN + "&dn=" + "a" * size, safe="")
    status = status_of(server, f"GET /api/stream?magnet={magnet} HTTP/1.1\r\n", "")
    assert status in (400, 413, 414, 431)


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_headers_that_are_too_long_are_a_client_error(server, size):
    status = status_of(server, "GET /api/health HTTP/1.1\r\n", f"X-Long: {'a' * size}\r\n")
    assert status in (400, 413, 414, 431)


def status_of(server, line, headers):
    """Our bytes may still be on their way when the server has had enough of them."""
    with socket.create_connection((server.host, server.port), 10) as sock:
        try:
            sock.sendall(f"{line}Host: 127.0.0.1:{server.port}\r\n{headers}\r\n".encode())
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            return answer.status
        except ConnectionError:
            assert wire.get(server, "/api/health").status == 200
            return 400


@pytest.mark.parametrize("line", ["GET", "GET /", "GET / HTTP/9.9", "GET  / HTTP/1.1", "\0\0\0\0",
                                  "GET /\x01 HTTP/1.1", "GET http://evil.example/ HTTP/1.1",
                                  "CONNECT 192.0.2.1:80 HTTP/1.1", "SPAM /api/health HTTP/1.1",
                                  "TRACE / HTTP/1.1"])
def test_a_line_that_is_no_request_for_us_is_refused(server, line):
    with socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(line.encode() + b"\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        answer = sock.recv(100)
    assert answer == b"" or re.match(rb"HTTP/1\.[01] (400|403|404|405|421|501|505)", answer), answer
    assert wire.get(server, "/api/health").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.3", "::"])
def test_an_address_others_can_reach_demands_a_token(tmp_path, host):
    if host == "127.0.0.3":
        return assert_starts(tmp_path, host)
    done = serverproc.run("--host", host, "--port", str(serverproc.free_port()),
                          "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "TOKEN" in done.stderr
    return None


def assert_starts(tmp_path, host):
    """All of 127.0.0.0/8 is this machine."""
    port = serverproc.free_port(host)
    process = serverproc.launch(tmp_path / "log", "--host", host, "--port", str(port), "--data-dir",
                                str(tmp_path / "data"), *serverproc.LOOPBACK_ONLY)
    try:
        wire.poll(lambda: can_connect(host, port), 10, "server listens")
    finally:
        process.terminate()
        assert process.wait(10) == 0


def can_connect(host, port):
    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0


HOSTILE_NAMES = [
    b"<script>document.title='pwned'</script>.mp4",
    b'"><img src=x onerror=document.title=1>.mp4',
    b'quote".mp4',
    b"new\r\nSet-Cookie: a=b\r\n\r\n.mp4",
    b"back\\slash;filename=evil.exe.mp4",
    "ünïcödé 電影.mp4".encode(),
    b"\xff\xfe not utf-8.mp4",
    b"right\xe2\x80\xaeto left.mp4",
    b"nul\0byte.mp4",
    b"a" * 300 + b".mp4",
    b"../../../../etc/passwd.mp4",
]


@pytest.fixture(params=HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def hostile(request, server, seeder, tmp_path):
    """A one-file torrent with such a name, opened."""
    entries = [([request.param], b"some bytes of film")]
    content = torrents.v1_content(b"h", entries)
    answer = wire.request(server, "POST", "/api/torrents",
                          {"Content-Type": "application/x-bittorrent"}, content.torrent)
    assert answer.status in (200, 201), answer
    return films.Film(server, content)


def test_a_hostile_name_is_only_text_in_json(hostile):
    answer = wire.get(hostile.server, f"/api/torrents/{hostile.infohash}")
    info = json.loads(answer.body.decode("utf-8", "strict"))
    [file] = info["files"]
    assert ".." not in file["path"].split("/") and "\0" not in file["path"]
    assert not file["path"].startswith("/")


def test_a_hostile_name_adds_no_header(hostile):
    target = f"/api/stream?infohash={hostile.infohash}&file_index=0&download=1"
    answer = wire.request(hostile.server, "HEAD", target)
    assert answer.status == 200
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "Set-Cookie" not in answer.headers
    disposition.encode("ascii")
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"', disposition)
    assert plain is None or not re.search(r"[/\\\x00-\x1f]", plain.group(1).replace('\\"', ""))
    assert len(re.findall(r"filename=", disposition)) <= 1


def test_a_hostile_name_adds_no_line_to_a_playlist(hostile):
    answer = wire.get(hostile.server, f"/api/torrents/{hostile.infohash}/playlist")
    lines = answer.body.decode("utf-8", "strict").split("\n")
    urls = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(urls) == 1 and urls[0].startswith(hostile.server.url("/"))


def test_a_hostile_name_leads_nowhere_outside_the_data_directory(hostile):
    inside = hostile.server.data_dir.resolve()
    assert all(path.resolve().is_relative_to(inside) for path in inside.rglob("*"))
