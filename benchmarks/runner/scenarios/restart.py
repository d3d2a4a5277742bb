"""A restart with the data kept and no peer: process start to first byte."""
from ..figures import median, percentile, rotated
from ..swarm import seeders
from ..table import Row, number

NAME = "restart"
TITLE = "Restart with data kept"
ABOUT = ("The whole file was fetched and the server ended with SIGTERM; then, without any peer, "
         "from starting the process to the first byte of the same magnet.")
RUNS = 10
TARGET_MS = 150
PATIENCE_S = 10


def fetch(workshop, contender, content, data_dir):
    with seeders(workshop, content) as addresses, \
            workshop.server_of(contender, data_dir, content) as (_, port):
        path = content.stream_path(addresses)
        workshop.probe("get", port, path, content, timeout_s=180)
        return path


def restart(workshop, contender, content, data_dir, path):
    with workshop.server_of(contender, data_dir, content, wait=False) as (server, port):
        return workshop.probe("get", port, path, content, since=server.started_ns,
                              range="0-65535", timeout_s=PATIENCE_S)


def one(workshop, contender, content, runs):
    with workshop.data_dir() as data_dir:
        path = fetch(workshop, contender, content, data_dir)
        found = []
        for _ in range(runs):
            found.append(restart(workshop, contender, content, data_dir, path))
            if not found[-1]["correct"]:
                break  # who cannot do it at all is not asked ten times
        return found


def run(workshop, contenders, runs):
    content = workshop.content()
    results = {}
    for contender in rotated(contenders, 0):
        found = one(workshop, contender, content, runs or RUNS)
        times = [run["first_byte_ms"] for run in found if run["correct"]]
        results[contender.name] = {
            "runs": found,
            "correct": len(times) == len(found),
            "first_byte_p50_ms": median(times),
            "first_byte_p95_ms": percentile(times, 95) if times else None,
        }
    return results


def rows(results):
    def text(figures, key):
        return number(figures[key]) if figures["correct"] else f"none in {PATIENCE_S} s"

    ours = results.get("tstream")
    met = None
    if ours:
        met = ours["correct"] and ours["first_byte_p50_ms"] < TARGET_MS
    yield Row("first byte, median, ms",
              {name: text(figures, "first_byte_p50_ms") for name, figures in results.items()},
              f"under {TARGET_MS}", met)
    yield Row("first byte, p95, ms",
              {name: text(figures, "first_byte_p95_ms") for name, figures in results.items()})
