"""Those who watch: each with the cookies of a browser of its own."""
import http.cookies
import json

import wire

HASHES = ["%040x" % (0xABCDEF << 8 | number) for number in range(256)]


class Viewer:
    def __init__(self, server, **headers):
        self.server = server
        self.headers = headers
        self.cookies = {}

    def send(self, method, target, value=None, headers=None, body=None):
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        if value is not None:
            sent.setdefault("Content-Type", "application/json")
            body = json.dumps(value).encode()
        answer = wire.request(self.server, method, target, sent, body)
        for cookie in set_cookies(answer).values():
            self.cookies[cookie.key] = cookie.value
            if cookie["max-age"] == "0":
                del self.cookies[cookie.key]
        return answer

    def get(self, target, headers=None):
        return self.send("GET", target, headers=headers)

    def history(self, query=""):
        answer = self.get(f"/api/history{query}")
        assert answer.status == 200, answer
        return answer.json()["history"]

    def record(self, **members):
        answer = self.send("POST", "/api/history", members)
        assert answer.status == 200, answer
        return answer.json()

    def log_in(self, name, password, **more):
        return self.send("POST", "/api/auth/login", {"name": name, "password": password, **more})


def set_cookies(answer):
    """What the answer has a browser keep, by name."""
    jar = http.cookies.SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        jar.load(line)
    return jar
