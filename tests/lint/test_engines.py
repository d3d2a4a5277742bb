"""What is installed from npm runs on the Node that Debian 12 has."""
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEBIAN_12 = (18, 19, 0)
LOCKS = ["frontend", "tests/browser", "tests/bindings/node"]


def version(text):
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return tuple((numbers + [0, 0, 0])[:3])


def admits(comparator, node):
    operator, least = re.fullmatch(r"(>=|\^|>|<|~|=|)\s*v?([\d.x*]*)", comparator).groups()
    if not least.strip("*x"):
        return True
    if operator == "<":
        return node < version(least)
    if operator in (">=", ">"):
        return node >= version(least)
    return node[0] == version(least)[0] and node >= version(least)


def runs_on(engines, node):
    """engines: alternatives, each of comparators that must all hold."""
    return any(
        all(admits(one, node) for one in re.findall(r"(?:>=|\^|>|<|~|=)?\s*v?[\d.x*]+", alternative))
        for alternative in engines.split("||"))


@pytest.mark.parametrize("engines, expected", [
    (">= 20", False), (">=18.18.0", True), ("^18.18.0 || ^19.8.0 || >= 20.0.0", True),
    ("^14 || ^16 || >=18", True), ("^20.19.0 || >=22.12.0", False), ("*", True),
    (">=6 <19", True), (">=20.9.0", False), ("18.x", True)])
def test_a_range_of_versions_is_understood(engines, expected):
    assert runs_on(engines, DEBIAN_12) == expected


@pytest.mark.parametrize("directory", LOCKS)
def test_no_package_that_is_needed_wants_a_newer_node(directory):
    packages = json.loads((ROOT / directory / "package-lock.json").read_text())["packages"]
    assert len(packages) > 1
    newer = [f"{name} wants {package['engines']['node']}"
             for name, package in packages.items()
             if "node" in package.get("engines", {}) and not package.get("optional")
             and not runs_on(package["engines"]["node"], DEBIAN_12)]
    assert not newer
