"""script/tally counts what ran, and a failure is never lost on the way to the total."""

import subprocess

import pytest
import tree

CHECK_OUTPUT = "Running suite(s): span\n{}%: Checks: {}, Failures: {}, Errors: {}\n"


def run(tmp_path, *entries, steps=None):
    cases = "".join(f'<testcase name="t{number}" status="{status}"><system-out>{output}'
                    "</system-out></testcase>" for number, (status, output) in enumerate(entries))
    (tmp_path / "dev.xml").write_text(f"<testsuite>{cases}</testsuite>")
    if steps:
        (tmp_path / "failed-steps").write_text(steps)
    result = subprocess.run(["/usr/bin/python3", str(tree.ROOT / "script/tally"), str(tmp_path)],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stdout.splitlines()[-1]


@pytest.mark.parametrize("entry, total", [
    (("run", CHECK_OUTPUT.format(100, 7, 0, 0)), (0, "7 passed, 0 failed")),
    (("run", ".....\n5 passed in 0.20s\n"), (0, "5 passed, 0 failed")),
    (("run", "5 passed, 2 warnings in 61.20s (0:01:01)\n"), (0, "5 passed, 0 failed")),
    (("run", "anything else"), (0, "1 passed, 0 failed")),
    (("fail", CHECK_OUTPUT.format(60, 5, 1, 1)), (1, "3 passed, 2 failed")),
    (("fail", "==== 2 failed, 3 passed, 1 error in 0.20s ====\n"), (1, "3 passed, 3 failed")),
    (("fail", "Segmentation fault"), (1, "0 passed, 1 failed")),
    (("notrun", ""), (1, "0 passed, 1 failed")),
])
def test_an_entry_counts_as_what_it_says(tmp_path, entry, total):
    assert run(tmp_path, entry) == total


def test_a_program_that_fails_after_its_tests_passed_is_a_failure(tmp_path):
    assert run(tmp_path, ("fail", CHECK_OUTPUT.format(100, 4, 0, 0))) == (1, "4 passed, 1 failed")


def test_a_skipped_test_is_a_failure(tmp_path):
    assert run(tmp_path, ("run", "4 passed, 1 skipped in 0.1s\n")) == (1, "4 passed, 1 failed")


def test_a_step_that_failed_is_a_failure(tmp_path):
    total = run(tmp_path, ("run", "1 passed in 0.1s\n"), steps="dev: the build failed\n")
    assert total == (1, "1 passed, 1 failed")


def test_no_test_at_all_is_a_failure(tmp_path):
    assert run(tmp_path) == (1, "0 passed, 1 failed")
