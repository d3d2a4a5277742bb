"""The tests that are written in JavaScript (*.test.mjs, with node:test), one by one."""

import re
import subprocess
from pathlib import Path

import node_home
import pytest

HERE = Path(__file__).parent
NAME = re.compile(r'^test\("([^"]+)"', re.M)
VERDICT = re.compile(r"^(not ok|ok) \d+ - (.*?)( # \w+.*)?$", re.M)
CASES = [(path.name, name) for path in sorted(HERE.glob("*.test.mjs"))
         for name in NAME.findall(path.read_text())]


@pytest.fixture(scope="session")
def outcomes(home, world):
    """outcomes(file): ({name: "ok" or "not ok"}, everything it said), run once."""
    known = {}

    def run(file):
        if file not in known:
            result = subprocess.run(
                node_home.command("--expose-gc", "--test-reporter=tap", home / file),
                env=node_home.environment(TSTREAM_WORLD=str(world)), cwd=home, timeout=100,
                text=True, capture_output=True, check=False)
            said = f"{result.stdout}\n{result.stderr}\nstatus {result.returncode}"
            verdicts = {name: "skipped" if note else verdict
                        for verdict, name, note in VERDICT.findall(result.stdout)}
            known[file] = verdicts, said
        return known[file]

    return run


@pytest.mark.timeout(110)
@pytest.mark.parametrize(("file", "name"), CASES)
def test_in_javascript(file, name, outcomes):
    verdicts, said = outcomes(file)
    assert verdicts.get(name) == "ok", said


def test_every_test_has_a_name_that_was_found():
    for path in HERE.glob("*.test.mjs"):
        text = path.read_text()
        assert len(NAME.findall(text)) == len(re.findall(r"\btest\(", text)) > 0, path
