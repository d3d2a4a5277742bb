"""measure.py BUILD - read a complete 512 MiB file through C and through the bindings, in turn.

Run by script/benchmark-bindings.  Prints the tables of benchmarks/README.md; a run in which a
reader got another number of bytes fails.  The fastest of nine rounds counts: what else the
machine does can only slow a round down.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "tests/swarm"))

import seeders  # noqa: E402
import torrents  # noqa: E402

MIB = 1 << 20
SIZE = 512 * MIB
TURNS = 3

#: name -> (command, the share of the C API's speed that it must have)
READERS = {
    "C": (lambda build: [build / "read"], None),
    "Python, readinto": (lambda build: [sys.executable, HERE / "read.py", "readinto"], 0.70),
    "Python, read": (lambda build: [sys.executable, HERE / "read.py", "read"], 0.70),
    "Python, asyncio": (lambda build: [sys.executable, HERE / "read.py", "asyncio"], 0.50),
    "Node, stream.Readable": (lambda build: ["node", HERE / "read.mjs", "stream"], 0.50),
    "Node, ReadableStream": (lambda build: ["node", HERE / "read.mjs", "web"], 0.50),
    "Node, read": (lambda build: ["node", HERE / "read.mjs", "read"], 0.50),
    "Node's fs.createReadStream": (lambda build: ["node", HERE / "read.mjs", "file"], None),
}


def lines(*command):
    output = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE,
                            timeout=300).stdout
    return [json.loads(line) for line in output.splitlines()]


def fetch(content, data_dir):
    """Download all of it, so that everybody reads what is here."""
    import tstream

    seeder = seeders.LibtorrentSeeder().seed(content)
    try:
        with tstream.Session(data_dir, listen="127.0.0.1:0", dht=False, lsd=False,
                             port_mapping=False) as session:
            torrent = session.open(content.magnet(seeder.address)).metadata(60)
            with torrent.reader(0, timeout=60) as reader:
                buffer, total = bytearray(MIB), 0
                while count := reader.readinto(buffer):
                    assert buffer[:count] == content.data[total:total + count]
                    total += count
            assert total == SIZE
    finally:
        seeder.close()


def measure(build, data_dir, infohash):
    rounds = {name: [] for name in READERS}
    for _ in range(TURNS):
        for name, (command, _) in READERS.items():
            rounds[name] += lines(*command(build), data_dir, infohash)
    assert all(one["bytes"] == SIZE for found in rounds.values() for one in found)
    return {name: {"mib_per_s": max(SIZE / MIB / one["wall_s"] for one in found),
                   "cpu_s_per_gib": min(one["cpu_s"] * 1024 * MIB / SIZE for one in found)}
            for name, found in rounds.items()}


def table(figures):
    yield "| | MiB/s | of C's | CPU s/GiB | target | |"
    yield "|---|---|---|---|---|---|"
    for name, (_, target) in READERS.items():
        share = figures[name]["mib_per_s"] / figures["C"]["mib_per_s"]
        verdict = "" if target is None else "met" if share >= target else "**missed**"
        wanted = "" if target is None else f"at least {target:.0%}"
        yield (f"| {name} | {figures[name]['mib_per_s']:.0f} | {share:.0%} "
               f"| {figures[name]['cpu_s_per_gib']:.2f} | {wanted} | {verdict} |")


def lag_table(lags):
    yield "| event loop | median lag, ms | p99, ms | longest, ms | target |"
    yield "|---|---|---|---|---|"
    for loop, lag in lags.items():
        for key, name in (("idle", "no reader waits"), ("waiting", "64 readers wait")):
            verdict = "" if key == "idle" else "met" if lag[key]["p99_ms"] < 10 else "**missed**"
            yield (f"| {loop}, {name} | {lag[key]['p50_ms']:.2f} | {lag[key]['p99_ms']:.2f} "
                   f"| {lag[key]['max_ms']:.2f} | {verdict} |")


def main(build):
    shm = "/dev/shm" if shutil.disk_usage("/dev/shm").free > 4 * SIZE else None
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=shm) as directory:
        root = Path(directory)
        content = torrents.make(root, "film.mkv", SIZE, MIB)
        (root / "film.torrent").write_bytes(content.torrent)
        fetch(content, root / "data")
        figures = measure(build, root / "data", content.infohash)
        lags = {name: lines(*command, root / "empty", root / "film.torrent")[0]
                for name, command in {"asyncio": (sys.executable, HERE / "lag.py"),
                                      "Node": ("node", HERE / "lag.mjs")}.items()}
    print(*table(figures), "", *lag_table(lags), "",
          f"Load of the machine before: {load:.1f}.", sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
