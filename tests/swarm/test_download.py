"""Magnet -> metadata -> every byte, from clients we did not write."""

import pytest

import tstream
from helpers import assert_content, assert_file, assert_same
from torrents import KIB, MIB

FILES = {"movie.mkv": 3 * MIB + 17, "sub/movie.en.srt": 20_001, "sub/empty.nfo": 0,
         "extra.mp4": MIB}
KINDS = ("v1", "v2", "hybrid")


@pytest.mark.parametrize("piece_size,size", [(16 * KIB, 2 * MIB + 1), (256 * KIB, 8 * MIB - 1),
                                             (MIB, 8 * MIB), (8 * MIB, 20 * MIB + 12345)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_magnet_gives_every_byte_of_a_single_file(session, content, shared_seeder, kind,
                                                    piece_size, size):
    wanted = content("movie.mkv", size, piece_size, kind)
    shared_seeder.seed(wanted)
    with session.open(wanted.magnet(shared_seeder.address)) as torrent:
        assert torrent.piece_size == piece_size
        assert torrent.piece_count == wanted.piece_count
        assert_content(torrent, wanted)


@pytest.mark.parametrize("piece_size", [16 * KIB, MIB])
@pytest.mark.parametrize("kind", KINDS)
def test_a_magnet_gives_every_byte_of_every_file(session, content, shared_seeder, kind,
                                                 piece_size):
    wanted = content("season", FILES, piece_size, kind)
    shared_seeder.seed(wanted)
    with session.open(wanted.magnet(shared_seeder.address)) as torrent:
        assert_content(torrent, wanted)
        assert torrent.size == sum(FILES.values())
        paths = [torrent.file(index).path.decode() for index in range(torrent.file_count)]
        assert sorted(path.partition("/")[2] or path for path in paths) == sorted(FILES) \
            or sorted(paths) == sorted(FILES)


def test_transmission_seeds_to_us(session, content, make_transmission):
    wanted = content("transmission.mkv", 6 * MIB + 5, 256 * KIB)
    seeder = make_transmission().seed(wanted)
    with session.open(wanted.magnet(seeder.address)) as torrent:
        assert_content(torrent, wanted)


def test_transmission_seeds_many_files_to_us(session, content, make_transmission):
    wanted = content("transmission-season", FILES, 64 * KIB)
    seeder = make_transmission().seed(wanted)
    with session.open(wanted.magnet(seeder.address)) as torrent:
        assert_content(torrent, wanted)


def test_a_tracker_finds_the_peers(session, content, make_seeder, make_tracker):
    wanted = content("tracked.mkv", 2 * MIB, 64 * KIB)
    tracker = make_tracker(wanted.v1)
    make_seeder().seed(wanted, trackers=[tracker.url])
    with session.open(wanted.magnet(trackers=[tracker.url])) as torrent:
        assert_content(torrent, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_torrent_bytes_give_names_at_once_and_then_every_byte(session, content, shared_seeder,
                                                              kind):
    wanted = content("season", FILES, 64 * KIB, kind)
    with session.open_bytes(wanted.torrent) as torrent:
        assert torrent.file_count == len(FILES)
        torrent.add_peer(shared_seeder.seed(wanted).address)
        assert_content(torrent, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_torrent_gives_opens_it_elsewhere(session, make_session, tmp_path, content,
                                                 shared_seeder, kind):
    wanted = content("season", FILES, 64 * KIB, kind)
    shared_seeder.seed(wanted)
    with session.open(wanted.magnet(shared_seeder.address)) as torrent:
        elsewhere = make_session(tmp_path / "elsewhere")
        with elsewhere.open_bytes(torrent.torrent_bytes()) as copy:
            assert copy.infohash == torrent.infohash == wanted.infohash
            copy.add_peer(shared_seeder.address)
            assert_file(copy, 0, wanted.data)
        with elsewhere.open(torrent.magnet(), wait=0) as again:
            assert again.infohash_v1 == wanted.v1
            assert again.infohash_v2 == wanted.v2


def test_the_default_file_is_the_largest_playable_one(session, content, shared_seeder):
    wanted = content("with-a-big-archive", {"a.zip": 2 * MIB, "b.mkv": MIB, "c.mp4": 10_000},
                     64 * KIB)
    with session.open_bytes(wanted.torrent) as torrent:
        assert torrent.file(torrent.default_file()).name == b"b.mkv"
        torrent.add_peer(shared_seeder.seed(wanted).address)
        assert_file(torrent, torrent.default_file(), wanted.files[torrent.default_file()])


def test_a_kept_file_completes_without_a_reader(session, content, shared_seeder):
    wanted = content("kept.mkv", 4 * MIB, 64 * KIB)
    shared_seeder.seed(wanted)
    with session.open(wanted.magnet(shared_seeder.address)) as torrent:
        torrent.keep(0)
        session.wait_event(tstream.EVENT_COMPLETE)
        assert torrent.stats().state == tstream.STATE_COMPLETE
        assert torrent.file(0).have_bytes == len(wanted.data)
        with torrent.reader() as reader:
            assert reader.available == len(wanted.data)
            assert_same(reader.read(timeout=5), wanted.data)
