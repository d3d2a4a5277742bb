"""Torznab as Jackett, Prowlarr, bitmagnet and others speak it, with every quirk of theirs."""

import time
from pathlib import Path

import indexer as indexers
import pytest
import tstream
from indexer import Reply, infohash, item, rss

MAGNET = f"magnet:?xt=urn:btih:{infohash(7)}&dn=x&tr=udp%3A%2F%2Ftracker.example%3A1337%2Fannounce"


def only(query):
    results = query.results()
    assert len(results) == 1, (results, query.providers())
    return results[0]


def test_an_answer_becomes_results_with_all_that_it_says(find):
    result = only(find(rss(item("A film", seeders=3, peers=10, category=2040, body=(
        "<pubDate>Fri, 06 Feb 2015 13:32:26 +0100</pubDate>")))))
    assert result.title == "A film"
    assert result.infohash_v1 == infohash(1)
    assert result.magnet.startswith(f"magnet:?xt=urn:btih:{infohash(1)}&dn=A%20film")
    assert (result.size, result.seeders, result.leechers) == (1_500_000_000, 3, 7)
    assert (result.category, result.published_s) == (2040, 1423225946)
    assert result.sources == ["test"]


def test_what_nobody_said_is_unknown_and_not_zero(find):
    result = only(find(rss(item(size=None, seeders=None))))
    assert (result.size, result.seeders, result.leechers, result.published_s) == (-1, -1, -1, -1)


@pytest.mark.parametrize("pasted", ["/x/api", "/x", "/x/", "/x/api/", "/x/api?apikey=fedcba9876543210"])
def test_a_url_may_be_pasted_with_or_without_api(indexer, search, pasted):
    one, made = search(), indexer(rss(item()))
    one.add_torznab("test", made.origin + pasted, None)
    assert one.ask("film").results()
    assert all(path.startswith("/x/api?t=") for path in made.requests)
    assert ("fedcba" in made.requests[0]) == ("apikey" in pasted)


def test_an_indexer_without_api_in_its_path_is_found_too(indexer, search):
    one, made = search(), indexer(rss(item()), paths={"/torznab/api": Reply("", 404)})
    one.add_torznab("test", made.origin + "/torznab", "key")
    for _ in range(2):
        assert one.ask("film", flags=tstream.NO_CACHE).results()
    assert [path.split("?")[0] for path in made.requests] == ["/torznab/api"] + ["/torznab"] * 3


def test_a_query_is_encoded_and_capabilities_are_asked_once(find):
    query = find(rss(item("Früh & spät")), text="früh & spät?")
    query.search.ask("another")
    asked = query.indexer.searches()
    assert [one["q"] for one in asked] == ["früh & spät?", "another"]
    assert asked[0]["apikey"] == "0123456789abcdef" and asked[0]["limit"] == "100"
    assert sum("t=caps" in path for path in query.indexer.requests) == 1


def test_an_indexer_that_only_searches_for_films_is_asked_for_films(find):
    caps = indexers.CAPS.replace('<search available="yes"', '<search available="no"').replace(
        '<tv-search available="yes"', '<tv-search available="no"')
    query = find(rss(item()), caps=caps)
    assert only(query) and query.indexer.searches()[0]["t"] == "movie"


@pytest.mark.parametrize("caps", ["no xml", "<caps/>", Reply(status=500), indexers.redirect("/no")],
                         ids=["rubbish", "empty", "error", "redirect"])
def test_capabilities_that_make_no_sense_are_no_hindrance(find, caps):
    assert only(find(rss(item()), caps=caps))


@pytest.mark.parametrize("attribute", [
    '<torznab:attr name="seeders" value="9"/>', '<newznab:attr name="SEEDERS" value="9"/>',
    '<Torznab:Attr Name="Seeders" Value="9"/>', '<attr name="seeders" value="9"/>',
    '<torznab:attr name="leechers" value="1"/><torznab:attr name="peers" value="10"/>'])
