"""A server whose costs are counted, and films for it."""
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
for neighbour in ("swarm", "server"):
    sys.path.append(str(TESTS / neighbour))

import films  # noqa: E402
import seeders  # noqa: E402
import serverproc  # noqa: E402
import torrents  # noqa: E402


@pytest.fixture
def make_server(tmp_path):
    """make_server(under=()): each has a data directory of its own, or data_dir=…"""
    started = []

    def make(**options):
        started.append(serverproc.Server(tmp_path / f"server{len(started)}", **options))
        return started[-1]

    yield make
    for process in started:
        assert process.stop() == 0, process.output()


@pytest.fixture
def swarm(tmp_path):
    """swarm(size, piece_size, count): a torrent, and the addresses of those who seed it."""
    started = []

    def seed(size, piece_size, count=1):
        content = torrents.make(tmp_path, "film.mp4", size, piece_size, "v1")
        fresh = [seeders.LibtorrentSeeder().seed(content) for _ in range(count)]
        started.extend(fresh)
        return content, [seeder.address for seeder in fresh]

    yield seed
    for seeder in started:
        seeder.close()


@pytest.fixture
def make_film(swarm):
    """make_film(server, size, piece_size, count): nobody has read it yet."""

    def make(server, *seeded):
        content, addresses = swarm(*seeded)
        return films.Film(server, content, *addresses)

    return make
