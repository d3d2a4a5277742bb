"""Anonymous memory: of one stream, and of a connection that idles."""
import socket
import time

from .. import cases
from ..figures import median
from ..processes import Peak
from ..swarm import seeders
from ..turns import are_correct, good, take_turns

NAME = "memory"
TITLE = "Memory"
ABOUT = ("Anonymous memory of the server process (smaps_rollup): its peak while the whole file "
         "goes through one stream, sampled every 50 ms, and what 200 idle keep-alive connections "
         "add afterwards, each having been served one byte.")
RUNS = 3
CONNECTIONS = 200
CASE = "memory"
AT_MOST_STREAM_MIB = 60
AT_MOST_CONNECTION_KIB = 40


def idle_connection(port, path):
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-0\r\n\r\n"
                       .encode())
    answer = b""
    while b"\r\n\r\n" not in answer or answer.endswith(b"\r\n\r\n"):
        more = connection.recv(4096)
        if not more:
            raise RuntimeError("the server closed a connection that was to stay open")
        answer += more
    return connection


def idle_cost(process, port, path):
    before = process.anonymous_bytes()
    connections = [idle_connection(port, path) for _ in range(CONNECTIONS)]
    time.sleep(0.5)  # what ends a request may still be going on
    after = process.anonymous_bytes()
    for connection in connections:
        connection.close()
    return max(0, after - before) / CONNECTIONS


def one(workshop, contender, content, peers):
    with workshop.fresh_server(contender, content) as server:
        path = server.open(content, peers)
        with Peak(server.process) as peak:
            outcome = server.get(content, path, timeout_s=180)
        return {"stream_mib": peak.bytes / (1 << 20),
                "connection_kib": idle_cost(server.process, server.port, path) / 1024,
                "correct": outcome["correct"]}


def summary(runs):
    figures = {key: median([run[key] for run in good(runs)])
               for key in ("stream_mib", "connection_kib")}
    return {"runs": runs, "correct": are_correct(runs), **figures}


def run(workshop, contenders, scale):
    content = workshop.content(scale.size_bytes)
    results = {}
    with seeders(workshop, content) as peers:
        cases.add(results, CASE, take_turns(
            contenders, scale.runs or RUNS,
            lambda contender, _: one(workshop, contender, content, peers)), summary)
    return results


def rows(results):
    yield cases.row(results, CASE, "peak with one stream, MiB", "stream_mib",
                    at_most=(AT_MOST_STREAM_MIB,))
    yield cases.row(results, CASE, "an idle connection, KiB", "connection_kib",
                    at_most=(AT_MOST_CONNECTION_KIB,))
