"""One table of behaviours, run through C and through every binding.

TSTREAM_BEHAVIOURS   the program built from tests/bindings/c

A runner takes the paths of the table, of the world (world.py) and of a scratch directory, and
prints a line for each behaviour: "ok NAME" or "not ok NAME: WHY".
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import node_home
import pytest
import world
from swarm_fixtures import preload_environment

HERE = Path(__file__).parent
TABLE = HERE / "behaviours.json"
NAMES = [behaviour["name"] for behaviour in json.loads(TABLE.read_text())["behaviours"]]
RUNNERS = {
    "c": lambda scratch: [os.environ["TSTREAM_BEHAVIOURS"]],
    "python": lambda scratch: [sys.executable, str(HERE / "python/behaviours.py")],
    "node": lambda scratch: node_home.command(
        node_home.build(scratch / "node-home") / "behaviours.mjs"),
}


def environment(language):
    """A sanitizer's runtime must be loaded before an interpreter can load the library."""
    return dict(os.environ) if language == "c" else preload_environment()


@pytest.fixture(scope="module")
def the_world(tmp_path_factory, shared_seeder):
    return world.build(tmp_path_factory.mktemp("world"), shared_seeder)


@pytest.fixture(scope="module")
def outcomes(the_world, tmp_path_factory):
    """outcomes(language): {name: "" or what is wrong}, run once."""
    known = {}

    def run(language):
        if language not in known:
            scratch = tmp_path_factory.mktemp(language)
            result = subprocess.run([*RUNNERS[language](scratch), TABLE, the_world, scratch],
                                    env=environment(language), text=True, timeout=100,
                                    capture_output=True, check=False)
            assert result.returncode in (0, 1), (result.returncode, result.stdout, result.stderr)
            known[language] = dict(map(verdict, result.stdout.splitlines()))
        return known[language]

    return run


def verdict(line):
    if line.startswith("ok "):
        return line[3:], ""
    name, _, why = line[len("not ok "):].partition(": ")
    return name, why or "failed"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", RUNNERS)
def test_a_behaviour_is_the_same_in(language, name, outcomes):
    assert outcomes(language)[name] == ""


@pytest.mark.parametrize("language", RUNNERS)
def test_the_whole_table_was_run_in_its_order(language, outcomes):
    assert list(outcomes(language)) == NAMES


def test_a_runner_tells_when_a_behaviour_is_not_so(the_world, tmp_path):
    wrong = {"behaviours": [
        {"name": "a", "steps": [{"do": "media_kind", "path": "a.mkv", "is": 9}]},
        {"name": "b", "steps": [{"do": "magnet_infohash", "magnet": "x", "fails": "EIO"}]},
        {"name": "c", "steps": [{"do": "magnet_infohash", "magnet": "x"}]},
        {"name": "d", "steps": [{"do": "no such call"}]}]}
    table = tmp_path / "table.json"
    table.write_text(json.dumps(wrong))
    for language, command in RUNNERS.items():
        result = subprocess.run([*command(tmp_path), table, the_world, tmp_path], text=True, timeout=60,
                                env=environment(language), capture_output=True,
                                check=False)
        verdicts = dict(map(verdict, result.stdout.splitlines()))
        assert result.returncode == 1 and all(verdicts[name] for name in "abcd"), language
