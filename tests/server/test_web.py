"""The page of frontend/ in Chromium (tests/browser/web_*.test.js), with real swarms."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import libtorrent as lt
import pytest
import requests

import indexers
import serverproc
import torrents
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
BROWSER = ROOT / "tests" / "browser"
FRONTEND = ROOT / "frontend"
SUBTITLES = "1\n00:00:01,000 --> 00:00:03,000\nIt begins.\n\n2\n00:00:05,000 --> 00:00:06,000\nNo.\n"
HOSTILE = b'"><img src=x onerror=globalThis.pwned=1><script>globalThis.pwned=1</script>.mp4'


@pytest.fixture(scope="session")
def clip(demo_cache):
    """60 seconds of H.264 and AAC, its index first."""
    subprocess.run([ROOT / "examples" / "demo" / "make-clips", demo_cache], check=True, timeout=120)
    return demo_cache / "tstream-demo-index-first.mp4"


def encode(path, *codec):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                    "testsrc2=size=320x180:rate=10:duration=3", *codec, path], check=True,
                   timeout=60)


def film_of(path):
    """A torrent of a file or a directory, as tests/browser/scene.js wants it."""
    storage = lt.file_storage()
    lt.add_files(storage, os.fspath(path))
    maker = lt.create_torrent(storage, 64 * 1024, lt.create_torrent.v1_only)
    lt.set_piece_hashes(maker, os.fspath(path.parent))
    return described(path.name, lt.bencode(maker.generate()), path.parent)


def described(name, torrent, directory=None):
    infohash = str(lt.torrent_info(lt.bdecode(torrent)).info_hashes().v1)
    return {"name": name, "infohash": infohash, "torrent": torrent.hex(),
            "directory": os.fspath(directory) if directory else None}


@pytest.fixture(scope="session")
def scene(tmp_path_factory, clip, web):
    directory = tmp_path_factory.mktemp("films")
    shutil.copy(clip, directory / "clip.mp4")
    season = directory / "Show.S01.1080p.WEB-DL"
    season.mkdir()
    shutil.copy(clip, season / "Show.S01E01.mp4")
    encode(season / "Show.S01E02.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p")
    (season / "Show.S01E01.en.srt").write_text(SUBTITLES)
    (season / "read me.txt").write_text("Enjoy.")
    encode(directory / "foreign.mkv", "-c:v", "mpeg2video")
    hostile = torrents.v1_content(HOSTILE, [([HOSTILE], b"x" * 100), ([b"b " + HOSTILE], b"y")])
    return {
        "server": serverproc.BINARY, "flags": serverproc.LOOPBACK_ONLY, "web": str(web),
        "python": sys.executable, "seeder": str(ROOT / "tests" / "swarm" / "seeder_main.py"),
        "films": {
            "clip": film_of(directory / "clip.mp4"),
            "season": film_of(season),
            "foreign": film_of(directory / "foreign.mkv"),
            "hostile": described("hostile", hostile.torrent),
        },
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", sorted(path.name for path in BROWSER.glob("web_*.test.js")))
def test_the_page_in_chromium(part, scene, node_modules):
    run_part(part, scene)


def run_part(part, scene):
    done = subprocess.run(["node", "--test", part], cwd=BROWSER, timeout=240, text=True,
                          capture_output=True, check=False,
                          env=os.environ | {"SCENE": json.dumps(scene)})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_with_postgresql_and_redis(scene, node_modules, postgres):
    redis = indexers.Redis()
    stores = {"DATABASE_URL": postgres.make_store().url, "REDIS_URL": redis.url}
    try:
        run_part("stores.test.js", scene | {"stores": stores})
        assert any(key.startswith("search:") for key in redis.keys())
    finally:
        redis.stop()


def in_frontend(*command):
    """Runs it there; gives what it says if that is bad news."""
    done = subprocess.run(command, cwd=FRONTEND, timeout=110, text=True, capture_output=True,
                          check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_the_logic_of_the_page(web):
    assert in_frontend("npm", "test") == ""


def test_the_types_of_the_page_hold(web):
    assert in_frontend("npm", "run", "check") == ""


def test_the_page_in_development(make_server, web):
    """npm run dev, which passes on what is under /api."""
    port = serverproc.free_port()
    origin = f"http://localhost:{port}"
    server = make_server("--no-archive", "--allowed-origins", origin)
    with subprocess.Popen(["npm", "run", "dev", "--", "--port", str(port)], cwd=FRONTEND,
                          env=os.environ | {"TSTREAM_SERVER": server.url("")}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            wire.poll(lambda: "Ready in" in process.stdout.readline(), 60, "it is ready")
            page = requests.get(origin, timeout=60)
            assert "Search, or paste" in page.text
            assert requests.get(f"{origin}/api/health", timeout=20).json()["status"] == "ok"
            cleared = requests.delete(f"{origin}/api/history", headers={"Origin": origin}, timeout=20)
            assert cleared.ok, cleared.text
        finally:
            os.killpg(process.pid, signal.SIGTERM)
