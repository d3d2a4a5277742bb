"""Torrents with deterministic content: v1, v2 and hybrid, and hand-written hostile ones."""

import hashlib
import os
import random

import libtorrent as lt

KIB, MIB = 1024, 1024 * 1024

_FLAGS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}


def random_bytes(seed, size):
    chance, part = random.Random(seed), 64 * MIB  # at once it makes less than 256 MiB
    return b"".join(chance.randbytes(min(part, size - at)) for at in range(0, size, part))


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, dict):
        items = sorted((key.encode() if isinstance(key, str) else key, item)
                       for key, item in value.items())
        return b"d" + b"".join(bencode(key) + bencode(item) for key, item in items) + b"e"
    return b"l" + b"".join(map(bencode, value)) + b"e"


class Content:
    """A torrent, its bytes, and where a seeder finds them.

    files  the contents, in the order in which the library numbers them
    space  the piece space, as the wire knows it
    """

    def __init__(self, name, kind, piece_size, directory, torrent, files, space):
        self.name, self.kind, self.piece_size = name, kind, piece_size
        self.directory, self.torrent, self.files, self.space = directory, torrent, files, space
        hashes = lt.torrent_info(lt.bdecode(torrent)).info_hashes()
        self.v1 = str(hashes.v1) if hashes.has_v1() else ""
        self.v2 = str(hashes.v2) if hashes.has_v2() else ""

    @property
    def data(self):
        """The first file's bytes."""
        return self.files[0]

    @property
    def infohash(self):
        return self.v1 or self.v2

    @property
    def piece_count(self):
        return lt.torrent_info(lt.bdecode(self.torrent)).num_pieces()

    @property
    def info_bytes(self):
        """The bencoded info dictionary, as ut_metadata carries it."""
        return lt.torrent_info(lt.bdecode(self.torrent)).info_section()

    def magnet(self, *peers, trackers=(), names=("v1", "v2")):
        topics = []
        if self.v1 and "v1" in names:
            topics.append(f"xt=urn:btih:{self.v1}")
        if self.v2 and "v2" in names:
            topics.append(f"xt=urn:btmh:1220{self.v2}")
        topics += [f"x.pe={peer}" for peer in peers] + [f"tr={url}" for url in trackers]
        return "magnet:?" + "&".join(topics)


def make(root, name, sizes, piece_size, kind="v1", seed=None):
    """Write `sizes` bytes under root and make the torrent.

    sizes  one number for a single file, or {path within the torrent: size}
    """
    root = os.fspath(root)
    contents = _write(root, name, sizes, seed if seed is not None else name)
    storage = lt.file_storage()
    lt.add_files(storage, os.path.join(root, name))
    maker = lt.create_torrent(storage, piece_size=piece_size, flags=_FLAGS[kind])
    lt.set_piece_hashes(maker, root)
    torrent = lt.bencode(maker.generate())
    files, space = _in_order(torrent, contents, piece_size if kind == "v2" else 1)
    return Content(name, kind, piece_size, root, torrent, files, space)


def _write(root, name, sizes, seed):
    if isinstance(sizes, int):
        sizes = {"": sizes}
    contents = {}
    for path, size in sizes.items():
        full = os.path.join(root, name, path) if path else os.path.join(root, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        data = random_bytes(f"{seed}/{path}", size)
        with open(full, "wb") as out:
            out.write(data)
        contents[os.path.join(name, path) if path else name] = data
    return contents


def _in_order(torrent, contents, alignment):
    storage = lt.torrent_info(lt.bdecode(torrent)).files()
    files, space = [], []
    for index in range(storage.num_files()):
        if storage.file_flags(index) & lt.file_storage.flag_pad_file:
            space.append(bytes(storage.file_size(index)))
            continue
        files.append(contents[storage.file_path(index)])
        space.append(bytes(-sum(map(len, space)) % alignment) if files[-1] else b"")
        space.append(files[-1])
    return files, b"".join(space)


def v1_torrent(name, entries, piece_size=16 * KIB):
    """Hand-written v1: entries are (path components as bytes, content).

    For names and shapes that no honest tool makes.
    """
    space = b"".join(data for _, data in entries)
    pieces = b"".join(hashlib.sha1(space[at:at + piece_size]).digest()
                      for at in range(0, len(space), piece_size))
    info = {"name": name, "piece length": piece_size, "pieces": pieces,
            "files": [{"length": len(data), "path": list(path)} for path, data in entries]}
    return bencode({"info": info})


def v1_content(name, entries, piece_size=16 * KIB):
    """The same as Content, for a wire peer."""
    torrent = v1_torrent(name, entries, piece_size)
    files = [data for _, data in entries]
    return Content(name, "v1", piece_size, None, torrent, files, b"".join(files))
