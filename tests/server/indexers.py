"""Indexers as the server's users have them, and a Redis server, each on a port of 127.0.0.1."""
import contextlib
import http.server
import json
import subprocess
import threading
import urllib.parse
from xml.sax.saxutils import escape, quoteattr

import serverproc
import wire

KEY = "s3cr3tk3y0123456789"

CAPS = ("<caps><limits max='100' default='100'/><searching>"
        "<search available='yes' supportedParams='q'/></searching></caps>")
FEED = ("<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0' "
        "xmlns:torznab='http://torznab.com/schemas/2015/feed'><channel>{}</channel></rss>")


def item(title, infohash=None, link=None, size=1000, seeders=None):
    """One find: by its infohash, or by a link only."""
    text = f"<item><title>{escape(title)}</title>"
    if link:
        text += (f"<link>{escape(link)}</link><enclosure url={quoteattr(link)} length='{size}' "
                 "type='application/x-bittorrent'/>")
    text += f"<torznab:attr name='size' value='{size}'/>"
    if infohash:
        text += f"<torznab:attr name='infohash' value='{infohash}'/>"
    if seeders is not None:
        text += f"<torznab:attr name='seeders' value='{seeders}'/>"
    return text + "</item>"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        indexer = self.server.indexer
        path, _, query = self.path.partition("?")
        answer = indexer.answer(path, dict(urllib.parse.parse_qsl(query)))
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)


class _Server:
    """Answers requests in threads of their own."""

    def __init__(self):
        self.closing = threading.Event()
        self.queries = []
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.indexer = self
        self.origin = "http://127.0.0.1:%d" % self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


class Indexer(_Server):
    """A Torznab indexer that demands a key.

    find  what it answers to a search: items, or (status, headers, body), or None to hang
    """

    def __init__(self, *items):
        super().__init__()
        self.items = items
        self.find = None
        self.files = {}
        self.release = threading.Event()

    @property
    def url(self):
        return f"{self.origin}/api?apikey={KEY}"

    def link(self, name):
        """Where a .torrent is fetched, with the user's key as indexers do it."""
        return f"{self.origin}/dl/{name}?apikey={KEY}"

    def hang(self):
        """Until the test is over: no answer."""
        def find(_query):
            self.closing.wait(30)
        self.find = find

    def hold(self):
        """Until release is set: no answer."""
        def find(_query):
            self.release.wait(30)
            return self.items
        self.find = find

    def answer(self, path, query):
        if query.get("apikey") != KEY:
            return self._xml("<error code='100' description='Invalid API Key'/>")
        if path.startswith("/dl/"):
            return self.files.get(path[4:], (404, {}, b"gone"))
        if query.get("t") == "caps":
            return self._xml(CAPS)
        self.queries.append(query.get("q"))
        found = self.find(query) if self.find else self.items
        if found is None or (len(found) == 3 and isinstance(found[0], int)):
            return found
        return self._xml(FEED.format("".join(found)))

    @staticmethod
    def _xml(text):
        return 200, {"Content-Type": "application/rss+xml"}, text.encode()


class Archive(_Server):
    """The Internet Archive, as far as a search asks it."""

    def __init__(self, *docs):
        super().__init__()
        self.docs = docs

    def answer(self, path, query):
        self.queries.append(query.get("q"))
        body = {"response": {"numFound": len(self.docs), "start": 0, "docs": self.docs}}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


class Redis:
    """A real one that keeps nothing on disk."""

    def __init__(self, password=None):
        self.password = password
        self.port = serverproc.free_port()
        self.process = None
        self.start()

    @property
    def url(self):
        credentials = f":{self.password}@" if self.password else ""
        return f"redis://{credentials}127.0.0.1:{self.port}/0"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--requirepass", self.password or ""],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wire.poll(lambda: self.ask("PING") == b"PONG\n", 15, "redis-server answers")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def ask(self, *words):
        auth = ["-a", self.password, "--no-auth-warning"] if self.password else []
        return subprocess.run(["redis-cli", "-p", str(self.port), *auth, *words],
                              capture_output=True, timeout=10, check=False).stdout

    def keys(self):
        return sorted(self.ask("KEYS", "*").decode().split("\n")[:-1])

    def everything(self):
        """All it holds, keys and values."""
        return b"".join(key.encode() + b"\n" + self.ask("GET", key) for key in self.keys())
