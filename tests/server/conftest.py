"""A server, seeders, and films that flow at a known rate."""
import pathlib
import subprocess
import sys

import pytest

for neighbour in ("swarm", "store"):
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / neighbour))

import films  # noqa: E402
import seeders  # noqa: E402
import serverproc  # noqa: E402
import stores  # noqa: E402
import torrents  # noqa: E402

MIB = 1024 * 1024
ROOT = pathlib.Path(__file__).resolve().parents[2]
BROWSER = ROOT / "tests" / "browser"
# Slow enough that no test fetches this film to its end.
RATIONED_SIZE = 64 * MIB + 12345
RATIONED_BYTES_PER_S = 3 * MIB


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One for all tests that leave it as they found it."""
    process = serverproc.Server(tmp_path_factory.mktemp("server"))
    yield process
    assert process.stop() == 0, process.output()


@pytest.fixture
def make_server(tmp_path):
    """Servers of one's own: make_server(*flags) starts one."""
    started = []

    def make(*flags, **settings):
        directory = tmp_path / f"server{len(started)}"
        started.append(serverproc.Server(directory, *flags, **settings))
        return started[-1]

    yield make
    for process in started:
        process.stop()


def open_seeder(upload_bytes_per_s=0):
    return seeders.LibtorrentSeeder().limit(upload_bytes_per_s)


@pytest.fixture(scope="session")
def seeder():
    """Seeds as fast as it can."""
    process = open_seeder()
    yield process
    process.close()


@pytest.fixture(scope="session")
def slow_seeder():
    process = open_seeder(RATIONED_BYTES_PER_S)
    yield process
    process.close()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """seeded(seeder, name, sizes, …): make a torrent and have it seeded."""

    def seed(seeder, name, sizes, piece_size=64 * 1024, kind="v1"):
        directory = tmp_path_factory.mktemp("seeded")
        content = torrents.make(directory, name, sizes, piece_size, kind)
        seeder.seed(content)
        return content

    return seed


@pytest.fixture(scope="session")
def rationed_film(server, slow_seeder, seeded):
    """Always only partly here."""
    content = seeded(slow_seeder, "rationed.mp4", RATIONED_SIZE)
    film = films.Film(server, content, slow_seeder.address)
    film.open()
    return film


@pytest.fixture(scope="session")
def downloaded_film(server, seeder, seeded):
    """Here to the last byte."""
    content = seeded(seeder, "downloaded.mp4", 5 * MIB + 777)
    return films.Film(server, content, seeder.address).fetch()


@pytest.fixture(scope="session")
def postgres():
    process = stores.PostgresServer("fsync=off")
    yield process
    process.close()


@pytest.fixture(scope="session")
def web():
    """The built page; script/web does nothing if it is up to date."""
    subprocess.run([ROOT / "script" / "web"], check=True, timeout=300)
    return ROOT / "build" / "web"


@pytest.fixture(scope="session")
def node_modules():
    """What drives Chromium; script/setup has installed it already."""
    if not (BROWSER / "node_modules" / "axe-core").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=BROWSER,
                       check=True, timeout=120)


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory):
    """XDG_CACHE_HOME of the demo, so that its clips are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def orphan_film(server, tmp_path):
    """Its metadata is known and nobody has its data: every byte of it is awaited."""
    from test_http_torrents import post_torrent_bytes
    name = "orphan" + "".join(c for c in tmp_path.name if c.isalnum()) + ".mp4"
    content = torrents.make(tmp_path, name, 2 * MIB, 64 * 1024)
    assert post_torrent_bytes(server, content.torrent).status in (200, 201)
    return films.Film(server, content)
