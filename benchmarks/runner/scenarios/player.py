"""One person with a player, on a swarm that gets worse: how long is the waiting in all?"""
import threading

from .. import cases
from ..figures import median
from ..plots import Bars
from ..swarm import links, seeders, silence_first_link
from ..turns import are_correct, good, take_turns

NAME = "player"
TITLE = "G: a player"
ABOUT = ("A video of 5 Mbit/s; the player begins with 2 s in its buffer, holds at most 10 s, and "
         "after a stall waits for 2 s again. Three seeders at 4 Mbit/s and one at 0.5, all 30 ms "
         "away; one of the three falls silent after 20 s. Seeks after 10 s and 40 s of play to "
         "places never fetched; 60 s of play. Medians.")
RUNS = 3
MBIT = 5
START_S = 2
BUFFER_S = 10
RTT_MS = 30
RATES_MBIT = (4, 4, 4, 0.5)
# As parts of the whole play: (when, where to), and when the first link falls silent.
SEEKS = ((10 / 60, 0.6), (40 / 60, 0.3))
SILENT_AFTER = 20 / 60
CASE = "player"
AT_MOST_S = 5


def one(workshop, contender, content, targets, scale):
    seeks = [f"{scale.player_s * when}:{int(content.size_bytes * where)}"
             for when, where in SEEKS]
    with workshop.fresh_server(contender, content) as server, \
            links(workshop, targets, RTT_MS, RATES_MBIT) as (peers, relay):
        silencer = threading.Timer(scale.player_s * SILENT_AFTER, silence_first_link, [relay])
        silencer.start()
        try:
            path = server.open(content, peers)
            viewer = server.watch(content, path, [(0, 0)], mbit=MBIT, start_s=START_S,
                                  buffer_s=BUFFER_S, play_s=scale.player_s, seek=seeks,
                                  timeout_s=round(4 * scale.player_s))[0]
        finally:
            silencer.cancel()
    waits_ms = viewer["start_ms"] + viewer["stall_ms"] + sum(viewer["seek_ms"])
    return {**viewer, "waiting_s": waits_ms / 1000}


def summary(runs):
    right = good(runs)
    return {"runs": runs, "correct": are_correct(runs),
            "waiting_s": median([run["waiting_s"] for run in right]),
            "start_ms": median([run["start_ms"] for run in right]),
            "seeks_ms": median([sum(run["seek_ms"]) for run in right]),
            "stalls": median([run["stalls"] for run in right]),
            "stall_ms": median([run["stall_ms"] for run in right])}


def run(workshop, contenders, scale):
    content = workshop.content(scale.size_bytes)
    results = {}
    with seeders(workshop, content, len(RATES_MBIT)) as targets:
        cases.add(results, CASE, take_turns(
            contenders, scale.runs or RUNS,
            lambda contender, _: one(workshop, contender, content, targets, scale)), summary)
    return results


def rows(results):
    yield cases.row(results, CASE, "waiting in all, s", "waiting_s", at_most=(AT_MOST_S,))
    yield cases.row(results, CASE, "to start, ms", "start_ms")
    yield cases.row(results, CASE, "both seeks, ms", "seeks_ms")
    yield cases.row(results, CASE, "stalls, and their ms", "stalls", "stall_ms")


def plots(results):
    yield Bars("player", "Waiting in 60 s of play", "s", cases.series(results, "waiting_s"))
