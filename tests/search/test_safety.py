"""Hostile answers, addresses that must not be asked, and keys that must not be seen."""

import threading

import indexer as indexers
import pytest
import tstream
from indexer import Reply, infohash, item, rss

KEY = "s3cr3tk3y0123456789"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))


def bomb(declaration, title="&l9;"):
    return rss(item(title)).replace("<rss", f"<!DOCTYPE rss [{declaration}]><rss", 1)


@pytest.mark.parametrize("text", [
    bomb(LAUGHS), bomb('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
    bomb('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;', "x"), bomb('<!ENTITY a "b">', "&a;"),
    bomb(f'<!ENTITY a "{"x" * 100000}">', "&a;" * 1000),
    rss("<a>" * 40 + "</a>" * 40), rss("<a>" * 100000)],
    ids=["laughs", "file", "parameter", "one", "quadratic", "deep", "deeper"])
def test_entity_declarations_and_depth_are_refused(find, text):
    query = find(text)
    assert query.results() == [] and query.status().status == tstream.PARSE
    assert "refused" in query.status().message


def test_a_document_type_without_entities_is_not_loaded_and_no_hindrance(find, indexer):
    made = indexer()
    text = rss(item("A &nbsp;film")).replace(
        "<rss", f'<!DOCTYPE rss PUBLIC "-//X" "{made.origin}/rss.dtd"><rss', 1)
    assert find(text).results()[0].title == "A \u00a0film"
    assert made.requests == []


@pytest.mark.parametrize("text", [
    rss(item("x" * 200000)), rss(item(body="<description>" + "y" * 300000 + "</description>")),
    rss(item(body="<torznab:attr" + ' a="b"' * 1 + "/>" + "<x/>" * 50000)), "<" * 100000,
    rss(item("&" * 100000)), "&#x41;" * 100000, rss(item("<![CDATA[" + "z" * 100000)),
    b"\x00" * 1000, b"\xff\xfe" + b"<\x00" * 1000, rss(item()).encode("utf-16")[:-3]],
    ids=["title", "text", "elements", "brackets", "ampersands", "references", "cdata", "zeros",
         "marks", "cut"])
def test_large_and_broken_documents_end_well(find, text):
    query = find(Reply(text))
    assert query.is_done()
    assert all(len(result.title.encode()) <= 1024 for result in query.results())


def test_a_small_zip_of_very_much_ends(find):
    query = find(indexers.zipped(rss(item("First"), item("y" * 30_000_000))), provider_timeout=30,
                 timeout=40)
    assert [one.title for one in query.results()] == ["First"]
    assert query.status().status == tstream.PARTIAL


def linked(find, link, **options):
    body = f'<enclosure url="{link}" length="1" type="application/x-bittorrent"/>'
    query = find(rss(item(hash_number=None, body=body)), **options)
    return query.search, query.results()[0].id


PRIVATE = ["http://127.0.0.1:{port}/x", "http://localhost:{port}/x", "http://[::1]:{port}/x",
           "http://127.1:{port}/x", "http://2130706433:{port}/x", "http://0x7f000001:{port}/x",
           "http://[::ffff:127.0.0.1]:{port}/x", "http://0.0.0.0:{port}/x", "http://10.0.0.1/x",
           "http://192.168.1.1/x", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x",
           "http://[fd00::1]/x", "http://172.16.0.1/x", "http://100.64.0.1/x"]


@pytest.mark.parametrize("address", PRIVATE)
def test_links_to_private_addresses_beyond_the_origin_are_refused(find, indexer, address):
    victim = indexer()
    search, identifier = linked(find, address.format(port=victim.port))
    with pytest.raises(tstream.Error) as error:
        search.resolve(identifier, timeout=5)
    assert error.value.code == tstream.EREFUSED, error.value
    assert victim.requests == []


@pytest.mark.parametrize("address", PRIVATE[:6])
def test_redirects_of_links_to_private_addresses_are_refused(find, indexer, address):
    victim = indexer()
    search, identifier = linked(find, "/dl", paths={
        "/dl": indexers.redirect(address.format(port=victim.port))})
    with pytest.raises(tstream.Error) as error:
        search.resolve(identifier, timeout=5)
    assert error.value.code == tstream.EREFUSED, error.value
    assert victim.requests == []


def test_a_redirect_of_a_search_to_a_private_address_is_refused(find, indexer):
    victim = indexer(rss(item()))
    query = find(indexers.redirect(f"{victim.origin}/api"))
    assert query.status().status == tstream.REFUSED and victim.requests == []


def test_an_origin_includes_its_port_and_scheme(find, indexer):
    victim = indexer()
    query = find(indexers.redirect(f"https://127.0.0.1:{victim.port}/"))
    assert query.status().status == tstream.REFUSED


def test_a_connection_of_one_provider_is_no_way_in_for_another(search, indexer):
    """The first may ask its own address, and keeps the connection; the second may not."""
    one, home = search(), indexer(rss(item()), paths={"/x": indexers.redirect(
        f"magnet:?xt=urn:btih:{infohash(1)}")})
    body = f'<enclosure url="{home.origin}/x" length="1"/>'
    other = indexer(rss(item("film", hash_number=None, body=body)))
    one.add_torznab("home", home.url)
    one.add_torznab("other", other.url)
    one.ask("film")
    result = next(r for r in one.ask("film again").results() if r.magnet is None)
    asked = len(home.requests)
    with pytest.raises(tstream.Error) as error:
        one.resolve(result.id)
    assert error.value.code == tstream.EREFUSED and len(home.requests) == asked


def test_a_link_of_ones_own_provider_must_be_public(search, indexer):
    victim, one = indexer(), search()

    class Own:
        def search(self, request):
            request.add("film", link=f"{victim.origin}/x")
            request.finish()
    one.add_provider("own", Own())
    with pytest.raises(tstream.Error) as error:
        one.resolve(one.ask("film").results()[0].id)
    assert error.value.code == tstream.EREFUSED and victim.requests == []


TELLTALE = rss(
    item(f"A film {KEY}", body=f'<guid>http://x/?apikey={KEY}</guid><comments>{KEY}</comments>'),
    item("By magnet", hash_number=None, body=(
        f'<torznab:attr name="magneturl" value="magnet:?xt=urn:btih:{infohash(2)}&amp;dn={KEY}'
        f'&amp;tr=http%3A%2F%2Ft.example%2F{KEY}%2Fannounce&amp;xs=http%3A%2F%2Fx%2F{KEY}"/>')),
    item("By link", hash_number=None, body=f'<link>/dl/1?apikey={KEY}&amp;path=abc</link>'),
    item("By passkey", hash_number=None, body=(
        f'<torznab:attr name="magneturl" value="magnet:?xt=urn:btih:{infohash(3)}'
        '&amp;tr=http%3A%2F%2Ft.example%2F0000passkey0000%2Fannounce'
        '&amp;tr=udp%3A%2F%2Fopen.example%3A1337%2Fannounce"/>')))


@pytest.mark.parametrize("way", ["parameter", "pasted", "upper"])
def test_the_key_is_in_nothing_that_leaves_the_library(search, indexer, cache, way):
    said, store = [], cache()
    lock = threading.Lock()

    @tstream.LOG_FN
    def hear(_, level, message):
        with lock:
            said.append(message.decode(errors="replace"))

    text = TELLTALE.replace(KEY, KEY.upper()) if way == "upper" else TELLTALE
    tstream.lib.tstream_set_log(hear, None)
    try:
        one = search(cache=store)
        made = indexer(text, paths={
            "/wrong/api": f'<error code="100" description="Invalid key {KEY} given"/>',
            "/moved/api": indexers.redirect(f"http://127.0.0.1:1/{KEY}"),
            "/dl/1": Reply(f"no {KEY}", 404), "/page/api": Reply(f"<html>{KEY}</html>", 500)})
        if way == "pasted":
            one.add_torznab("key", f"{made.url}?apikey={KEY}")
        else:
            one.add_torznab("key", made.url, KEY)
        for path in ("wrong", "moved", "page"):
            one.add_torznab(path, f"{made.origin}/{path}/api", KEY)
        one.add_feed("feed", f"{made.origin}/moved/api?passkey={KEY}")
        query = one.ask("film")
        while (result := query.next()) is not None:
            said.append(repr(result))
        said += [repr(query.results()), repr(query.providers()), repr(one.providers())]
        assert len(query.results()) == 4
        for state in query.providers():
            assert (state.status == tstream.OK) == (state.name == "key"), state
        for result in query.results():
            try:
                said.append(repr(one.resolve(result.id)))
            except tstream.Error as error:
                said.append(str(error))
        for bad in (f"ftp://x/?apikey={KEY}", f"http://u:{KEY}@x/"):
            with pytest.raises(tstream.Error) as error:
                one.add_torznab("bad", bad, KEY)
            said.append(str(error.value))
    finally:
        tstream.lib.tstream_set_log(tstream.LOG_FN(), None)
    cached = wait_for_cache(store)
    assert any(KEY in path for path in made.requests)  # it was in use
    for text in [*said, cached]:
        assert KEY.lower() not in text.lower(), text
    assert "0000passkey0000" not in cached and "open.example" in cached
    assert "/dl/1" not in cached and "http://t.example" not in cached


def wait_for_cache(store):
    for _ in range(500):
        value = store.get("search:film")
        if value is not None:
            return value.decode()
        threading.Event().wait(0.02)
    raise AssertionError("nothing was cached")
