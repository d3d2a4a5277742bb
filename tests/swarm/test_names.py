"""Names from strangers: whatever a torrent says, nothing appears outside the data directory."""

import os

import pytest

import torrents
import tstream
from helpers import assert_content, assert_file, listing
from torrents import KIB

BODY = torrents.random_bytes("names", 40_000)

HOSTILE = {
    "parent": [([b"..", b"..", b"escaped.mkv"], BODY)],
    "parent alone": [([b".."], BODY), ([b"."], BODY[:100]), ([b""], BODY[:200])],
    "absolute": [([b"/etc/escaped.mkv"], BODY), ([b"", b"etc", b"escaped.mkv"], BODY[:10])],
    "slashes": [([b"a/../../escaped.mkv"], BODY), ([b"a\\..\\..\\escaped.mkv"], BODY[:9])],
    "nul": [([b"a\x00b.mkv"], BODY), ([b"\x00"], BODY[:5])],
    "300 bytes": [([b"x" * 300 + b".mkv"], BODY), ([b"y" * 300, b"z" * 300], BODY[:7])],
    "200 letters of 2 bytes": [(["\u044f".encode() * 200 + b".mkv"], BODY)],
    "non-UTF-8 and long": [([b"\xff" * 300 + b".mkv"], BODY)],
    "non-UTF-8": [([b"\xff\xfe\x80.mkv"], BODY), ([b"\xc3\x28", b"\xed\xa0\x80"], BODY[:8])],
    "control": [([b"a\nb\rc\x1b[31m.mkv"], BODY), (["\u202egnp.mkv".encode()], BODY[:4])],
    "duplicates": [([b"same.mkv"], BODY), ([b"same.mkv"], BODY[:50]), ([b"SAME.mkv"], BODY[:60])],
    "file and folder": [([b"a"], BODY), ([b"a", b"b.mkv"], BODY[:70])],
    "deep": [([b"d%d" % depth for depth in range(60)] + [b"deep.mkv"], BODY)],
}


@pytest.fixture
def fenced(tmp_path):
    """A data directory deep inside a sentinel that must not change."""
    inner = tmp_path / "sentinel" / "a" / "b" / "data"
    inner.parent.mkdir(parents=True)
    return tmp_path / "sentinel", inner


def outside(sentinel, inner):
    return [name for name in listing(sentinel) if not name.startswith(os.fsencode(inner))]


