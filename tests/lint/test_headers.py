"""Each header can be included alone, by C and, where it says so, by C++."""

import subprocess

import pytest
import tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]


def compile_alone(compiler, language, standard, include, *directories):
    folders = [f"-I{tree.ROOT / directory}" for directory in directories]
    # Twice, so that a missing guard shows.
    source = f"#include {include}\n#include {include}\nint used_somewhere;\n"
    return subprocess.run([compiler, f"-std={standard}", "-x", language, *WARNINGS, *folders, "-"],
                          input=source, text=True, capture_output=True, check=False)


@pytest.mark.parametrize("compiler, language, standard",
                         [("gcc", "c", "c11"), ("g++", "c++", "c++11"), ("g++", "c++", "c++20"),
                          ("gcc", "c", "c17"), ("clang", "c", "c11"), ("clang", "c", "c17"),
                          ("clang++", "c++", "c++11")])
@pytest.mark.parametrize("header", tree.files("include/tstream/*.h"), ids=str)
def test_a_public_header_stands_alone(header, compiler, language, standard):
    name = f"<tstream/{header.name}>"
    result = compile_alone(compiler, language, standard, name, "include")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("header", tree.files("lib/*/*.h", "tests/fake/*.h"), ids=str)
def test_an_internal_header_stands_alone(header):
    languages = [("gcc", "c", "gnu11")]
    if 'extern "C"' in tree.text(header):
        languages.append(("g++", "c++", "c++17"))
    for compiler, language, standard in languages:
        result = compile_alone(compiler, language, standard, f'"{tree.ROOT / header}"',
                               "include", "lib", "tests", "tests/fake")
        assert result.returncode == 0, result.stderr


def test_the_umbrella_includes_every_public_header():
    public = {f"<tstream/{path.name}>" for path in tree.files("include/tstream/*.h")}
    assert set(tree.includes("include/tstream/tstream.h")) == public - {"<tstream/tstream.h>"}


def test_every_public_function_says_since_when():
    for header in tree.files("include/tstream/*.h"):
        body = tree.text(header)
        if header.name not in ("torrent.h",):
            assert body.count("@since") >= body.count("\nTSTREAM_API "), header
