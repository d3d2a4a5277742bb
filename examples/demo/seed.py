#!/usr/bin/python3
"""Seed files on loopback, one torrent each, until standard input closes.

Prints one JSON object a line: path, infohash, and a magnet that names this seeder as
a peer (x.pe), so that nothing else - no tracker, no DHT, no internet - is needed.

The interpreter is the system's because Debian's python3-libtorrent belongs to it.
"""
import argparse
import json
import pathlib
import sys
import urllib.parse

import libtorrent as lt

PIECE_BYTES = 64 * 1024


def make_torrent(path: pathlib.Path) -> lt.torrent_info:
    storage = lt.file_storage()
    lt.add_files(storage, str(path))
    creator = lt.create_torrent(storage, PIECE_BYTES, lt.create_torrent.v1_only)
    creator.set_creator("libtstream demo")
    lt.set_piece_hashes(creator, str(path.parent))
    return lt.torrent_info(creator.generate())


def open_session(address: str) -> lt.session:
    return lt.session({
        "listen_interfaces": f"{address}:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # The viewer is a stranger to us at first; it must not wait for its turn.
        "unchoke_slots_limit": 16,
        "alert_mask": lt.alert.category_t.status_notification,
    })


def seed(session: lt.session, path: pathlib.Path, rate_bytes_per_s: int) -> lt.torrent_handle:
    params = lt.add_torrent_params()
    params.ti = make_torrent(path)
    params.save_path = str(path.parent)
    params.flags = lt.torrent_flags.seed_mode
    # Per torrent: libtorrent exempts loopback from the session's own limit.
    params.upload_limit = rate_bytes_per_s or -1
    return session.add_torrent(params)


def magnet_of(infohash: str, name: str, peer: str) -> str:
    return f"magnet:?xt=urn:btih:{infohash}&dn={urllib.parse.quote(name)}&x.pe={peer}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="127.0.0.2", help="to listen on")
    parser.add_argument("--rate-bytes-per-s", type=int, default=0, help="per file; 0: no limit")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = parser.parse_args()

    session = open_session(args.address)
    handles = [seed(session, path.resolve(), args.rate_bytes_per_s) for path in args.files]
    peer = f"{args.address}:{session.listen_port()}"
    for path, handle in zip(args.files, handles):
        infohash = str(handle.info_hash())
        line = {"path": str(path), "infohash": infohash,
                "magnet": magnet_of(infohash, path.name, peer)}
        print(json.dumps(line), flush=True)
    # Whoever started us holds the other end: when it is gone, so are we.
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
