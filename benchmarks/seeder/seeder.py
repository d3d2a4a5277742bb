"""Seed one torrent, unthrottled, from addresses of its own.

    seeder.py [--unchecked] TORRENT DIRECTORY ADDRESS:PORT...

One libtorrent session per address: a downloader keeps one peer per address, and a
peer shares nothing with the next.  Prints "ready" once every session seeds; unchecked is
at once, and then each piece is checked when it is first asked for.
"""
import signal
import sys
import time

import libtorrent

SETTINGS = {
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True,
    "upload_rate_limit": 0,
    "unchoke_slots_limit": -1,
    # A seeder that is never the bottleneck: deep queues, big buffers.
    "max_allowed_in_request_queue": 4000,
    "send_buffer_watermark": 4 << 20,
    "send_buffer_low_watermark": 64 << 10,
    "suggest_mode": 0,
    "alert_mask": 0,
}


def start(torrent_path, directory, address, flags):
    session = libtorrent.session({**SETTINGS, "listen_interfaces": address})
    session.add_torrent({
        "ti": libtorrent.torrent_info(torrent_path),
        "save_path": directory,
        "flags": flags,
    })
    return session


def is_seeding(session):
    return all(torrent.status().is_seeding for torrent in session.get_torrents())


def main(torrent_path, directory, *addresses, unchecked):
    flags = libtorrent.torrent_flags.upload_mode
    if unchecked:
        flags |= libtorrent.torrent_flags.seed_mode
    sessions = [start(torrent_path, directory, address, flags) for address in addresses]
    deadline = time.monotonic() + 120
    while not all(is_seeding(session) for session in sessions):
        if time.monotonic() > deadline:
            sys.exit("seeder: still checking after two minutes")
        time.sleep(0.05)
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    arguments = [argument for argument in sys.argv[1:] if argument != "--unchecked"]
    main(*arguments, unchecked="--unchecked" in sys.argv)
