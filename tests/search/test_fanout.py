"""Many providers, one answer: deadlines, merging, order, cancelling, sharing, caching."""

import select
import threading
import time

import pytest
import tstream
from indexer import Reply, infohash, item, rss

HANG = (lambda path, params, handler: handler.hang())


class Own:
    """A provider that answers at once with what it was made with."""

    def __init__(self, *found, status=tstream.OK):
        self.found, self.status, self.count = found, status, 0

    def search(self, request):
        self.count += 1
        for fields in self.found:
            request.add(**fields)
        request.finish(self.status)


class Held:
    """A provider that answers when the test says so."""

    def __init__(self):
        self.requests, self.cancelled, self.closed = [], [], threading.Event()
        self.arrived = threading.Condition()

    def search(self, request):
        with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()

    resolve = search

    def cancel(self, request):
        with self.arrived:
            self.cancelled.append(request)
            self.arrived.notify_all()

    def close(self):
        self.closed.set()

    def wait_for(self, count=1, cancelled=0):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count
                                         and len(self.cancelled) >= cancelled, 20)
        return self.requests[-1]


def film(number, title="film", **fields):
    return {"title": title, "infohash": infohash(number), **fields}


def test_twenty_providers_of_which_one_hangs_answer_within_the_deadline(search, indexer):
    one = search(provider_timeout=1.5, timeout=2)
    for number in range(19):
        made = indexer(rss(item("A film", hash_number=number + 1)))
        one.add_torznab(f"good{number}", made.url, "key")
    one.add_torznab("bad", indexer(HANG, caps=HANG).url, "key")
    start = time.monotonic()
    query = one.start("film")
    query.wait_done(30)
    elapsed = time.monotonic() - start
    assert len(query.results()) == 19
    assert query.status("bad").status == tstream.TIMEOUT
    assert all(state.status == tstream.OK for state in query.providers() if state.name != "bad")
    assert elapsed >= 0.5  # it was waited for
    # The others did not wait: each says how long it took.
    slowest = max(state.elapsed_us for state in query.providers() if state.name != "bad")
    assert slowest < query.status("bad").elapsed_us


def test_the_whole_query_has_a_deadline_too(search):
    one, held = search(provider_timeout=20, timeout=0.3), Held()
    one.add_provider("held", held)
    query = one.ask("film")
    assert query.status().status == tstream.TIMEOUT
    held.wait_for(cancelled=1).finish()


def test_results_can_be_taken_while_others_are_awaited(search):
    one, held = search(), Held()
    one.add_provider("quick", Own(film(1)))
    one.add_provider("held", held)
    query = one.start("film")
    assert select.select([query.fd()], [], [], 20)[0]
    end = time.monotonic() + 20
    while (result := query.next()) == tstream.EAGAIN:
        assert time.monotonic() < end and query.wait(20) == 0
    assert result.sources == ["quick"] and not query.is_done()
    request = held.wait_for()
    assert request.add(**film(2)) == 0
    while (result := query.next()) == tstream.EAGAIN:
        assert query.wait(20) == 0
    assert result.infohash_v1 == infohash(2)
    request.finish()
    query.wait_done(20)
    assert query.next() is None and query.next() is None


def test_the_wakeup_is_lowered_when_everything_is_taken(search):
    one, held = search(), Held()
    one.add_provider("held", held)
    query = one.start("film")
    request = held.wait_for()
    request.add(**film(1))
    assert select.select([query.fd()], [], [], 20)[0]
    while query.next() != tstream.EAGAIN:
        pass
    assert not select.select([query.fd()], [], [], 0)[0]
    assert query.wait(0) == tstream.ETIMEDOUT
    request.finish()
    assert select.select([query.fd()], [], [], 20)[0] and query.wait(0) == 0


def test_a_torrent_is_listed_once_with_all_its_sources(search):
    one, held = search(), Held()
    one.add_provider("first", Own(film(1, seeders=3, size=10, leechers=9, published_s=500)))
    one.add_provider("held", held)
    query = one.start("film")
    request = held.wait_for()
    request.add(**film(1, seeders=5, size=-1, leechers=1, published_s=400,
                       magnet=f"magnet:?xt=urn:btih:{infohash(1)}&tr=udp%3A%2F%2Fb.example%2F"))
    request.finish()
    query.wait_done(20)
    result, = query.results()
    assert result.sources == ["first", "held"]
    assert (result.seeders, result.leechers, result.size, result.published_s) == (5, 9, 10, 400)
    assert "b.example" in result.magnet


