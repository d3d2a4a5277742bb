"""Signed links: what they open, until when, and that they open nothing else."""
import stat
import time
import urllib.parse

import pytest

import films
import serverproc
import viewers
import wire
from viewers import HASHES, Viewer

MIB = 1024 * 1024
PASSWORD = "correct horse battery"
TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module", params=["accounts", "token"])
def guarded(request, tmp_path_factory):
    """A server that lets nobody in without something shown."""
    with_accounts = request.param == "accounts"
    process = serverproc.Server(tmp_path_factory.mktemp(request.param),
                                *(["--accounts"] if with_accounts else []),
                                env={} if with_accounts else {"TOKEN": TOKEN})
    yield process
    assert process.stop() == 0, process.output()


@pytest.fixture(scope="module")
def owner(guarded):
    """Who may do everything there."""
    if wire.get(guarded, "/api/health").json()["accounts"]["is_on"]:
        viewer = Viewer(guarded)
        assert viewer.send("POST", "/api/auth/register",
                           {"name": "owner", "password": PASSWORD}).status == 201
        return viewer
    return Viewer(guarded, Authorization=f"Bearer {TOKEN}")


@pytest.fixture(scope="module")
def film(guarded, owner, seeder, seeded):
    content = seeded(seeder, "linked", {"a.mp4": 20 * MIB, "b.mp4": 100_000, "c.srt": 10})
    film = films.Film(guarded, content, seeder.address,
                      file_index=films.index_of(content, "a.mp4"))
    assert owner.send("POST", "/api/torrents", {"magnet": film.magnet}).status in (200, 201)
    return film


def target_of(server, url):
    assert url.startswith(server.url("/")), url
    return url[len(server.url("")):]


def make(owner, **members):
    answer = owner.send("POST", "/api/links", members)
    assert answer.status == 201, answer
    return target_of(owner.server, answer.json()["url"])


def stream_link(owner, film, **members):
    index = films.index_of(film.torrent, "a.mp4")
    return make(owner, infohash=film.infohash, file_index=index, **members)


def with_query(target, **changes):
    path, _, query = target.partition("?")
    parameters = dict(urllib.parse.parse_qsl(query)) | changes
    return path + "?" + urllib.parse.urlencode(
        {name: value for name, value in parameters.items() if value is not None})


def test_a_link_streams_its_file_without_a_cookie(guarded, owner, film):
    target = stream_link(owner, film)
    answer = wire.get(guarded, target, {"Range": "bytes=5-104"})
    assert answer.status == 206 and answer.body == film.content[5:105]
    assert not viewers.set_cookies(answer)
    assert wire.request(guarded, "HEAD", target).status == 200


def test_what_is_watched_through_it_is_the_makers(guarded, owner, film):
    owner.get(f"/api/torrents/{film.infohash}")  # begins a session where there are no accounts
    assert wire.get(guarded, stream_link(owner, film)).body == film.content
    wire.poll(owner.history, 10, "the watch is recorded")


def test_a_link_opens_nothing_else(guarded, owner, film):
    target = stream_link(owner, film)
    link = dict(urllib.parse.parse_qsl(target.partition("?")[2]))["link"]
    other = films.index_of(film.torrent, "b.mp4")
    for wrong in (with_query(target, file_index=other), with_query(target, file_index=None),
                  with_query(target, infohash=HASHES[0]),
                  with_query(target, infohash=None, magnet=film.magnet),
                  with_query(target, magnet=film.magnet),
                  f"/api/torrents/{film.infohash}/playlist?link={link}"):
        wire.assert_problem(wire.get(guarded, wrong), 400, 403)
    for path in (f"/api/torrents/{film.infohash}", "/api/streams", "/api/history", "/api/torrents",
                 f"/api/torrents/{film.infohash}/stats", "/api/auth/me"):
        wire.assert_problem(wire.get(guarded, f"{path}?link={link}"), 401)
    for method in ("DELETE", "POST", "PUT"):
        assert wire.request(guarded, method, target).status in (401, 405)
    assert wire.request(guarded, "DELETE", f"/api/torrents/{film.infohash}?link={link}").status == 401


@pytest.mark.parametrize("link", ["", "x", "1.2.3", "9999999999..", "0..", "a" * 4000,
                                  "9999999999.s-0." + "A" * 43])
def test_a_link_of_ones_own_making_opens_nothing(guarded, owner, film, link):
    target = with_query(stream_link(owner, film), link=link)
    wire.assert_problem(wire.get(guarded, target), 403)


def test_a_changed_link_opens_nothing(guarded, owner, film):
    target = stream_link(owner, film)
    expiry, viewer, mac = dict(urllib.parse.parse_qsl(target.partition("?")[2]))["link"].split(".")
    later = str(int(expiry) + 1)
    flipped = ("A" if mac[0] != "A" else "B") + mac[1:]
    for link in (f"{later}.{viewer}.{mac}", f"{expiry}.{viewer}x.{mac}", f"0.{viewer}.{mac}",
                 f"{expiry}.{viewer}.{flipped}", f"{expiry}.{viewer}.{mac}."):
        wire.assert_problem(wire.get(guarded, with_query(target, link=link)), 403)


