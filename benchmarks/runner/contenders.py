"""Who is measured.  Adding one: a few lines at the end of this file.

A contender with a server gives the command that starts it on 127.0.0.1:PORT with its data
under DATA_DIR.  Unless it says otherwise with `open`, it answers GET /api/stream?magnet=...
(&file_index=...) with ranges, and takes its peers from the magnet's x.pe parameters.
A contender that only downloads gives `fetch` instead.
"""
import dataclasses
import filecmp
import json
import os
import subprocess
import time
import urllib.request
from typing import Callable

from .tracker import tracker


def open_by_path(port, content, peers):
    return content.stream_path(peers)


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    title: str
    version: Callable      # (workshop) -> str
    scenarios: tuple       # which it takes part in
    command: Callable = None   # (workshop, port, data_dir, content) -> (argv, env)
    settings: str = "defaults"
    for_crowds: tuple = ()     # more arguments, when very many viewers come
    open: Callable = open_by_path  # (port, content, peers) -> path to ask for
    fetch: Callable = None  # (workshop, content, peers, data_dir) -> outcome, the whole file
    serves_finished_file: bool = False  # serves content.path, fetches nothing


STREAMING = ("cold", "restart", "seek", "cold-file", "warm-file", "viewers", "player", "large",
             "ends", "memory")
SERVING = ("warm-file", "viewers")
TIMEOUT_S = 300


def server_command(workshop, port, data_dir, content):
    return [workshop.server, "--port", port, "--data-dir", data_dir, "--listen", "127.0.0.1:0",
            "--no-dht", "--no-lsd", "--no-port-mapping", "--log", "warning"], {}


def first_line_of(*command, word=-1):
    def version(workshop):
        output = subprocess.run([str(part).replace("@builds@", str(workshop.builds))
                                 for part in command], check=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT).stdout
        line = output.decode().splitlines()[0]
        return line if word is None else line.split()[word].split("/")[-1]
    return version


def server_version(workshop):
    return first_line_of(workshop.server, "--version", word=None)(workshop)


def node(script):
    def command(workshop, port, data_dir, content):
        return ["node", workshop.source / "contenders" / script, port, data_dir], {}
    return command


def npm_version(package):
    def version(workshop):
        lock = json.loads((workshop.source / "contenders" / "package-lock.json").read_text())
        return lock["packages"][f"node_modules/{package}"]["version"]
    return version


def rqbit_command(workshop, port, data_dir, content):
    return [workshop.builds / "rqbit" / "bin" / "rqbit", "--http-api-listen-addr",
            f"127.0.0.1:{port}", "--disable-dht", "--disable-lsd", "--disable-upnp-port-forward",
            "--disable-tcp-listen", "server", "start", "--fastresume",
            "--persistence-location", data_dir / "session", data_dir / "files"], {}


def rqbit_open(port, content, peers):
    url = f"http://127.0.0.1:{port}/torrents"
    if peers:
        url += "?initial_peers=" + ",".join(peers)
    request = urllib.request.Request(url, data=content.magnet().encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return f"/torrents/{content.infohash}/stream/{content.file_index}"


def nginx(sendfile):
    def command(workshop, port, data_dir, content):
        text = (workshop.source / "contenders" / "nginx.conf").read_text()
        for name, value in {"DATA_DIR": data_dir, "PORT": port, "SENDFILE": sendfile,
                            "FILE": content.path}.items():
            text = text.replace(f"@{name}@", str(value))
        path = data_dir / "nginx.conf"
        path.write_text(text)
        return ["nginx", "-c", path, "-e", "stderr"], {}
    return command


def nginx_open(port, content, peers):
    return "/video"


def libtorrent(disk):
    def fetch(workshop, content, peers, data_dir):
        command = [workshop.tools / "libtorrent_client", "whole", content.magnet(peers),
                   data_dir, content.path, disk]
        output = subprocess.run(command, check=True, timeout=TIMEOUT_S, stdout=subprocess.PIPE)
        return json.loads(output.stdout)
    return fetch


def aria2(workshop, content, peers, data_dir):
    with tracker(peers) as announce, open(workshop.log("aria2c"), "ab") as log:
        start = time.perf_counter()
        child = subprocess.Popen(
            ["aria2c", "--seed-time=0", "--enable-dht=false", "--enable-dht6=false",
             "--bt-enable-lpd=false", "--file-allocation=none", "--bt-max-peers=0",
             "--bt-hash-check-seed=false", f"--dir={data_dir}",
             content.magnet(tracker=announce)], stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        total_ms = (time.perf_counter() - start) * 1000
    path = data_dir / content.relative_path()
    correct = status == 0 and filecmp.cmp(path, content.path, shallow=False)
    return {"total_ms": total_ms, "body_bytes": content.size_bytes, "correct": correct,
            "cpu_s": usage.ru_utime + usage.ru_stime}


libtorrent_version = first_line_of("pkg-config", "--modversion", "libtorrent-rasterbar")
nginx_version = first_line_of("nginx", "-v")
ALL = [
    Contender("tstream", "libtstream server", server_version, (*STREAMING, "growth"),
              server_command, "no DHT, no LSD, no port mapping; in F room for 1,200 connections",
              ("--max-streams", "1200", "--max-connections", "1200")),
    Contender("torrent-stream", "torrent-stream behind Node's http", npm_version("torrent-stream"),
              STREAMING, node("torrent_stream.js"), "connections 100, no DHT, no tracker"),
    Contender("webtorrent", "webtorrent's own server", npm_version("webtorrent"),
              STREAMING, node("webtorrent_server.js"), "no DHT, no tracker, no uTP"),
    Contender("express-webtorrent", "webtorrent behind Express", npm_version("webtorrent"),
              STREAMING, node("express_webtorrent.js"), "no DHT, no tracker, no uTP"),
    Contender("express-tstream", "libtstream's Node package behind Express", server_version,
              STREAMING, node("express_tstream.js"), "no DHT, no LSD, no port mapping"),
    Contender("rqbit", "rqbit's server",
              first_line_of("@builds@/rqbit/bin/rqbit", "--version"), STREAMING, rqbit_command,
              "fastresume, release build, no DHT, no LSD, no UPnP", open=rqbit_open),
    Contender("btfs", "btfs, its mount read by Node's http", first_line_of("btfs", "--version"),
              STREAMING, node("btfs.js"), "defaults, reads of 1 MiB"),
    Contender("libtorrent-mmap", "libtorrent alone, mmap disk", libtorrent_version,
              ("cold-file", "seek"), settings="libtstream's, on the wire",
              fetch=libtorrent("mmap")),
    Contender("libtorrent-posix", "libtorrent alone, posix disk", libtorrent_version,
              ("cold-file",), settings="libtstream's, on the wire", fetch=libtorrent("posix")),
    Contender("aria2c", "aria2c, whole download", first_line_of("aria2c", "--version"),
              ("cold-file",), settings="no DHT, no allocation, any number of peers", fetch=aria2),
    Contender("nginx", "nginx, sendfile off", nginx_version, SERVING, nginx("off"),
              "one worker, sendfile off", open=nginx_open, serves_finished_file=True),
    Contender("nginx-sendfile", "nginx, sendfile on", nginx_version, SERVING, nginx("on"),
              "one worker, sendfile on", open=nginx_open, serves_finished_file=True),
]
