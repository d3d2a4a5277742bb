"""GET /api/search and what belongs to it: the catalogue, indexers, the cache, resolving."""
import concurrent.futures
import json
import threading
import urllib.parse

import pytest

import indexers
import serverproc
import torrents
import wire
from test_http_torrents import post_torrent_bytes

SINTEL = "08ada5a7a6183aae1e09d831df6748d566095a10"
HASH_A, HASH_B, HASH_C = "a" * 40, "b" * 40, "c" * 40
KEY = indexers.KEY


def search(server, query, **parameters):
    target = "/api/search?" + urllib.parse.urlencode({"query": query, **parameters})
    answer = wire.get(server, target)
    assert answer.status == 200, answer
    return answer.json()


def titles(answer):
    return [result["title"] for result in answer["results"]]


def status_of(answer, name):
    return next(provider for provider in answer["providers"] if provider["name"] == name)["status"]


@pytest.fixture
def make_indexer():
    made = []

    def make(*items):
        made.append(indexers.Indexer(*items))
        return made[-1]

    yield make
    for indexer in made:
        indexer.close()


@pytest.fixture
def redis():
    process = indexers.Redis("r3d1sp4ssw0rd")
    yield process
    process.stop()


def torznab(*named):
    """The setting for indexers: URLs, or name=URL."""
    return {"TORZNAB_URLS": " ".join(named)}


# -- the fresh install --------------------------------------------------------


def test_a_fresh_install_finds_free_films(server):
    answer = search(server, "sintel")
    assert titles(answer) == ["Sintel"]
    result = answer["results"][0]
    assert result["infohash"] == SINTEL and SINTEL in result["magnet"]
    assert result["sources"] == ["catalog"]
    assert result["seeders"] is None and result["size"] is None
    assert answer["total"] == 1 and answer["offset"] == 0
    assert status_of(answer, "catalog") == "ok"


def test_without_the_internet_the_answer_comes_all_the_same(make_server):
    closed = serverproc.free_port()
    server = make_server("--no-archive=no", "--archive-url", f"http://127.0.0.1:{closed}")
    answer = search(server, "big buck bunny")
    assert titles(answer) == ["Big Buck Bunny"]
    assert answer["complete"] is False
    assert status_of(answer, "archive") == "network"


def test_the_internet_archive_is_searched(make_server):
    archive = indexers.Archive({"identifier": "film", "title": "Nosferatu", "mediatype": "movies",
                                "item_size": 5000, "btih": HASH_A})
    try:
        server = make_server("--no-archive=no", "--archive-url", archive.origin)
        answer = search(server, "nosferatu")
        assert titles(answer) == ["Nosferatu"]
        assert answer["results"][0]["infohash"] == HASH_A
        assert status_of(answer, "archive") == "ok" and answer["complete"] is True
    finally:
        archive.close()


def test_what_was_uploaded_is_found_though_the_answer_is_cached(make_server, make_indexer,
                                                                tmp_path):
    content = torrents.make(tmp_path, "Grandmother's Birthday.mp4", 100_000, 16384)
    indexer = make_indexer(indexers.item("Birthday of a Grandmother", HASH_A))
    server = make_server(env=torznab(indexer.url))
    wire.poll(lambda: search(server, "grandmother birth")["cached"], 15, "answer is cached")
    assert post_torrent_bytes(server, content.torrent).status in (200, 201)
    wire.poll(lambda: content.infohash in str(search(server, "grandmother birth")), 15,
              "uploaded film is found")
    assert search(server, "grandmother birth")["cached"] is True
    assert len(indexer.queries) == 1


def test_what_was_opened_is_found_after_a_restart_without_its_trackers_key(make_server, tmp_path):
    content = torrents.make(tmp_path, "Holiday Film.mkv", 100_000, 16384)
    key = "passkey0123456789"
    whole = content.torrent[:-1] + b"8:announce" + torrents.bencode(
        f"https://tracker.invalid/{key}/announce") + b"e"
    first = make_server()
    assert post_torrent_bytes(first, whole).status in (200, 201)
    wire.poll(lambda: content.infohash in str(search(first, "holiday")), 15,
              "opened film is found")
    first.stop()
    again = make_server(data_dir=first.data_dir)
    answer = search(again, "holiday film")
    assert titles(answer) == ["Holiday Film.mkv"]
    assert key not in str(answer)


# -- questions ----------------------------------------------------------------


