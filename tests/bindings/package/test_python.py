"""What is typed is right, and what is built installs and runs.

TSTREAM_PYTHONS   interpreters to install into, with colons between; default: the oldest and the
                  newest of pyenv's that are supported, and the system's
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
BUILD = Path(os.environ["TSTREAM_BUILD_DIR"])
SOURCE = ROOT / "bindings/python"
TOOLS = Path(sys.executable).parent


def run(*command, **options):
    options.setdefault("timeout", 600)
    result = subprocess.run([str(word) for word in command], check=False, text=True,
                            capture_output=True, **options)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def environment(**more):
    """The build's own settings must not reach those who install."""
    ours = {"LD_PRELOAD", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {**{key: value for key, value in os.environ.items() if key not in ours},
            "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # The compiler cache knows again what it compiled in another temporary directory.
            "CCACHE_BASEDIR": tempfile.gettempdir(), "CCACHE_NOHASHDIR": "1", **more}


def test_the_package_has_the_version_of_the_headers():
    header = (ROOT / "include/tstream/version.h").read_text()
    project = (SOURCE / "pyproject.toml").read_text()
    version = re.search(r'VERSION_STRING "([^"]+)"', header)[1]
    assert f'\nversion = "{version}"' in project
    assert f"libtstream>={version}" in (ROOT / "cmake/binding-library.cmake").read_text()


def test_the_package_passes_strict_type_checks():
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", BUILD / "mypy",
        "--config-file", SOURCE / "pyproject.toml", cwd=SOURCE)


PROGRAM = """
import asyncio, sys, tstream
from typing import Optional
from tstream import aio

def sync(magnet: str) -> bytes:
    with tstream.Session("data", quota_bytes=1 << 30) as session:
        torrent: tstream.Torrent = session.open(magnet).metadata(timeout=5)
        with torrent.reader(torrent.default_file, start=1) as reader:
            part: bytes = reader.read(10)
            count: int = reader.readinto(bytearray(5))
            now: Optional[bytes] = reader.read_nowait()
            return part

async def asynchronous(magnet: str) -> bytes:
    async with aio.Session("data") as session:
        torrent: aio.Torrent = await session.open(magnet).metadata()
        async with torrent.reader() as reader:
            async for chunk in reader:
                part: bytes = chunk
            return await reader.read(10)
"""


def test_a_users_program_is_type_checked_against_the_package(tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(PROGRAM)
    bad.write_text(PROGRAM.replace("count: int", "count: str").replace("part: bytes = chunk",
                                                                       "part: str = chunk"))
    check = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(BUILD / "mypy")]
    path = {**os.environ, "MYPYPATH": str(SOURCE / "src")}
    run(*check, good, env=path)
    result = subprocess.run([*check, str(bad)], env=path, text=True, capture_output=True,
                            check=False)
    assert result.returncode == 1 and result.stdout.count("error:") == 2, result.stdout


def test_everything_public_has_a_docstring():
    import inspect

    import tstream
    from tstream import aio

    bare = []
    for module in (tstream, aio):
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            members = inspect.getmembers(thing) if inspect.isclass(thing) else []
            ours = [(f"{name}.{key}", member) for key, member in members
                    if not key.startswith("_")
                    and (inspect.isfunction(member) or isinstance(member, property))
                    and getattr(member, "__module__", "tstream").startswith("tstream")]
            bare += [f"{module.__name__}.{key}" for key, member in [(name, thing), *ours]
                     if not (member.__doc__ or "").strip()]
    assert not bare, bare


# ---- installing ----

@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """An installed libtstream, with a .pc that names where it is."""
    directory = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", BUILD, "--prefix", directory)
    assert not list(directory.glob("**/_capi*")), "that is for pip to install"
    config = next(directory.glob("**/libtstream.pc"))
    config.write_text(re.sub(r"^prefix=.*", f"prefix={directory}", config.read_text(),
                             flags=re.M))
    return directory


@pytest.fixture
def sdist(tmp_path):
    """An unpacked source distribution, made in a copy so that nothing is left in the tree."""
    copy = tmp_path / "copy"
    for name in ("CMakeLists.txt", "LICENSE", "cmake", "include", "lib", "pkgconfig"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).symlink_to(ROOT / name)
    ignored = shutil.ignore_patterns("build", "node", "__pycache__")
    shutil.copytree(ROOT / "bindings", copy / "bindings", ignore=ignored)
    shutil.copy(ROOT / ".gitignore", copy)
    program = "import sys, tstream_backend; print(tstream_backend.build_sdist(sys.argv[1]))"
    name = run(sys.executable, "-c", program, tmp_path, cwd=copy / "bindings/python",
               env=environment(PYTHONPATH="backend")).split()[-1]
    assert not (copy / "bindings/python/libtstream").exists()
    shutil.unpack_archive(tmp_path / name, tmp_path / "sdist")
    shutil.rmtree(copy)
    (unpacked_sdist,) = (tmp_path / "sdist").iterdir()
    return unpacked_sdist


def build_wheel(python, directory, library, source=SOURCE, **more):
    run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "-w", directory, f"--config-settings=cmake.define.TSTREAM_PYTHON_LIBRARY={library}",
        "--config-settings=cmake.build-type=None",  # nobody waits for an optimiser here
        f"--config-settings=build-dir={directory}/build", source,
        env=environment(PATH=f"{TOOLS}:{os.environ['PATH']}", **more))
    return next(directory.glob("tstream-*.whl"))


