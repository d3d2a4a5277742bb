"""Indexers as they are: an HTTP server whose every answer a test chooses.

Each Indexer listens on its own port of 127.0.0.1.  answer(path, params) gives a Reply, or does
with the connection what it likes.
"""

import gzip
import socket
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CAPS = """<?xml version="1.0" encoding="UTF-8"?>
<caps><server title="Test"/><limits default="50" max="100"/>
<searching><search available="yes" supportedParams="q"/>
<tv-search available="yes" supportedParams="q,season,ep"/>
<movie-search available="yes" supportedParams="q,imdbid"/></searching>
<categories><category id="2000" name="Movies"><subcat id="2040" name="HD"/></category></categories>
</caps>"""

HEAD = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:torznab="http://torznab.com/schemas/2015/feed"
 xmlns:newznab="http://www.newznab.com/DTD/2010/feeds/attributes/">
<channel><title>Test</title>"""
TAIL = "</channel></rss>"


def infohash(number):
    return f"{number:040x}"


def item(title="A film", body="", hash_number=1, size=1_500_000_000, seeders=5, **attributes):
    """One item of Torznab; body is put in as it is."""
    attributes = {"infohash": infohash(hash_number) if hash_number else None, "size": size,
                  "seeders": seeders, **attributes}
    attrs = "".join(f'<torznab:attr name="{name}" value="{value}"/>'
                    for name, value in attributes.items() if value is not None)
    return f"<item><title>{title}</title>{body}{attrs}</item>"


def rss(*items, encoding="UTF-8"):
    return HEAD.format(encoding=encoding) + "".join(items) + TAIL


class Reply:
    def __init__(self, body="", status=200, content_type="application/xml; charset=utf-8",
                 headers=(), declared_size=None):
        self.body = body.encode() if isinstance(body, str) else body
        self.status = status
        self.content_type = content_type
        self.headers = dict(headers)
        self.declared_size = declared_size


def zipped(body):
    return Reply(gzip.compress(body.encode()), headers={"Content-Encoding": "gzip"})


def redirect(target, status=302):
    return Reply(status=status, headers={"Location": target})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one segment

    def do_GET(self):
        indexer = self.server.indexer
        split = urllib.parse.urlsplit(self.path)
        params = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True))
        with indexer.lock:
            indexer.requests.append(self.path)
            indexer.times.append(time.monotonic())
        try:
            reply = indexer.answer_to(split.path, params, self)
            if reply is not None:
                self.send(reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, reply):
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(reply.declared_size or len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.declared_size:
            self.close_connection = True

    def hang(self):
        """Say nothing until the other side has gone, or the test has."""
        self.close_connection = True
        self.connection.settimeout(0.2)
        while not self.server.indexer.is_stopping:
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET
    request_queue_size = 64


class Indexer:
    """answers: what t=search, or any other path, gives: a Reply, a text, or a function of
    (path, params, handler) that gives one of them, or None when it has answered itself."""

    def __init__(self, answers=None, caps=CAPS, paths=None, address="127.0.0.1"):
        self.answers = rss() if answers is None else answers
        self.caps = caps
        self.paths = paths or {}
        self.requests, self.times = [], []
        self.lock = threading.Lock()
        self.is_stopping = False
        self.server = _Server((address, 0), _Handler)
        self.server.indexer = self
        self.port = self.server.server_address[1]
        self.origin = f"http://{address}:{self.port}"
        self.url = self.origin + "/api"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01},
                         daemon=True).start()

    def answer_to(self, path, params, handler):
        answer = self.paths.get(path)
        if answer is None:
            answer = self.caps if params.get("t") == "caps" else self.answers
        if callable(answer):
            answer = answer(path, params, handler)
        return Reply(answer) if isinstance(answer, (str, bytes)) else answer

    def searches(self):
        """The parameters of each request but those for capabilities."""
        with self.lock:
            asked = [urllib.parse.urlsplit(path) for path in self.requests]
        params = [dict(urllib.parse.parse_qsl(split.query)) for split in asked]
        return [one for one in params if one.get("t") != "caps"]

    def close(self):
        self.is_stopping = True
        self.server.shutdown()
        self.server.server_close()
