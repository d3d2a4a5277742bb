"""The whole file is already there: how well is it served?"""
from .. import cases
from ..figures import mb_per_s, median, per_gib
from ..swarm import seeders
from ..turns import are_correct, good, take_turns

NAME = "warm-file"
TITLE = "E: whole file already there"
ABOUT = ("512 MiB served four times over one keep-alive connection a run, from the page cache; "
         "then 1,000 ranges of 1 KiB at random places over one connection.")
ROUNDS = 3
RUNS = 5
REPEAT = 4
LATENCY_COUNT = 1000
CASE = "warm"


def serve_again(server, content, path):
    cpu_s = server.process.cpu_s()
    outcome = server.get(content, path, repeat=REPEAT, timeout_s=180)
    cpu_s = server.process.cpu_s() - cpu_s
    latency = server.latency(content, path, LATENCY_COUNT)
    return {**outcome, "cpu_s": cpu_s, "latency_ms": latency["p50_ms"],
            "correct": outcome["correct"] and latency["correct"]}


def one(workshop, contender, content, runs):
    """Fetch once, then take the seeder away and measure."""
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as server:
        if contender.serves_finished_file:
            path = server.open(content, [])
        else:
            with seeders(workshop, content) as peers:
                path = server.open(content, peers)
                server.get(content, path, timeout_s=180)
        server.get(content, path, timeout_s=180)
        return [serve_again(server, content, path) for _ in range(runs)]


def summary(runs):
    right = good(runs)
    return {
        "runs": runs, "correct": are_correct(runs),
        "mb_per_s": median([mb_per_s(run["body_bytes"], run["total_ms"]) for run in right]),
        "cpu_s_per_gib": median([per_gib(run["cpu_s"], run["body_bytes"]) for run in right]),
        "latency_ms": median([run["latency_ms"] for run in right]),
    }


def run(workshop, contenders, scale):
    content = workshop.content(scale.size_bytes)
    # Several rounds, so that what else the machine does meets everybody.
    found = take_turns(contenders, scale.runs or ROUNDS, lambda contender, _: one(
        workshop, contender, content, scale.runs or RUNS))
    results = {}
    cases.add(results, CASE, found, summary)
    return results


def is_nginx(name):
    return name == "nginx"


def is_nginx_sendfile(name):
    return name == "nginx-sendfile"


def rows(results):
    yield cases.row(results, CASE, "MB/s", "mb_per_s")
    yield cases.row(results, CASE, "CPU s/GiB", "cpu_s_per_gib")
    yield cases.row(results, CASE, "request to first byte, median, ms", "latency_ms",
                    at_most=(1,))
    yield from cases.ratio_row(results, CASE, "MB/s, of nginx's with sendfile off", "mb_per_s",
                               is_nginx, at_least=1)
    yield from cases.ratio_row(results, CASE, "CPU, of nginx's with sendfile off",
                               "cpu_s_per_gib", is_nginx, at_most=1)
    yield from cases.ratio_row(results, CASE, "CPU, of nginx's with sendfile on",
                               "cpu_s_per_gib", is_nginx_sendfile, at_most=1.5)
