"""The data is there already: open it again, restart, restart with nobody around."""
import contextlib

from .. import cases
from ..plots import Bars
from ..swarm import seeders
from ..turns import attempt, until_wrong

NAME = "restart"
TITLE = "B: what was watched before"
ABOUT = ("The whole file was fetched. Re-open: a new connection to the same server. Restart: ended "
         "with SIGTERM; from starting the process to the first byte of the same magnet, with the "
         "seeder there and without any peer. Median / p95, ms.")
RUNS = 10
PATIENCE_S = 10
AT_MOST = {"restart, no peer": (100, None)}


def restart(workshop, contender, content, data_dir, path):
    with workshop.server_of(contender, data_dir, content, wait=False) as server:
        return server.get(content, path, since=server.process.started_ns, range="0-65535",
                          timeout_s=PATIENCE_S)


def one(workshop, contender, content, runs):
    """{case: its runs}"""
    found = {}
    with workshop.data_dir() as data_dir, contextlib.ExitStack() as while_seeded:
        peers = while_seeded.enter_context(seeders(workshop, content))
        with workshop.server_of(contender, data_dir, content) as server:
            path = server.open(content, peers)
            server.get(content, path, timeout_s=180)
            found["re-open"] = until_wrong(
                server.get(content, path, range="0-65535") for _ in range(runs))
        found["restart"] = until_wrong(
            restart(workshop, contender, content, data_dir, path) for _ in range(runs))
        while_seeded.close()
        found["restart, no peer"] = until_wrong(
            restart(workshop, contender, content, data_dir, path) for _ in range(runs))
    return {**found, "correct": True}


def run(workshop, contenders, scale):
    content = workshop.content(scale.size_bytes)
    results = {}
    for contender in contenders:
        found = attempt(lambda each, _: one(workshop, each, content, scale.runs or RUNS),
                        contender, 0)[0]
        for case in ("re-open", "restart", "restart, no peer"):
            cases.add(results, case, {contender.name: found.get(case, [found])})
    return results


def rows(results):
    for case in cases.names(results):
        yield cases.row(results, case, case, "p50_ms", "p95_ms", at_most=AT_MOST.get(case))


def plots(results):
    yield Bars("restart", "What was watched before, to the first byte, median", "ms",
               cases.series(results, "p50_ms"))