def test_attributes_are_understood_in_any_namespace_and_case(find, attribute):
    body = attribute
    text = rss(item(body=body, seeders=None)).replace(
        "<rss ", '<rss xmlns:Torznab="http://torznab.com/schemas/2015/feed" ')
    assert only(find(text)).seeders == 9


@pytest.mark.parametrize("written, title", [
    ("Tom &amp;amp; Jerry", "Tom & Jerry"), ("Tom &amp; Jerry", "Tom & Jerry"),
    ("Caf&eacute; &nbsp;noir", "Café \u00a0noir"), ("Tom & Jerry", "Tom & Jerry"),
    ("<![CDATA[Tom & Jerry]]>", "Tom & Jerry"), ("<![CDATA[Caf&eacute;]]>", "Café"),
    ("A\x07 fi\x0blm", "A film"), ("A &#7;film", "A film"), ("  A film\n", "A film"),
    ("A &unknown; film", "A &unknown; film"), ("&amp;#39;Film&amp;#39;", "'Film'"),
    ("gpj.\u202eexe", "gpj.exe")])
def test_titles_are_read_however_they_are_encoded(find, written, title):
    assert only(find(rss(item(written)))).title == title


@pytest.mark.parametrize("charset, declared_by", [
    ("ISO-8859-1", "xml"), ("ISO-8859-1", "http"), ("windows-1251", "xml"), ("Shift_JIS", "http"),
    ("UTF-16", "mark"), ("UTF-8", "wrongly"), ("windows-1252", "nobody")])
def test_other_charsets_are_understood(find, charset, declared_by):
    title = {"windows-1251": "Фильм", "Shift_JIS": "映画"}.get(charset, "Café à film")
    text = rss(item(title), encoding=charset if declared_by == "xml" else "UTF-8")
    if declared_by in ("http", "mark", "nobody"):
        text = text.split("?>", 1)[1]
    named = {"http": charset, "wrongly": "ISO-8859-1"}.get(declared_by)
    content_type = "application/xml" + (f"; charset={named}" if named else "")
    assert only(find(Reply(text.encode(charset), content_type=content_type))).title == title


@pytest.mark.parametrize("date, stamp", [
    ("Fri, 06 Feb 2015 13:32:26 -0000", 1423229546), ("06 Feb 2015 13:32 EST", 1423247520),
    ("2015-02-06 13:32:26", 1423229546), ("2015-02-06T14:32:26+01:00", 1423229546),
    ("Fri, 6 Feb 15 13:32:26 GMT", 1423229546), ("2015-02-06", 1423180800),
    ("2999-01-01", -1), ("yesterday", -1), ("", -1), ("99 Feb 2015", -1), ("0000-00-00", -1)])
def test_dates_are_understood_or_unknown(find, date, stamp):
    assert only(find(rss(item(body=f"<pubDate>{date}</pubDate>")))).published_s == stamp


@pytest.mark.parametrize("size, expected", [
    ("1500000000", 1500000000), ("1.5 GiB", 1610612736), ("700 MB", 734003200), ("-5", -1),
    ("0", -1), ("many", -1), ("99999999999999999999999", -1), ("1,234,567", 1234567), ("1e9", -1)])
def test_sizes_are_understood_or_unknown(find, size, expected):
    assert only(find(rss(item(size=size)))).size == expected


def test_the_size_of_the_enclosure_stands_in(find):
    body = '<enclosure url="/dl/1" length="123456789" type="application/x-bittorrent"/>'
    assert only(find(rss(item(body=body, size=None)))).size == 123456789


@pytest.mark.parametrize("count", ["-1", "", "n/a", "99999999999999999999"])
def test_counts_that_are_none_are_unknown(find, count):
    assert only(find(rss(item(seeders=count)))).seeders == -1


