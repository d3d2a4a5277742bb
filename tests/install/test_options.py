"""The build's options do what they say."""

import ctypes
import os
import subprocess
from pathlib import Path

ENOTSUP = -12
SOURCE = Path(os.environ["TSTREAM_SOURCE_DIR"])


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def test_the_library_builds_without_libcurl_and_then_does_not_need_it(tmp_path):
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DTSTREAM_WITH_CURL=OFF", "-DTSTREAM_BUILD_EXAMPLES=OFF", "-DTSTREAM_BUILD_TESTS=OFF")
    run("cmake", "--build", tmp_path, "--target", "tstream")
    needed = run("objdump", "-p", tmp_path / "libtstream.so")
    assert "libtorrent" in needed and "libcurl" not in needed


def test_the_library_builds_without_redis_and_sqlite_and_then_does_not_need_them(tmp_path):
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DTSTREAM_WITH_REDIS=OFF", "-DTSTREAM_WITH_SQLITE=OFF", "-DTSTREAM_BUILD_EXAMPLES=OFF",
        "-DTSTREAM_BUILD_TESTS=OFF")
    run("cmake", "--build", tmp_path, "--target", "tstream")
    needed = run("objdump", "-p", tmp_path / "libtstream.so")
    assert "hiredis" not in needed and "sqlite" not in needed
    library = ctypes.CDLL(str(tmp_path / "libtstream.so"))
    assert library.tstream_cache_open(b"redis://127.0.0.1", None, ctypes.byref(ctypes.c_void_p()),
                                      None) == ENOTSUP
    assert library.tstream_cache_open(b"memory:", None, ctypes.byref(ctypes.c_void_p()), None) == 0
    assert library.tstream_catalog_open(b":memory:", 0, ctypes.byref(ctypes.c_void_p()),
                                        None) == ENOTSUP
