"""Results that are only known by a link, and what may be asked on the way."""

import select

import indexer as indexers
import pytest
import tstream
from indexer import Reply, infohash, item, rss

MAGNET = f"magnet:?xt=urn:btih:{infohash(9)}&dn=a%20b"
TORRENT = b"d4:infod6:lengthi1e4:name1:a12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"ee"
LINKED = rss(item(hash_number=None, body='<enclosure url="/dl/1?apikey=KEY&amp;x=2" length="1"/>'))


@pytest.fixture
def linked(find):
    """linked(answer, ...): a result whose link leads to that answer; (search, id, indexer)"""
    def make(answer, items=LINKED, **paths):
        query = find(items, paths={"/dl/1": answer, **paths})
        result, = query.results()
        assert result.magnet is None and result.infohash_v1 == ""
        return query.search, result.id, query.indexer
    return make


def failure(search, identifier, **options):
    with pytest.raises(tstream.Error) as error:
        search.resolve(identifier, **options)
    return error.value


@pytest.mark.parametrize("answer, gives", [
    (Reply(TORRENT, content_type="application/x-bittorrent"), TORRENT),
    (indexers.redirect(MAGNET), MAGNET), (indexers.redirect(MAGNET, 301), MAGNET),
    (Reply(MAGNET + "\n", content_type="text/plain"), MAGNET)],
    ids=["torrent", "302", "301", "text"])
def test_a_link_becomes_what_it_leads_to(linked, answer, gives):
    search, identifier, made = linked(answer)
    assert search.resolve(identifier) == gives
    assert made.requests[-1] == "/dl/1?apikey=KEY&x=2"


def test_redirects_are_followed_to_a_magnet(linked):
    search, identifier, _ = linked(indexers.redirect("/dl/2"), **{
        "/dl/2": indexers.redirect("/dl/3", 307), "/dl/3": indexers.redirect(MAGNET)})
    assert search.resolve(identifier) == MAGNET


def test_no_more_than_five_redirects_are_followed(linked):
    search, identifier, made = linked(indexers.redirect("/dl/1"))
    assert failure(search, identifier).code == tstream.ENET
    assert sum(path.startswith("/dl/1") for path in made.requests) == 6


@pytest.mark.parametrize("answer, code", [
    (Reply("<html>", content_type="text/html"), tstream.EINVAL), (Reply(b""), tstream.EINVAL),
    (Reply("", 404), tstream.ENET), (Reply("", 401), tstream.EACCES),
    (Reply(b"d" + b"x" * (11 * 2 ** 20)), tstream.EINVAL),
    (indexers.redirect("magnet:?dn=no+hash"), tstream.EINVAL),
    (indexers.redirect("ftp://example.org/"), tstream.EINVAL),
    (indexers.redirect("file:///etc/passwd"), tstream.EINVAL)],
    ids=["page", "empty", "404", "401", "large", "no-hash", "ftp", "file"])
def test_what_leads_nowhere_is_told(linked, answer, code):
    search, identifier, _ = linked(answer)
    error = failure(search, identifier)
    assert error.code == code and error.message


def test_a_link_that_hangs_is_given_up(linked):
    search, identifier, _ = linked(lambda path, params, handler: handler.hang())
    assert failure(search, identifier, timeout=0.3).code == tstream.ETIMEDOUT


def test_resolving_can_be_given_up_and_waited_for_by_a_descriptor(linked):
    search, identifier, _ = linked(lambda path, params, handler: handler.hang())
    resolution = search.start_resolving(identifier)
    assert not select.select([resolution.fd()], [], [], 0)[0]
    with pytest.raises(tstream.Error) as error:
        resolution.get()
    assert error.value.code == tstream.EAGAIN
    resolution.close()
    search, identifier, _ = linked(indexers.redirect(MAGNET))
    resolution = search.start_resolving(identifier)
    assert select.select([resolution.fd()], [], [], 20)[0]
    assert resolution.get() == MAGNET
    resolution.close()


def test_closing_the_search_ends_what_is_being_resolved(indexer):
    one = tstream.Search()
    made = indexer(LINKED, paths={"/dl/1": lambda path, params, handler: handler.hang()})
    one.add_torznab("test", made.url)
    resolution = one.start_resolving(one.ask("film").results()[0].id)
    one.close()
    with pytest.raises(tstream.Error) as error:
        resolution.get()
    assert error.value.code == tstream.ECANCELED
    resolution.close()


def test_an_infohash_is_its_own_magnet(search):
    assert search().resolve(infohash(5)) == f"magnet:?xt=urn:btih:{infohash(5)}"


@pytest.mark.parametrize("identifier", ["", "test:0123", "nothing", "magnet:?xt=urn:btih:1"])
def test_ids_that_were_never_given_are_not_known(search, identifier):
    with pytest.raises(tstream.Error) as error:
        search().resolve(identifier)
    assert error.value.code == tstream.ENOENT


def test_a_cached_result_with_a_link_is_only_of_use_where_the_link_is_known(
        search, indexer, cache):
    store, made = cache(), indexer(LINKED, paths={"/dl/1": indexers.redirect(MAGNET)})
    queries = []
    for _ in range(2):
        one = search(cache=store)
        one.add_torznab("test", made.url)
        for _ in range(2):
            query = one.ask("film")
            queries.append(query)
            end = 200
            while store.get("search:film") is None and end:
                end -= 1
                select.select([], [], [], 0.02)
        assert one.resolve(query.results()[0].id) == MAGNET
    assert [query.stats().is_cached for query in queries] == [0, 1, 0, 1]
    assert len({query.results()[0].id for query in queries}) == 1


class WithReferences:
    """A provider whose results have words of its own for what they are."""

    def search(self, request):
        assert request.add("film", reference="number one") == 0
        request.finish()

    def resolve(self, request):
        assert request.reference() == "number one"
        assert request.give_magnet("rubbish") == tstream.EINVAL
        assert request.give_magnet(MAGNET) == 0
        request.finish()


def test_a_provider_of_ones_own_resolves_its_own_references(search):
    one = search()
    one.add_provider("own", WithReferences())
    result, = one.ask("film").results()
    assert result.magnet is None and "number" not in result.id
    assert one.resolve(result.id) == MAGNET
    one.remove("own")
    assert failure(one, result.id).code == tstream.ENOENT


def test_a_provider_that_cannot_resolve_says_so(search):
    class Mute:
        def search(self, request):
            request.add("film", reference="x")
            request.finish()
    one = search()
    one.add_provider("own", Mute())
    assert failure(one, one.ask("film").results()[0].id).code == tstream.ENOTSUP
