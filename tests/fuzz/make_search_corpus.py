"""Seeds for fuzz_items, fuzz_archive and fuzz_answer: one of each shape that the tests know."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "search"))

import indexer  # noqa: E402

CORPUS = Path(__file__).parent / "corpus"
HASH = indexer.infohash(1)


def netstrings(*texts):
    return b"".join(b"%d:%s," % (len(text), text) for text in (str(t).encode() for t in texts))


def items():
    item, rss = indexer.item, indexer.rss
    yield "torznab", 1, rss(item(category=2000, peers=9, body="<pubDate>Fri, 06 Feb 2015 13:32:26"
                                 " +0100</pubDate><enclosure url='/a' length='5'/>"))
    yield "magnet", 1, rss(item(body="<guid>magnet:?xt=urn:btih:" + HASH
                                + "&amp;tr=udp%3A%2F%2Fa%2F</guid>", hash_number=None))
    yield "caps", 1, indexer.CAPS
    yield "error", 1, '<error code="100" description="no"/>'
    yield "entities", 1, rss(item("Tom &amp;amp; &eacute;&nbsp;& &#233; &#7; &x;"))
    yield "cdata", 1, rss(item("<![CDATA[a & b]]><!-- & -->"))
    yield "bomb", 1, '<!DOCTYPE a [<!ENTITY a "b">]><rss>&a;</rss>'
    yield "latin1", 2, rss(item("Caf\u00e9")).encode("latin-1")
    yield "utf16", 4, rss(item("Caf\u00e9")).encode("utf-16")
    yield "japanese", 5, rss(item("\u6620\u753b")).encode("iso-2022-jp")
    yield "nyaa", 1, ("<rss><channel><item><title>x</title><nyaa:size>1.5 GiB</nyaa:size>"
                      f"<nyaa:infoHash>{HASH}</nyaa:infoHash></item></channel></rss>")
    yield "atom", 1, ("<feed><entry><title>x</title><updated>2015-02-06T13:32:26Z</updated>"
                      "<link rel='enclosure' href='a.torrent' length='7'/></entry></feed>")
    yield "description", 1, ("<rss><channel><item><title>x</title><link>/a.torrent</link>"
                             "<description>Size: 1,5 GB</description></item></channel></rss>")
    yield "deep", 1, "<rss>" + "<a>" * 40
    yield "page", 6, "<html><body><br></body></html>"


def archives():
    film = {"identifier": "film", "title": "A film", "mediatype": "movies", "item_size": 5,
            "btih": HASH, "publicdate": "2012-03-04T05:06:07Z"}
    for name, documents in {"film": [film], "none": [], "lists": [{**film, "title": ["a", "b"],
                            "btih": [HASH]}], "texts": [{**film, "item_size": "7", "btih": None}],
                            "odd": [{}, 5, None, {"identifier": "../x"}]}.items():
        yield name, json.dumps({"response": {"numFound": 1, "start": 0, "docs": documents}})


def answers():
    provider = ("own", "test", "", "", 1, 1000, 1)
    finding = (HASH, HASH, "", "A film", "&tr=udp%3a%2f%2fa.example%2f", 0, 2000, 900, 5, 3, -1, -1)
    yield "empty", netstrings("tstream-answer-2", 0, 0, 0)
    yield "one", netstrings("tstream-answer-2", 1, *provider, 0, 1, *finding, 1, 0)
    link = ("own:0123", "", "", "A film", "", 1, 0, 0, -1, -1, -1, -1)
    yield "link", netstrings("tstream-answer-2", 1, *provider, 2, 2, *finding, 1, 0, *link, 1, 0)
    hybrid = (HASH, HASH, "ab" * 32, *finding[3:])
    yield "hybrid", netstrings("tstream-answer-2", 1, *provider, 0, 2, *finding, 1, 0, *hybrid, 1, 0)


def main():
    for name, kind, text in items():
        content = text if isinstance(text, bytes) else text.encode()
        (CORPUS / "items" / name).write_bytes(bytes([kind]) + content)
    for name, text in archives():
        (CORPUS / "archive" / name).write_text(text)
    for name, content in answers():
        (CORPUS / "answer" / name).write_bytes(content)


main()
