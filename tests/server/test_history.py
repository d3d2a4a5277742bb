"""What one watched: recorded by the client or by the server itself, kept by session, resumed."""
import json
import re
import signal
import subprocess
import urllib.parse

import pytest

import films
import serverproc
import stores
import viewers
import wire
from viewers import HASHES, Viewer

MIB = 1024 * 1024
SESSION = "tstream_session"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory):
    """A server for each kind of database."""
    env = {}
    if request.param == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgres").make_store().url
    process = serverproc.Server(tmp_path_factory.mktemp(request.param), env=env)
    well = {"store": request.param, "state": "ok"}
    wire.poll(lambda: wire.get(process, "/api/health").json()["history"] == well, 10, "it is open")
    yield process
    assert process.stop() == 0, process.output()


@pytest.fixture(scope="module")
def large_film(server, seeder, seeded):
    """More than any probe reads."""
    content = seeded(seeder, "large.mp4", 24 * MIB)
    return films.Film(server, content, seeder.address).fetch()


def test_a_session_begins_with_the_first_watch_and_lasts(store):
    viewer = Viewer(store)
    for target in ("/", "/api/health", "/api/history", "/api/popular", "/api/torrents",
                   f"/api/resume?infohash={HASHES[0]}"):
        assert not viewers.set_cookies(viewer.get(target)), target
    answer = viewer.send("POST", "/api/history", {"infohash": HASHES[0]})
    cookie = viewers.set_cookies(answer)[SESSION]
    assert len(cookie.value) == 43
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    assert not cookie["secure"] and not cookie["domain"]
    again = viewer.send("POST", "/api/history", {"infohash": HASHES[1]})
    assert not viewers.set_cookies(again)
    assert len(viewer.history()) == 2


def test_behind_an_https_proxy_the_session_is_for_https_only(make_server):
    server = make_server("--trust-proxy")
    answer = Viewer(server).send("POST", "/api/history", {"infohash": HASHES[0]},
                                 {"X-Forwarded-Proto": "https"})
    assert viewers.set_cookies(answer)[SESSION]["secure"]
    answer = Viewer(server).send("POST", "/api/history", {"infohash": HASHES[0]})
    assert not viewers.set_cookies(answer)[SESSION]["secure"]


def test_nobody_but_our_proxy_says_what_is_https(store):
    answer = Viewer(store).send("POST", "/api/history", {"infohash": HASHES[0]},
                                {"X-Forwarded-Proto": "https"})
    assert not viewers.set_cookies(answer)[SESSION]["secure"]


@pytest.mark.parametrize("value", ["", "x", "a" * 42, "a" * 44, "!" * 43, "a" * 4000])
def test_a_cookie_that_is_no_session_is_replaced(store, value):
    answer = wire.post_json(store, "/api/history", {"infohash": HASHES[0]},
                            {"Cookie": f"{SESSION}={value}"})
    assert answer.status == 200
    assert viewers.set_cookies(answer)[SESSION].value != value


def test_the_database_does_not_hold_the_cookie(make_server):
    server = make_server()
    viewer = Viewer(server)
    viewer.record(infohash=HASHES[0])
    assert server.stop() == 0
    for path in server.data_dir.glob("history.db*"):
        assert viewer.cookies[SESSION].encode() not in path.read_bytes(), path


def test_what_is_recorded_is_listed_newest_first_for_its_session_alone(store):
    anna, ben = Viewer(store), Viewer(store)
    anna.record(infohash=HASHES[2], title="First")
    entry = anna.record(magnet=f"magnet:?xt=urn:btih:{HASHES[3]}&dn=Second", file_index=4,
                        position_ms=61_500, duration_ms=600_000)
    assert entry["infohash"] == HASHES[3] and entry["title"] == "Second"
    assert entry["file_index"] == 4 and entry["position_ms"] == 61_500
    assert entry["duration_ms"] == 600_000
    assert entry["stream_url"] == f"/api/stream?infohash={HASHES[3]}&file_index=4"
    assert [row["title"] for row in anna.history()] == ["Second", "First"]
    assert anna.history()[0] == entry
    assert ben.history() == []
    ben.record(infohash=HASHES[4])
    wire.assert_problem(ben.send("DELETE", f"/api/history/{entry['id']}"), 404)
    wire.assert_problem(ben.send("PUT", f"/api/history/{entry['id']}/position",
                                 {"position_ms": 1}), 404)
    assert anna.history()[0] == entry


