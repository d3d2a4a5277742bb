"""A world for the tests in JavaScript: torrents, a seeder, a peer that lies, and the package.

They get it as JSON in TSTREAM_WORLD:

    {"seeder": ADDRESS, "liar": ADDRESS,
     "torrents": {"movie": {"name": ..., "magnet": ..., "infohash": ..., "v1": ..., "v2": ...,
                            "torrent": PATH, "pieceCount": ..., "files": [PATH, ...]}, ...}}
"""

import json
import os
import sys

import pytest

SOURCE = os.environ["TSTREAM_SOURCE_DIR"]
sys.path += [os.path.join(SOURCE, "tests/swarm"), os.path.join(SOURCE, "tests/bindings")]

import node_home  # noqa: E402
import wirepeer  # noqa: E402
from swarm_fixtures import content, shared_seeder  # noqa: E402, F401

KIB, MIB = 1024, 1024 * 1024
SEASON = {"movie.mkv": MIB + 17, "sub/movie.en.srt": 20_001, "sub/empty.nfo": 0, "b.mp4": 70_000}


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return node_home.build(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def movie(content):
    return content("movie.mkv", 3 * MIB + 333, 64 * KIB)


@pytest.fixture(scope="session")
def world(tmp_path_factory, content, movie, shared_seeder):
    """The path of its JSON."""
    directory = tmp_path_factory.mktemp("world")
    torrents = {"movie": movie, "corrupt": content("corrupt.mkv", 512 * KIB, 16 * KIB)}
    torrents |= {f"season-{kind}": content("season", SEASON, 16 * KIB, kind)
                 for kind in ("v1", "v2", "hybrid")}
    for wanted in torrents.values():
        shared_seeder.seed(wanted)
    liar = wirepeer.WirePeer(torrents["corrupt"], wirepeer.Corrupt())
    told = {"seeder": shared_seeder.address, "liar": liar.address, "torrents": {
        key: describe(directory / key, wanted, shared_seeder.address)
        for key, wanted in torrents.items()}}
    path = directory / "world.json"
    path.write_text(json.dumps(told))
    yield path
    liar.close()


def describe(directory, wanted, seeder):
    directory.mkdir()
    paths = [directory / str(number) for number in range(len(wanted.files))]
    for path, data in zip(paths, wanted.files):
        path.write_bytes(data)
    torrent = directory / "torrent"
    torrent.write_bytes(wanted.torrent)
    return {"name": wanted.name, "magnet": wanted.magnet(seeder), "infohash": wanted.infohash,
            "v1": wanted.v1, "v2": wanted.v2, "torrent": str(torrent),
            "pieceCount": wanted.piece_count, "files": list(map(str, paths))}
