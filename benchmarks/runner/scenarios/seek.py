"""Random seeks over four poor seeders."""
import contextlib
import json
import random
import subprocess

from ..figures import median, percentile, rotated
from ..processes import Process
from ..swarm import MIB, links, seeders
from ..table import Row, number

NAME = "seek"
TITLE = "Seeks over four poor seeders"
ABOUT = ("Four seeders, each behind a link of 30 ms and 10 Mbit/s, 1 MiB pieces. 20 seeks a run to "
         "places never fetched: an open-ended range from a random offset, first byte, 1 MiB more, "
         "close, and at once the next.")
RUNS = 3
SEEKS = 20
RTT_MS = 30
MBIT = 10
TARGET_P50_MS = 290
TARGET_P95_MS = 545


def places(content, turn):
    """SEEKS offsets in random order, so far apart that no read-ahead reaches the next.

    The first and the last stretch are left out: opening the file fetches them."""
    source = random.Random(turn)
    stretch = content.size_bytes // (SEEKS + 2)
    offsets = [stretch * i + source.randrange(stretch // 2) for i in range(1, SEEKS + 1)]
    source.shuffle(offsets)
    return offsets


@contextlib.contextmanager
def http_seeker(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as (_, port):
        path = content.stream_path(addresses)
        workshop.probe("get", port, path, content, range="0-", length=MIB, timeout_s=120)
        yield lambda offset: workshop.probe("get", port, path, content, range=f"{offset}-",
                                            length=MIB, timeout_s=60)


@contextlib.contextmanager
def libtorrent_seeker(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir:
        command = [workshop.tools / "libtorrent_client", "seeks", content.magnet(addresses),
                   data_dir, content.path, *contender.options]
        with Process(command, workshop.log(contender.name), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as process:
            process.popen.stdout.readline()

            def seek(offset):
                process.popen.stdin.write(b"%d %d\n" % (offset, MIB))
                process.popen.stdin.flush()
                return json.loads(process.popen.stdout.readline())

            seek(0)
            yield seek


def one(workshop, contender, content, addresses, turn):
    seeker = http_seeker if contender.command else libtorrent_seeker
    with seeker(workshop, contender, content, addresses) as seek:
        return [seek(offset) for offset in places(content, turn)]


def run(workshop, contenders, runs):
    content = workshop.content()
    results = {contender.name: {"runs": []} for contender in contenders}
    with seeders(workshop, content, 4) as behind:
        for turn in range(runs or RUNS):
            for contender in rotated(contenders, turn):
                # Fresh links: nothing of the one before is still under way.
                with links(workshop, behind, RTT_MS, MBIT) as (addresses, _):
                    results[contender.name]["runs"].append(
                        one(workshop, contender, content, addresses, turn))
    for figures in results.values():
        seeks = [seek for run in figures["runs"] for seek in run]
        times = [seek["first_byte_ms"] for seek in seeks if seek["correct"]]
        figures["correct"] = len(times) == len(seeks)
        figures["first_byte_p50_ms"] = median(times)
        figures["first_byte_p95_ms"] = percentile(times, 95) if times else None
        figures["first_byte_max_ms"] = max(times, default=None)
    return results


def rows(results):
    targets = {"p50": TARGET_P50_MS, "p95": TARGET_P95_MS, "max": None}
    for share, target in targets.items():
        key = f"first_byte_{share}_ms"
        ours = results.get("tstream", {}).get(key)
        yield Row(f"first byte, {share}, ms",
                  {name: number(figures[key]) for name, figures in results.items()},
                  f"at most {target}" if target else "",
                  ours <= target if ours and target else None)