def test_recording_within_a_sitting_updates_its_entry(store):
    viewer = Viewer(store)
    first = viewer.record(infohash=HASHES[2], position_ms=1000)
    second = viewer.record(magnet=f"magnet:?xt=urn:btih:{HASHES[2]}", position_ms=2000)
    assert second["id"] == first["id"] and second["position_ms"] == 2000
    assert len(viewer.history()) == 1


def test_a_position_is_where_it_resumes_until_the_film_is_over(store):
    viewer = Viewer(store)
    target = f"/api/resume?infohash={HASHES[5]}&file_index=1"
    unknown = {"position_ms": None, "duration_ms": None, "resume_ms": 0}
    assert viewer.get(target).json() == unknown
    entry = viewer.record(infohash=HASHES[5], file_index=1)
    assert viewer.get(target).json() == unknown
    put = f"/api/history/{entry['id']}/position"
    answer = viewer.send("PUT", put, {"position_ms": 300_000, "duration_ms": 1_000_000})
    assert answer.status == 204 and not answer.body
    assert viewer.get(target).json() == {"position_ms": 300_000, "duration_ms": 1_000_000,
                                         "resume_ms": 300_000}
    assert viewer.send("PUT", put, {"position_ms": 999_000}).status == 204
    assert viewer.get(target).json() == {"position_ms": 999_000, "duration_ms": 1_000_000,
                                         "resume_ms": 0}
    assert viewer.get(f"/api/resume?infohash={HASHES[5]}").json() == unknown


def test_one_entry_or_all_are_forgotten(store):
    viewer = Viewer(store)
    entries = [viewer.record(infohash=infohash) for infohash in HASHES[:3]]
    assert viewer.send("DELETE", f"/api/history/{entries[1]['id']}").status == 204
    wire.assert_problem(viewer.send("DELETE", f"/api/history/{entries[1]['id']}"), 404)
    assert {row["id"] for row in viewer.history()} == {entries[0]["id"], entries[2]["id"]}
    assert viewer.send("DELETE", "/api/history").status == 204
    assert viewer.history() == []
    assert viewer.send("DELETE", "/api/history").status == 204


def test_pages_follow_each_other_without_gaps(store):
    viewer = Viewer(store)
    recorded = [viewer.record(infohash=infohash)["id"] for infohash in HASHES[:7]]
    seen, cursor = [], ""
    while cursor is not None:
        page = viewer.get(f"/api/history?limit=3&cursor={cursor}").json()
        assert len(page["history"]) <= 3
        seen += [row["id"] for row in page["history"]]
        cursor = page["next_cursor"]
    assert seen == recorded[::-1]


def test_popular_counts_viewers_not_watches(store):
    hot, cold = HASHES[100], HASHES[101]
    fans = [Viewer(store) for _ in range(3)]
    for fan in fans:
        for index in range(2):
            fan.record(infohash=hot, title="Hot", file_index=index)
    for index in range(5):
        fans[0].record(infohash=cold, title="Cold", file_index=index)
    found = {film["infohash"]: film for film
             in wire.get(store, "/api/popular?days=1&limit=100").json()["films"]}
    assert found[hot]["session_count"] == 3 and found[hot]["title"] == "Hot"
    assert found[cold]["session_count"] == 1
    order = [film["session_count"] for film in wire.get(store, "/api/popular").json()["films"]]
    assert order == sorted(order, reverse=True)
    assert len(wire.get(store, "/api/popular?limit=1").json()["films"]) == 1


