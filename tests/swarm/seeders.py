"""Real clients that seed: python3-libtorrent and transmission-daemon.

Each has an address of its own, 127.x.y.z: an engine keeps one peer per address.
"""

import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

_hosts = itertools.count(2)


def next_host():
    """An address nobody else in this run uses; two runs at once differ by their pid."""
    pid, number = os.getpid(), next(_hosts)
    return f"127.{1 + pid % 250}.{number // 250}.{2 + number % 250}"


def free_port(host):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def clean_environment():
    """For programs that are not under test: no sanitizer in them."""
    return {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}


def stop(process, timeout=5):
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def poll(condition, timeout=20, what="condition"):
    """The first true value of condition(), asked often, within a deadline."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.01)
    return value


class LibtorrentSeeder:
    """python3-libtorrent in a process of its own (seeder_main.py), told what to do by lines."""

    def __init__(self):
        self.host = next_host()
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "seeder_main.py"), self.host],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment())
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.seeded = set()
        self.upload_bytes_per_s = 0

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def _tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer.get("ok"), answer
        return answer

    def uploaded_bytes(self):
        """Payload given so far, by all torrents, as of a second ago."""
        return self._tell(do="count")["uploaded"]

    def seed(self, content, trackers=()):
        """Seed it, once; gives the seeder back."""
        if content.infohash not in self.seeded:
            self._tell(do="seed", torrent=content.torrent.hex(), directory=content.directory,
                       trackers=list(trackers), upload=self.upload_bytes_per_s)
            self.seeded.add(content.infohash)
        return self

    def limit(self, upload_bytes_per_s):
        """Of each torrent, now and later: a session's limit does not hold on loopback.
        0 lifts it."""
        self.upload_bytes_per_s = upload_bytes_per_s
        self._tell(do="limit", upload=upload_bytes_per_s)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        stop(self.process)
        self.process.stdin.close()
        self.process.stdout.close()


class TransmissionSeeder:
    """transmission-daemon, reached by its RPC."""

    def __init__(self, directory):
        self.host = next_host()
        self.port, self.rpc_port = free_port(self.host), free_port("127.0.0.1")
        self.token = ""
        settings = {
            "bind-address-ipv4": self.host, "bind-address-ipv6": "::1", "peer-port": self.port,
            "rpc-bind-address": "127.0.0.1", "rpc-port": self.rpc_port,
            "rpc-whitelist-enabled": False, "rpc-host-whitelist-enabled": False,
            "rpc-authentication-required": False, "dht-enabled": False, "lpd-enabled": False,
            "utp-enabled": False, "pex-enabled": False, "port-forwarding-enabled": False,
            "encryption": 0, "preallocation": 0,
        }
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "settings.json"), "w", encoding="utf-8") as out:
            json.dump(settings, out)
        with open(os.path.join(directory, "daemon.log"), "wb") as log:
            self.process = subprocess.Popen(["transmission-daemon", "-f", "-g", directory],
                                            stdout=log, stderr=log, env=clean_environment())
        poll(self._is_up, what="transmission-daemon answers")

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def _is_up(self):
        assert self.process.poll() is None, "transmission-daemon ended"
        try:
            return self._ask("session-get", {})
        except (urllib.error.URLError, ConnectionError):
            return None

    def _ask(self, method, arguments):
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.rpc_port}/transmission/rpc", body,
                {"X-Transmission-Session-Id": self.token})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise
                self.token = error.headers["X-Transmission-Session-Id"]
        raise AssertionError("transmission-daemon takes no session id")

    def seed(self, content):
        path = os.path.join(content.directory, content.name + ".for-transmission.torrent")
        with open(path, "wb") as out:
            out.write(content.torrent)
        added = self._ask("torrent-add", {"filename": path, "download-dir": content.directory})
        assert added["result"] == "success", added
        poll(self._all_seeding, what="transmission-daemon has verified its data")
        return self

    def _all_seeding(self):
        answer = self._ask("torrent-get", {"fields": ["status", "percentDone"]})
        return all(torrent["status"] == 6 and torrent["percentDone"] == 1
                   for torrent in answer["arguments"]["torrents"])

    def close(self):
        stop(self.process)
