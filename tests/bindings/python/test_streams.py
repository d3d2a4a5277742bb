"""What takes a binary file takes a reader."""

import io
import os
import shutil
import subprocess
import zipfile

import pytest
from seeders import clean_environment
from torrents import make, random_bytes

import tstream

KIB = 1024


@pytest.fixture
def reader(torrent):
    with torrent.reader(timeout=20) as opened:
        yield opened


def test_a_reader_is_a_raw_binary_stream(reader, movie):
    assert isinstance(reader, io.RawIOBase)
    assert reader.readable() and reader.seekable() and not reader.writable()
    assert not reader.closed
    assert reader.seek(0, os.SEEK_END) == len(movie.data)
    assert reader.read(1) == b"" and reader.readinto(bytearray(1)) == 0
    assert reader.seek(-5, os.SEEK_END) == len(movie.data) - 5
    assert reader.seek(2, os.SEEK_CUR) == len(movie.data) - 3
    assert reader.read() == movie.data[-3:]
    assert reader.seek(0) == 0 and reader.read(0) == b""
    buffer = bytearray(1000)
    count = reader.readinto(memoryview(buffer)[100:200])
    assert buffer[100:100 + count] == movie.data[:count] and buffer[:100] == bytes(100)


def test_a_seek_to_nowhere_is_a_value_error(reader, movie):
    for offset, whence in ((-1, 0), (len(movie.data) + 1, 0), (1 << 70, 0), (0, 9)):
        with pytest.raises(ValueError):
            reader.seek(offset, whence)


def test_a_read_only_buffer_is_refused(reader):
    with pytest.raises((TypeError, BufferError)):
        reader.readinto(b"read only")
    assert reader.tell() == 0


def test_writing_is_unsupported(reader):
    with pytest.raises(io.UnsupportedOperation):
        reader.write(b"x")
    with pytest.raises(io.UnsupportedOperation):
        reader.truncate()


def test_a_buffered_reader_gives_exact_counts(reader, movie):
    with io.BufferedReader(reader, 64 * KIB) as buffered:
        assert buffered.read(100_000) == movie.data[:100_000]
        buffered.seek(1_000_000)
        assert buffered.peek(10)[:10] == movie.data[1_000_000:1_000_010]
        assert buffered.read(300_000) == movie.data[1_000_000:1_300_000]
        assert buffered.read() == movie.data[1_300_000:]
    assert reader.closed


def test_copyfileobj_copies_all(reader, movie, tmp_path):
    with open(tmp_path / "copy", "wb") as out:
        shutil.copyfileobj(reader, out)
    assert (tmp_path / "copy").read_bytes() == movie.data


def seeded_file(root, name, data, seeder):
    """A torrent of one file that was made elsewhere."""
    made = make(root, name, len(data), 16 * KIB)
    with open(root / name, "wb") as out:
        out.write(data)
    import libtorrent as lt
    storage = lt.file_storage()
    lt.add_files(storage, str(root / name))
    maker = lt.create_torrent(storage, piece_size=16 * KIB, flags=lt.create_torrent.v1_only)
    lt.set_piece_hashes(maker, str(root))
    torrent = lt.bencode(maker.generate())
    wanted = type(made)(name, "v1", 16 * KIB, str(root), torrent, [data], data)
    return wanted, seeder.seed(wanted).address


def test_zipfile_reads_one_member_out_of_the_middle(session, tmp_path, shared_seeder):
    packed = io.BytesIO()
    members = {f"{number}.bin": random_bytes(number, 200_000) for number in range(6)}
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    wanted, peer = seeded_file(tmp_path, "archive.zip", packed.getvalue(), shared_seeder)
    torrent = session.open(wanted.magnet(peer)).metadata(20)
    with zipfile.ZipFile(io.BufferedReader(torrent.reader(timeout=20))) as archive:
        assert archive.namelist() == list(members)
        assert archive.read("3.bin") == members["3.bin"]
        assert archive.testzip() is None


def test_ffmpeg_decodes_what_is_written_into_its_pipe(session, tmp_path, shared_seeder):
    clip = tmp_path / "made.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=2:s=320x240:r=25",
                    "-c:v", "mpeg4", "-f", "matroska", clip], check=True, timeout=30,
                   env=clean_environment())
    wanted, peer = seeded_file(tmp_path, "clip.mkv", clip.read_bytes(), shared_seeder)
    torrent = session.open(wanted.magnet(peer)).metadata(20)
    with subprocess.Popen(["ffmpeg", "-v", "error", "-i", "pipe:0", "-f", "framemd5", "-"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=clean_environment()) as ffmpeg:
        with torrent.reader(timeout=20) as reader:
            shutil.copyfileobj(reader, ffmpeg.stdin)
        ffmpeg.stdin.close()
        frames = ffmpeg.stdout.read().splitlines()
        assert ffmpeg.wait(20) == 0
    assert len([line for line in frames if not line.startswith(b"#")]) == 50


def test_a_timeout_is_a_timeout_error_and_leaves_the_reader_as_it_was(stalled, movie,
                                                                     shared_seeder):
    with stalled.reader(timeout=0.2) as reader:
        with pytest.raises(TimeoutError) as caught:
            reader.read(10)
        assert isinstance(caught.value, tstream.TimedOutError)
        with pytest.raises(TimeoutError):
            reader.wait(0.01)
        stalled.add_peer(shared_seeder.seed(movie).address)
        reader.timeout = 20
        reader.wait(20)
        assert reader.read(10) == movie.data[:10]