def test_the_export_holds_everything(store):
    viewer = Viewer(store)
    wire.assert_problem(viewer.get("/api/history.json"), 404)
    for infohash in HASHES[:60]:
        viewer.record(infohash=infohash, title="Ünïcode")
    answer = viewer.get("/api/history.json")
    assert answer.media_type == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = answer.json()["history"]
    assert sorted(row["infohash"] for row in rows) == sorted(HASHES[:60])
    assert rows[0]["title"] == "Ünïcode"


TITLES = ["'; DROP TABLE watched_torrents; --", "<script>alert(1)</script>", "a" * 65_536,
          "%s%n$1?", "\"\\\u2028", "ｆｕｌｌ 🎬"]


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_a_hostile_title_is_nothing_but_text(store, title):
    viewer = Viewer(store)
    entry = viewer.record(infohash=HASHES[0], title=title)
    assert entry["title"] and title.startswith(entry["title"][:20].replace("\ufffd", ""))
    assert len(viewer.history()) == 1
    assert b"<script>" not in viewer.get("/").body


WRONG_WATCHES = [
    {}, [], "x", {"infohash": "x"}, {"magnet": "magnet:?xt=urn:btih:spam"}, {"magnet": 7},
    {"infohash": HASHES[0], "magnet": f"magnet:?xt=urn:btih:{HASHES[0]}"},
    {"infohash": HASHES[0], "file_index": -1}, {"infohash": HASHES[0], "file_index": 2**32},
    {"infohash": HASHES[0], "file_index": 1.5}, {"infohash": HASHES[0], "position_ms": -1},
    {"infohash": HASHES[0], "position_ms": 10**16}, {"infohash": HASHES[0], "position_ms": "1"},
    {"infohash": HASHES[0], "title": None}, {"infohash": HASHES[0], "title": "a\0b"},
    {"infohash": HASHES[0], "spam": 1}, {"magnet": "magnet:?" + "x" * 9000},
]


@pytest.mark.parametrize("value", WRONG_WATCHES, ids=range(len(WRONG_WATCHES)))
def test_a_watch_that_cannot_be_meant_is_400(store, value):
    wire.assert_problem(wire.post_json(store, "/api/history", value), 400)


@pytest.mark.parametrize("target", [
    "/api/history?limit=0", "/api/history?limit=1001", "/api/history?latest=2",
    "/api/popular?days=-1", "/api/popular?days=3651", "/api/popular?limit=0",
    "/api/popular?limit=101", "/api/resume", "/api/resume?infohash=x",
    f"/api/resume?infohash={HASHES[0]}&file_index=x"])
def test_a_parameter_that_cannot_be_meant_is_400(store, target):
    wire.assert_problem(wire.get(store, target), 400)


def test_a_cursor_of_ones_own_making_is_400(store):
    viewer = Viewer(store)
    viewer.record(infohash=HASHES[0])
    wire.assert_problem(viewer.get("/api/history?cursor=spam"), 400)


def test_forms_and_large_bodies_are_refused(store):
    wire.assert_problem(wire.request(store, "POST", "/api/history",
                                     {"Content-Type": "text/plain"}, b'{"infohash": "x"}'), 415)
    wire.assert_problem(wire.post_json(store, "/api/history", {"title": "a" * 200_000}), 413)


def probe(film, **headers):
    """As ffprobe does: the head, then the index at the end."""
    for span in ("bytes=0-4999999", f"bytes={film.size - 300_000}-"):
        assert wire.get(film.server, film.target, {"Range": span, **headers}).status == 206


def entry_of(viewer, film):
    return next((row for row in viewer.history() if row["infohash"] == film.infohash), None)


