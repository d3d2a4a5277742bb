"""RSS and Atom feeds with torrents in them, and the Internet Archive."""

import json
import time

import indexer as indexers
import pytest
import tstream
from indexer import Reply, infohash

MIB = 2 ** 20

BEP36 = f"""<rss version="2.0"><channel><title>Distribution</title>
<item><title>A film 1.0</title><link>http://example.org/page</link>
<enclosure url="/a.torrent" type="application/x-bittorrent" length="20000"/>
<description>Size: 1.5 GiB, 3 files</description></item></channel></rss>"""
EZRSS = f"""<rss version="2.0" xmlns:torrent="http://xmlns.ezrss.it/0.1/"><channel><item>
<title>A film</title><torrent:contentLength>5000000</torrent:contentLength>
<torrent:infoHash>{infohash(1).upper()}</torrent:infoHash><torrent:seeds>4</torrent:seeds>
<torrent:magnetURI><![CDATA[magnet:?xt=urn:btih:{infohash(1)}&dn=A]]></torrent:magnetURI>
</item></channel></rss>"""
NESTED = f"""<rss version="2.0"><channel><item><title>A film</title>
<torrent xmlns="http://xmlns.ezrss.it/0.1/"><infoHash>{infohash(1)}</infoHash>
<contentLength>5000000</contentLength><fileName>x</fileName></torrent></item></channel></rss>"""
NYAA = f"""<rss xmlns:nyaa="https://nyaa.example/xmlns/nyaa"><channel><item><title>A film</title>
<link>http://example.org/1.torrent</link><nyaa:infoHash>{infohash(1)}</nyaa:infoHash>
<nyaa:size>1.5 GiB</nyaa:size><nyaa:seeders>4</nyaa:seeders></item></channel></rss>"""
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>
<entry><title>A film</title><id>urn:1</id><updated>2015-02-06T13:32:26Z</updated>
<link rel="alternate" href="http://example.org/page"/>
<link rel="enclosure" type="application/x-bittorrent" href="/a.torrent" length="700000000"/>
</entry></feed>"""
MEDIA = f"""<rss xmlns:media="http://search.yahoo.com/mrss/"><channel><item><title>A film</title>
<media:title>Not this</media:title><media:content url="/a.torrent" fileSize="700000000"
 type="application/x-bittorrent"/></item></channel></rss>"""


@pytest.fixture
def feed(search, indexer):
    def ask(text, query="film", path="/rss", **options):
        one, made = search(), indexer(text, **options)
        one.add_feed("feed", made.origin + path)
        done = one.ask(query)
        done.search, done.indexer = one, made
        return done
    return ask


@pytest.mark.parametrize("text, size, seeders, has_hash", [
    (BEP36, 1536 * MIB, -1, False), (EZRSS, 5000000, 4, True), (NESTED, 5000000, -1, True),
    (NYAA, 1536 * MIB, 4, True), (ATOM, 700000000, -1, False), (MEDIA, 700000000, -1, False)],
    ids=["bep36", "ezrss", "nested", "nyaa", "atom", "media"])
def test_the_dialects_of_feeds_are_understood(feed, text, size, seeders, has_hash):
    result, = feed(text).results()
    assert result.title.startswith("A film")
    assert (result.size, result.seeders) == (size, seeders)
    assert (result.infohash_v1 == infohash(1)) == has_hash
    assert (result.magnet is None) == (not has_hash)


@pytest.mark.parametrize("query, count", [("film", 1), ("FILM a", 1), ("fil", 1), ("other", 0)])
def test_an_ordinary_feed_is_searched_here(feed, query, count):
    found = feed(ATOM, query)
    assert len(found.results()) == count and found.status().status == tstream.OK


def test_an_ordinary_feed_is_not_fetched_for_every_query(feed):
    found = feed(ATOM)
    assert found.search.ask("film a").results()
    assert len(found.indexer.requests) == 1


def test_a_feed_with_a_place_for_the_query_searches_itself(feed):
    found = feed(ATOM, "a & b", path="/rss?q={searchTerms}&n=1")
    assert found.indexer.requests == ["/rss?q=a%20%26%20b&n=1"]
    assert len(found.results()) == 1


def test_a_web_page_is_no_feed(feed):
    found = feed(Reply("<!DOCTYPE html><html><p>Hello<br></html>", content_type="text/html"))
    assert found.status().status == tstream.PARSE


def test_entries_without_a_torrent_are_no_results(feed):
    found = feed("<rss><channel><item><title>A film</title><link>http://example.org/news</link>"
                 "</item></channel></rss>")
    assert found.results() == [] and found.status().status == tstream.OK


def archive_answer(*documents):
    return Reply(json.dumps({"response": {"numFound": len(documents), "start": 0,
                                          "docs": documents}}), content_type="application/json")


FILM = {"identifier": "a_film", "title": "A film", "mediatype": "movies", "item_size": 5_000_000_000,
        "downloads": 10, "btih": infohash(1), "publicdate": "2012-03-04T05:06:07Z"}


@pytest.fixture
def archive(search, indexer):
    def ask(answer, query="film", categories=None):
        one, made = search(), indexer(answer)
        one.add_archive("archive", made.origin)
        done = one.ask(query, categories=categories)
        done.search, done.indexer = one, made
        return done
    return ask


def test_the_archive_gives_magnets_that_need_no_peers(archive):
    found = archive(archive_answer(FILM))
    result, = found.results()
    assert (result.title, result.size, result.category) == ("A film", 5_000_000_000, 2000)
    assert (result.seeders, result.leechers, result.published_s) == (-1, -1, 1330837567)
    for part in ("&tr=http%3a%2f%2fbt1.archive.org%3a6969%2fannounce", "&ws=", "%2fdownload%2f",
                 "&xs=", "a_film_archive.torrent"):
        assert part in result.magnet
    query = found.indexer.searches()[0]
    assert 'title:(film) AND format:("Archive BitTorrent") AND mediatype:(movies OR audio)' in query["q"]
    assert query["output"] == "json" and query["rows"] == "100"


@pytest.mark.parametrize("changes, has_hash", [
    ({"btih": [infohash(1), infohash(2)]}, True), ({"btih": None}, False), ({"btih": "rubbish"}, False),
    ({"btih": 5}, False), ({"title": ["A film", "B"]}, True), ({"item_size": "5000000000"}, True)])
def test_fields_of_the_archive_come_in_several_shapes(archive, changes, has_hash):
    document = {name: value for name, value in {**FILM, **changes}.items() if value is not None}
    result, = archive(archive_answer(document)).results()
    assert (result.title, result.size) == ("A film", 5_000_000_000)
    assert (result.infohash_v1 == infohash(1)) == has_hash


def test_fields_that_the_archive_leaves_out_are_unknown(archive):
    result, = archive(archive_answer({"identifier": "a_film"})).results()
    assert (result.title, result.size, result.published_s, result.category) == ("a_film", -1, -1, 0)


def test_identifiers_that_would_lead_elsewhere_are_dropped(archive):
    assert archive(archive_answer({**FILM, "identifier": "../../etc"}, {}, 5)).results() == []


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"response":{}}', "<html>", '{"response":'])
def test_what_is_no_answer_of_the_archive_is_told(archive, answer):
    assert archive(Reply(answer)).status().status == tstream.PARSE


def test_words_with_a_meaning_for_the_archive_are_taken_as_words(archive):
    found = archive(archive_answer(), 'a:b AND (c) "d" OR -e*')
    assert found.indexer.searches()[0]["q"].startswith("title:(a b and  c   d  or  e ) AND")


def test_the_archive_is_asked_only_for_what_it_has(archive):
    assert archive(archive_answer(), categories="5000").indexer.requests == []
    assert "mediatype:audio " in archive(archive_answer(), categories="3000").indexer.searches()[0]["q"]


def test_the_archive_is_not_asked_for_nothing(archive):
    found = archive(archive_answer(FILM), '"+*"')
    assert found.indexer.requests == [] and found.status().status == tstream.OK


def test_the_archive_is_asked_at_most_once_a_second(archive):
    began = time.monotonic()
    found = archive(archive_answer(FILM))
    assert found.search.ask("another film").status().status == tstream.OK
    # The first may have been on its way for longer than the second.
    assert len(found.indexer.times) == 2 and found.indexer.times[1] - began >= 1


def test_the_archive_is_not_asked_by_a_queue_of_impatient_people(archive):
    found = archive(archive_answer(FILM))
    queries = [found.search.start(f"film {number}") for number in range(8)]
    for query in queries:
        query.wait_done(10)
    statuses = {query.status().status for query in queries}
    assert tstream.OK in statuses and statuses & {tstream.THROTTLED, tstream.BREAKER_OPEN}
    assert len(found.indexer.requests) <= 5
