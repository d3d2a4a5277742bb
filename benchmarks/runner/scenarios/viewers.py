"""Many viewers of one file, complete or still downloading: do they have to wait?"""
import contextlib
import random

from .. import cases
from ..figures import per_gib, percentile
from ..plots import Bars, Growth
from ..processes import Peak
from ..swarm import seeders
from ..turns import take_turns
from ..workshop import settle

NAME = "viewers"
TITLE = "F: paced viewers"
ABOUT = ("Viewers of one file at 8 Mbit/s who come within 5 s and watch for 20 s, with 1 s in the "
         "buffer to begin with and at most 5: of a complete file, at places spread over it, and "
         "of one that nobody has opened yet (1 GiB, one unthrottled seeder), half of them from "
         "its beginning and half from random places. Stalls in all; viewers who stalled or were "
         "not served; first byte p50 / p95, ms.")
MBIT = 8
START_S = 1
BUFFER_S = 5
COMPLETE = "complete"
DOWNLOADING = "downloading"
STALLS_AT_MOST = {f"{COMPLETE}, 1000": (0,), f"{DOWNLOADING}, 200": (0,)}
FIRST_BYTE_AT_MOST = {f"{DOWNLOADING}, 200": (None, 1000)}


def places(content, scale, count, kind):
    """(offset, comes after ms) of each viewer."""
    last = content.size_bytes - int((scale.viewers_play_s + BUFFER_S) * MBIT * 1e6 / 8)
    source = random.Random(count)
    for i in range(count):
        offset = last * i // count
        if kind == DOWNLOADING:
            offset = source.randrange(max(1, last)) if i % 2 else 0
        yield max(0, offset), scale.viewers_arrive_s * 1000 * i / count


def watch(server, content, path, scale, count, kind):
    cpu_s = server.process.cpu_s()
    with Peak(server.process) as peak:
        viewers = server.watch(content, path, list(places(content, scale, count, kind)),
                               timeout_s=round(scale.viewers_arrive_s + 4 * scale.viewers_play_s),
                               mbit=MBIT, start_s=START_S, buffer_s=BUFFER_S,
                               play_s=scale.viewers_play_s)
    return {"viewers": viewers, "cpu_s": server.process.cpu_s() - cpu_s, "peak_bytes": peak.bytes,
            "body_bytes": sum(viewer["body_bytes"] for viewer in viewers),
            "correct": all(viewer["correct"] for viewer in viewers)}


def of_complete_file(workshop, contender, content, scale, count):
    with workshop.fresh_server(contender, content, crowd=True) as server:
        with contextlib.nullcontext([]) if contender.serves_finished_file else \
                seeders(workshop, content) as peers:
            path = server.open(content, peers)
            server.get(content, path, timeout_s=180)
        settle(server.process)
        return watch(server, content, path, scale, count, COMPLETE)


def while_downloading(workshop, contender, content, scale, count):
    with seeders(workshop, content) as peers, \
            workshop.fresh_server(contender, content, crowd=True) as server:
        return watch(server, content, server.open(content, peers), scale, count, DOWNLOADING)


def summary(runs):
    viewers = [viewer for run in runs for viewer in run.get("viewers", [])]
    began = [viewer["first_byte_ms"] for viewer in viewers if viewer["first_byte_ms"] >= 0]
    served_bytes = sum(run.get("body_bytes", 0) for run in runs)
    figures = {"runs": [{key: value for key, value in run.items() if key != "viewers"}
                        for run in runs],
               "correct": bool(viewers) and all(run["correct"] for run in runs)}
    if not viewers:
        return figures
    return {**figures,
            "stalls": sum(viewer["stalls"] for viewer in viewers),
            "stall_ms": sum(viewer["stall_ms"] for viewer in viewers),
            "disturbed": sum(viewer["stalls"] > 0 or not viewer["correct"] for viewer in viewers),
            "errors": sorted({viewer["error"] for viewer in viewers} - {""}),
            "p50_ms": percentile(began, 50) if began else None,
            "p95_ms": percentile(began, 95) if began else None,
            "cpu_s": sum(run["cpu_s"] for run in runs) / len(runs),
            "cpu_s_per_gib": per_gib(sum(run["cpu_s"] for run in runs), max(1, served_bytes)),
            "peak_bytes": max(run["peak_bytes"] for run in runs)}


def run(workshop, contenders, scale):
    results = {}
    content = workshop.content(scale.viewers_file_bytes)
    for kind, measure in ((COMPLETE, of_complete_file), (DOWNLOADING, while_downloading)):
        able = [contender for contender in contenders
                if kind == COMPLETE or not contender.serves_finished_file]
        for count in scale.viewers:
            found = take_turns(able, scale.runs or 1, lambda contender, _, n=count, m=measure:
                               m(workshop, contender, content, scale, n))
            cases.add(results, f"{kind}, {count}", found, summary)
    return results


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, f"{case}: stalls", "stalls",
                        at_most=STALLS_AT_MOST.get(case))
        yield cases.row(results, case, f"{case}: viewers disturbed", "disturbed")
        yield cases.row(results, case, f"{case}: first byte", "p50_ms", "p95_ms",
                        at_most=FIRST_BYTE_AT_MOST.get(case))


def by_count(found, kind, key):
    """{viewers: figure} of one contender."""
    pairs = (case.split(", ") + [figures] for case, figures in found.items())
    return {int(count): figures[key] for of, count, figures in pairs
            if of == kind and figures.get(key) is not None}


def plots(results):
    for kind in (COMPLETE, DOWNLOADING):
        chosen = {name: {case.split(", ")[1]: figures for case, figures in found.items()
                         if case.startswith(kind)} for name, found in results.items()}
        yield Bars(f"stalls-{kind}", f"Stalls by viewers, file {kind}", "stalls in all",
                   cases.series(chosen, "stalls"))
        ours = results.get(cases.OURS, {})
        yield Growth(f"growth-viewers-{kind}", f"libtstream by viewers, file {kind}", "viewers", {
            "CPU, s": by_count(ours, kind, "cpu_s"),
            "peak memory, MiB": {count: value / (1 << 20) for count, value
                                 in by_count(ours, kind, "peak_bytes").items()},
            "first byte p95, ms": by_count(ours, kind, "p95_ms")})