def test_the_server_records_what_is_really_read(large_film):
    viewer = Viewer(large_film.server)
    assert viewer.get(f"/api/torrents/{large_film.infohash}").status == 200
    assert SESSION in viewer.cookies
    assert viewer.get(large_film.target).body == large_film.content
    entry = wire.poll(lambda: entry_of(viewer, large_film), 10, "the watch is recorded")
    assert entry["title"] == "large.mp4" and entry["file_index"] == 0
    assert len(viewer.history()) == 1


def test_a_title_that_a_client_gave_outlasts_what_the_server_records(large_film):
    viewer = Viewer(large_film.server)
    before = viewer.record(magnet=f"magnet:?xt=urn:btih:{large_film.infohash}",
                           title="As we call it")
    assert viewer.get(large_film.target).status == 200
    wire.poll(lambda: entry_of(viewer, large_film)["magnet"] != before["magnet"], 10,
              "the server has written it down, too")
    assert entry_of(viewer, large_film)["title"] == "As we call it"


def test_a_probe_a_download_and_a_head_are_not_watched(large_film, seeder, seeded):
    probed = films.Film(large_film.server,
                        seeded(seeder, "probed.mp4", 24 * MIB), seeder.address).fetch()
    viewer = Viewer(large_film.server)
    viewer.get(f"/api/torrents/{probed.infohash}")
    cookie = {"Cookie": f"{SESSION}={viewer.cookies[SESSION]}"}
    probe(probed, **cookie)
    assert wire.get(probed.server, probed.target + "&download=1", cookie).status == 200
    assert wire.request(probed.server, "HEAD", probed.target, cookie).status == 200
    # News are taken in the order they come in, so that once the later one is there the earlier
    # ones have been judged.
    assert viewer.get(large_film.target).status == 200
    wire.poll(lambda: entry_of(viewer, large_film), 10, "the watch is recorded")
    assert entry_of(viewer, probed) is None


def test_a_hybrid_torrent_is_one_film_under_both_its_names(server, seeded, seeder):
    hybrid = films.Film(server, seeded(seeder, "hybrid.mp4", 64 * 1024, kind="hybrid"),
                        seeder.address)
    hybrid.open()
    viewer = Viewer(server)
    first = viewer.record(magnet=hybrid.magnet, position_ms=9000)
    again = viewer.record(magnet=f"magnet:?xt=urn:btmh:1220{hybrid.torrent.v2}")
    assert again["id"] == first["id"] and again["infohash"] == hybrid.torrent.v1
    for name in (hybrid.torrent.v1, hybrid.torrent.v2):
        assert viewer.get(f"/api/resume?infohash={name}").json()["position_ms"] == 9000


def playlist_urls(playlist):
    return [line for line in playlist.body.decode().splitlines() if line.startswith("http")]


def test_a_player_without_cookies_is_known_by_its_playlists_link(large_film):
    viewer = Viewer(large_film.server)
    viewer.get(f"/api/torrents/{large_film.infohash}")
    url, = playlist_urls(viewer.get(f"/api/torrents/{large_film.infohash}/playlist"))
    assert viewer.cookies[SESSION] not in url
    target = url.removeprefix(large_film.server.url(""))
    assert wire.get(large_film.server, target).body == large_film.content
    wire.poll(lambda: entry_of(viewer, large_film), 10, "the watch is recorded")
    # Having forgotten it is no reason to be recorded again by what was read before.
    assert viewer.send("DELETE", "/api/history").status == 204
    assert viewer.history() == []


def test_what_was_watched_last_is_not_lost_when_the_server_stops(make_server, seeder, seeded,
                                                                tmp_path):
    first = make_server(data_dir=tmp_path / "data")
    film = films.Film(first, seeded(seeder, "last.mp4", 18 * MIB), seeder.address)
    viewer = Viewer(first)
    viewer.send("POST", "/api/torrents", {"magnet": film.magnet})
    assert viewer.get(film.target).body == film.content
    assert first.stop() == 0
    viewer.server = make_server(data_dir=tmp_path / "data")
    assert [row["title"] for row in viewer.history()] == ["last.mp4"]