@pytest.mark.parametrize("torrent_name", [b"plain", b"..", b"/absolute", b"n\x00ul", b"\xff\xfe"],
                         ids=["plain", "parent", "absolute", "nul", "non-UTF-8"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_names_play_and_stay_inside(make_session, make_wire_peer, fenced, case,
                                            torrent_name):
    sentinel, inner = fenced
    wanted = torrents.v1_content(torrent_name, HOSTILE[case])
    before, system_before = outside(sentinel, inner), os.path.exists("/etc/escaped.mkv")
    session = make_session(inner)
    peer = make_wire_peer(wanted)
    with session.open_bytes(wanted.torrent) as torrent:
        torrent.add_peer(peer.address)
        assert_content(torrent, wanted)
        for index in range(torrent.file_count):
            assert_is_a_decent_path(torrent.file(index).path)
        assert_is_a_decent_path(torrent.name.encode())
    session.close()
    assert outside(sentinel, inner) == before
    assert os.path.exists("/etc/escaped.mkv") == system_before
    assert not any(b"mkv" in os.path.basename(name) for name in listing(inner))


@pytest.mark.parametrize("tree", [
    (b"...", b".."), (b"a.", b"."), (b"a", b"a.", b".."), (b"a.", b".", b"b."), (b"a.", b"..", b"b"),
    (b"../..",), (b"a", b"..", b"b")], ids=str)
def test_hostile_names_in_a_file_tree_are_made_decent(session, tree):
    file_tree = {"": {"length": 5, "pieces root": b"r" * 32}}
    for component in reversed(tree):
        file_tree = {component: file_tree}
    metadata = torrents.bencode({"info": {
        "meta version": 2, "name": "x", "piece length": 16384, "file tree": file_tree}})
    with session.open_bytes(metadata) as torrent:
        assert_is_a_decent_path(torrent.file(0).path)


def assert_is_a_decent_path(path):
    path.decode("utf-8")
    assert path and not path.startswith(b"/") and not path.endswith(b"/")
    for component in path.split(b"/"):
        assert component not in (b"", b".", b"..")
        assert len(component) <= 255
        assert not any(byte < 0x20 for byte in component)


def test_ten_thousand_files_open_and_play(session, make_wire_peer):
    entries = [([b"%03d" % (number // 100), b"%05d.mkv" % number],
                torrents.random_bytes(number, 100 + number % 7)) for number in range(10_000)]
    wanted = torrents.v1_content(b"ten thousand", entries, 64 * KIB)
    peer = make_wire_peer(wanted)
    with session.open_bytes(wanted.torrent) as torrent:
        torrent.add_peer(peer.address)
        assert torrent.file_count == 10_000
        for index in (0, 1, 4_999, 9_998, 9_999, *range(100, 10_000, 331)):
            assert_file(torrent, index, wanted.files[index])


def test_ten_thousand_files_come_by_magnet_and_survive_a_restart(make_session, make_wire_peer):
    entries = [([b"%05d" % number], b"%05d" % number) for number in range(10_000)]
    wanted = torrents.v1_content(b"metadata of many blocks", entries, 16 * KIB)
    peer = make_wire_peer(wanted)
    session = make_session()
    with session.open(wanted.magnet(peer.address)) as torrent:
        assert_file(torrent, 7_777, b"07777")
    session.close()
    with make_session().open(wanted.infohash) as torrent:
        assert_file(torrent, 7_777, b"07777")


NOT_TORRENTS = {
    "nothing": b"",
    "text": b"<html>not found</html>",
    "an empty dictionary": b"de",
    "no pieces": torrents.bencode({"info": {"name": "x", "length": 5, "piece length": 16384}}),
    "no size": torrents.bencode({"info": {"name": "x", "piece length": 16384, "pieces": b""}}),
    "negative size": torrents.bencode(
        {"info": {"name": "x", "length": -5, "piece length": 16384, "pieces": b"a" * 20}}),
    "zero piece size": torrents.bencode(
        {"info": {"name": "x", "length": 5, "piece length": 0, "pieces": b"a" * 20}}),
    "half a hash": torrents.bencode(
        {"info": {"name": "x", "length": 5, "piece length": 16384, "pieces": b"a" * 19}}),
    "hashes for more": torrents.bencode(
        {"info": {"name": "x", "length": 5, "piece length": 16384, "pieces": b"a" * 2000}}),
    "sizes that overflow": torrents.bencode(
        {"info": {"name": "x", "piece length": 16384, "pieces": b"a" * 20, "files": [
            {"length": 2 ** 62, "path": ["a"]}, {"length": 2 ** 62, "path": ["b"]},
            {"length": 2 ** 62, "path": ["c"]}]}}),
    "a tower of lists": b"d4:info" + b"l" * 200_000 + b"e" * 200_000 + b"e",
    "cut off": torrents.v1_torrent("x", [([b"a"], BODY)])[:-30],
}


@pytest.mark.parametrize("case", NOT_TORRENTS)
def test_bytes_that_are_no_torrent_are_refused_with_a_sentence(session, case):
    with pytest.raises(tstream.TstreamError) as caught:
        session.open_bytes(NOT_TORRENTS[case], wait=0)
    assert caught.value.code == tstream.EINVAL
    assert len(caught.value.message.split()) > 2
    assert session.stats().torrent_count == 0


@pytest.mark.parametrize("magnet", [
    "", "magnet:", "magnet:?", "magnet:?dn=nothing", "http://127.0.0.1/",
    "magnet:?xt=urn:btih:12345", "magnet:?xt=urn:btih:" + "z" * 40, "0" * 39,
    "magnet:?xt=urn:btmh:1220" + "0" * 63, "magnet:?xt=urn:btih:" + "0" * 40 + "&x=" + "y" * 9000])
def test_text_that_is_no_magnet_is_refused_with_a_sentence(session, magnet):
    with pytest.raises(tstream.TstreamError) as caught:
        session.open(magnet, wait=0)
    assert caught.value.code == tstream.EINVAL
    assert len(caught.value.message.split()) > 2
