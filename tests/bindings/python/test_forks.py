"""What a child finds after fork.

Not with AddressSanitizer: its allocator may be locked in the child for ever.
"""

from test_lifetimes import run_program


def test_a_child_after_fork_cannot_touch_the_parents_objects(data_dir, torrent_path, tmp_path):
    result = run_program("""
session = tstream.Session(sys.argv[1], **LOCAL)
torrent = session.open_bytes(torrent_file)
reader = torrent.reader()
child = os.fork()
if child == 0:
    assert session.closed and torrent.closed and reader.closed
    for use in (session.stats, torrent.stats, reader.tell):
        try:
            use()
        except tstream.ClosedError as error:
            assert "fork" in str(error)
        else:
            os._exit(3)
    session.close()
    own = tstream.Session(sys.argv[3], **LOCAL)
    assert own.open_bytes(torrent_file).files
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert session.stats().torrent_count == 1 and reader.tell() == 0
session.close()
print("whole")
""", data_dir, torrent_path, tmp_path / "childs")
    assert result.stdout == "whole\n"


def test_a_search_is_closed_in_a_child_after_fork(tmp_path):
    run_program("""
class Mine:
    def search(self, request):
        return [tstream.Found(title="x", infohash="1" * 40)]
search = tstream.Search()
search.add_provider("mine", Mine())
child = os.fork()
if child == 0:
    assert search.closed
    own = tstream.Search()
    own.add_provider("mine", Mine())
    assert len(list(own("x"))) == 1
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert len(list(search("x"))) == 1
""", tmp_path)


def test_a_child_after_fork_may_log_too(tmp_path):
    run_program("""
import logging
tstream.log_to(logging.getLogger())
child = os.fork()
if child == 0:
    tstream.log_to(logging.getLogger())
    tstream.Session(sys.argv[1], **LOCAL).close()
    tstream.log_to(None)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
""", tmp_path / "data")


def test_a_child_that_is_forked_on_a_loop_leaves_the_parents_loop_alone(
        movie, shared_seeder, data_dir, tmp_path):
    path = tmp_path / "movie.torrent"
    path.write_bytes(movie.torrent)
    result = run_program("""
import asyncio, atexit
async def main():
    session = await aio.Session(sys.argv[1], **LOCAL).start()
    torrent = await session.open_bytes(torrent_file)
    search = aio.Search()
    class Slow:
        async def search(self, request):
            await asyncio.sleep(1)
            return []
    search.add_provider("slow", Slow())
    query = search("film")
    tasks = [asyncio.ensure_future(torrent.reader().read(1)),
             asyncio.ensure_future(query.wait_done())]
    await asyncio.sleep(0.1)
    child = os.fork()
    if child == 0:
        assert session.closed
        session.close()
        for task in tasks:
            task.get_coro().close()
        atexit._run_exitfuncs()
        os._exit(0)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        await asyncio.sleep(0.01)
    torrent.add_peer(sys.argv[3])
    done, waiting = await asyncio.wait(tasks, timeout=20)
    assert not waiting, waiting
    await query.aclose()
    await search.aclose()
    await session.aclose()
    print("whole")
asyncio.run(main())
""", data_dir, path, shared_seeder.seed(movie).address, timeout=60)
    assert result.stdout == "whole\n"
