"""What is typed is right."""

import json
import re
import shutil
import subprocess

import node_home
import pytest
from node_home import PACKAGE, ROOT, TESTS

TSC = TESTS / "node_modules/.bin/tsc"
STRICT = ("--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable,"
          "dom.asynciterable,esnext.disposable", "--types", "node")


def check(home, module, *files):
    resolution = {"nodenext": "nodenext", "commonjs": "node10"}[module]
    return subprocess.run(
        node_home.command(TSC, *STRICT, "--module", module, "--moduleResolution", resolution,
                          *files),
        cwd=home, text=True, capture_output=True, check=False, timeout=100)


def test_the_package_has_the_version_of_the_headers():
    header = (ROOT / "include/tstream/version.h").read_text()
    version = re.search(r'VERSION_STRING "([^"]+)"', header)[1]
    assert json.loads((PACKAGE / "package.json").read_text())["version"] == version
    assert f"libtstream>={version}" in (ROOT / "cmake/binding-library.cmake").read_text()


@pytest.mark.timeout(110)
@pytest.mark.parametrize("module", ["nodenext", "commonjs"])
def test_a_users_program_passes_strict_type_checks(home, module):
    for name in ("types_good.ts", "types_bad.ts"):
        shutil.copy(TESTS / name, home)
    said = check(home, module, "types_good.ts", "types_bad.ts").stdout
    mistakes = set(re.findall(r"^(\S+)\((\d+),", said, re.M))
    assert mistakes == {("types_bad.ts", str(line)) for line in range(4, 9)}, said


def test_everything_that_is_exported_is_typed_and_nothing_else(home):
    types = (PACKAGE / "index.d.ts").read_text()
    declared = set(re.findall(r"^export (?:class|const|function) (\w+)", types, re.M))
    listed = "import * as t from 'tstream'; console.log(JSON.stringify(Object.keys(t)))"
    (home / "listed.mjs").write_text(listed)
    output = subprocess.run(node_home.command("listed.mjs"), cwd=home, text=True, check=True,
                            capture_output=True, env=node_home.environment()).stdout
    assert set(json.loads(output)) == declared


def test_every_field_and_method_is_typed(home):
    types = (PACKAGE / "index.d.ts").read_text()
    words = set(re.findall(r"\b\w+\b", types))
    (home / "members.mjs").write_text("""
        import * as t from "tstream";
        const kinds = Object.values(t).filter((k) => typeof k === "function" && k.prototype);
        const names = kinds.flatMap((k) => Object.getOwnPropertyNames(k.prototype));
        console.log(JSON.stringify(names.filter((name) => !name.startsWith("_"))));""")
    output = subprocess.run(node_home.command("members.mjs"), cwd=home, text=True, check=True,
                            capture_output=True, env=node_home.environment()).stdout
    assert not set(json.loads(output)) - words


def test_the_package_says_what_it_needs():
    package = json.loads((PACKAGE / "package.json").read_text())
    tests = json.loads((TESTS / "package.json").read_text())
    needed = "node-addon-api"
    assert package["dependencies"] == {needed: tests["dependencies"][needed]}
