"""Films in a swarm, as a client of the server sees them."""
import os
import urllib.parse

import libtorrent as lt

import torrents
import wire


def stream_target(magnet, **query):
    return "/api/stream?" + urllib.parse.urlencode({"magnet": magnet, **query})


def torrent_of(path, piece_size=64 * 1024):
    """A torrent of one file that exists; torrents.make() writes its own."""
    storage = lt.file_storage()
    lt.add_files(storage, os.fspath(path))
    maker = lt.create_torrent(storage, piece_size, lt.create_torrent.v1_only)
    lt.set_piece_hashes(maker, os.fspath(path.parent))
    data = path.read_bytes()
    return torrents.Content(path.name, "v1", piece_size, os.fspath(path.parent),
                            lt.bencode(maker.generate()), [data], data)


def torrent_with(root, name, contents, piece_size=16 * 1024):
    """A torrent of several files: {path within it: bytes}."""
    for path, data in contents.items():
        full = root / name / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(data)
    storage = lt.file_storage()
    lt.add_files(storage, os.fspath(root / name))
    maker = lt.create_torrent(storage, piece_size, lt.create_torrent.v1_only)
    lt.set_piece_hashes(maker, os.fspath(root))
    files = [contents[storage.file_path(index).partition("/")[2]]
             for index in range(storage.num_files())]
    return torrents.Content(name, "v1", piece_size, os.fspath(root),
                            lt.bencode(maker.generate()), files, b"".join(files))


def index_of(torrent, name):
    """Which file of a torrent has that name; nobody promises in what order they are."""
    files = lt.torrent_info(lt.bdecode(torrent.torrent)).files()
    return [files.file_name(index) for index in range(files.num_files())].index(name)


def file_named(torrent, name):
    return torrent.files[index_of(torrent, name)]


class Film:
    """One file of a seeded torrent, and the server through which it is watched."""

    def __init__(self, server, torrent, *peers, file_index=0):
        self.server = server
        self.torrent = torrent
        self.infohash = torrent.infohash
        self.content = torrent.files[file_index]
        self.size = len(self.content)
        self.magnet = torrent.magnet(*peers)
        self.target = stream_target(self.magnet)

    def open(self):
        """Make the torrent known to the server; gives what it says about it."""
        answer = wire.post_json(self.server, "/api/torrents", {"magnet": self.magnet})
        assert answer.status in (200, 201), answer
        return answer.json()

    def part(self, first, last, timeout_s=20):
        headers = {"Range": f"bytes={first}-{last}"}
        return wire.get(self.server, self.target, headers, timeout_s)

    def fetch(self):
        """Read it all, so that it is all here."""
        answer = wire.get(self.server, self.target)
        assert answer.status == 200 and answer.body == self.content
        return self

    def stats(self):
        return torrent_stats(self.server, self.infohash)


def torrent_stats(server, infohash):
    answer = wire.get(server, f"/api/torrents/{infohash}/stats")
    assert answer.status == 200, answer
    return answer.json()


def streams_of(server, infohash):
    """The active streams of one torrent, as GET /api/streams lists them."""
    streams = wire.get(server, "/api/streams").json()["streams"]
    return [stream for stream in streams if stream.get("infohash") == infohash]
