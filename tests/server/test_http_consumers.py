"""Programs that people really use, playing and seeking while the film downloads."""
import json
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

import films
import seeders
import serverproc
import wire

MAKE_CLIPS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "demo" / "make-clips"
CLIP_SECONDS = 60
# Twice as fast as the clip plays: it arrives in time, and not at once.
CLIP_BYTES_PER_S = 350_000
INDEX_AT_END, INDEX_FIRST = "tstream-demo-index-at-end.mp4", "tstream-demo-index-first.mp4"


@pytest.fixture(scope="module")
def clips(demo_cache):
    directory = demo_cache / "libtstream-demo"
    subprocess.run([MAKE_CLIPS, directory], check=True, timeout=60)
    return directory


@pytest.fixture(scope="module")
def clip_seeder():
    process = seeders.LibtorrentSeeder().limit(CLIP_BYTES_PER_S)
    yield process
    process.close()


@pytest.fixture(params=[INDEX_AT_END, INDEX_FIRST])
def clip(request, server, clips, clip_seeder, tmp_path):
    """Under a name of its own, so that each test downloads it anew."""
    path = tmp_path / f"{tmp_path.name}.mp4"
    shutil.copyfile(clips / request.param, path)
    content = films.torrent_of(path)
    clip_seeder.seed(content)
    return films.Film(server, content, clip_seeder.address)


def run(*command, timeout_s=60):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=timeout_s,
                          env=serverproc.environment(), check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done


def url(film):
    return film.server.url(film.target)


CURL_RANGES = {"0-99": slice(0, 100), "100000-199999": slice(100000, 200000),
               "-5000": slice(-5000, None)}


@pytest.mark.parametrize("span", CURL_RANGES)
@pytest.mark.parametrize("which", ["rationed_film", "downloaded_film"])
def test_curl_gets_ranges(request, which, span):
    film = request.getfixturevalue(which)
    done = run("curl", "-sS", "--fail", "--range", span, url(film))
    assert done.stdout == film.content[CURL_RANGES[span]]


def test_curl_resumes_a_broken_download(downloaded_film, tmp_path):
    out = tmp_path / "film.mp4"
    out.write_bytes(downloaded_film.content[:1_234_567])
    run("curl", "-sS", "--fail", "-C", "-", "-o", out, url(downloaded_film))
    assert out.read_bytes() == downloaded_film.content


def test_curl_takes_the_name_from_the_answer(downloaded_film, tmp_path):
    run("curl", "-sS", "--fail", "-OJ", "--output-dir", tmp_path,
        url(downloaded_film) + "&download=1")
    assert (tmp_path / "downloaded.mp4").read_bytes() == downloaded_film.content


def test_ffprobe_reads_the_clip(clip):
    done = run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", url(clip))
    seen = json.loads(done.stdout)
    assert [stream["codec_name"] for stream in seen["streams"]] == ["h264", "aac"]
    assert float(seen["format"]["duration"]) == pytest.approx(CLIP_SECONDS, abs=0.5)
    assert int(seen["format"]["size"]) == clip.size


def test_ffmpeg_decodes_what_it_seeks_to(clip):
    command = ("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-ss", "31", "-t", "2")
    frames = ("-map", "0:v", "-f", "framemd5", "-")
    streamed = run(*command, "-i", url(clip), *frames)
    on_disk = run(*command, "-i", pathlib.Path(clip.torrent.directory) / clip.torrent.name, *frames)
    assert streamed.stdout.count(b"\n") > 40
    assert streamed.stdout == on_disk.stdout


def test_mpv_plays_from_the_middle_while_the_rest_downloads(clip):
    done = run("mpv", "--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn,statusline=status",
               "--untimed", "--start=20", "--end=23", "--term-status-msg=at=${=time-pos}",
               "--msg-color=no", url(clip))
    output = done.stdout + done.stderr
    positions = [float(at) for at in re.findall(rb"at=([0-9.]+)", output)]
    assert positions and 19.5 <= min(positions) <= 21 and 22 <= max(positions) <= 23.5, output
    assert b"error" not in output.lower(), output


class Mpv:
    """A player that takes orders (mpv's JSON IPC)."""

    def __init__(self, target, directory):
        self.process = subprocess.Popen(
            ["mpv", "--no-config", "--vo=null", "--ao=null", "--really-quiet",
             f"--input-ipc-server={directory}/mpv", target], stdin=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        wire.poll(lambda: self.socket.connect_ex(f"{directory}/mpv") == 0, 20, "mpv listens")
        self.lines = self.socket.makefile("rw")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.lines.close()
        self.socket.close()

    def ask(self, *command):
        self.lines.write(json.dumps({"command": command}) + "\n")
        self.lines.flush()
        while "error" not in (answer := json.loads(self.lines.readline())):
            pass
        return answer.get("data")

    def plays_on_from(self, seconds):
        return wire.poll(lambda: seconds < (self.ask("get_property", "time-pos") or 0) < seconds + 5,
                         30, f"mpv plays on from {seconds} s")


def test_mpv_plays_and_seeks_while_the_rest_downloads(clip, tmp_path):
    with Mpv(url(clip), tmp_path) as mpv:
        assert mpv.plays_on_from(0.2)
        for seconds in (27, 8):
            mpv.ask("seek", seconds, "absolute")
            assert mpv.plays_on_from(seconds + 0.2)
