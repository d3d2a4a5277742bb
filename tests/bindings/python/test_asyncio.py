"""tstream.aio: nothing blocks the loop, no thread waits, cancelling leaves things whole."""

import asyncio
import threading
import time

import pytest
from helpers import SLOWNESS

import tstream


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 50))


def test_a_magnet_gives_every_byte(opened, movie, shared_seeder):
    seeder = shared_seeder.seed(movie)

    async def main():
        async with opened() as session:
            torrent = await session.open(movie.magnet(seeder.address)).metadata(20)
            async with torrent.reader() as reader:
                assert await reader.read() == movie.data
                assert await reader.read(10) == b""
                assert reader.seek(-7, 2) == len(movie.data) - 7
                buffer = bytearray(100)
                assert await reader.readinto(buffer) == 7 and buffer[:7] == movie.data[-7:]
            async with torrent.reader(start=100, end=700_000) as reader:
                assert b"".join([part async for part in reader]) == movie.data[100:700_000]
            async with torrent:
                await torrent.remove()
            assert torrent.closed
        assert session.closed

    run(main())


def test_torrent_bytes_and_urls_open_too(opened, movie):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            assert await torrent.metadata() is torrent and torrent.files
            with pytest.raises(ConnectionError):
                await session.open_url("http://127.0.0.1:1/a.torrent", allow_private=True)

    run(main())


def test_sixty_four_readers_read_at_once(opened, movie, shared_seeder):
    seeder = shared_seeder.seed(movie)

    async def watch(torrent, number):
        offset = number * 40_000
        async with torrent.reader(start=offset, end=offset + 200_000) as reader:
            assert await reader.read() == movie.data[offset:offset + 200_000]

    async def main():
        async with opened() as session:
            torrent = await session.open(movie.magnet(seeder.address)).metadata(20)
            await asyncio.gather(*[watch(torrent, number) for number in range(64)])

    run(main())


def test_waiting_takes_no_thread_and_does_not_hold_up_the_loop(opened, movie):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            before = threading.active_count()
            readers = [torrent.reader() for _ in range(64)]
            waiting = [asyncio.ensure_future(reader.read(1)) for reader in readers]
            lags = []
            for _ in range(200):
                begun = time.perf_counter()
                await asyncio.sleep(0.002)
                lags.append(time.perf_counter() - begun - 0.002)
            assert not any(task.done() for task in waiting)
            assert threading.active_count() == before
            # The figure is in benchmarks/; here a busy machine must not fail it.
            assert sorted(lags)[len(lags) // 2] < 0.05 * SLOWNESS
            for task in waiting:
                task.cancel()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError) for result in results)

    run(main())


def test_a_cancelled_read_leaves_the_reader_as_it_was(opened, movie, shared_seeder):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            reader = torrent.reader()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(reader.read(10), 0.05)
            assert reader.tell() == 0
            torrent.add_peer(shared_seeder.seed(movie).address)
            assert movie.data.startswith(await reader.read(10))

    run(main())


def test_time_limits_are_timeout_errors(opened, movie):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            with pytest.raises(tstream.TimedOutError):
                await torrent.reader(timeout=0.05).read(1)
            with pytest.raises(TimeoutError):
                await session.open("0" * 39 + "1").metadata(0.05)
        async with opened(metadata_timeout=0.1) as session:
            with pytest.raises(TimeoutError):
                await session.open("0" * 39 + "2").metadata()

    run(main())


@pytest.mark.parametrize("how", ["reader", "cancel", "session"])
def test_closing_ends_what_waits(opened, movie, how):
    async def main():
        session = await opened().start()
        torrent = await session.open_bytes(movie.torrent)
        reader = torrent.reader()
        waiting = asyncio.ensure_future(reader.read(1))
        looking = asyncio.ensure_future(session.open("0" * 39 + "3").metadata())
        await asyncio.sleep(0.02)
        if how == "reader":
            reader.close()
        elif how == "cancel":
            reader.cancel()
        else:
            await session.aclose()
        with pytest.raises((tstream.CanceledError, tstream.ClosedError)):
            await waiting
        await session.aclose()
        with pytest.raises((tstream.CanceledError, tstream.ClosedError)):
            await looking

    run(main())


def test_events_come_as_they_happen_and_end_with_the_session(opened, movie, shared_seeder):
    seeder = shared_seeder.seed(movie)

    async def main():
        session = await opened().start()
        seen = []

        async def listen():
            async for event in session.events():
                seen.append(event.type)

        listening = asyncio.ensure_future(listen())
        torrent = await session.open(movie.magnet(seeder.address)).metadata(20)
        async with torrent.reader() as reader:
            await reader.read()
        while tstream.EventType.COMPLETE not in seen:
            await asyncio.sleep(0.01)
        await session.aclose()
        await listening
        assert seen.count(tstream.EventType.METADATA) == 1
        assert tstream.EventType.READABLE not in seen

    run(main())


def test_two_loops_in_two_threads_share_a_session(opened, movie, shared_seeder):
    seeder = shared_seeder.seed(movie)
    results = []

    async def watch(session, offset):
        torrent = await session.find(movie.infohash).metadata(20)
        async with torrent.reader(start=offset, end=offset + 500_000) as reader:
            results.append(await reader.read() == movie.data[offset:offset + 500_000])

    async def main():
        async with opened() as session:
            kept = session.open(movie.magnet(seeder.address))
            threads = [threading.Thread(target=lambda at=at: asyncio.run(watch(session, at)))
                       for at in (0, 1_000_000)]
            for thread in threads:
                thread.start()
            await watch(session, 2_000_000)
            while any(thread.is_alive() for thread in threads):
                await asyncio.sleep(0.01)
            assert not kept.closed

    run(main())
    assert results == [True] * 3


def test_a_loop_that_ended_is_forgotten(opened, movie, shared_seeder):
    session = run(opened().start())
    torrent = run(session.open_bytes(movie.torrent))
    with pytest.raises(asyncio.TimeoutError):
        run(asyncio.wait_for(torrent.reader().read(1), 0.02))
    torrent.add_peer(shared_seeder.seed(movie).address)

    async def read():
        return await torrent.reader().read(5)

    assert run(read()) == movie.data[:5]
    session.close()
