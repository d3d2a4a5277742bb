"""An HTTP tracker (BEP 3, BEP 23) that knows one swarm, for clients that take no peers."""
import contextlib
import http.server
import socket
import threading

from .content import bencode


def compact(addresses):
    return b"".join(socket.inet_aton(host) + int(port).to_bytes(2, "big")
                    for host, port in (address.split(":") for address in addresses))


@contextlib.contextmanager
def tracker(addresses):
    """Gives its announce URL."""
    answer = bencode({"interval": 1800, "peers": compact(addresses)})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield "http://127.0.0.1:%d/announce" % server.server_port
    finally:
        server.shutdown()
        server.server_close()
