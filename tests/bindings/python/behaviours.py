"""behaviours.py TABLE WORLD SCRATCH - run tests/bindings/behaviours.json through the package.

Prints "ok NAME" or "not ok NAME: WHY" for each; the status is 1 if one was not ok.
"""

import json
import os
import sys
import time

sys.path.insert(0, os.environ["TSTREAM_PYTHON_PACKAGE"])

import tstream  # noqa: E402

PATIENCE_S = 20


def contents(path):
    with open(path, "rb") as file:
        return file.read()


class Scene:
    """The objects of one behaviour and the calls that are done to them."""

    def __init__(self, world, scratch):
        self.world, self.scratch = world, scratch
        self.objects = []

    def fact(self, value):
        is_fact = isinstance(value, str) and value.startswith("$")
        return self.world["facts"][value[1:]] if is_fact else value

    def run(self, step):
        """The result of one step."""
        told = {key: self.fact(value) for key, value in step.items()
                if key not in ("do", "on", "as", "is", "fails", "at_least", "bytes")}
        call = getattr(self, "do_" + step["do"])
        if "on" in step:
            on = next(thing for name, thing in reversed(self.objects) if name == step["on"])
            result = call(on, **told)
        else:
            result = call(**told)
        if "as" in step:
            self.objects.append((step["as"], result))
        return result

    def end(self):
        for _, thing in reversed(self.objects):
            thing.close()

    def do_close(self, thing):
        self.objects = [pair for pair in self.objects if pair[1] is not thing]
        thing.close()

    do_media_kind = staticmethod(lambda path: int(tstream.media_kind(path)))
    do_media_type = staticmethod(tstream.media_type)
    do_is_playable = staticmethod(lambda path: int(tstream.is_playable(path)))
    do_magnet_infohash = staticmethod(tstream.magnet_infohash)
    do_version = staticmethod(tstream.library_version)

    def do_open_session(self, data_dir, **options):
        return tstream.Session(os.path.join(self.scratch, data_dir), listen="127.0.0.1:0",
                               dht=False, lsd=False, port_mapping=False, **options)

    def do_torrent_count(self, session):
        return len(session.torrents())

    def do_session_stat(self, session, field):
        return getattr(session.stats(), field)

    def do_wait_event(self, session, type, tag=None):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for event in session.events():
                if event.type == type and tag in (None, event.tag):
                    return event.infohash
            time.sleep(0.001)
        raise tstream.TimedOutError("no such event")

    def do_open_magnet(self, session, magnet):
        return session.open(magnet)

    def do_open_text(self, session, text):
        return session.open_bytes(text.encode())

    def do_open_bytes(self, session, torrent):
        return session.open_bytes(contents(self.world["torrents"][torrent]["torrent"]))

    def do_open_url(self, session, url):
        return session.open_url(url, timeout=PATIENCE_S)

    def do_open_stored(self, session, infohash):
        return session.open_stored(infohash)

    def do_find(self, session, infohash):
        return session.find(infohash)

    def do_wait_metadata(self, torrent, timeout_ms):
        torrent.metadata(timeout_ms / 1000)

    def do_torrent_get(self, torrent, field):
        special = {"file_count": lambda: len(torrent.files),
                   "default_file": lambda: torrent.default_file.index,
                   "magnet_infohash": lambda: tstream.magnet_infohash(torrent.magnet),
                   "torrent_file_size": lambda: len(torrent.torrent_file)}
        return special.get(field, lambda: getattr(torrent, field))()

    def do_file_get(self, torrent, file, field):
        value = getattr(torrent.file(file), field)
        return int(value) if isinstance(value, bool) else value

    def do_torrent_stat(self, torrent, field):
        return getattr(torrent.stats(), field)

    def do_keep_file(self, torrent, file, keep):
        torrent.keep(file, bool(keep))

    def do_have_pieces(self, torrent):
        return torrent.pieces().count(tstream.Piece.HAVE)

    def do_peer_count(self, torrent):
        return len(torrent.peers())

    def do_add_peer(self, torrent, address):
        torrent.add_peer(address)

    def do_remove(self, torrent):
        torrent.remove()

    def do_open_reader(self, torrent, file, start=0, end=None, tag=0):
        return torrent.reader(file, start=start, end=end, tag=tag, timeout=PATIENCE_S)

    def do_read(self, reader):
        return reader.read()

    def do_read_now(self, reader, size):
        data = reader.read_nowait(size)
        if data is None:
            raise tstream.NotReadyError
        return len(data)

    def do_wait(self, reader, timeout_ms):
        reader.wait(timeout_ms / 1000)

    def do_seek(self, reader, offset):
        return reader.seek(offset)

    def do_tell(self, reader):
        return reader.tell()

    def do_size(self, reader):
        return reader.size

    def do_available(self, reader):
        return reader.available

    def do_cancel(self, reader):
        reader.cancel()

    def do_reader_stat(self, reader, field):
        return getattr(reader.stats(), field)

    do_open_cache = staticmethod(tstream.Cache)

    def do_cache_put(self, cache, key, text, ttl_ms=0):
        cache.put(key, text.encode(), ttl_ms / 1000)

    def do_cache_get(self, cache, key):
        value = cache.get(key)
        if value is None:
            raise tstream.NotFoundError
        return value.decode()

    def do_cache_remove(self, cache, key):
        cache.remove(key)

    def do_open_catalog(self):
        return tstream.Catalog(empty=True)

    def do_catalog_add(self, catalog, **entry):
        catalog.add(**entry)

    def do_catalog_remove(self, catalog, infohash):
        catalog.remove(infohash)

    def do_catalog_count(self, catalog):
        return len(catalog)

    do_open_search = staticmethod(tstream.Search)

    def do_add_catalog(self, search, name, catalog):
        search.add_catalog(name, dict(self.objects)[catalog])

    def do_start_query(self, search, text, providers=None):
        return search.query(text, providers=providers.split(",") if providers else None)

    def do_wait_done(self, query):
        query.wait_done(PATIENCE_S)

    def do_result_count(self, query):
        return query.results().total

    def do_best_result(self, query, field):
        return getattr(query.results(limit=1).results[0], field)

    def do_query_is_complete(self, query):
        return int(query.stats().is_complete)

    def url(self, url):
        path = os.path.join(self.scratch, url.partition(":")[2])
        return f"sqlite:{path}" if url.startswith("scratch:") else url

    def do_open_history(self, url):
        return tstream.History(self.url(url))

    def do_record(self, history, session, magnet, **more):
        history.record(session, magnet, **more)

    def do_file_position(self, history, session, infohash):
        found = history.file_position(session, infohash, 0)
        if found is None:
            raise tstream.NotFoundError
        return found[0]

    def do_sitting_count(self, history, session):
        return len(history.page(session).entries)

    def do_clear(self, history, session):
        history.clear(session)

    def do_open_accounts(self, url):
        return tstream.Accounts(self.url(url), hash_memory_kib=64, hash_passes=1)

    def do_create_account(self, accounts, name, password):
        return accounts.create(name, password).name

    def do_verify_account(self, accounts, name, password):
        accounts.verify(name, password)


