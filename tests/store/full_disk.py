"""full_disk.py KIND DIRECTORY: fill the disk of a store, and make room again.

To be run in a mount namespace of its own (see command()): the disk is a small file system of
this process, and nobody else sees it.
"""

import os
import subprocess
import sys
from pathlib import Path

import capi
import stores
from films import film

DISK_BYTES = 24 << 20
ROOM_BYTES = 512 << 10


def command(*words):
    """Words to run a program that may mount; who is not root may in a user namespace."""
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-current-user", "--keep-caps"]
    return [*unshare, *map(str, words)]


def mount_words(directory, owner_id):
    return ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700,uid={owner_id}",
            "full-disk", directory]


def may_mount(directory):
    """Containers often may not."""
    words = command(*mount_words(directory, os.geteuid()))
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def mount(directory, owner_id):
    subprocess.run(list(map(str, mount_words(directory, owner_id))), check=True)


def postgres_store_on(server, directory):
    """Its tables are on the small disk; the log of the server is not."""
    server.psql("postgres", "-c", f"CREATE TABLESPACE small LOCATION '{directory}'")
    server.psql("postgres", "-c", "CREATE DATABASE small TABLESPACE small")
    return stores.PostgresStore(server, "small")


def take_room(directory):
    """All but a little, by a file that can be removed again."""
    disk = os.statvfs(directory)
    ballast = Path(directory) / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - ROOM_BYTES)
    return ballast


def record_until_it_fails(history, stored):
    while len(stored) < 10_000:
        stored.append(history.record("me", film(len(stored)), os.urandom(400).hex()))


def fill(store, directory):
    with capi.History(store.url, timeout=20) as history:
        stored = [history.record("me", film(0))]
        ballast = take_room(directory)
        for _ in range(2):
            try:
                record_until_it_fails(history, stored)
                raise AssertionError("the disk was not full")
            except capi.TstreamError as error:
                assert error.code == capi.ENOSPC and "disk" in error.message, error
        assert len(stored) > 10
        assert {entry.id for entry in history.all("me")} == set(stored)
        assert history.popular(limit=100)[0].session_count == 1
        ballast.unlink()
        stored.append(history.record("me", film(20_000)))
        assert {entry.id for entry in history.all("me")} == set(stored)
    with capi.History(store.url) as again:
        assert len(again.all("me")) == len(stored)


def main(kind, directory):
    if kind == "sqlite":
        mount(directory, os.geteuid())
        store = stores.SqliteStore(directory)
        fill(store, directory)
        assert store.sql("PRAGMA integrity_check") == [["ok"]]
        return
    server = stores.PostgresServer("fsync=off", "full_page_writes=off")
    try:
        disk = server.directory / "disk"  # its user may not look into ours
        disk.mkdir()
        mount(disk, server.directory.stat().st_uid)
        fill(postgres_store_on(server, disk), disk)
        server.stop()
        subprocess.run(["umount", disk], check=True)
    finally:
        server.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