@pytest.mark.parametrize("target", [
    "/api/search", "/api/search?query=", "/api/search?query=%20%09", "/api/search?q=film",
    "/api/search?query=" + "x" * 513, "/api/search?query=x&limit=0",
    "/api/search?query=x&limit=501", "/api/search?query=x&limit=ten",
    "/api/search?query=x&offset=-1", "/api/search?query=x&offset=10001",
    "/api/search?query=x&providers=nobody", "/api/search?query=x&categories=films",
    "/api/search?query=%ff", "/api/search?query=a&query=b"])
def test_questions_that_cannot_be_meant_are_400(server, target):
    wire.assert_problem(wire.get(server, target), 400)


@pytest.mark.parametrize("query", ['"', "title:x", "a OR b", "*", "'; DROP TABLE entries;--",
                                   "()", "NEAR(a b)", "x" * 512, "\U0001f600", "%", "-"])
def test_any_text_is_only_text(server, query):
    assert isinstance(search(server, query)["results"], list)


def test_pages_are_parts_of_one_order(make_server, make_indexer):
    indexer = make_indexer(*(indexers.item(f"Film {number}", f"{number:040x}", seeders=number)
                             for number in range(1, 26)))
    server = make_server(env=torznab(indexer.url))
    whole = titles(search(server, "film"))
    assert len(whole) == 25
    pages = [search(server, "film", limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [len(page["results"]) for page in pages] == [10, 10, 5, 0]
    assert [title for page in pages for title in titles(page)] == whole
    assert {page["total"] for page in pages} == {25}


def test_one_provider_can_be_asked_alone(make_server, make_indexer):
    one, other = make_indexer(indexers.item("Sintel A", HASH_A)), make_indexer()
    server = make_server(env=torznab(f"one={one.url}", f"other={other.url}"))
    answer = search(server, "sintel", providers="one")
    assert titles(answer) == ["Sintel A"]
    assert [provider["name"] for provider in answer["providers"]] == ["one"]
    assert other.queries == []


# -- indexers -----------------------------------------------------------------


def test_the_same_torrent_of_two_indexers_is_one_result(make_server, make_indexer):
    one = make_indexer(indexers.item("Sintel 1080p", HASH_A, seeders=5))
    two = make_indexer(indexers.item("Sintel 1080p", HASH_A, seeders=9))
    server = make_server(env=torznab(one.url, two.url))
    answer = search(server, "sintel", providers="torznab,torznab-2")
    assert len(answer["results"]) == 1
    assert sorted(answer["results"][0]["sources"]) == ["torznab", "torznab-2"]
    assert answer["results"][0]["seeders"] == 9
    assert answer["complete"] is True


def test_indexers_can_be_named_in_a_file(make_server, make_indexer, tmp_path):
    indexer = make_indexer(indexers.item("Sintel", HASH_A))
    listing = tmp_path / "indexers"
    listing.write_text(f"# mine\n\nhome={indexer.url}\n")
    server = make_server("--torznab-file", str(listing))
    assert status_of(search(server, "sintel"), "home") == "ok"


BAD_ANSWERS = {
    "html": (200, {"Content-Type": "text/html"}, b"<html><body>blocked</body></html>"),
    "nothing": (200, {}, b""),
    "500": (500, {}, b"oops"),
    "429": (429, {"Retry-After": "60"}, b""),
    "half": (200, {}, indexers.FEED.format("<item><title>x").encode()[:150]),
    "bomb": (200, {}, b'<!DOCTYPE r [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><rss>&b;</rss>'),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_what_an_indexer_does_is_told_and_is_no_error_of_ours(make_server, make_indexer, kind):
    good, bad = make_indexer(indexers.item("Sintel", HASH_A)), make_indexer()
    bad.find = lambda _query: BAD_ANSWERS[kind]
    server = make_server(env=torznab(f"good={good.url}", f"bad={bad.url}"))
    answer = search(server, "sintel", providers="good,bad")
    assert titles(answer) == ["Sintel"]
    assert status_of(answer, "good") == "ok"
    assert status_of(answer, "bad") in ("parse", "network", "throttled", "partial")
    assert answer["complete"] is False


def test_a_wrong_key_is_said_so(make_server, make_indexer):
    indexer = make_indexer()
    server = make_server(env=torznab(f"{indexer.origin}/api?apikey=wr0ngk3y99"))
    answer = search(server, "sintel")
    assert status_of(answer, "torznab") == "auth"
    assert "wr0ngk3y99" not in str(answer)


def test_one_that_hangs_keeps_nobody_waiting_beyond_the_deadline(make_server, make_indexer):
    good, bad = make_indexer(indexers.item("Sintel", HASH_A)), make_indexer()
    bad.hang()
    server = make_server(env=torznab(f"good={good.url}", f"bad={bad.url}"))
    answer = search(server, "sintel", providers="good,bad")
    assert titles(answer) == ["Sintel"]
    assert (status_of(answer, "good"), status_of(answer, "bad")) == ("ok", "timeout")
    assert answer["elapsed_ms"] < 9000


def test_providers_tell_how_they_fare(make_server, make_indexer):
    indexer = make_indexer(indexers.item("Sintel", HASH_A))
    server = make_server(env=torznab(f"home={indexer.url}"))
    assert {provider["name"]: provider["status"] for provider in
            wire.get(server, "/api/providers").json()["providers"]} == {
                "catalog": "idle", "home": "idle"}
    search(server, "sintel")
    home = wire.get(server, "/api/providers").json()["providers"][1]
    assert (home["status"], home["kind"], home["asked_count"]) == ("ok", "torznab", 1)
    assert KEY not in str(home)
    health = wire.get(server, "/api/health").json()
    assert health["providers"][1] == {"name": "home", "kind": "torznab", "status": "ok"}
    assert health["cache"]["store"] == "memory"


# -- events -------------------------------------------------------------------


def read_events(response):
    """(name, data) one by one, as they come."""
    name = None
    for line in response:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text[7:]
        elif text.startswith("data: "):
            yield name, json.loads(text[6:])


def test_results_come_as_they_are_found(make_server, make_indexer):
    slow = make_indexer(indexers.item("Sintel, late", HASH_A))
    slow.hold()
    server = make_server(env=torznab(f"slow={slow.url}"))
    connection = wire.connect(server, 20)
    connection.request("GET", "/api/search?query=sintel", headers={"Accept": "text/event-stream"})
    response = connection.getresponse()
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    seen = []
    for name, data in read_events(response):
        seen.append((name, data))
        if name == "results" and data["results"][0]["title"] == "Sintel":
            assert not slow.release.is_set()
            slow.release.set()
    assert slow.release.is_set()
    found = [result["title"] for name, data in seen if name == "results"
             for result in data["results"]]
    assert found == ["Sintel", "Sintel, late"]
    assert seen[-1][0] == "done"
    assert sorted(titles(seen[-1][1])) == sorted(found)
    states = [data["providers"] for name, data in seen if name == "providers"]
    assert states[0][1]["status"] == "waiting" and states[-1][1]["status"] == "ok"
    connection.close()


def test_a_question_that_cannot_be_meant_is_no_stream_of_events(server):
    wire.assert_problem(wire.get(server, "/api/search?query=", {"Accept": "text/event-stream"}),
                        400)


# -- resolving ----------------------------------------------------------------


def link_result(server, query):
    result = search(server, query, providers="torznab")["results"][0]
    assert result["magnet"] is None and result["infohash"] is None
    return result


def test_a_result_with_only_a_link_is_opened_by_its_id(make_server, make_indexer, tmp_path):
    content = torrents.make(tmp_path, "linked.mp4", 100_000, 16384)
    indexer = make_indexer()
    indexer.files["linked"] = (200, {"Content-Type": "application/x-bittorrent"}, content.torrent)
    indexer.items = [indexers.item("Linked Film", link=indexer.link("linked"))]
    server = make_server(env=torznab(indexer.url))
    result = link_result(server, "linked")
    opened = wire.post_json(server, "/api/torrents", {"result": result["id"]})
    assert opened.status in (200, 201), opened
    assert opened.json()["infohash"] == content.infohash


def test_a_link_that_leads_to_a_magnet_is_followed(make_server, make_indexer):
    indexer = make_indexer()
    indexer.files["magnet"] = (302, {"Location": f"magnet:?xt=urn:btih:{HASH_B}"}, b"")
    indexer.items = [indexers.item("Magnet Film", link=indexer.link("magnet"))]
    server = make_server(env=torznab(indexer.url))
    opened = wire.post_json(server, "/api/torrents",
                            {"result": link_result(server, "magnet film")["id"]})
    assert opened.status == 202 and opened.json()["infohash"] == HASH_B


@pytest.mark.parametrize("answer", [
    (404, {}, b"gone"), (200, {}, b"<html>captcha</html>"),
    (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b""),
    (302, {"Location": "file:///etc/passwd"}, b"")])
def test_a_link_that_leads_nowhere_is_a_bad_gateway_or_refused(make_server, make_indexer, answer):
    indexer = make_indexer()
    indexer.files["bad"] = answer
    indexer.items = [indexers.item("Bad Film", link=indexer.link("bad"))]
    server = make_server(env=torznab(indexer.url))
    result = link_result(server, "bad film")
    problem = wire.assert_problem(
        wire.post_json(server, "/api/torrents", {"result": result["id"]}), 502, 403)
    assert KEY not in str(problem)


def test_an_id_that_nobody_gave_is_not_found(server):
    wire.assert_problem(wire.post_json(server, "/api/torrents", {"result": "r-nonsense"}), 404, 400)


# -- the cache ----------------------------------------------------------------


def test_the_second_answer_is_cached(make_server, make_indexer):
    indexer = make_indexer(indexers.item("Sintel", HASH_A))
    server = make_server(env=torznab(indexer.url))
    first = search(server, "  Sintel  ")
    again = search(server, "sintel")
    assert (first["cached"], again["cached"]) == (False, True)
    assert first["results"] == again["results"]
    assert len(indexer.queries) == 1


def test_equal_searches_at_the_same_time_ask_once(make_server, make_indexer):
    indexer = make_indexer(indexers.item("Sintel", HASH_A))
    indexer.hold()
    server = make_server(env=torznab(indexer.url))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(search, server, "sintel", providers="torznab") for _ in range(8)]
        wire.poll(lambda: indexer.queries, 10, "indexer is asked")
        threading.Timer(0.2, indexer.release.set).start()
        assert {tuple(titles(answer.result())) for answer in answers} == {("Sintel",)}
    assert len(indexer.queries) == 1


def test_servers_share_answers_in_redis_for_an_hour(make_server, make_indexer, redis):
    indexer = make_indexer(indexers.item("Sintel", HASH_A))
    settings = {**torznab(indexer.url), "REDIS_URL": redis.url}
    one, two = make_server(env=settings), make_server(env=settings)
    assert search(one, "sintel")["cached"] is False
    wire.poll(redis.keys, 15, "answer is cached")
    assert search(two, "sintel")["cached"] is True
    assert len(indexer.queries) == 1
    assert redis.keys() == ["search:sintel"]
    assert 3000 < int(redis.ask("TTL", "search:sintel")) <= 3600


def test_a_partial_answer_is_kept_for_a_minute(make_server, make_indexer, redis):
    good, bad = make_indexer(indexers.item("Sintel", HASH_A)), make_indexer()
    bad.find = lambda _query: BAD_ANSWERS["500"]
    server = make_server(env={**torznab(good.url, f"bad={bad.url}"), "REDIS_URL": redis.url})
    search(server, "sintel")
    wire.poll(redis.keys, 15, "answer is cached")
    assert 0 < int(redis.ask("TTL", "search:sintel")) <= 60


def test_servers_that_share_a_cache_keep_their_catalogues_to_themselves(
        make_server, make_indexer, redis, tmp_path):
    content = torrents.make(tmp_path, "Sintel at Home.mp4", 100_000, 16384)
    settings = {**torznab(make_indexer(indexers.item("Sintel", HASH_A)).url),
                "REDIS_URL": redis.url}
    one, two = make_server(env=settings), make_server(env=settings)
    assert post_torrent_bytes(one, content.torrent).status in (200, 201)
    wire.poll(lambda: content.infohash in str(search(one, "sintel", providers="catalog")), 15,
              "uploaded film is found")
    assert content.infohash in str(search(one, "sintel"))
    wire.poll(lambda: "search:sintel" in redis.keys(), 15, "answer is cached")
    answer = search(two, "sintel")
    assert answer["cached"] is True and titles(answer) == ["Sintel", "Sintel"]


def test_searches_go_on_without_redis_and_use_it_again(make_server, make_indexer, redis):
    indexer = make_indexer(indexers.item("Sintel 2", HASH_A))
    server = make_server(env={**torznab(indexer.url), "REDIS_URL": redis.url})
    assert search(server, "sintel")["cached"] is False
    wire.poll(lambda: search(server, "sintel")["cached"], 15, "answer is cached")
    redis.stop()
    for _ in range(5):
        answer = search(server, "sintel")
        assert titles(answer) == ["Sintel", "Sintel 2"] and answer["cached"] is False
    cache = wire.get(server, "/api/health").json()["cache"]
    assert (cache["store"], cache["state"]) == ("redis", "unavailable")
    assert wire.get(server, "/api/health").status == 200
    redis.start()
    wire.poll(lambda: wire.get(server, "/api/health").json()["cache"]["state"] == "ok", 30,
              "redis is used again")
    search(server, "sintel")
    wire.poll(lambda: search(server, "sintel")["cached"], 15, "answer is cached again")


def test_metadata_that_one_server_has_serves_another(make_server, redis, tmp_path):
    content = torrents.make(tmp_path, "shared.mp4", 100_000, 16384)
    one = make_server(env={"REDIS_URL": redis.url})
    assert post_torrent_bytes(one, content.torrent).status in (200, 201)
    wire.poll(lambda: f"magnet:{content.infohash}" in redis.keys(), 15, "metadata is kept")
    two = make_server(env={"REDIS_URL": redis.url})
    # No peer anywhere: its files can only be known from the cache.
    opened = wire.post_json(two, "/api/torrents",
                            {"magnet": f"magnet:?xt=urn:btih:{content.infohash}"})
    assert opened.status in (200, 201), opened
    assert [file["name"] for file in opened.json()["files"]] == ["shared.mp4"]


@pytest.mark.parametrize("kind", ["v2", "hybrid"])
def test_metadata_of_other_kinds_is_shared_too(make_server, redis, tmp_path, kind):
    content = torrents.make(tmp_path, f"shared-{kind}.mp4", 100_000, 16384, kind)
    one = make_server(env={"REDIS_URL": redis.url})
    assert post_torrent_bytes(one, content.torrent).status in (200, 201)
    wire.poll(lambda: f"magnet:{content.v2}" in redis.keys(), 15, "metadata is kept")
    two = make_server(env={"REDIS_URL": redis.url})
    opened = wire.post_json(two, "/api/torrents",
                            {"magnet": f"magnet:?xt=urn:btmh:1220{content.v2}"})
    assert opened.status in (200, 201), opened
    assert [file["name"] for file in opened.json()["files"]] == [f"shared-{kind}.mp4"]


def test_metadata_that_its_infohash_does_not_vouch_for_is_not_used(make_server, redis, tmp_path):
    content = torrents.make(tmp_path, "wrong.mp4", 100_000, 16384)
    one = make_server(env={"REDIS_URL": redis.url})
    assert post_torrent_bytes(one, content.torrent).status in (200, 201)
    wire.poll(lambda: redis.keys(), 15, "metadata is kept")
    redis.ask("RENAME", f"magnet:{content.infohash}", f"magnet:{HASH_C}")
    server = make_server(env={"REDIS_URL": redis.url})
    opened = wire.post_json(server, "/api/torrents", {"magnet": f"magnet:?xt=urn:btih:{HASH_C}"})
    assert opened.status == 202 and not opened.json().get("files")


# -- secrets ------------------------------------------------------------------


def test_keys_are_in_no_answer_no_log_and_not_in_the_cache(make_server, make_indexer, redis,
                                                           tmp_path):
    content = torrents.make(tmp_path, "secret.mp4", 100_000, 16384)
    whole = content.torrent[:-1] + b"8:announce" + torrents.bencode(
        f"https://tracker.invalid/{KEY}/announce") + b"e"
    indexer, bad = make_indexer(), make_indexer()
    indexer.files["ok"] = (200, {}, whole)
    indexer.items = [indexers.item("Secret Film", link=indexer.link("ok")),
                     indexers.item(f"Secret echo {KEY}", HASH_A)]
    bad.find = lambda query: (200, {}, f"<error code='200' description='{query}'/>".encode())
    server = make_server("--log", "trace", env={
        **torznab(indexer.url, f"bad={bad.url}"), "REDIS_URL": redis.url})
    answer = search(server, "secret")
    said = [answer, search(server, "secret"), wire.get(server, "/api/providers").body,
            wire.get(server, "/api/health").body]
    link = next(result for result in answer["results"] if result["magnet"] is None)
    opened = wire.post_json(server, "/api/torrents", {"result": link["id"]})
    assert opened.status in (200, 201), opened
    wire.poll(lambda: f"magnet:{content.infohash}" in redis.keys(), 15, "metadata is kept")
    said += [wire.get(server, "/api/search?query=secret&limit=3",
                      {"Accept": "text/event-stream"}).body,
             wire.post_json(server, "/api/torrents", {"result": "no-such-id"}).body]
    server.stop()
    for text in (str(said), server.output(), redis.everything().decode(errors="replace")):
        assert KEY not in text
        assert redis.password not in text


@pytest.mark.parametrize("name", ["TORZNAB_URLS", "FEED_URLS", "REDIS_URL"])
def test_settings_with_keys_are_no_flags_and_are_not_repeated(name, tmp_path):
    flag = "--" + name.lower().replace("_", "-")
    done = serverproc.run(flag, f"http://127.0.0.1/{KEY}")
    assert done.returncode == 2
    assert name in done.stderr and KEY not in done.stderr
    done = serverproc.run("--data-dir", str(tmp_path), *serverproc.LOOPBACK_ONLY, "--port", "0",
                          env={name: f"nonsense://user:{KEY}@127.0.0.1/{KEY}"})
    assert done.returncode not in (0, 2) and done.stderr
    assert KEY not in done.stderr + done.stdout
