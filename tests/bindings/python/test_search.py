"""Searches, caches and catalogues; providers in Python, in threads and on an event loop."""

import asyncio
import gc
import sys
import threading
import time

import pytest
from python_fixtures import LOCAL, SOURCE
from seeders import poll
from test_lifetimes import in_thread, run_program

import tstream
from tstream import aio

sys.path.append(str(SOURCE / "tests/search"))

import indexer  # noqa: E402

Status = tstream.ProviderStatus


class Provider:
    """Gives what it is told, or raises it."""

    kind = "test"

    def __init__(self, *answers):
        self.answers = answers
        self.requests = []

    def search(self, request):
        self.requests.append(request)
        for answer in self.answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer


def found(number, title="a film", **more):
    return tstream.Found(title=f"{title} {number}", infohash=f"{number:040x}", **more)


@pytest.fixture
def search():
    with tstream.Search(provider_timeout=30, timeout=40) as opened:
        yield opened


def test_a_provider_in_python_is_asked_and_its_findings_come_out(search):
    provider = Provider(found(1, size=100, seeders=7, leechers=2, category=2000, published_s=5),
                        found(2, category=5000))
    search.add_provider("mine", provider)
    with search("  A   Film ", categories=[2000]) as query:
        results = {result.title: result for result in query}
    assert set(results) == {"a film 1"}
    first = results["a film 1"]
    assert (first.size, first.seeders, first.leechers, first.category) == (100, 7, 2, 2000)
    assert (first.infohash_v1, first.published_s, first.sources) == (f"{1:040x}", 5, "mine")
    assert tstream.magnet_infohash(first.magnet) == first.infohash_v1
    (request,) = provider.requests
    assert request.text == "A Film" and request.categories == "2000" and request.limit > 0
    with pytest.raises(ValueError):
        request.cancelled


def test_what_nobody_told_is_minus_one(search):
    search.add_provider("mine", Provider(found(3)))
    (result,) = search("film")
    assert (result.size, result.seeders, result.leechers, result.published_s) == (-1,) * 4
    assert result.infohash_v2 == "" and result.category == 0


@pytest.mark.parametrize("error, status", [
    (TimeoutError("slow"), Status.TIMEOUT), (PermissionError("no key"), Status.AUTH),
    (ConnectionError("gone"), Status.NETWORK), (ValueError("rubbish"), Status.PARSE),
    (NotImplementedError("no"), Status.UNSUPPORTED), (tstream.RefusedError("no"), Status.REFUSED),
    (tstream.Throttled(60, "slowly"), Status.THROTTLED), (OSError("disk"), Status.NETWORK),
    (RuntimeError("a fault"), Status.NETWORK),
])
def test_what_a_provider_raises_says_how_it_fared(search, error, status):
    search.add_provider("mine", Provider(found(1), error))
    query = search.query("film").wait_done(20)
    (state,) = query.providers()
    assert (state.status, state.kind, state.result_count) == (status, "test", 1)
    assert str(error.args[0] if not isinstance(error, tstream.Error) else error) in state.message
    assert str(status) == status.name.lower() or status == Status.CANCELLED
    if status == Status.THROTTLED:
        assert 50_000_000 < state.retry_after_us <= 60_000_000
    assert not query.stats().is_complete and query.stats().is_done
    assert len(list(query)) == 1


class Mute(Exception):
    """One that cannot even be told."""

    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize("error, status", [
    (ValueError("a NUL \0 and a half \udc80"), Status.PARSE), (Mute(), Status.NETWORK),
    (tstream.Throttled(float("nan"), "\0"), Status.THROTTLED),
    (tstream.Throttled("soon"), Status.THROTTLED), (tstream.Throttled(1e300), Status.THROTTLED),
])
def test_what_cannot_be_told_in_c_fails_the_provider_all_the_same(search, error, status):
    search.add_provider("mine", Provider(error))
    (state,) = search.query("film").wait_done(20).providers()
    assert state.status == status and "no answer" not in state.message


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_provider_that_wants_to_end_the_program_is_cancelled(search, error, monkeypatch):
    def answer(request):
        raise error

    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_value))
    provider = Provider()
    provider.search = answer
    search.add_provider("mine", provider)
    (state,) = search.query("film").wait_done(20).providers()
    assert state.status == Status.CANCELLED
    poll(lambda: told == [error], what="it is told")


