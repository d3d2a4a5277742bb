"""The build's options do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ["TSTREAM_SOURCE_DIR"])


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


# option -> the library that is then not needed
BACKENDS = {"CURL": "libcurl", "PROVIDERS": "libexpat", "UCHARDET": "libuchardet",
            "REDIS": "libhiredis", "SQLITE": "libsqlite3", "POSTGRES": "libpq",
            "ACCOUNTS": "libsodium"}
ENOTSUP = "-12"
ASK = """
import ctypes, sys
library, out = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p()
print(library.tstream_history_open(b"sqlite:/nowhere/x", None, ctypes.byref(out), None))
print(library.tstream_history_open(b"postgresql://nowhere/x", None, ctypes.byref(out), None))
print(library.tstream_accounts_open(b"sqlite:/nowhere/x", None, ctypes.byref(out), None))
print(library.tstream_cache_open(b"redis://127.0.0.1", None, ctypes.byref(out), None))
print(library.tstream_catalog_open(b":memory:", 0, ctypes.byref(out), None))
"""


def build_without(directory, target, *options, compiler="gcc", standard=11):
    run("cmake", "-S", SOURCE, "-B", directory, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DTSTREAM_WERROR=ON", f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_C_STANDARD={standard}", *(f"-DTSTREAM_WITH_{option}=OFF" for option in options),
        "-DTSTREAM_BUILD_EXAMPLES=OFF", "-DTSTREAM_BUILD_TESTS=OFF")
    run("cmake", "--build", directory, "--target", target)


def test_the_library_builds_without_any_backend_and_then_needs_none(tmp_path):
    build_without(tmp_path, "tstream", *BACKENDS)
    needed = run("objdump", "-p", tmp_path / "libtstream.so")
    assert "libtorrent" in needed
    assert not [library for library in BACKENDS.values() if library in needed]
    answers = run(sys.executable, "-c", ASK, tmp_path / "libtstream.so")
    assert answers.split() == [ENOTSUP] * 5


# Each with what stays, in as few builds as that takes; and with the compilers and the standard that
# the presets, gcc and C11, do not try.
@pytest.mark.parametrize("options, compiler", [(("PROVIDERS", "UCHARDET", "POSTGRES"), "gcc"),
                                               (("REDIS", "SQLITE", "ACCOUNTS"), "clang")])
def test_what_is_written_in_c_compiles_without_some_backends(tmp_path, options, compiler):
    build_without(tmp_path, "tstream_objects", *options, compiler=compiler, standard=17)
