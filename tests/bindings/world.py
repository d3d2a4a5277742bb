"""What the behaviours of behaviours.json happen to: two torrents, a seeder, and their facts.

A runner gets the table, and this world as JSON:

    {"facts": {"movie.magnet": ..., "seeder.address": ...},
     "torrents": {"movie": {"torrent": PATH, "files": [PATH, ...]}, ...}}
"""

import json
import re

from nouns import ROOT
from torrents import KIB, make

NAMES = {"movie": ("movie.mkv", 300_001), "season": ("season", {
    "a film.mkv": 100_000, "sub/a film.srt": 3_333, "sub/empty.nfo": 0})}


def build(directory, seeder):
    """Make it under a directory; gives the path of the world's JSON."""
    version = re.search(r'VERSION_STRING "([^"]+)"',
                        (ROOT / "include/tstream/version.h").read_text())[1]
    facts = {"seeder.address": seeder.address, "library.version": version}
    torrents = {}
    for key, (name, sizes) in NAMES.items():
        content = make(directory, name, sizes, 16 * KIB)
        seeder.seed(content)
        facts.update({f"{key}.magnet": content.magnet(seeder.address), f"{key}.name": name,
                      f"{key}.infohash": content.infohash,
                      f"{key}.piece_count": content.piece_count,
                      f"{key}.size": sum(map(len, content.files))})
        torrents[key] = {"torrent": _write(directory / f"{key}.torrent", content.torrent),
                         "files": [_write(directory / f"{key}.{number}", data)
                                   for number, data in enumerate(content.files)]}
    sizes = [len(data) for data in content.files]
    facts["season.film"] = sizes.index(max(sizes))
    world = {"facts": facts, "torrents": torrents}
    return _write(directory / "world.json", json.dumps(world).encode())


def _write(path, data):
    path.write_bytes(data)
    return str(path)