def test_nothing_is_recorded_if_so_set(make_server, seeder, seeded):
    server = make_server("--no-history")
    film = films.Film(server, seeded(seeder, "unrecorded.mp4", 20 * MIB), seeder.address)
    viewer = Viewer(server)
    viewer.send("POST", "/api/torrents", {"magnet": film.magnet})
    assert viewer.get(film.target).body == film.content
    assert server.stop() == 0
    assert b"unrecorded" not in (server.data_dir / "history.db").read_bytes()


DEAD = {"DATABASE_URL": "postgresql://nobody:secret-word@127.0.0.1:1/none"}


def test_without_its_database_the_server_streams_and_says_so(make_server, seeder, seeded):
    server = make_server(env=DEAD)
    film = films.Film(server, seeded(seeder, "alone.mp4", 18 * MIB), seeder.address).fetch()
    health = wire.poll(lambda: (wire.get(server, "/api/health").json()["history"]["state"] ==
                                "failing") and wire.get(server, "/api/health"), 10, "it failed")
    assert health.status == 200 and health.json()["status"] == "ok"
    assert health.json()["history"]["store"] == "postgresql"
    for method, target, value in (
            ("GET", "/api/history", None), ("GET", "/api/popular", None),
            ("POST", "/api/history", {"infohash": film.infohash}), ("DELETE", "/api/history", None)):
        answer = Viewer(server).send(method, target, value)
        problem = wire.assert_problem(answer, 503)
        assert "secret-word" not in json.dumps(problem)
    playlist = wire.get(server, f"/api/torrents/{film.infohash}/playlist")
    assert playlist.status == 200 and playlist_urls(playlist)
    assert film.fetch()
    assert server.stop() == 0
    assert "secret-word" not in server.output()


def test_a_database_that_dies_and_comes_back_takes_no_stream_along(make_server, seeder, seeded):
    database = stores.PostgresServer()
    try:
        server = make_server(env={"DATABASE_URL": database.make_store().url})
        film = films.Film(server, seeded(seeder, "mortal.mp4", 18 * MIB), seeder.address).fetch()
        viewer = Viewer(server)
        entry = viewer.record(infohash=HASHES[0])
        database.stop(signal.SIGINT)
        wire.assert_problem(viewer.get("/api/history"), 503)
        assert viewer.get(f"/api/torrents/{film.infohash}/playlist").status == 200
        assert viewer.get(film.target).body == film.content
        database.start()
        wire.poll(lambda: viewer.get("/api/history").status == 200, 20, "it is found again")
        # What was watched meanwhile was kept until it could be written.
        wire.poll(lambda: len(viewer.history()) == 2, 20, "the watch is recorded")
        assert viewer.history()[1] == entry
    finally:
        database.close()


def test_a_database_that_comes_later_is_found(make_server, tmp_path):
    directory = tmp_path / "later"
    server = make_server("--database-url", f"sqlite:{directory}/history.db")
    wire.assert_problem(wire.get(server, "/api/popular"), 503)
    directory.mkdir()
    wire.poll(lambda: wire.get(server, "/api/popular").status == 200, 10, "it is opened")


@pytest.mark.parametrize("url", ["mysql://127.0.0.1/history", "spam"])
def test_a_database_that_cannot_be_meant_ends_the_start(tmp_path, url):
    done = serverproc.run("--data-dir", str(tmp_path / "data"), "--port", "0",
                          *serverproc.LOOPBACK_ONLY, env={"DATABASE_URL": url})
    assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr


def test_a_password_in_a_flag_is_refused():
    done = serverproc.run("--database-url", "postgresql://me:secret-word@127.0.0.1/db")
    assert done.returncode == 2 and "DATABASE_URL" in done.stderr
    assert "secret-word" not in done.stderr