def test_a_hybrid_joins_what_was_listed_as_two(search):
    v1, v2 = infohash(1), "ab" * 32
    one = search()
    one.add_provider("v1", Own({"title": "film", "infohash": v1}))
    one.add_provider("v2", Own({"title": "film", "infohash": v2}))
    one.add_provider("both", Own({"title": "film", "magnet":
                                  f"magnet:?xt=urn:btih:{v1}&xt=urn:btmh:1220{v2}"}))
    result, = one.ask("film").results()
    assert (result.infohash_v1, result.infohash_v2) == (v1, v2)
    assert sorted(result.sources) == ["both", "v1", "v2"]


def test_the_order_does_not_depend_on_who_answers_first(search):
    found = [film(n, title=f"film {n % 3}", seeders=n % 40, size=n % 7) for n in range(1, 120)]
    lists = []
    for order in (found, found[::-1], sorted(found, key=lambda one: one["seeders"])):
        one = search()
        one.add_provider("a", Own(*order[:70]))
        one.add_provider("b", Own(*order[50:]))
        lists.append([result.id for result in one.ask("film 1").results()])
    assert len(lists[0]) == 119 and lists[0] == lists[1] == lists[2]


def test_the_best_come_first(search):
    one = search()
    one.add_provider("own", Own(
        film(1, "other thing", seeders=9000), film(2, "big buck bunny", seeders=0),
        film(3, "Big.Buck.Bunny.1080p", seeders=20, size=5),
        film(4, "Big Buck Bunny 720p", seeders=99, size=9),
        film(5, "Big Buck Bunny 2160p", seeders=100, size=1), film(6, "making of big buck bunny"),
        film(7, "bunny buck big"), film(8, "bunny")))
    assert [int(result.id, 16) for result in one.ask("Big Buck Bunny").results()] == [
        2, 5, 4, 3, 6, 7, 8, 1]


def test_a_list_is_given_in_pages(search):
    one = search()
    one.add_provider("own", Own(*(film(n) for n in range(1, 31))))
    query = one.ask("film")
    everything, total = query.page()
    assert total == 30
    pages = [query.page(offset, 7) for offset in (0, 7, 14, 21, 28, 35)]
    assert [len(found) for found, _ in pages] == [7, 7, 7, 7, 2, 0]
    assert all(of == 30 for _, of in pages)
    assert [r.id for found, _ in pages for r in found] == [r.id for r in everything]


def test_cancelling_leaves_what_was_found(search):
    one, held = search(), Held()
    one.add_provider("quick", Own(film(1)))
    one.add_provider("held", held)
    query = one.start("film")
    request = held.wait_for()
    query.cancel()
    query.wait_done(20)
    assert query.status("held").status == tstream.CANCELLED
    assert len(query.results()) == 1
    held.wait_for(cancelled=1)
    assert request.is_cancelled() and request.add(**film(2)) == tstream.ECANCELED
    request.finish()


def test_equal_queries_at_the_same_time_ask_once(search):
    one, held = search(), Held()
    one.add_provider("held", held)
    queries = [one.start(text) for text in ("Caf\u00e9  film", " cafe\u0301 FILM\n", "CAF\u00c9 FILM")]
    request = held.wait_for()
    queries[0].cancel()
    assert not request.is_cancelled()
    request.add(**film(1))
    request.finish()
    for query in queries[1:]:
        query.wait_done(20)
        assert len(query.results()) == 1
    assert queries[0].results() == [] and len(held.requests) == 1


def test_a_query_that_nobody_waits_for_any_more_is_given_up(search):
    one, held = search(), Held()
    one.add_provider("held", held)
    queries = [one.start("film"), one.start("film")]
    request = held.wait_for()
    for query in queries:
        query.close()
    held.wait_for(cancelled=1)
    assert request.is_cancelled()
    request.finish()


def test_closing_a_search_ends_its_queries_and_they_stay_valid(search):
    import tstream as module
    held, one = Held(), module.Search()
    one.add_provider("held", held)
    query = one.start("film")
    request = held.wait_for()
    one.close()
    assert query.is_done() and query.status().status == tstream.CANCELLED
    assert not held.closed.is_set()
    request.finish()
    assert held.closed.wait(20)
    query.close()


def test_a_provider_can_be_taken_out_while_it_is_asked(search):
    one, held = search(), Held()
    one.add_provider("held", held)
    query = one.start("film")
    request = held.wait_for()
    assert one.remove("held") == 0 and one.remove("held") == tstream.ENOENT
    query.wait_done(20)
    assert query.status().status == tstream.CANCELLED and one.providers() == []
    request.finish()
    assert held.closed.wait(20)


def test_a_provider_that_takes_its_time_holds_up_nobody(search):
    gate = threading.Event()

    class Slow(Own):
        def search(self, request):
            gate.wait(20)
            super().search(request)

    one = search(timeout=20, provider_timeout=20)
    one.add_provider("slow", Slow(film(2)), flags=tstream.BLOCKING)
    one.add_provider("quick", Own(film(1)))
    query = one.start("film")
    end = time.monotonic() + 20
    while query.status("quick").status != tstream.OK:
        assert time.monotonic() < end
        query.wait(0.1)
        query.next()
    assert query.status("slow").status == tstream.WAITING
    gate.set()
    query.wait_done(20)
    assert len(query.results()) == 2


