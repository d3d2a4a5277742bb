"""HTTP as the tests need it: ordinary requests, and bytes written by hand."""
import http.client
import json
import socket
import time

PROBLEM = "application/problem+json"


class Response:
    """A whole answer: status, headers and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"

    @property
    def media_type(self):
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)


def connect(server, timeout_s=10):
    return http.client.HTTPConnection(server.host, server.port, timeout=timeout_s)


def send(connection, method, target, headers=None, body=None):
    """One request on a connection that stays open."""
    connection.request(method, target, body=body, headers=headers or {})
    answer = connection.getresponse()
    return Response(answer.status, answer.headers, answer.read())


def request(server, method, target, headers=None, body=None, timeout_s=20):
    """One request on a connection of its own."""
    connection = connect(server, timeout_s)
    try:
        return send(connection, method, target, headers, body)
    finally:
        connection.close()


def get(server, target, headers=None, timeout_s=20):
    return request(server, "GET", target, headers, timeout_s=timeout_s)


def post_json(server, target, value, headers=None):
    headers = {"Content-Type": "application/json", **(headers or {})}
    return request(server, "POST", target, headers, json.dumps(value).encode())


def beginning(server, target, headers=None, size=1 << 16, timeout_s=20):
    """The head of an answer and the first bytes of its body; then hang up."""
    connection = connect(server, timeout_s)
    try:
        connection.request("GET", target, headers=headers or {})
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read(size))
    finally:
        connection.close()


def raw(server, data, timeout_s=10):
    """Write bytes, then read until the server closes or the first answer is whole."""
    with socket.create_connection((server.host, server.port), timeout_s) as sock:
        sock.sendall(data)
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        return Response(answer.status, answer.headers, answer.read())


def assert_problem(response, *statuses):
    """The answer is an RFC 9457 problem that a person can read."""
    assert response.status in statuses, response
    assert response.media_type == PROBLEM, response.headers.items()
    problem = response.json()
    assert problem["status"] == response.status
    assert isinstance(problem["title"], str) and problem["title"]
    return problem


def poll(what, timeout_s, describe="condition"):
    """The first true value of what(), asked until the deadline."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < deadline, f"{describe}: not within {timeout_s} s"
        time.sleep(0.02)
