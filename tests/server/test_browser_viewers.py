"""Sessions and logins in Chromium (tests/browser)."""
import subprocess

import films
import wire
from test_accounts import PASSWORD, create
from test_browser import node_modules, run_node  # noqa: F401 (a fixture)

SECONDS = 14


def test_a_film_goes_on_in_chromium_where_it_was_left(server, seeder, tmp_path,
                                                      node_modules):  # noqa: F811
    clip = tmp_path / "resumed.webm"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                    f"testsrc2=size=320x180:rate=15:duration={SECONDS}", "-c:v", "libvpx",
                    "-deadline", "realtime", "-cpu-used", "8", "-g", "15", clip], check=True,
                   timeout=60)
    content = films.torrent_of(clip)
    seeder.seed(content)
    film = films.Film(server, content, seeder.address).fetch()
    run_node("resume.test.js", tmp_path / "screenshots", FILM_PAGE=server.url("/"),
             FILM_INFOHASH=film.infohash)


def test_one_logs_in_with_chromium(make_server, tmp_path, node_modules):  # noqa: F811
    server = make_server("--accounts")
    assert create(server.data_dir, "anna").returncode == 0
    assert wire.get(server, "/").status == 303
    run_node("login.test.js", tmp_path / "screenshots", LOGIN_PAGE=server.url("/?from=a%20link"),
             LOGIN_NAME="anna", LOGIN_PASSWORD=PASSWORD)
