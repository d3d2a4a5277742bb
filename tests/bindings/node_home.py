"""A folder with the package tstream in node_modules, as npm would have put it there.

TSTREAM_NODE_ADDON   the addon from the build tree
TSTREAM_NODE         the node to run
"""

import os
import shutil
from pathlib import Path

from swarm_fixtures import preload_environment

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
TESTS = ROOT / "tests/bindings/node"
PACKAGE = ROOT / "bindings/node"


def build(directory):
    """The package, what its tests use, and the tests themselves; gives the folder."""
    modules = directory / "node_modules"
    package = modules / "tstream"
    (package / "build").mkdir(parents=True)
    for name in ("package.json", "lib", *(path.name for path in PACKAGE.glob("index.*"))):
        copy = shutil.copytree if (PACKAGE / name).is_dir() else shutil.copy
        copy(PACKAGE / name, package / name)
    (package / "build/capi.node").symlink_to(os.environ["TSTREAM_NODE_ADDON"])
    for installed in (TESTS / "node_modules").iterdir():
        (modules / installed.name).symlink_to(installed)
    for path in TESTS.glob("*.[mc]*[js]"):
        shutil.copy(path, directory)
    return directory


def command(*arguments):
    return [os.environ["TSTREAM_NODE"], *map(str, arguments)]


def environment(**more):
    """For node, which must have a sanitizer's runtime before it can load the library."""
    return {**preload_environment(), **more}
