"""What the server tells who runs it: /metrics, and its log."""
import collections
import json
import re
import urllib.parse

import pytest

import films
import seeders
import serverproc
import torrents
import viewers
import wire

MIB = 1024 * 1024
SAMPLE = re.compile(r"([a-z_]+)(?:\{([^}]*)\})? (\S+)")
# Every label there is, and all its values.
LABELS = {"le", "reason", "code", "version", "engine"}
METADATA_LESS = "magnet:?xt=urn:btih:" + "7" * 40


def scrape(server, headers=None):
    answer = wire.get(server, "/metrics", headers)
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body.decode()


def samples(text):
    """{name: {labels: value}}"""
    found = collections.defaultdict(dict)
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found[name][labels or ""] = float(value)
    return found


def value(server, name, labels=""):
    return samples(scrape(server))[name][labels]


def count(server, histogram):
    return value(server, f"tstream_stream_{histogram}_seconds_count")


def await_count(server, histogram, expected):
    """The last bytes are here a moment before they are counted."""
    wire.poll(lambda: count(server, histogram) == expected, 5, f"{histogram} is {expected}")


@pytest.fixture
def own_server(make_server):
    return make_server("--log", "info")


@pytest.fixture
def film(own_server, seeded, seeder):
    content = seeded(seeder, "observed.mp4", 3 * MIB)
    return films.Film(own_server, content, seeder.address)


def test_the_figures_are_what_prometheus_reads(own_server):
    text = scrape(own_server)
    assert text.endswith("\n")
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
    assert set(kinds) == helped
    for name, kind in kinds.items():
        assert name.startswith(("tstream_", "process_")), name
        assert (kind == "counter") == name.endswith("_total"), name
        if kind == "histogram":
            assert name.endswith("_seconds"), name
    for name in samples(text):
        assert re.sub("_(bucket|sum|count)$", "", name) in kinds or name in kinds, name


def test_no_label_can_grow(own_server, film):
    film.fetch()
    text = scrape(own_server)
    assert {label for labels in re.findall(r"\{([^}]*)\}", text)
            for label in re.findall(r"(\w+)=", labels)} <= LABELS
    assert film.infohash not in text and "observed" not in text


def test_buckets_grow_and_end_at_the_count(own_server, film):
    film.fetch()
    await_count(own_server, "first_byte", 1)
    found = samples(scrape(own_server))
    for name in ("first_byte", "seek", "stall"):
        buckets = list(found[f"tstream_stream_{name}_seconds_bucket"].values())
        assert buckets == sorted(buckets) and len(buckets) == 15
        assert buckets[-1] == found[f"tstream_stream_{name}_seconds_count"][""]


def test_a_film_that_begins_is_a_start_and_one_that_goes_on_elsewhere_a_seek(own_server, film):
    assert film.part(0, 99).status == 206
    await_count(own_server, "first_byte", 1)
    assert count(own_server, "seek") == 0
    assert film.part(2 * MIB, 2 * MIB + 99).status == 206
    await_count(own_server, "seek", 1)
    assert count(own_server, "first_byte") == 1
    assert value(own_server, "tstream_stream_first_byte_seconds_sum") > 0
    assert value(own_server, "tstream_stream_sent_bytes_total") == 200
    assert value(own_server, "tstream_swarm_received_bytes_total") > 0


def test_what_is_saved_or_only_asked_about_is_no_viewers_wait(own_server, film):
    assert wire.request(own_server, "HEAD", film.target).status == 200
    assert wire.get(own_server, film.target + "&download=1").status == 200
    wire.poll(lambda: value(own_server, "tstream_stream_sent_bytes_total") == film.size, 5, "sent")
    assert (count(own_server, "first_byte"), count(own_server, "seek")) == (0, 0)


