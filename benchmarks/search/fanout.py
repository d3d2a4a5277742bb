"""fanout.py [RUNS] - twenty providers, two of them bad: how late is what the others found?

Each of 18 indexers answers with one torrent, at a moment of its own within half a second, and
notes when the last byte was sent.  The program that searches notes when it has that torrent in
its hands.  One more answers at once with 8 MiB of tags, which take long to read; the last says
nothing.  Prints JSON; TSTREAM_LIBRARY names the library.
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
os.environ.setdefault("TSTREAM_LIBRARY", str(ROOT / "build" / "release" / "libtstream.so"))
sys.path.insert(0, str(ROOT / "tests" / "search"))

import indexer  # noqa: E402
import tstream  # noqa: E402

PROVIDERS = 20
DEADLINE_S = 2.0
TAGS_TITLE = "no film"
TAGS = indexer.Reply(indexer.rss(indexer.item(TAGS_TITLE, "<x/>" * 1_900_000, hash_number=99)))


def answering(number, sent):
    def answer(path, params, handler):
        time.sleep(0.5 * number / PROVIDERS)
        handler.send(indexer.Reply(indexer.rss(indexer.item("film", hash_number=number + 1))))
        handler.wfile.flush()
        sent[indexer.infohash(number + 1)] = time.monotonic()
    return answer


def run(indexers, sent):
    sent.clear()
    search = tstream.Search(provider_timeout=DEADLINE_S, timeout=DEADLINE_S + 1)
    for number, made in enumerate(indexers):
        search.add_torznab(f"p{number}", made.url)
    late_ms = []
    start = time.monotonic()
    query = search.start("film")
    while (result := query.next()) is not None:
        if result == tstream.EAGAIN:
            query.wait(None)
        elif result.title != TAGS_TITLE:
            # Under way while the sender was still on its way to its clock: 0, not less.
            now = time.monotonic()
            late_ms.append(1000 * max(0.0, now - sent.get(result.infohash_v1, now)))
    total_s = time.monotonic() - start
    assert len(late_ms) == PROVIDERS - 2, query.providers()
    assert query.status(f"p{PROVIDERS - 1}").status == tstream.TIMEOUT
    query.close()
    search.close()
    return late_ms, total_s


def main():
    sent = {}
    indexers = [indexer.Indexer(answering(number, sent)) for number in range(PROVIDERS - 2)]
    indexers.append(indexer.Indexer(TAGS))
    hang = (lambda path, params, handler: handler.hang())
    indexers.append(indexer.Indexer(hang, caps=hang))
    late_ms, totals_s = [], []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 10):
        late, total = run(indexers, sent)
        late_ms += late
        totals_s.append(total)
    late_ms.sort()
    print(json.dumps({
        "results": len(late_ms), "late_ms_median": round(late_ms[len(late_ms) // 2], 2),
        "late_ms_p95": round(late_ms[len(late_ms) * 95 // 100], 2),
        "late_ms_max": round(late_ms[-1], 2), "deadline_s": DEADLINE_S,
        "whole_answer_s_max": round(max(totals_s), 3), "load": os.getloadavg()[0]}))
    for made in indexers:
        made.close()


main()
