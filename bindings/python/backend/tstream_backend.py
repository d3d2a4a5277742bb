"""The build backend: scikit-build-core, and an sdist that has the library's sources as well.

In the repository they lie two levels up; in an sdist in libtstream/, as in the package for Node.
"""

import shutil
from pathlib import Path

from scikit_build_core import build
from scikit_build_core.build import (  # noqa: F401  pylint: disable=unused-import
    build_editable,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

PROJECT = Path(__file__).resolve().parents[1]
ROOT = PROJECT.parents[1]
SOURCES = ("CMakeLists.txt", "LICENSE", "cmake", "include", "lib", "pkgconfig")


def build_sdist(sdist_directory, config_settings=None):
    """Pack this folder, with the library's sources while that lasts."""
    target = PROJECT / "libtstream"
    if not (ROOT / "lib").exists():  # this is an sdist, which has them
        return build.build_sdist(sdist_directory, config_settings)
    shutil.rmtree(target, ignore_errors=True)
    try:
        _copy_sources(target)
        return build.build_sdist(sdist_directory, config_settings)
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _copy_sources(target):
    (target / "bindings").mkdir(parents=True)
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, target / name)
    for path in (ROOT / "bindings").glob("*.[hi]"):
        shutil.copy(path, target / "bindings")
