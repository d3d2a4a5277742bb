"""A real tracker: opentracker in a process of its own.

Debian's build serves only what a whitelist names, so the infohashes are given at start.
"""

import os
import socket
import subprocess

import seeders


class Tracker:
    def __init__(self, directory, *infohashes):
        self.port = seeders.free_port("127.0.0.1")
        os.makedirs(directory)
        # opentracker gives root up and enters this directory before it reads the list
        os.chmod(directory, 0o755)
        with open(os.path.join(directory, "whitelist"), "w", encoding="ascii") as out:
            out.writelines(infohash + "\n" for infohash in infohashes)
        self.log = open(os.path.join(directory, "log"), "wb")
        self.process = subprocess.Popen(
            ["opentracker", "-i", "127.0.0.1", "-p", str(self.port), "-P", str(self.port),
             "-d", directory, "-w", self._whitelist(directory)],
            stdout=self.log, stderr=self.log, env=seeders.clean_environment())
        seeders.poll(self._is_up, what="opentracker answers")

    @staticmethod
    def _whitelist(directory):
        return "/whitelist" if os.geteuid() == 0 else os.path.join(directory, "whitelist")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/announce"

    def _is_up(self):
        assert self.process.poll() is None, "opentracker ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def close(self):
        seeders.stop(self.process)
        self.log.close()
