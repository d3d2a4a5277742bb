"""A hand-written peer (BEP 3, 9, 10) whose manners a test chooses.

Plain threads and blocking sockets.  It writes down every request, so that a test can
also say what the library must not ask for.
"""

import socket
import struct
import threading
import time

import seeders

CHOKE, UNCHOKE, INTERESTED, NOT_INTERESTED, HAVE, BITFIELD, REQUEST, PIECE, CANCEL = range(9)
EXTENDED, HASH_REQUEST, HASH_REJECT = 20, 21, 23
METADATA_ID = 2
METADATA_BLOCK = 16384


class Manners:
    """What a good peer does; subclasses behave worse.  One object serves all connections."""

    def pieces(self, count):
        """Which pieces it has."""
        return range(count)

    def unchokes(self):
        return True

    def gives_metadata(self):
        return True

    def block(self, number, piece, offset, data):
        """The answer to request `number`: bytes; None for silence; raises Gone to vanish."""
        return data


class Gone(Exception):
    """The peer closes the connection and listens no more."""


class Corrupt(Manners):
    """Flips a bit of every block of some pieces (default: of all)."""

    def __init__(self, bad_pieces=None):
        self.bad_pieces = bad_pieces

    def block(self, number, piece, offset, data):
        if self.bad_pieces is not None and piece not in self.bad_pieces:
            return data
        return data[:-1] + bytes([data[-1] ^ 1])


class Silent(Manners):
    """Answers some requests, then none, and stays connected."""

    def __init__(self, after_blocks):
        self.after_blocks = after_blocks

    def block(self, number, piece, offset, data):
        return data if number < self.after_blocks else None


class Vanishing(Manners):
    def __init__(self, after_blocks):
        self.after_blocks = after_blocks

    def block(self, number, piece, offset, data):
        if number >= self.after_blocks:
            raise Gone
        return data


class Partial(Manners):
    def __init__(self, has):
        self.has = has

    def pieces(self, count):
        return [piece for piece in range(count) if self.has(piece)]


class Slow(Manners):
    """Spreads its answers out: a fixed rate a connection."""

    def __init__(self, bytes_per_s):
        self.bytes_per_s = bytes_per_s

    def block(self, number, piece, offset, data):
        time.sleep(len(data) / self.bytes_per_s)
        return data


class Choking(Manners):
    def unchokes(self):
        return False


class WithoutMetadata(Manners):
    """Knows nothing: neither metadata nor pieces."""

    def pieces(self, count):
        return ()

    def gives_metadata(self):
        return False


class WirePeer:
    def __init__(self, content, manners=None, host=None):
        self.content = content
        self.manners = manners if manners is not None else Manners()
        self.info = content.info_bytes
        self.piece_count = content.piece_count
        self.requests = []  # (piece, offset), in order of arrival
        self.sent_blocks = 0
        self.connections = []
        self.lock = threading.Lock()
        self.host = host if host is not None else seeders.next_host()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.listener = socket.create_server((self.host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def requested_pieces(self):
        with self.lock:
            return {piece for piece, _ in self.requests}

    def close(self):
        self.listener.close()
        with self.lock:
            connections, self.connections = self.connections, []
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._handshake(connection)
            while True:
                self._answer(connection, *_receive_message(connection))
        except Gone:
            self.close()
        except (OSError, EOFError):
            connection.close()

    def _handshake(self, connection):
        received = _receive(connection, 68)
        if received[:20] != b"\x13BitTorrent protocol":
            raise EOFError  # an encrypted one: it will come again in plain text
        name = received[28:48]
        if name not in self._names():
            raise EOFError
        reserved = b"\x00\x00\x00\x00\x00\x10\x00\x00"
        peer_id = b"-WP0001-" + self.address.encode()[-12:].rjust(12, b".")
        connection.sendall(received[:20] + reserved + name + peer_id)
        have = bytearray((self.piece_count + 7) // 8)
        for piece in self.manners.pieces(self.piece_count):
            have[piece // 8] |= 0x80 >> (piece % 8)
        self._send_extended_handshake(connection)
        if any(have):
            _send(connection, BITFIELD, bytes(have))
        if self.manners.unchokes():
            _send(connection, UNCHOKE)

    def _names(self):
        return {bytes.fromhex(text)[:20] for text in (self.content.v1, self.content.v2) if text}

    def _send_extended_handshake(self, connection):
        size = b""
        if self.manners.gives_metadata():
            size = b"13:metadata_sizei%de" % len(self.info)
        body = b"d1:md11:ut_metadatai%dee" % METADATA_ID + size + b"4:reqqi2000ee"
        _send(connection, EXTENDED, b"\x00" + body)

    def _answer(self, connection, kind, body):
        if kind == REQUEST:
            self._answer_request(connection, *struct.unpack(">III", body))
        elif kind == EXTENDED and body[0] == METADATA_ID:
            self._answer_metadata(connection, body[1:])
        elif kind == EXTENDED and body[0] == 0:
            self.their_metadata_id = _their_metadata_id(body)
        elif kind == HASH_REQUEST:
            _send(connection, HASH_REJECT, body)

    def _answer_request(self, connection, piece, offset, length):
        with self.lock:
            number = len(self.requests)
            self.requests.append((piece, offset))
        at = piece * self.content.piece_size + offset
        data = self.manners.block(number, piece, offset, self.content.space[at:at + length])
        if data is not None:
            _send(connection, PIECE, struct.pack(">II", piece, offset) + data)
            with self.lock:
                self.sent_blocks += 1

    def _answer_metadata(self, connection, body):
        if b"8:msg_typei0e" not in body or not self.manners.gives_metadata():
            return
        piece = int(body.split(b"5:piecei")[1].split(b"e")[0])
        data = self.info[piece * METADATA_BLOCK:(piece + 1) * METADATA_BLOCK]
        header = b"d8:msg_typei1e5:piecei%de10:total_sizei%dee" % (piece, len(self.info))
        _send(connection, EXTENDED, bytes([self.their_metadata_id]) + header + data)


def _their_metadata_id(body):
    return int(body.split(b"11:ut_metadatai")[1].split(b"e")[0]) if b"ut_metadata" in body else 0


def _send(connection, kind, body=b""):
    connection.sendall(struct.pack(">IB", len(body) + 1, kind) + body)


def _receive(connection, size):
    parts = []
    while size:
        part = connection.recv(min(size, 65536))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _receive_message(connection):
    """The next message that is not a keep-alive."""
    while True:
        size = struct.unpack(">I", _receive(connection, 4))[0]
        if size > 1 << 20:
            raise EOFError
        if size:
            message = _receive(connection, size)
            return message[0], message[1:]
