"""A streaming endpoint with ranges, in FastAPI.

    pip install fastapi uvicorn
    uvicorn range_server:app
    mpv "http://127.0.0.1:8000/stream?magnet=INFOHASH"
"""

import contextlib
import os
import re
from typing import AsyncIterator, Tuple

import tstream
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from tstream import aio

session = aio.Session(os.environ.get("DATA_DIR", "tstream-data"), listen=os.environ.get("LISTEN"))


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with session:
        yield


app = FastAPI(lifespan=lifespan)


def byte_range(header: str, size: int) -> Tuple[int, int]:
    """What a Range header (RFC 9110) with one range asks for, as [start, end)."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if not found or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    return start, end


@app.api_route("/stream", methods=["GET", "HEAD"])
async def stream(request: Request, magnet: str) -> StreamingResponse:
    try:
        torrent = await session.open(magnet).metadata(timeout=60)
    except tstream.InvalidError as error:
        raise HTTPException(400, str(error)) from error
    except TimeoutError as error:
        raise HTTPException(504, str(error)) from error
    film = torrent.default_file
    header = request.headers.get("range", "")
    start, end = byte_range(header, film.size)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if header and end - start < film.size:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{film.size}"
    status = 206 if "Content-Range" in headers else 200

    async def body() -> AsyncIterator[bytes]:
        async with torrent.reader(film, start=start, end=end) as reader:
            async for part in reader:
                yield part

    return StreamingResponse(body() if request.method == "GET" else iter(()), status,
                             headers, film.media_type)