def test_a_provider_that_keeps_failing_is_left_alone_for_a_while(search):
    bad = Own(status=tstream.NETWORK)
    one = search(breaker_failures=2, breaker_us=400_000)
    one.add_provider("bad", bad)
    statuses = [one.ask(f"film {n}").status().status for n in range(4)]
    assert statuses == [tstream.NETWORK, tstream.NETWORK, tstream.BREAKER_OPEN,
                        tstream.BREAKER_OPEN]
    state, = one.providers()
    assert state.is_breaker_open and 0 < state.retry_after_us <= 400_000
    assert (state.asked_count, state.failed_count, bad.count) == (2, 2, 2)
    bad.status = tstream.OK
    end = time.monotonic() + 20
    while one.ask("film").status().status != tstream.OK:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert not one.providers()[0].is_breaker_open


def test_an_answer_is_cached_and_given_again_without_asking(search, cache):
    own, store = Own(film(1, "The film", seeders=3, size=9)), cache()
    one = search(cache=store)
    one.add_provider("own", own)
    first = one.ask("The Film")
    assert not first.stats().is_cached
    wait_for_key(store, "search:the film")
    again = one.ask("  the   FILM ")
    assert again.stats().is_cached and again.stats().is_complete and own.count == 1
    assert [vars(r) for r in again.results()] == [vars(r) for r in first.results()]
    assert again.status().status == tstream.OK and again.next().title == "The film"
    fresh = one.ask("the film", flags=tstream.NO_CACHE)
    assert not fresh.stats().is_cached and own.count == 2


@pytest.mark.parametrize("flags", [tstream.LOCAL, tstream.LOCAL | tstream.BLOCKING])
def test_what_is_known_locally_is_asked_anew_beside_a_cached_answer(search, cache, flags):
    afar, here, store = Own(film(1, "film of all")), Own(film(1, "film", size=9)), cache()
    one = search(cache=store)
    one.add_provider("afar", afar)
    one.add_provider("here", here, flags=flags)
    first = one.ask("film")
    assert [vars(r) for r in first.results()][0]["size"] == 9 and not first.stats().is_cached
    wait_for_key(store, "search:film")
    here.found = [film(2, "film that came later")]
    again = one.ask("film")
    assert again.stats().is_cached and again.stats().is_complete
    assert (afar.count, here.count) == (1, 2)
    # What it told before, also of a torrent that others have, was its own and is not kept.
    assert {(r.title, r.size, *r.sources) for r in again.results()} == {
        ("film of all", -1, "afar"), ("film that came later", -1, "here")}
    taken = [again.next() for _ in range(2)]
    assert {r.infohash_v1 for r in taken} == {infohash(1), infohash(2)} and again.next() is None


def test_what_is_known_locally_is_there_before_the_others_answer(search, cache):
    held, one = Held(), search(cache=cache())
    one.add_provider("held", held)
    one.add_provider("here", Own(film(1)), flags=tstream.LOCAL)
    query = one.start("film")
    request = held.wait_for()
    while query.next() == tstream.EAGAIN:
        assert query.wait(20) == 0
    assert query.status("here").status == tstream.OK and not query.is_done()
    request.finish()
    query.wait_done(20)
    assert len(query.results()) == 1


def test_what_is_only_known_locally_is_never_cached(search, cache):
    here, bad, store = Own(film(1)), Own(status=tstream.NETWORK), cache()
    one = search(cache=store, breaker_failures=100)
    one.add_provider("here", here, flags=tstream.LOCAL)
    for count in (1, 2):
        assert not one.ask("film").stats().is_cached and here.count == count
    one.add_provider("bad", bad)
    for count in (1, 2):
        assert not one.ask("film").stats().is_cached and bad.count == count
    assert len(one.ask("film", providers="here").results()) == 1


def test_a_local_failure_does_not_shorten_how_long_the_others_answer_is_kept(search, cache):
    afar, here, store = Own(film(1)), Own(status=tstream.NETWORK), cache()
    one = search(cache=store, partial_ttl_us=1)
    one.add_provider("afar", afar)
    one.add_provider("here", here, flags=tstream.LOCAL)
    one.ask("film")
    wait_for_key(store, "search:film")
    again = one.ask("film")
    assert again.stats().is_cached and not again.stats().is_complete
    assert again.status("here").status == tstream.NETWORK and afar.count == 1


def wait_for_key(store, key):
    end = time.monotonic() + 20
    while store.get(key) is None:
        assert time.monotonic() < end, key
        time.sleep(0.01)


