"""tstream.aio where tasks are cancelled and loops end: nothing is lost or stuck."""

import asyncio
import gc
import threading

import pytest
from test_asyncio import run
from test_lifetimes import CANCELED, in_thread

import tstream
from tstream import _hub, aio


def test_a_read_that_is_cancelled_at_any_step_takes_no_bytes(opened, movie, shared_seeder):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            torrent.add_peer(shared_seeder.seed(movie).address)
            async with torrent.reader() as whole:
                assert await whole.read() == movie.data
            reader = torrent.reader()
            cancelled = 0
            for step in range(200):
                at = reader.tell()
                task = asyncio.ensure_future(reader.read(100))
                for _ in range(step % 4):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    assert await task == movie.data[at:at + 100]
                except asyncio.CancelledError:
                    cancelled += 1
                    assert reader.tell() == at
            assert 0 < cancelled < 200

    run(main())


def test_a_read_to_the_end_that_is_cancelled_begins_again_where_it_began(opened, movie,
                                                                         shared_seeder):
    async def main():
        async with opened() as session:
            torrent = await session.open_bytes(movie.torrent)
            torrent.add_peer(shared_seeder.seed(movie).address)
            reader = torrent.reader(start=1000)
            task = asyncio.ensure_future(reader.read())
            while reader.tell() == 1000:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert reader.tell() == 1000
            assert await reader.read() == movie.data[1000:]

    run(main())


def test_a_coroutine_that_is_collected_while_events_are_taken_stops_nothing(opened, movie,
                                                                            monkeypatch):
    session = run(opened().start())
    torrent = run(session.open_bytes(movie.torrent))
    session._hub.drain()

    async def wait(reader):
        cycle = [asyncio.current_task()]
        cycle.append(cycle)
        await reader.read(1)

    def abandon():
        """A task that was woken, whose loop then ended before it could go on."""
        loop = asyncio.new_event_loop()
        reader = torrent.reader()
        loop.create_task(wait(reader))
        loop.run_until_complete(asyncio.sleep(0.02))
        reader.close()
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()

    def take(*arguments):
        gc.collect()
        return tstream.snapshots.take(*arguments)

    monkeypatch.setattr(_hub, "take", take)
    gc.disable()
    try:
        abandon()
        assert session._hub._waiters
        run(torrent.remove())  # that is an event
        assert in_thread(session._hub.drain)() is None
        assert not session._hub._waiters
    finally:
        gc.enable()
    session.close()


def test_what_a_closed_loop_left_waiting_is_let_go_of(opened, movie):
    session = run(opened().start())
    torrent = run(session.open_bytes(movie.torrent))
    loop = asyncio.new_event_loop()
    loop.create_task(torrent.reader().read(1))
    loop.run_until_complete(asyncio.sleep(0.02))
    loop.close()
    assert len(torrent.readers()) == 1
    with pytest.raises(TimeoutError):
        run(torrent.reader(timeout=0.01).read(1))
    del loop
    gc.collect()
    assert torrent.readers() == []
    session.close()


def test_a_session_is_closed_in_another_thread_while_a_loop_rests(opened, movie):
    session = run(opened().start())
    torrent = run(session.open_bytes(movie.torrent))
    loop = asyncio.new_event_loop()
    task = loop.create_task(torrent.reader().read(1))
    loop.run_until_complete(asyncio.sleep(0.02))
    assert in_thread(session.close)() is None
    with pytest.raises(CANCELED):
        loop.run_until_complete(task)
    loop.close()


def test_a_query_may_be_closed_in_another_thread(opened):
    async def main():
        release = threading.Event()

        class Slow:
            def search(self, request):
                release.wait(20)
                return []

        async with aio.Search() as search:
            search.add_provider("slow", Slow())
            query = search("film")
            waiting = asyncio.ensure_future(query.wait_done())
            await asyncio.sleep(0.02)
            threading.Thread(target=query.close).start()
            with pytest.raises(tstream.ClosedError):
                await asyncio.wait_for(waiting, 20)
            release.set()

    run(main())


def test_a_session_that_is_started_twice_is_started_once(opened):
    async def main():
        session = opened()
        for use in (session.stats, session.next_event, lambda: session.open("0" * 40)):
            with pytest.raises(tstream.ClosedError):
                use()
        assert await session.start() is await session.start()
        async with session as same:
            assert same is session and session.stats()
        assert session.closed

    run(main())


def test_a_session_whose_start_was_cancelled_lets_go_of_its_directory(opened):
    async def main():
        for _ in range(5):
            task = asyncio.ensure_future(opened().start())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            for _ in range(2000):
                try:
                    async with opened():
                        break
                except tstream.BusyError:
                    await asyncio.sleep(0.01)
            else:
                raise AssertionError("it is still held")

    run(main())


def test_a_time_limit_may_be_infinite(opened, movie, shared_seeder):
    async def main():
        async with opened(metadata_timeout=float("inf")) as session:
            torrent = session.open(movie.magnet(shared_seeder.seed(movie).address))
            await torrent.metadata(float("inf"))
            assert await torrent.reader(timeout=float("inf")).read(5) == movie.data[:5]
            assert await torrent.reader(timeout=1e300).read(5) == movie.data[:5]

    run(main())
