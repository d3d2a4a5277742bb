"""Anonymous memory: of one stream, and of a connection that idles."""
import socket
import threading
import time

from ..figures import median, rotated
from ..swarm import seeders
from ..table import Row, number

NAME = "memory"
TITLE = "Memory"
ABOUT = ("Anonymous memory of the server process (smaps_rollup): its peak while the whole file "
         "goes through one stream, sampled every 50 ms, and what 200 idle keep-alive connections "
         "add afterwards, each having been served one byte.")
RUNS = 3
CONNECTIONS = 200
SAMPLE_S = 0.05
TARGET_STREAM_BYTES = 60 << 20
TARGET_CONNECTION_BYTES = 40 << 10


class Peak:
    """The largest anonymous size seen between enter and exit."""

    def __init__(self, process):
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.bytes = 0

    def _sample(self):
        while not self._done.wait(SAMPLE_S):
            self.bytes = max(self.bytes, self._process.anonymous_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


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


def one(workshop, contender, content, addresses):
    with workshop.data_dir() as data_dir, \
            workshop.server_of(contender, data_dir, content) as (server, port):
        path = content.stream_path(addresses)
        start_bytes = server.anonymous_bytes()
        with Peak(server) as peak:
            outcome = workshop.probe("get", port, path, content, timeout_s=180)
        return {"start_bytes": start_bytes, "stream_bytes": peak.bytes,
                "connection_bytes": idle_cost(server, port, path),
                "correct": outcome["correct"]}


def run(workshop, contenders, runs):
    content = workshop.content()
    results = {contender.name: {"runs": []} for contender in contenders}
    with seeders(workshop, content) as addresses:
        for turn in range(runs or RUNS):
            for contender in rotated(contenders, turn):
                results[contender.name]["runs"].append(
                    one(workshop, contender, content, addresses))
    for figures in results.values():
        for key in ("stream_bytes", "connection_bytes"):
            figures[key] = median([run[key] for run in figures["runs"]])
        figures["correct"] = all(run["correct"] for run in figures["runs"])
    return results


def rows(results):
    ours = results.get("tstream")
    yield Row("peak with one stream, MiB",
              {name: number(figures["stream_bytes"] / (1 << 20))
               for name, figures in results.items()},
              "under 60", ours["stream_bytes"] < TARGET_STREAM_BYTES if ours else None)
    yield Row("an idle connection, KiB",
              {name: number(figures["connection_bytes"] / 1024)
               for name, figures in results.items()},
              "under 40", ours["connection_bytes"] < TARGET_CONNECTION_BYTES if ours else None)
