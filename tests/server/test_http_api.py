"""Statistics, events, playlists, health, the other routes, and their second names."""
import json
import time

import pytest

import films
import wire

SECOND_NAMES = [("/torrent/info", "magnet"), ("/stream", "magnet")]


def test_statistics_say_what_is_being_waited_for(orphan_film):
    sock = open_stream(orphan_film)
    stats = wire.poll(lambda: waiting(orphan_film), 5, "someone waits")
    assert stats["have_piece_count"] == 0
    assert stats["piece_count"] == 32
    assert stats["message"]
    assert [reader["offset"] for reader in stats["readers"]] == [100000]
    sock.close()


def waiting(film):
    stats = film.stats()
    return stats if stats["readers"] and stats["waiting"]["for"] == "peers" else None


def open_stream(film):
    connection = wire.connect(film.server)
    connection.request("GET", film.target, headers={"Range": "bytes=100000-"})
    return connection


def test_statistics_name_peers_pieces_and_speed(rationed_film):
    rationed_film.part(0, 10)
    stats = rationed_film.stats()
    assert stats["peer_count"] >= 1
    assert stats["have_bytes"] > 0
    assert stats["downloaded_bytes"] > 0
    assert "3" in stats["pieces"]["map"]
    assert any(peer["address"].startswith("127.") for peer in stats["peers"])


def read_events(server, infohash, count, timeout_s=10):
    """The first events of the stream, as (seconds since the request, name, data)."""
    connection = wire.connect(server, timeout_s)
    began = time.monotonic()
    connection.request("GET", f"/api/torrents/{infohash}/events")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    events, name, data = [], "message", []
    while len(events) < count:
        line = answer.readline().decode().rstrip("\r\n")
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            events.append((time.monotonic() - began, name, json.loads("\n".join(data))))
            name, data = "message", []
    connection.close()
    return events


def test_the_first_event_comes_within_two_seconds(rationed_film):
    [(seconds, _, data)] = read_events(rationed_film.server, rationed_film.infohash, 1)
    assert seconds < 2
    assert data["infohash"] == rationed_film.infohash


def test_events_go_on(rationed_film):
    events = read_events(rationed_film.server, rationed_film.infohash, 3)
    assert all(isinstance(data, dict) for _, _, data in events)


def test_events_carry_what_the_statistics_say(downloaded_film):
    [(_, _, data)] = read_events(downloaded_film.server, downloaded_film.infohash, 1)
    stats = downloaded_film.stats()
    assert data["state"] == stats["state"] == "complete"
    assert data["have_piece_count"] == stats["have_piece_count"] == stats["piece_count"]


def test_a_listener_who_leaves_keeps_no_connection(make_server, seeded, seeder):
    server = make_server()
    film = films.Film(server, seeded(seeder, "listened.mp4", 1000), seeder.address).fetch()
    for _ in range(30):
        read_events(server, film.infohash, 1)
    wire.poll(lambda: wire.get(server, "/api/health").json()["connection_count"] <= 2, 5,
              "their connections are closed")


def playlist_urls(film, headers=None):
    answer = wire.get(film.server, f"/api/torrents/{film.infohash}/playlist", headers)
    assert answer.status == 200
    assert answer.media_type in ("audio/x-mpegurl", "application/vnd.apple.mpegurl",
                                 "audio/mpegurl", "application/x-mpegurl")
    lines = answer.body.decode().splitlines()
    assert lines[0] == "#EXTM3U"
    return [line for line in lines if line and not line.startswith("#")]


def test_the_playlist_holds_a_url_that_plays(downloaded_film):
    server = downloaded_film.server
    [url] = playlist_urls(downloaded_film)
    assert url.startswith(server.url("/"))
    answer = wire.get(server, url.removeprefix(server.url("")), {"Range": "bytes=0-99"})
    assert answer.status == 206
    assert answer.body == downloaded_film.content[:100]


def test_the_playlist_honours_the_name_it_was_asked_by(downloaded_film):
    host = f"localhost:{downloaded_film.server.port}"
    [url] = playlist_urls(downloaded_film, {"Host": host})
    assert url.startswith(f"http://{host}/")


def test_the_torrent_file_comes_back_as_it_was(downloaded_film):
    target = f"/api/torrents/{downloaded_film.infohash}/torrent"
    answer = wire.get(downloaded_film.server, target)
    assert answer.status == 200
    assert answer.media_type == "application/x-bittorrent"
    import libtorrent as lt
    again = lt.torrent_info(lt.bdecode(answer.body))
    assert str(again.info_hash()) == downloaded_film.infohash
    assert again.info_section() == downloaded_film.torrent.info_bytes


def test_a_torrent_whose_metadata_nobody_has_says_so(make_server):
    server = make_server("--metadata-timeout", "1")
    infohash = "ffeeddccbbaa99887766554433221100ffeeddcc"
    magnet = f"magnet:?xt=urn:btih:{infohash}"
    answer = wire.post_json(server, "/api/torrents", {"magnet": magnet})
    assert answer.status == 202, answer
    assert answer.json()["files"] == []
    wire.assert_problem(wire.get(server, films.stream_target(magnet)), 504)
    for tail in ("/torrent", "/playlist"):
        wire.assert_problem(wire.get(server, f"/api/torrents/{infohash}{tail}"), 404, 503)


