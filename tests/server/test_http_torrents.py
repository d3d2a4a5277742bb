"""POST /api/torrents: magnets, .torrent bytes, forms and URLs; good ones and bad ones."""
import urllib.parse

import pytest

import films
import torrents
import wire

BOUNDARY = "x-boundary-x"
TORRENT_TYPE = "application/x-bittorrent"
TORRENT_LIMIT = 10 * 1024 * 1024
SIZES = {"film.mp4": 300_000, "notes.txt": 1_000}


def post_torrent_bytes(server, data, kind=TORRENT_TYPE):
    return wire.request(server, "POST", "/api/torrents", {"Content-Type": kind}, data)


def form(data, field="torrent", filename="film.torrent"):
    head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; '
            f'filename="{filename}"\r\nContent-Type: {TORRENT_TYPE}\r\n\r\n')
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def post_form(server, body, boundary=BOUNDARY):
    kind = f"multipart/form-data; boundary={boundary}"
    return wire.request(server, "POST", "/api/torrents", {"Content-Type": kind}, body)


@pytest.fixture
def fresh(seeded, seeder, request):
    """A torrent that no server has seen yet: two files, one of them playable."""
    name = "".join(c for c in request.node.name if c.isalnum())[:60]
    return seeded(seeder, name, SIZES)


def assert_describes(answer, content):
    assert answer.status in (200, 201), answer
    assert answer.media_type == "application/json"
    info = answer.json()
    assert info["infohash"] == content.infohash
    return info


def test_a_magnet_in_json_is_opened(server, fresh, seeder):
    answer = wire.post_json(server, "/api/torrents", {"magnet": fresh.magnet(seeder.address)})
    assert_describes(answer, fresh)


def test_raw_torrent_bytes_are_opened_and_described(server, fresh):
    info = assert_describes(post_torrent_bytes(server, fresh.torrent), fresh)
    assert info["name"] == fresh.name
    assert {file["name"]: file["size"] for file in info["files"]} == SIZES
    assert [file["index"] for file in info["files"]] == [0, 1]
    assert info["files"][info["default_file"]]["name"] == "film.mp4"


def test_a_form_upload_is_opened(server, fresh):
    assert_describes(post_form(server, form(fresh.torrent)), fresh)


def test_a_form_whose_boundary_is_quoted_is_opened(server, fresh):
    assert_describes(post_form(server, form(fresh.torrent), f'"{BOUNDARY}"'), fresh)


def test_opening_it_twice_gives_the_same_torrent(server, fresh):
    first = assert_describes(post_torrent_bytes(server, fresh.torrent), fresh)
    second = assert_describes(post_form(server, form(fresh.torrent)), fresh)
    assert first["infohash"] == second["infohash"]
    listed = [item["infohash"] for item in wire.get(server, "/api/torrents").json()["torrents"]]
    assert listed.count(fresh.infohash) == 1


def test_what_was_opened_can_be_streamed_by_infohash(server, fresh, seeder):
    wire.post_json(server, "/api/torrents", {"magnet": fresh.magnet(seeder.address)})
    answer = wire.get(server, f"/api/stream?infohash={fresh.infohash}")
    assert answer.status == 200
    assert answer.body == films.file_named(fresh, "film.mp4")


def test_another_file_can_be_chosen(server, fresh, seeder):
    index = films.index_of(fresh, "notes.txt")
    target = films.stream_target(fresh.magnet(seeder.address), file_index=index)
    answer = wire.get(server, target)
    assert answer.status == 200
    assert answer.media_type == "text/plain"
    assert answer.body == films.file_named(fresh, "notes.txt")


@pytest.mark.parametrize("index", ["2", "-1", "x", "99999999999999999999", ""])
def test_a_file_that_is_not_there_is_refused(server, fresh, seeder, index):
    target = films.stream_target(fresh.magnet(seeder.address), file_index=index)
    wire.assert_problem(wire.get(server, target), 400, 404)


BAD_MAGNETS = ["", "magnet:", "magnet:?dn=x", "http://example.invalid/x",
               "magnet:?xt=urn:btih:xyz", "magnet:?xt=urn:btih:" + "g" * 40,
               "magnet:?xt=urn:btmh:1220abcd"]


@pytest.mark.parametrize("magnet", BAD_MAGNETS)
def test_what_is_not_a_magnet_is_refused(server, magnet):
    wire.assert_problem(wire.post_json(server, "/api/torrents", {"magnet": magnet}), 400, 422)
    target = "/api/stream?magnet=" + urllib.parse.quote(magnet)
    wire.assert_problem(wire.get(server, target), 400, 422)


BAD_JSON = ["", "{", "[]", "null", "7", '"magnet:?"', "{}", '{"magnet": 7}', '{"magnet": null}',
            '{"magnet": ["a"]}', '{"magnet": "magnet:?xt=urn:btih:\\u0000"}',
            '{"magnet": "\udcff"}']


