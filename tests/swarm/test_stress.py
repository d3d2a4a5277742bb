"""stress.c against real seeders: where ThreadSanitizer looks."""

import os
import subprocess

import pytest

import seeders
from torrents import KIB, MIB

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The one that was built with the library, or else made here."""
    if "TSTREAM_STRESS" in os.environ:
        return os.environ["TSTREAM_STRESS"]
    made = str(tmp_path_factory.mktemp("stress") / "tstream-swarm-stress")
    library = os.environ["TSTREAM_LIBRARY"]
    subprocess.run(["cc", "-std=gnu11", "-pthread", "-I", os.path.join(HERE, "../../include"),
                    os.path.join(HERE, "stress.c"), library,
                    f"-Wl,-rpath,{os.path.dirname(os.path.abspath(library))}", "-o", made],
                   check=True, env={"PATH": os.environ["PATH"]})
    return made


def environment():
    """A program that was built with the sanitizer needs no preload, and is checked for leaks."""
    if "TSTREAM_STRESS" not in os.environ:
        return None
    options = os.environ.get("ASAN_OPTIONS", "").replace(":detect_leaks=0", "")
    return dict(seeders.clean_environment(), ASAN_OPTIONS=options)


def run(program, data_dir, seconds, sources, contents):
    arguments = []
    for content in contents:
        arguments += [content.magnet(*(seeder.seed(content).address for seeder in sources)),
                      os.path.join(content.directory, content.name)]
    done = subprocess.run([program, str(data_dir), str(seconds), *arguments], timeout=55,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env=environment())
    assert done.returncode == 0, done.stdout


def test_readers_cancels_stats_and_closes_at_once(program, data_dir, content, make_seeder):
    contents = [content("stress.mkv", 12 * MIB, 64 * KIB, kind) for kind in ("v1", "v2")]
    # slow enough that readers wait all along, and not only at the beginning
    sources = [make_seeder().limit(3 * MIB), make_seeder().limit(2 * MIB)]
    run(program, data_dir, 4, sources, contents)


def test_it_all_again_over_what_the_first_run_left(program, data_dir, content, make_seeder):
    contents = [content("stress.mkv", 12 * MIB, 256 * KIB, kind) for kind in ("v1", "hybrid")]
    for _ in range(2):
        seeder = make_seeder().limit(4 * MIB)
        run(program, data_dir, 2, [seeder], contents)
        seeder.kill()
