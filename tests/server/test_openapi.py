"""docs/openapi.yaml is what the server serves, and what it does: schemathesis asks."""
import pathlib
import subprocess
import sys

import pytest
import yaml

import films
import serverproc
import viewers
import wire

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
          "response_headers_conformance,response_schema_conformance,use_after_free,"
          "allow_header_conformance")
MAX_SECONDS = 14
# "Not in time" and "too many" are documented answers, not accidents.
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503", "504"]
"""
PINNED = """
[parameters]
infohash = "{infohash}"
magnet = "{magnet}"
file_index = 0
"""


def test_the_served_description_is_the_documented_one(server):
    served = wire.get(server, "/api/openapi.json").json()
    written = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    assert served["paths"] == written["paths"]
    assert served["components"] == written["components"]


def test_every_route_of_the_contract_is_described():
    paths = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    for path, methods in {
            "/api/stream": {"get", "head", "delete"}, "/api/streams": {"get"},
            "/api/search": {"get"}, "/api/providers": {"get"},
            "/api/torrents": {"get", "post"}, "/api/torrents/{infohash}": {"get", "delete"},
            "/api/torrents/{infohash}/stats": {"get"}, "/api/torrents/{infohash}/events": {"get"},
            "/api/torrents/{infohash}/torrent": {"get"},
            "/api/torrents/{infohash}/playlist": {"get"},
            "/api/torrents/{infohash}/files/{file}/subtitles": {"get", "post"},
            "/api/torrents/{infohash}/files/{file}/subtitles/{number}.vtt": {"get"},
            "/api/torrents/{infohash}/files/{file}/subtitles/{number}": {"delete"},
            "/api/health": {"get"}, "/metrics": {"get"},
            "/torrent/info": {"get"}, "/stream": {"get", "delete"}, "/streams": {"get"},
            "/health": {"get"}, "/torrent": {"delete"},
            "/api/history": {"get", "post", "delete"}, "/api/history/{id}": {"delete"},
            "/api/history/{id}/position": {"put"}, "/api/popular": {"get"},
            "/api/links": {"post"}, "/api/auth/register": {"post"}, "/api/auth/login": {"post"},
            "/api/auth/logout": {"post"}, "/api/auth/me": {"get"}}.items():
        assert methods <= set(paths.get(path, {})), path


@pytest.fixture
def impatient_server(make_server):
    """Answers within seconds where others would wait for peers."""
    return make_server("--stall-timeout", "1", "--metadata-timeout", "1")


def run_schemathesis(server, directory, config, *arguments, max_seconds=MAX_SECONDS):
    (directory / "schemathesis.toml").write_text(config)
    done = subprocess.run(
        [SCHEMATHESIS, "--config-file", directory / "schemathesis.toml", "run", DOCUMENT,
         "--url", server.url(""), "--checks", CHECKS, "--max-time", str(max_seconds),
         "--request-timeout", "10", "--generation-deterministic", "--no-color",
         # Two would meet in the parser of Python 3.11.2, which keeps its depth in one place.
         "--workers", "1",
         # An event stream has no end, so a client that waits for it waits for ever.
         "--exclude-path-regex", "/events$", *arguments],
        cwd=directory, capture_output=True, text=True, timeout=MAX_SECONDS + 60,
        env=serverproc.environment(), check=False)
    # A failing magnet may be 8 KiB long: what it is about stands at its beginning.
    said = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 0, "\n".join(line[:160] for line in said[:400])


def test_any_input_is_answered_as_described(impatient_server, tmp_path):
    run_schemathesis(impatient_server, tmp_path, CONFIG, "--phases", "coverage,fuzzing")
    assert wire.get(impatient_server, "/api/health").status == 200


def test_who_is_logged_in_is_answered_as_described(make_server, tmp_path):
    server = make_server("--accounts")
    viewer = viewers.Viewer(server)
    credentials = {"name": "anna", "password": "correct horse battery"}
    assert viewer.send("POST", "/api/auth/register", credentials).status == 201
    run_schemathesis(server, tmp_path, CONFIG, "--phases", "coverage,fuzzing",
                     "--include-path-regex", "^/api/(history|resume|popular|links|auth)",
                     "--exclude-path-regex", "/(logout|logins/.*)$", "--header",
                     f"Authorization: Bearer {viewer.cookies['tstream_login']}", max_seconds=8)
    assert viewer.get("/api/auth/me").status == 200


def test_questions_about_a_real_torrent_are_answered_as_described(impatient_server, tmp_path,
                                                                  seeded, seeder):
    content = seeded(seeder, "described.mp4", 200_000)
    film = films.Film(impatient_server, content, seeder.address)
    # It may well lose its patience before the first byte is here.
    wire.poll(lambda: wire.get(impatient_server, film.target).status == 200, 20, "film is here")
    film.fetch()
    pinned = PINNED.format(infohash=film.infohash, magnet=film.magnet)
    run_schemathesis(impatient_server, tmp_path, CONFIG + pinned, "--mode", "positive",
                     "--phases", "examples,fuzzing", "--exclude-method", "DELETE")
    assert film.fetch()
