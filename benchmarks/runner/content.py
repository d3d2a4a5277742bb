"""What is watched: files of pseudo-random bytes, the same on every machine, and their torrent."""
import hashlib
import random
import urllib.parse

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PAGE_BYTES = 4 * KIB


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, str):
        return bencode(value.encode())
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"


def write_random(path, size_bytes, seed):
    source = random.Random(seed)
    with open(path, "wb") as file:
        for start in range(0, size_bytes, MIB):
            file.write(source.randbytes(min(MIB, size_bytes - start)))


def write_sparse(path, size_bytes, seed):
    """A hole with one page of its own in each MiB, so that no two places are the same."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        for start in range(0, size_bytes, MIB):
            file.seek(start)
            file.write(source.randbytes(PAGE_BYTES))
        file.truncate(size_bytes)


def hashes(paths, piece_bytes):
    """The SHA-1 of each piece of the files, one after the other."""
    found, digest, room = [], hashlib.sha1(), piece_bytes
    for path in paths:
        with open(path, "rb") as file:
            while data := file.read(min(room, MIB)):
                digest.update(data)
                room -= len(data)
                if room == 0:
                    found.append(digest.digest())
                    digest, room = hashlib.sha1(), piece_bytes
    if room < piece_bytes:
        found.append(digest.digest())
    return b"".join(found)


class Content:
    """One file, or a season of equal ones of which one is watched.

    path, size_bytes, file_index  the watched file
    directory                     what a seeder serves
    """

    def __init__(self, directory, size_bytes=512 * MIB, piece_bytes=MIB, *, files=1, watched=0,
                 sparse=False, number=0):
        self.size_bytes, self.piece_bytes = size_bytes, piece_bytes
        self.sparse = sparse
        kind = f"{size_bytes // KIB}-{files}-{number}{'-sparse' if sparse else ''}"
        self.directory = directory / f"content-{kind}"
        self.torrent_path = directory / f"{kind}-{piece_bytes // KIB}.torrent"
        self.name = "video.mp4" if files == 1 else "season"
        self._paths = self._write_files(files, number)
        self.total_bytes = size_bytes * files
        info = bencode(self._info())
        self.infohash = hashlib.sha1(info).hexdigest()
        self.torrent_path.write_bytes(b"d4:info" + info + b"e")
        self.watch(watched)

    def watch(self, file_index):
        self.file_index, self.path = file_index, self._paths[file_index]

    def _write_files(self, files, number):
        if files == 1:
            paths = [self.directory / self.name]
        else:
            paths = [self.directory / self.name / f"episode-{i + 1:03}.mp4" for i in range(files)]
        paths[0].parent.mkdir(parents=True, exist_ok=True)
        write = write_sparse if self.sparse else write_random
        for i, path in enumerate(paths):
            if not path.exists() or path.stat().st_size != self.size_bytes:
                write(path, self.size_bytes, 20240229 + i + 1000 * number)
        return paths

    def _info(self):
        info = {"name": self.name, "piece length": self.piece_bytes,
                "pieces": hashes(self._paths, self.piece_bytes)}
        if len(self._paths) == 1:
            return {**info, "length": self.size_bytes}
        return {**info, "files": [{"length": self.size_bytes, "path": [path.name]}
                                  for path in self._paths]}

    def relative_path(self):
        """Of the watched file, below where a client saves the torrent."""
        return self.path.relative_to(self.directory)

    def magnet(self, peers=(), tracker=None):
        more = "".join(f"&x.pe={peer}" for peer in peers)
        if tracker:
            more += "&tr=" + urllib.parse.quote(tracker, safe="")
        return f"magnet:?xt=urn:btih:{self.infohash}&dn={self.name}{more}"

    def stream_path(self, peers=()):
        path = "/api/stream?magnet=" + urllib.parse.quote(self.magnet(peers), safe="")
        return path if len(self._paths) == 1 else f"{path}&file_index={self.file_index}"
