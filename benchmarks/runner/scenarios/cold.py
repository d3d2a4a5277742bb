"""A magnet nobody has opened before, to the first byte of its video."""
from .. import cases
from ..content import MIB
from ..plots import Bars
from ..scale import size_text
from ..swarm import FAST, POOR, swarm
from ..turns import take_turns

NAME = "cold"
TITLE = "A: magnet to first byte"
ABOUT = ("Server up, data directory empty, metadata from a peer; one unthrottled seeder on "
         "loopback, or four behind links of 30 ms and 10 Mbit/s. Median / p95, ms, from sending "
         "the request, for pieces of each size.")
RUNS = {FAST: 15, POOR: 5}
RUNS_OF_OTHER_SIZES = {FAST: 5, POOR: 2}
AT_MOST = {f"{FAST}, 1 MiB": (25, None), f"{POOR}, 1 MiB": (400, None)}


def measure(workshop, contenders, scale, kind, piece_bytes):
    content = workshop.content(scale.size_bytes, piece_bytes)
    with swarm(workshop, content, kind) as fresh_peers:
        def one(contender, turn):
            with workshop.fresh_server(contender, content) as server, fresh_peers() as peers:
                return server.first(content, peers, range="0-65535")
        runs = (RUNS if piece_bytes == MIB else RUNS_OF_OTHER_SIZES)[kind]
        return take_turns(contenders, scale.runs or runs, one)


def run(workshop, contenders, scale):
    results = {}
    for kind in (FAST, POOR):
        for piece_bytes in scale.piece_sizes:
            cases.add(results, f"{kind}, {size_text(piece_bytes)}",
                      measure(workshop, contenders, scale, kind, piece_bytes))
    return results


def is_peer(name):
    return "tstream" not in name


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, case, "p50_ms", "p95_ms", at_most=AT_MOST.get(case))
        if case == f"{FAST}, {size_text(MIB)}":
            yield from cases.ratio_row(results, case, "median, of the best other's", "p50_ms",
                                       is_peer, at_most=1 / 6)


def plots(results):
    yield Bars("cold", "Magnet to first byte, median", "ms", cases.series(results, "p50_ms"))
