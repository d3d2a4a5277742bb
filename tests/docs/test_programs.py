"""Programs in the documents: each compiles without a warning, runs, and does what is said."""
import os
import subprocess
import sys
import textwrap

import pytest

import blocks

sys.path.append(str(blocks.ROOT / "tests/bindings"))

import node_home  # noqa: E402

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
PROGRAMS = {blocks.file_name(block): block for block in blocks.of("docs/c-guide.md", "c")}


@pytest.fixture(scope="module")
def compile_program(prefix, loopback, tmp_path_factory):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    options = subprocess.run(["pkg-config", "--cflags", "--libs", "libtstream"], env=environment,
                             check=True, capture_output=True, text=True).stdout.split()
    directory = tmp_path_factory.mktemp("programs")

    def compiled(name, source):
        path, program = directory / name, (directory / name).with_suffix("")
        if program.exists():
            return program
        path.write_text(source)
        plain = [*WARNINGS, "-std=c11", path, *options]
        # As it stands, and then so that it can be run here.
        subprocess.run(["cc", "-fsyntax-only", *plain], check=True)
        subprocess.run(["cc", "-o", program, "-include", loopback / "loopback.h", *plain,
                        f"-Wl,-rpath,{prefix / 'lib'}"], check=True)
        return program
    return compiled


@pytest.fixture
def run_step(compile_program, tmp_path):
    def run(name, *arguments, status=0):
        program = compile_program(name, PROGRAMS[name].text)
        done = subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True,
                              timeout=30, check=False)
        assert done.returncode == status, done.stderr
        return done
    return run


def test_every_step_of_the_c_guide_is_run_here():
    assert set(PROGRAMS) == {"fetch.c", "list.c", "part.c", "loop.c", "player.c"}


def test_the_first_step_is_the_readmes_program():
    first, readme = PROGRAMS["fetch.c"].text, (blocks.ROOT / "examples/readme.c").read_text()
    assert first.split("\n", 1)[1] == readme.split("\n", 1)[1]


def test_fetch_writes_the_film(run_step, film):
    assert run_step("fetch.c", film.magnet).stdout == film.bytes
    assert run_step("fetch.c", film.infohash).stdout == film.bytes


def test_list_says_what_is_in_it_or_what_is_wrong(run_step, film):
    said = run_step("list.c", film.magnet).stdout.decode()
    assert str(len(film.bytes)) in said and "video/mp4" in said
    assert b"infohash" in run_step("list.c", "magnet:?xt=urn:btih:x", status=1).stderr


def test_part_writes_just_the_part(run_step, film):
    done = run_step("part.c", film.magnet, "0", "100000", "200001")
    assert done.stdout == film.bytes[100_000:200_001]


def test_loop_writes_the_film_the_first_time_and_again(run_step, film):
    for _ in range(2):
        assert run_step("loop.c", film.magnet).stdout == film.bytes


def test_player_plays(run_step, film, tmp_path):
    run_step("player.c", film.magnet, "cat >played")
    assert (tmp_path / "played").read_bytes() == film.bytes
    # One that is closed at once is no failure.
    run_step("player.c", film.magnet, "true")


def test_the_manuals_program_is_the_readmes():
    manual = blocks.text("docs/man/libtstream.3").split(".Bd -literal\n")[1].split(".Ed\n")[0]
    readme = (blocks.ROOT / "examples/readme.c").read_text().split("\n", 1)[1]
    assert manual.split() == readme.split()


@pytest.mark.parametrize("block", blocks.everywhere("cmake"), ids=str)
def test_a_cmake_project_finds_the_library(block, prefix, tmp_path):
    source = block.text
    if "project(" not in source:
        source = ("cmake_minimum_required(VERSION 3.25)\nproject(player C)\n" + source.replace(
            "target_link", "add_executable(player player.c)\ntarget_link", 1))
    (tmp_path / "CMakeLists.txt").write_text(source)
    (tmp_path / "player.c").write_text(PROGRAMS["player.c"].text)
    subprocess.run(["cmake", "-S", ".", "-B", "build", "-G", "Ninja",
                    f"-DCMAKE_PREFIX_PATH={prefix}"], cwd=tmp_path, check=True)
    subprocess.run(["cmake", "--build", "build"], cwd=tmp_path, check=True)
    assert (tmp_path / "build/player").exists()


# -- Python and JavaScript -----------------------------------------------------------------------

def python(source, directory, loopback, *arguments):
    (directory / "program.py").write_text(source)
    path = f"{loopback}:{os.environ['TSTREAM_PYTHON_PACKAGE']}"
    return subprocess.run([sys.executable, "program.py", *arguments], cwd=directory, timeout=40,
                          env=dict(os.environ, PYTHONPATH=path), capture_output=True, check=False)