def test_an_expired_link_says_so(make_server, tmp_path):
    """Made by a server whose clock is wrong, as nobody wants to wait."""
    data = tmp_path / "data"
    env = {"TOKEN": TOKEN, "SECRET": "shared-between-servers"}
    server = make_server(data_dir=data, env=env)
    owner = Viewer(server, Authorization=f"Bearer {TOKEN}")
    target = make(owner, infohash=HASHES[0], file_index=0, expires_in_s=60)
    expiry = int(dict(urllib.parse.parse_qsl(target.partition("?")[2]))["link"].split(".")[0])
    assert 0 < expiry - time.time() <= 61
    past = signed(env["SECRET"], HASHES[0], 0, int(time.time()) - 1)
    answer = wire.get(server, with_query(target, link=past))
    assert "expired" in wire.assert_problem(answer, 410)["detail"]


def signed(secret, infohash, file_index, expires_at_s):
    """As the server signs: HMAC-SHA-512-256 under the BLAKE2b of the secret."""
    import base64
    import hashlib
    import hmac
    key = hashlib.blake2b(secret.encode(), digest_size=32).digest()
    message = f"tstream link 1\nstream\n{infohash}\n{file_index}\n{expires_at_s}\n"
    mac = hmac.digest(key, message.encode(), "sha512")[:32]
    return f"{expires_at_s}..{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def playlist_targets(server, answer):
    assert answer.status == 200, answer
    return [target_of(server, line) for line in answer.body.decode().splitlines()
            if line.startswith("http")]


def test_a_playlist_holds_a_link_for_each_film_and_never_the_token(guarded, owner, film):
    answer = owner.get(f"/api/torrents/{film.infohash}/playlist")
    targets = playlist_targets(guarded, answer)
    assert len(targets) == 2
    assert TOKEN not in answer.body.decode()
    for target in targets:
        assert wire.get(guarded, target, {"Range": "bytes=0-9"}).status == 206


def test_a_link_to_a_playlist_opens_it_and_its_links_end_with_it(guarded, owner, film):
    target = make(owner, kind="playlist", infohash=film.infohash, expires_in_s=120)
    expiry = dict(urllib.parse.parse_qsl(target.partition("?")[2]))["link"].split(".")[0]
    for inner in playlist_targets(guarded, wire.get(guarded, target)):
        link = dict(urllib.parse.parse_qsl(inner.partition("?")[2]))["link"]
        assert link.split(".")[0] == expiry
        assert wire.get(guarded, inner, {"Range": "bytes=0-9"}).status == 206
    other = target.replace(film.infohash, HASHES[0])
    wire.assert_problem(wire.get(guarded, other), 403)


@pytest.mark.parametrize("value", [
    {}, {"infohash": "x", "file_index": 0}, {"infohash": HASHES[0]},
    {"infohash": HASHES[0], "file_index": -1}, {"infohash": HASHES[0], "file_index": 2**32},
    {"infohash": HASHES[0], "file_index": 0, "kind": "all"},
    {"infohash": HASHES[0], "file_index": 0, "kind": "playlist"},
    {"infohash": HASHES[0], "file_index": 0, "expires_in_s": 59},
    {"infohash": HASHES[0], "file_index": 0, "expires_in_s": 86401},
    {"infohash": HASHES[0], "file_index": 0, "viewer": "s-0"}], ids=range(10))
def test_a_link_that_cannot_be_meant_is_400(owner, value):
    wire.assert_problem(owner.send("POST", "/api/links", value), 400)


def test_a_link_that_only_said_who_watches_opens_nothing_once_a_token_is_set(make_server, tmp_path,
                                                                             seeder, seeded):
    data = tmp_path / "data"
    server = make_server(data_dir=data)
    film = films.Film(server, seeded(seeder, "before.mp4", 100_000), seeder.address).fetch()
    target, = playlist_targets(server, wire.get(server, f"/api/torrents/{film.infohash}/playlist"))
    assert wire.get(server, target).body == film.content
    assert server.stop() == 0
    guarded = make_server(data_dir=data, env={"TOKEN": TOKEN})
    wire.assert_problem(wire.get(guarded, target), 403)


def test_the_key_is_its_owners_alone_and_lasts(make_server, tmp_path):
    data = tmp_path / "data"
    first = make_server(data_dir=data, env={"TOKEN": TOKEN})
    key = data / "server.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    bytes_before = key.read_bytes()
    assert first.stop() == 0
    second = make_server(data_dir=data, env={"TOKEN": TOKEN})
    assert key.read_bytes() == bytes_before
    assert second.stop() == 0
    key.chmod(0o644)
    done = serverproc.run("--data-dir", str(data), "--port", "0", *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1 and "chmod 600" in done.stderr


@pytest.mark.parametrize("how", ["environment", "file"])
def test_servers_that_share_a_secret_take_each_others_links(make_server, tmp_path, how):
    secret = "one secret for all of them"
    (tmp_path / "secret").write_text(secret + "\n")
    for _ in range(2):
        flags, env = ((), {"SECRET": secret}) if how == "environment" else (
            ("--secret-file", str(tmp_path / "secret")), {})
        server = make_server("--metadata-timeout", "1", *flags, env={"TOKEN": TOKEN, **env})
        link = signed(secret, HASHES[0], 0, int(time.time()) + 60)
        target = f"/api/stream?infohash={HASHES[0]}&file_index=0&link={link}"
        assert wire.request(server, "HEAD", target, timeout_s=20).status != 403
        assert not (server.data_dir / "server.key").exists()


@pytest.mark.parametrize("env, flags", [({"SECRET": "short"}, ()), ({}, ("--secret-file", "/none"))])
def test_a_secret_that_is_none_ends_the_start(tmp_path, env, flags):
    done = serverproc.run("--data-dir", str(tmp_path / "data"), "--port", "0", *flags,
                          *serverproc.LOOPBACK_ONLY, env=env)
    assert done.returncode == 1 and "secret" in done.stderr.lower()
    assert "short" not in done.stderr
