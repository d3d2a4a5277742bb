"""Who is measured.  Adding one: a few lines at the end of this file.

A contender with a server gives the command that starts it on 127.0.0.1:PORT with its
data under DATA_DIR; it answers GET /api/stream?magnet=... with ranges, and takes the
peers from the magnet's x.pe parameters.
"""
import dataclasses
import json
import subprocess
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    title: str
    version: Callable      # (workshop) -> str
    scenarios: tuple       # which it takes part in
    command: Callable = None   # (workshop, port, data_dir, content) -> (argv, env)
    settings: str = "defaults"
    serves_finished_file: bool = False  # serves content.path at /video, fetches nothing
    options: tuple = ()    # for libtorrent alone: the disk layer


STREAMING = ("cold", "cold-file", "warm-file", "restart", "seek", "memory")


def server_command(workshop, port, data_dir, content):
    return [workshop.server, "--port", port, "--data-dir", data_dir, "--listen", "127.0.0.1:0",
            "--no-dht", "--no-lsd", "--no-port-mapping", "--log", "warning"], {}


def server_version(workshop):
    output = subprocess.run([workshop.server, "--version"], stdout=subprocess.PIPE, check=True)
    return output.stdout.decode().strip()


def node(script):
    def command(workshop, port, data_dir, content):
        return ["node", workshop.source / "contenders" / script, port, data_dir], {}
    return command


def npm_version(package):
    def version(workshop):
        lock = json.loads((workshop.source / "contenders" / "package-lock.json").read_text())
        return lock["packages"][f"node_modules/{package}"]["version"]
    return version


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


def nginx_version(workshop):
    output = subprocess.run(["nginx", "-v"], stderr=subprocess.PIPE, check=True).stderr
    return output.decode().strip().split("/")[-1]


def libtorrent_version(workshop):
    output = subprocess.run(["pkg-config", "--modversion", "libtorrent-rasterbar"],
                            stdout=subprocess.PIPE, check=True)
    return output.stdout.decode().strip()


ALL = [
    Contender("tstream", "libtstream server", server_version, STREAMING, server_command,
              "no DHT, no LSD, no port mapping"),
    Contender("torrent-stream", "torrent-stream behind Node's http", npm_version("torrent-stream"),
              STREAMING, node("torrent_stream.js"), "connections 100, no DHT, no tracker"),
    Contender("express-webtorrent", "webtorrent behind Express", npm_version("webtorrent"),
              STREAMING, node("express_webtorrent.js"), "no DHT, no tracker, no uTP"),
    Contender("express-tstream", "libtstream's Node package behind Express", server_version,
              STREAMING, node("express_tstream.js"), "no DHT, no LSD, no port mapping"),
    Contender("libtorrent-mmap", "libtorrent alone, mmap disk", libtorrent_version,
              ("cold-file", "seek"), settings="libtstream's, on the wire", options=("mmap",)),
    Contender("libtorrent-posix", "libtorrent alone, posix disk", libtorrent_version,
              ("cold-file",), settings="libtstream's, on the wire", options=("posix",)),
    Contender("nginx", "nginx, sendfile off", nginx_version, ("warm-file",), nginx("off"),
              "one worker, sendfile off", serves_finished_file=True),
    Contender("nginx-sendfile", "nginx, sendfile on", nginx_version, ("warm-file",), nginx("on"),
              "one worker, sendfile on", serves_finished_file=True),
]
