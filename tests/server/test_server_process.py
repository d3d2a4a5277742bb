"""The process: its flags, its end, its ports, its memory of the last run."""
import http.client
import signal
import socket
import time

import pytest

import films
import serverproc
import wire


def test_help_names_every_flag_and_is_exit_code_0():
    done = serverproc.run("--help")
    assert done.returncode == 0
    for flag in ("--port", "--host", "--data-dir", "--token-file", "--help", "--version"):
        assert flag in done.stdout, flag


def test_version_is_one_line():
    done = serverproc.run("--version")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("flags", [["--spam"], ["-Z"], ["spam"], ["--port"], ["--port", "x"],
                                   ["--port", "99999"], ["--port", "-1"], ["--port", "80x"],
                                   ["--port="], ["--quota", "10X"], ["--max-streams", "0"],
                                   ["--public-url", "ftp://x"], ["--log", "loud"]])
def test_a_flag_that_makes_no_sense_is_exit_code_2(tmp_path, flags):
    done = serverproc.run("--data-dir", str(tmp_path / "data"), *flags)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert not (tmp_path / "data").exists()


def test_a_setting_in_the_environment_that_makes_no_sense_is_exit_code_2(tmp_path):
    done = serverproc.run("--data-dir", str(tmp_path / "data"), env={"PORT": "http"})
    assert done.returncode == 2
    assert "PORT" in done.stderr


def test_settings_come_from_the_environment_too(tmp_path):
    port = serverproc.free_port()
    env = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data")}
    process = serverproc.launch(tmp_path / "log", *serverproc.LOOPBACK_ONLY, env=env)
    try:
        wire.poll(lambda: answers(port), 10, "server answers")
        # HTTP is up before the session is.
        wire.poll((tmp_path / "data").is_dir, 10, "data directory is there")
    finally:
        process.terminate()
        assert process.wait(10) == 0


def answers(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def test_a_port_in_use_is_a_clear_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = serverproc.run("--port", port, "--data-dir", str(tmp_path / "data"),
                              *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert port in done.stderr
    assert "in use" in done.stderr


def test_a_data_directory_in_use_is_a_clear_error(make_server):
    server = make_server()
    done = serverproc.run("--port", str(serverproc.free_port()), "--data-dir", str(server.data_dir),
                          *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert str(server.data_dir) in done.stderr


def test_a_data_directory_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    wanted = tmp_path / "file" / "data"
    done = serverproc.run("--port", str(serverproc.free_port()), "--data-dir", str(wanted),
                          *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert str(wanted) in done.stderr


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_three_seconds_with_streams_open(make_server, seeded, slow_seeder, signum):
    server = make_server()
    content = seeded(slow_seeder, "ending.mp4", 20 << 20)
    film = films.Film(server, content, slow_seeder.address)
    streaming = wire.connect(server)
    streaming.request("GET", film.target)
    assert streaming.getresponse().read(1000) == film.content[:1000]
    waiting = wire.connect(server)
    waiting.request("GET", films.stream_target("magnet:?xt=urn:btih:" + "9" * 40))
    events = wire.connect(server)
    events.request("GET", f"/api/torrents/{film.infohash}/events")
    assert events.getresponse().status == 200
    idle = socket.create_connection((server.host, server.port))

    began = time.monotonic()
    assert server.stop(signum) == 0, server.output()
    assert time.monotonic() - began < 3
    for connection in (streaming, waiting, events, idle):
        connection.close()


def test_it_ends_at_once_when_nobody_streams(make_server):
    server = make_server()
    kept_alive = [wire.connect(server) for _ in range(20)]
    for connection in kept_alive:
        wire.send(connection, "GET", "/api/health")
    silent = socket.create_connection((server.host, server.port))

    began = time.monotonic()
    assert server.stop() == 0, server.output()
    assert time.monotonic() - began < 1
    for connection in (*kept_alive, silent):
        connection.close()


def test_a_request_during_the_start_is_answered(tmp_path):
    """As soon as anything listens; that the session is still being opened is no excuse."""
    port = serverproc.free_port()
    process = serverproc.launch(tmp_path / "log", "--port", str(port), "--data-dir",
                                str(tmp_path / "data"), *serverproc.LOOPBACK_ONLY)
    try:
        connection = wire.poll(lambda: connect_or_none(port), 10, "server listens")
        for target in ("/api/health", "/api/torrents", "/"):
            assert wire.send(connection, "GET", target).status == 200, target
        connection.close()
    finally:
        process.terminate()
        assert process.wait(10) == 0


def connect_or_none(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.connect()
        return connection
    except ConnectionError:
        return None


def test_a_restart_serves_what_it_knows_without_any_peer(tmp_path, make_server, seeded, seeder):
    content = seeded(seeder, "kept.mp4", 3_000_000)
    first = make_server(data_dir=tmp_path / "data")
    films.Film(first, content, seeder.address).fetch()
    assert first.stop() == 0

    second = make_server(data_dir=tmp_path / "data")
    alone = films.Film(second, content)
    assert alone.fetch().stats()["downloaded_bytes"] == 0
    by_hash = wire.get(second, f"/api/stream?infohash={content.infohash}", {"Range": "bytes=-99"})
    assert by_hash.status == 206
    assert by_hash.body == content.data[-99:]


def test_a_restart_on_the_same_port_works_at_once(make_server):
    first = make_server()
    connection = wire.connect(first)
    wire.send(connection, "GET", "/api/health")
    assert first.stop() == 0
    second = make_server(port=first.port)
    assert wire.get(second, "/api/health").status == 200
    connection.close()


TOKEN = "correct-horse-battery-staple"


def assert_guarded_by_token(server):
    assert wire.get(server, "/api/health").status == 200
    wire.assert_problem(wire.get(server, "/api/streams"), 401)
    wrong = wire.get(server, "/api/streams", {"Authorization": "Bearer wrong"})
    wire.assert_problem(wrong, 401)
    assert "WWW-Authenticate" in wrong.headers
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert wire.get(server, "/api/streams", right).status == 200


def test_a_token_in_the_environment_guards_everything_but_health(make_server):
    assert_guarded_by_token(make_server(env={"TOKEN": TOKEN}))


def test_a_token_in_a_file_guards_everything_but_health(make_server, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    assert_guarded_by_token(make_server("--token-file", str(tmp_path / "token")))


def test_a_token_file_that_is_missing_is_an_error(tmp_path):
    done = serverproc.run("--token-file", str(tmp_path / "none"), "--data-dir",
                          str(tmp_path / "data"))
    assert done.returncode == 2
    assert "none" in done.stderr


def test_with_a_token_the_server_may_listen_everywhere(make_server):
    server = make_server("--host", "0.0.0.0", env={"TOKEN": TOKEN})
    assert_guarded_by_token(server)
