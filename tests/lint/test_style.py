"""What a reader may rely on in every file: small, formatted, none of the old traps."""

import re
import subprocess

import tree

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70

SHIPPED = ("include/**/*.h", "lib/**/*.[ch]", "lib/**/*.[ch]pp", "examples/**/*.[ch]")
C_FILES = (*SHIPPED, "tests/**/*.[ch]")
ALL_FILES = (*C_FILES, "bindings/*.[hi]", "bindings/*/*.i", "bindings/*/src/*.h",
             "bindings/**/*.py", "tests/**/*.py", "examples/**/*.py", "examples/**/*.html",
             "examples/**/*.js", "examples/**/*.css", "script/*", "cmake/*", "benchmarks/**/*.py")
# Unbounded, not reentrant, or silent about errors.
TRAPS = ("strcpy strcat sprintf vsprintf gets stpcpy strtok atoi atol atoll atof alloca tmpnam "
         "tempnam mktemp system popen rand srand ctime asctime gmtime localtime "
         "readdir_r usleep").split()
# A library does not print, end its program or change its surroundings.
NOT_IN_A_LIBRARY = ("printf puts putchar perror fprintf vprintf vfprintf exit _exit abort quick_exit "
                    "setenv putenv unsetenv setlocale chdir umask fork sleep sigaction").split()


def calls(names, *patterns):
    pattern = re.compile(r"(?<![\w.>:])(?:std::)?(" + "|".join(names) + r")\s*\(")
    return [f"{path}:{tree.line_of(source, match.start())}: {match[1]}"
            for path in tree.files(*patterns) for source in [tree.code(path)]
            for match in pattern.finditer(source)]


def functions(path):
    """(first line, length) of what stands between braces in the first column."""
    lines = tree.code(path).split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        before = lines[number - 2] if number > 1 else ""
        if line.startswith("{") and not re.match(r"(namespace|class|struct|enum|extern)\b", before):
            opened = number
        elif line.startswith("}") and opened:
            yield opened, number - opened - 1
            opened = None


def test_no_file_is_longer_than_600_lines():
    long = [f"{path}: {count}" for path in tree.files(*ALL_FILES)
            for count in [tree.text(path).count("\n")] if count > MAX_FILE_LINES]
    assert not long, "\n".join(long)


def test_no_function_is_longer_than_70_lines():
    long = [f"{path}:{line}: {length}" for path in tree.files(*C_FILES)
            for line, length in functions(path) if length > MAX_FUNCTION_LINES]
    assert not long, "\n".join(long)


def test_nothing_calls_a_function_that_cannot_be_used_safely():
    found = calls(TRAPS, *SHIPPED)
    assert not found, "\n".join(found)


def test_the_library_neither_prints_nor_exits():
    found = calls(NOT_IN_A_LIBRARY, "lib/**/*.[ch]")
    # libtorrent's disk interface has a member that is called so.
    found += calls([name for name in NOT_IN_A_LIBRARY if name != "abort"], "lib/**/*.[ch]pp")
    assert not found, "\n".join(found)


def test_sources_are_formatted():
    sources = tree.files(*C_FILES, "bindings/*.h", "bindings/*/src/*.h")
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, sources)],
                            cwd=tree.ROOT, capture_output=True, text=True, check=False)
    places = re.findall(r"^(\S+:\d+):\d+: error", result.stderr, re.M)
    assert result.returncode == 0, "\n".join(places) or result.stderr


def test_text_ends_in_a_newline_and_no_line_in_a_blank():
    wrong = []
    for path in tree.files(*ALL_FILES, "*.md", "docs/**/*.md", "docs/*.yaml", "CMakeLists.txt"):
        body = tree.text(path)
        if body and not body.endswith("\n"):
            wrong.append(f"{path}: no newline at the end")
        wrong += [f"{path}:{number}: blank at the end" for number, line
                  in enumerate(body.split("\n"), 1) if line != line.rstrip()]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
    wrong = [f"{path}:{tree.line_of(body, match.start())}"
             for path in tree.files(*ALL_FILES) for body in [tree.text(path)]
             for match in marks.finditer(body)]
    assert not wrong, "\n".join(wrong)
