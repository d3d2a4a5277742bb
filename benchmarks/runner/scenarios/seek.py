"""Random seeks to places that are not there yet."""
import contextlib
import json
import random
import subprocess

from .. import cases
from ..content import MIB
from ..plots import Bars
from ..processes import Process
from ..scale import size_text
from ..swarm import FAST, POOR, swarm
from ..turns import take_turns, until_wrong

NAME = "seek"
TITLE = "C: seeks"
ABOUT = ("To places never fetched, over four seeders behind links of 30 ms and 10 Mbit/s each, "
         "and over one unthrottled seeder: a range from a random offset, open-ended or of 1 MiB, "
         "its first byte, 1 MiB of it, close, and at once the next. First byte, p50 / p95 / max, "
         "ms, for pieces of each size.")
RUNS = 3
AT_MOST = {
    f"{POOR}, open-ended, 256 KiB": (110, None, None),
    f"{POOR}, open-ended, 1 MiB": (270, 400, None),
    f"{POOR}, open-ended, 4 MiB": (900, None, None),
    f"{FAST}, open-ended, 1 MiB": (20, 60, None),
}


def places(content, count, turn):
    """Offsets in random order, so far apart that no read-ahead reaches the next.

    The first and the last stretch are left out: opening the file fetches them."""
    source = random.Random(turn)
    stretch = content.size_bytes // (count + 2)
    offsets = [stretch * i + source.randrange(stretch // 2) for i in range(1, count + 1)]
    source.shuffle(offsets)
    return offsets


@contextlib.contextmanager
def http_seeker(workshop, contender, content, peers, bounded):
    with workshop.fresh_server(contender, content) as server:
        path = server.open(content, peers)

        def seek(offset):
            end = offset + MIB - 1 if bounded else ""
            return server.get(content, path, range=f"{offset}-{end}", length=MIB, timeout_s=60)

        seek(0)
        yield seek


@contextlib.contextmanager
def libtorrent_seeker(workshop, contender, content, peers, _):
    with workshop.data_dir() as data_dir:
        command = [workshop.tools / "libtorrent_client", "seeks", content.magnet(peers),
                   data_dir, content.path, "mmap"]
        with Process(command, workshop.log(contender.name), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as process:
            process.popen.stdout.readline()

            def seek(offset):
                process.popen.stdin.write(b"%d %d\n" % (offset, MIB))
                process.popen.stdin.flush()
                return json.loads(process.popen.stdout.readline())

            seek(0)
            yield seek


def measure(workshop, contenders, scale, kind, piece_bytes, bounded):
    content = workshop.content(scale.size_bytes, piece_bytes)
    with swarm(workshop, content, kind) as fresh_peers:
        def one(contender, turn):
            seeker = http_seeker if contender.command else libtorrent_seeker
            with fresh_peers() as peers, \
                    seeker(workshop, contender, content, peers, bounded) as seek:
                return until_wrong(seek(offset) for offset in places(content, scale.seeks, turn))
        # The other sizes and kinds are there for comparison: one run of each will do.
        runs = RUNS if piece_bytes == MIB and not bounded else 1
        return take_turns(contenders, scale.runs or runs, one)


def run(workshop, contenders, scale):
    results = {}
    for kind in (POOR, FAST):
        for bounded in (False, True):
            for piece_bytes in scale.piece_sizes:
                ends = "bounded" if bounded else "open-ended"
                cases.add(results, f"{kind}, {ends}, {size_text(piece_bytes)}",
                          measure(workshop, contenders, scale, kind, piece_bytes, bounded))
    return results


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, case, "p50_ms", "p95_ms", "max_ms",
                        at_most=AT_MOST.get(case))


def plots(results):
    open_ended = {name: {case: figures for case, figures in found.items()
                         if "open-ended" in case} for name, found in results.items()}
    for key, label in (("p50_ms", "median"), ("p95_ms", "95th percentile")):
        yield Bars(f"seek-{key[:3]}", f"Seek to first byte, {label}", "ms",
                   cases.series(open_ended, key))