#: reads a torrent that is complete on disk, in both ways, and closes what it opened
READ = """
import asyncio, io, sys, tstream
from tstream import aio

data_dir, infohash, expected = sys.argv[1], sys.argv[2], open(sys.argv[3], "rb").read()
local = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}

with tstream.Session(data_dir, **local) as session:
    torrent = session.open_stored(infohash).metadata(20)
    with io.BufferedReader(torrent.reader(timeout=20)) as stream:
        assert stream.read() == expected

async def main():
    async with aio.Session(data_dir, **local) as session:
        torrent = await session.open_stored(infohash).metadata(20)
        async with torrent.reader(timeout=20) as reader:
            assert await reader.read() == expected

asyncio.run(main())
try:
    session.stats()
except ValueError:
    print("%d.%d" % sys.version_info[:2], tstream.__version__)
"""


@pytest.fixture
def complete(make_session, data_dir, torrent, session, movie, tmp_path):
    """The arguments of READ: a data directory that has all of a torrent."""
    with torrent.reader(timeout=20) as reader:
        assert reader.read() == movie.data
    session.close()
    expected = tmp_path / "expected"
    expected.write_bytes(movie.data)
    return data_dir, movie.infohash, expected


def unpacked(wheel, directory):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


def interpreters():
    named = os.environ.get("TSTREAM_PYTHONS")
    if named:
        return named.split(":")
    found = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    supported = [path for path in found
                 if 9 <= int(re.search(r"/3\.(\d+)", str(path))[1]) <= 13]
    supported.sort(key=lambda path: int(re.search(r"/3\.(\d+)", str(path))[1]))
    chosen = dict.fromkeys([*supported[:1], *supported[-1:]])
    return [*map(str, chosen), "/usr/bin/python3"]


@pytest.mark.parametrize("python", interpreters())
def test_the_module_compiles_and_reads_on_this_python(python, prefix, complete, tmp_path):
    package = tmp_path / "package"
    shutil.copytree(SOURCE / "src/tstream", package / "tstream")
    shutil.copy(BUILD / "python/tstream/capi.py", package / "tstream")
    flags = run("pkg-config", "--cflags", "--libs", "libtstream",
                env=environment(PKG_CONFIG_PATH=next(prefix.glob("**/pkgconfig")))).split()
    paths = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
    include, suffix = run(python, "-c", paths).split()
    compiled = tmp_path / "capi_wrap.o"
    # The tree's own headers: their path is always the same, which the compiler cache likes.
    run("ccache", "cc", "-c", "-fPIC", "-O0", "-Wall", "-Werror", f"-I{include}",
        f"-I{ROOT / 'include'}", f"-I{SOURCE}", BUILD / "bindings/python/capi_wrap.c", "-o", compiled)
    run("cc", "-shared", compiled, *flags, "-o", package / f"tstream/_capi{suffix}")
    library = next(prefix.glob("**/libtstream.so")).parent
    words = run(python, "-X", "dev", "-W", "error", "-c", READ, *complete,
                env=environment(PYTHONPATH=str(package), LD_LIBRARY_PATH=str(library))).split()
    assert words[0] in python or python == "/usr/bin/python3"


def test_pip_installs_against_an_installed_library(prefix, complete, tmp_path):
    wheel = build_wheel(sys.executable, tmp_path, "system",
                        PKG_CONFIG_PATH=str(next(prefix.glob("**/pkgconfig"))))
    names = zipfile.ZipFile(wheel).namelist()
    assert "tstream/py.typed" in names and "tstream/aio/session.py" in names
    assert not [name for name in names if "libtstream" in name or name.endswith(".c")]
    package = unpacked(wheel, tmp_path / "package")
    # No LD_LIBRARY_PATH: the module knows where the library was found.
    run(sys.executable, "-c", READ, *complete, env=environment(PYTHONPATH=str(package)))


def test_a_repaired_wheel_of_the_sdist_runs_where_no_libtorrent_is(sdist, complete, tmp_path):
    for wanted in ("capi.i", "libtstream/bindings/tstream.i", "libtstream/bindings/handle.h",
                   "libtstream/lib/api/session.c", "libtstream/CMakeLists.txt"):
        assert (sdist / wanted).is_file()
    wheel = build_wheel(sys.executable, tmp_path, "bundled", sdist, PKG_CONFIG_PATH="")
    run(sys.executable, "-m", "auditwheel", "repair", "-w", tmp_path / "repaired", wheel,
        env=environment(PATH=f"{TOOLS}:{os.environ['PATH']}"))
    repaired = next((tmp_path / "repaired").glob("*manylinux*.whl"))
    assert any("libtorrent" in name for name in zipfile.ZipFile(repaired).namelist())
    run_without_libtorrent(unpacked(repaired, tmp_path / "package"), READ, *complete)


def run_without_libtorrent(package, program, *arguments):
    """In a mount namespace of its own in which the system's libraries of that name are hidden."""
    unprivileged = [] if os.geteuid() == 0 else ["--map-root-user"]
    hidden = [path for folder in ("/usr/lib", "/usr/local/lib")
              for name in ("libtorrent-rasterbar*", "libtstream*")
              for path in Path(folder).rglob(name) if path.is_file()]
    assert hidden, "there is nothing to hide"
    with tempfile.NamedTemporaryFile() as nothing:
        hide = [f"mount --bind {nothing.name} {path}" for path in hidden]
        check = "! /usr/bin/python3 -c 'import ctypes; ctypes.CDLL(\"libtorrent-rasterbar.so.2.0\")'"
        script = " && ".join([*hide, f"{check} 2>/dev/null", 'exec "$@"'])
        run("unshare", *unprivileged, "--mount", "sh", "-c", script, "sh",
            "/usr/bin/python3", "-c", program, *arguments,
            env=environment(PYTHONPATH=str(package)))
