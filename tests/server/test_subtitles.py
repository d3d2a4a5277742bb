"""Subtitles: those of the torrent, out of the swarm, and those that viewers upload."""
import re
import threading

import pytest

import films
import serverproc
import wire
from test_http_torrents import form, post_torrent_bytes

SRT = "application/x-subrip"
CUE = b"1\r\n00:00:01,000 --> 00:00:02,500\r\n<font color=red>One</font> & <i>two</i>\r\n"
SHOWN = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nOne &amp; <i>two</i>\n\n"
RUSSIAN = "Привет, как дела? Сегодня хорошая погода, и мы идём гулять в парк."
TIMING = "1\n00:00:01,000 --> 00:00:02,000\n"
SHOWN_RUSSIAN = f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{RUSSIAN}\n\n"
FILM = bytes(range(256)) * 1200

CONTENTS = {
    "Film.mkv": FILM,
    "Film.en.srt": CUE,
    "Film.ru.forced.srt": (TIMING + RUSSIAN).encode("cp1251"),
    "Subs/2_German.srt": (TIMING + "Grüße").encode("utf-16"),
    "Subs/broken.srt": b"\x7fELF" + bytes(2000),
    "Film.it.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.500 line:0\nCiao <script>\n",
    "Film.fr.ass": b"[Script Info]\n",
}


class Subtitled:
    """A film in a swarm, its subtitles beside it, and the routes they are at."""

    def __init__(self, server, torrent, *peers):
        self.server = server
        self.torrent = torrent
        self.index = films.index_of(torrent, "Film.mkv")
        self.target = f"/api/torrents/{torrent.infohash}/files/{self.index}/subtitles"
        answer = wire.post_json(server, "/api/torrents", {"magnet": torrent.magnet(*peers)})
        assert answer.status in (200, 201), answer

    def list(self):
        answer = wire.get(self.server, self.target)
        assert answer.status == 200, answer
        return answer.json()["subtitles"]

    def named(self, name):
        return next(item for item in self.list() if item["name"] == name)

    def text(self, item, query=""):
        answer = wire.get(self.server, item["url"] + query)
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
        return answer.body.decode()

    def post(self, data, query="", kind=SRT, headers=None):
        return wire.request(self.server, "POST", self.target + query,
                            {"Content-Type": kind, **(headers or {})}, data)

    def upload(self, data=CUE, query=""):
        answer = self.post(data, query)
        assert answer.status == 201, answer
        return answer.json()

    def delete(self, number, headers=None):
        return wire.request(self.server, "DELETE", f"{self.target}/{number}", headers)


@pytest.fixture(scope="module")
def torrent(seeder, tmp_path_factory):
    made = films.torrent_with(tmp_path_factory.mktemp("subtitled"), "film", CONTENTS)
    seeder.seed(made)
    return made


@pytest.fixture(scope="module")
def film(server, seeder, torrent):
    return Subtitled(server, torrent, seeder.address)


@pytest.fixture
def own_film(make_server, seeder, torrent):
    """On a server of its own, whose uploads nobody else counts."""
    return Subtitled(make_server(), torrent, seeder.address)


def test_the_subtitles_beside_a_film_are_listed(film):
    found = {item["name"]: (item["label"], item["language"]) for item in film.list()
             if item["source"] == "sidecar"}
    assert found == {
        "Film.en.srt": ("English", "en"), "Film.ru.forced.srt": ("Russian (forced)", "ru"),
        "2_German.srt": ("German", "de"), "broken.srt": ("broken", None),
        "Film.it.vtt": ("Italian", "it")}


def test_a_listed_subtitle_says_where_it_is(film):
    item = film.named("Film.ru.forced.srt")
    assert item["url"] == f"{film.target}/{item['index']}.vtt"
    assert item["is_forced"] and not item["is_for_hearing_impaired"]
    assert item["size"] == len(CONTENTS["Film.ru.forced.srt"])


