"""clang-tidy has nothing to say about the library (.clang-tidy says what it is asked)."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import tree


def tidy(path):
    # Nice, because the tests beside it have clocks to keep; and without the analyzer, which takes
    # forty times as long as all the others: it is for "clang-tidy -p build/dev FILE" by hand.
    result = subprocess.run(["nice", "clang-tidy", "--quiet", "--checks=-clang-analyzer-*", "-p", str(tree.BUILD), str(path)],
                            cwd=tree.ROOT, capture_output=True, text=True, check=False)
    findings = [line for line in result.stdout.splitlines() if "warning: " in line]
    return findings or ([result.stdout + result.stderr] if result.returncode else [])


def test_clang_tidy_finds_nothing_in_the_library():
    sources = tree.files("lib/**/*.c")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [line for lines in pool.map(tidy, sources) for line in lines]
    assert sources and not found, "\n".join(found)
