"""The process behind seeders.LibtorrentSeeder: a line of JSON in, a line out."""

import json
import sys

import libtorrent as lt


def open_session(host):
    return lt.session({
        "listen_interfaces": f"{host}:0", "outgoing_interfaces": host,
        "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        "allow_multiple_connections_per_ip": True, "enable_incoming_utp": False,
        "enable_outgoing_utp": False, "unchoke_slots_limit": -1, "min_reconnect_time": 1,
        "connections_limit": 500, "choking_algorithm": 0, "alert_mask": 0,
    })


def seed(session, command):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(lt.bdecode(bytes.fromhex(command["torrent"])))
    params.save_path = command["directory"]
    params.trackers = command["trackers"]
    params.flags = lt.torrent_flags.seed_mode
    params.upload_limit = command["upload"]
    session.add_torrent(params)


def main():
    session = open_session(sys.argv[1])
    print(json.dumps({"port": session.listen_port()}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "seed":
            seed(session, command)
        elif command["do"] == "limit":
            for handle in session.get_torrents():
                handle.set_upload_limit(command["upload"])
        uploaded = sum(handle.status().total_payload_upload for handle in session.get_torrents())
        print(json.dumps({"ok": True, "uploaded": uploaded}), flush=True)


main()