@pytest.mark.parametrize("body", BAD_JSON, ids=lambda body: ascii(body)[:20])
def test_json_that_names_no_torrent_is_refused(server, body):
    headers = {"Content-Type": "application/json"}
    data = body.encode("utf-8", "surrogateescape")
    wire.assert_problem(wire.request(server, "POST", "/api/torrents", headers, data), 400, 422)


@pytest.mark.parametrize("depth", [100, 1000, 2000, 60_000])
def test_json_that_is_nested_deeply_is_refused(make_server, depth):
    """Parsers that recurse meet the end of their thread's stack; a server of its own may die."""
    server = make_server()
    for body in (b"[" * depth, b'{"magnet":' * (depth // 10)):
        headers = {"Content-Type": "application/json"}
        answer = wire.request(server, "POST", "/api/torrents", headers, body)
        wire.assert_problem(answer, 400, 413, 422)
    assert server.stop() == 0


def test_a_magnet_and_a_url_together_are_refused(server):
    value = {"magnet": "magnet:?xt=urn:btih:" + "a" * 40, "url": "http://192.0.2.1/a.torrent"}
    wire.assert_problem(wire.post_json(server, "/api/torrents", value), 400, 422)


BAD_TORRENTS = {
    "nothing": b"",
    "text": b"this is not a torrent",
    "cut off": b"d4:infod6:lengthi5e",
    "no info": b"d8:announce3:abce",
    "deep": b"l" * 100_000,
    "html": b"<!doctype html><title>404</title>",
    "huge length": b"d4:info99999999999999999999:e",
}


@pytest.mark.parametrize("data", BAD_TORRENTS.values(), ids=BAD_TORRENTS.keys())
def test_bytes_that_are_no_torrent_are_refused(server, data):
    wire.assert_problem(post_torrent_bytes(server, data), 400, 422)
    wire.assert_problem(post_form(server, form(data)), 400, 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream; x", "image/png", "x"])
def test_a_type_that_carries_no_torrent_is_415(server, kind):
    answer = post_torrent_bytes(server, b"d4:infodee", kind)
    wire.assert_problem(answer, 415, *([400, 422] if "octet" in kind else []))


def test_a_torrent_without_its_type_is_refused_or_judged_by_its_bytes(server):
    connection = wire.connect(server)
    connection.putrequest("POST", "/api/torrents")
    connection.putheader("Content-Length", "4")
    connection.endheaders(b"spam")
    answer = connection.getresponse()
    wire.assert_problem(wire.Response(answer.status, answer.headers, answer.read()), 400, 415, 422)
    connection.close()


def test_an_oversized_torrent_is_413_before_it_is_read(server):
    connection = wire.connect(server, 5)
    connection.putrequest("POST", "/api/torrents")
    connection.putheader("Content-Type", TORRENT_TYPE)
    connection.putheader("Content-Length", str(TORRENT_LIMIT + (1 << 20)))
    connection.endheaders()
    answer = connection.getresponse()
    wire.assert_problem(wire.Response(answer.status, answer.headers, answer.read()), 413)
    connection.close()


@pytest.mark.parametrize("length", ["-1", "1x", "99999999999999999999999", "1, 2"])
def test_a_nonsense_content_length_is_refused(server, length):
    head = (f"POST /api/torrents HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
            f"Content-Type: {TORRENT_TYPE}\r\nContent-Length: {length}\r\n\r\n")
    assert wire.raw(server, head.encode() + b"spam").status in (400, 411, 413)


def test_a_length_beside_chunks_is_refused(server):
    head = (f"POST /api/torrents HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
            f"Content-Type: {TORRENT_TYPE}\r\nContent-Length: 4\r\n"
            "Transfer-Encoding: chunked\r\n\r\n")
    assert wire.raw(server, head.encode() + b"4\r\nspam\r\n0\r\n\r\n").status == 400


BAD_FORMS = {
    "empty": b"",
    "no end": form(b"d4:infodee")[:-8],
    "headers cut off": f"--{BOUNDARY}\r\nContent-Disposition: form-da".encode(),
    "no parts": f"--{BOUNDARY}--\r\n".encode(),
    "another field": form(b"d4:infodee", field="spam"),
    "another boundary": form(b"d4:infodee").replace(b"x-bound", b"y-bound"),
    "nul in name": form(b"d4:infodee", field="torr\0ent"),
    "a thousand parts": (f"--{BOUNDARY}\r\n\r\n\r\n" * 1000).encode(),
}


@pytest.mark.parametrize("body", BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_a_broken_form_is_refused(server, body):
    wire.assert_problem(post_form(server, body), 400, 413, 422)


@pytest.mark.parametrize("boundary", ["", "a" * 300, '"', "a b"])
def test_a_form_without_a_proper_boundary_is_refused(server, boundary):
    wire.assert_problem(post_form(server, form(b"d4:infodee"), boundary), 400, 422)


def test_a_form_cut_off_by_hanging_up_leaves_the_server_well(server):
    import socket
    head = (f"POST /api/torrents HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
            "Content-Length: 100000\r\n\r\n").encode()
    with socket.create_connection((server.host, server.port), 5) as sock:
        sock.sendall(head + form(b"d4:info")[:80])
    assert wire.get(server, "/api/health").status == 200


INSIDE = ["http://127.0.0.1/x.torrent", "http://127.0.0.1:{port}/api/torrents/{hash}/torrent",
          "http://localhost/x.torrent", "http://[::1]/x.torrent", "http://10.0.0.1/x.torrent",
          "http://192.168.1.1/x.torrent", "http://169.254.169.254/latest/meta-data",
          "http://0.0.0.0/x.torrent", "http://2130706433/x.torrent", "http://0x7f.1/x.torrent",
          "http://[::ffff:127.0.0.1]/x.torrent", "http://100.64.0.1/x", "http://127.1/x"]


@pytest.mark.parametrize("url", INSIDE)
def test_a_url_that_leads_inside_is_refused(server, url):
    url = url.format(port=server.port, hash="0" * 40)
    wire.assert_problem(wire.post_json(server, "/api/torrents", {"url": url}), 403)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://192.0.2.1/x", "gopher://192.0.2.1/",
                                 "x.torrent", "", "http://", "http://user@/", "//192.0.2.1/x"])
def test_a_url_of_another_kind_is_refused(server, url):
    wire.assert_problem(wire.post_json(server, "/api/torrents", {"url": url}), 400, 403, 422)


def test_a_torrent_is_listed_shown_and_deleted(make_server, fresh):
    server = make_server()
    post_torrent_bytes(server, fresh.torrent)
    target = f"/api/torrents/{fresh.infohash}"
    assert_describes(wire.get(server, target), fresh)
    assert wire.request(server, "DELETE", target).status in (200, 204)
    wire.assert_problem(wire.get(server, target), 404)
    assert wire.get(server, "/api/torrents").json()["torrents"] == []


def test_deleting_a_torrent_deletes_its_data_and_ends_its_streams(make_server, fresh, seeder):
    server = make_server()
    index = films.index_of(fresh, "film.mp4")
    film = films.Film(server, fresh, seeder.address, file_index=index).fetch()
    assert sum(data_sizes(server)) >= film.size
    answer = wire.request(server, "DELETE", f"/api/torrents/{film.infohash}")
    assert answer.status in (200, 204)
    wire.poll(lambda: sum(data_sizes(server)) < film.size, 3, "data is gone")


def data_sizes(server):
    return [path.stat().st_blocks * 512 for path in server.data_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize("infohash", ["1" * 40, "f" * 64])
@pytest.mark.parametrize("tail", ["", "/stats", "/torrent", "/playlist", "/events"])
def test_an_unknown_torrent_is_404(server, infohash, tail):
    wire.assert_problem(wire.get(server, f"/api/torrents/{infohash}{tail}"), 404)


@pytest.mark.parametrize("infohash", ["x", "0" * 39, "g" * 40, "%00", "..", "0" * 40 + "%2f"])
def test_what_is_no_infohash_is_400_or_404(server, infohash):
    wire.assert_problem(wire.get(server, f"/api/torrents/{infohash}"), 400, 404)


def test_v2_and_hybrid_torrents_are_streamed_too(server, seeded, seeder):
    for kind in ("v2", "hybrid"):
        content = seeded(seeder, f"{kind}.mp4", 500_000, kind=kind)
        answer = wire.get(server, films.stream_target(content.magnet(seeder.address)))
        assert answer.status == 200, (kind, answer)
        assert answer.body == content.data, kind


def test_a_torrent_removed_and_opened_again_stays_open(make_server, fresh):
    server = make_server()
    for _ in range(10):
        post_torrent_bytes(server, fresh.torrent)
        assert wire.request(server, "DELETE", f"/api/torrents/{fresh.infohash}").status == 204
    assert_describes(post_torrent_bytes(server, fresh.torrent), fresh)
    listed = wire.get(server, "/api/torrents").json()["torrents"]
    assert [info["infohash"] for info in listed] == [fresh.infohash]


def test_an_upper_case_infohash_is_the_same_torrent(server, fresh):
    post_torrent_bytes(server, fresh.torrent)
    assert_describes(wire.get(server, f"/api/torrents/{fresh.infohash.upper()}"), fresh)


def test_ten_thousand_files_are_described(server):
    entries = [([b"%05d.mp4" % number], b"x") for number in range(10_000)]
    torrent = torrents.v1_torrent("many", entries)
    answer = post_torrent_bytes(server, torrent)
    assert answer.status in (200, 201), answer
    assert len(answer.json()["files"]) == 10_000