@pytest.mark.parametrize("body", [
    f'<torznab:attr name="magneturl" value="{MAGNET.replace("&", "&amp;")}"/>',
    f'<enclosure url="{MAGNET.replace("&", "&amp;")}" length="0" type="application/x-bittorrent"/>',
    f'<link>{MAGNET.replace("&", "&amp;")}</link>', f'<guid>{MAGNET.replace("&", "&amp;")}</guid>'],
    ids=["attribute", "enclosure", "link", "guid"])
def test_a_magnet_is_found_wherever_it_is(find, body):
    result = only(find(rss(item(body=body, hash_number=None))))
    assert result.infohash_v1 == infohash(7)
    assert "&tr=udp%3a%2f%2ftracker.example%3a1337%2fannounce" in result.magnet


def test_a_magnet_is_believed_before_an_infohash_that_disagrees(find):
    body = f'<torznab:attr name="magneturl" value="{MAGNET.replace("&", "&amp;")}"/>'
    assert only(find(rss(item(body=body, hash_number=1)))).infohash_v1 == infohash(7)


@pytest.mark.parametrize("rubbish", ["(removed)", "", "0" * 40, "abc", "g" * 40])
def test_rubbish_for_an_infohash_counts_as_none(find, rubbish):
    body = f'<link>/dl/1.torrent</link><torznab:attr name="infohash" value="{rubbish}"/>'
    result = only(find(rss(item(body=body, hash_number=None))))
    assert result.infohash_v1 == "" and result.magnet is None and result.id.startswith("test:")


def test_what_no_torrent_can_be_had_of_is_dropped_and_counted(find):
    query = find(rss(item("Nothing", hash_number=None), item("A film.mkv.lnk", hash_number=2), item()))
    assert only(query).title == "A film" and query.stats().dropped_count == 2


@pytest.mark.parametrize("reply, status", [
    ('<?xml version="1.0"?><error code="100" description="Invalid API Key"/>', tstream.AUTH),
    (Reply('<error code="429" description="slow down"/>', 429), tstream.THROTTLED),
    (Reply("slow down", 429, "text/plain"), tstream.THROTTLED),
    (Reply('<error code="410" description="disabled"/>', 410), tstream.NETWORK),
    ('<error code="203" description="no such function"/>', tstream.UNSUPPORTED),
    ('<error code="300" description="no such item"/>', tstream.OK),
    ('<error code="900" description="broken"/>', tstream.NETWORK),
    (Reply("forbidden", 403), tstream.AUTH), (Reply("oh no", 500, "text/plain"), tstream.NETWORK),
    (Reply("<html><body>captcha<br></body></html>", 200, "text/html"), tstream.PARSE),
    ("", tstream.PARSE), ("plain text", tstream.PARSE), ("<rss><channel>", tstream.PARSE),
    (rss(), tstream.OK), (rss(item(), "</item>"), tstream.PARTIAL)],
    ids=lambda value: None if isinstance(value, int) else "")
def test_failures_are_told_apart(find, reply, status):
    query = find(reply)
    assert query.status().status == status, query.status()
    assert bool(query.status().message) == (status != tstream.OK)
    assert query.stats().is_complete == (status == tstream.OK)


def test_half_a_body_gives_what_was_whole(find):
    text = rss(item("First", hash_number=1), item("Second", hash_number=2))
    whole = text.encode()
    query = find(Reply(whole[:len(whole) - 60], declared_size=len(whole)))
    assert [one.title for one in query.results()] == ["First"]
    assert query.status().status == tstream.PARTIAL


def test_an_endless_body_ends(find):
    def endless(path, params, handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                            + indexers.HEAD.format(encoding="UTF-8").encode()
                            + item("First").encode())
        while True:
            handler.wfile.write(b"<x>" + b"y" * 60000 + b"</x>")
    query = find(endless, provider_timeout=30, timeout=40)
    assert query.status().status == tstream.PARTIAL and only(query).title == "First"


def test_a_slow_body_gives_what_had_come_by_its_deadline(find):
    def slow(path, params, handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"
                            + rss(item("First")).encode()[:-10])
        handler.wfile.flush()
        handler.hang()
    query = find(slow, provider_timeout=0.6)
    assert query.status().status == tstream.PARTIAL and only(query).title == "First"