def test_other_providers_and_categories_have_answers_of_their_own(search, cache):
    own, store = Own(film(1, category=2000)), cache()
    one = search(cache=store)
    one.add_provider("own", own)
    one.add_provider("other", Own(film(2, category=2000)))
    one.ask("film")
    wait_for_key(store, "search:film")
    assert len(one.ask("film", providers="own").results()) == 1
    assert len(one.ask("film", categories="2000").results()) == 2
    assert own.count == 3
    one.add_provider("third", Own(film(3)))
    assert len(one.ask("film").results()) == 3 and own.count == 4


def test_an_answer_that_some_are_missing_from_is_cached_for_a_shorter_time(search, cache):
    store = cache()
    one = search(cache=store, partial_ttl_us=200_000)
    own = Own(film(1))
    one.add_provider("own", own)
    one.add_provider("bad", Own(status=tstream.TIMEOUT))
    one.ask("film")
    wait_for_key(store, "search:film")
    end = time.monotonic() + 20
    while store.get("search:film") is not None:
        assert time.monotonic() < end
        time.sleep(0.05)
    one.ask("film")
    assert own.count == 2


def test_a_failure_of_all_is_never_cached(search, cache):
    own = Own(status=tstream.PARSE)
    one = search(cache=cache(), breaker_failures=100)
    one.add_provider("own", own)
    for _ in range(3):
        assert not one.ask("film").stats().is_cached
    assert own.count == 3


def test_rubbish_in_the_cache_is_no_answer(search, cache):
    store = cache()
    tstream.lib.tstream_cache_put(store.pointer, b"search:film", b"16:tstream-answer-2,9:", 22,
                                  tstream.c_int64(10**9))
    one = search(cache=store)
    one.add_provider("own", Own(film(1)))
    query = one.ask("film")
    assert not query.stats().is_cached and len(query.results()) == 1


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "x" * 513, b"\xff\xfe"])
def test_queries_that_make_no_sense_are_refused(search, text):
    with pytest.raises(tstream.Error) as error:
        search().start(text)
    assert error.value.code == tstream.EINVAL and error.value.message


@pytest.mark.parametrize("options, code", [
    ({"providers": "nobody"}, tstream.ENOENT), ({"providers": "own,nobody"}, tstream.ENOENT),
    ({"categories": "films"}, tstream.EINVAL), ({"flags": 64}, tstream.EINVAL)])
def test_options_that_make_no_sense_are_refused(search, options, code):
    one = search()
    one.add_provider("own", Own())
    with pytest.raises(tstream.Error) as error:
        one.start("film", **options)
    assert error.value.code == code


@pytest.mark.parametrize("name, url", [
    ("", "http://example.org"), ("a b", "http://example.org"), ("a" * 64, "http://example.org"),
    ("x", "ftp://example.org"), ("x", "file:///etc/passwd"), ("x", "http://user:pass@example.org"),
    ("x", "example.org"), ("x", "")])
def test_providers_that_make_no_sense_are_refused(search, name, url):
    with pytest.raises(tstream.Error) as error:
        search().add_torznab(name, url)
    assert error.value.code == tstream.EINVAL


def test_a_name_is_given_once_and_providers_are_bounded(search):
    one = search()
    for number in range(64):
        one.add_provider(f"p{number}", Own())
    for name, code in (("p0", tstream.EBUSY), ("p64", tstream.ELIMIT)):
        with pytest.raises(tstream.Error) as error:
            one.add_provider(name, Own())
        assert error.value.code == code
    assert [state.name for state in one.providers()] == [f"p{n}" for n in range(64)]


def test_queries_under_way_are_bounded(search):
    one, held = search(max_queries=3), Held()
    one.add_provider("held", held)
    queries = [one.start(f"film {n}") for n in range(3)]
    with pytest.raises(tstream.Error) as error:
        one.start("film 4")
    assert error.value.code == tstream.ELIMIT
    held.wait_for(3)
    for request in list(held.requests):
        request.finish()
    for query in queries:
        query.wait_done(20)
    last = one.start("film 4")
    held.wait_for(4).finish()
    last.wait_done(20)


def test_a_search_without_providers_finds_nothing_at_once(search):
    query = search().ask("film")
    assert query.results() == [] and query.stats().is_done


def test_many_threads_can_search_at_once(search, cache):
    one = search(cache=cache(), max_queries=1000)
    for number in range(4):
        one.add_provider(f"p{number}", Own(*(film(n) for n in range(number + 1, number + 21))))
    failures = []

    def run(thread):
        for turn in range(25):
            query = one.start(f"film {(thread + turn) % 7}")
            while (result := query.next()) is not None:
                if result == tstream.EAGAIN and query.wait(20):
                    failures.append("hangs")
            if len(query.results()) != 23:
                failures.append(len(query.results()))
            query.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
