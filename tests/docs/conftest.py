"""What the documents' programs and commands meet with: an installed library, a server, a film."""
import os
import shutil
import subprocess
import sys
import types

import pytest

import blocks

ROOT = blocks.ROOT
BUILD = os.environ["TSTREAM_BUILD_DIR"]
sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/swarm"), str(ROOT / "tests")]

import films  # noqa: E402
import seeders  # noqa: E402
import serverproc  # noqa: E402
import torrents  # noqa: E402

FILM_SIZE = 400_000


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """Where `cmake --install` has put the library of this build."""
    directory = tmp_path_factory.mktemp("home") / "tstream"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", directory], check=True,
                   capture_output=True, text=True)
    return directory


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """A film in a swarm of one."""
    seeder = seeders.LibtorrentSeeder()
    content = torrents.make(tmp_path_factory.mktemp("film"), "film.mp4", FILM_SIZE, 16 * 1024,
                            "v1")
    seeder.seed(content)
    yield types.SimpleNamespace(magnet=content.magnet(seeder.address), infohash=content.infohash,
                                bytes=content.files[0], torrent=content, address=seeder.address)
    seeder.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, film):
    """Knows the film."""
    process = serverproc.Server(tmp_path_factory.mktemp("server"), "--log", "info",
                                "--log-format", "json")
    assert films.Film(process, film.torrent, film.address).fetch()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def loopback(tmp_path_factory):
    """Programs in the documents open sessions as anyone would; here none may leave the machine."""
    directory = tmp_path_factory.mktemp("loopback")
    for path in (ROOT / "tests/docs/loopback").iterdir():
        shutil.copy(path, directory)
    return directory