def test_silence_is_a_timeout_and_not_nothing_found(find):
    query = find(lambda path, params, handler: handler.hang(), provider_timeout=0.4)
    assert query.status().status == tstream.TIMEOUT
    assert not query.stats().is_complete


def test_nobody_listening_is_a_failure_of_the_network(search, indexer):
    made, one = indexer(), search()
    made.close()
    one.add_torznab("test", made.url)
    assert one.ask("film").status().status == tstream.NETWORK


def test_gzip_is_unpacked(find):
    assert only(find(indexers.zipped(rss(item()))))


def test_a_redirect_loop_ends(find):
    query = find(indexers.redirect("/api?again"))
    assert query.status().status == tstream.NETWORK and "redirects" in query.status().message


def test_no_more_than_a_thousand_items_are_taken(find):
    query = find(rss(*(item(f"Film {n}", hash_number=n) for n in range(1, 1200))))
    assert len(query.results()) == 1000
    assert query.status().status == tstream.PARTIAL and "1000" in query.status().message


def test_categories_are_asked_for_and_others_dropped(indexer, search):
    one = search()
    made = indexer(rss(item("film", hash_number=1, category=2040),
                       item("film", hash_number=2, category=5000),
                       item("film", hash_number=3), item("film", hash_number=4, category=100005)))
    one.add_torznab("test", made.url)
    found = one.ask("film", categories="2000,7020").results()
    assert {result.infohash_v1 for result in found} == {infohash(1), infohash(3)}
    assert made.searches()[0]["cat"] == "2000,7020"


def test_a_throttled_indexer_is_left_alone_for_as_long_as_it_asks(find):
    query = find(Reply("", 429, headers={"Retry-After": "1"}))
    asked = len(query.indexer.requests)
    assert 0 < query.status().retry_after_us <= 1_000_000
    again = query.search.ask("more")
    assert again.status().status == tstream.BREAKER_OPEN and again.status().retry_after_us > 0
    assert len(query.indexer.requests) == asked
    query.indexer.answers = rss(item())
    end = time.monotonic() + 10
    while query.search.ask("more").status().status != tstream.OK:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_answers_captured_of_a_real_indexer_are_understood(indexer, search):
    """Pyackett 0.4.0 over a page of two torrents: one is a magnet, one a link through itself."""
    captured = {name: (Path(__file__).parent / "captured" / f"pyackett_{name}.xml").read_text()
                for name in ("search", "caps", "wrong_key")}
    key, bencoded = "0123456789abcdef0123456789abcdef", b"d4:infod4:name1:xee"
    made, one = indexer(), search()

    def answer(path, params, handler):
        if params.get("apikey") != key:
            return captured["wrong_key"]
        if params.get("t") == "caps":
            return captured["caps"]
        return captured["search"].replace("http://127.0.0.1:9117", made.origin)

    base = "/api/v2.0/indexers/localsite/results/torznab"
    made.paths = {base: answer, base + "/api": Reply('{"detail":"Not Found"}', 404),
                  "/api/v2.0/dl": Reply(bencoded)}
    one.add_torznab("real", made.origin + base + "/", key)
    one.add_torznab("wrong", made.origin + base, "another-key")
    query = one.ask("big buck bunny")
    assert query.status("real").status == tstream.OK
    assert query.status("wrong").status == tstream.AUTH
    link, magnet = query.results()
    assert (link.title, link.magnet) == ("Big Buck Bunny & friends 2", None)
    assert (link.size, link.seeders, link.leechers, link.category) == (2684354560, 6, 2, 2000)
    assert (magnet.infohash_v1, magnet.seeders, magnet.leechers) == ("a" * 40, 3, 1)
    assert "t.example" in magnet.magnet and key not in repr(query.results())
    assert one.resolve(link.id) == bencoded