@pytest.fixture
def poor_seeder():
    """After what it gives at once, a piece takes it two seconds."""
    process = seeders.LibtorrentSeeder().limit(MIB // 2)
    yield process
    process.close()


def test_a_swarm_that_cannot_keep_up_is_a_stall(own_server, poor_seeder, tmp_path):
    content = torrents.make(tmp_path, "stalling.mp4", 16 * MIB, MIB, "v1")
    film = films.Film(own_server, content, poor_seeder.seed(content).address)
    viewer = wire.connect(own_server, 30)
    viewer.request("GET", film.target)
    answer = viewer.getresponse()
    while count(own_server, "stall") == 0:
        assert answer.read(MIB // 4), "it ended without a stall"
    viewer.close()
    assert value(own_server, "tstream_stream_stall_seconds_sum") >= 0.2
    assert count(own_server, "first_byte") == 1
    wire.poll(lambda: value(own_server, "tstream_streams_waiting") == 0, 10, "nobody waits")


def test_waiting_in_vain_is_a_loss(make_server):
    server = make_server("--metadata-timeout", "1")
    assert wire.get(server, films.stream_target(METADATA_LESS)).status == 504
    assert value(server, "tstream_stream_losses_total", 'reason="timeout"') == 1


def test_who_leaves_while_waiting_is_a_loss(own_server):
    waiting = wire.connect(own_server)
    waiting.request("GET", films.stream_target(METADATA_LESS))
    wire.poll(lambda: value(own_server, "tstream_streams") == 1, 10, "it waits")
    waiting.close()
    wire.poll(lambda: value(own_server, "tstream_stream_losses_total", 'reason="gone"') == 1, 10,
              "its leaving is seen")


def test_a_token_is_needed_for_the_figures_too(make_server):
    server = make_server(env={"TOKEN": "general", "METRICS_TOKEN": "figures"})
    wire.assert_problem(wire.get(server, "/metrics"), 401)
    wire.assert_problem(wire.get(server, "/metrics", {"Authorization": "Bearer wrong"}), 401)
    for token in ("general", "figures"):
        assert scrape(server, {"Authorization": f"Bearer {token}"})
    # What lets Prometheus in lets it see the figures only.
    only_figures = {"Authorization": "Bearer figures"}
    wire.assert_problem(wire.get(server, "/api/streams", only_figures), 401)


def test_with_accounts_the_figures_have_a_token_of_their_own(make_server, tmp_path):
    (tmp_path / "token").write_text("figures\n")
    server = make_server("--accounts", "--metrics-token-file", str(tmp_path / "token"))
    wire.assert_problem(wire.get(server, "/metrics"), 401)
    assert scrape(server, {"Authorization": "Bearer figures"})
    wire.assert_problem(
        wire.get(server, "/api/streams", {"Authorization": "Bearer figures"}), 401)
    viewer = viewers.Viewer(server)
    credentials = {"name": "anna", "password": "correct horse battery"}
    assert viewer.send("POST", "/api/auth/register", credentials).status == 201
    assert viewer.get("/metrics").status == 200


# -- the log ---------------------------------------------------------------------------------

def request_lines(server, request_id):
    return [line for line in server.output().splitlines() if request_id in line]


def test_a_request_keeps_the_id_it_came_with(own_server):
    answer = wire.get(own_server, "/api/health", {"X-Request-Id": "proxy-4711"})
    assert answer.headers["X-Request-Id"] == "proxy-4711"
    [line] = wire.poll(lambda: request_lines(own_server, "proxy-4711"), 5, "it is logged")
    assert re.fullmatch(r"info: 127\.0\.0\.1 GET /api/health 200 [0-9.]+ ms request=proxy-4711",
                        line)


@pytest.mark.parametrize("offered", ["", "a b", "a" * 65, '"quoted"', "caf\u00e9", "a;b"])
def test_an_id_that_is_not_well_formed_is_replaced(own_server, offered):
    answer = wire.get(own_server, "/api/health", {"X-Request-Id": offered.encode()})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_every_kind_of_answer_has_an_id(own_server, film):
    film.fetch()
    for answer in (wire.get(own_server, "/"), wire.get(own_server, "/nothing"),
                   wire.get(own_server, "/api/health", {"Host": "evil.example"}),
                   film.part(0, 99), wire.request(own_server, "PUT", "/api/health"),
                   wire.raw(own_server, b"NOTHING\r\n\r\n")):
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"]), answer


def test_ids_differ(own_server):
    ids = {wire.get(own_server, "/api/health").headers["X-Request-Id"] for _ in range(10)}
    assert len(ids) == 10


def json_lines(server):
    return [json.loads(line) for line in server.output().splitlines()]


def test_each_line_of_the_json_log_is_an_object_that_says_when_and_how_bad(make_server):
    server = make_server("--log", "trace", "--log-format", "json", env={"TSTREAM_TRACE": "all"})
    wire.get(server, "/api/health", {"X-Request-Id": "abc"})
    wire.raw(server, b'GET /"\xff\\\x7f HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
    assert server.stop() == 0
    lines = json_lines(server)
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
        assert line["level"] in ("error", "warning", "info", "trace"), line
        assert line["message"], line
    [line] = [line for line in lines if line.get("request_id") == "abc"
              and line["message"] == "request"]
    assert line["method"] == "GET" and line["path"] == "/api/health"
    assert line["status"] == 200 and line["client"] == "127.0.0.1"
    assert 0 <= line["duration_ms"] < 60_000


def test_a_start_that_fails_is_told_as_json_too(make_server, tmp_path):
    server = make_server()
    done = serverproc.run("--port", str(server.port), "--data-dir", str(tmp_path / "other"),
                          "--log-format", "json", *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    [line] = map(json.loads, done.stderr.splitlines())
    assert line["level"] == "error" and str(server.port) in line["message"]


def test_neither_magnets_nor_keys_are_in_the_log(make_server, seeded, seeder):
    server = make_server("--log", "trace", "--log-format", "json", env={
        "TSTREAM_TRACE": "all", "TOKEN": "token-secret", "METRICS_TOKEN": "metrics-secret",
        "SECRET": "signing-secret-" + "0" * 64,
        "TORZNAB_URLS": "http://127.0.0.1:9/api?apikey=indexer-secret"})
    content = seeded(seeder, "hidden.mp4", 100_000)
    trackers = "".join("&tr=" + urllib.parse.quote(f"http://127.0.0.1:9{path}", safe="")
                       for path in ("/passkey-secret/announce", "/announce?passkey=query-secret"))
    film = films.Film(server, content, seeder.address)
    target = films.stream_target(film.magnet + trackers, token="token-secret")
    assert wire.get(server, target).body == film.content
    wire.get(server, "/api/search?query=hidden&token=token-secret")
    wire.get(server, "/metrics", {"Authorization": "Bearer metrics-secret"})
    # The trackers refuse at once, and it says so.
    wire.poll(lambda: "tracker" in server.output(), 10, "a tracker failed")
    assert server.stop() == 0
    assert "secret" not in server.output()
    assert "magnet:?" not in server.output()