def check(scene, step):
    """What is wrong with how a step ends, or ""."""
    try:
        result = scene.run(step)
    except tstream.Error as error:
        name = tstream.Code(error.code).name
        return "" if step.get("fails") == name else f"ended with {name}"
    if "fails" in step:
        return "ended with success"
    if "bytes" in step:
        wanted = step["bytes"]
        data = contents(scene.world["torrents"][wanted["of"]]["files"][wanted["file"]])
        expected = data[wanted.get("from", 0):wanted.get("to", len(data))]
        return "" if result == expected else f"other bytes than expected ({len(result)} of them)"
    if "at_least" in step:
        return "" if result >= step["at_least"] else f"gave {result}"
    if "is" in step:
        wanted = scene.fact(step["is"])
        same = isinstance(result, type(wanted)) and result == wanted
        return "" if same else f"gave {result!r}"
    return ""


def run_behaviour(world, behaviour, scratch):
    os.makedirs(scratch)
    scene = Scene(world, scratch)
    try:
        for number, step in enumerate(behaviour["steps"], 1):
            if why := check(scene, step):
                return f"step {number}: {why}"
    except (AttributeError, StopIteration, TypeError) as error:
        return f"no such call or object: {error!r}"
    finally:
        scene.end()
    return ""


def main(table, world, scratch):
    behaviours = json.loads(contents(table))["behaviours"]
    known = json.loads(contents(world))
    failed = 0
    for number, behaviour in enumerate(behaviours):
        why = run_behaviour(known, behaviour, os.path.join(scratch, f"python-{number}"))
        failed |= bool(why)
        print(f"not ok {behaviour['name']}: {why}" if why else f"ok {behaviour['name']}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