def test_health_is_quick_and_says_ok(server):
    began = time.monotonic()
    answer = wire.get(server, "/api/health")
    assert time.monotonic() - began < 1
    assert answer.status == 200
    assert answer.json()["status"] == "ok"


def test_every_json_answer_is_uncached(server):
    for target in ("/api/health", "/api/streams", "/api/torrents"):
        answer = wire.get(server, target)
        assert answer.media_type == "application/json"
        assert "no-store" in answer.headers["Cache-Control"]


def test_files_are_described_with_type_size_and_progress(downloaded_film):
    info = wire.get(downloaded_film.server, f"/api/torrents/{downloaded_film.infohash}").json()
    [file] = info["files"]
    assert file["index"] == 0
    assert file["name"] == "downloaded.mp4"
    assert file["size"] == file["have_bytes"] == downloaded_film.size
    assert file["media_type"] == "video/mp4"


def test_the_default_file_is_the_largest_that_plays(server, seeded, seeder):
    content = seeded(seeder, "pick", {"a.mp4": 1000, "b.mkv": 5000, "c.bin": 90_000})
    answer = wire.get(server, films.stream_target(content.magnet(seeder.address)))
    assert answer.status == 200
    assert answer.body == films.file_named(content, "b.mkv")
    assert answer.media_type == "video/matroska"


def test_a_download_is_offered_under_its_name(downloaded_film):
    target = downloaded_film.target + "&download=1"
    answer = wire.request(downloaded_film.server, "HEAD", target)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "downloaded.mp4" in answer.headers["Content-Disposition"]


def test_a_stream_can_be_stopped(orphan_film):
    server = orphan_film.server
    connection = open_stream(orphan_film)
    wire.poll(lambda: films.streams_of(server, orphan_film.infohash), 5, "stream is listed")
    answer = wire.request(server, "DELETE", f"/api/stream?infohash={orphan_film.infohash}")
    assert answer.status in (200, 204)
    wire.poll(lambda: not films.streams_of(server, orphan_film.infohash), 2, "stream is gone")
    connection.close()


def test_stopping_what_does_not_stream_is_404(server):
    wire.assert_problem(wire.request(server, "DELETE", "/api/stream?infohash=" + "1" * 40), 404)


def test_the_second_stream_name_gives_the_same_bytes(downloaded_film):
    target = downloaded_film.target.removeprefix("/api")
    answer = wire.get(downloaded_film.server, target, {"Range": "bytes=-50"})
    assert answer.status == 206
    assert answer.body == downloaded_film.content[-50:]


def test_the_second_info_name_describes_the_torrent(downloaded_film):
    target = downloaded_film.target.replace("/api/stream", "/torrent/info")
    answer = wire.get(downloaded_film.server, target)
    assert answer.status == 200
    assert answer.json()["infohash"] == downloaded_film.infohash
    assert answer.json()["files"][0]["size"] == downloaded_film.size


def test_the_second_health_and_streams_names_answer(server):
    assert wire.get(server, "/health").status == 200
    assert wire.get(server, "/streams").status == 200
    assert set(wire.get(server, "/streams").json()) == set(wire.get(server, "/api/streams").json())


def test_the_second_delete_names_work(make_server, seeded, seeder):
    server = make_server()
    content = seeded(seeder, "second.mp4", 100_000)
    film = films.Film(server, content, seeder.address).fetch()
    query = film.target.partition("?")[2]
    answer = wire.request(server, "DELETE", f"/torrent?{query}")
    assert answer.status in (200, 204), answer
    wire.assert_problem(wire.get(server, f"/api/torrents/{film.infohash}"), 404)


@pytest.mark.parametrize("target", ["/torrent", "/stream", "/api/stream"])
@pytest.mark.parametrize("name", ["magnet=magnet:?xt=urn:btih:" + "7" * 40,
                                  "magnet=magnet:?xt=urn:btih:" + "B" * 32,
                                  "magnet=magnet:?xt=urn:btmh:1220" + "7" * 64,
                                  "infohash=" + "7" * 40])
def test_deleting_what_is_unknown_is_404_and_opens_nothing(server, target, name):
    before = torrent_list(server)
    wire.assert_problem(wire.request(server, "DELETE", f"{target}?{name}"), 404)
    assert torrent_list(server) == before


def torrent_list(server):
    return {item["infohash"] for item in wire.get(server, "/api/torrents").json()["torrents"]}


@pytest.mark.parametrize("name", ["magnet=x", "magnet=magnet:?dn=x", "infohash=x", ""])
def test_deleting_what_has_no_infohash_is_400(server, name):
    wire.assert_problem(wire.request(server, "DELETE", f"/torrent?{name}"), 400)


@pytest.mark.parametrize("target", ["/torrent/info", "/stream", "/api/stream",
                                    "/api/stream?magnet=x&magnet=y"])
def test_a_missing_or_doubled_parameter_is_400(server, target):
    wire.assert_problem(wire.get(server, target), 400, 422)


def test_the_description_of_the_api_is_served(server):
    answer = wire.get(server, "/api/openapi.json")
    assert answer.status == 200
    assert answer.json()["openapi"].startswith("3.")
    assert "/api/stream" in answer.json()["paths"]


def test_the_page_is_served(server):
    answer = wire.get(server, "/")
    assert answer.status == 200
    assert answer.media_type == "text/html"
    assert b"script/web" in answer.body