def test_a_provider_that_gives_nonsense_is_a_parse_error(search):
    search.add_provider("mine", Provider("no Found"))
    search.add_provider("other", Provider(tstream.Found(title="nothing to have it by")))
    query = search.query("film").wait_done(20)
    assert [state.status for state in query.providers()] == [Status.PARSE] * 2


def test_a_provider_that_gives_too_much_is_cut_off(search):
    search.add_provider("mine", Provider(*[found(number) for number in range(1, 2000)]))
    query = search.query("film").wait_done(20)
    (state,) = query.providers()
    assert state.status in (Status.OK, Status.PARTIAL) and 100 <= state.result_count < 1999


def test_many_providers_answer_from_their_own_threads(search):
    barrier = threading.Barrier(8)

    class Meeting(Provider):
        def search(self, request):
            if request.text == "film":
                barrier.wait(20)  # all of them must be asked at the same time
            yield from self.answers

    for number in range(1, 9):
        search.add_provider(f"p{number}", Meeting(found(number), found(99)))
    query = search.query("film")
    assert {result.infohash_v1 for result in query} == {
        f"{number:040x}" for number in (*range(1, 9), 99)}
    results, total = query.results()
    assert total == len(results) == 9
    shared = next(result for result in results if result.infohash_v1 == f"{99:040x}")
    assert len(shared.sources.split(",")) == 8
    assert query.results(offset=2, limit=3).results == results[2:5]
    assert search.query("other", providers=["p1"]).wait_done(20).stats().provider_count == 1


def test_results_come_while_others_are_awaited_and_cancelling_tells_the_provider(search):
    cancelled = threading.Event()

    class Slow(Provider):
        def search(self, request):
            yield found(1)
            while not request.cancelled:
                assert request.remaining >= 0
                time.sleep(0.005)
            cancelled.set()

    search.add_provider("slow", Slow())
    query = search.query("film")
    assert next(iter(query)).title == "a film 1"
    assert not query.done
    query.cancel()
    assert cancelled.wait(20) and query.done


def test_closing_ends_a_query_that_waits_in_another_thread(search):
    class Slow(Provider):
        def search(self, request):
            while not request.cancelled:
                time.sleep(0.005)
            return []

    search.add_provider("slow", Slow())
    query = search.query("film")
    end = in_thread(lambda: list(query))
    time.sleep(0.05)
    query.close()
    assert isinstance(end(), (tstream.ClosedError, type(None)))
    with pytest.raises(tstream.ClosedError):
        query.stats()


def test_a_result_with_a_reference_is_resolved_by_its_provider(search, movie):
    class Resolving(Provider):
        def resolve(self, request):
            if request.reference == "bytes":
                return movie.torrent
            if request.reference == "magnet":
                return movie.magnet()
            raise PermissionError("another key")

    search.add_provider("mine", Resolving(
        *[tstream.Found(title=word, reference=word) for word in ("bytes", "magnet", "none")]))
    ids = {result.title: result.id for result in search("x")}
    assert search.resolve(ids["bytes"]) == movie.torrent
    assert tstream.magnet_infohash(search.resolve(ids["magnet"], 5)) == movie.infohash
    with pytest.raises(PermissionError):
        search.resolve(ids["none"])
    with pytest.raises(FileNotFoundError):
        search.resolve("unknown")
    assert search.resolve(movie.infohash).startswith("magnet:")


def test_indexers_and_feeds_are_asked_over_http(search):
    server = indexer.Indexer(indexer.rss(indexer.item(title="A film", hash_number=5)))
    try:
        search.add_torznab("torznab", server.url, api_key="a secret")
        search.add_feed("feed", f"{server.origin}/feed?q={{searchTerms}}")
        search.add_archive("archive", server.origin)
        search.remove_provider("archive")
        (result,) = search.query("film").wait_done(20).results().results
        assert sorted(result.sources.split(",")) == ["feed", "torznab"]
        states = search.providers()
        assert [state.name for state in states] == ["torznab", "feed"]
        assert all(state.asked_count == 1 and "secret" not in repr(state) for state in states)
    finally:
        server.close()


