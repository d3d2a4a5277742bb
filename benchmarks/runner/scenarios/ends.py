"""Two viewers at opposite ends of one file: does one take from the other?"""
from .. import cases
from ..figures import median
from ..swarm import POOR, swarm
from ..turns import are_correct, good, take_turns

NAME = "ends"
TITLE = "I: two viewers at opposite ends"
ABOUT = ("Of a file nobody has opened yet, over four seeders behind links of 30 ms and 10 Mbit/s: "
         "one from its beginning, the other near its end, each 8 Mbit/s for 20 s, with 1 s in the "
         "buffer to begin with and at most 5. First byte of each, ms; stalls and their ms in all.")
RUNS = 3
MBIT = 8
START_S = 1
BUFFER_S = 5
FAR = 0.8
CASE = "ends"


def one(workshop, contender, content, peers, scale):
    with workshop.fresh_server(contender, content) as server:
        path = server.open(content, peers)
        near, far = server.watch(content, path, [(0, 0), (int(content.size_bytes * FAR), 0)],
                                 mbit=MBIT, start_s=START_S, buffer_s=BUFFER_S,
                                 play_s=min(scale.viewers_play_s, 20),
                                 timeout_s=round(6 * scale.viewers_play_s))
    return {"near": near, "far": far, "correct": near["correct"] and far["correct"]}


def summary(runs):
    right = good(runs)
    both = [[run["near"], run["far"]] for run in right]
    return {"runs": runs, "correct": are_correct(runs),
            "near_ms": median([run["near"]["first_byte_ms"] for run in right]),
            "far_ms": median([run["far"]["first_byte_ms"] for run in right]),
            "stalls": median([sum(viewer["stalls"] for viewer in pair) for pair in both]),
            "stall_ms": median([sum(viewer["stall_ms"] for viewer in pair) for pair in both])}


def run(workshop, contenders, scale):
    content = workshop.content(scale.size_bytes)
    results = {}
    with swarm(workshop, content, POOR) as fresh_peers:
        def once(contender, _):
            with fresh_peers() as peers:
                return one(workshop, contender, content, peers, scale)
        cases.add(results, CASE, take_turns(contenders, scale.runs or RUNS, once), summary)
    return results


def rows(results):
    yield cases.row(results, CASE, "first byte, beginning / end, ms", "near_ms", "far_ms")
    yield cases.row(results, CASE, "stalls, and their ms", "stalls", "stall_ms")
