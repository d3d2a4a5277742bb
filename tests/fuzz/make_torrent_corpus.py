#!/usr/bin/python3
"""Write the seeds of fuzz_torrent: ordinary torrents of every kind and small hostile ones.

usage: make_torrent_corpus.py   (with python3-libtorrent; writes corpus/torrent/)
"""

import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "swarm"))

import torrents  # noqa: E402
from torrents import KIB, bencode  # noqa: E402

FILES = {"a.mkv": 40_000, "sub/b.srt": 100, "sub/empty": 0, "c.mp4": 70_000}


def ordinary(root):
    for kind in ("v1", "v2", "hybrid"):
        yield f"{kind}-single", torrents.make(root, f"{kind}.mkv", 50_000, 16 * KIB, kind).torrent
        yield f"{kind}-multi", torrents.make(root, f"{kind}-files", FILES, 16 * KIB, kind).torrent


def with_info(**changes):
    info = {"name": "x.mkv", "length": 16384, "piece length": 16384, "pieces": b"p" * 20}
    info.update({key.replace("_", " "): value for key, value in changes.items()})
    return bencode({"info": {key: value for key, value in info.items() if value is not None}})


def file_list(*paths, length=10):
    return [{"length": length, "path": list(path)} for path in paths]


def hostile():
    yield "empty", b""
    yield "empty-dictionary", b"de"
    yield "not-bencode", b"<html>"
    yield "negative-length", with_info(length=-1)
    yield "huge-length", with_info(length=2 ** 63 - 1)
    yield "zero-piece", with_info(piece_length=0)
    yield "negative-piece", with_info(piece_length=-16384)
    yield "huge-piece", with_info(piece_length=2 ** 40)
    yield "odd-piece", with_info(piece_length=12345, length=12345)
    yield "half-hash", with_info(pieces=b"p" * 19)
    yield "hashes-for-more", with_info(pieces=b"p" * 400)
    yield "no-name", with_info(name=None)
    yield "name-number", with_info(name=5)
    yield "parent", with_info(length=None, files=file_list(["..", "..", "etc", "passwd"], [".."]))
    yield "absolute", with_info(name="/etc", length=None, files=file_list(["/etc/passwd"]))
    yield "nul", with_info(name=b"a\x00b")
    yield "not-utf8", with_info(name=b"\xff\xfe\xc3\x28")
    yield "long-name", with_info(name=b"n" * 300)
    yield "long-name-not-utf8", with_info(name=b"n" * 200 + b"\xff" * 100)
    yield "duplicates", with_info(length=None, files=file_list(["a"], ["a"], ["A"], ["a", "b"]))
    yield "deep", with_info(length=None, files=file_list(["d"] * 200))
    yield "overflow", with_info(length=None, files=file_list(["a"], ["b"], ["c"], length=2 ** 62))
    yield "symlink", with_info(length=None, files=[
        {"length": 0, "path": ["link"], "attr": "l", "symlink path": ["..", "..", "etc"]},
        {"length": 16384, "path": ["a"]}])
    yield "pad", with_info(length=None, files=[
        {"length": 100, "path": ["a"]}, {"length": 16284, "path": [".pad", "1"], "attr": "p"}])
    yield "only-pads", with_info(length=None, files=[
        {"length": 16384, "path": [".pad", "1"], "attr": "p"}])
    yield "no-files", with_info(length=None, files=[])
    yield "v2-bad-tree", bencode({"info": {
        "meta version": 2, "name": "x", "piece length": 16384,
        "file tree": {"..": {"a": {"": {"length": 5, "pieces root": b"r" * 32}}}}}})
    yield "v2-dots", bencode({"info": {
        "meta version": 2, "name": "x", "piece length": 16384,
        "file tree": {"a.": {"..": {"": {"length": 5, "pieces root": b"r" * 32}}}}}})
    yield "v2-short-root", bencode({"info": {
        "meta version": 2, "name": "x", "piece length": 16384,
        "file tree": {"a": {"": {"length": 5, "pieces root": b"r" * 31}}}}})
    yield "v2-no-layers", bencode({"info": {
        "meta version": 2, "name": "x", "piece length": 16384,
        "file tree": {"a": {"": {"length": 500_000, "pieces root": b"r" * 32}}}}})
    yield "v3", bencode({"info": {"meta version": 3, "name": "x", "piece length": 16384}})
    yield "tower", b"d4:info" + b"l" * 2000 + b"e" * 2000 + b"e"
    yield "long-string", b"d4:info999999999999:x"
    yield "trackers", bencode({
        "announce": "http://127.0.0.1/announce", "url-list": ["http://127.0.0.1/", ""],
        "announce-list": [["udp://127.0.0.1:1"], []], "nodes": [["127.0.0.1", 6881]],
        "info": {"name": "t", "length": 1, "piece length": 16384, "pieces": b"p" * 20}})


def main():
    target = os.path.join(HERE, "corpus", "torrent")
    os.makedirs(target, exist_ok=True)
    with tempfile.TemporaryDirectory() as root:
        for name, data in [*ordinary(root), *hostile()]:
            with open(os.path.join(target, name), "wb") as out:
                out.write(data)


main()