def test_names_and_texts_that_cannot_be_meant_are_refused(search):
    for name in ("", "with space", "x" * 64):
        with pytest.raises(ValueError):
            search.add_provider(name, Provider())
    search.add_provider("mine", Provider())
    with pytest.raises(tstream.BusyError):
        search.add_provider("mine", Provider())
    with pytest.raises(ValueError):
        search("")
    with pytest.raises(FileNotFoundError):
        search("film", providers=["unknown"])
    with pytest.raises(FileNotFoundError):
        search.remove_provider("unknown")


def test_a_provider_is_let_go_of_when_it_is_taken_out(search):
    import weakref

    provider = Provider(found(1))
    known = weakref.ref(provider)
    search.add_provider("mine", provider)
    assert len(list(search("film"))) == 1
    provider.requests.clear()
    del provider
    search.remove_provider("mine")
    poll(lambda: gc.collect() is not None and known() is None, what="it is collected")


def test_queries_leave_nothing_behind(search):
    from test_lifetimes import descriptors, resident_bytes

    search.add_provider("mine", Provider(*[found(number) for number in range(1, 20)]))

    def cycle(times):
        for number in range(times):
            with search.query(f"film {number}") as query:
                assert len(list(query)) == 19
            search.query("dropped").next_nowait()

    cycle(100)
    gc.collect()
    before, files = resident_bytes(), descriptors()
    cycle(500)
    gc.collect()
    assert descriptors() <= files + 3
    assert resident_bytes() - before < 16 * 1024 * 1024


# ---- caches and catalogues ----

def test_a_cache_keeps_values_for_their_time():
    with tstream.Cache("memory:?bytes=100000") as cache:
        assert cache.get("a") is None
        cache.put("a", b"\0value", ttl=60)
        cache.put("b", b"", None)
        assert cache.get("a") == b"\0value" and cache.get("b") == b""
        cache.put("c", b"short", ttl=0.001)
        poll(lambda: cache.get("c") is None, what="its time is over")
        cache.remove("a")
        cache.remove("a")
        assert cache.get("a") is None
        stats = cache.stats()
        assert stats.store == "memory" and stats.state == tstream.CacheState.OK
        assert stats.max_bytes == 100_000 and stats.put_count == 3
        with pytest.raises(tstream.DiskFullError):
            cache.put("big", bytes(200_000))
    with pytest.raises(ValueError):
        tstream.Cache("ftp://nowhere")


def test_a_search_answers_from_its_cache_and_keeps_it_open():
    cache = tstream.Cache()
    provider = Provider(found(1))
    with tstream.Search(cache=cache) as search:
        search.add_provider("mine", provider, public=True)
        assert not search.query("film").wait_done(20).stats().is_cached
        cache.close()
        query = search.query("Film").wait_done(20)
        assert query.stats().is_cached and len(query.results().results) == 1
        assert not search.query("film", use_cache=False).wait_done(20).stats().is_cached
        assert len(provider.requests) == 2


def test_a_session_finds_metadata_in_its_cache(make_session, movie, tmp_path, shared_seeder):
    cache = tstream.Cache()
    with make_session(tmp_path / "a", cache=cache) as session:
        torrent = session.open(movie.magnet(shared_seeder.seed(movie).address)).metadata(20)
        assert torrent.files
        poll(lambda: cache.get(f"magnet:{movie.infohash}"), what="it is kept")
    with make_session(tmp_path / "b", cache=cache) as session:
        assert session.open(movie.infohash).metadata(20).size == len(movie.data)


