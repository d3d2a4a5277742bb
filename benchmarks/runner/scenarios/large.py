"""Large torrents with one viewer: a huge file, and a season of which one episode is watched."""
from .. import cases
from ..content import MIB
from ..processes import Peak
from ..swarm import FAST, swarm
from ..turns import take_turns, until_wrong
from .seek import places

NAME = "large"
TITLE = "H: large torrents"
ABOUT = ("20 GB, sparse, with pieces of 8 MiB, and a season of 100 files; one unthrottled seeder. "
         "First byte from the magnet, then ten seeks to places never fetched (in the season: the "
         "first bytes of ten other episodes). Median / p95, ms; peak of anonymous memory, MiB.")
RUNS = 3
SEEKS = 10
PATIENCE_S = 60
HUGE = "20 GB"
SEASON = "season"


def open_and_seek(server, content, peers, seek):
    """One run: the first byte, the seeks, the peak of memory."""
    with Peak(server.process) as peak:
        first = server.first(content, peers, range="0-65535", timeout_s=PATIENCE_S)
        path = server.open(content, peers)
        seeks = until_wrong(seek(path, i) for i in range(SEEKS))
    return {"first": first, "seeks": seeks, "peak_bytes": peak.bytes,
            "correct": all(run["correct"] for run in (first, *seeks))}


def huge(workshop, contender, content, peers):
    with workshop.fresh_server(contender, content) as server:
        offsets = places(content, SEEKS, 0)
        return open_and_seek(server, content, peers, lambda path, i: server.get(
            content, path, range=f"{offsets[i]}-", length=MIB, timeout_s=PATIENCE_S))


def season(workshop, contender, content, peers):
    count = content.total_bytes // content.size_bytes

    def episode(server, i):
        content.watch((7 + i * 13) % count)
        return server.get(content, server.open(content, peers), range="0-65535",
                          timeout_s=PATIENCE_S)

    with workshop.fresh_server(contender, content) as server:
        content.watch(count // 2)
        return open_and_seek(server, content, peers, lambda _, i: episode(server, i))


def measure(workshop, contenders, scale, content, one):
    with swarm(workshop, content, FAST) as fresh_peers:
        def once(contender, _):
            with fresh_peers() as peers:
                return one(workshop, contender, content, peers)
        return take_turns(contenders, scale.runs or RUNS, once)


def part(runs, name):
    """The runs of the first bytes, or of the seeks, for cases.first_bytes()."""
    return [each for run in runs if name in run
            for each in (run[name] if isinstance(run[name], list) else [run[name]])]


def run(workshop, contenders, scale):
    results = {}
    contents = {
        HUGE: (workshop.content(scale.large_bytes, scale.large_piece_bytes, sparse=True), huge),
        SEASON: (workshop.content(scale.episode_bytes, MIB, files=scale.episodes), season),
    }
    for kind, (content, one) in contents.items():
        found = measure(workshop, contenders, scale, content, one)
        peaks = {name: max((run.get("peak_bytes", 0) for run in runs), default=0)
                 for name, runs in found.items()}
        for name in ("first", "seeks"):
            cases.add(results, f"{kind}, {name}", found, lambda runs, n=name: {
                **cases.first_bytes(part(runs, n) or runs)})
        for name, peak_bytes in peaks.items():
            results[name][f"{kind}, first"]["peak_mib"] = peak_bytes / MIB or None
    return results


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, f"{case}: ms", "p50_ms", "p95_ms")
        if case.endswith("first"):
            yield cases.row(results, case, case.replace("first", "memory, MiB"), "peak_mib")