FOREIGN = [{"Origin": "http://evil.example"}, {"Origin": "null"},
           {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
CHANGES = [("POST", "/api/history"), ("DELETE", "/api/history"), ("DELETE", "/api/history/x"),
           ("PUT", "/api/history/x/position"), ("POST", "/api/links")]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("method, target", CHANGES)
def test_another_site_changes_nothing(store, method, target, headers):
    viewer = Viewer(store)
    viewer.record(infohash=HASHES[0])
    wire.assert_problem(viewer.send(method, target, {"infohash": HASHES[1]}, headers), 403)
    assert [row["infohash"] for row in viewer.history()] == [HASHES[0]]


CLIP_SECONDS = 14


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Heavy enough for a few seconds of it to be a watch: some 4 MB a second."""
    path = tmp_path_factory.mktemp("clip") / "heavy.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                    f"testsrc2=size=640x360:rate=25:duration={CLIP_SECONDS}", "-vf",
                    "noise=alls=60:allf=t", "-c:v", "mjpeg", "-q:v", "2", path], check=True,
                   timeout=60)
    assert path.stat().st_size > 40 * MIB
    return path


def play_in_real_time(url, begin_s, seconds):
    subprocess.run(["ffmpeg", "-v", "error", "-re", "-ss", str(begin_s), "-t", str(seconds), "-i",
                    url, "-f", "null", "-"], check=True, timeout=60)


def start_time(server, infohash):
    playlist = wire.get(server, f"/api/torrents/{infohash}/playlist").body.decode()
    found = [line for line in playlist.splitlines() if line.startswith("#EXTVLCOPT:start-time=")]
    return int(found[0].partition("=")[2]) if found else 0


def test_players_that_say_nothing_go_on_where_they_were_left(server, seeder, clip):
    content = films.torrent_of(clip, 256 * 1024)
    seeder.seed(content)
    film = films.Film(server, content, seeder.address)
    film_url = server.url(film.target)
    somebody_else = Viewer(server)
    somebody_else.send("POST", "/api/torrents", {"magnet": film.magnet})
    assert somebody_else.get(film.target).body == film.content
    assert start_time(server, film.infohash) == 0
    play_in_real_time(film_url, 0, 5)
    wire.poll(lambda: start_time(server, film.infohash) >= 3, 15, "the position is known")
    left_s = start_time(server, film.infohash)
    # What sockets hold is more than was shown.
    assert left_s <= 8, left_s

    resume = wire.get(server, f"/api/resume?infohash={film.infohash}").json()
    assert resume["resume_ms"] // 1000 == left_s
    assert abs(resume["duration_ms"] - 1000 * CLIP_SECONDS) < 200

    # mpv says where it begins.
    url, = playlist_urls(wire.get(server, f"/api/torrents/{film.infohash}/playlist"))
    done = subprocess.run(["mpv", "--no-config", "--vo=null", "--ao=null", f"--start={left_s}",
                           "--frames=5", "--term-playing-msg=begins at ${=time-pos} s", url],
                          capture_output=True, text=True, timeout=60, check=True)
    begins = re.search(r"begins at ([0-9.]+) s", done.stdout)
    assert begins and abs(float(begins[1]) - left_s) < 1, done.stdout
    # And so on from there.
    play_in_real_time(film_url, left_s, 4)
    wire.poll(lambda: start_time(server, film.infohash) >= left_s + 1, 15, "it moved on")


def test_a_link_between_an_address_and_its_playlists_is_not_a_session(server, large_film):
    """Who sends no cookies is known by its address, and shown no history for it."""
    assert wire.get(server, large_film.target).status == 200
    answer = wire.get(server, "/api/history")
    assert answer.json() == {"history": [], "next_cursor": None}
    assert not viewers.set_cookies(answer)
    assert urllib.parse.urlsplit(server.url("/")).hostname == "127.0.0.1"
