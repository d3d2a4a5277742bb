"""An installed libtstream is found and linked by programs outside this tree."""

import os
import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(os.environ["TSTREAM_SOURCE_DIR"])
BUILD = Path(os.environ["TSTREAM_BUILD_DIR"])
VERSION_LINE = '#define TSTREAM_VERSION_STRING "'

PROGRAM = """
#include <stdio.h>
#include <string.h>
#include <tstream/tstream.h>

int main(void)
{
#ifdef __cplusplus /* which has no designated initialisers, or none that leave members out */
	tstream_session_options options;
	tstream_session_options_init(&options);
#else
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
#endif
	tstream_session *session = NULL;
	/* No data directory: an answer from deep enough to need every part of the link. */
	if (tstream_session_open(&options, &session, NULL) != TSTREAM_EINVAL)
		return 1;
	puts(tstream_version());
	return strcmp(tstream_version(), TSTREAM_VERSION_STRING);
}
"""
CMAKE_PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(downstream LANGUAGES {languages})
find_package(tstream {version} REQUIRED {components})
file(GLOB sources main.*)
add_executable(downstream ${{sources}})
target_link_libraries(downstream PRIVATE {target})
"""


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False, **options)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def version():
    lines = (SOURCE / "include/tstream/version.h").read_text().splitlines()
    line = next(line for line in lines if line.startswith(VERSION_LINE))
    return line[len(VERSION_LINE):].rstrip('"')


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    directory = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", BUILD, "--prefix", directory)
    return directory


@pytest.fixture
def project(tmp_path):
    (tmp_path / "main.c").write_text(PROGRAM)
    return tmp_path


def libdir(prefix):
    return next(prefix.glob("**/libtstream.so")).parent


def pkg_config(prefix, *words, **environment):
    path = dict(os.environ, PKG_CONFIG_PATH=str(libdir(prefix) / "pkgconfig"), **environment)
    return run("pkg-config", *words, "libtstream", env=path).split()


def build_with_cmake(project, prefix, target, components="", languages="C"):
    (project / "CMakeLists.txt").write_text(CMAKE_PROJECT.format(
        target=target, components=components, languages=languages, version=version()))
    run("cmake", "-S", project, "-B", project / "build", "-G", "Ninja",
        f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", project / "build")
    return project / "build" / "downstream"


def needed(program):
    return run("objdump", "-p", program)


def test_pkg_config_gives_what_a_c_program_needs(project, prefix):
    program = project / "program"
    run("cc", "-std=c11", "-Wall", "-Werror", project / "main.c", "-o", program,
        *pkg_config(prefix, "--cflags", "--libs"))
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libdir(prefix)))
    assert run(program, env=environment).strip() == version()


@pytest.mark.parametrize("compiler, standard", [("gcc", "c11"), ("gcc", "c17"), ("clang", "c11"),
                                                ("clang", "c17"), ("g++", "c++11"),
                                                ("g++", "c++20"), ("clang++", "c++17")])
def test_a_strict_program_in_c_or_in_cpp_compiles_and_runs(project, prefix, compiler, standard):
    language = "c++" if "++" in compiler else "c"
    program = project / "program"
    flags = pkg_config(prefix, "--cflags")
    run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
        "-Werror", *flags, "-x", language, project / "main.c", "-x", "none", "-o", program,
        *pkg_config(prefix, "--libs"))
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libdir(prefix)))
    assert run(program, env=environment).strip() == version()


@pytest.mark.parametrize("compiler", [("cc", "-std=c11"), ("c++", "-std=c++11", "-xc++")])
def test_pkg_config_static_names_everything_the_archive_needs(project, prefix, compiler):
    program = project / "program"
    words = [word.replace("-ltstream", "-l:libtstream.a")
             for word in pkg_config(prefix, "--static", "--cflags", "--libs")]
    run(*compiler, "-Wall", "-Werror", project / "main.c", "-xnone", "-o", program, *words)
    assert "libtstream" not in needed(program)
    assert run(program).strip() == version()


def test_pkg_config_knows_the_version(prefix):
    assert pkg_config(prefix, "--modversion") == [version()]


def test_find_package_gives_the_shared_library(project, prefix):
    program = build_with_cmake(project, prefix, "tstream::tstream")
    assert "libtstream.so.0" in needed(program)
    assert run(program).strip() == version()


def test_find_package_gives_the_archive_when_asked_for_it(project, prefix):
    program = build_with_cmake(project, prefix, "tstream::tstream_static",
                               components="COMPONENTS static", languages="C CXX")
    assert "libtstream" not in needed(program)
    assert run(program).strip() == version()


@pytest.mark.parametrize("target, components", [("tstream::tstream", ""),
                                                ("tstream::tstream_static", "COMPONENTS static")])
def test_find_package_serves_a_project_in_cpp(project, prefix, target, components):
    (project / "main.c").rename(project / "main.cpp")
    program = build_with_cmake(project, prefix, target, components, languages="CXX")
    assert run(program).strip() == version()


def test_nothing_private_is_installed(prefix):
    headers = {path.relative_to(prefix / "include") for path in (prefix / "include").rglob("*.h")}
    public = {path.relative_to(SOURCE / "include") for path in (SOURCE / "include").rglob("*.h")}
    assert headers == public


def test_destdir_is_honoured(tmp_path):
    environment = dict(os.environ, DESTDIR=str(tmp_path))
    run("cmake", "--install", BUILD, "--prefix", "/opt/tstream", env=environment)
    assert (tmp_path / "opt/tstream/include/tstream/tstream.h").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"opt"}


@pytest.mark.parametrize("sysroot", [True, False])
def test_a_program_is_linked_with_what_was_staged(project, tmp_path, sysroot):
    stage, program = tmp_path / "stage", project / "program"
    run("cmake", "--install", BUILD, "--prefix", "/opt/tstream",
        env=dict(os.environ, DESTDIR=str(stage)))
    told = {"PKG_CONFIG_SYSROOT_DIR": str(stage)} if sysroot else {}
    run("cc", "-std=c11", project / "main.c", "-o", program,
        *pkg_config(stage, "--cflags", "--libs", **told))
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libdir(stage)))
    assert run(program, env=environment).strip() == version()


def configured_flags(directory, *options, **environment):
    run("cmake", "-S", SOURCE, "-B", directory, "-G", "Ninja", "-DTSTREAM_BUILD_TESTS=OFF",
        "-DTSTREAM_BUILD_EXAMPLES=OFF", *(f"-DCMAKE_INSTALL_{option}" for option in options))
    path = dict(os.environ, PKG_CONFIG_PATH=str(directory), **environment)
    return run("pkg-config", "--cflags", "--libs", "libtstream", env=path).split()


def test_pkg_config_gives_no_flags_for_the_systems_own_directories(tmp_path):
    assert configured_flags(tmp_path, "PREFIX=/usr") == ["-ltstream"]
    assert configured_flags(tmp_path, PKG_CONFIG_SYSROOT_DIR="/root")[0] == "-I/root/usr/include"


def test_pkg_config_names_directories_that_were_asked_for_absolutely(tmp_path):
    assert configured_flags(tmp_path, "LIBDIR=/opt/lib", "INCLUDEDIR=/opt/include") == \
        ["-I/opt/include", "-L/opt/lib", "-ltstream"]


def test_the_server_is_installed_and_finds_the_library_beside_it(prefix):
    assert version() in run(prefix / "bin/tstream-server", "--version")
    found = re.search(r"libtstream\S* => (\S+)", run("ldd", prefix / "bin/tstream-server"))[1]
    assert Path(found).resolve().parent == libdir(prefix).resolve()


def test_the_components_are_the_whole(prefix, tmp_path):
    for component in ("runtime", "development"):
        run("cmake", "--install", BUILD, "--prefix", tmp_path, "--component", component)
    names = [{path.relative_to(root) for path in root.rglob("*")} for root in (prefix, tmp_path)]
    assert names[0] == names[1]
