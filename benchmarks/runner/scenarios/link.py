"""Is the relay the link it claims to be?  Round trip, rate and cost of four full links."""
import socket
import statistics
import threading
import time

from ..swarm import links
from ..table import Row, number

NAME = "link"
TITLE = "The shaped link itself (30 ms, 10 Mbit/s)"
ABOUT = "A check of the measuring itself, with an echo server behind the relay."
RTT_MS = 30
MBIT = 10
BULK_BYTES = 4 << 20
CASE = "link"


def echo_server():
    """Echoes what it gets, or, told b"bulk", sends BULK_BYTES."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def serve(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while data := connection.recv(65536):
                connection.sendall(bytes(BULK_BYTES) if data == b"bulk" else data)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def connect(address):
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ping_ms(connection):
    start = time.perf_counter()
    connection.sendall(b"ping")
    connection.recv(16)
    return (time.perf_counter() - start) * 1000


def receive_bulk(connection, rates):
    connection.sendall(b"bulk")
    left = BULK_BYTES - len(connection.recv(65536))
    start, counted = time.perf_counter(), left
    while left > 0:
        left -= len(connection.recv(65536))
    rates.append(counted * 8 / 1e6 / (time.perf_counter() - start))


def run(workshop, contenders, scale):
    listener = echo_server()
    target = "127.0.0.1:%d" % listener.getsockname()[1]
    with links(workshop, [target] * 4, RTT_MS, MBIT) as (addresses, relay):
        connections = [connect(address) for address in addresses]
        handshake_ms = ping_ms(connections[0])
        round_trips = [ping_ms(connections[0]) for _ in range(100)]
        rates = []
        cpu_s, start = relay.cpu_s(), time.perf_counter()
        threads = [threading.Thread(target=receive_bulk, args=(connection, rates))
                   for connection in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu_share = (relay.cpu_s() - cpu_s) / (time.perf_counter() - start)
        for connection in connections:
            connection.close()
    listener.close()
    return {"relay": {CASE: {"correct": True,
        "first_round_trip_ms": handshake_ms,
        "rtt_p50_ms": statistics.median(round_trips),
        "rtt_max_ms": max(round_trips),
        "mbit_per_s": rates,
        "cpu_share": cpu_share,
    }}}


def rows(results):
    relay = results["relay"][CASE]
    return [
        Row("round trip, median (largest)",
            {"relay": f"{number(relay['rtt_p50_ms'])} ms ({number(relay['rtt_max_ms'])})"},
            "30 ms, within 3", abs(relay["rtt_p50_ms"] - RTT_MS) <= 3),
        Row("first round trip, TCP handshake included",
            {"relay": f"{number(relay['first_round_trip_ms'])} ms"},
            "60 ms, within 3", abs(relay["first_round_trip_ms"] - 2 * RTT_MS) <= 3),
        Row("rate, four links at once",
            {"relay": f"{number(min(relay['mbit_per_s']))}-"
                      f"{number(max(relay['mbit_per_s']))} Mbit/s"},
            "10 Mbit/s, within 5 %",
            all(abs(rate - MBIT) <= 0.05 * MBIT for rate in relay["mbit_per_s"])),
        Row("CPU of the four full links", {"relay": f"{relay['cpu_share'] * 100:.1f} %"},
            "at most 15 % of a core", relay["cpu_share"] <= 0.15),
    ]
