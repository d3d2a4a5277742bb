"""A check of the measuring: is the relay the link, the player the person it claims to be?"""
import socket
import statistics
import threading
import time

from ..content import MIB
from ..swarm import links
from ..table import Row, number

NAME = "link"
TITLE = "The measuring itself"
ABOUT = ("The shaped link (30 ms, 10 Mbit/s), with an echo server behind it; and the player, of a "
         "server that sends 2 s of video, is silent until 3 s have passed, and sends the rest.")
RTT_MS = 30
MBIT = 10
BULK_BYTES = 4 << 20
CASE = "link"
VIDEO_MBIT = 8
VIDEO_BYTES = 8 * MIB
SENT_FIRST_BYTES = 2_000_000
SILENT_UNTIL_S = 3
STALL_MS = 1000


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


def link_figures(workshop):
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
    return {"first_round_trip_ms": handshake_ms, "rtt_p50_ms": statistics.median(round_trips),
            "rtt_max_ms": max(round_trips), "mbit_per_s": rates, "cpu_share": cpu_share}


def serve_with_a_pause(listener, body):
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        start = time.monotonic()
        connection.sendall(b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n\r\n"
                           % len(body) + body[:SENT_FIRST_BYTES])
        time.sleep(start + SILENT_UNTIL_S - time.monotonic())
        try:
            connection.sendall(body[SENT_FIRST_BYTES:])
        except OSError:
            pass  # the viewer has seen enough


def player_figures(workshop):
    content = workshop.content(VIDEO_BYTES)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_with_a_pause,
                                  args=(listener, content.path.read_bytes()))
        thread.start()
        viewer = workshop.run("player", 30, port=listener.getsockname()[1], path="/",
                              expect=content.path, viewer="0@0", mbit=VIDEO_MBIT, start_s=1,
                              buffer_s=5, play_s=4)[0]
        thread.join()
    return {"stalls": viewer["stalls"], "stall_ms": viewer["stall_ms"],
            "correct": viewer["correct"]}


def run(workshop, contenders, scale):
    return {"measuring": {CASE: {**link_figures(workshop), **player_figures(workshop)}}}


def rows(results):
    found = results["measuring"][CASE]
    return [
        Row("round trip, median (largest)",
            {"measuring": f"{number(found['rtt_p50_ms'])} ms ({number(found['rtt_max_ms'])})"},
            "30 ms, within 3", abs(found["rtt_p50_ms"] - RTT_MS) <= 3),
        Row("first round trip, TCP handshake included",
            {"measuring": f"{number(found['first_round_trip_ms'])} ms"},
            "60 ms, within 3", abs(found["first_round_trip_ms"] - 2 * RTT_MS) <= 3),
        Row("rate, four links at once",
            {"measuring": f"{number(min(found['mbit_per_s']))}-"
                      f"{number(max(found['mbit_per_s']))} Mbit/s"},
            "10 Mbit/s, within 5 %",
            all(abs(rate - MBIT) <= 0.05 * MBIT for rate in found["mbit_per_s"])),
        Row("CPU of the four full links", {"measuring": f"{found['cpu_share'] * 100:.1f} %"},
            "at most 15 % of a core", found["cpu_share"] <= 0.15),
        Row("a stall, ms", {"measuring": f"{found['stalls']} of {number(found['stall_ms'])}"},
            f"1 of {STALL_MS}, within 50",
            found["stalls"] == 1 and abs(found["stall_ms"] - STALL_MS) <= 50),
    ]
