"""The whole file through HTTP while it downloads, against libtorrent alone."""
from .. import cases
from ..figures import mb_per_s, median, per_gib
from ..plots import Bars
from ..scale import size_text
from ..swarm import seeders
from ..turns import are_correct, good, take_turns

NAME = "cold-file"
TITLE = "D: whole file while downloading"
ABOUT = ("512 MiB, one unthrottled seeder on loopback; from the request (or from adding the "
         "torrent) to the last byte. Both ends and the client share the cores.")
RUNS = 5
AT_LEAST_SPEED = 0.95
AT_MOST_CPU = 1.2


def summary(runs):
    right = good(runs)
    return {"runs": runs, "correct": are_correct(runs),
            "mb_per_s": median([mb_per_s(run["body_bytes"], run["total_ms"]) for run in right]),
            "cpu_s_per_gib": median([per_gib(run["cpu_s"], run["body_bytes"]) for run in right])}


def through_http(workshop, contender, content, peers):
    with workshop.fresh_server(contender, content) as server:
        cpu_s = server.process.cpu_s()
        outcome = server.first(content, peers, timeout_s=180)
        return {**outcome, "cpu_s": server.process.cpu_s() - cpu_s}


def downloaded(workshop, contender, content, peers):
    with workshop.data_dir() as data_dir:
        return contender.fetch(workshop, content, peers, data_dir)


def measure(workshop, contenders, scale, piece_bytes):
    content = workshop.content(scale.size_bytes, piece_bytes)
    with seeders(workshop, content) as peers:
        def one(contender, _):
            fetch = downloaded if contender.fetch else through_http
            return fetch(workshop, contender, content, peers)
        return take_turns(contenders, scale.runs or RUNS, one)


def run(workshop, contenders, scale):
    results = {}
    for piece_bytes in scale.piece_sizes:
        cases.add(results, f"{size_text(piece_bytes)} pieces",
                  measure(workshop, contenders, scale, piece_bytes), summary)
    return results


def is_alone(name):
    return name.startswith("libtorrent")


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, f"{case}: MB/s", "mb_per_s")
        yield cases.row(results, case, f"{case}: CPU s/GiB", "cpu_s_per_gib")
        yield from cases.ratio_row(results, case, f"{case}: MB/s, of libtorrent's alone",
                                   "mb_per_s", is_alone, at_least=AT_LEAST_SPEED)
        yield from cases.ratio_row(results, case, f"{case}: CPU, of libtorrent's alone",
                                   "cpu_s_per_gib", is_alone, at_most=AT_MOST_CPU)


def plots(results):
    yield Bars("cold-file", "Whole file while downloading", "MB/s",
               cases.series(results, "mb_per_s"))
