"""stand_in.py [RESULTS] - an indexer that answers every search with so many torrents.

Prints its URL, then serves until it is killed.
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "search"))

import indexer  # noqa: E402

count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
made = indexer.Indexer(indexer.rss(*(
    indexer.item(f"A film, release {number} of many", hash_number=number)
    for number in range(1, count + 1))))
print(made.url, flush=True)
threading.Event().wait()
