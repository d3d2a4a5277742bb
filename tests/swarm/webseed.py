"""An HTTP server as a web seed (BEP 19), which the tests can make lie or fail."""

import http.server
import re
import threading

from seeders import next_host


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        seed = self.server.seed
        data = seed.files.get(self.path.rpartition("/")[2].partition("?")[0])
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        seed.requests.append((self.path, self.headers.get("Range")))
        if data is None or seed.is_broken:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, last = map(int, asked.groups()) if asked else (0, len(data) - 1)
        last = min(last, len(data) - 1)
        part = data[first:last + 1]
        if seed.is_lying:
            part = bytes(byte ^ 0xFF for byte in part)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *_):
        pass


class WebSeed:
    def __init__(self):
        self.files, self.requests = {}, []
        self.is_lying = self.is_broken = False
        self._server = http.server.ThreadingHTTPServer((next_host(), 0), _Handler)
        self._server.daemon_threads = True
        self._server.seed = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def serve(self, content):
        """@return the URL of its only file"""
        return self.serve_file(content.name, content.data)

    def serve_file(self, name, data):
        self.files[name] = data
        host, port = self._server.server_address
        return f"http://{host}:{port}/{name}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
