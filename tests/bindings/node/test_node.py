"""The tests that are written in JavaScript (*.test.mjs, with node:test), one by one."""

import re
import subprocess
from pathlib import Path

import node_home
import pytest

HERE = Path(__file__).parent
TIMEOUT_S = 90
NAME = re.compile(r'^test\("([^"]+)"', re.M)
VERDICT = re.compile(r"^(not ok|ok) \d+ - (.*?)( # \w+.*)?$", re.M)
CASES = [(path.name, name) for path in sorted(HERE.glob("*.test.mjs"))
         for name in NAME.findall(path.read_text())]


def verdicts(home, file, world):
    """({name: "ok", "not ok" or "skipped"}, everything it said)"""
    command = node_home.command("--expose-gc", "--test-reporter=tap", home / file)
    with subprocess.Popen(command, env=node_home.environment(TSTREAM_WORLD=str(world)), cwd=home,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            said, _ = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            said = f"{process.communicate()[0]}\nnot done within {TIMEOUT_S} s"
    found = {name: "skipped" if note else verdict for verdict, name, note in VERDICT.findall(said)}
    return found, f"{said}\nstatus {process.returncode}"


@pytest.fixture(scope="session")
def outcomes(home, world):
    """outcomes(file), run once."""
    known = {}

    def run(file):
        if file not in known:
            known[file] = verdicts(home, file, world)
        return known[file]

    return run


@pytest.mark.timeout(110)
@pytest.mark.parametrize(("file", "name"), CASES)
def test_in_javascript(file, name, outcomes):
    found, said = outcomes(file)
    assert found.get(name) == "ok", said


def test_every_test_has_a_name_that_was_found():
    for path in HERE.glob("*.test.mjs"):
        text = path.read_text()
        assert len(NAME.findall(text)) == len(re.findall(r"\btest\(", text)) > 0, path
