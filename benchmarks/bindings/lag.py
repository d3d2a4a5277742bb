"""lag.py DATA_DIR TORRENT_FILE - how late the event loop is while 64 readers wait.

Nobody has the torrent's bytes, so that all of them wait all the time.  Prints the lag of 2,000
timers of one millisecond, as JSON, with and without the readers.
"""

import asyncio
import json
import sys
import time

from tstream import aio

READERS = 64
TIMERS = 2000
LOCAL = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}


async def lags():
    found = []
    for _ in range(TIMERS):
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        found.append((time.perf_counter() - begun - 0.001) * 1000)
    found.sort()
    return {"p50_ms": found[TIMERS // 2], "p99_ms": found[TIMERS * 99 // 100], "max_ms": found[-1]}


async def main(data_dir, torrent_file):
    with open(torrent_file, "rb") as file:
        data = file.read()
    async with aio.Session(data_dir, **LOCAL) as session:
        torrent = await session.open_bytes(data)
        idle = await lags()
        waiting = [asyncio.ensure_future(torrent.reader(0).read(1)) for _ in range(READERS)]
        await asyncio.sleep(0.1)
        busy = await lags()
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
    print(json.dumps({"idle": idle, "waiting": busy}))


asyncio.run(main(*sys.argv[1:]))
