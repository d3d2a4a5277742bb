"""A magnet nobody has opened before, to the first byte of its video."""
from ..figures import median, percentile, rotated
from ..swarm import seeders
from ..table import Row, number
from ..workshop import settle

NAME = "cold"
TITLE = "Magnet to first byte"
ABOUT = ("Server up, data directory empty, metadata from the one seeder (loopback, unthrottled). "
         "The clock starts when the HTTP request is sent.")
RUNS = 15
TARGET_MS = 40
TARGET_RATIO = 1 / 4


def one(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as (server, port):
        settle(server)
        return workshop.probe("get", port, content.stream_path(addresses), content,
                              range="0-65535")


def run(workshop, contenders, runs):
    content = workshop.content()
    results = {contender.name: {"runs": []} for contender in contenders}
    with seeders(workshop, content) as addresses:
        for turn in range(runs or RUNS):
            for contender in rotated(contenders, turn):
                results[contender.name]["runs"].append(
                    one(workshop, contender, content, addresses))
    for figures in results.values():
        times = [run["first_byte_ms"] for run in figures["runs"] if run["correct"]]
        figures["correct"] = len(times) == len(figures["runs"])
        figures["first_byte_p50_ms"] = median(times)
        figures["first_byte_p95_ms"] = percentile(times, 95) if times else None
    return results


def rows(results):
    medians = {name: figures["first_byte_p50_ms"] for name, figures in results.items()}
    ours, theirs = medians.get("tstream"), medians.get("torrent-stream")
    met = ours is not None and ours <= TARGET_MS
    yield Row("first byte, median, ms", {name: number(value) for name, value in medians.items()},
              f"at most {TARGET_MS}", met if "tstream" in medians else None)
    yield Row("first byte, p95, ms",
              {name: number(figures["first_byte_p95_ms"]) for name, figures in results.items()})
    if ours and theirs:
        yield Row("median, of torrent-stream's", {"tstream": number(ours / theirs)},
                  "at most 1/4", ours <= TARGET_RATIO * theirs)
