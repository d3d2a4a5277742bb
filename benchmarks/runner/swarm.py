"""The content, its torrent, the seeders and the links in front of them."""
import contextlib
import hashlib
import random
import urllib.parse

from .processes import free_port, start_and_wait_ready

MIB = 1 << 20


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, str):
        return bencode(value.encode())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"


class Content:
    """One file of pseudo-random bytes, the same on every machine, and its v1 torrent."""

    def __init__(self, directory, size_bytes=512 * MIB, piece_bytes=MIB):
        self.size_bytes = size_bytes
        self.piece_bytes = piece_bytes
        self.directory = directory / f"content-{size_bytes // MIB}"
        self.path = self.directory / "video.mp4"
        self.torrent_path = directory / f"{size_bytes // MIB}-{piece_bytes}.torrent"
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self.path.exists() or self.path.stat().st_size != size_bytes:
            self._write_file()
        info = self._info()
        self.infohash = hashlib.sha1(info).hexdigest()
        self.torrent_path.write_bytes(b"d4:info" + info + b"e")

    def _write_file(self):
        source = random.Random(20240229)
        with open(self.path, "wb") as file:
            for _ in range(self.size_bytes // MIB):
                file.write(source.randbytes(MIB))

    def _info(self):
        with open(self.path, "rb") as file:
            pieces = b"".join(hashlib.sha1(piece).digest()
                              for piece in iter(lambda: file.read(self.piece_bytes), b""))
        return bencode({"length": self.size_bytes, "name": "video.mp4",
                        "piece length": self.piece_bytes, "pieces": pieces})

    def magnet(self, peers=()):
        peers = "".join(f"&x.pe={peer}" for peer in peers)
        return f"magnet:?xt=urn:btih:{self.infohash}&dn=video.mp4{peers}"

    def stream_path(self, peers=()):
        return "/api/stream?magnet=" + urllib.parse.quote(self.magnet(peers), safe="")


@contextlib.contextmanager
def seeders(workshop, content, count=1):
    """Unthrottled seeders, each with an address of its own; gives their addresses."""
    addresses = [f"127.0.0.{10 + i}:{free_port()}" for i in range(count)]
    command = ["/usr/bin/python3", workshop.source / "seeder" / "seeder.py",
               content.torrent_path, content.directory, *addresses]
    # See seeder/cubic.c: on some machines' default a shaped link stalls for no reason.
    environment = {"LD_PRELOAD": str(workshop.tools / "cubic.so")}
    with start_and_wait_ready(command, workshop.log("seeder"), env=environment):
        yield addresses


@contextlib.contextmanager
def links(workshop, targets, rtt_ms, mbit_per_s):
    """One shaped link in front of each target; gives the addresses to connect to."""
    addresses = [f"127.0.0.{100 + i}:{free_port()}" for i in range(len(targets))]
    command = [workshop.tools / "relay", "--rtt-ms", rtt_ms, "--mbit", mbit_per_s,
               *(f"{own}={target}" for own, target in zip(addresses, targets))]
    with start_and_wait_ready(command, workshop.log("relay")) as relay:
        yield addresses, relay
