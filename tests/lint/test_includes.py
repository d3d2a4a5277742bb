"""Calls go down: each room includes only what lies below it (docs/architecture.md)."""

import re

import tree

# What a file of a room may include with quotes: rooms, or single headers.
BELOW = {
    "base": ("base/",),
    # engine.h for the types of identity only; see test_core_calls_no_engine.
    "core": ("core/", "base/", "engine/engine.h"),
    "engine": ("engine/", "core/", "base/"),
    "stream": ("stream/", "store/", "net/", "core/", "base/", "engine/engine.h"),
    # disk.h for what a torrent's directory takes and how it is deleted.
    "store": ("store/", "core/", "base/", "engine/engine.h", "engine/disk.h"),
    "net": ("net/", "core/", "base/"),
    "search": ("search/", "stream/wake.h", "store/cache.h", "net/", "core/", "base/", "store/catalog.h"),
    "media": ("media/", "core/", "base/"),
    "api": ("api/", "stream/", "search/", "store/", "net/", "media/", "core/", "base/",
            "engine/engine.h"),
}
# The only door to each library we did not write, as the beginning of a path.
DOORS = {
    "libtorrent/": ("lib/engine/engine_libtorrent.cpp", "lib/engine/libtorrent_"),
    "boost/": ("lib/engine/engine_libtorrent.cpp", "lib/engine/libtorrent_"),
    "curl/": ("lib/net/",),
    "uchardet": ("lib/media/",),
    "expat.h": ("lib/search/xml.c",),
    "utf8proc.h": ("lib/core/words.c",),
    "hiredis/": ("lib/store/redis_link",),
    "libpq-fe.h": ("lib/store/sql_postgres.c",),
    "sodium": ("lib/store/secrets_sodium.c", "examples/server/", "tests/server/unit_"),
}
WORLD = re.compile(r"<(time|pthread|threads|unistd|fcntl|poll|errno|signal|sys/\w+|netinet/\w+|"
                   r"netdb)\.h>")


def sources(*folders):
    return tree.files(*(f"{folder}/**/*.{ending}" for folder in folders
                        for ending in ("c", "h", "cpp", "hpp")))


def test_every_folder_of_lib_is_a_room_with_rules():
    rooms = {path.parts[1] for path in sources("lib") if len(path.parts) > 2}
    assert rooms and rooms <= set(BELOW), rooms - set(BELOW)


def test_a_room_includes_only_rooms_below_it():
    wrong = [f"{path} includes {name}"
             for path in sources("lib") for name in tree.includes(path)
             if name.startswith('"') and not name[1:-1].startswith(BELOW[path.parts[1]])]
    assert not wrong, "\n".join(wrong)


def test_core_knows_no_clock_no_thread_and_no_file():
    wrong = [f"{path} includes {name}" for path in sources("lib/core")
             for name in tree.includes(path)
             if WORLD.match(name) or name in ('"base/clock.h"', '"base/thread.h"')]
    assert not wrong, "\n".join(wrong)


def test_core_calls_no_engine():
    wrong = [str(path) for path in sources("lib/core")
             if re.search(r"tsi_engine_(ops|libtorrent)", tree.code(path))]
    assert not wrong, wrong


def test_other_peoples_libraries_have_one_door_each():
    wrong = [f"{path} includes {name}"
             for path in sources("include", "lib", "examples", "tests")
             for name in tree.includes(path)
             for library, door in DOORS.items()
             if name[1:].startswith(library) and not str(path).startswith(door)]
    assert not wrong, "\n".join(wrong)


def test_public_headers_include_only_public_headers_and_the_language():
    allowed = re.compile(r"<(tstream/\w+|stddef|stdint)\.h>")
    wrong = [f"{path} includes {name}" for path in sources("include")
             for name in tree.includes(path) if not allowed.fullmatch(name)]
    assert not wrong, "\n".join(wrong)


def test_examples_see_of_the_library_only_its_public_headers():
    own = {path.name for path in sources("examples")}
    wrong = [f"{path} includes {name}" for path in sources("examples")
             for name in tree.includes(path)
             if name.startswith('"') and name[1:-1].split("/")[-1] not in own]
    wrong += [f"{path} names {match[0]}" for path in sources("examples")
              for match in re.finditer(r"\btsi_\w+", tree.code(path))]
    assert not wrong, "\n".join(wrong)