def test_a_subtitle_comes_out_of_the_swarm_as_webvtt(film):
    item = film.named("Film.en.srt")
    assert film.text(item) == SHOWN
    assert film.named("Film.en.srt")["state"] == "here"


def test_webvtt_out_of_a_torrent_is_made_harmless(film):
    assert film.text(film.named("Film.it.vtt")).endswith(
        "00:00:01.000 --> 00:00:02.500 line:0\nCiao &lt;script&gt;\n\n")


def test_charsets_are_found_out(film):
    assert film.text(film.named("Film.ru.forced.srt")) == SHOWN_RUSSIAN
    assert "Grüße" in film.text(film.named("2_German.srt"))


def test_a_charset_that_is_named_wins(film):
    item = film.named("Film.ru.forced.srt")
    assert film.text(item, "?charset=windows-1251") == SHOWN_RUSSIAN
    assert film.text(item, "?charset=koi8-r") != SHOWN_RUSSIAN


def test_a_delay_moves_the_cues(film):
    item = film.named("Film.en.srt")
    assert "00:00:02.250 --> 00:00:03.750" in film.text(item, "?delay_ms=1250")
    assert "00:00:00.000 --> 00:00:00.500" in film.text(item, "?delay_ms=-2000")


def test_a_subtitle_that_is_unchanged_is_not_sent_again(film):
    url = film.named("Film.en.srt")["url"]
    first = wire.get(film.server, url)
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    again = wire.get(film.server, url, {"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    later = wire.get(film.server, url + "?delay_ms=1", {"If-None-Match": first.headers["ETag"]})
    assert later.status == 200 and later.headers["ETag"] != first.headers["ETag"]
    wire.assert_problem(wire.get(film.server, url, {"If-Match": '"other"'}), 412)


def test_head_says_what_get_would(film):
    url = film.named("Film.en.srt")["url"]
    answer = wire.request(film.server, "HEAD", url)
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(SHOWN)


def test_what_is_no_subtitle_is_refused_with_a_reason(film):
    problem = wire.assert_problem(wire.get(film.server, film.named("broken.srt")["url"]), 422)
    assert "neither SubRip nor WebVTT" in problem["detail"]


@pytest.mark.parametrize("query", ["?delay_ms=x", "?delay_ms=", "?delay_ms=--1", "?delay_ms=1.5",
                                   "?delay_ms=86400001", "?delay_ms=-99999999999999999999",
                                   "?charset=", "?charset=klingon", "?charset=UTF-7",
                                   "?charset=UTF-8//TRANSLIT%00"])
def test_parameters_that_cannot_be_meant_are_refused(film, query):
    wire.assert_problem(wire.get(film.server, film.named("Film.en.srt")["url"] + query), 400)


@pytest.mark.parametrize("end", ["/99.vtt", "/100000.vtt", "/4294967396.vtt", "/.vtt", "/x.vtt",
                                 "/-1.vtt", "/1.srt", "/1", "/1.vtt/", "/"])
def test_there_is_nothing_at_other_paths(film, end):
    answer = wire.get(film.server, film.target + end)
    wire.assert_problem(answer, 405 if end == "/1" else 404)


def test_files_and_torrents_that_are_not_there_have_no_subtitles(film):
    for file_index in ("99", "4294967296", "99999999999999999999"):
        target = f"/api/torrents/{film.torrent.infohash}/files/{file_index}/subtitles"
        wire.assert_problem(wire.get(film.server, target), 404)
        wire.assert_problem(wire.request(film.server, "POST", target, {"Content-Type": SRT}, CUE),
                            404)
    wire.assert_problem(wire.get(film.server, f"/api/torrents/{'1' * 40}/files/0/subtitles"), 404)
    wire.assert_problem(wire.get(film.server, "/api/torrents/xyz/files/0/subtitles"), 400)


def test_subtitles_that_nobody_has_are_not_waited_for_for_ever(make_server, tmp_path):
    server = make_server("--stall-timeout", "1")
    contents = {"Film.mkv": FILM, "Film.en.srt": CUE}
    orphan = films.torrent_with(tmp_path, "orphan", contents)
    assert post_torrent_bytes(server, orphan.torrent).status == 201
    index = films.index_of(orphan, "Film.mkv")
    target = f"/api/torrents/{orphan.infohash}/files/{index}/subtitles"
    item = wire.get(server, target).json()["subtitles"][0]
    assert item["state"] == "awaited"
    wire.assert_problem(wire.get(server, item["url"]), 504)


def test_a_file_that_is_too_large_for_subtitles_is_not_fetched(server, tmp_path):
    contents = {"Film.mkv": b"film", "Film.en.srt": bytes(8 * 1024 * 1024 + 1)}
    large = films.torrent_with(tmp_path, "large", contents, 1024 * 1024)
    assert post_torrent_bytes(server, large.torrent).status == 201
    index = films.index_of(large, "Film.mkv")
    target = f"/api/torrents/{large.infohash}/files/{index}/subtitles/0.vtt"
    wire.assert_problem(wire.get(server, target), 422)


# Uploads.

def test_an_uploaded_subtitle_is_listed_and_shown(own_film):
    answer = own_film.post(CUE, "?name=Film.pt-BR.srt")
    assert answer.status == 201
    item = answer.json()
    assert answer.headers["Location"] == item["url"]
    assert (item["label"], item["language"]) == ("Portuguese (Brazil)", "pt-BR")
    assert (item["source"], item["state"]) == ("upload", "here")
    assert own_film.list()[-1] == item
    assert own_film.text(item) == SHOWN
    assert wire.get(own_film.server, item["url"]).headers["Cache-Control"] == "private, no-cache"


def test_an_upload_may_be_a_form(own_film):
    kind = "multipart/form-data; boundary=x-boundary-x"
    answer = own_film.post(form(CUE, "file", "a.srt"), kind=kind)
    assert answer.status == 201
    assert own_film.text(answer.json()) == SHOWN


def test_an_upload_may_say_its_charset_label_and_language(own_film):
    item = own_film.upload((TIMING + "Да").encode("cp866"),
                           "?charset=ibm866&label=%D0%9C%D0%BE%D0%B8&language=ru")
    assert (item["label"], item["language"]) == ("Мои", "ru")
    assert "\nДа\n" in own_film.text(item)


def test_uploads_outlive_the_server(own_film, make_server):
    items = [own_film.upload(query="?label=first"), own_film.upload(query="?label=second")]
    data_dir = own_film.server.data_dir
    assert own_film.server.stop() == 0
    server = make_server(data_dir=data_dir)
    answer = wire.get(server, own_film.target)
    assert answer.json()["subtitles"][-2:] == items
    assert wire.get(server, items[1]["url"]).body.decode() == SHOWN


def test_a_deleted_upload_is_gone_and_others_stay(own_film):
    first, second = own_film.upload(query="?label=1"), own_film.upload(query="?label=2")
    assert own_film.delete(first["index"]).status == 204
    assert own_film.list()[-1] == second
    wire.assert_problem(wire.get(own_film.server, first["url"]), 404)
    wire.assert_problem(own_film.delete(first["index"]), 404)
    assert own_film.text(second) == SHOWN


def test_the_torrents_own_subtitles_cannot_be_deleted(film):
    item = film.named("Film.en.srt")
    wire.assert_problem(film.delete(item["index"]), 404)
    assert film.named("Film.en.srt") == item


def test_a_removed_torrent_takes_its_uploads_along(own_film):
    own_film.upload()
    kept = own_film.server.data_dir / "subtitles"
    assert len(list(kept.iterdir())) == 1
    target = f"/api/torrents/{own_film.torrent.infohash}"
    assert wire.request(own_film.server, "DELETE", target).status == 204
    assert not list(kept.iterdir())


def test_a_film_has_at_most_sixteen_uploads(own_film):
    for _ in range(16):
        own_film.upload()
    wire.assert_problem(own_film.post(CUE), 409)
    assert own_film.delete(own_film.list()[-1]["index"]).status == 204
    own_film.upload()


@pytest.mark.parametrize("data, kind, status", [
    (b"", SRT, 400), (b"no subtitle", SRT, 400), (b"\0" * 1000, SRT, 400),
    (CUE, "text/html", 415), (CUE, "application/json", 415),
    (CUE, "multipart/form-data; boundary=x", 400), (CUE, "multipart/form-data", 400),
    (TIMING.encode() + b"&" * (8 * 1024 * 1024 - len(TIMING)), SRT, 400)])
def test_bad_uploads_are_refused(film, data, kind, status):
    before = film.list()
    wire.assert_problem(film.post(data, kind=kind), status)
    assert film.list() == before


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(film):
    head = (f"POST {film.target} HTTP/1.1\r\nHost: 127.0.0.1:{film.server.port}\r\n"
            f"Content-Type: {SRT}\r\nContent-Length: {8 * 1024 * 1024 + 1}\r\n\r\n")
    wire.assert_problem(wire.raw(film.server, head.encode()), 413)


@pytest.mark.parametrize("query", ["?charset=klingon", "?label=%0A", "?label=" + "x" * 80,
                                   "?language=../etc", "?language=" + "x" * 16, "?name=%7F"])
def test_bad_words_about_an_upload_are_refused(film, query):
    wire.assert_problem(film.post(CUE, query), 400)


def test_other_sites_can_neither_add_nor_take_away(film):
    stranger = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    wire.assert_problem(film.post(CUE, kind="text/plain", headers=stranger), 403)
    wire.assert_problem(film.delete(100, stranger), 403)
    wire.assert_problem(wire.get(film.server, film.named("Film.en.srt")["url"], stranger), 403)


def test_with_a_token_subtitles_demand_it(make_server):
    server = make_server(env={"TOKEN": "secret-token-secret-token"})
    wire.assert_problem(wire.get(server, f"/api/torrents/{'1' * 40}/files/0/subtitles"), 401)


def test_labels_are_text_and_nothing_else(own_film):
    label = "<img src=x onerror=alert(1)>"
    item = own_film.upload(query="?label=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    assert item["label"] == label
    data = next((own_film.server.data_dir / "subtitles").iterdir())
    assert data.read_bytes().endswith(CUE)


def test_files_that_are_no_uploads_do_no_harm(make_server, tmp_path):
    kept = tmp_path / "data" / "subtitles"
    kept.mkdir(parents=True)
    name = "0" * 40
    header = b'{"label":"x","language":"","charset":""}\n'
    files = {"new": CUE, f"{name}-0-100": CUE, f"{name}-0-0101": header + CUE,
             f"{name}-0-1": header + CUE, f"{name}-0-102": header, f"{name}-0-103": b"",
             f"{name}-0-104": b'{"label":1}\n' + CUE, f"{name}-0-105": b"{" * 5000,
             f"{name}-0-106x": header + CUE, "x" * 200: CUE}
    for path, data in files.items():
        (kept / path).write_bytes(data)
    (kept / f"{name}-0-107").mkdir()
    (kept / f"{name}-0-108").symlink_to("/etc/passwd")
    server = make_server(data_dir=tmp_path / "data")
    assert wire.get(server, "/api/health").status == 200


def test_a_data_directory_whose_subtitles_cannot_be_kept_is_said_so(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "subtitles").write_text("a file")
    done = serverproc.run("--data-dir", str(data), "--port", "0", *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert re.search(r"cannot use .*/subtitles", done.stderr)


def test_many_viewers_add_and_read_at_once(own_film):
    answers = []

    def work(number):
        item = own_film.post(CUE, f"?label={number}").json()
        answers.append(own_film.text(item) == SHOWN)
        answers.append(own_film.text(own_film.named("Film.en.srt")) == SHOWN)
        answers.append(own_film.delete(item["index"]).status == 204)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * 36
    assert all(item["source"] == "sidecar" for item in own_film.list())
