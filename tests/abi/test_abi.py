"""Programs that were built with the last release run with this library.

tests/abi/VERSION.abi is what the last release promised; script/release makes the next one's.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
HERE = ROOT / "tests/abi"
LIBRARY = os.environ["TSTREAM_LIBRARY"]
ERROR, USAGE, ABI_CHANGE = 1, 2, 4  # bits of abidiff's exit status


def opaque_types():
    headers = "".join(path.read_text() for path in (ROOT / "include/tstream").glob("*.h"))
    return set(re.findall(r"^typedef struct (\w+) \1;", headers, re.M))


@pytest.fixture(scope="module")
def promised():
    return max(HERE.glob("*.abi"), key=lambda path: [int(part) for part in path.stem.split(".")])


@pytest.fixture(scope="module")
def compatible(tmp_path_factory):
    rules = tmp_path_factory.mktemp("rules") / "compatible.ini"
    names = "|".join(sorted(opaque_types()))
    rules.write_text((HERE / "compatible.ini").read_text()
                     + f"\n[suppress_type]\n  name_regexp = ^({names})$\n")
    return rules


@pytest.fixture(scope="module")
def now(tmp_path_factory):
    dump = tmp_path_factory.mktemp("now") / "now.abi"
    with dump.open("w") as file:
        subprocess.run([HERE / "dump", LIBRARY], stdout=file, check=True)
    return dump


def compare(before, after, rules):
    result = subprocess.run(["abidiff", "--no-added-syms", "--suppressions", rules, before, after],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def test_programs_built_with_the_last_release_run_with_this_library(promised, now, compatible):
    code, text = compare(promised, now, compatible)
    assert code == 0, text


def test_what_the_headers_promise_since_then_is_promised(promised):
    """Else it could be changed, or go, and nobody would notice."""
    version = tuple(int(part) for part in promised.stem.split(".")[:2])
    text = promised.read_text()
    missing = []
    for header in (ROOT / "include/tstream").glob("*.h"):
        since = (0, 1)
        for words in re.finditer(r"@since (\d+)\.(\d+)|TSTREAM_API [^;(]*?(tstream_\w+)\(",
                                 header.read_text()):
            if words[1]:
                since = int(words[1]), int(words[2])
            elif since <= version and f"name='{words[3]}'" not in text:
                missing.append(words[3])
    assert not missing


# What is promised is edited, as if it had been so: seen from there, what is now breaks programs.
SEEK = r"(<function-decl name='tstream_reader_seek'.*?\n)"
OPTIONS = r"(<class-decl name='tstream_reader_options'.*?\n)"


@pytest.mark.parametrize("pattern, instead", [
    pytest.param("tstream_reader_seek", "tstream_reader_jump", id="a function is gone"),
    pytest.param(SEEK + r"\s*<parameter[^\n]*\n", r"\1", id="a function takes one more argument"),
    pytest.param(OPTIONS + r"(.*?)<data-member.*?</data-member>\n", r"\1\2",
                 id="a structure has a new first member"),
])
def test_what_would_break_them_is_noticed(promised, now, compatible, tmp_path, pattern, instead):
    text = re.sub(pattern, instead, promised.read_text(), flags=re.S)
    assert text != promised.read_text()
    before = tmp_path / "before.abi"
    before.write_text(text)
    code, said = compare(before, now, compatible)
    assert code & ABI_CHANGE and not code & (ERROR | USAGE), said