def node(source, directory, loopback, *arguments):
    home = node_home.build(directory)
    (home / "program.mjs").write_text(source)
    (home / "loopback.mjs").write_text((loopback / "loopback.mjs").read_text())
    command = node_home.command("--import", "./loopback.mjs", "program.mjs", *arguments)
    return subprocess.run(command, cwd=home, env=node_home.environment(), timeout=40,
                          capture_output=True, check=False)


RUNNERS = {"python": python, "js": node}


@pytest.mark.parametrize("language", RUNNERS)
def test_the_programs_in_the_readme_write_the_film(language, film, loopback, tmp_path):
    [block] = blocks.of("README.md", language)
    done = RUNNERS[language](block.text, tmp_path, loopback, film.magnet)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == film.bytes


PRELUDE = {"python": 'magnet = "{magnet}"\ntorrent_size = {size}\n',
           "js": 'const magnet = "{magnet}";\n'}
GUIDES = [(path, language) for language in RUNNERS for path in blocks.guides_with(language)
          if path.startswith("docs/")]


@pytest.mark.parametrize("path, language", GUIDES)
def test_a_guides_blocks_are_one_program_that_runs(path, language, film, loopback, tmp_path):
    prelude = PRELUDE[language].format(magnet=film.magnet, size=len(film.bytes))
    source = prelude + "\n".join(block.text for block in blocks.of(path, language))
    done = RUNNERS[language](source, tmp_path, loopback)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    assert "Assertion failed" not in said
    assert "sintel" in said.lower() and str(len(film.bytes)) in said
    assert (tmp_path / "film").read_bytes() == film.bytes


def test_the_guides_have_programs_in_both_languages():
    assert {language for _, language in GUIDES} == set(RUNNERS)


# -- what the bindings show of themselves: bits of programs, with names that are the reader's ------

SKETCHES = {
    "bindings/python/README.md": "from typing import Any\nimport tstream\n"
                                 "magnet: str\ndatabase: Any\n",
    "bindings/node/README.md": "import { Cache, History, Search } from 'tstream';\n"
                               "declare const magnet: string, database: any;\n",
}


def mistakes_in_python(source, directory):
    (directory / "sketch.py").write_text(source)
    cache = f"--cache-dir={os.environ['TSTREAM_BUILD_DIR']}/mypy"
    path = str(blocks.ROOT / "bindings/python/src")
    return subprocess.run([sys.executable, "-m", "mypy", "--check-untyped-defs", cache, "sketch.py"],
                          cwd=directory, env=dict(os.environ, MYPYPATH=path), text=True,
                          capture_output=True, check=False)


def mistakes_in_node(source, directory):
    home = node_home.build(directory)
    (home / "sketch.mts").write_text(source)
    return subprocess.run(
        node_home.command("node_modules/.bin/tsc", "--noEmit", "--strict", "--target", "es2022",
                          "--lib", "es2022,esnext.disposable", "--types", "node", "--module",
                          "nodenext", "sketch.mts"),
        cwd=home, text=True, capture_output=True, check=False)


def sketch(path):
    if path == "bindings/python/README.md":
        # In functions, as they await, and mean different things by one name.
        return mistakes_in_python, SKETCHES[path] + "\n".join(
            f"async def sketch_{block.line}() -> None:\n{textwrap.indent(block.text, '    ')}"
            for block in blocks.of(path, "python"))
    return mistakes_in_node, SKETCHES[path] + "\n".join(
        block.text for block in blocks.of(path, "js"))


@pytest.mark.parametrize("path", SKETCHES)
def test_what_a_binding_shows_of_itself_passes_type_checks(path, tmp_path):
    check, source = sketch(path)
    done = check(source, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SKETCHES)
def test_what_a_binding_has_not_is_noticed(path, tmp_path):
    check, source = sketch(path)
    done = check(source.replace(".record(", ".remember("), tmp_path)
    assert "remember" in done.stdout


def test_what_bindings_show_is_looked_at():
    shown = {str(path.relative_to(blocks.ROOT)) for path in
             (blocks.ROOT / "bindings").glob("*/README.md")}
    assert shown == SKETCHES.keys()


def test_the_first_program_that_python_shows_writes_the_film(film, loopback, tmp_path):
    first = blocks.of("bindings/python/README.md", "python")[0]
    done = python(first.text, tmp_path, loopback, film.magnet)
    assert (done.returncode, done.stdout) == (0, film.bytes), done.stderr.decode()
