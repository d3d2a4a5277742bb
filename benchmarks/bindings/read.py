"""read.py WAY DATA_DIR INFOHASH - read a complete file in 256 KiB reads through Python.

WAY is readinto, read or asyncio.  Prints a line of JSON for each of three rounds.
"""

import asyncio
import json
import sys
import time

import tstream
from tstream import aio

READ_BYTES = 256 * 1024
ROUNDS = 3
LOCAL = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}


def readinto(reader):
    buffer, total = bytearray(READ_BYTES), 0
    while count := reader.readinto(buffer):
        total += count
    return total


def read(reader):
    total = 0
    while part := reader.read(READ_BYTES):
        total += len(part)
    return total


async def read_async(reader):
    total = 0
    while part := await reader.read(READ_BYTES):
        total += len(part)
    return total


def report(total, wall, cpu):
    print(json.dumps({"bytes": total, "wall_s": time.monotonic() - wall,
                      "cpu_s": time.process_time() - cpu}))


def in_this_thread(way, data_dir, infohash):
    with tstream.Session(data_dir, **LOCAL) as session:
        torrent = session.open_stored(infohash).metadata()
        for number in range(ROUNDS + 1):
            wall, cpu = time.monotonic(), time.process_time()
            with torrent.reader(0) as reader:
                total = way(reader)
            if number:
                report(total, wall, cpu)


async def on_the_loop(data_dir, infohash):
    async with aio.Session(data_dir, **LOCAL) as session:
        torrent = await session.open_stored(infohash).metadata()
        for number in range(ROUNDS + 1):
            wall, cpu = time.monotonic(), time.process_time()
            async with torrent.reader(0) as reader:
                total = await read_async(reader)
            if number:
                report(total, wall, cpu)


if __name__ == "__main__":
    if sys.argv[1] == "asyncio":
        asyncio.run(on_the_loop(*sys.argv[2:]))
    else:
        in_this_thread({"readinto": readinto, "read": read}[sys.argv[1]], *sys.argv[2:])
