"""How libtstream's cost grows: with open torrents, and with the pieces of one."""
import time
import urllib.request

from .. import cases
from ..content import KIB
from ..figures import exponent, median
from ..plots import Growth
from ..processes import Peak
from ..swarm import seeders
from ..table import Row, number
from ..turns import attempt
from ..workshop import settle
from .seek import places

NAME = "growth"
TITLE = "How cost grows"
ABOUT = ("Torrents: so many are open, nobody watches and no peer is there; then a further one is "
         "opened by its magnet. Pieces: one sparse torrent with so many of 16 KiB. The exponent is "
         "that of the last step: 1 is linear.")
PIECE_BYTES = 16 * KIB
TORRENT_BYTES = 1 << 20
SEEKS = 10
AT_MOST_EXPONENT = 1.1
AT_MOST_IDLE_PERCENT = 1
IDLE_WITH = 100
TORRENTS = {"open_ms": "time to open them, ms", "memory_mib": "anonymous memory, MiB",
            "idle_percent": "CPU while nothing happens, % of a core",
            "first_ms": "first byte of a further one, ms"}
PIECES = {"first_ms": "magnet to first byte, ms", "seek_ms": "seek, median, ms",
          "whole_cpu_s": "whole file, CPU s", "memory_mib": "peak of anonymous memory, MiB"}


def add_torrent(port, content):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/torrents",
                                     data=content.torrent_path.read_bytes(), method="POST",
                                     headers={"Content-Type": "application/x-bittorrent"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def idle_percent(process, seconds):
    cpu_s = process.cpu_s()
    time.sleep(seconds)
    return (process.cpu_s() - cpu_s) / seconds * 100


def with_torrents(workshop, contender, count, scale):
    contents = [workshop.content(TORRENT_BYTES, PIECE_BYTES, number=i) for i in range(count + 1)]
    further = contents.pop()
    with seeders(workshop, further) as peers, \
            workshop.fresh_server(contender, further) as server:
        start = time.perf_counter()
        for content in contents:
            add_torrent(server.port, content)
        open_ms = (time.perf_counter() - start) * 1000
        settle(server.process)
        idle = idle_percent(server.process, scale.idle_s)
        memory_bytes = server.process.anonymous_bytes()
        first = server.first(further, peers, range="0-65535")
    return {"open_ms": open_ms, "idle_percent": idle, "memory_mib": memory_bytes / (1 << 20),
            "first_ms": first["first_byte_ms"], "correct": first["correct"]}


def with_pieces(workshop, contender, count, _):
    content = workshop.content(PIECE_BYTES * count, PIECE_BYTES, sparse=True)
    with seeders(workshop, content) as peers, \
            workshop.fresh_server(contender, content) as server, Peak(server.process) as peak:
        first = server.first(content, peers, range="0-16383")
        path = server.open(content, peers)
        seeks = [server.get(content, path, range=f"{offset}-", length=16 * KIB)
                 for offset in places(content, SEEKS, 0)]
        cpu_s = server.process.cpu_s()
        whole = server.get(content, path, timeout_s=300)
        cpu_s = server.process.cpu_s() - cpu_s
    return {"first_ms": first["first_byte_ms"], "whole_cpu_s": cpu_s,
            "seek_ms": median([seek["first_byte_ms"] for seek in seeks]),
            "memory_mib": peak.bytes / (1 << 20),
            "correct": all(run["correct"] for run in (first, whole, *seeks))}


def run(workshop, contenders, scale):
    results = {}
    for kind, counts, measure in (("torrents", scale.torrents, with_torrents),
                                  ("pieces", scale.piece_counts, with_pieces)):
        for contender in contenders:
            for count in counts:
                found = attempt(lambda each, _, n=count, m=measure: m(workshop, each, n, scale),
                                contender, 0)
                cases.add(results, f"{kind}, {count}", {contender.name: found},
                          lambda runs: runs[0])
    return results


def by_count(results, kind, key):
    """{how many: figure} of ours."""
    pairs = (case.split(", ") + [figures] for case, figures in results.get(cases.OURS, {}).items())
    return {int(count): figures[key] for of, count, figures in pairs
            if of == kind and figures.get(key) is not None}


def rows(results):
    for kind, labels in (("torrents", TORRENTS), ("pieces", PIECES)):
        for key, label in labels.items():
            points = by_count(results, kind, key)
            counts = " / ".join(f"{count:,}" for count in points)
            grows = exponent(points)
            yield Row(f"{counts} {kind}: {label}",
                      {cases.OURS: " / ".join(number(value) for value in points.values()),
                       "exponent": number(grows) if grows is not None else "-"},
                      f"exponent at most {AT_MOST_EXPONENT}",
                      None if grows is None else grows <= AT_MOST_EXPONENT)
    idle = by_count(results, "torrents", "idle_percent").get(IDLE_WITH)
    if idle is not None:
        yield Row(f"idle with {IDLE_WITH} torrents, % of a core", {cases.OURS: number(idle)},
                  f"under {AT_MOST_IDLE_PERCENT}", idle < AT_MOST_IDLE_PERCENT)


def plots(results):
    for kind, labels in (("torrents", TORRENTS), ("pieces", PIECES)):
        yield Growth(f"growth-{kind}", f"libtstream by {kind}", kind,
                     {label: by_count(results, kind, key) for key, label in labels.items()})