def test_a_catalogue_is_searched_by_words(search, session, movie, tmp_path):
    with tstream.Catalog(tmp_path / "catalog.db", empty=True) as catalog:
        assert len(catalog) == 0
        catalog.add("The Great Film", f"{1:040x}", size=5, category=2000, published_s=9)
        assert catalog.import_list("# a list\nAnother Film\t" + f"{2:040x}" + "\n") == 1
        catalog.add_torrent(session.open_bytes(movie.torrent))
        assert len(catalog) == 3
        search.add_catalog("local", catalog)
    query = search.query("great film").wait_done(20)
    (result,) = query.results().results
    assert (result.title, result.size, result.published_s) == ("The Great Film", 5, 9)
    with tstream.Catalog(tmp_path / "catalog.db") as catalog:
        catalog.remove(f"{1:040x}")
        assert len(catalog) == 2
        with pytest.raises(FileNotFoundError):
            catalog.remove(f"{1:040x}")
        with pytest.raises(ValueError):
            catalog.add("", "nonsense")


# ---- asyncio ----

def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 50))


def test_a_provider_on_the_event_loop_is_asked_without_a_thread_for_it():
    class Async:
        async def search(self, request):
            assert threading.current_thread() is threading.main_thread()
            for number in (1, 2):
                await asyncio.sleep(0.001)
                yield found(number)

        async def resolve(self, request):
            await asyncio.sleep(0.001)
            return f"magnet:?xt=urn:btih:{9:040x}"

    class AsList:
        async def search(self, request):
            return [found(3), tstream.Found(title="by reference", reference="r")]

        def resolve(self, request):
            return f"magnet:?xt=urn:btih:{8:040x}"

    async def main():
        async with aio.Search() as search:
            search.add_provider("async", Async())
            search.add_provider("list", AsList())
            search.add_provider("plain", Provider(found(4)))
            titles = {}
            async for result in search("film"):
                titles[result.title] = result
            assert set(titles) == {"a film 1", "a film 2", "a film 3", "a film 4", "by reference"}
            magnet = await search.resolve(titles["by reference"].id)
            assert tstream.magnet_infohash(magnet) == f"{8:040x}"
            async with search.query("again") as query:
                assert (await query.wait_done(20)).results().total == 5

    run(main())


def test_what_a_coroutine_raises_says_how_it_fared():
    class Failing:
        async def search(self, request):
            raise PermissionError("key")

    async def main():
        async with aio.Search() as search:
            search.add_provider("mine", Failing())
            query = await search.query("film").wait_done(20)
            assert query.providers()[0].status == Status.AUTH

    run(main())


def test_time_limits_and_closing_end_an_asynchronous_query():
    class Never:
        async def search(self, request):
            await asyncio.sleep(100)
            return []

    async def main():
        async with aio.Search(timeout=40, provider_timeout=40) as search:
            search.add_provider("never", Never())
            query = search.query("film")
            with pytest.raises(TimeoutError):
                await query.wait_done(0.05)
            waiting = asyncio.ensure_future(query.__anext__())
            await asyncio.sleep(0.01)
            query.close()
            with pytest.raises(tstream.ClosedError):
                await waiting

    run(main())


def test_a_process_may_end_with_a_query_and_a_provider_under_way(tmp_path):
    result = run_program("""
import time
class Slow:
    def search(self, request):
        print("asked", flush=True)
        while not request.cancelled:
            time.sleep(0.01)
        return []
search = tstream.Search()
search.add_provider("slow", Slow())
query = search.query("film")
time.sleep(0.3)
print("end")
""", tmp_path)
    assert result.stdout == "asked\nend\n" and "Fatal" not in result.stderr


def test_an_asyncio_program_may_end_with_a_provider_under_way(tmp_path):
    result = run_program("""
import asyncio
class Never:
    async def search(self, request):
        await asyncio.sleep(100)
        return []
async def main():
    search = aio.Search()
    search.add_provider("never", Never())
    query = search.query("film")
    await asyncio.sleep(0.1)
    print("end")
asyncio.run(main())
""", tmp_path)
    assert result.stdout == "end\n" and "Fatal" not in result.stderr


def test_a_session_option_is_there_for_asyncio_too(data_dir, movie):
    async def main():
        with tstream.Cache() as cache:
            async with aio.Session(data_dir, cache=cache, **LOCAL) as session:
                assert (await session.open_bytes(movie.torrent)).files

    run(main())
