"""The whole file is already there: how well is it served?"""
from ..figures import mb_per_s, median, per_gib, rotated
from ..swarm import seeders
from ..table import Row, number

NAME = "warm-file"
TITLE = "Whole file already there"
ABOUT = ("512 MiB served four times over one keep-alive connection a run, from the page cache; "
         "then 1,000 ranges of 1 KiB at random places over one connection.")
RUNS = 5
REPEAT = 4
LATENCY_COUNT = 1000
TARGET_RATIO = 0.85
TARGET_FIRST_BYTE_MS = 1


def serve_again(workshop, server, port, path, content):
    cpu_s = server.cpu_s()
    outcome = workshop.probe("get", port, path, content, repeat=REPEAT, timeout_s=180)
    cpu_s = server.cpu_s() - cpu_s
    latency = workshop.probe("latency", port, path, content, count=LATENCY_COUNT)
    return {**outcome, "cpu_s": cpu_s, "latency": latency,
            "correct": outcome["correct"] and latency["correct"]}


def one(workshop, contender, content, runs):
    """Fetch once, then take the seeder away and measure."""
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as (server, port):
        if contender.serves_finished_file:
            path = "/video"
        else:
            with seeders(workshop, content) as addresses:
                path = content.stream_path(addresses)
                workshop.probe("get", port, path, content, timeout_s=180)
        workshop.probe("get", port, path, content, timeout_s=180)
        return [serve_again(workshop, server, port, path, content) for _ in range(runs)]


def summary(runs):
    good = [run for run in runs if run["correct"]]
    return {
        "runs": runs,
        "correct": len(good) == len(runs),
        "mb_per_s": median([mb_per_s(run["body_bytes"], run["total_ms"]) for run in good]),
        "cpu_s_per_gib": median([per_gib(run["cpu_s"], run["body_bytes"]) for run in good]),
        "first_byte_p50_ms": median([run["latency"]["p50_ms"] for run in good]),
    }


def run(workshop, contenders, runs):
    content = workshop.content()
    found = {contender.name: [] for contender in contenders}
    # Three rounds, so that what else the machine does meets everybody.
    for turn in range(3):
        for contender in rotated(contenders, turn):
            found[contender.name] += one(workshop, contender, content, runs or RUNS)
    return {name: summary(runs) for name, runs in found.items()}


def rows(results):
    ours, nginx = results.get("tstream"), results.get("nginx")
    first_byte_met = None
    if ours and ours["first_byte_p50_ms"]:
        first_byte_met = ours["first_byte_p50_ms"] < TARGET_FIRST_BYTE_MS
    for key, label in (("mb_per_s", "MB/s"), ("cpu_s_per_gib", "CPU s/GiB")):
        yield Row(label, {name: number(figures[key]) for name, figures in results.items()})
    yield Row("request to first byte, median, ms",
              {name: f"{figures['first_byte_p50_ms']:.3f}"
               for name, figures in results.items() if figures["first_byte_p50_ms"]},
              "under 1", first_byte_met)
    if ours and nginx and ours["mb_per_s"] and nginx["mb_per_s"]:
        speed = ours["mb_per_s"] / nginx["mb_per_s"]
        cpu = ours["cpu_s_per_gib"] / nginx["cpu_s_per_gib"]
        yield Row("MB/s, of nginx's with sendfile off", {"tstream": number(speed)},
                  "at least 0.85", speed >= TARGET_RATIO)
        yield Row("CPU, of nginx's with sendfile off", {"tstream": number(cpu)},
                  "at most 1.00", cpu <= 1)
