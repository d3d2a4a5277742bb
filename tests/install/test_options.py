"""The build's options do what they say."""

import ctypes
import os
import subprocess
from pathlib import Path

SOURCE = Path(os.environ["TSTREAM_SOURCE_DIR"])
ENOTSUP = int(next(line.split("(")[1].rstrip(") */").split(")")[0]
                   for line in (SOURCE / "include/tstream/base.h").read_text().splitlines()
                   if line.startswith("#define TSTREAM_ENOTSUP ")))
OPTIONS = ("CURL", "PROVIDERS", "UCHARDET", "REDIS", "SQLITE")
LIBRARIES = ("libcurl", "expat", "jansson", "uchardet", "hiredis", "sqlite")


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def test_the_library_builds_without_any_backend_and_then_does_not_need_it(tmp_path):
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
        "-DTSTREAM_BUILD_EXAMPLES=OFF", "-DTSTREAM_BUILD_TESTS=OFF",
        *(f"-DTSTREAM_WITH_{name}=OFF" for name in OPTIONS))
    run("cmake", "--build", tmp_path, "--target", "tstream")
    needed = run("objdump", "-p", tmp_path / "libtstream.so")
    assert "libtorrent" in needed and not [name for name in LIBRARIES if name in needed]
    library = ctypes.CDLL(str(tmp_path / "libtstream.so"))
    out = ctypes.c_void_p()
    assert library.tstream_cache_open(b"redis://127.0.0.1", None, ctypes.byref(out),
                                      None) == ENOTSUP
    assert library.tstream_cache_open(b"memory:", None, ctypes.byref(out), None) == 0
    assert library.tstream_catalog_open(b":memory:", 0, ctypes.byref(out), None) == ENOTSUP
