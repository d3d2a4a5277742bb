"""The whole file through HTTP while it downloads, against libtorrent alone."""
import json
import subprocess

from ..figures import mb_per_s, median, per_gib, rotated
from ..swarm import seeders
from ..table import Row, number
from ..workshop import settle

NAME = "cold-file"
TITLE = "Whole file while downloading"
ABOUT = ("512 MiB, 1 MiB pieces, one unthrottled seeder on loopback; from the request (or from "
         "adding the torrent) to the last byte. Both ends and the client share the cores.")
RUNS = 5
TARGET_RATIO = 0.9


def through_http(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as (server, port):
        settle(server)
        cpu_s = server.cpu_s()
        outcome = workshop.probe("get", port, content.stream_path(addresses), content,
                                 timeout_s=180)
        return {**outcome, "cpu_s": server.cpu_s() - cpu_s}


def libtorrent_alone(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir:
        command = [workshop.tools / "libtorrent_client", "whole", content.magnet(addresses),
                   data_dir, content.path, *contender.options]
        output = subprocess.run(command, check=True, timeout=180, stdout=subprocess.PIPE)
        return json.loads(output.stdout)


def one(workshop, contender, content, addresses):
    measure = through_http if contender.command else libtorrent_alone
    return measure(workshop, contender, content, addresses)


def summary(figures):
    good = [run for run in figures["runs"] if run["correct"]]
    figures["correct"] = len(good) == len(figures["runs"])
    figures["mb_per_s"] = median([mb_per_s(run["body_bytes"], run["total_ms"]) for run in good])
    figures["cpu_s_per_gib"] = median([per_gib(run["cpu_s"], run["body_bytes"]) for run in good])


def run(workshop, contenders, runs):
    content = workshop.content()
    results = {contender.name: {"runs": []} for contender in contenders}
    with seeders(workshop, content) as addresses:
        for turn in range(runs or RUNS):
            for contender in rotated(contenders, turn):
                results[contender.name]["runs"].append(
                    one(workshop, contender, content, addresses))
    for figures in results.values():
        summary(figures)
    return results


def rows(results):
    speeds = {name: figures["mb_per_s"] for name, figures in results.items()}
    alone = [speed for name, speed in speeds.items() if name.startswith("libtorrent") and speed]
    ours = speeds.get("tstream")
    yield Row("MB/s", {name: number(speed) for name, speed in speeds.items()})
    yield Row("CPU s/GiB", {name: number(figures["cpu_s_per_gib"])
                            for name, figures in results.items()})
    if ours and alone:
        yield Row("of the faster libtorrent alone", {"tstream": number(ours / max(alone))},
                  "at least 0.90", ours >= TARGET_RATIO * max(alone))
